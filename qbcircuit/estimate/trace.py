"""From readings to the energy trace: work against time with its covariance."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit import plot
from qbcircuit.backend import Reading
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.interval import Estimate
from qbcircuit.estimate.moments import Moments, Read, above_floor
from qbcircuit.estimate.readout import ReadoutErrors
from qbcircuit.estimate.settings import check_readings
from qbcircuit.plan import CircuitPlan, ExperimentRole
from qbcircuit.reference import capacity, idle_work, start_energy

Array = NDArray[np.float64]


_ARRAYS = ("times", "work", "covariance", "noise_work", "noise_stderr")


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
        common: (S, M) what one standard error of each of S shared calibrations does to the work;
            its square is part of ``covariance``. Traces corrected alike share their S; so do
            those whose mixed start is sampled by the same drawn levels.
        leakage: (M,) shares of shots outside the codes of registers, which are left out of the
            work; ``None`` where there are no such outcomes.
        ends: whether the protocol ends at the last time.

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
    common: Array | None = None
    leakage: tuple[Estimate, ...] | None = None
    ends: bool = False

    def __post_init__(self) -> None:
        for name in (*_ARRAYS, "common"):
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
        for name in _ARRAYS:
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


def trace_from_readings(
    plan: CircuitPlan, readings: Sequence[Reading], errors: ReadoutErrors | None = None
) -> EnergyTrace:
    """The energy trace of a plan that was run.

    W(t) = sum over outcomes of frequency * energy - tr I rho_0, a setting of an interacting
    battery each telling its part of I, and every level of a sampled start with its own weight.
    Standard errors come from the sample, plus half an event of the typical lump of energy, so
    that n identical outcomes do not claim certainty; those of a read-out correction come on top
    and are common to all times.

    Args:
        plan: what was run; its experiments may hold zero-angle twins of the charge.
        readings: one per experiment of the plan, in order.
        errors: of the read-out, to be undone; ``None``: readings as they are.

    Returns:
        Work against time; readings at the same time are pooled.

    Raises:
        RunFailed: readings that do not belong to the plan.
        InvalidRequest: settings that do not tell the energy, zero-angle twins at some of the
            times only, or a read-out that cannot be undone.
    """
    check_readings(plan, readings)
    pools: dict[tuple[ExperimentRole, float], list[Read]] = defaultdict(list)
    for experiment, reading in zip(plan.experiments, readings, strict=True):
        pools[experiment.role, experiment.time].append((experiment, reading))
    times = sorted({one.time for one in plan.experiments if one.role is ExperimentRole.CHARGE})
    if not times:
        raise InvalidRequest("An energy trace needs charge experiments, but the plan has none.")
    charge = Moments.of(plan, [pools[ExperimentRole.CHARGE, t] for t in times], errors)
    idle = [t for t in times if (ExperimentRole.ZERO_ANGLE, t) in pools]
    if idle and idle != times:
        raise InvalidRequest(
            f"Noise work needs a zero-angle twin at every time, got {len(idle)} of {len(times)}. "
            "Use plan.with_noise_work()."
        )
    noise = Moments.of(plan, [pools[ExperimentRole.ZERO_ANGLE, t] for t in idle], errors)
    if idle:
        noise = replace(noise, mean=noise.mean - idle_work(plan.protocol, idle))
    made = _trace(plan.protocol.battery, np.array(times), charge, noise if idle else None)
    return replace(made, ends=math.isclose(times[-1], plan.protocol.duration, rel_tol=1e-9))


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
    charge = Moments(
        mean=mean - start_energy(battery), variance=variance, shots=shots.astype(np.int64)
    )
    return _trace(battery, np.asarray(times, dtype=float), charge, None)


def _trace(battery: Battery, times: Array, charge: Moments, noise: Moments | None) -> EnergyTrace:
    sampled = np.diag(charge.error(charge.lump(battery)) ** 2)
    common = charge.common
    return EnergyTrace(
        times=times,
        work=charge.mean,
        covariance=sampled if common is None else sampled + common.T @ common,
        capacity=capacity(battery),
        shots=int(charge.shots.min()) if charge.shots.all() else None,
        n_cells=battery.n_cells,
        lowest=-above_floor(battery),
        noise_work=None if noise is None else noise.mean,
        noise_stderr=None if noise is None else noise.whole_error(battery.splitting),
        common=common,
        leakage=charge.leakage,
    )
