"""CX networks that bring all pairs onto wires, and what they give the chance to do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.compile.exact.pair_network import all_to_all as network
from qbcircuit.compile.exact.pair_network import braided, decoded
from qbcircuit.compile.exact.parity_flow import Flow, swaps_home
from qbcircuit.compile.exact.site_paths import path_through
from qbcircuit.compile.exact.wiring import Wiring


@settings(deadline=None, max_examples=40)
@given(n=st.integers(2, 12), layers=st.integers(1, 6))
def test_every_pair_once_a_layer_and_one_more_gate_a_layer_in_between(n, layers):
    wanted = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    flow, found = Flow(range(n)), network(range(n))
    long = [found.first, found.second, *[found.turn] * (layers - 3), found.last]
    runs = [[found.whole], list(found.pair)][layers - 1] if layers < 3 else long
    events = [event for run in runs for event in flow.run(run, flips=range(n), turns=wanted)]
    assert sorted(flow.places) == list(range(n))
    assert sum(event.kind == "parity" for event in events) == layers * len(wanted)
    assert sum(map(len, runs)) <= layers * len(wanted) + n - 1 + max(0, layers - 3)


@settings(deadline=None, max_examples=20)
@given(n=st.integers(2, 12), seed=st.integers(0, 99))
def test_a_walk_meets_every_pair_and_reverses_its_path(n, seed):
    path = [int(site) for site in np.random.default_rng(seed).permutation(n)]
    wanted = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    for coupled, gates, order in [
        (True, n * (n - 1) // 2 + n - 1, path),
        (False, n * n - 1, path[::-1]),
    ]:
        flow = Flow(range(n))
        events = flow.run(decoded(path, coupled=coupled), turns=wanted)
        cx = [event.wires for event in events if event.kind == "cx"]
        assert len(cx) == gates
        assert coupled or all(abs(path.index(a) - path.index(b)) == 1 for a, b in cx)
        assert [flow.places[site] for site in path] == order


@given(n=st.integers(2, 12))
def test_braids_take_every_site_there_and_back_with_fewer_gates_than_walks(n):
    wanted = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    flow = Flow(range(n))
    for back in (False, True):
        moves = braided(range(n), back=back)
        flow.run(moves, turns=wanted)
        assert abs(2 * len(moves) - (2 * n * n - 3 * n + 2)) <= n % 2
        assert all(abs(a - b) == 1 for a, b in moves)
    assert flow.places == tuple(range(n))


def test_a_flow_says_what_is_left_undone():
    with pytest.raises(ValueError, match="0 flips and 1 parities"):
        Flow(range(3)).run([(0, 1)], turns=[0b110])
    with pytest.raises(ValueError, match="1 flips and 1 parities"):
        flow = Flow(range(2))
        flow.run([(0, 1)])
        flow.run([], flips=[0], turns=[0b11])


@given(st.permutations(range(6)))
def test_swaps_bring_every_site_home(places):
    at = list(places)
    for a, b in swaps_home(places):
        at = [{a: b, b: a}.get(wire, wire) for wire in at]
    assert at == list(range(6))


def test_paths_follow_couplings_where_there_is_one():
    ring = Wiring(tuple(frozenset({(i + 1) % 6, (i - 1) % 6}) for i in range(6)))
    found = path_through(range(6), ring)
    assert sorted(found) == list(range(6))
    assert all(b in ring.neighbours[a] for a, b in itertools.pairwise(found))
    star = Wiring((frozenset({1, 2, 3}), *(frozenset({0}),) * 3))
    assert path_through(range(4), star) is None
    assert path_through([1, 0, 2], star) in {(1, 0, 2), (2, 0, 1)}
