"""Exact circuits of exp(-i tau H_b) for one interaction H_b, every angle linear in tau."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.exact import flips, phases, strings
from qbcircuit.compile.exact.anticommuting import in_rotations
from qbcircuit.compile.exact.cartan import three_strings
from qbcircuit.compile.exact.hops import hop_circuits
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.exact.two_level import MOST_MIXED, two_level
from qbcircuit.compile.exact.unitaries import written
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.compile.gates.gatelist import GateList
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

MOST_DENSE = 5
"""Sites up to which a block without structure is diagonalised as a whole."""

MOST_FLIPPED = 20
"""Sites up to which a product with raising and lowering letters is exponentiated."""


def can_exponentiate(interaction: Interaction) -> bool:
    """Whether an exact circuit of a sensible size exists for this interaction as a whole."""
    return interaction.order <= MOST_DENSE or is_structured(interaction)


def is_structured(interaction: Interaction) -> bool:
    """Whether that circuit needs no diagonalising of a dense matrix on more than two sites."""
    n = interaction.order
    if n <= 2:
        return True
    if len(interaction.terms) == 1:
        return not interaction.terms[0].adds_conjugate or n <= MOST_FLIPPED
    if len(flips.flip_sets(interaction.terms)) <= 1:
        moving = [term for term in interaction.terms if term.flips]
        lone = len(moving) == 1 and set(moving[0].operators) <= set("+-")
        return n <= (MOST_FLIPPED if lone and moving[0].order == n else MOST_MIXED)
    return _commute(interaction.terms)


def append_block(
    circuit: QuantumCircuit,
    interaction: Interaction,
    tau: ParameterExpression | float,
    wiring: Wiring,
) -> None:
    """Append exp(-i tau H_b) on the wires that the interaction's sites name."""
    block = block_gates(interaction, wiring).circuit
    circuit.compose(
        block.assign_parameters({TAU: tau}) if tau is not TAU and block.parameters else block,
        interaction.sites,
        inplace=True,
        copy=False,
    )


def block_gates(interaction: Interaction, wiring: Wiring) -> GateList:
    """exp(-i TAU H_b) on wires 0, 1, ... in the order of the interaction's sites."""
    place = {site: i for i, site in enumerate(interaction.sites)}
    rows = tuple(
        [
            (term.operators, tuple([place[site] for site in term.sites]), term.strength)
            for term in interaction.terms
        ]
    )
    return _block(rows, interaction.order, wiring.among(interaction.sites))


Row = tuple[tuple[str, ...], tuple[int, ...], complex]
"""A term's letters, the places of its sites in the block, and its strength."""


@functools.lru_cache(maxsize=1024)
def _block(
    rows: tuple[Row, ...], n_sites: int, near: tuple[tuple[int, ...], ...] | None
) -> GateList:
    """The cheapest of the constructions that apply."""
    wiring = Wiring(None if near is None else tuple(map(frozenset, near)))
    terms = tuple(Term(*row) for row in rows)
    found = []
    for one in _constructions(terms, n_sites, wiring):
        found.append((_weight(one, wiring), one))
        if n_sites == 2 and found[-1][0] == (2, 2):
            break  # fewer gates are not at rest where all angles are 0
    if not found:
        raise InvalidRequest(
            f"A term with + or - letters is compiled on up to {MOST_FLIPPED} cells, "
            f"got {n_sites}. Use Pauli letters or fewer cells."
        )
    return GateList.of(min(found, key=lambda one: (one[0], one[1].size()))[1])


def _weight(circuit: QuantumCircuit, wiring: Wiring) -> tuple[int, int]:
    """Two-qubit gates, a gate between wires that do not meet counted as four; and their depth."""
    gates = 0
    depths = [0] * circuit.num_qubits
    wire = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    for one in circuit.data:
        wires = [wire[qubit] for qubit in one.qubits]
        if len(wires) > 1:
            gates += _as_pairs(one.name, len(wires))
            near = None if len(wires) > 2 else wiring.neighbours
            gates += 0 if near is None or wires[1] in near[wires[0]] else 3
            depth = 1 + max([depths[place] for place in wires])
            for place in wires:
                depths[place] = depth
    return gates, max(depths, default=0)


def _as_pairs(name: str, n_wires: int) -> int:
    """Two-qubit gates that a gate is usually decomposed into."""
    if n_wires == 2:
        return 3 if name == "unitary" else 1
    return round(9 / 16 * 4.0**n_wires - 3 / 2 * 2.0**n_wires)


def _constructions(
    terms: tuple[Term, ...], n_sites: int, wiring: Wiring
) -> Iterator[QuantumCircuit]:
    moving = flips.flip_sets(terms)
    if max(sum(letter in "+-" for letter in term.operators) for term in terms) <= MOST_MIXED:
        paulis = PauliSum.of(terms, n_sites)
        rotations = in_rotations(paulis)
        if rotations is not None:
            yield strings.one_by_one(rotations, n_sites, wiring)
        if paulis.all_commute and n_sites == 2:
            yield from strings.on_one_bond(paulis)
            yield from three_strings(paulis)
    if len(moving) == 1 and n_sites <= MOST_FLIPPED:
        yield from hop_circuits(terms, n_sites, wiring)
        yield from two_level(terms, n_sites, wiring, tuple(sorted(*moving)))
    if 1 < n_sites <= MOST_DENSE and len(moving) > 1:
        yield _dense(PauliSum.of(terms, n_sites).dense(range(n_sites)), n_sites)


def _commute(terms: tuple[Term, ...]) -> bool:
    return PauliSum.of(terms, 1 + max(max(term.sites) for term in terms)).all_commute


def _dense(matrix: flips.Complexes, n_sites: int) -> QuantumCircuit:
    """H_b = V E V^dag with V fixed and the diagonal E linear in tau."""
    energies, vectors = np.linalg.eigh(matrix)
    basis = written(vectors)
    circuit = QuantumCircuit(n_sites)
    circuit.compose(basis.inverse(), inplace=True)
    phases.diagonal(circuit, range(n_sites), phases.walsh(energies), TAU)
    circuit.compose(basis, inplace=True)
    return circuit
