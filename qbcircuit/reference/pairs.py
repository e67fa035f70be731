"""Blocks in which every term flips all sites or none: a two-level problem for each pair."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from qbcircuit.charging import Evolve
from qbcircuit.reference.action import Bits, amplitudes, bit_columns
from qbcircuit.reference.component import Component
from qbcircuit.terms import Term

LARGEST = 20
"""Most sites whose states are listed one by one."""


class PairOscillation:
    """W(t) = sum_pairs (p_s - p_s')(E_s' - E_s) |c|^2/Omega^2 sin^2 Omega t, s' = s XOR flip.

    c couples the pair, 2d is its splitting, Omega^2 = |c|^2 + d^2.

    Args:
        component: constant, with one flip mask (beside none).
    """

    method = "two-level pairs"

    def __init__(self, component: Component) -> None:
        flip = flip_of(component.terms)
        bits, multiplicity = _representatives(component)
        mirrored = bits ^ bit_columns([flip], component.n_sites)
        _, half_splitting, coupling = pair_levels(component.terms, bits, mirrored)
        gain = component.energy(mirrored) - component.energy(bits)
        bias = component.weight(bits) - component.weight(mirrored)
        squared = np.abs(coupling) ** 2
        rate = np.sqrt(squared + half_splitting**2)
        share = np.divide(squared, rate**2, out=np.zeros_like(rate), where=rate > 0)
        self._rates, self._amounts = _collected(rate, multiplicity * bias * gain * share)

    @staticmethod
    def applies(component: Component) -> bool:
        """Whether the formula holds for this component."""
        return (
            component.is_constant
            and flip_of(component.terms) != 0
            and (component.is_pure or component.n_sites <= LARGEST or _is_uniform(component))
        )

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time."""
        return np.array([np.sum(self._amounts * np.sin(self._rates * t) ** 2) for t in times])


def flip_of(terms: tuple[Term, ...]) -> int:
    """The mask that every flipping term flips; 0 where there is none or more than one."""
    flips = {term.flips for term in terms} - {frozenset()}
    return sum(1 << site for site in flips.pop()) if len(flips) == 1 else 0


def pair_levels(
    terms: tuple[Term, ...], bits: Bits, mirrored: Bits
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.complex128]]:
    """Mean, half splitting and coupling of each pair: its energies are mean -+ Omega."""
    mean, half_splitting = np.zeros(bits.shape[1]), np.zeros(bits.shape[1])
    coupling = np.zeros(bits.shape[1], dtype=np.complex128)
    for term in terms:
        if term.flips:
            coupling += amplitudes(term, bits)
        else:
            here, there = amplitudes(term, bits).real, amplitudes(term, mirrored).real
            mean += (here + there) / 2
            half_splitting += (here - there) / 2
    return mean, half_splitting, coupling


def pair_extremes(terms: tuple[Term, ...], n_sites: int) -> tuple[float, float] | None:
    """Lowest and highest energy where every term flips one mask or none.

    Returns:
        ``None`` where the states are too many to list and not alike.
    """
    mixed = Component(
        energies=((0.0, 1.0),) * n_sites, excited=(0.5,) * n_sites, steps=(Evolve(terms=terms),)
    )
    if not PairOscillation.applies(mixed):
        return None
    bits, _ = _representatives(mixed)
    mirrored = bits ^ bit_columns([flip_of(terms)], n_sites)
    mean, half_splitting, coupling = pair_levels(terms, bits, mirrored)
    rate = np.hypot(half_splitting, np.abs(coupling))
    return float(np.min(mean - rate)), float(np.max(mean + rate))


def _representatives(component: Component) -> tuple[Bits, NDArray[np.float64]]:
    """States with their multiplicities; of each pair, one state or both with half the weight."""
    n = component.n_sites
    if component.is_pure:
        return component.start_bits, np.ones(1)
    if n <= LARGEST:
        labels = np.arange(1 << n)
        bits = (labels[None, :] >> np.arange(n)[:, None] & 1).astype(np.bool_)
        return bits, np.full(1 << n, 0.5)
    weights = np.arange(n + 1)
    multiplicity = np.array([math.comb(n, w) / 2 for w in range(n + 1)])
    return np.arange(n)[:, None] < weights[None, :], multiplicity


def _is_uniform(component: Component) -> bool:
    """Whether exchanging sites changes nothing, so that only Hamming weights matter."""
    n = component.n_sites
    fields = [term for term in component.terms if term.order == 1 and not term.flips]
    strings = [term for term in component.terms if term.order == n]
    return (
        len(set(component.energies)) == 1
        and len(set(component.excited)) == 1
        and len(fields) + len(strings) == len(component.terms)
        and all(len(set(term.operators)) == 1 for term in strings)
        and _covers_evenly([(term.sites[0], term.strength) for term in fields], n)
    )


def _covers_evenly(fields: list[tuple[int, complex]], n_sites: int) -> bool:
    total = dict.fromkeys(range(n_sites), 0j)
    for site, strength in fields:
        total[site] += strength
    return len(set(total.values())) == 1


def _collected(
    rates: NDArray[np.float64], amounts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Amounts added up over equal rates (to rounding)."""
    order = np.argsort(rates)
    rates, amounts = rates[order], amounts[order]
    starts = [0]
    for i, (low, high) in enumerate(itertools.pairwise(rates)):
        if high - low > 1e-13 * high:
            starts.append(i + 1)
    return rates[starts], np.add.reduceat(amounts, starts)
