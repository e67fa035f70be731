"""Sites of d levels held by registers of qubits, and protocols that act on registers.

A level is a code of its register: ``binary`` the level as a number, ``gray`` neighbours one bit
apart, ``unary`` one qubit a level. A matrix unit |a><b| becomes the same step between codes: |1><0|
on a bit that rises, |0><1| on one that falls, a projector (1 + Z)/2 or (1 - Z)/2 on one that stays.
Steps that flip the same bits are one block, which leaves codes among codes; all else is left alone
(binary, gray), so that a product formula between blocks leaks nothing.

Reference: Sawaya et al., npj Quantum Inf. 6, 49 (2020), arXiv:1909.12847.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qbcircuit.battery import Battery, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset, Step
from qbcircuit.errors import InvalidRequest, unknown_name
from qbcircuit.hypergraph import Interaction
from qbcircuit.reference.monomials import monomial
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term

KINDS = ("binary", "gray", "unary")
"""How a site of d levels may be held."""

DEFAULT = "gray"
"""As few qubits as can be, and a ladder's neighbours are one flip apart."""

MOST_STILL = 10
"""Qubits that one matrix unit may single out without flipping them: 2^n products of Z."""

MOST_UNITS = 1 << 11
"""Matrix units that one term may be the sum of."""

_NEGLIGIBLE = 1e-14


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """The qubits of one site.

    Args:
        sites: encoded sites, two levels each.
        codes: of every level; bit i is the level of ``sites[i]``.
    """

    sites: tuple[int, ...]
    codes: tuple[int, ...]

    @property
    def levels(self) -> Mapping[int, int]:
        """The level of every code."""
        return {code: level for level, code in enumerate(self.codes)}

    @property
    def is_unary(self) -> bool:
        """Whether every level has a qubit of its own."""
        return len(self.sites) == len(self.codes)

    def flipped(self, level: int) -> tuple[int, ...]:
        """Sites that are in level 1 where the register holds a level."""
        return tuple(s for i, s in enumerate(self.sites) if self.codes[level] >> i & 1)


def check_kind(kind: str) -> None:
    """Refuse an encoding that does not exist.

    Raises:
        InvalidRequest: it does not.
    """
    if kind not in KINDS:
        raise unknown_name("encoding", kind, KINDS)


@functools.lru_cache(maxsize=256)
def registers(dimensions: tuple[int, ...], kind: str = DEFAULT) -> tuple[Register, ...]:
    """The registers of sites of these dimensions, one after another; two levels take one qubit."""
    check_kind(kind)
    found: list[Register] = []
    first = 0
    for d in dimensions:
        codes = _codes(d, kind)
        width = max(codes).bit_length()
        found.append(Register(sites=tuple(range(first, first + width)), codes=codes))
        first += width
    return tuple(found)


def _codes(dimension: int, kind: str) -> tuple[int, ...]:
    levels = range(dimension)
    if dimension == 2 or kind == "binary":
        return tuple(levels)
    return tuple(one ^ (one >> 1) if kind == "gray" else 1 << one for one in levels)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """A protocol on registers.

    Args:
        protocol: on two-level sites, the whole generator among its terms. Its energies are not
            the battery's; resets empty the qubits of a register; it starts in level 0 of every
            site where the battery does not start in levels.
        registers: one a site.
        blocks: of every step, see :class:`EncodedTerms`.
    """

    protocol: ChargingProtocol
    registers: tuple[Register, ...]
    blocks: tuple[tuple[Interaction, ...], ...]

    @property
    def owners(self) -> tuple[int, ...]:
        """The site that every encoded site belongs to."""
        return tuple(j for j, one in enumerate(self.registers) for _ in one.sites)


@functools.lru_cache(maxsize=64)
def encode(protocol: ChargingProtocol, kind: str = DEFAULT) -> Encoded:
    """The protocol on registers of qubits.

    Args:
        protocol: sites of any levels; one of two-level letters only stays as it is.
        kind: ``"binary"``, ``"gray"`` or ``"unary"``.

    Raises:
        InvalidRequest: an unknown encoding, or a term on too many qubits.
    """
    battery = protocol.battery
    found = registers(battery.dimensions, kind)
    generators = [protocol.generator(step)[0] for step in protocol.evolutions]
    if set(battery.dimensions) == {2} and all(t.is_two_level for g in generators for t in g):
        return Encoded(protocol=protocol, registers=found, blocks=((),) * len(protocol.schedule))
    schedule: list[Step] = []
    blocks: list[tuple[Interaction, ...]] = []
    for step in protocol.schedule:
        if isinstance(step, Reset):
            qubits = tuple(q for site in step.sites for q in found[site].sites)
            schedule.append(Reset(sites=qubits))
            blocks.append(())
        else:
            made = encoded_terms(protocol.generator(step)[0], found)
            terms = made.terms or (Term("Z", (0,), 0.0),)  # nothing but the identity
            schedule.append(Evolve(terms=terms, duration=step.duration))
            blocks.append(made.blocks)
    levels = battery.start.levels if isinstance(battery.start, BasisStart) else None
    bits = _bits(found, levels or (0,) * battery.n_sites)
    return Encoded(
        protocol=ChargingProtocol(
            battery=Battery(sites=(Site(),) * len(bits), start=BasisStart(levels=bits)),
            schedule=tuple(schedule),
            name=protocol.name,
        ),
        registers=found,
        blocks=tuple(blocks),
    )


def _bits(found: Sequence[Register], levels: Sequence[int]) -> tuple[int, ...]:
    """Levels of the encoded sites where the sites are in the given levels."""
    return tuple(
        one.codes[level] >> i & 1
        for one, level in zip(found, levels, strict=True)
        for i in range(len(one.sites))
    )


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
