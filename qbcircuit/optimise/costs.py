"""What constraints limit, slice by slice, smoothed so that it has slopes everywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qbcircuit.optimise.controls import Controls
from qbcircuit.optimise.evolution import Array, Evolution, Reals


class Cost(NamedTuple):
    """The cost of a pulse and how it changes.

    Args:
        value: sum over slices.
        slopes: along the strengths, (L, P), at fixed states before each slice.
        before: along the states before each slice, (L, d); ``None`` where there are none.
    """

    value: float
    slopes: Reals
    before: Array | None


def half_width(controls: Controls, pulse: Reals, evolution: Evolution, width: float) -> Cost:
    """(l_max - l_min)/2 of every slice's H: the integrand of C0.

    The highest of energies E is smoothed to width * log sum exp(E / width), the lowest alike:
    levels that cross at the edge of the spectrum, as they do at the optimum, share the slope.

    Args:
        controls: the generators.
        pulse: strengths (L, P).
        evolution: of the pulse, whose eigenvectors serve for the first block.
        width: an energy, above 0.
    """
    others = [np.linalg.eigh(controls.hamiltonians(pulse, i)) for i in _others(controls)]
    spectra = [(evolution.energies, evolution.vectors), *others]
    energies = np.concatenate([energies for energies, _ in spectra], axis=1)
    high, low = energies.max(axis=1, keepdims=True), energies.min(axis=1, keepdims=True)
    up, down = np.exp((energies - high) / width), np.exp((low - energies) / width)
    above, below = up.sum(axis=1, keepdims=True), down.sum(axis=1, keepdims=True)
    value = (high - low + width * np.log(above * below)).sum() / 2
    shares = (up / above - down / below) / 2
    slopes, begin = np.zeros_like(pulse), 0
    for block, (own, vectors) in enumerate(spectra):
        share = shares[:, None, begin : begin + own.shape[1]]
        along = (vectors.conj() * share) @ vectors.transpose(0, 2, 1)
        slopes += controls.pulled_back(along, block)
        begin += own.shape[1]
    return Cost(float(value), slopes, None)


def energy_spread(controls: Controls, pulse: Reals, evolution: Evolution, width: float) -> Cost:
    """The standard deviation of every slice's H: the integrand of C1, as sqrt(Var + width^2).

    Args:
        controls: the generators.
        pulse: strengths (L, P).
        evolution: of the pulse.
        width: an energy, above 0.
    """
    hamiltonians, states = controls.hamiltonians(pulse), evolution.states[:-1]
    means, moved = _deviations(hamiltonians, states)
    spreads = np.sqrt(_squares(moved) + width**2)
    scaled = moved / spreads[:, None]
    along = scaled.conj()[:, :, None] * states[:, None, :]
    before = _applied(hamiltonians, scaled) - means[:, None] * scaled
    return Cost(float(spreads.sum()), controls.pulled_back(along), before)


def exact_costs(controls: Controls, pulse: Reals, evolution: Evolution, *, c0: bool) -> Reals:
    """What every slice spends of C0 or C1, unsmoothed, (L,)."""
    if not c0:
        moved = _deviations(controls.hamiltonians(pulse), evolution.states[:-1])[1]
        return np.asarray(np.sqrt(_squares(moved)))
    spectra = [np.linalg.eigvalsh(controls.hamiltonians(pulse, i)) for i in _others(controls)]
    energies = np.concatenate([evolution.energies, *spectra], axis=1)
    return np.asarray((energies.max(axis=1) - energies.min(axis=1)) / 2)


def _others(controls: Controls) -> range:
    return range(1, len(controls.blocks))


def _deviations(hamiltonians: Array, states: Array) -> tuple[Reals, Array]:
    """Mean energy of every slice in the state before it, (L,), and (H - mean) on that, (L, d)."""
    applied = _applied(hamiltonians, states)
    means = (states.conj() * applied).sum(axis=1).real
    return means, applied - means[:, None] * states


def _applied(hamiltonians: Array, vectors: Array) -> Array:
    product: Array = (hamiltonians @ vectors[:, :, None])[:, :, 0]
    return product


def _squares(vectors: Array) -> Reals:
    return np.asarray((vectors.real**2 + vectors.imag**2).sum(axis=1))
