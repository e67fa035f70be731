"""Two-level sites that the Hamiltonian cannot tell apart, as one collective spin.

From one common level only the N + 1 symmetric states are reached. With S_A = sum_j A_j for
A in {+, -, Z}, sum_j A_j R = S_A R and sum_(i != j) A_i B_j R = (S_A S_B - sum_j (AB)_j) R.

Reference: Dicke, Phys. Rev. 93, 99 (1954), doi:10.1103/PhysRev.93.99.
"""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qbcircuit.reference.component import Component
from qbcircuit.reference.level_parts import Acting, LevelPart, part_of
from qbcircuit.reference.monomials import Monomial, Product, monomial

FEWEST = 3
"""Alike sites from which on a collective spin has fewer levels than they have states."""

_EQUAL = 1e-13

_MATRICES = {letter: monomial(letter, 2).matrix for letter in "+-Z"}

Split = dict[tuple[int, ...], complex]
"""Strength by the sites on which the letters act, in order of the letters."""

Key = tuple[tuple[str, ...], tuple[tuple[int, Monomial], ...]]
"""Letters on the alike sites, and what acts elsewhere."""


def collective(part: LevelPart) -> LevelPart:
    """The same part with its largest set of alike sites as one spin; unchanged without one.

    The spin is site 0, the others follow.
    """
    return _spin(part)[1]


def alike_sites(part: LevelPart) -> tuple[int, ...]:
    """The sites that :func:`collective` makes one spin; none where it makes none."""
    return _spin(part)[0]


def _spin(part: LevelPart) -> tuple[tuple[int, ...], LevelPart]:
    for group in sorted(_candidates(part), key=len, reverse=True):
        found = _merged(part, group)
        if found is not None:
            return group, found
    return (), part


def symmetric_part(component: Component) -> LevelPart | None:
    """A component with its largest set of alike sites as one spin; ``None`` without one."""
    if not component.is_pure or component.has_reset or component.n_sites < FEWEST:
        return None
    whole = part_of(component)
    found = collective(whole)
    return None if found is whole else found


def _candidates(part: LevelPart) -> list[tuple[int, ...]]:
    """Two-level sites with equal energies that start in one common level and are never reset."""
    if len(part.states) != 1 or not part.is_pure or part.resets:
        return []
    alike: dict[object, list[int]] = defaultdict(list)
    for site, (d, levels) in enumerate(zip(part.dimensions, part.levels, strict=True)):
        if d == 2:
            alike[levels, part.states[0, site]].append(site)
    return [tuple(group) for group in alike.values() if len(group) >= FEWEST]


def _merged(part: LevelPart, group: tuple[int, ...]) -> LevelPart | None:
    rest = [site for site in range(len(part.dimensions)) if site not in set(group)]
    made = {}
    for acting in dict.fromkeys(part.evolutions):
        own = _collective_products(acting.products, group, rest)
        if own is None:
            return None
        made[acting] = Acting(products=own, duration=acting.duration)
    interactions = _collective_products(part.interactions, group, rest)
    if interactions is None:
        return None
    n, levels, start = len(group), part.levels[group[0]], int(part.states[0, group[0]])
    ladder = tuple(n * levels[0] + m * (levels[1] - levels[0]) for m in range(n + 1) if levels)
    return replace(
        part,
        dimensions=(n + 1, *(part.dimensions[site] for site in rest)),
        levels=(ladder, *(part.levels[site] for site in rest)),
        interactions=interactions,
        steps=tuple(made[one] if isinstance(one, Acting) else one for one in part.steps),
        states=np.array([[n * start, *part.states[0, rest]]]),
    )


def _collective_products(
    products: Iterable[Product], group: tuple[int, ...], rest: Sequence[int]
) -> tuple[Product, ...] | None:
    """Products on spin 0 and the rest after it; ``None`` where sites are told apart."""
    members = set(group)
    moved = {site: i for i, site in enumerate(rest, start=1)}
    tables: dict[Key, Split] = defaultdict(lambda: defaultdict(complex))
    for product in products:
        inside = [(s, m) for s, m in zip(product.sites, product.maps, strict=True) if s in members]
        if len(inside) > 2:
            return None
        outside = tuple(
            sorted(
                ((moved[s], m) for s, m in zip(product.sites, product.maps, strict=True)
                 if s not in members),
                key=lambda pair: pair[0],
            )
        )  # fmt: skip
        for strength, letters, sites in _expanded(product.strength, inside):
            tables[letters, outside][sites] += strength
    made: list[Product] = []
    for (letters, outside), table in tables.items():
        own = _on_spin(letters, table, len(group))
        if own is None:
            return None
        sites, maps = tuple(s for s, _ in outside), tuple(m for _, m in outside)
        for strength, one in own:
            spin = () if one is None else (0,)
            made.append(
                Product(strength, (*spin, *sites), (*(() if one is None else (one,)), *maps))
            )
    return tuple(made)


def _expanded(
    strength: complex, inside: Sequence[tuple[int, Monomial]]
) -> Iterator[tuple[complex, tuple[str, ...], tuple[int, ...]]]:
    """Letters + - Z and identity, those of the identity left out; equal letters by site."""
    choices = [
        [(site, letter, value) for letter, value in _coefficients(one.matrix)]
        for site, one in inside
    ]
    for choice in itertools.product(*choices):
        kept = sorted((letter, site) for site, letter, _ in choice if letter != "I")
        value = strength * np.prod([value for _, _, value in choice])
        yield complex(value), tuple(a for a, _ in kept), tuple(s for _, s in kept)


def _coefficients(matrix: NDArray[np.complex128]) -> list[tuple[str, complex]]:
    """A 2x2 matrix in 1, Z, + = |1><0| and - = |0><1|."""
    (a, b), (c, d) = matrix
    found = {"I": (a + d) / 2, "Z": (a - d) / 2, "+": c, "-": b}
    return [(letter, complex(value)) for letter, value in found.items() if value]


def _on_spin(
    letters: tuple[str, ...], table: Split, n: int
) -> list[tuple[complex, Monomial | None]] | None:
    """One sum over all placements of letters as maps of the spin; ``None`` if it is not that."""
    if not letters:
        return [(table[()], None)]
    first = next(iter(table.values()))
    if any(abs(value - first) > _EQUAL * abs(first) for value in table.values()):
        return None
    if len(letters) == 1:
        return [(first, _ladder(letters[0], n))] if len(table) == n else None
    a, b = letters
    if len(table) != n * (n - 1) // (2 if a == b else 1):
        return None
    weight = first / 2 if a == b else first
    left, right = _ladder(a, n), _ladder(b, n)
    both = Monomial(left.target[right.target], right.factor * left.factor[right.target])
    found: list[tuple[complex, Monomial | None]] = [(weight, both)]
    for letter, value in _coefficients(_MATRICES[a] @ _MATRICES[b]):
        one = None if letter == "I" else _ladder(letter, n)
        found.append((-weight * value * (n if one is None else 1), one))
    return found


@functools.lru_cache(maxsize=64)
def _ladder(letter: str, n: int) -> Monomial:
    """S_+, S_- or S_Z on the states with 0..n charged sites."""
    m = np.arange(n + 1)
    if letter == "Z":
        return Monomial(m, (n - 2 * m).astype(complex))
    up = Monomial(np.minimum(m + 1, n), np.sqrt((n - m) * (m + 1)).astype(complex))
    return up if letter == "+" else up.adjoint
