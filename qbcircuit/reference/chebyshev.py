"""Exact evolution of a basis state in the sector it can reach, by Chebyshev expansion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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


class PureEvolution(Protocol):
    """A pure state, a schedule of Hamiltonians and the energy to be followed."""

    @property
    def start(self) -> sector.Array:
        """The state at time 0, shape (n,)."""
        ...

    @property
    def durations(self) -> Sequence[float]:
        """Of the steps."""
        ...

    @property
    def energy(self) -> sector.Array | sp.csr_array:
        """What is followed: energies of the basis states, none negative, or a Hermitian matrix."""
        ...

    @property
    def gained(self) -> float:
        """What makes the followed energy the deposited work."""
        ...

    def hamiltonian(self, step: int) -> sp.csr_matrix:
        """H of a step."""
        ...

    def doubled(self, step: int) -> tuple[sp.csr_matrix, float]:
        """2 (H - centre) / rate of a step and the rate, with the spectrum in centre +- rate."""
        ...


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


def _gram(vectors: sector.Array, energy: sector.Array | sp.csr_array) -> sector.Array:
    """<T_a| energy |T_b>.

    From a real state, even orders make the real part of psi(t) and odd ones the imaginary
    part, so their cross terms never count.
    """
    if sp.issparse(energy):
        return np.asarray(vectors.conj() @ (energy @ vectors.T))
    root = np.sqrt(energy)
    if np.iscomplexobj(vectors):
        upper = scipy.linalg.blas.zherk(1.0, (vectors * root).T, trans=2)
        return np.asarray(upper + np.triu(upper, 1).conj().T)
    gram = np.zeros((len(vectors), len(vectors)))
    for parity in (0, 1):
        upper = scipy.linalg.blas.dsyrk(1.0, (vectors[parity::2] * root).T, trans=1)
        gram[parity::2, parity::2] = upper + np.triu(upper, 1).T
    return gram


class SectorEvolution:
    """A component from a basis state, in the sector that its flips reach.

    Args:
        component: starts in a basis state and has no resets.
    """

    def __init__(self, component: Component) -> None:
        self._steps = component.evolutions
        self.durations = [step.duration for step in self._steps]
        self._span = Span((flip_mask(term) for term in component.terms), component.n_sites)
        self._bits = self._span.sectors(component.start_bits)
        energy = component.energy(self._bits)
        self.energy = energy - energy.min()
        self.gained = float(energy.min() - energy[0])
        self.start: sector.Array = np.zeros(self._bits.shape[1])
        self.start[0] = 1.0

    @staticmethod
    def log2_size(component: Component) -> int:
        """log2 of the sector's dimension."""
        return Span((flip_mask(term) for term in component.terms), component.n_sites).rank

    def hamiltonian(self, step: int) -> sp.csr_matrix:
        """H of a step."""
        return sector.sparse(self._couplings(step), self.start.size)

    def doubled(self, step: int) -> tuple[sp.csr_matrix, float]:
        """2 (H - centre) / rate of a step and the rate."""
        parts = self._couplings(step)
        centre, rate = sector.spread(parts)
        if self._span.rank >= _WORTH_BOUNDING:
            # a tighter certified interval means fewer terms of the expansion
            terms = self._steps[step].terms
            low, high = cluster_bounds(terms, self._span.n_sites, sizes=(8,))
            if (high - low) / 2 < rate:
                centre, rate = (low + high) / 2, (high - low) / 2
        unit = rate or 1.0
        scaled = {flip: values * (2 / unit) for flip, values in parts.items()}
        scaled[0] = scaled.get(0, np.zeros(self.start.size)) - 2 * centre / unit
        return sector.sparse(scaled, self.start.size), rate

    def _couplings(self, step: int) -> sector.Couplings:
        return sector.couplings(self._steps[step].terms, self._span, self._bits)


class ChebyshevEvolution:
    """W(t) from one Gram matrix a window of time: any number of times for one evolution.

    With H = centre + rate * h, |h| <= 1, exp(-iHt)|s> = sum_a c_a(t) T_a(h)|s>, so
    W(t) = sum_ab c_a* c_b <T_a|I|T_b> up to the start energy.

    Args:
        evolution: what evolves.
        method: how its states are reduced, in words.

    Reference: Tal-Ezer and Kosloff, J. Chem. Phys. 81, 3967 (1984).
    """

    def __init__(self, evolution: PureEvolution, method: str = "reduced Chebyshev") -> None:
        self.method = method
        self._evolution = evolution
        self._state = evolution.start
        self._windows: list[_Window] = []
        self._step = -1
        self._frontier = self._step_end = 0.0
        self._doubled = sp.csr_matrix((1, 1))
        self._rate = 0.0

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
        return values + self._evolution.gained

    def energy_moments(self, step: int) -> tuple[float, float]:
        """Mean and variance of H in the state that a step begins with; asked for once."""
        begin = sum(self._evolution.durations[:step])
        while self._step < step - 1 or self._frontier < begin:
            self._advance(begin)
        state = self._state
        moved = self._evolution.hamiltonian(step) @ state
        mean = float(np.vdot(state, moved).real)
        rest = moved - mean * state
        return mean, float(np.vdot(rest, rest).real)

    def states(self, times: NDArray[np.float64]) -> list[sector.Array]:
        """The state at each time, which must not decrease."""
        walker, found = ChebyshevEvolution(self._evolution), []
        vectors, begin = self._evolution.start[None], 0.0
        for time in times:
            while walker._frontier < time:
                begin = walker._frontier
                vectors = walker._pass(float(times[-1]))
            if time > begin:
                weights = _weights(len(vectors), np.array([walker._rate * (time - begin)]))
                found.append(weights[:, 0] @ vectors)
            else:
                found.append(self._evolution.start)
        return found

    def _advance(self, latest: float) -> None:
        """Add one window, as long as memory and the current step allow."""
        begin = self._frontier
        gram = _gram(self._pass(latest), self._evolution.energy)
        window = _Window(begin=begin, end=self._frontier, rate=self._rate, gram=gram)
        self._windows.append(window)

    def _pass(self, latest: float) -> sector.Array:
        """Go on by one window; returns its Chebyshev vectors as rows."""
        if self._frontier >= self._step_end:
            self._enter_next_step()
        reach = self._reach()
        least = _SHORTEST_WINDOWS[bool(self._windows)] / (self._rate or 1.0)
        end = min(max(latest, self._frontier + least), self._step_end, self._frontier + reach)
        length = end - self._frontier
        vectors = self._vectors(expansion_order(self._rate * length))
        weights = _weights(len(vectors), np.array([self._rate * length]))[:, 0]
        self._state = weights @ vectors
        self._frontier = end
        return vectors

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
        self._step_end += self._evolution.durations[self._step]
        self._doubled, self._rate = self._evolution.doubled(self._step)

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
