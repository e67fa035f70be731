"""Mean, variance and calibration response of the work that was read at each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts, ExactWork, Reading
from qbcircuit.battery import Battery
from qbcircuit.errors import RunFailed
from qbcircuit.estimate.readout import ReadoutErrors
from qbcircuit.reference import capacity, energy_range, start_energy

Array = NDArray[np.float64]


Read = tuple[tuple[int, ...], Reading]
"""Which wire holds each cell, and what was read."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moments:
    """Mean and variance of the work per shot at each time; 0 shots where it was computed.

    Args:
        mean: (M,) in energy units.
        variance: (M,) of one shot, in energy units squared.
        shots: (M,).
        common: (S, M) what one standard error of every calibrated probability does.
    """

    mean: Array
    variance: Array
    shots: NDArray[np.int64]
    common: Array | None = None

    @classmethod
    def of(cls, battery: Battery, pools: list[list[Read]], errors: ReadoutErrors | None) -> Moments:
        """Of the readings of every time, read-out errors undone where they are known."""
        rows = [_pooled(battery, pool, errors) for pool in pools]
        common = [one.common for one in rows if one.common is not None]
        return cls(
            mean=np.array([one.mean for one in rows]),
            variance=np.array([one.variance for one in rows]),
            shots=np.array([one.shots for one in rows], dtype=np.int64),
            common=np.array(common).T if common else None,
        )

    def lump(self, battery: Battery) -> float:
        """Energy that typically moves at once, from the variance against binomial cells.

        Disjoint blocks of k cells have variance k times that of independent cells at the same
        charge; between one splitting and the whole capacity.
        """
        sampled = self.shots > 0
        fraction = np.clip((self.mean + above_floor(battery)) / capacity(battery), 0, 1)
        cells = np.sum((capacity(battery) * fraction * (1 - fraction))[sampled])
        if cells <= 0:
            return battery.splitting
        ratio = float(np.sum(self.variance[sampled]) / cells)
        return min(max(ratio, battery.splitting), capacity(battery))

    def whole_error(self, lump: float) -> Array:
        """:meth:`error` with what the calibration adds."""
        if self.common is None:
            return self.error(lump)
        return np.asarray(np.hypot(self.error(lump), np.linalg.norm(self.common, axis=0)))

    def error(self, lump: float) -> Array:
        """Standard errors of the mean: sample variance plus half an event of one lump."""
        n = np.maximum(self.shots, 1)
        error = np.sqrt(self.variance / n + 0.5 * (lump / n) ** 2)
        return np.where(self.shots > 0, error, 0.0)


def above_floor(battery: Battery) -> float:
    """Energy of the start above the lowest level of every cell."""
    return start_energy(battery) - energy_range(battery)[0]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Pool:
    """Readings of one time: mean and variance of the work, shots, response to calibrations."""

    mean: float
    variance: float
    shots: int
    common: Array | None = None


def _pooled(battery: Battery, pool: list[Read], errors: ReadoutErrors | None) -> _Pool:
    exact = [reading.work for _, reading in pool if isinstance(reading, ExactWork)]
    if exact:
        return _Pool(mean=float(np.mean(exact)), variance=0.0, shots=0)
    energies, seen, responses = [], [], []
    for readout, reading in pool:
        if not isinstance(reading, Counts):
            continue
        levels = _levels(battery, [bits for bits, _ in reading])
        times = np.array([times for _, times in reading], dtype=float)
        if errors is None:
            tables = [np.array(battery.sites[cell].levels) for cell in battery.cells]
        else:
            tables = errors.levels(battery, readout)
            wires = list(readout)
            read = times @ levels / times.sum() if times.size else np.zeros(len(wires))
            filled = (read - errors.false_ones[wires]) / errors.contrast[wires]
            responses.append(times.sum() * errors.response(battery, readout, filled))
        energies.append(_energies(battery, levels, tables))
        seen.append(times)
    energy, weight = np.concatenate(energies), np.concatenate(seen)
    shots = int(weight.sum())
    if shots == 0:
        raise RunFailed("A reading holds no shots. Run it again.")
    mean = float(weight @ energy) / shots
    return _Pool(
        mean=mean - start_energy(battery),
        variance=float(weight @ (energy - mean) ** 2) / max(shots - 1, 1),
        shots=shots,
        common=np.sum(responses, axis=0) / shots if responses else None,
    )


def _levels(battery: Battery, outcomes: list[str]) -> NDArray[np.intp]:
    """Level of every cell in each outcome, (outcomes, N); the rightmost letter is cell 0."""
    cells = battery.cells
    if any(len(bits) != len(cells) for bits in outcomes):
        wrong = next(bits for bits in outcomes if len(bits) != len(cells))
        raise RunFailed(
            f'The outcome "{wrong}" has {len(wrong)} letters but the battery has {len(cells)} '
            "cells."
        )
    letters = np.frombuffer("".join(outcomes).encode("ascii"), dtype=np.uint8)
    return (letters.reshape(len(outcomes), len(cells))[:, ::-1] - ord("0")).astype(np.intp)


def _energies(battery: Battery, levels: NDArray[np.intp], tables: Sequence[Array]) -> Array:
    """Energy of each row of levels, every cell by its own table."""
    total = np.zeros(len(levels))
    for column, (cell, table) in enumerate(zip(battery.cells, tables, strict=True)):
        if np.any(levels[:, column] >= len(table)):
            raise RunFailed(f"An outcome names a level that cell {cell} does not have.")
        total += table[levels[:, column]]
    return total
