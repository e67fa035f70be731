"""Mean and variance of the energy, conserved while one Hamiltonian acts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import chebyshev, density
from qbcircuit.reference.collective import collective, symmetric_part
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
    return step_moments(protocol, (step,))[0]


def step_moments(protocol: ChargingProtocol, steps: Sequence[int]) -> list[EnergyMoments]:
    """The moments of several steps, whose states are followed once.

    Args:
        protocol: what charges what.
        steps: which of ``protocol.evolutions``, increasing.

    Raises:
        InvalidRequest: as :func:`energy_moments`.
    """
    walkers: list[tuple[Walker, int]] | None = None
    found = []
    for step in steps:
        terms, shift = protocol.generator(protocol.evolutions[step])
        first = step == 0 and isinstance(protocol.schedule[0], Evolve)
        if first and not is_general(protocol):
            excited = [1 - populations[0] for populations in protocol.battery.start_populations]
            mean, variance = _of_product_state(terms, excited)
        else:
            walkers = _walkers(protocol, step) if walkers is None else walkers
            own = [(*walker.energy_moments(step), n) for walker, n in walkers]
            mean = math.fsum(n * one for one, _, n in own)
            variance = math.fsum(n * spread for _, spread, n in own)
        found.append(EnergyMoments(mean + shift, variance))
    return found


class Walker(Protocol):
    """What follows a state from step to step."""

    def energy_moments(self, step: int) -> tuple[float, float]:
        """Mean and variance of H in the state that a step begins with; steps must increase."""
        ...


def _walkers(protocol: ChargingProtocol, step: int) -> list[tuple[Walker, int]]:
    """What follows each part of a protocol, and how many such parts there are."""
    if is_general(protocol):
        return [(solver(collective(part)), 1) for part in level_parts(protocol)]
    return [(_walker(part, step), n) for part, n in components(protocol).items()]


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


def _walker(part: Component, step: int) -> Walker:
    symmetric = symmetric_part(part)
    if symmetric:
        return solver(symmetric)
    rank = chebyshev.SectorEvolution.log2_size(part)
    # a spectrum takes any duration in its stride, where an expansion works in proportion to it
    if part.is_pure and not part.has_reset and rank > _DIAGONALISED:
        if rank <= chebyshev.LARGEST:
            return chebyshev.ChebyshevEvolution(chebyshev.SectorEvolution(part))
    elif density.SectorDensity.applies(part):
        return density.DensityEvolution(density.SectorDensity(part))
    raise InvalidRequest(
        f"The energy's spread in step {step} needs the state of {part.n_sites} sites, which is "
        "too large. Use a time-independent protocol or constraint C0."
    )
