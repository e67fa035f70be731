"""From readings to the energy trace: work against time with its covariance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit import plot
from qbcircuit.backend import Counts, ExactWork, Reading
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EnergyTrace:
    """Deposited work W(t) = tr I(rho_t - rho_0) as measured. On a noisy machine heat is in it.

    Args:
        times: (M,) increasing, in units of 1/energy.
        work: (M,) in energy units.
        covariance: (M, M) of ``work``, in energy units squared; all zero for computed work.
        capacity: largest work from the ground state.
        lowest: least work possible: 0 from the ground state, negative from any other.
        shots: shots at the time that has fewest; ``None`` for computed work.
        n_cells: N.
        noise_work: (M,) energy found after the same circuits with zero angles; ``None`` where
            they were not run.
        noise_stderr: (M,) standard errors of ``noise_work``.

    Raises:
        InvalidRequest: shapes that do not fit, times that do not increase, values not finite.
    """

    times: Array
    work: Array
    covariance: Array
    capacity: float
    shots: int | None
    n_cells: int
    lowest: float = 0.0
    noise_work: Array | None = None
    noise_stderr: Array | None = None

    def __post_init__(self) -> None:
        for name in ("times", "work", "covariance", "noise_work", "noise_stderr"):
            given = getattr(self, name)
            if given is not None:
                values = np.array(given, dtype=float)
                values.setflags(write=False)
                object.__setattr__(self, name, values)
        self._check()

    def _check(self) -> None:
        m = len(self.times)
        if m == 0:
            raise InvalidRequest("An energy trace needs at least 1 time, got 0.")
        if (self.noise_work is None) != (self.noise_stderr is None):
            raise InvalidRequest("Noise work and its standard error come together, got one.")
        for name in ("times", "work", "covariance", "noise_work", "noise_stderr"):
            values = getattr(self, name)
            shape = (m, m) if name == "covariance" else (m,)
            if values is not None and values.shape != shape:
                raise InvalidRequest(f"{name} needs shape {shape}, got {values.shape}.")
            if values is not None and not np.all(np.isfinite(values)):
                raise InvalidRequest(f"{name} must be finite, got {values[~np.isfinite(values)]}.")
        if np.any(np.diff(self.times) <= 0):
            raise InvalidRequest("Times of a trace must increase; sort them and merge equal ones.")
        if self.capacity <= 0:
            raise InvalidRequest(f"A capacity must be positive, got {self.capacity}.")

    @property
    def stderr(self) -> Array:
        """Standard error of the work at every time, (M,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def is_exact(self) -> bool:
        """Whether the work was computed rather than sampled."""
        return not np.any(self.covariance)

    def plot(self, ax: Any = None) -> Any:
        """The trace with its error bars; returns the axes and never shows them."""
        return plot.trace_axes(self.times, self.work, self.stderr, self.capacity, ax)


def trace_from_readings(plan: CircuitPlan, readings: Sequence[Reading]) -> EnergyTrace:
    """The energy trace of a plan that was run.

    W(t) = sum over outcomes of frequency * energy - tr I rho_0.
    Standard errors come from the sample, plus half an event of the typical lump of energy, so
    that n identical outcomes do not claim certainty.

    Args:
        plan: what was run; its experiments may hold zero-angle twins of the charge.
        readings: one per experiment of the plan, in order.

    Returns:
        Work against time; readings at the same time are pooled.

    Raises:
        RunFailed: readings that do not belong to the plan.
        InvalidRequest: a setting other than Z, or zero-angle twins at some of the times only.
    """
    if len(readings) != len(plan.experiments):
        raise RunFailed(
            f"The plan has {len(plan.experiments)} experiments but {len(readings)} readings came "
            "back. Run it again."
        )
    pools: dict[tuple[ExperimentRole, float], list[Reading]] = defaultdict(list)
    for experiment, reading in zip(plan.experiments, readings, strict=True):
        _check_setting(experiment)
        pools[experiment.role, experiment.time].append(reading)
    battery = plan.protocol.battery
    times = sorted({one.time for one in plan.experiments if one.role is ExperimentRole.CHARGE})
    if not times:
        raise InvalidRequest("An energy trace needs charge experiments, but the plan has none.")
    charge = _Moments.of(battery, [pools[ExperimentRole.CHARGE, t] for t in times])
    idle = [t for t in times if (ExperimentRole.ZERO_ANGLE, t) in pools]
    if idle and idle != times:
        raise InvalidRequest(
            f"Noise work needs a zero-angle twin at every time, got {len(idle)} of {len(times)}. "
            "Use plan.with_noise_work()."
        )
    noise = _Moments.of(battery, [pools[ExperimentRole.ZERO_ANGLE, t] for t in idle])
    return _trace(battery, np.array(times), charge, noise if idle else None)


def trace_from_histograms(
    battery: Battery, times: ArrayLike, energies: ArrayLike, counts: ArrayLike
) -> EnergyTrace:
    """The energy trace of work histograms, as :func:`trace_from_readings` makes it of counts.

    Args:
        battery: what was charged.
        times: (M,) increasing.
        energies: (E,) energy of the cells in each bin.
        counts: (M, E) how often each energy was seen.

    Raises:
        RunFailed: a time without shots.
    """
    levels, seen = np.asarray(energies, dtype=float), np.asarray(counts, dtype=float)
    shots = seen.sum(axis=1)
    if np.any(shots < 1):
        raise RunFailed("A reading holds no shots. Run it again.")
    mean = seen @ levels / shots
    variance = np.maximum(seen @ levels**2 / shots - mean**2, 0) * shots / np.maximum(shots - 1, 1)
    charge = _Moments(
        mean=mean - battery.start_energy, variance=variance, shots=shots.astype(np.int64)
    )
    return _trace(battery, np.asarray(times, dtype=float), charge, None)


def _trace(battery: Battery, times: Array, charge: _Moments, noise: _Moments | None) -> EnergyTrace:
    return EnergyTrace(
        times=times,
        work=charge.mean,
        covariance=np.diag(charge.error(charge.lump(battery)) ** 2),
        capacity=battery.capacity,
        shots=int(charge.shots.min()) if charge.shots.all() else None,
        n_cells=battery.n_cells,
        lowest=-_above_floor(battery),
        noise_work=None if noise is None else noise.mean,
        noise_stderr=None if noise is None else noise.error(battery.splitting),
    )


def _check_setting(experiment: Experiment) -> None:
    if set(experiment.setting.bases) - {"Z"}:
        raise InvalidRequest(
            f"Work is read in the Z basis, got setting {''.join(experiment.setting.bases)} at "
            f"time {experiment.time:g}."
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Moments:
    """Mean and variance of the work per shot at each time; 0 shots where it was computed."""

    mean: Array
    variance: Array
    shots: NDArray[np.int64]

    @classmethod
    def of(cls, battery: Battery, pools: list[list[Reading]]) -> _Moments:
        rows = [_pooled(battery, pool) for pool in pools]
        mean, variance, shots = (
            (np.array(column) for column in zip(*rows, strict=True))
            if rows
            else (np.zeros(0), np.zeros(0), np.zeros(0))
        )
        return cls(mean=mean, variance=variance, shots=shots.astype(np.int64))

    def lump(self, battery: Battery) -> float:
        """Energy that typically moves at once, from the variance against binomial cells.

        Disjoint blocks of k cells have variance k times that of independent cells at the same
        charge; between one splitting and the whole capacity.
        """
        sampled = self.shots > 0
        fraction = np.clip((self.mean + _above_floor(battery)) / battery.capacity, 0, 1)
        cells = np.sum((battery.capacity * fraction * (1 - fraction))[sampled])
        if cells <= 0:
            return battery.splitting
        ratio = float(np.sum(self.variance[sampled]) / cells)
        return min(max(ratio, battery.splitting), battery.capacity)

    def error(self, lump: float) -> Array:
        """Standard errors of the mean: sample variance plus half an event of one lump."""
        n = np.maximum(self.shots, 1)
        error = np.sqrt(self.variance / n + 0.5 * (lump / n) ** 2)
        return np.where(self.shots > 0, error, 0.0)


def _above_floor(battery: Battery) -> float:
    """Energy of the start above the lowest level of every cell."""
    return battery.start_energy - sum(battery.sites[j].levels[0] for j in battery.cells)


def _pooled(battery: Battery, pool: list[Reading]) -> tuple[float, float, int]:
    """Mean, variance per shot and shots of the readings of one time."""
    exact = [reading.work for reading in pool if isinstance(reading, ExactWork)]
    if exact:
        return float(np.mean(exact)), 0.0, 0
    counts = [reading for reading in pool if isinstance(reading, Counts)]
    outcomes = [pair for reading in counts for pair in reading]
    energies = _energies(battery, [bits for bits, _ in outcomes])
    seen = np.array([times for _, times in outcomes], dtype=float)
    shots = int(seen.sum())
    if shots == 0:
        raise RunFailed("A reading holds no shots. Run it again.")
    mean = float(seen @ energies) / shots
    variance = float(seen @ (energies - mean) ** 2) / max(shots - 1, 1)
    return mean - battery.start_energy, variance, shots


def _energies(battery: Battery, outcomes: list[str]) -> Array:
    """Energy of each outcome; the rightmost letter is the first cell."""
    cells = battery.cells
    if any(len(bits) != len(cells) for bits in outcomes):
        wrong = next(bits for bits in outcomes if len(bits) != len(cells))
        raise RunFailed(
            f'The outcome "{wrong}" has {len(wrong)} letters but the battery has {len(cells)} '
            "cells."
        )
    letters = np.frombuffer("".join(outcomes).encode("ascii"), dtype=np.uint8)
    levels = letters.reshape(len(outcomes), len(cells))[:, ::-1] - ord("0")
    total = np.zeros(len(outcomes))
    for column, cell in enumerate(cells):
        table = np.array(battery.sites[cell].levels)
        if np.any(levels[:, column] >= len(table)):
            raise RunFailed(f"An outcome names a level that cell {cell} does not have.")
        total += table[levels[:, column]]
    return total
