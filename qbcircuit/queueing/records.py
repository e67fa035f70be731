"""Jobs as the ledger keeps them: tags, intents and readings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qbcircuit import codec
from qbcircuit.backend import Batch, BatchItem, Counts, ExactWork, JobState, Reading
from qbcircuit.ledger import JobRecord
from qbcircuit.plan import CircuitPlan

_READINGS = (Counts, ExactWork)


@dataclass(frozen=True, slots=True)
class Work:
    """A plan by its content hash, on a machine, with its shots and seed."""

    plan: str
    machine: str
    shots: int
    seed: int


def intended_batch(job: JobRecord) -> tuple[BatchItem, ...]:
    """What a job was to run, from the ledger alone."""
    intent = json.loads(job.intent)
    plans = {key: CircuitPlan.from_json(text) for key, text in intent["plans"].items()}
    return tuple(BatchItem(plans[key], index) for key, index in intent["items"])


def intent_of(batch: Batch) -> str:
    """Circuits, layout, times and settings of a job: its plans, and which experiments of them."""
    keys = {id(item.plan): item.plan.content_hash for item in batch}
    plans = {keys[id(item.plan)]: item.plan for item in batch}
    items = [[keys[id(item.plan)], item.index] for item in batch]
    return json.dumps(
        {"plans": {key: plan.to_json() for key, plan in plans.items()}, "items": items}
    )


def readings_of(job: JobRecord) -> list[Reading]:
    """What a finished job gave, in the order of its batch."""
    return list(codec.decode(json.loads(job.readings or "[]"), _READINGS))


def finished(jobs: Iterable[JobRecord]) -> dict[Work, dict[int, Reading]]:
    """Readings of works all of whose jobs are done, by work and experiment.

    Args:
        jobs: of a ledger.
    """
    done: dict[str, dict[int, JobRecord]] = {}
    for job in jobs:
        if job.state is JobState.DONE:
            done.setdefault(job.unit, {})[job.chunk] = job
    found: dict[Work, dict[int, Reading]] = {}
    for parts in done.values():
        if len(parts) < next(iter(parts.values())).chunks:
            continue  # the whole is found by its own hash, and so are the parts that it lacks
        for job in parts.values():
            items = json.loads(job.intent)["items"]
            for (plan, index), reading in zip(items, readings_of(job), strict=True):
                work = Work(plan, job.machine, job.shots, job.seed)
                found.setdefault(work, {})[index] = reading
    return found


def tag_of(unit: str, chunk: int, attempt: int) -> str:
    """The tag under which a part of a unit of work is sent."""
    return f"qbc-{codec.content_hash((unit, chunk))[:20]}-{attempt}"


def next_attempt(job: JobRecord) -> JobRecord:
    """The next attempt of a job that was lost."""
    attempt = job.attempt + 1
    return replace(
        job,
        tag=tag_of(job.unit, job.chunk, attempt),
        attempt=attempt,
        state=JobState.INTENT,
        handle="",
        detail="",
        seconds=None,
        raw=None,
        readings=None,
        created=0.0,
    )


def interleaved(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """(sequence, index) of several sequences merged evenly, each in its own order.

    Args:
        lengths: how long every sequence is.
    """
    places = [(i, j) for i, n in enumerate(lengths) for j in range(n)]
    return sorted(places, key=lambda place: ((place[1] + 0.5) / lengths[place[0]], place))
