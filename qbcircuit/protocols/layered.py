"""Circuits of disjoint k-body gates whose blocks change from step to step (Theorem 1)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest, unknown_name
from qbcircuit.protocols.checks import check_count, check_order, check_strengths
from qbcircuit.protocols.ensembles import ginibre, haar_logarithms, pauli_terms
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import Term, uniform_field

GATES = ("flip", "transition", "haar")

_LARGEST_HAAR = 5
"""Most cells of a random gate: it has 4^k Pauli strings."""

_MOST_STEPS = 10_000

Partition = tuple[tuple[int, ...], ...]


def layered_circuit(
    battery: Battery,
    *,
    order: int,
    gate: str = "flip",
    steps: int = 3,
    duration: float = 1.0,
    seed: int = 7,
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """L steps of disjoint k-body gates, the cells dealt into new blocks at every step.

    H(t) = strength * sum_(blocks of step l) h_b + h sum_j Z_j, with h_b = X^(x k) (flip),
    |1^k><0^k| + h.c. (transition) or the Hermitian logarithm of a Haar-random unitary (haar,
    complete after a duration of 1). The first step's blocks are k neighbours each, later ones
    are random and differ from the step before. k is the order, m = 1 in every step, so that
    Theorem 1, Gamma_C0 < gamma k, holds as it was proved. C0 and C1 average over the steps; C2
    means nothing here, and the whole schedule is scaled by one factor.

    Args:
        battery: N cells.
        order: k, the number of cells in a block, 1..N; 5 at most for haar.
        gate: flip, transition or haar.
        steps: L, at least 1.
        duration: of each step, in units of 1/strength.
        seed: of the blocks and the random gates.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, an unknown gate, no step, a duration that is not
            positive, a strength that is 0 or not finite, or a field that is not finite.

    Reference: Theorem 1 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991.
    """
    k = check_order(order, battery.n_cells)
    count = check_count("The number of steps", steps, least=1, most=_MOST_STEPS)
    rng = np.random.default_rng(check_count("The seed", seed, least=0))
    check_strengths(strength, field)
    if gate not in GATES:
        raise unknown_name("gate", gate, GATES)
    if gate == "haar" and k > _LARGEST_HAAR:
        raise InvalidRequest(
            f"A Haar-random gate of k cells has 4^k Pauli strings; k is {_LARGEST_HAAR} at most, "
            f"got {k}. Use another gate or order."
        )
    if not (math.isfinite(duration) and duration > 0):
        raise InvalidRequest(
            f"The duration of a step must be positive and finite, got {duration}. Use 1.0."
        )
    fields = uniform_field(battery.cells, field)
    schedule = []
    for blocks in _partitions(rng, battery.cells, k, count):
        terms, shift = _gates(rng, blocks, gate)
        terms = tuple(term.scaled(strength) for term in terms)
        schedule.append(
            Evolve(terms=terms + fields, duration=duration / abs(strength), shift=shift * strength)
        )
    return ChargingProtocol(battery=battery, schedule=tuple(schedule), name="layered")


def _gates(
    rng: np.random.Generator, blocks: Partition, gate: str
) -> tuple[tuple[Term, ...], float]:
    if gate == "haar":
        return pauli_terms(
            (block, haar_logarithms(ginibre(rng, (2,), 1 << len(block)))) for block in blocks
        )
    letter = "X" if gate == "flip" else "+"
    return tuple(Term(letter * len(block), block) for block in blocks), 0.0


def _partitions(
    rng: np.random.Generator, cells: tuple[int, ...], order: int, count: int
) -> Iterator[Partition]:
    """Blocks of k neighbours, then random ones, none like the one before where k allows it."""
    blocks = _dealt(cells, order)
    for step in range(count):
        before = blocks
        while step and 1 < order < len(cells) and blocks == before:
            blocks = _dealt(rng.permutation(cells).tolist(), order)
        yield blocks


def _dealt(cells: tuple[int, ...] | list[int], order: int) -> Partition:
    """Blocks of k and a remainder, in order of their cells."""
    groups = [cells[first : first + order] for first in range(0, len(cells), order)]
    return tuple(sorted(tuple(sorted(group)) for group in groups))


FAMILIES = (
    Family(
        name="layered",
        summary="L steps of disjoint blocks of k cells, dealt anew at every step.",
        hamiltonian="sum_(blocks of step l) h_b; h_b a flip, a transition or a Haar logarithm",
        order="k",
        participation="1 in every step",
        bound="Theorem 1: Γ_C0 < gamma k",
        reference="Theorem 1 of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991",
        constructor=layered_circuit,
        takes_order=True,
        parameters=(
            Parameter(name="gate", default="flip", help="what acts on a block", choices=GATES),
            Parameter(name="steps", default=3, help="number of steps L"),
            Parameter(name="duration", default=1.0, help="of each step, in 1/strength"),
            Parameter(name="seed", default=7, help="of the blocks and random gates"),
        ),
    ),
)
