"""Random sequences of faults, kills and restarts, each of which must end as a clean run does."""

from __future__ import annotations

import random
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from tests.hardware.faults import ACTS, ROUTES, SIGNING
from tests.hardware.rehearsal import Case, Rehearsal
from tests.standin import Act, Fault

STEPS = (
    "write device-#.json", "lock opens", "record intent", "find", "submit", "submit",
    "record submitted", "record spare", "cancel", "batch closes", "lock closes", "report",
    "record running", "result", "record stored", "record done", "write units/#.json",
    "write result.json",
)  # fmt: skip

FATES = (Act.JOB_FAILS, Act.JOB_CANCELLED, Act.JOB_TOO_LONG)

MOST_COMMANDS = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Sequence:
    """What goes wrong, and when.

    Args:
        seed: that it was drawn from.
        faults: of the service, in force from the first command on.
        kills: of the commands, one each; ``None`` lets one live.
        settings: of the service: how long jobs queue, run and are missing from lists.
        dead: commands before which the server is killed and started again.
        together: commands that are given twice at once.
    """

    seed: int
    faults: tuple[Fault, ...]
    kills: tuple[tuple[str, int, str] | None, ...]
    settings: dict[str, float]
    dead: frozenset[int]
    together: frozenset[int]

    @classmethod
    def drawn(cls, seed: int) -> Sequence:
        """The sequence of a seed."""
        rng = random.Random(seed)
        faults = [_fault(rng) for _ in range(rng.randint(2, 8))]
        queue = rng.choice((0.0, 0.0, 0.5))
        faults += [Fault("POST", "/jobs", rng.choice(FATES))] * (rng.random() < 0.2)
        return cls(
            seed=seed,
            faults=tuple(faults),
            kills=tuple(_kill(rng) for _ in range(rng.randint(0, 4))),
            settings={
                "queue_seconds": queue,
                "run_seconds": rng.choice((0.0, 0.3)),
                "list_lag_seconds": rng.choice((0.0, 0.4)) * queue,
            },
            dead=frozenset(i for i in range(4) if rng.random() < 0.15),
            together=frozenset(i for i in range(4) if rng.random() < 0.1),
        )


def _fault(rng: random.Random) -> Fault:
    often = (("POST", "/jobs"), ("GET", "/jobs/*/results"), ("GET", "/jobs/*"))
    routes = (*ROUTES, *often * 2, SIGNING, ("POST", "/jobs/*/cancel"))
    how = ACTS[rng.choice(list(ACTS))]
    return Fault(*rng.choice(routes), **how, skip=rng.choice((0, 0, 0, 1, 2)))


def _kill(rng: random.Random) -> tuple[str, int, str] | None:
    if rng.random() < 0.15:
        return None
    return rng.choice(STEPS), rng.choice((0, 0, 1)), rng.choice(("before", "after"))


@dataclass
class Report:
    """What a sequence came to.

    Args:
        seed: of the sequence.
        commands: that it took.
        killed: of them.
        failed: of them, with a message.
        acted: faults that met a request.
        jobs: that were made.
        spare: of them, given up and reported.
        lost: of them, that failed or were cancelled by the service.
        seconds: that it took.
        messages: of the commands that failed.
        wrong: what should not be; empty where all is well.
    """

    seed: int
    commands: int = 0
    killed: int = 0
    failed: int = 0
    acted: int = 0
    jobs: int = 0
    spare: int = 0
    lost: int = 0
    seconds: float = 0.0
    messages: list[str] = field(default_factory=list)
    wrong: str = ""


def endured(rehearsal: Rehearsal, sequence: Sequence) -> Report:
    """Give the command until it succeeds, through all that goes wrong, and look at what is left."""
    began, up, case = time.monotonic(), rehearsal.up, rehearsal.case()
    report = Report(seed=sequence.seed)
    assert rehearsal.truth
    up.clear_faults()
    up.add_faults(*sequence.faults)
    up.configure(**sequence.settings)
    try:
        _until_done(case, sequence, report)
        case.assert_whole()
    except (AssertionError, TimeoutError) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        report.wrong = f"{place.line} {error}"
    report.acted = sum(row["acted"] for row in up.faults())
    up.clear_faults()
    up.configure(**dict.fromkeys(sequence.settings, 0.0))
    states = [row["state"] for row in case.ledger("jobs")]
    report.jobs, report.spare = len(case.jobs), len(case.ledger("spare"))
    report.lost = len(states) - states.count("done")
    report.seconds = round(time.monotonic() - began, 2)
    return report


def _until_done(case: Case, sequence: Sequence, report: Report) -> None:
    for i in range(MOST_COMMANDS):
        if i in sequence.dead:
            case.rehearsal.up.restart()
        kill = sequence.kills[i] if i < len(sequence.kills) else None
        orders: list[dict[str, Any]] = [{"kill": kill}]
        if i in sequence.together:
            orders.append({"kill": None})
        running = [case.start("--yes", **order) for order in orders]
        ended = [case.ended(one) for one in running]
        report.commands += len(ended)
        report.killed += sum(one.code == -9 for one in ended)
        for one in ended:
            assert one.code in (0, 1, -9), one.err
            if one.code == 1:
                report.failed += 1
                report.messages.append(one.err.strip().splitlines()[-1])
        if any(one.code == 0 for one in ended):
            return
    raise AssertionError(f"no end after {MOST_COMMANDS} commands: {report.messages[-1:]}")
