"""Exact circuits of exp(-i tau H_b) for one interaction H_b, every angle linear in tau."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.exact import flips, phases, strings
from qbcircuit.compile.exact.cartan import three_strings
from qbcircuit.compile.exact.hops import hop_circuits
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.exact.two_level import MOST_MIXED, two_level
from qbcircuit.compile.exact.unitaries import written
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

MOST_DENSE = 5
"""Sites up to which a block without structure is diagonalised as a whole."""

MOST_FLIPPED = 20
"""Sites up to which a product with raising and lowering letters is exponentiated."""


def can_exponentiate(interaction: Interaction) -> bool:
    """Whether an exact circuit of a sensible size exists for this interaction as a whole."""
    n = interaction.order
    if n <= MOST_DENSE:
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
    block = block_circuit(interaction, wiring)
    circuit.compose(
        block.assign_parameters({TAU: tau}) if tau is not TAU and block.parameters else block,
        interaction.sites,
        inplace=True,
        copy=False,
    )


def block_gates(interaction: Interaction, wiring: Wiring) -> int:
    """Two-qubit gates of the interaction's circuit."""
    return two_qubit_count(block_circuit(interaction, wiring))


def block_circuit(interaction: Interaction, wiring: Wiring) -> QuantumCircuit:
    """exp(-i TAU H_b) on wires 0, 1, ... in the order of the interaction's sites.

    Shared by all interactions that are alike: not to be changed.
    """
    place = {site: i for i, site in enumerate(interaction.sites)}
    rows = tuple(
        (term.operators, tuple([place[site] for site in term.sites]), term.strength)
        for term in interaction.terms
    )
    return _block(rows, interaction.order, wiring.within(interaction.sites))


Row = tuple[tuple[str, ...], tuple[int, ...], complex]
"""A term's letters, the places of its sites in the block, and its strength."""


@functools.lru_cache(maxsize=1024)
def _block(rows: tuple[Row, ...], n_sites: int, wiring: Wiring) -> QuantumCircuit:
    """The cheapest of the constructions that apply."""
    terms = tuple(Term(*row) for row in rows)
    found = list(_constructions(terms, n_sites, wiring))
    if not found:
        raise InvalidRequest(
            f"A term with + or - letters is compiled on up to {MOST_FLIPPED} cells, "
            f"got {n_sites}. Use Pauli letters or fewer cells."
        )
    return min(found, key=lambda one: (*_weight(one, wiring), one.size()))


def _weight(circuit: QuantumCircuit, wiring: Wiring) -> tuple[int, int]:
    """Two-qubit gates, a gate between wires that do not meet counted as four; and their depth."""
    gates = two_qubit_count(circuit)
    if wiring.neighbours is not None:
        for one in circuit.data:
            wires = [circuit.find_bit(qubit).index for qubit in one.qubits]
            if len(wires) == 2 and wires[1] not in wiring.neighbours[wires[0]]:
                gates += 3
    return gates, two_qubit_depth(circuit)


def _constructions(
    terms: tuple[Term, ...], n_sites: int, wiring: Wiring
) -> Iterator[QuantumCircuit]:
    moving = flips.flip_sets(terms)
    if max(sum(letter in "+-" for letter in term.operators) for term in terms) <= MOST_MIXED:
        paulis = PauliSum.of(terms, n_sites)
        if paulis.all_commute:
            yield strings.one_by_one(paulis, n_sites, wiring)
            if n_sites == 2:
                yield from strings.on_one_bond(paulis)
                yield from three_strings(paulis)
    if len(moving) == 1 and n_sites <= MOST_FLIPPED:
        yield from hop_circuits(terms, n_sites, wiring)
        yield from two_level(terms, n_sites, wiring, tuple(sorted(*moving)))
    if 1 < n_sites <= MOST_DENSE and len(moving) > 1:
        yield _dense(PauliSum.of(terms, n_sites).dense(range(n_sites)), n_sites)


def _commute(terms: tuple[Term, ...]) -> bool:
    return PauliSum.of(terms, 1 + max(max(term.sites) for term in terms)).all_commute


def two_qubit_count(circuit: QuantumCircuit) -> int:
    """Two-qubit gates, larger gates counted as what they are usually decomposed into."""
    count = 0
    for instruction in circuit.data:
        n = len(instruction.qubits)
        if n == 2:
            count += 3 if instruction.name == "unitary" else 1
        elif n > 2:
            count += round(9 / 16 * 4**n - 3 / 2 * 2**n)
    return count


def wide_gates(circuit: QuantumCircuit) -> list[list[int]]:
    """Wires of the gates on two qubits or more, in time order."""
    wire = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    return [
        [wire[qubit] for qubit in qubits] for one in circuit.data if len(qubits := one.qubits) > 1
    ]


def two_qubit_depth(circuit: QuantumCircuit) -> int:
    """Depth of the gates on two qubits or more; several times faster than qiskit's."""
    depths = [0] * circuit.num_qubits
    for wires in wide_gates(circuit):
        depth = 1 + max([depths[wire] for wire in wires])
        for wire in wires:
            depths[wire] = depth
    return max(depths, default=0)


def _dense(matrix: flips.Complexes, n_sites: int) -> QuantumCircuit:
    """H_b = V E V^dag with V fixed and the diagonal E linear in tau."""
    energies, vectors = np.linalg.eigh(matrix)
    basis = written(vectors)
    circuit = QuantumCircuit(n_sites)
    circuit.compose(basis.inverse(), inplace=True)
    phases.diagonal(circuit, range(n_sites), phases.walsh(energies), TAU)
    circuit.compose(basis, inplace=True)
    return circuit
