"""How a batch is sent: after whose consent, and with how much patience."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from qbcircuit.backend import Cost, ExecutionSettings
from qbcircuit.errors import InvalidRequest, RunFailed


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to wait for what.

    Args:
        first: first pause between two questions, seconds.
        longest: longest pause.
        unreachable: how long a machine may stay unreachable before we stop asking.
        deadline: how long to wait for results; ``None``: as long as it takes.
        sleep: waits.
        now: a clock that never runs backwards.
    """

    first: float = 2.0
    longest: float = 60.0
    unreachable: float = 900.0
    deadline: float | None = None
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


class StillQueued(RunFailed):
    """The deadline came before the results: nothing is lost."""


def refuse(cost: Cost) -> bool:
    """Nothing is sent unless somebody says so."""
    raise InvalidRequest(f"{cost_line(cost)} Nothing has been submitted. Add --yes to submit.")


def cost_line(cost: Cost) -> str:
    """The cost in one sentence."""
    time_needed = f"{cost.seconds:.0f} s" if cost.seconds < 120 else f"{cost.seconds / 60:.1f} min"
    jobs = f"{cost.jobs} job" + "s" * (cost.jobs != 1)
    return (
        f"About {time_needed} of machine time ({cost.circuits} circuits × {cost.shots} shots in "
        f"{jobs}; {cost.estimated_by})."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """How to send.

    Args:
        approve: shown the cost of what is about to be sent; false: do not.
        patience: how long to wait.
        wait: whether to wait for the results at all.
        say: told in one line what happens.
        settings: how the machine is to execute.
    """

    approve: Callable[[Cost], bool] = refuse
    patience: Patience = field(default_factory=Patience)
    wait: bool = True
    say: Callable[[str], None] = lambda _: None
    settings: ExecutionSettings = field(default_factory=ExecutionSettings)
