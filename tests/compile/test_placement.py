"""Which qubits hold the sites: paths, subgraphs, connected sets."""

from __future__ import annotations

import itertools

import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import InstructionProperties

from qbcircuit.compile.devices.device_graph import graph_of
from qbcircuit.compile.devices.paths import best_path
from qbcircuit.compile.devices.placement import path_order, place
from qbcircuit.compile.devices.target import all_to_all, from_qiskit, heavy_hex, line
from qbcircuit.errors import InvalidRequest


def windows(n, k):
    return [tuple(range(i, i + k)) for i in range(n - k + 1)]


def blocks(n, k):
    return [tuple(range(i, min(n, i + k))) for i in range(0, n, k)]


def assert_paths(placed, supports, device):
    """Neighbouring sites of every interaction sit on coupled qubits."""
    for one in supports:
        for a, b in itertools.pairwise(one):
            assert (placed[a], placed[b]) in device.coupling


@pytest.mark.parametrize("n", [2, 5, 12, 40, 100])
def test_windows_lie_on_a_path_of_the_heavy_hex_graph(n):
    device = heavy_hex()
    supports = windows(n, 3 if n > 2 else 2)
    placed = place(n, supports, device)
    assert len(set(placed)) == n
    assert_paths(placed, supports, device)


@pytest.mark.parametrize(("n", "k"), [(12, 3), (12, 5), (24, 24), (100, 10), (126, 3)])
def test_blocks_lie_on_paths(n, k):
    device = heavy_hex()
    placed = place(n, blocks(n, k), device)
    assert len(set(placed)) == n
    assert_paths(placed, blocks(n, k), device)


def test_a_line_is_used_as_it_is():
    assert place(6, windows(6, 2), line(6)) in [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0)]


@pytest.mark.parametrize("n", [3, 70, 100])
def test_a_long_path_runs_along_couplings_from_its_lower_end(n):
    """Where all qubits are alike; on a line there is one such path."""
    graph = graph_of(heavy_hex())
    assert graph.is_even
    path = best_path(graph, graph.nodes, n)
    assert len(set(path)) == n
    assert all(b in graph.neighbours[a] for a, b in itertools.pairwise(path))
    assert path[0] < path[-1]
    assert place(n, windows(n, 2), line(n)) == tuple(range(n))


def test_coupled_pairs_need_not_be_asked_for_in_order():
    """A chain 3-0-4-1-5-2 is a path although its sites are not numbered along it."""
    chain = [(0, 3), (0, 4), (1, 4), (1, 5), (2, 5)]
    placed = place(6, chain, line(6))
    assert_paths(placed, chain, line(6))
    assert path_order((0, 1, 2, 3, 4, 5), chain) in [(3, 0, 4, 1, 5, 2), (2, 5, 1, 4, 0, 3)]


def test_a_ring_of_twelve_is_a_cell_of_the_heavy_hex_graph():
    ring = [(i, (i + 1) % 12) for i in range(12)]
    assert_paths(place(12, ring, heavy_hex()), ring, heavy_hex())


@pytest.mark.parametrize(
    "supports",
    [
        list(itertools.combinations(range(9), 2)),
        [(0, i) for i in range(1, 9)],
        [(0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8)],
    ],
)
def test_other_shapes_get_a_connected_set(supports):
    device = heavy_hex()
    placed = place(9, supports, device)
    assert len(set(placed)) == 9
    reached, front = {placed[0]}, [placed[0]]
    while front:
        here = front.pop()
        fresh = {b for a, b in device.coupling if a == here and b in placed} - reached
        reached |= fresh
        front += fresh
    assert reached == set(placed)


def test_all_to_all_takes_the_first_qubits():
    assert place(3, [(0, 2)], all_to_all(5)) == (0, 1, 2)


def test_placement_is_deterministic():
    device = from_qiskit(GenericBackendV2(20, seed=11))
    fresh = from_qiskit(GenericBackendV2(20, seed=11))
    assert place(7, windows(7, 3), device) == place(7, windows(7, 3), fresh)


def noisy_line(errors, readout):
    backend = GenericBackendV2(
        len(readout), coupling_map=[[i, i + 1] for i in range(len(readout) - 1)], seed=1
    )
    target = backend.target
    for i, error in enumerate(errors):
        target.update_instruction_properties("cx", (i, i + 1), InstructionProperties(error=error))
    for i, error in enumerate(readout):
        target.update_instruction_properties("measure", (i,), InstructionProperties(error=error))
    return from_qiskit(backend)


def test_low_errors_win():
    device = noisy_line([0.1, 0.001, 0.002, 0.1, 0.1], [0.01] * 6)
    assert sorted(place(3, windows(3, 3), device)) == [1, 2, 3]
    device = noisy_line([0.01] * 5, [0.2, 0.2, 0.2, 0.01, 0.01, 0.2])
    assert sorted(place(2, [(0, 1)], device)) == [3, 4]
    assert sorted(place(2, [], device)) == [3, 4]


def test_broken_qubits_and_links_are_left_out():
    device = noisy_line([0.01, 1.0, 0.01, 0.01, 0.01], [0.01, 0.01, 0.01, 0.01, 1.0, 0.01])
    assert graph_of(device).nodes == {0, 1, 2, 3, 5}
    assert sorted(place(2, [(0, 1)], device)) in ([0, 1], [2, 3])
    with pytest.raises(
        InvalidRequest, match=r"need 3 connected qubits, but the largest connected part .* has 2"
    ):
        place(3, windows(3, 2), device)


def test_blocks_are_packed_where_the_best_qubits_scatter():
    """Two separate lines of four whose middles are the best: taking those would strand the ends."""
    device = noisy_line([0.1, 0.001, 0.1, 1.0, 0.1, 0.001, 0.1], [0.01] * 8)
    supports = blocks(8, 2)
    placed = place(8, supports, device)
    assert_paths(placed, supports, device)
    assert sorted(placed) == list(range(8))
    assert {frozenset((placed[a], placed[b])) for a, b in supports} == {
        frozenset((a, a + 1)) for a in (0, 2, 4, 6)
    }


def test_too_few_qubits():
    with pytest.raises(InvalidRequest, match="5 sites need as many working qubits, but line has 4"):
        place(5, [], line(4))


def test_paths_stay_on_free_qubits():
    graph = graph_of(line(8))
    free = graph.nodes - {4}
    assert sorted(best_path(graph, free, 4)) == [0, 1, 2, 3]
    assert best_path(graph, free, 5) is None
