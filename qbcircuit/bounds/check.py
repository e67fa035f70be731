"""One bound held against what was reached, and what follows where it fails."""

from __future__ import annotations

from dataclasses import dataclass

from qbcircuit.errors import BoundViolated
from qbcircuit.reference import Kind

SLACK = 1e-9
"""Share of a limit by which rounding may pass it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A measured number beside a bound.

    Args:
        value: the estimate.
        low: lower end of its interval.
        high: upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """A bound, the number it limits, and whether it is proved for this protocol.

    Args:
        name: e.g. ``"Theorem 1"``.
        statement: the inequality, as a formula.
        reached: the exact number on the left; ``None`` where it is not known.
        limit: the number on the right; ``None`` where the bound says nothing here.
        condition: what it assumes, in words.
        reference: where it comes from.
        is_floor: whether what is reached must be at least the limit.
        proved: whether it is a theorem for this protocol; else the numbers are informative.
        reached_kind: an upper bound on what is reached never counts as a violation.
        limit_kind: a limit made of an upper bound on a norm is still a limit; one made of an
            estimate is none.
        rounding: by how much rounding may move either number.
        measured: the same number as measured.
        note: why a number is missing, or why it is no theorem here.
    """

    name: str
    statement: str
    reached: float | None
    limit: float | None
    condition: str
    reference: str
    is_floor: bool = False
    proved: bool = True
    reached_kind: Kind = "exact"
    limit_kind: Kind = "exact"
    rounding: float = 0.0
    measured: Measured | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bound holds; ``None`` where it is no theorem or a number is missing."""
        if not self.proved or self.reached is None or self.limit is None:
            return None
        return not self._beyond(self.reached)

    @property
    def ratio(self) -> float | None:
        """What is reached over the limit; ``None`` where either is missing or both are 0."""
        if self.reached is None or self.limit is None or self.limit == 0:
            return None
        return self.reached / self.limit

    @property
    def status(self) -> str:
        """``"holds"``, ``"informative"`` or ``"says nothing"``."""
        if self.reached is None or self.limit is None:
            return "says nothing"
        return "holds" if self.proved else "informative"

    @property
    def warning(self) -> str | None:
        """What to say where the measured number lies beyond the limit for sure."""
        if self.measured is None or self.limit is None or not self.proved:
            return None
        nearest = self.measured.high if self.is_floor else self.measured.low
        if not self._beyond(nearest):
            return None
        side = "below" if self.is_floor else "above"
        return (
            f"{self.name}: the measured {self.measured.value:.6g} lies {side} the proved limit "
            f"{self.limit:.6g}. Suspect the data, not the theorem."
        )

    def verify(self) -> None:
        """Fail where an exact number lies beyond a proved limit.

        Raises:
            BoundViolated: naming the bound and both numbers.
        """
        trusted = self.reached_kind == "exact" and self.limit_kind != "estimate"
        if trusted and self.holds is False:
            sign = ">=" if self.is_floor else "<="
            raise BoundViolated(
                f"{self.name} is proved and fails: {self.statement} needs "
                f"{self.reached:.12g} {sign} {self.limit:.12g}. This is an error in qbcircuit, in "
                "the bound or in the exact reference. Please report it with the protocol."
            )

    def _beyond(self, number: float) -> bool:
        assert self.limit is not None
        slack = SLACK * max(abs(self.limit), abs(number)) + self.rounding
        return number < self.limit - slack if self.is_floor else number > self.limit + slack
