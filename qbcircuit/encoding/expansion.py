"""Terms on sites of d levels as terms on their registers: + - and Z on qubits."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qbcircuit.encoding.registers import Register
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import Interaction
from qbcircuit.reference.monomials import monomial
from qbcircuit.terms import Term

MOST_STILL = 10
"""Qubits that one matrix unit may single out without flipping them: 2^n products of Z."""

MOST_UNITS = 1 << 11
"""Matrix units that one term may be the sum of."""

_NEGLIGIBLE = 1e-14


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedTerms:
    """A sum of terms on registers.

    Args:
        free: terms that act on two-level sites alone, as they were written.
        blocks: the rest, each to be exponentiated as a whole so that codes stay codes.
        shift: what is left of the identity.
    """

    free: tuple[Term, ...]
    blocks: tuple[Interaction, ...]
    shift: float = 0.0

    @property
    def terms(self) -> tuple[Term, ...]:
        """All of them, letters X Y Z + - only."""
        return (*self.free, *(term for block in self.blocks for term in block.terms))


Letters = tuple[tuple[int, str], ...]
"""Encoded sites with their letters + - Z, sorted."""


def encoded_terms(terms: Iterable[Term], found: Sequence[Register]) -> EncodedTerms:
    """Terms on sites as terms on their registers.

    Args:
        terms: any letters.
        found: one register a site.

    Raises:
        InvalidRequest: a term that is the sum of too many products.
    """
    free: list[Term] = []
    groups: dict[object, dict[Letters, complex]] = defaultdict(lambda: defaultdict(complex))
    for term in terms:
        if term.is_two_level:
            sites = [found[site].sites[0] for site in term.sites]
            free.append(Term(term.operators, sites, term.strength))
            continue
        for unit in _units(term, found):
            group = groups[term.support, *unit.group]
            for letters, value in unit.expanded():
                group[letters] += value
    shift = sum(group.pop((), 0.0).real for group in groups.values())
    blocks = (_block(group) for group in groups.values())
    return EncodedTerms(
        free=tuple(free), blocks=tuple(one for one in blocks if one is not None), shift=shift
    )


def _too_large(term: Term) -> InvalidRequest:
    return InvalidRequest(
        f"{''.join(term.operators)} on {list(term.sites)} is a sum of too many products of qubits "
        f"(allowed {MOST_UNITS} matrix units, 2^{MOST_STILL} products each). "
        "Use fewer levels or fewer sites a term, or --encoding unary."
    )


def _block(group: Mapping[Letters, complex]) -> Interaction | None:
    largest = max(map(abs, group.values()), default=0.0)
    terms = []
    for letters, value in group.items():
        if abs(value) > _NEGLIGIBLE * largest:
            still = all(letter == "Z" for _, letter in letters)
            names, sites = [a for _, a in letters], [s for s, _ in letters]
            terms.append(Term(names, sites, value.real if still else value))
    if not terms:
        return None
    union = sorted({site for term in terms for site in term.sites})
    return Interaction(sites=tuple(union), terms=tuple(terms))


@dataclass(frozen=True, slots=True)
class _Unit:
    """amplitude |row><column| on some registers; the conjugate of one that moves is implied.

    Args:
        amplitude: an energy.
        bits: (encoded site, its level in the row, its level in the column), sorted.
        owned: those of ``bits`` that belong to a register with a qubit a level.
    """

    amplitude: complex
    bits: tuple[tuple[int, int, int], ...]
    owned: frozenset[int]

    @property
    def still(self) -> tuple[tuple[int, int], ...]:
        """(encoded site, 1 - 2 level) of those that it singles out without flipping them."""
        return tuple((site, 1 - 2 * row) for site, row, column in self.bits if row == column)

    @property
    def moves(self) -> tuple[int, ...]:
        """Encoded sites that it flips."""
        return tuple(site for site, row, column in self.bits if row != column)

    @property
    def group(self) -> tuple[tuple[int, ...], frozenset[int]]:
        """What units of one block share: all sites of few, else what they flip or single out."""
        few = len(self.bits) <= 2 and not self.owned
        return ((), frozenset()) if few else (self.moves, self.owned)

    @property
    def is_kept(self) -> bool:
        """Whether it, rather than its conjugate, stands for both."""
        return not self.moves or any(
            row > column for site, row, column in self.bits if site == self.moves[0]
        )

    def expanded(self) -> Iterator[tuple[Letters, complex]]:
        """Products of + - and Z that it is the sum of."""
        letters = [
            (site, "+" if row > column else "-") for site, row, column in self.bits if row != column
        ]
        scale = self.amplitude / 2 ** len(self.still)
        for chosen in itertools.product([False, True], repeat=len(self.still)):
            signs = [one for one, taken in zip(self.still, chosen, strict=True) if taken]
            marked = [*letters, *((site, "Z") for site, _ in signs)]
            yield tuple(sorted(marked)), scale * math.prod(sign for _, sign in signs)


def _units(term: Term, found: Sequence[Register]) -> Iterator[_Unit]:
    """The matrix units of a term; of a pair of conjugates the one that stands for both."""
    touched = [found[site] for site in term.sites]
    choices = [_map(a, one) for a, one in zip(term.operators, touched, strict=True)]
    if math.prod(map(len, choices)) > MOST_UNITS:
        raise _too_large(term)
    for chosen in itertools.product(*choices):
        amplitude = term.strength * math.prod(factor for _, _, factor in chosen)
        pairs = [(row, column) for row, column, _ in chosen]
        turned = [(column, row) for row, column in pairs]
        both = [(pairs, amplitude)]
        if term.adds_conjugate:
            both.append((turned, amplitude.conjugate()))
        for levels, value in both:
            unit = _unit(value, touched, levels)
            if len(unit.still) > MOST_STILL:
                raise _too_large(term)
            if unit.is_kept:
                yield unit


def _map(letter: str, register: Register) -> list[tuple[int, int, complex]]:
    """(row, column, factor) of every matrix unit of a letter."""
    one = monomial(letter, len(register.codes))
    pairs = enumerate(zip(one.target.tolist(), one.factor.tolist(), strict=True))
    return [(row, column, factor) for column, (row, factor) in pairs if factor]


def _unit(
    amplitude: complex, touched: Sequence[Register], levels: Sequence[tuple[int, int]]
) -> _Unit:
    bits: list[tuple[int, int, int]] = []
    owned: set[int] = set()
    for register, (row, column) in zip(touched, levels, strict=True):
        codes = register.codes[row], register.codes[column]
        inside = list(range(len(register.sites)))
        if register.is_unary:
            inside = [i for i in inside if any(code >> i & 1 for code in codes)]
            owned |= {register.sites[i] for i in inside}
        bits += [(register.sites[i], codes[0] >> i & 1, codes[1] >> i & 1) for i in inside]
    return _Unit(amplitude, tuple(sorted(bits)), frozenset(owned))
