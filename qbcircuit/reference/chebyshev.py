"""Exact evolution of a basis state in the sector it can reach, by Chebyshev expansion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from numpy.typing import NDArray

from qbcircuit.reference import sector
from qbcircuit.reference.action import Span, flip_mask
from qbcircuit.reference.component import Component
from qbcircuit.reference.spectrum import cluster_bounds

MEMORY = 1 << 29
"""Bytes that the Chebyshev vectors of one window may take."""

LARGEST = 20
"""log2 of the largest sector that is evolved."""

_WORTH_BOUNDING = 13
"""log2 of the sector from which on a tighter bound on H repays its cost."""

_LONGEST_WINDOW = 60.0
"""Largest half width * time of a window: beyond it the Gram matrix outweighs the vectors."""

_SHORTEST_WINDOWS = (30.0, 8.0)
"""Least half width * time of the first window, whose state is real and cheap, and of others:
below it the fixed part of the expansion dominates."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Window:
    """<I> on [begin, end] as a quadratic form of Bessel functions.

    Args:
        rate: half width of the spectrum.
        gram: ``gram[a, b]`` = <T_a psi| I |T_b psi>, its cross terms of parity left out where they
            never count.
    """

    begin: float
    end: float
    rate: float
    gram: sector.Array

    def energy(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """<I> above its floor."""
        weights = _weights(self.gram.shape[0], self.rate * (times - self.begin))
        values: NDArray[np.float64] = np.einsum(
            "at,at->t", weights.conj(), self.gram @ weights
        ).real
        return values


def _weights(order: int, angles: NDArray[np.float64]) -> NDArray[np.complex128]:
    """(2 - delta_a0) (-i)^a J_a(angle): exp(-i angle x) = sum_a weights_a T_a(x).

    A Fourier transform over x = cos(theta), many times faster than Bessel functions one by one.
    """
    points = 1 << (2 * order + 15).bit_length()
    x = np.cos(2 * np.pi * np.arange(points) / points)
    waves = np.fft.fft(np.exp(-1j * x[:, None] * angles), axis=0)[:order] / points
    waves[1:] *= 2
    return np.asarray(waves)


def expansion_order(angle: float) -> int:
    """Chebyshev terms after which J_a(angle) is below rounding."""
    return int(angle + 10 * angle ** (1 / 3) + 12)


def _gram(vectors: sector.Array, energy: NDArray[np.float64]) -> sector.Array:
    """<T_a| energy |T_b>; the energies are shifted to be positive, and the norm is 1 anyway.

    From a real state, even orders make the real part of psi(t) and odd ones the imaginary
    part, so their cross terms never count.
    """
    root = np.sqrt(energy)
    if np.iscomplexobj(vectors):
        upper = scipy.linalg.blas.zherk(1.0, (vectors * root).T, trans=2)
        return np.asarray(upper + np.triu(upper, 1).conj().T)
    gram = np.zeros((len(vectors), len(vectors)))
    for parity in (0, 1):
        upper = scipy.linalg.blas.dsyrk(1.0, (vectors[parity::2] * root).T, trans=1)
        gram[parity::2, parity::2] = upper + np.triu(upper, 1).T
    return gram


class ChebyshevEvolution:
    """W(t) from one Gram matrix a window of time: any number of times for one evolution.

    With H = centre + rate * h, |h| <= 1, exp(-iHt)|s> = sum_a c_a(t) T_a(h)|s>, so
    W(t) = sum_ab c_a* c_b <T_a|I|T_b> up to the start energy.

    Args:
        component: starts in a basis state and has no resets.

    Reference: Tal-Ezer and Kosloff, J. Chem. Phys. 81, 3967 (1984).
    """

    method = "reduced Chebyshev"

    def __init__(self, component: Component) -> None:
        self._steps = component.evolutions
        self._span = Span((flip_mask(term) for term in component.terms), component.n_sites)
        self._bits = self._span.sectors(component.start_bits)
        energy = component.energy(self._bits)
        self._energy = energy - energy.min()
        self._gained = float(energy.min() - energy[0])
        self._state: sector.Array = np.zeros(self._bits.shape[1])
        self._state[0] = 1.0
        self._windows: list[_Window] = []
        self._step = -1
        self._frontier = self._step_end = 0.0
        self._doubled = sp.csr_matrix((1, 1))
        self._rate = 0.0

    @staticmethod
    def log2_size(component: Component) -> int:
        """log2 of the sector's dimension."""
        return Span((flip_mask(term) for term in component.terms), component.n_sites).rank

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time."""
        latest = float(np.max(times, initial=0.0))
        while self._frontier < latest or not self._windows:
            self._advance(latest)
        values = np.empty(times.shape)
        ends = np.array([window.end for window in self._windows])
        which = np.minimum(np.searchsorted(ends, times), len(ends) - 1)
        for index in np.unique(which):
            here = which == index
            values[here] = self._windows[index].energy(times[here])
        return values + self._gained

    def energy_moments(self, step: int) -> tuple[float, float]:
        """Mean and variance of H in the state that a step begins with."""
        begin = sum(one.duration for one in self._steps[:step])
        while self._step < step - 1 or self._frontier < begin:
            self._advance(begin)
        parts = sector.couplings(self._steps[step].terms, self._span, self._bits)
        moved = sector.sparse(parts, self._state.size) @ self._state
        mean = float(np.vdot(self._state, moved).real)
        rest = moved - mean * self._state
        return mean, float(np.vdot(rest, rest).real)

    def _advance(self, latest: float) -> None:
        """Add one window, as long as memory and the current step allow."""
        if self._frontier >= self._step_end:
            self._enter_next_step()
        reach = self._reach()
        least = _SHORTEST_WINDOWS[bool(self._windows)] / (self._rate or 1.0)
        end = min(max(latest, self._frontier + least), self._step_end, self._frontier + reach)
        length = end - self._frontier
        vectors = self._vectors(expansion_order(self._rate * length))
        gram = _gram(vectors, self._energy)
        self._windows.append(_Window(begin=self._frontier, end=end, rate=self._rate, gram=gram))
        weights = _weights(len(vectors), np.array([self._rate * length]))[:, 0]
        self._state = weights @ vectors
        self._frontier = end

    def _reach(self) -> float:
        """The longest window from here."""
        if not self._rate:
            return np.inf
        longest = MEMORY / self._state.nbytes
        angle = _LONGEST_WINDOW
        while angle > 1 and expansion_order(angle) > longest:
            angle /= 1.5
        return angle / self._rate

    def _enter_next_step(self) -> None:
        self._step += 1
        step = self._steps[self._step]
        self._step_end += step.duration
        parts = sector.couplings(step.terms, self._span, self._bits)
        centre, self._rate = sector.spread(parts)
        if self._span.rank >= _WORTH_BOUNDING:
            # a tighter certified interval means fewer terms of the expansion
            low, high = cluster_bounds(step.terms, self._span.n_sites, sizes=(8,))
            if (high - low) / 2 < self._rate:
                centre, self._rate = (low + high) / 2, (high - low) / 2
        unit = self._rate or 1.0
        scaled = {flip: values * (2 / unit) for flip, values in parts.items()}
        scaled[0] = scaled.get(0, np.zeros(self._state.size)) - 2 * centre / unit
        self._doubled = sector.sparse(scaled, self._state.size)

    def _vectors(self, order: int) -> sector.Array:
        """T_0 psi ... T_{order-1} psi as rows."""
        dtype = np.result_type(self._state, self._doubled)
        vectors = np.empty((order, self._state.size), dtype=dtype)
        vectors[0] = self._state
        vectors[1] = _applied(self._doubled, self._state) / 2
        for a in range(2, order):
            vectors[a] = _applied(self._doubled, vectors[a - 1])
            vectors[a] -= vectors[a - 2]
        return vectors


def _applied(matrix: sp.csr_matrix, state: sector.Array) -> sector.Array:
    """matrix @ state; a real matrix acts on real and imaginary part without a complex copy."""
    if np.iscomplexobj(matrix) or not np.iscomplexobj(state):
        return np.asarray(matrix @ state)
    return np.asarray(matrix @ state.view(np.float64).reshape(-1, 2)).view(np.complex128)[:, 0]
