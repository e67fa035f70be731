"""A smooth curve through a trace, and the curves that resampled data would give.

The curve is the mean of a Gaussian process with a squared-exponential kernel: charging curves
are sums of a few cosines, so nothing is assumed about their shape but how fast they can vary.
That length is chosen by marginal likelihood and then shortened, which trades a little variance
for a bias that the interval need not carry. For a given trace the smoother is one matrix, so
all resampled curves come from one product.

Reference: Rasmussen and Williams, Gaussian Processes for Machine Learning, MIT Press (2006),
ch. 2 and 5; undersmoothing for honest intervals: Hall, Ann. Statist. 20, 675 (1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.estimate.trace import EnergyTrace

Array = NDArray[np.float64]

FEWEST_TIMES = 5
"""A curve with a maximum cannot be told from fewer times."""

DRAWS = 800
"""Resampled curves; the ends of a 95 % interval then rest on 20 of them."""

_PER_INTERVAL = 6
"""Fine points per measured interval; a parabola through three of them finds the top."""

_UNDERSMOOTHING = 0.6
"""Factor on the likeliest correlation length: bias falls below a tenth of the error."""

_AMPLITUDES = np.array([0.5, 2.0, 8.0])
"""Prior amplitudes tried, in units of the largest work."""

_OFFSET = 4.0
"""Prior variance of a constant, in the same units squared: no level is preferred."""

_JITTER = 1e-10
_VARIANCE_PASSES = 2

_NODES, _WEIGHTS = (half[24:] for half in np.polynomial.hermite_e.hermegauss(48))
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
"""Frequencies and powers that make up a squared-exponential kernel of unit length."""

_ROUNDING = 1e-5

_NOTICEABLE = 0.1
"""Share of the error from which what the smoother misses is added to the draws."""

_CHOICE = 1.03
"""Errors are larger than one smoother makes them, because it is chosen from the same data.

Measured: experiments/benchmarks/coverage.py.
"""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Curves:
    """One smooth curve and its bootstrap.

    Args:
        times: (F,) fine grid within the measured times.
        value: (F,) smoothed work.
        draws: (R, F) smoothed work of resampled data; one row where nothing is uncertain.
    """

    times: Array
    value: Array
    draws: Array


def smooth(
    trace: EnergyTrace, rng: np.random.Generator, shared: np.random.Generator | None = None
) -> Curves:
    """The smooth curve of a trace on a fine grid, with parametric bootstrap draws.

    value = S W and draws = S (W + noise) + missed: noise ~ N(0, covariance), and what S misses
    between the times of random curves of the same smoothness, where that is noticeable. The part
    of the noise that calibrations share is drawn apart, the same for all curves compared.

    Args:
        trace: at least ``FEWEST_TIMES`` times.
        rng: source of the noise.
        shared: source of what calibrations common to several traces got wrong; seeded alike for
            curves that are compared.
    """
    fine = _fine_grid(trace.times)
    variance = _variance(trace)
    likely = _most_likely(trace, variance)
    smoother = _smoother(trace, fine, variance, likely)
    value = smoother @ trace.work
    common = np.zeros((0, len(trace.times))) if trace.common is None else trace.common
    noise = _CHOICE * _root(trace.covariance - common.T @ common) @ smoother.T
    drift = common @ smoother.T
    missed = _missed(trace, fine, smoother, likely).T
    floor = _NOTICEABLE * _norms(np.vstack([noise, drift])) + _ROUNDING * float(np.ptp(value))
    sources = noise if np.all(_norms(missed) < floor) else np.vstack([noise, missed])
    if not np.any(sources):
        return Curves(times=fine, value=value, draws=value[None, :])
    draws = rng.standard_normal((DRAWS, len(sources))) @ sources
    draws += value
    if len(drift):
        draws += (shared or rng).standard_normal((DRAWS, len(drift))) @ drift
    return Curves(times=fine, value=value, draws=draws)


def _norms(rows: Array) -> Array:
    """Standard deviation at every time of a random sum of rows."""
    return np.asarray(np.sqrt(np.sum(rows**2, axis=0)))


def _missed(trace: EnergyTrace, fine: Array, smoother: Array, likely: tuple[float, float]) -> Array:
    """What the smoother misses between the times of curves as smooth as this one, (F, Q).

    Such a curve is a random sum of the columns f of a cosine basis whose Gauss-Hermite
    frequencies reproduce the kernel; the smoother returns S f(times) for f(fine).
    """
    x, x_fine, _, _ = _scaled(trace, fine, np.zeros(len(trace.times)))
    length, amplitude = likely
    size = amplitude * np.sqrt(_WEIGHTS)

    def basis(times: Array) -> Array:
        phases = times[:, None] * _NODES / length
        return np.hstack([size * np.cos(phases), size * np.sin(phases)])

    scale = float(np.max(np.abs(trace.work)))
    return scale * (basis(x_fine) - smoother @ basis(x))


def _fine_grid(times: Array) -> Array:
    """Every interval between neighbouring times cut into equal parts."""
    parts = np.arange(_PER_INTERVAL) / _PER_INTERVAL
    inner = times[:-1, None] + np.diff(times)[:, None] * parts
    return np.append(inner.ravel(), times[-1])


def _root(covariance: Array) -> Array:
    """A matrix R with R^T R = covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0, None))).T)


def _variance(trace: EnergyTrace) -> Array:
    """Variances that weigh the times: as the smooth curve has them, not the single samples.

    Near full or empty charge a point that fluctuates outwards also has the smaller sample
    variance, and weights taken from it would pull the curve after it. So the variance is taken
    as a slowly varying multiple, averaged over neighbours, of what two-level cells at the
    smooth curve's charge would have: proportional to f (1 - f) at a share f of capacity.
    Where that is wrong only the weights suffer; the noise of the draws is the sample's own.
    """
    common = 0.0 if trace.common is None else np.sum(trace.common**2, axis=0)
    sample = np.asarray(np.diag(trace.covariance) - common)
    if trace.is_exact:
        return sample
    least = float(sample.min())
    variance = _averaged(sample)
    likely = _most_likely(trace, variance)
    for _ in range(_VARIANCE_PASSES):
        work = _smoother(trace, trace.times, variance, likely) @ trace.work
        share = np.clip((work - trace.lowest) / trace.capacity, 0, 1)
        cells = share * (1 - share) + _JITTER
        variance = least + cells * _averaged(sample - least) / _averaged(cells)
    return variance


def _averaged(values: Array) -> Array:
    """Means over five neighbours."""
    return np.convolve(np.pad(values, 2, mode="reflect"), np.full(5, 0.2), mode="valid")


def _smoother(trace: EnergyTrace, at: Array, variance: Array, likely: tuple[float, float]) -> Array:
    """The matrix from measured work (M,) to the smooth curve at other times (F,)."""
    x, x_at, _, noise = _scaled(trace, at, variance)
    length, amplitude = likely
    length *= _UNDERSMOOTHING
    prior = amplitude**2 * _kernel(x, x, length) + _OFFSET
    across = amplitude**2 * _kernel(x_at, x, length) + _OFFSET
    loaded = prior + np.diag(noise + _JITTER * amplitude**2)
    return np.asarray(np.linalg.solve(loaded, across.T).T)


def _scaled(trace: EnergyTrace, at: Array, variance: Array) -> tuple[Array, Array, Array, Array]:
    """Times, other times, work and variances in units of the trace's own extent."""
    origin, span = trace.times[0], trace.times[-1] - trace.times[0]
    scale = max(float(np.max(np.abs(trace.work))), 1e-9 * trace.capacity)
    return (
        (trace.times - origin) / span,
        (at - origin) / span,
        trace.work / scale,
        variance / scale**2,
    )


def _most_likely(trace: EnergyTrace, variance: Array) -> tuple[float, float]:
    """Correlation length and amplitude of largest marginal likelihood, on a grid of both.

    log p = -|L^-1 y|^2 / 2 - log det L + const, with L L^T = prior + noise.
    """
    x, _, y, noise = _scaled(trace, trace.times, variance)
    n = len(x)
    loads = noise + _JITTER * _AMPLITUDES[:, None] ** 2
    best = (-np.inf, 0.0, 0.0)
    # One Cholesky factor of [[prior + noise, y], [y^T, c]] holds L^-1 y as its last row.
    bordered = np.empty((len(_AMPLITUDES), n + 1, n + 1))
    diagonal = np.arange(n)
    for length in np.geomspace(1 / (n - 1), 1.5, 16):
        shape = _kernel(x, x, length)
        bordered[:, :n, :n] = _AMPLITUDES[:, None, None] ** 2 * shape + _OFFSET
        bordered[:, diagonal, diagonal] += loads
        bordered[:, n, :n] = bordered[:, :n, n] = y
        bordered[:, n, n] = 1 + 2 * (y @ y) / loads.min(axis=1)
        lower = np.linalg.cholesky(bordered)
        misfit = np.sum(lower[:, n, :n] ** 2, axis=1)
        volume = np.sum(np.log(np.diagonal(lower, axis1=1, axis2=2)[:, :n]), axis=1)
        likelihood = -0.5 * misfit - volume
        top = int(np.argmax(likelihood))
        best = max(best, (float(likelihood[top]), float(length), float(_AMPLITUDES[top])))
    return best[1], best[2]


def _kernel(a: Array, b: Array, length: float) -> Array:
    kernel: Array = np.exp(-0.5 * ((a[:, None] - b[None, :]) / length) ** 2)
    return kernel
