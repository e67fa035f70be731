"""What a read-out gets wrong, wire by wire, and how to undo it in the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts, Reading
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan

Array = NDArray[np.float64]

WORST = 0.5
"""P(1|0) + P(0|1) from which a read-out tells too little to be inverted."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReadoutErrors:
    """Measured flips of every wire of a plan's qubits.

    Args:
        false_ones: P(1|0), shape (W,): reading level 1 where level 0 was prepared.
        false_zeros: P(0|1), shape (W,).
        shots: of each of the two preparations.
    """

    false_ones: Array
    false_zeros: Array
    shots: int

    @property
    def objection(self) -> str | None:
        """Why the read-out cannot be inverted; ``None`` where it can."""
        worst = int(np.argmax(self.false_ones + self.false_zeros))
        total = float(self.false_ones[worst] + self.false_zeros[worst])
        if total < WORST:
            return None
        return (
            f"the read-out of plan qubit {worst} flips with P(1|0) + P(0|1) = {total:.2f} "
            f"(allowed {WORST:g}), so raw and corrected work tell nothing"
        )

    @property
    def contrast(self) -> Array:
        """1 - P(1|0) - P(0|1), shape (W,)."""
        return 1 - self.false_ones - self.false_zeros

    @property
    def stderr(self) -> tuple[Array, Array]:
        """Standard errors of both, binomial plus half an event, so that no flip is no certainty."""
        return self._error(self.false_ones), self._error(self.false_zeros)

    def _error(self, share: Array) -> Array:
        return np.sqrt(share * (1 - share) / self.shots + 0.5 / self.shots**2)

    def levels(self, battery: Battery, readout: Sequence[int]) -> list[Array]:
        """Energies to count instead of a cell's levels, so that the mean is that of true levels.

        E_b = e_0 + (e_1 - e_0) (b - P(1|0)) / (1 - P(1|0) - P(0|1)) for a read level b: the
        inverse of the cell's own 2x2 confusion matrix.

        Args:
            battery: two-level cells.
            readout: wire of every cell.

        Raises:
            InvalidRequest: a cell with more levels.

        Reference: Bravyi et al., PRA 103, 042605 (2021), arXiv:2006.14044, tensored model.
        """
        check_two_level(battery)
        tables = []
        for cell, wire in zip(battery.cells, readout, strict=True):
            ladder = battery.sites[cell].levels
            share = (np.arange(2) - self.false_ones[wire]) / self.contrast[wire]
            tables.append(ladder[0] + (ladder[1] - ladder[0]) * share)
        return tables

    def response(self, battery: Battery, readout: Sequence[int], filled: Array) -> Array:
        """Change of the corrected work by one standard error of every calibrated probability.

        dW/dP(1|0) = -splitting (1 - n) / contrast, dW/dP(0|1) = splitting n / contrast for a
        cell filled to n; two rows a wire.

        Args:
            battery: two-level cells.
            readout: wire of every cell.
            filled: corrected share of level 1 of every cell, shape (N,).

        Returns:
            Shape (2 W,), in energy units.
        """
        ones, zeros = self.stderr
        made = np.zeros(2 * len(ones))
        for cell, wire, share in zip(battery.cells, readout, filled, strict=True):
            low, high = battery.sites[cell].levels
            scale = (high - low) / self.contrast[wire]
            made[2 * wire] -= scale * (1 - share) * ones[wire]
            made[2 * wire + 1] += scale * share * zeros[wire]
        return made


def check_two_level(battery: Battery) -> None:
    """Refuse to correct the read-out of registers.

    Raises:
        InvalidRequest: a cell with more than two levels.
    """
    for cell in battery.cells:
        if battery.sites[cell].dimension != 2:
            raise InvalidRequest(
                f"Read-out correction is for two-level cells, and cell {cell} has "
                f"{battery.sites[cell].dimension}. Use --no-readout-correction."
            )


def readout_errors(plan: CircuitPlan, readings: Sequence[Reading]) -> ReadoutErrors:
    """Flips seen in the circuits of a calibration plan.

    Args:
        plan: made by :func:`qbcircuit.compile.calibration_plan`.
        readings: one per experiment, in order.

    Raises:
        InvalidRequest: computed readings: a machine without shots misreads nothing.
    """
    n_wires = len(plan.qubits)
    seen = np.zeros((2, n_wires))
    shots = [0, 0]
    for experiment, reading in zip(plan.experiments, readings, strict=True):
        if not isinstance(reading, Counts):
            raise InvalidRequest("A machine that computes has no read-out to calibrate.")
        prepared = int(bool(experiment.pieces))
        for bits, times in reading:
            ones = np.array([bit == "1" for bit in reversed(bits)])
            seen[prepared] += times * ones
            shots[prepared] += times
    return ReadoutErrors(
        false_ones=seen[0] / shots[0], false_zeros=1 - seen[1] / shots[1], shots=min(shots)
    )
