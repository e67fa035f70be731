"""Two estimates with the truth between them: one biased down, one biased up."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from qbcircuit.estimate.interval import CONFIDENCE, NORMAL_QUANTILE, Estimate

WIDEST = 0.1
"""Share of the capacity that a bracket may leave open and still be reported."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bracket:
    """A figure that no unbiased estimate exists of, from below and from above.

    A figure that is a maximum over unitaries is biased up where the unitary is chosen by the same
    shots that judge it, and down where other shots choose it.

    Args:
        lower: chosen by some shots and judged by others; its mean is at most the truth.
        lower_stderr: its standard error.
        upper: chosen and judged by all shots; its mean is at least the truth.
        upper_stderr: its standard error.
    """

    lower: float
    lower_stderr: float
    upper: float
    upper_stderr: float

    @property
    def estimate(self) -> Estimate:
        """The middle of the pair; its interval begins below the lower and ends above the upper.

        The interval covers what it aims at or more, whatever the biases are. None of the figures
        is negative.
        """
        low = min(self.lower, self.upper) - NORMAL_QUANTILE * self.lower_stderr
        high = max(self.lower, self.upper) + NORMAL_QUANTILE * self.upper_stderr
        middle = (self.lower + self.upper) / 2
        return Estimate(
            value=max(middle, 0.0), low=max(low, 0.0), high=max(high, 0.0), confidence=CONFIDENCE
        )

    def minus(self, other: Bracket) -> Bracket:
        """The difference of two figures, whatever their errors have in common."""
        return Bracket(
            lower=self.lower - other.upper,
            lower_stderr=self.lower_stderr + other.upper_stderr,
            upper=self.upper - other.lower,
            upper_stderr=self.upper_stderr + other.lower_stderr,
        )

    def wider(self, stderr: float) -> Bracket:
        """With an error that is common to both ends."""
        return replace(
            self,
            lower_stderr=math.hypot(self.lower_stderr, stderr),
            upper_stderr=math.hypot(self.upper_stderr, stderr),
        )

    def objection(self, capacity: float) -> str | None:
        """Why the pair says too little to be reported; ``None`` where it says enough.

        Args:
            capacity: of the cells, in energy units.
        """
        gap = self.upper - self.lower
        if gap <= WIDEST * capacity:
            return None
        return (
            f"it lies between {self.lower:.3g} (split sample) and {self.upper:.3g} (plug-in), "
            f"more than {WIDEST:.0%} of the capacity apart; use more shots or fewer cells"
        )
