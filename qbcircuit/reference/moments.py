"""Mean and variance of the energy, conserved while one Hamiltonian acts."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import chebyshev, density
from qbcircuit.reference.collective import collective
from qbcircuit.reference.component import Component, components
from qbcircuit.reference.level_evolution import solver
from qbcircuit.reference.level_parts import is_general, level_parts
from qbcircuit.terms import Term

_CONJUGATE = {"X": "X", "Y": "Y", "Z": "Z", "+": "-", "-": "+"}

_ELEMENTS: dict[str, tuple[complex, complex]] = {
    "X": (1, 1),
    "Y": (1j, -1j),
    "Z": (1, -1),
    "+": (1, 0),
    "-": (0, 1),
}
"""<flipped| A |level> for level 0 and 1 (Z: nothing is flipped)."""

_DIAGONALISED = 8
"""log2 of the sectors that are diagonalised rather than expanded."""


class EnergyMoments(NamedTuple):
    """<H> and <H^2> - <H>^2 of the total generator, identity shift included in the mean."""

    mean: float
    variance: float


def energy_moments(protocol: ChargingProtocol, step: int = 0) -> EnergyMoments:
    """Mean and variance of H while one step acts, in the state the step begins with.

    Args:
        protocol: what charges what.
        step: which of ``protocol.evolutions``. The first starts from a product state and is
            read off the terms at any N; later ones need the state.

    Raises:
        InvalidRequest: a later step of a state too large to hold.
    """
    evolution = protocol.evolutions[step]
    terms, shift = protocol.generator(evolution)
    if is_general(protocol):
        return _on_levels(protocol, step, shift)
    if step == 0 and isinstance(protocol.schedule[0], Evolve):
        excited = [1 - populations[0] for populations in protocol.battery.start_populations]
        mean, variance = _of_product_state(terms, excited)
        return EnergyMoments(mean + shift, variance)
    mean, variance = shift, 0.0
    for part, n in components(protocol).items():
        one = _of_component(part, step)
        mean, variance = mean + n * one.mean, variance + n * one.variance
    return EnergyMoments(mean, variance)


def _on_levels(protocol: ChargingProtocol, step: int, shift: float) -> EnergyMoments:
    mean, variance = shift, 0.0
    for part in level_parts(protocol):
        own, spread = solver(collective(part)).energy_moments(step)
        mean, variance = mean + own, variance + spread
    return EnergyMoments(mean, variance)


def _of_product_state(terms: tuple[Term, ...], excited: list[float]) -> EnergyMoments:
    """Expectations factorise over sites; only products with equal flips interfere."""
    by_flips: dict[frozenset[int], list[tuple[complex, dict[int, str]]]] = defaultdict(list)
    for term in terms:
        letters = dict(zip(term.sites, term.operators, strict=True))
        by_flips[term.flips].append((term.strength, letters))
        if term.adds_conjugate:
            conjugate = {site: _CONJUGATE[letter] for site, letter in letters.items()}
            by_flips[term.flips].append((term.strength.conjugate(), conjugate))

    known = all(population in (0.0, 1.0) for population in excited)
    second, mean = 0.0, 0.0
    for flips, products in by_flips.items():
        if not flips:
            mean = sum((strength * _overlap({}, at, excited)).real for strength, at in products)
        if known:
            amplitude = sum(strength * _amplitude(at, excited) for strength, at in products)
            second += abs(amplitude) ** 2
            continue
        for i, (strength, at) in enumerate(products):
            second += abs(strength) ** 2 * _overlap(at, at, excited).real
            for other, there in products[:i]:
                second += 2 * (strength.conjugate() * other * _overlap(at, there, excited)).real
    return EnergyMoments(mean, max(second - mean**2, 0.0))


def _amplitude(at: dict[int, str], excited: list[float]) -> complex:
    """<flipped| A |s> for the basis state s."""
    return math.prod((_ELEMENTS[letter][excited[site] > 0.5] for site, letter in at.items()))


def _overlap(left: dict[int, str], right: dict[int, str], excited: list[float]) -> complex:
    """sum_s p_s conj(A_s) B_s for two products with equal flips, site by site."""
    value = 1 + 0j
    for site in left.keys() | right.keys():
        a = _ELEMENTS.get(left.get(site, ""), (1, 1))
        b = _ELEMENTS.get(right.get(site, ""), (1, 1))
        ground = a[0].conjugate() * b[0]
        value *= (1 - excited[site]) * ground + excited[site] * a[1].conjugate() * b[1]
    return value


def _of_component(part: Component, step: int) -> EnergyMoments:
    rank = chebyshev.SectorEvolution.log2_size(part)
    # a spectrum takes any duration in its stride, where an expansion works in proportion to it
    if part.is_pure and not part.has_reset and rank > _DIAGONALISED:
        if rank <= chebyshev.LARGEST:
            return EnergyMoments(
                *chebyshev.ChebyshevEvolution(chebyshev.SectorEvolution(part)).energy_moments(step)
            )
    elif density.SectorDensity.applies(part):
        return EnergyMoments(
            *density.DensityEvolution(density.SectorDensity(part)).energy_moments(step)
        )
    raise InvalidRequest(
        f"The energy's spread in step {step} needs the state of {part.n_sites} sites, which is "
        "too large. Use a time-independent protocol or constraint C0."
    )
