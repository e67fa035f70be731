"""Wires that no gate joins are simulated apart, and nothing shows it but the cost."""

import numpy as np
import pytest
from qiskit import QuantumCircuit

import qbcircuit as qb
from qbcircuit.backend import Counts, batch_of
from qbcircuit.machines import resolve
from qbcircuit_aer.parts import joined_counts, parts_of


def blocks_plan(n_cells, order, times, target=None, field=0.3):
    protocol = qb.protocols.blocks(qb.Battery.qubits(n_cells), order=order, field=field)
    return qb.compile_protocol(protocol, times=times, target=target)


def frequencies(counts, n_cells):
    """Relative frequency of every outcome, and of each cell being charged."""
    found = np.zeros(2**n_cells)
    for bits, times in counts:
        found[int(bits, 2)] = times
    return found / counts.shots


def test_a_plan_of_blocks_has_a_part_a_block_and_a_joined_one_has_one():
    assert [part.cells for part in parts_of(blocks_plan(5, 2, 0.4))] == [(0, 1), (2, 3), (4,)]
    chain = qb.protocols.double_excitation(qb.Battery.qubits(4))
    (whole,) = parts_of(qb.compile_protocol(chain, times=0.4))
    assert whole.cells == (0, 1, 2, 3)


def test_parts_together_are_the_whole_circuit():
    plan = blocks_plan(5, 2, (0.4, 0.9), target="line")
    circuits = plan.circuits
    for index in range(2):
        together = QuantumCircuit(5)
        for part in parts_of(plan):
            bare = QuantumCircuit(len(part.plan.qubits))
            for piece in part.plan.experiments[index].pieces:
                template = part.plan.templates[piece.template].circuit
                bare.compose(template.assign_parameters(piece.angles), inplace=True)
            together.compose(bare, part.plan.qubits, inplace=True)
        assert together.count_ops() == circuits[index].count_ops()
        vectors = [_state(circuit) for circuit in (together, circuits[index])]
        assert abs(np.vdot(*vectors)) == pytest.approx(1.0, abs=1e-12)


def _state(circuit):
    from qiskit.quantum_info import Statevector

    return Statevector(circuit).data


@pytest.mark.parametrize("order", [2, 3])
def test_noisy_parts_have_the_distribution_of_the_whole(order):
    n_cells, shots = 8, 200_000
    machine = resolve("noisy", n_sites=n_cells)
    plan = blocks_plan(n_cells, order, (0.5,), target=machine.target(n_cells)).with_noise_work()
    whole = dict(machine.distributions(plan))
    for index, counts in enumerate(machine.run(batch_of(plan), shots=shots, seed=4)):
        expected = np.array(whole[index])
        seen = frequencies(counts, n_cells)
        error = np.sqrt(expected * (1 - expected) / shots) + 3 / shots
        assert np.max(np.abs(seen - expected) / error) < 5.5


def test_parts_are_drawn_independently_of_each_other():
    plan = blocks_plan(18, 2, (np.pi / 4,), field=0.0)  # half charge: all blocks are fair coins
    machine = resolve("aer", n_sites=18)
    (counts,) = machine.run(batch_of(plan), shots=20_000, seed=1)
    bits = np.array([[int(b) for b in bits] for bits, n in counts for _ in range(n)])
    correlation = np.corrcoef(bits.T)
    same_block = np.kron(np.eye(9), np.ones((2, 2))).astype(bool)
    np.testing.assert_allclose(correlation[same_block], 1.0)
    assert np.max(np.abs(correlation[~same_block])) < 0.04
    assert len({int(total) for total in bits.sum(axis=0)}) > 5  # nor are they copies of one draw


def test_forty_cells_in_blocks_need_no_large_state():
    plan = blocks_plan(40, 4, (0.0, np.pi / 2), field=0.0)
    first, last = resolve("aer", n_sites=40).run(batch_of(plan), shots=100, seed=1)
    assert first == Counts((("0" * 40, 100),))
    assert last == Counts((("1" * 40, 100),))


def test_joining_puts_every_cell_in_its_place():
    ones, twos = Counts((("01", 3),)), Counts((("1", 1), ("0", 2)))
    joined = joined_counts([((0, 2), ones), ((1,), twos)], seed=1)
    assert joined == Counts((("001", 2), ("011", 1)))
    assert joined_counts([((0,), twos)], seed=1) is twos
