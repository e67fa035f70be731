"""Jobs as the ledger keeps them: tags, intents and readings."""

from __future__ import annotations

import json
from dataclasses import replace

from qbcircuit import codec
from qbcircuit.backend import Batch, BatchItem, Counts, ExactWork, JobState, Reading
from qbcircuit.ledger import JobRecord
from qbcircuit.plan import CircuitPlan

_READINGS = (Counts, ExactWork)


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
