"""How a batch is sent: after whose consent, and with how much patience."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from qbcircuit.backend import Cost, ExecutionSettings, MachineUnreachable
from qbcircuit.errors import InvalidRequest, RunFailed

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to wait for what.

    Args:
        first: first pause between two questions, seconds.
        longest: longest pause.
        unreachable: how long a machine may stay unreachable before we stop asking.
        unsent: the same while nothing was sent yet.
        deadline: how long to wait for results; ``None``: as long as it takes.
        sleep: waits.
        now: a clock that never runs backwards.
    """

    first: float = 2.0
    longest: float = 60.0
    unreachable: float = 900.0
    unsent: float = 120.0
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

    def ask(self, question: Callable[[], _Answer], go_on: str, seconds: float) -> _Answer:
        """An answer, asked for again while the machine is unreachable.

        Args:
            question: to the machine.
            go_on: what to do once we stop asking, in one sentence.
            seconds: to go on asking.

        Raises:
            RunFailed: it stays unreachable.
        """
        tries = Tries(self, go_on, seconds)
        while True:
            try:
                return question()
            except MachineUnreachable as error:
                tries.pause(error)

    def before_sending(self, question: Callable[[], _Answer]) -> _Answer:
        """The answer to a question without which nothing can be sent."""
        later = "Nothing new was sent; give the same command again later."
        return self.ask(question, later, self.patience.unsent)


class Tries:
    """Growing pauses between tries at a machine that is unreachable, until patience ends.

    Args:
        submission: whose patience, and who is told.
        go_on: what to do then, in one sentence.
        seconds: of patience.
    """

    def __init__(self, submission: Submission, go_on: str, seconds: float) -> None:
        self._submission = submission
        self._go_on = go_on
        self._end = submission.patience.now() + seconds
        self._next = submission.patience.first

    def pause(self, error: MachineUnreachable) -> None:
        """Wait for the next try, at least as long as the machine asks for.

        Raises:
            RunFailed: patience would end first.
        """
        patience = self._submission.patience
        left, asked = self._end - patience.now(), error.retry_after or 0.0
        if left <= 0 or asked > left:
            raise RunFailed(f"{error} {self._go_on}") from error
        pause = max(asked, min(self._next, left))
        self._submission.say(f"{error} Trying again in {pause:.0f} s.")
        patience.sleep(pause)
        self._next = min(2 * self._next, patience.longest)
