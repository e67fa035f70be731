"""Looking at jobs again and again: when next, and when no more."""

from __future__ import annotations

from qbcircuit.backend import MachineUnreachable, ResultUnreadable
from qbcircuit.errors import RunFailed
from qbcircuit.queueing.submission import Submission

_UNREADABLE_TRIES = 6
"""Times that a result is asked for again before it is given up."""


class Watch:
    """Pauses between two looks at the queue, and when to stop looking.

    Args:
        submission: whose patience, and who is told what goes wrong.
    """

    def __init__(self, submission: Submission) -> None:
        self._say = submission.say
        self._patience = submission.patience
        self._begin = self._heard = submission.patience.now()
        self._next = submission.patience.first
        self._failure: RunFailed | None = None
        self._told = ""
        self._unreadable = 0

    def answered(self) -> None:
        """The machine was reached."""
        self._heard = self._patience.now()

    def failed(self, error: MachineUnreachable | ResultUnreadable) -> None:
        """It was not, or what came was no result."""
        self._failure = error
        self._unreadable += isinstance(error, ResultUnreadable)
        if str(error) != self._told:
            self._told = str(error)
            self._say(f"{error} Asking again.")

    @property
    def is_over(self) -> bool:
        """Whether the deadline has come, or nothing sensible comes back any more."""
        now = self._patience.now()
        silent = now - self._heard >= self._patience.unreachable
        return self._left <= 0 or silent or self._unreadable >= _UNREADABLE_TRIES

    @property
    def complaint(self) -> str:
        """What went wrong last, as the beginning of a message."""
        return "" if self._failure is None else f"{self._failure} "

    def pause(self) -> None:
        """Wait as long as the machine asked for, or a little longer every time."""
        asked = getattr(self._failure, "retry_after", None) or 0.0
        self._patience.sleep(min(max(asked, self._next), self._left))
        self._next, self._failure = min(1.5 * self._next, self._patience.longest), None

    @property
    def _left(self) -> float:
        """Seconds until the deadline."""
        if self._patience.deadline is None:
            return float("inf")
        return self._begin + self._patience.deadline - self._patience.now()
