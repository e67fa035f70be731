"""Product formulas spelled out as Pauli rotations, independently of any compiler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compiling.frames import Rotation
from qbcircuit.terms import Term

Groups = tuple[tuple[Term, ...], ...]
"""Terms in the order in which a formula takes them; a group is exponentiated at once."""


def groups_of(terms: Iterable[Term]) -> Groups:
    """Every Pauli string of the terms on its own."""
    return tuple(
        (Term(letters, sites, value),) for term in terms for letters, sites, value in term.paulis()
    )


def stages(n_groups: int, order: int, steps: int) -> Iterator[tuple[int, float]]:
    """(group, share of the total time) of Lie-Trotter (1) or Suzuki (2, 4, ...) formulas.

    Reference: Suzuki, J. Math. Phys. 32, 400 (1991).
    """
    for _ in range(steps if n_groups else 0):
        yield from _step(n_groups, order, 1 / steps)


def _step(n_groups: int, order: int, share: float) -> Iterator[tuple[int, float]]:
    if order == 1:
        yield from ((group, share) for group in range(n_groups))
    elif order == 2:
        yield from ((group, share / 2) for group in range(n_groups - 1))
        yield n_groups - 1, share
        yield from ((group, share / 2) for group in reversed(range(n_groups - 1)))
    else:
        part = 1 / (4 - 4 ** (1 / (order - 1)))
        for weight in (part, part, 1 - 4 * part, part, part):
            yield from _step(n_groups, order - 2, share * weight)


def rotations(
    groups: Sequence[Sequence[Term]], order: int, steps: int, time: float
) -> list[Rotation]:
    """The formula as rotations exp(-i angle P / 2) in time order.

    Args:
        groups: commuting terms each.
        order: 1, 2 or 4.
        steps: of the formula.
        time: total duration.
    """
    strings = [[one for term in group for one in _strings(term)] for group in groups]
    return [
        (x, z, 2 * share * time * value)
        for group, share in stages(len(groups), order, steps)
        for x, z, value in strings[group]
    ]


def _strings(term: Term) -> Iterator[Rotation]:
    for letters, sites, value in term.paulis():
        pairs = list(zip(sites, letters, strict=True))
        x = sum(1 << site for site, letter in pairs if letter in "XY")
        z = sum(1 << site for site, letter in pairs if letter in "YZ")
        yield x, z, value
