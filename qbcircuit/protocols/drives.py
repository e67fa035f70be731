"""Drives that change all the time, cut into slices of constant Hamiltonians.

A slice of length h acts by the time average of its drive (first Magnus term, order 2), or, where
only the end of the drive counts, by two halves with (1/2) A_0 -+ 2 A_1, A_0 the integral of the
drive and A_1 that of (t - middle)/h times it (commutator-free, order 4). Between the ends of
slices both are of order 2.

Reference: Blanes and Moan, Appl. Numer. Math. 56, 1519 (2006); Alvermann and Fehske, J. Comput.
Phys. 230, 5930 (2011), arXiv:1102.5071.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest, unknown_name, whole_number
from qbcircuit.reference import Solution, capacity
from qbcircuit.terms import Term

Amplitude = Callable[[float], complex]
"""g(t): what multiplies a drive's terms at time t."""

SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda x: 1.0,
    "linear": lambda x: x,
    "sin2": lambda x: math.sin(math.pi * x) ** 2,
    "gaussian": lambda x: math.exp(-18.0 * (x - 0.5) ** 2),
}
"""Named drives as functions of x = t/T: 1, x, sin^2(pi x), and exp(-(x - 1/2)^2/(2/36)), whose
standard deviation is T/6."""

JUDGED = ("always", "end")

_MOST_SLICES = 1 << 12

_FIRST_GUESS = 4
_BOLDEST = 16.0
"""Most that the number of slices is multiplied by at once."""

_CONSTANT = 1e-12
"""Error of one slice below which the Hamiltonian does not change at all."""

_LAST = 3
"""Ends of slices that the end of a drive is judged by: at one alone a change may be 0 by chance."""

_RICHARDSON = 4 / 3
"""|W_n - W| over |W_n - W_2n| at order 2; less at order 4."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)

_ROUNDING = 1e-14


@dataclass(frozen=True, kw_only=True, slots=True)
class Drive:
    """Terms that share one amplitude, g(t) * sum of terms.

    Args:
        terms: whose strengths g(t) multiplies.
        amplitude: g, a function of time, the name of a shape in :data:`SHAPES`, or values evenly
            spaced from time 0 to the end with straight lines between them.
    """

    terms: tuple[Term, ...]
    amplitude: Amplitude | str | Sequence[complex] = "constant"

    def over(self, duration: float) -> Amplitude:
        """The amplitude as a function of time.

        Raises:
            InvalidRequest: an unknown shape, or fewer than 2 values or some that are not finite.
        """
        given = self.amplitude
        if callable(given):
            return given
        if isinstance(given, str):
            if given not in SHAPES:
                raise unknown_name("shape", given, SHAPES)
            shape = SHAPES[given]
            return lambda time: shape(time / duration)
        values = np.asarray(given)
        if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
            raise InvalidRequest(
                f"A sampled drive needs 2 or more finite values, got {list(given)[:4]}..."
            )
        times = np.linspace(0.0, duration, len(values))
        return lambda time: complex(np.interp(time, times, values))


@dataclass(frozen=True, kw_only=True, slots=True)
class Driven:
    """A drive sampled into constant steps.

    Args:
        protocol: the steps; its notes tell the error.
        n_slices: how many slices.
        error: estimated largest |W - W_continuous| / capacity; ``None`` where the exact
            reference cannot follow the protocol.
    """

    protocol: ChargingProtocol
    n_slices: int
    error: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Slicing:
    """How a drive is cut into slices.

    Args:
        slices: how many; as few as keep ``error`` where ``None``.
        error: largest estimated error of W over the capacity.
        judged: ``"always"``: the error of W at all times, one step a slice (order 2); ``"end"``:
            at the end of the drive alone, two steps a slice (order 4), far fewer in all.

    Raises:
        InvalidRequest: a word or numbers that cannot be.
    """

    slices: int | None = None
    error: float = 1e-3
    judged: str = "always"

    def __post_init__(self) -> None:
        if self.slices is not None:
            whole_number(
                "Slices", self.slices, least=1, most=_MOST_SLICES, hint=f"Use 1..{_MOST_SLICES}."
            )
        if not (math.isfinite(self.error) and self.error > 0):
            raise InvalidRequest(f"An error of slicing must be positive, got {self.error}.")
        if self.judged not in JUDGED:
            raise unknown_name("moment to judge slices at", self.judged, JUDGED)

    @property
    def order(self) -> int:
        """How fast the error falls with the number of slices."""
        return 2 if self.judged == "always" else 4


def driven(
    battery: Battery,
    drives: Iterable[Drive],
    *,
    duration: float,
    slicing: Slicing | None = None,
    include_internal: bool = False,
    name: str = "driven",
) -> Driven:
    """A protocol with H(t) = sum_d g_d(t) V_d, sampled into steps of constant H.

    The error is estimated from the same drive in twice as many slices, whose remaining error is
    a third or less: 4/3 max |W_n - W_2n| / capacity.

    Args:
        battery: what is charged.
        drives: groups of terms, each with its amplitude.
        duration: of the whole drive.
        slicing: how it is cut.
        include_internal: whether the battery's own Hamiltonian stays on.
        name: for reports.

    Raises:
        InvalidRequest: a duration that is not positive and finite, drives without terms,
            amplitudes that are not finite, an error that 4096 slices do not keep, or no slices
            given where the exact reference cannot follow the protocol.
    """
    check_duration(duration)
    slicing = slicing or Slicing()
    groups = [(one.terms, one.over(duration)) for one in drives]

    def cut(n: int) -> ChargingProtocol:
        schedule = _slices(groups, duration, n, slicing.order)
        return ChargingProtocol(
            battery=battery, schedule=schedule, include_internal=include_internal, name=name
        )

    if slicing.slices is not None:
        n = slicing.slices
        protocol = cut(n)
        try:
            error = _error(protocol, cut(2 * n), n, slicing)
        except InvalidRequest:
            return Driven(protocol=_told(protocol, n, None, slicing), n_slices=n, error=None)
        return Driven(protocol=_told(protocol, n, error, slicing), n_slices=n, error=error)
    return _within(cut, slicing)


def check_duration(duration: float) -> None:
    """A time that a drive can last.

    Raises:
        InvalidRequest: not positive or not finite.
    """
    if not (math.isfinite(duration) and duration > 0):
        raise InvalidRequest(f"A drive needs a positive and finite duration, got {duration}.")


def _within(cut: Callable[[int], ChargingProtocol], slicing: Slicing) -> Driven:
    """Few slices whose estimated error is small enough."""
    n, protocol = 1, cut(1)
    if slicing.judged == "end" or _error(protocol, cut(2), 1, slicing) > _CONSTANT:
        n, protocol = _FIRST_GUESS, cut(_FIRST_GUESS)
    while True:
        error = _error(protocol, cut(2 * n), n, slicing)
        if error <= slicing.error:
            return Driven(protocol=_told(protocol, n, error, slicing), n_slices=n, error=error)
        missing = (error / slicing.error) ** (1 / slicing.order)
        n = max(n + 1, math.ceil(1.05 * n * min(_BOLDEST, missing)))
        if n > _MOST_SLICES:
            raise InvalidRequest(
                f"The drive changes too fast: {_MOST_SLICES} slices do not keep W within "
                f"{slicing.error:g} of the capacity. Allow a larger error, or give slices."
            )
        protocol = cut(n)


def _error(coarse: ChargingProtocol, fine: ChargingProtocol, n: int, slicing: Slicing) -> float:
    """4/3 of the largest change of W over the capacity when slices are halved."""
    end = min(coarse.duration, fine.duration)
    halves = np.linspace(0.0, end, 2 * n + 1)
    times = halves if slicing.judged == "always" else halves[::2][-_LAST:]
    change = Solution(coarse).work(times) - Solution(fine).work(times)
    return _RICHARDSON * float(np.abs(change).max()) / capacity(coarse.battery)


def _told(
    protocol: ChargingProtocol, n: int, error: float | None, slicing: Slicing
) -> ChargingProtocol:
    """The protocol with a note that says how well it is sampled."""
    count = f"The drive is sampled in {n} {'slice' if n == 1 else 'slices'}"
    if error is None:
        note = f"{count}; how well is not known, since the exact reference cannot follow it."
    else:
        when = "at all times" if slicing.judged == "always" else "at its end"
        note = f"{count}; W is within {error:.2g} of the capacity {when} (estimated)."
    return replace(protocol, notes=(*protocol.notes, note))


Group = tuple[tuple[Term, ...], Amplitude]


def _slices(groups: Sequence[Group], duration: float, n: int, order: int) -> tuple[Evolve, ...]:
    length = duration / n
    steps: list[Evolve] = []
    for i in range(n):
        moments = [(terms, _moments(amplitude, i * length, length)) for terms, amplitude in groups]
        if order == 2:
            steps.append(_step([(terms, mean) for terms, (mean, _) in moments], length))
            continue
        for sign in (-1, 1):
            halves = [(terms, mean + sign * 4 * tilt) for terms, (mean, tilt) in moments]
            steps.append(_step(halves, length / 2))
    return tuple(steps)


def _moments(amplitude: Amplitude, begin: float, length: float) -> tuple[complex, complex]:
    """Time averages of g and of g (t - middle)/length over one slice."""
    points = begin + length * (1 + _NODES) / 2
    values = np.array([complex(amplitude(float(time))) for time in points])
    if not np.isfinite(values).all():
        raise InvalidRequest(
            f"A drive must be finite, and is not between t={begin:g} and t={begin + length:g}."
        )
    return complex(_WEIGHTS @ values) / 2, complex(_WEIGHTS @ (values * _NODES)) / 4


def _step(groups: Iterable[tuple[tuple[Term, ...], complex]], duration: float) -> Evolve:
    """One constant step: equal products merged, and what is rounding left out."""
    total: dict[tuple[tuple[str, ...], tuple[int, ...]], complex] = {}
    for terms, factor in groups:
        for term in terms:
            key = (term.operators, term.sites)
            total[key] = total.get(key, 0.0) + factor * term.strength
    largest = max(map(abs, total.values()), default=0.0)
    kept = {key: value for key, value in total.items() if abs(value) > _ROUNDING * largest}
    return Evolve(
        terms=tuple(Term(operators, sites, value) for (operators, sites), value in kept.items()),
        duration=duration,
    )
