"""Named targets, and which device a request means."""

from __future__ import annotations

from collections import Counter

import pytest
from qiskit.providers.fake_provider import GenericBackendV2

from qbcircuit.compile.devices.target import (
    all_to_all,
    from_qiskit,
    heavy_hex,
    heavy_hex_edges,
    line,
    resolve_target,
    to_qiskit,
)
from qbcircuit.errors import InvalidRequest


def test_heavy_hex_is_a_connected_graph_of_133_qubits_and_degree_three():
    edges = heavy_hex_edges()
    degrees = Counter(qubit for edge in edges for qubit in edge)
    assert sorted(degrees) == list(range(133))
    assert len(edges) == len(set(edges)) == 150
    assert max(degrees.values()) == 3
    assert all(a < b for a, b in edges)


def test_heavy_hex_is_the_graph_of_a_heron():
    provider = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
    device = from_qiskit(provider.FakeTorino())
    assert heavy_hex().coupling == device.coupling


@pytest.mark.parametrize(
    ("gates", "names"),
    [
        ("cx", ("cx", "measure", "reset", "rz", "sx", "x")),
        ("cz", ("cz", "measure", "reset", "rz", "sx", "x")),
        ("rzz", ("cz", "measure", "reset", "rx", "rz", "rzz", "sx", "x")),
    ],
)
def test_gate_sets(gates, names):
    assert all_to_all(3, gates).gates == names
    assert line(3, gates).gates == names
    assert heavy_hex(gates).gates == names


def test_couplings_of_the_named_targets():
    assert all_to_all(5).coupling is None
    assert line(4).coupling == {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)}
    assert line(1).coupling is None


@pytest.mark.parametrize("device", [all_to_all(3), line(4, "rzz"), heavy_hex(), line(1)])
def test_a_device_goes_to_qiskit_and_back(device):
    target = to_qiskit(device)
    assert target.num_qubits == device.n_qubits
    assert from_qiskit(target, device.name) == device


def test_a_reported_device_goes_to_qiskit_and_back():
    device = from_qiskit(GenericBackendV2(4, coupling_map=[[0, 1], [2, 1], [2, 3]], seed=1))
    assert from_qiskit(to_qiskit(device), device.name) == device
    assert to_qiskit(device) is to_qiskit(device)


def test_requests_by_name():
    assert resolve_target(None, 4) == all_to_all(4, "cx")
    assert resolve_target("all-to-all", 4, gates="rzz") == all_to_all(4, "rzz")
    assert resolve_target("line", 4) == line(4, "cx")
    assert resolve_target("line", 4, n_qubits=9, gates="cz") == line(9, "cz")
    assert resolve_target("heavy-hex", 100) == heavy_hex("cz")


def test_requests_by_object():
    backend = GenericBackendV2(3, seed=1)
    device = from_qiskit(backend)
    assert resolve_target(backend, 3) == device
    assert resolve_target(device, 2) is device
    assert resolve_target(backend.target, 1).operations == device.operations


@pytest.mark.parametrize(
    ("spec", "n_sites", "options", "message"),
    [
        ("heavyhex", 3, {}, r'Unknown target "heavyhex"\. Closest: heavy-hex\.'),
        ("line", 3, {"gates": "czz"}, r'Unknown gate set "czz"\. Closest: cz'),
        ("heavy-hex", 134, {}, "needs 134 qubits but heavy-hex has 133"),
        ("line", 5, {"n_qubits": 4}, "needs 5 qubits but line has 4"),
        ("heavy-hex", 5, {"n_qubits": 20}, "heavy-hex has 133 qubits, not 20"),
        ("all-to-all", 0, {"n_qubits": 0}, "at least 1 qubit, got 0"),
        ("all-to-all", 3, {"n_qubits": 10**9}, "at most 1000000 qubits, got 1000000000"),
        ("line", 3, {"n_qubits": 10**9}, "at most 1000000 qubits, got 1000000000"),
        (line(3), 2, {"gates": "cz"}, "brings its own gates and width"),
        (line(3), 4, {}, "needs 4 qubits but line has 3"),
    ],
)
def test_requests_that_cannot_be(spec, n_sites, options, message):
    with pytest.raises(InvalidRequest, match=message):
        resolve_target(spec, n_sites, **options)
