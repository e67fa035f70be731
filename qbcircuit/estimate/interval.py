"""A number and the interval that it was measured to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
"""Coverage that every interval aims at."""

NORMAL_QUANTILE = 1.959963984540054
"""Standard deviations on either side of the mean that hold ``CONFIDENCE`` of a normal law."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A measured number with its interval.

    Args:
        value: the estimate.
        low: lower end of the interval.
        high: upper end of the interval.
        confidence: coverage that the interval aims at.
    """

    value: float
    low: float
    high: float
    confidence: float = CONFIDENCE

    @classmethod
    def exactly(cls, value: float) -> Estimate:
        """A number without uncertainty."""
        return cls(value=value, low=value, high=value)

    @classmethod
    def from_draws(
        cls,
        value: float,
        draws: NDArray[np.float64],
        upper: NDArray[np.float64] | None = None,
    ) -> Estimate:
        """The percentile interval of a bootstrap; it always holds the value itself.

        Args:
            value: the estimate from the data.
            draws: the same estimate from resampled data.
            upper: draws for the upper end, where two readings of the data are in question.
        """
        tail = (1 - CONFIDENCE) / 2
        low = float(np.quantile(draws, tail))
        high = float(np.quantile(draws if upper is None else upper, 1 - tail))
        return cls(value=value, low=min(low, value), high=max(high, value))

    @classmethod
    def of_share(cls, seen: float, shots: float) -> Estimate:
        """A share of independent shots, with Wilson's interval.

        Reference: Wilson, J. Am. Stat. Assoc. 22, 209 (1927), doi:10.1080/01621459.1927.10502953.
        """
        z2 = NORMAL_QUANTILE**2
        share = seen / shots
        centre = (seen + z2 / 2) / (shots + z2)
        half = math.sqrt(z2 * (shots * share * (1 - share) + z2 / 4)) / (shots + z2)
        return cls(value=share, low=max(0.0, centre - half), high=min(1.0, centre + half))

    def __str__(self) -> str:
        return f"{self.value:.5g} [{self.low:.5g}, {self.high:.5g}]"

    @property
    def spread(self) -> float:
        """Half the width of the interval over the value's size; infinite at zero."""
        half = (self.high - self.low) / 2
        return half / abs(self.value) if self.value else float("inf")
