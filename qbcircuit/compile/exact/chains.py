"""Open chains of free fermions among a protocol's terms, whatever Pauli letters they are in.

A chain has fields of one letter a site, its axis, and products of the two other letters on
neighbours. With the axis turned to Z, H = (i/4) sum_ab A_ab c_a c_b with A real and
antisymmetric, and c(t) = exp(At) c.

Reference: Lieb, Schultz and Mattis, Ann. Phys. 16, 407 (1961), doi:10.1016/0003-4916(61)90115-4.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qbcircuit.compile.exact.generators import Generator, generator
from qbcircuit.compile.exact.givens import Floats
from qbcircuit.reference.fermions import mode_couplings
from qbcircuit.terms import Term

TURNS: dict[str, dict[str, tuple[str, int]]] = {
    "Z": {"X": ("X", 1), "Y": ("Y", 1), "Z": ("Z", 1)},
    "X": {"X": ("Z", 1), "Y": ("Y", -1), "Z": ("X", 1)},
    "Y": {"X": ("X", 1), "Y": ("Z", 1), "Z": ("Y", -1)},
}
"""Letters after a Clifford gate that turns an axis to Z: none, a Hadamard, a square root of X."""

Strings = Mapping[tuple[str, tuple[int, ...]], float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """One open chain.

    Args:
        sites: along the chain.
        axes: the letter of each site's fields.
        couplings: A of every step of the schedule, shape (2N, 2N), axes turned to Z.
    """

    sites: tuple[int, ...]
    axes: tuple[str, ...]
    couplings: tuple[Floats, ...]

    @property
    def keeps_levels(self) -> bool:
        """Whether basis states are Gaussian states of this chain."""
        return set(self.axes) <= {"Z"}

    @property
    def n_bonds(self) -> tuple[int, ...]:
        """Pairs that interact, in every step."""
        inner = range(0, 2 * len(self.sites) - 2, 2)
        return tuple(
            sum(bool(one[j : j + 2, j + 2 : j + 4].any()) for j in inner) for one in self.couplings
        )

    @functools.cached_property
    def split(self) -> bool:
        """Whether modes (0, 3, 4, 7, ...) and (1, 2, 5, 6, ...) never mix: XX and YY only."""
        odd = np.arange(2 * len(self.sites)) % 4 % 3 > 0
        return not any(one[odd][:, ~odd].any() for one in self.couplings)

    @property
    def flipped(self) -> tuple[bool, ...] | None:
        """Sites to flip so that every bond hops; ``None`` where a bond hops and pairs."""
        flips = [False]
        for left in range(0, 2 * len(self.sites) - 2, 2):
            bonds = [one[left : left + 2, left + 2 : left + 4] for one in self.couplings]
            if all(b[0, 1] == -b[1, 0] and b[0, 0] == b[1, 1] for b in bonds):
                flips.append(flips[-1])
            elif all(b[0, 1] == b[1, 0] and b[0, 0] == -b[1, 1] for b in bonds):
                flips.append(not flips[-1])
            else:
                return None
        return tuple(flips)

    @functools.cached_property
    def _generators(self) -> tuple[Generator, ...]:
        modes = np.arange(2 * len(self.sites))
        odd = modes % 4 % 3 > 0
        classes = (modes[odd], modes[~odd]) if self.split else (modes,)
        return tuple(generator(one, classes) for one in self.couplings)

    def rotation(self, elapsed: Sequence[float]) -> Floats:
        """R of U^dag c U = R c, shape (2N, 2N).

        Args:
            elapsed: how long every step has acted.
        """
        total = np.eye(2 * len(self.sites))
        for one, duration in zip(self._generators, elapsed, strict=True):
            if duration:
                total = one.turned(total, duration)
        if self.split:
            odd = np.arange(len(total)) % 4 % 3 > 0
            total[odd[:, None] != odd] = 0.0
        return total


def chains(steps: Sequence[Sequence[Term]], n_sites: int) -> tuple[Chain, ...] | None:
    """The chains that the sites form; ``None`` where not all terms belong to open chains.

    Args:
        steps: terms of every step of the schedule.
        n_sites: number of sites; those without terms are in no chain.
    """
    if any(term.order > 2 for terms in steps for term in terms):
        return None
    strings = [_strings(terms) for terms in steps]
    axes = _axes(strings)
    paths = _paths({one for step in strings for _, one in step})
    if axes is None or paths is None:
        return None
    return tuple(
        Chain(
            sites=path,
            axes=tuple(axes[site] for site in path),
            couplings=tuple(_couplings(step, path, axes) for step in strings),
        )
        for path in paths
    )


def _strings(terms: Sequence[Term]) -> Strings:
    """Pauli strings with their strengths, those that cancel left out."""
    total: dict[tuple[str, tuple[int, ...]], float] = defaultdict(float)
    for term in terms:
        for letters, sites, strength in term.paulis():
            total[letters, sites] += strength
    return {string: strength for string, strength in total.items() if strength}


def _axes(steps: Sequence[Strings]) -> dict[int, str] | None:
    """The letter of each site's fields, not in its products; Z where there is a choice."""
    fields: dict[int, set[str]] = defaultdict(set)
    products: dict[int, set[str]] = defaultdict(set)
    for step in steps:
        for letters, sites in step:
            for letter, site in zip(letters, sites, strict=True):
                (fields if len(sites) == 1 else products)[site].add(letter)
    axes = {}
    for site in fields.keys() | products.keys():
        free = [a for a in "ZXY" if fields[site] <= {a} and a not in products[site]]
        if not free:
            return None
        axes[site] = free[0]
    return axes


def _paths(supports: set[tuple[int, ...]]) -> list[tuple[int, ...]] | None:
    """Sites in order along open chains; ``None`` where one branches or closes."""
    near: dict[int, set[int]] = defaultdict(set)
    for sites in supports:
        for site in sites:
            near[site] |= set(sites) - {site}
    if any(len(others) > 2 for others in near.values()):
        return None
    paths, seen = [], set()
    for end in sorted(site for site, others in near.items() if len(others) < 2):
        if end in seen:
            continue
        path = [end]
        while onward := near[path[-1]] - set(path[-2:]):
            path.append(onward.pop())
        seen |= set(path)
        paths.append(tuple(path))
    return paths if len(seen) == len(near) else None


def _couplings(step: Strings, path: tuple[int, ...], axes: Mapping[int, str]) -> Floats:
    inside = set(path)
    terms = []
    for (letters, sites), strength in step.items():
        if inside.issuperset(sites):
            turned = [TURNS[axes[site]][a] for a, site in zip(letters, sites, strict=True)]
            sign = float(np.prod([sign for _, sign in turned]))
            terms.append(Term([letter for letter, _ in turned], sites, sign * strength))
    return mode_couplings(tuple(terms), list(path))
