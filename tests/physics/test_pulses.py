"""Pulses as arrays: the best two-body pulses known, what columns mean, files in and out."""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.cli import main
from qbcircuit.constraints import Constraint, cost, norm
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.reference import simulate
from qbcircuit.starts import ThermalStart
from qbcircuit.terms import Term

PULSES = Path(__file__).parent / "pulses"
PAULIS = {"I": np.eye(2), **{letter: testing.LETTERS[letter] for letter in "XYZ"}}


def pulse(name):
    return protocols.from_pulse(PULSES / f"{name}.npz")


@pytest.mark.parametrize(
    ("name", "n", "shifted", "raw"),
    [("N1_best_C0_N3k2", 3, 1.7288, 1.7288), ("N1_best_C0_N4k2", 4, 2.0989, 2.0442)],
)
def test_n1_two_body_pulses_beat_blocks_under_c0(name, n, shifted, raw):
    """N (pi/2) / integral of the norm; on four cells more than k = 2."""
    protocol = pulse(name)
    assert (protocol.battery.n_cells, protocol.order) == (n, 2)
    assert 1 - simulate(protocol, protocol.duration).work[0] / n < 1e-6
    full = n * math.pi / 2 / protocol.duration
    assert norm(protocol).kind == "exact"
    assert full / norm(protocol).value >= shifted - 2e-3
    assert full / norm(protocol, raw=True).value >= raw - 2e-3
    assert full / norm(protocol, raw=True).value <= full / norm(protocol).value
    assert full / norm(protocol).value > n / math.ceil(n / 2)
    assert full / norm(protocol).value < math.pi / 2 * 2


@pytest.mark.parametrize(
    ("name", "n", "reached"), [("N6_best_C1_N4", 4, 1.7157), ("N6_best_C1_N8", 8, 2.1214)]
)
def test_n6_collective_pulses_beat_blocks_under_c1(name, n, reached):
    """sqrt(N) (pi/2) / integral of the energy's spread; blocks of two reach sqrt 2."""
    protocol = pulse(name)
    assert (protocol.battery.n_cells, protocol.order, protocol.participation) == (n, 2, n - 1)
    assert 1 - simulate(protocol, protocol.duration).work[0] / n < 1e-6
    advantage = math.sqrt(n) * math.pi / 2
    advantage /= cost(protocol, Constraint.C1) * protocol.duration
    assert advantage >= reached - 2e-3
    assert advantage < math.sqrt(n)


def dense(label):
    """A Pauli label as a matrix whose leftmost Kronecker factor is the leftmost letter."""
    return functools.reduce(np.kron, [PAULIS[letter] for letter in label])


def test_columns_of_pauli_strings_are_counted_as_documented():
    labels = protocols.pauli_columns(3, 2)
    assert labels[:5] == ("IIX", "IIY", "IIZ", "IXI", "IYI")
    assert labels[9:12] == ("IXX", "IYX", "IZX")  # cells 0 and 1, letters XX, XY, XZ
    assert labels[18] == "XIX"  # cells 0 and 2
    assert len(set(labels)) == len(labels) == 9 + 27
    expected = sum(math.comb(5, w) * 3**w for w in range(1, 4))
    assert len(protocols.pauli_columns(5, 3)) == expected
    coefficients = np.random.default_rng(3).normal(size=(2, 36))
    for given in ({"labels": labels}, {"battery": Battery.qubits(3)}):
        protocol = protocols.from_pulse(coefficients, **given)
        for step, row in zip(protocol.evolutions, coefficients, strict=True):
            total = sum(value * dense(label) for value, label in zip(row, labels, strict=True))
            np.testing.assert_allclose(testing.dense_hamiltonian(step.terms, 3), total, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_collective_columns_are_the_eight_spin_operators(n):
    spin = {
        letter: sign * sum(dense("I" * j + letter + "I" * (n - 1 - j)) for j in range(n)) / 2
        for letter, sign in (("X", 1), ("Y", -1), ("Z", -1))
    }
    X, Y, Z = spin["X"], spin["Y"], spin["Z"]
    np.testing.assert_allclose(X @ Y - Y @ X, 1j * Z, atol=1e-12)
    assert Z[0, 0] == -n / 2  # |0...0> is the lowest weight
    expected = [
        X, Y, Z, (X @ X - Y @ Y) / n, (X @ Y + Y @ X) / n, Z @ Z / n, (X @ Z + Z @ X) / n,
        (Y @ Z + Z @ Y) / n,
    ]  # fmt: skip
    for (terms, shift), matrix in zip(protocols.collective_columns(n), expected, strict=True):
        found = testing.dense_hamiltonian(terms, n) + shift * np.eye(2**n)
        np.testing.assert_allclose(found, matrix, atol=1e-12)
    rows = np.random.default_rng(n).normal(size=(2, 8))
    protocol = protocols.from_pulse(rows, Battery.qubits(n), durations=(0.5, 2.0))
    for step, row in zip(protocol.evolutions, rows, strict=True):
        found = testing.dense_hamiltonian(step.terms, n) + step.shift * np.eye(2**n)
        total = sum(value * matrix for value, matrix in zip(row, expected, strict=True))
        np.testing.assert_allclose(found, total, atol=1e-12)
    assert [step.duration for step in protocol.evolutions] == [0.5, 2.0]


@pytest.mark.parametrize("start", ["0000", "1111", "0010"])
def test_collective_pulses_against_dense_matrices(start):
    """Work and spread of the energy, step by step, against dense matrices."""
    rows = np.random.default_rng(11).normal(size=(3, 8))
    battery = Battery.qubits(4, start=start)
    protocol = protocols.from_pulse(rows, battery, durations=(0.4, 0.7, 0.3))
    times = (0.2, 0.4, 0.9, 1.4)
    expected = [testing.work_at(protocol, t) for t in times]
    np.testing.assert_allclose(simulate(protocol, times).work, expected, atol=1e-10)
    spread, begin = 0.0, 0.0
    for step in protocol.evolutions:
        h = testing.dense_hamiltonian(step.terms, 4)
        state = testing.density_at(protocol, begin)
        mean = np.trace(h @ state).real
        spread += step.duration * math.sqrt(np.trace(h @ h @ state).real - mean**2)
        begin += step.duration
    assert cost(protocol, Constraint.C1) == pytest.approx(spread / 1.4)


def test_files_in_which_coefficients_are_called_x(tmp_path):
    """Rows are slices of unit duration, and the number of columns says which they are."""
    for n, count in ((3, 36), (4, 8)):
        rows = np.random.default_rng(n).normal(size=(3, count))
        path = tmp_path / f"{n}.npz"
        np.savez(path, x=rows, A=1.0)
        battery = Battery.qubits(n, start=ThermalStart(beta=1.0))
        protocol = protocols.from_pulse(path, battery)
        assert protocol == protocols.from_pulse(rows, battery)
        assert (protocol.duration, protocol.battery) == (3.0, battery)


def test_a_saved_protocol_reads_back(tmp_path):
    """Asymmetric in its cells, with a shift, letters that are no Paulis and uneven durations."""
    steps = (
        Evolve(terms=(Term("+Z", (2, 0), 0.5 - 0.25j), Term("X", (1,), 0.7)), duration=0.3),
        Evolve(terms=(Term("Y", (2,), -1.0),), duration=1.5, shift=0.25),
    )
    written = ChargingProtocol(battery=Battery.qubits(3), schedule=steps)
    protocols.save_pulse(written, tmp_path / "mine.npz")
    read = protocols.load(tmp_path / "mine.npz")
    assert (read.constraint, read.protocol.name) == (None, "mine")
    for one, other in zip(read.protocol.evolutions, steps, strict=True):
        assert (one.duration, one.shift) == (other.duration, other.shift)
        np.testing.assert_allclose(
            testing.dense_hamiltonian(one.terms, 3),
            testing.dense_hamiltonian(other.terms, 3),
            atol=1e-15,
        )


def test_what_a_pulse_file_cannot_hold_is_refused(tmp_path):
    cell = Battery.qubits(1)
    evolve = Evolve(terms=(Term("X", (0,)),), duration=1.0)
    reset = ChargingProtocol(battery=cell, schedule=(evolve, Reset(sites=(0,))))
    with pytest.raises(InvalidRequest, match="two-level sites without resets"):
        protocols.save_pulse(reset, tmp_path / "no.npz")
    with pytest.raises(InvalidRequest, match="needs every step's duration"):
        protocols.save_pulse(protocols.parallel(cell), tmp_path / "no.npz")
    timed = ChargingProtocol(battery=cell, schedule=(evolve,))
    with pytest.raises(RunFailed, match=r"no\.npz cannot be written"):
        protocols.save_pulse(timed, tmp_path / "nowhere" / "no.npz")


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"a": [1.0]}, "holds no coefficients, only a. Save them as coefficients, one row a slice"),
        ({"coefficients": [1.0]}, "must be finite and in rows, one a slice, got shape (1,)"),
        ({"coefficients": [[np.nan]], "labels": ["X"]}, "must be finite and in rows"),
        ({"coefficients": [["a"]], "labels": ["X"]}, "pulse must be real numbers"),
        ({"coefficients": [[1.0]]}, "does not say how many cells it is for. Give -N, or a battery"),
        ({"coefficients": [[1.0]], "labels": ["X", "Y"]}, "2 labels for 1 columns"),
        ({"coefficients": [[1.0, 1.0]], "labels": ["X", "XX"]}, "needs 1 letters of I, X, Y and Z"),
        ({"coefficients": [[1.0]], "labels": ["+"]}, "needs 1 letters of I, X, Y and Z"),
        ({"coefficients": [[1.0] * 7], "cells": 2}, "7 columns are neither all Pauli strings of 2"),
        ({"coefficients": [[1.0]], "labels": ["X"], "durations": [1.0, 2.0]},
         "1 slices, but its durations have shape (2,)"),
        ({"coefficients": [[1.0]], "labels": ["X"], "durations": ["a"]}, "durations of a pulse"),
        ({"coefficients": [[1.0]], "labels": ["X"], "durations": [-1.0]}, "must be positive"),
        ({"coefficients": [[0.0]], "labels": ["X"]}, "at least one term, got none"),
        ({"coefficients": [[1.0]], "cells": "two"}, "A pulse's number of cells must be a whole"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_pulses(tmp_path, held, message):
    path = tmp_path / "pulse.npz"
    np.savez(path, **{key: np.array(value) for key, value in held.items()})
    with pytest.raises(InvalidRequest) as caught:
        protocols.from_pulse(path)
    assert message in str(caught.value)


def test_files_that_are_none(tmp_path):
    with pytest.raises(InvalidRequest, match="There is no pulse file"):
        protocols.load(tmp_path / "none.npz")
    for name, content in (("text", b"hello"), ("empty", b""), ("cut", b"PK\x03\x04")):
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(InvalidRequest, match=r"is no \.npz file of numbers and labels"):
            protocols.load(path)
    np.savez(tmp_path / "objects.npz", coefficients=np.array([{}], dtype=object))
    with pytest.raises(InvalidRequest, match=r"is no \.npz file of numbers and labels"):
        protocols.load(tmp_path / "objects.npz")
    np.save(tmp_path / "array.npy", np.ones((1, 1)))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    with pytest.raises(InvalidRequest, match=r"is no \.npz file of numbers and labels"):
        protocols.load(tmp_path / "array.npz")


def said(capsys, *words, code=0):
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    streams = capsys.readouterr()
    assert stop.value.code == code, streams.err
    return streams.err if code else streams.out


def test_a_pulse_runs_from_the_command_line(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = PULSES / "N1_best_C0_N3k2.npz"
    text = said(
        capsys, "run", file, "-b", "exact", "--constraint", "C0", "--crossing", 0.999, "--json"
    )
    (row,) = json.loads(text)["rows"]
    assert (row["order"], row["norm"]["value"]) == (2, pytest.approx(3.0))
    # it passes 0.999 a little before its end, where it has charged 1.7288 times as fast
    assert row["advantage"]["value"] == pytest.approx(1.73, abs=0.03)
    rows = np.zeros((1, 8))
    rows[0, 0] = 1.0
    np.savez(tmp_path / "turn.npz", x=rows, A=0.0)
    words = ("turn.npz", "-b", "exact", "--times", "0,0.5,1", "--json")
    (row,) = json.loads(said(capsys, "run", *words, "-N", 2, "--initial", "11"))["rows"]
    expected = [-2 * math.sin(t / 2) ** 2 for t in (0.0, 0.5, 1.0)]
    assert row["trace"]["work"] == pytest.approx(expected, abs=1e-12)
    assert "Give -N" in said(capsys, "run", *words, code=2)
    assert "need -N" in said(capsys, "run", *words, "--initial", "01", code=2)
    assert "--field is for named families" in said(capsys, "run", *words, "--field", 1, code=2)
    assert "needs 4 letters of I, X, Y and Z" in said(capsys, "run", file, "-N", 4, code=2)


def test_labels_are_those_of_qiskit():
    from qiskit.quantum_info import SparsePauliOp

    from qbcircuit import interop

    rows = np.random.default_rng(5).normal(size=(1, 36))
    labels = protocols.pauli_columns(3, 2)
    found = interop.to_sparse_pauli_op(protocols.from_pulse(rows, labels=labels))
    assert found.equiv(SparsePauliOp(list(labels), rows[0]))
