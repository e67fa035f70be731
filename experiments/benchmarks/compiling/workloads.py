"""The Hamiltonians that compilers are compared on: families W1 to W7, from their terms alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.terms import Term, uniform_field

FIELD = 0.5
"""Strength of the uniform Z field against interactions of strength 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """A Hamiltonian, its interactions and its Z field kept apart.

    Args:
        name: the family, ``"W1"`` to ``"W7"``.
        n: number of qubits.
        k: qubits in one interaction.
        interactions: many-qubit terms, left to right.
        field: one-qubit terms.
    """

    name: str
    n: int
    k: int
    interactions: tuple[Term, ...]
    field: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """Interactions, then the field."""
        return self.interactions + self.field

    @property
    def protocol(self) -> ChargingProtocol:
        """The Hamiltonian switched on at time 0, from the ground state."""
        return ChargingProtocol.constant(Battery.qubits(self.n), self.terms, name=self.name)

    @property
    def layers(self) -> tuple[tuple[Term, ...], ...]:
        """Field, then interactions gathered so that terms of one layer commute, left to right."""
        groups: list[list[Term]] = []
        for term in self.interactions:
            home = next((one for one in groups if not any(map(_clash(term), one))), None)
            if home is None:
                groups.append([term])
            else:
                home.append(term)
        return tuple(filter(None, (self.field, *map(tuple, groups))))


def _clash(term: Term) -> Callable[[Term], bool]:
    """Whether another term shares sites with ``term`` and has other letters on them."""
    mine = dict(zip(term.sites, term.operators, strict=True))

    def clashes(other: Term) -> bool:
        theirs = dict(zip(other.sites, other.operators, strict=True))
        shared = mine.keys() & theirs.keys()
        if not (set(term.operators) | set(other.operators)) <= set("XYZ"):
            return bool(shared)
        return sum(mine[site] != theirs[site] for site in shared) % 2 == 1

    return clashes


def blocks(n: int, k: int, field: bool = False) -> Workload:
    """W1: X...X on disjoint blocks of k."""
    found = tuple(Term("X" * k, range(b, b + k)) for b in range(0, n - k + 1, k))
    return Workload(name="W1", n=n, k=k, interactions=found, field=_field(n, field))


def transitions(n: int, k: int, field: bool = False) -> Workload:
    """W2: |1...1><0...0| + h.c. on disjoint blocks of k."""
    found = tuple(Term("+" * k, range(b, b + k)) for b in range(0, n - k + 1, k))
    return Workload(name="W2", n=n, k=k, interactions=found, field=_field(n, field))


def double_excitation(n: int, k: int = 2) -> Workload:
    """W3: pairs of neighbours charged together, a free-fermion chain."""
    found = tuple(Term("++", (j, j + 1)) for j in range(n - 1))
    return Workload(name="W3", n=n, k=k, interactions=found)


def windows(n: int, k: int) -> Workload:
    """W4: X...X on every window of k neighbours, in a Z field."""
    found = tuple(Term("X" * k, range(j, j + k)) for j in range(n - k + 1))
    return Workload(name="W4", n=n, k=k, interactions=found, field=_field(n, True))


def all_to_all(n: int, k: int = 2) -> Workload:
    """W5: X X on every pair, in a Z field."""
    found = tuple(Term("XX", pair) for pair in combinations(range(n), 2))
    return Workload(name="W5", n=n, k=k, interactions=found, field=_field(n, True))


def random_terms(n: int, k: int, n_terms: int | None = None, seed: int | None = None) -> Workload:
    """W6: Pauli strings on k random qubits each, with random letters and strengths."""
    n_terms = {4: 27}.get(k, 38) if n_terms is None else n_terms
    seed = {4: 29}.get(k, 7) if seed is None else seed
    found = tuple(_random_strings(n, k, n_terms, np.random.default_rng(seed)))
    return Workload(name="W6", n=n, k=k, interactions=found)


def transition_windows(n: int, k: int = 3) -> Workload:
    """W7: |1...1><0...0| + h.c. on every window of k neighbours."""
    found = tuple(Term("+" * k, range(j, j + k)) for j in range(n - k + 1))
    return Workload(name="W7", n=n, k=k, interactions=found)


def _random_strings(n: int, k: int, n_terms: int, rng: np.random.Generator) -> Iterator[Term]:
    for _ in range(n_terms):
        sites = rng.choice(n, size=k, replace=False)
        letters = rng.choice(list("XYZ"), size=k)
        yield Term(letters, (int(site) for site in sites), float(rng.normal()))


def _field(n: int, wanted: bool) -> tuple[Term, ...]:
    return uniform_field(range(n), FIELD) if wanted else ()


FAMILIES: dict[str, Callable[[int, int], Workload]] = {
    "W1": blocks,
    "W1+Z": lambda n, k: blocks(n, k, field=True),
    "W2": transitions,
    "W2+Z": lambda n, k: transitions(n, k, field=True),
    "W3": double_excitation,
    "W4": windows,
    "W5": all_to_all,
    "W6": random_terms,
    "W7": transition_windows,
}
"""Families by name, from the numbers of cells and of cells in one interaction."""
