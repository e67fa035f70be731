"""Terms: products of single-site operators, the alphabet of every charging Hamiltonian."""

from __future__ import annotations

import cmath
import functools
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qbcircuit.errors import InvalidRequest, whole_number

HERMITIAN = frozenset("XYZ")
"""Letters that are Hermitian by themselves."""

LETTERS = HERMITIAN | frozenset("+-")
"""Letters for two-level sites; ``+`` is |1><0| (it charges), ``-`` is |0><1|."""

_PAULI_EXPANSION: dict[str, tuple[tuple[str, complex], ...]] = {
    "X": (("X", 1.0),),
    "Y": (("Y", 1.0),),
    "Z": (("Z", 1.0),),
    "+": (("X", 0.5), ("Y", -0.5j)),
    "-": (("X", 0.5), ("Y", 0.5j)),
}


@dataclass(frozen=True, slots=True, init=False)
class Term:
    """strength * (A_1 x ... x A_k), plus its Hermitian conjugate where the product needs it.

    Args:
        operators: letters of ``X Y Z + -``; letter i acts on the i-th entry of ``sites``.
            Kept as a tuple, one entry a site.
        sites: the sites acted on, without repetition.
        strength: an energy; real for Hermitian products, may be complex where the Hermitian
            conjugate is added.

    Raises:
        InvalidRequest: unknown or identity letters, repeated sites, lengths that differ,
            a strength that is not finite, or a complex strength on a Hermitian product.
    """

    operators: tuple[str, ...]
    sites: tuple[int, ...]
    strength: complex = 1.0

    def __init__(
        self, operators: Iterable[str], sites: Iterable[int], strength: complex = 1.0
    ) -> None:
        object.__setattr__(self, "operators", tuple(operators))
        object.__setattr__(self, "sites", tuple(_site(site) for site in sites))
        object.__setattr__(self, "strength", complex(strength))
        problems = list(self._problems())
        if problems:
            raise InvalidRequest(
                f"Term {''.join(self.operators)!r} on {list(self.sites)}: {problems[0]}"
            )

    def _problems(self) -> Iterator[str]:
        if not self.operators:
            yield "a term needs at least one operator. Leave the term out."
        if "I" in self.operators:
            yield "identity letters are not needed. Drop the site."
        unknown = [letter for letter in self.operators if letter not in LETTERS | {"I"}]
        if unknown:
            yield f"unknown operator {unknown[0]!r}. Use X, Y, Z, + or -."
        if len(self.operators) != len(self.sites):
            yield (
                f"{len(self.operators)} operators but {len(self.sites)} cells. "
                "Give one letter a cell."
            )
        if len(set(self.sites)) != len(self.sites):
            yield "a cell is named twice. Name each cell once."
        if any(site < 0 for site in self.sites):
            yield "cells are counted from 0. Use 0..N-1."
        if not cmath.isfinite(self.strength):
            yield f"the strength must be finite, got {self.strength}."
        elif not self.adds_conjugate and self.strength.imag != 0:
            yield (
                f"the product is Hermitian, so its strength must be real, got {self.strength}. "
                "Use a real strength, or + and - letters."
            )

    @property
    def adds_conjugate(self) -> bool:
        """Whether the Hermitian conjugate is added (the product is not Hermitian)."""
        return not HERMITIAN.issuperset(self.operators)

    @property
    def order(self) -> int:
        """Number of sites acted on."""
        return len(self.sites)

    @property
    def support(self) -> frozenset[int]:
        """The sites acted on, as a set."""
        return frozenset(self.sites)

    @property
    def norm(self) -> float:
        """Operator norm, abs(strength): where A^2 = 0, as with + or -, A + A^dag has norm 1 too."""
        return abs(self.strength)

    @property
    def flips(self) -> frozenset[int]:
        """Sites whose basis level the term flips (X, Y, + and -)."""
        return frozenset(s for s, a in zip(self.sites, self.operators, strict=True) if a != "Z")

    def scaled(self, factor: float) -> Term:
        """The same term, ``factor`` times as strong."""
        strength = self.strength * factor
        if not cmath.isfinite(strength):
            return Term(self.operators, self.sites, strength)  # refused there
        same = object.__new__(Term)  # all else has been checked
        object.__setattr__(same, "operators", self.operators)
        object.__setattr__(same, "sites", self.sites)
        object.__setattr__(same, "strength", strength)
        return same

    def paulis(self) -> tuple[tuple[str, tuple[int, ...], float], ...]:
        """The term as real multiples of Pauli strings: ``(letters, sites, coefficient)``.

        Sites are sorted, letters follow them; coefficients are energies. ``+`` = (X - iY)/2.
        """
        pairs = sorted(zip(self.sites, self.operators, strict=True))
        sites = tuple([site for site, _ in pairs])
        times = 2 if self.adds_conjugate else 1
        values = [
            (letters, times * (self.strength * factor).real)
            for letters, factor in _expanded(tuple([letter for _, letter in pairs]))
        ]
        return tuple([(letters, sites, value) for letters, value in values if value != 0.0])


@functools.lru_cache(maxsize=64)
def _expanded(operators: tuple[str, ...]) -> tuple[tuple[str, complex], ...]:
    """A product of letters as a sum of products of X, Y and Z, with their factors."""
    return tuple(
        ("".join(letter for letter, _ in choice), math.prod(factor for _, factor in choice))
        for choice in itertools.product(*(_PAULI_EXPANSION[letter] for letter in operators))
    )


def _site(site: int) -> int:
    return whole_number("A cell of a term", site, hint="Cells are counted from 0.")


def uniform_field(sites: Iterable[int], strength: float) -> tuple[Term, ...]:
    """strength * sum_j Z_j; nothing where the strength is zero."""
    return tuple(Term("Z", (site,), strength) for site in sites) if strength else ()
