"""Operators in and out, with asymmetric ones so that a swapped order fails."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

from qbcircuit import interop, protocols, testing
from qbcircuit.battery import BasisStart, Battery, Role, Site, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest, MissingExtra
from qbcircuit.terms import Term

qutip = pytest.importorskip("qutip")

# Different on every cell: X on cell 0, Z on cell 1, a pair on 2 and 0, and an identity.
ASYMMETRIC = SparsePauliOp(["IIX", "IZI", "YIZ", "III"], [1.0, 0.5, -0.25, 3.0])


def test_letters_land_on_the_cells_that_qiskit_means():
    protocol = interop.from_sparse_pauli_op(ASYMMETRIC, name="mine")
    (step,) = protocol.evolutions
    assert set(step.terms) == {
        Term("X", (0,), 1.0),
        Term("Z", (1,), 0.5),
        Term("ZY", (0, 2), -0.25),
    }
    assert step.shift == 3.0
    assert protocol.name == "mine"
    assert protocol.battery == Battery.qubits(3)


def test_sparse_pauli_round_trip():
    assert interop.to_sparse_pauli_op(interop.from_sparse_pauli_op(ASYMMETRIC)).equiv(ASYMMETRIC)


def test_to_sparse_pauli_op_is_the_total_generator():
    battery = Battery.qubits(3, levels=(1.0, 3.0))
    protocol = ChargingProtocol.constant(
        battery, [Term("+-", (2, 0), 1 + 2j)], include_internal=True, shift=0.5
    )
    raising = np.array([[0, 0], [1, 0]])
    hop = np.kron(np.kron(raising, np.eye(2)), raising.T) * (1 + 2j)
    energies = np.diag([sum((1.0, 3.0)[index >> j & 1] for j in range(3)) for index in range(8)])
    expected = hop + hop.conj().T + energies + 0.5 * np.eye(8)
    np.testing.assert_allclose(interop.to_sparse_pauli_op(protocol).to_matrix(), expected)


def test_later_steps_and_missing_ones():
    steps = (Evolve(terms=(Term("X", (0,)),), duration=1.0), Evolve(terms=(Term("Y", (1,)),)))
    protocol = ChargingProtocol(battery=Battery.qubits(2), schedule=steps)
    assert interop.to_sparse_pauli_op(protocol, step=1).equiv(SparsePauliOp("YI"))
    with pytest.raises(InvalidRequest, match=r"steps 0\.\.1, got step 2"):
        interop.to_sparse_pauli_op(protocol, step=2)


def test_imported_structure_is_merged():
    chain = SparsePauliOp.from_sparse_list(
        [(pair, [j, j + 1], sign) for j in range(5) for pair, sign in (("XX", 0.5), ("YY", -0.5))],
        num_qubits=6,
    )
    protocol = interop.from_sparse_pauli_op(chain)
    assert (protocol.order, protocol.participation, protocol.n_layers) == (2, 2, 2)
    written = interop.to_sparse_pauli_op(protocols.double_excitation(Battery.qubits(6)))
    assert written.equiv(chain)


def test_refusals_are_one_sentence():
    with pytest.raises(
        InvalidRequest, match=r"acts on 3 qubits but the battery has 4 cells\. Cell"
    ):
        interop.from_sparse_pauli_op(ASYMMETRIC, Battery.qubits(4))
    with pytest.raises(InvalidRequest, match=r"not Hermitian: ZX has coefficient 0\+1j"):
        interop.from_sparse_pauli_op(SparsePauliOp(["XX", "ZX"], [1.0, 1j]))
    with pytest.raises(InvalidRequest, match="at least one term"):
        interop.from_sparse_pauli_op(SparsePauliOp("II"))
    with pytest.raises(InvalidRequest, match="coefficient of XX must be finite"):
        interop.from_sparse_pauli_op(SparsePauliOp("XX", np.nan))
    with pytest.raises(InvalidRequest, match="free parameters"):
        interop.from_sparse_pauli_op(SparsePauliOp("XX", np.array([Parameter("g")])))


def test_battery_and_internal_hamiltonian_are_kept():
    battery = Battery.qubits(3, start=ThermalStart(beta=1.0))
    protocol = interop.from_sparse_pauli_op(ASYMMETRIC, battery, include_internal=True)
    assert protocol.battery == battery
    assert protocol.include_internal


def test_qobj_factor_0_is_cell_0():
    operator = qutip.tensor(qutip.sigmax(), qutip.qeye(2), qutip.qeye(2))
    operator += 0.5 * qutip.tensor(qutip.qeye(2), qutip.sigmaz(), qutip.qeye(2))
    operator += -0.25 * qutip.tensor(qutip.sigmaz(), qutip.qeye(2), qutip.sigmay())
    operator += 3 * qutip.tensor([qutip.qeye(2)] * 3)
    protocol = interop.from_qobj(operator)
    expected = interop.from_sparse_pauli_op(ASYMMETRIC)
    assert set(protocol.evolutions[0].terms) == set(expected.evolutions[0].terms)
    assert protocol.evolutions[0].shift == pytest.approx(3.0)
    assert (interop.to_qobj(protocol) - operator).norm() < 1e-12


def test_qobj_levels_are_ours():
    charged = ChargingProtocol.constant(Battery.qubits(1), [Term("+", (0,), 1j)])
    raising = qutip.basis(2, 1) * qutip.basis(2, 0).dag()
    assert (interop.to_qobj(charged) - (1j * raising - 1j * raising.dag())).norm() < 1e-12


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), n_cells=st.integers(1, 3))
def test_any_hermitian_qobj_survives_the_round_trip(seed, n_cells):
    rng = np.random.default_rng(seed)
    size = 2**n_cells
    matrix = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    operator = qutip.Qobj(matrix + matrix.conj().T, dims=[[2] * n_cells] * 2)
    protocol = interop.from_qobj(operator)
    assert (interop.to_qobj(protocol) - operator).norm() < 1e-10
    # The same operator through qiskit, whose matrices put cell 0 last.
    flipped = interop.to_sparse_pauli_op(protocol).to_matrix()
    axes = [*range(n_cells)][::-1]
    axes += [n_cells + axis for axis in axes]
    tensor = flipped.reshape((2,) * (2 * n_cells)).transpose(axes)
    np.testing.assert_allclose(tensor.reshape(size, size), operator.full(), atol=1e-10)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), sizes=st.lists(st.integers(2, 4), min_size=1, max_size=3))
def test_any_levels_survive_the_round_trip(seed, sizes):
    rng = np.random.default_rng(seed)
    size = math.prod(sizes)
    matrix = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    operator = qutip.Qobj(matrix + matrix.conj().T, dims=[sizes, sizes])
    protocol = interop.from_qobj(operator)
    assert protocol.battery.dimensions == tuple(sizes)
    assert (interop.to_qobj(protocol) - operator).norm() < 1e-9
    # site 0 counts fastest in our own matrices, QuTiP's factor 0 slowest
    (step,) = protocol.evolutions
    dense = testing.dense_hamiltonian(step.terms, sizes) + step.shift * np.eye(size)
    axes = [*range(len(sizes))][::-1]
    axes += [len(sizes) + axis for axis in axes]
    tensor = dense.reshape((*sizes[::-1], *sizes[::-1])).transpose(axes)
    np.testing.assert_allclose(tensor.reshape(size, size), operator.full(), atol=1e-9)


def test_a_mode_and_a_cell_land_where_qutip_has_them():
    """Asymmetric in every way: a qutrit's transition, a mode's quanta and a shift."""
    cell, mode = qutip.basis(3, 2) * qutip.basis(3, 0).dag(), qutip.destroy(4)
    operator = 0.7 * (qutip.tensor(cell, mode) + qutip.tensor(cell, mode).dag())
    operator += qutip.tensor(qutip.qeye(3), qutip.num(4)) + 2.0
    sites = (Site(levels=(0.0, 0.5, 1.0)), Site(levels=(0.0,) * 4, role=Role.MODE))
    battery = Battery(sites=sites, start=BasisStart(levels=(0, 1)))
    written = ChargingProtocol.constant(
        battery, [Term(("|2><0|", "a"), (0, 1), 0.7), Term("n", (1,))], shift=2.0
    )
    assert (interop.to_qobj(written) - operator).norm() < 1e-12
    read = interop.from_qobj(operator, battery)
    assert read.battery == battery
    assert (interop.to_qobj(read) - operator).norm() < 1e-12
    with pytest.raises(InvalidRequest, match=r"factors of \[4, 3\] levels"):
        interop.from_qobj(qutip.tensor(mode + mode.dag(), qutip.qeye(3)), battery)


def test_qobj_refusals():
    with pytest.raises(InvalidRequest, match="needs to be an operator, dims"):
        interop.from_qobj(qutip.basis(2, 0))
    with pytest.raises(InvalidRequest, match="4097 states is too large to take apart"):
        interop.from_qobj(qutip.num(4097))
    with pytest.raises(InvalidRequest, match=r"not Hermitian: X has"):
        interop.from_qobj(1j * qutip.sigmax())
    with pytest.raises(InvalidRequest, match="finite entries"):
        interop.from_qobj(float("nan") * qutip.sigmax())
    with pytest.raises(
        InvalidRequest,
        match=r"acts on factors of \[2\] levels but the battery's sites have \[2, 2\]",
    ):
        interop.from_qobj(qutip.sigmax(), Battery.qubits(2))
    with pytest.raises(InvalidRequest, match=r"not Hermitian: \|1><0\| has coefficient"):
        interop.from_qobj(qutip.create(3))


def test_without_qutip_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "qutip", None)
    with pytest.raises(MissingExtra, match=r'pip install "qbcircuit\[qutip\]"'):
        interop.to_qobj(protocols.parallel(Battery.qubits(1)))
