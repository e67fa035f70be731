"""Terms: products of single-site operators, the alphabet of every charging Hamiltonian."""

from __future__ import annotations

import cmath
import functools
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qbcircuit.errors import InvalidRequest, whole_number

HERMITIAN = frozenset("XYZ")
"""Letters of two-level sites that are Hermitian by themselves."""

LETTERS = HERMITIAN | frozenset("+-")
"""Letters for two-level sites; ``+`` is |1><0| (it charges), ``-`` is |0><1|."""

MODE_LETTERS = frozenset("acn")
"""Letters for sites of any number d of levels, as of a mode cut off at d - 1 quanta.

a|n> = sqrt(n)|n-1>, c is its adjoint (c|d-1> = 0) and n = c a.
"""

_UNIT = re.compile(r"\|(\d+)><(\d+)\|")
_TOKEN = re.compile(r"\|\d+><\d+\||.", re.DOTALL)


def matrix_unit(letter: str) -> tuple[int, int] | None:
    """(row, column) of a matrix unit ``|row><column|``; ``None`` for any other letter."""
    found = _UNIT.fullmatch(letter)
    return (int(found[1]), int(found[2])) if found else None


def tokens(operators: str) -> tuple[str, ...]:
    """The letters of a text: one a character, ``|2><0|`` counting as one."""
    return tuple(_TOKEN.findall(operators)) if "|" in operators else tuple(operators)


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
        operators: letters of ``X Y Z + -`` (two-level sites), ``a c n`` (modes, see
            :data:`MODE_LETTERS`) and matrix units ``|2><0|`` (any site); letter i acts on the
            i-th entry of ``sites``. Kept as a tuple, one entry a site.
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
        letters = tokens(operators) if isinstance(operators, str) else tuple(operators)
        object.__setattr__(self, "operators", letters)
        object.__setattr__(self, "sites", tuple(_site(site) for site in sites))
        object.__setattr__(self, "strength", complex(strength))
        problems = list(self._problems())
        if problems:
            raise InvalidRequest(
                f"Term {''.join(self.operators)!r} on {list(self.sites)}: {problems[0]}"
            )

    def misfit(self, dimensions: Sequence[int]) -> str | None:
        """Why the term does not fit sites of these dimensions; ``None`` where it does."""
        if max(self.sites) >= len(dimensions):
            last = len(dimensions) - 1
            return f"acts on cell {max(self.sites)} but the battery has cells 0..{last}."
        for letter, site in zip(self.operators, self.sites, strict=True):
            d, unit = dimensions[site], matrix_unit(letter)
            if letter in LETTERS and d != 2:
                return (
                    f"has {letter!r} on site {site}, which has {d} levels. "
                    "Use a, c, n or a matrix unit such as |1><0| there."
                )
            if unit and max(unit) >= d:
                return f"has {letter} on site {site}, which has levels 0..{d - 1}."
        return None

    def _problems(self) -> Iterator[str]:
        if not self.operators:
            yield "a term needs at least one operator. Leave the term out."
        if "I" in self.operators:
            yield "identity letters are not needed. Drop the site."
        unknown = [letter for letter in self.operators if not (_is_known(letter) or letter == "I")]
        if unknown:
            yield f"unknown operator {unknown[0]!r}. Use X, Y, Z, + or -; a, c, n or |2><0|."
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
        if HERMITIAN.issuperset(self.operators):
            return False
        return not all(letter in HERMITIAN or _is_diagonal(letter) for letter in self.operators)

    @property
    def is_two_level(self) -> bool:
        """Whether all letters are those of two-level sites."""
        return LETTERS.issuperset(self.operators)

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
        """Operator norm on two-level sites, abs(strength).

        Where A^2 = 0, as with + or -, A + A^dag has norm 1 too.
        """
        return abs(self.strength)

    def norm_on(self, dimensions: Sequence[int]) -> float:
        """Operator norm on sites of these dimensions; with a or c in it, an upper bound.

        Args:
            dimensions: number of levels of every site.
        """
        value = abs(self.strength)
        for letter, site in zip(self.operators, self.sites, strict=True):
            top = dimensions[site] - 1
            value *= {"a": math.sqrt(top), "c": math.sqrt(top), "n": top}.get(letter, 1.0)
        nilpotent = any(
            a in "+-" or (matrix_unit(a) and not _is_diagonal(a)) for a in self.operators
        )
        return 2 * value if self.adds_conjugate and not nilpotent else value

    @property
    def flips(self) -> frozenset[int]:
        """Sites whose basis level the term changes (all letters but Z, n and |l><l|)."""
        pairs = zip(self.sites, self.operators, strict=True)
        return frozenset(site for site, letter in pairs if not _is_diagonal(letter))

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

        Raises:
            InvalidRequest: letters of modes or matrix units, which are no Pauli products.
        """
        if not self.is_two_level:
            raise InvalidRequest(
                f"Pauli strings are for the letters X, Y, Z, + and -, got "
                f"{''.join(self.operators)}. Encode the protocol first."
            )
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


def _is_known(letter: str) -> bool:
    return letter in LETTERS or letter in MODE_LETTERS or matrix_unit(letter) is not None


def _is_diagonal(letter: str) -> bool:
    unit = matrix_unit(letter)
    return letter in {"Z", "n"} or (unit is not None and unit[0] == unit[1])


def _site(site: int) -> int:
    return whole_number("A cell of a term", site, hint="Cells are counted from 0.")


def uniform_field(sites: Iterable[int], strength: float) -> tuple[Term, ...]:
    """strength * sum_j Z_j; nothing where the strength is zero."""
    return tuple(Term("Z", (site,), strength) for site in sites) if strength else ()
