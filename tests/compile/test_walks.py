"""Pairs that meet by swaps, in the order that takes fewest of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.devices.target import line
from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.job import Job, _walking
from qbcircuit.compile.layerings import layers_in
from qbcircuit.compile.walked import layers_along
from qbcircuit.compile.walks import MOST_PAIRS, Round, Walk, walk
from qbcircuit.hypergraph import interactions
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
)
from tests.compile.test_carried import TARGETS, TIME, level_3

TREE = Wiring(tuple(map(frozenset, ([1], [0, 2, 3], [1], [1, 4, 5], [3], [3]))))


@pytest.fixture
def only_walks(monkeypatch):
    """No other product formula."""
    walked = Job._walked_plans
    monkeypatch.setattr(
        Job, "operator_plans", lambda self, *_: walked(self, [layers_in(self._parts[0], 10)])
    )


def chain(n):
    return Wiring(tuple(frozenset({i - 1, i + 1} & {*range(n)}) for i in range(n)))


def random_pairs(rng, n):
    """Some pairs with some letters, and some fields."""
    pairs = [one for one in itertools.combinations(range(n), 2) if rng.random() < 0.8]
    terms = [
        Term(letters, pair, rng.normal())
        for pair in pairs
        for letters in rng.choice(["XX", "YY", "ZZ", "XY", "ZX"], rng.integers(1, 4), replace=False)
    ]
    return terms + [Term(str(rng.choice(list("XYZ"))), (site,), rng.normal()) for site in range(n)]


@settings(deadline=None, max_examples=30)
@given(n=st.integers(2, 7), share=st.floats(0.1, 1), seed=st.integers(0, 10**6), tree=st.booleans())
def test_every_pair_meets_once_where_its_sites_are(n, share, seed, tree):
    wiring, n = (TREE, 6) if tree else (chain(n), n)
    rng = np.random.default_rng(seed)
    pairs = [one for one in itertools.combinations(range(n), 2) if rng.random() < share]
    found = walk(pairs, wiring, n)
    if found is None:
        assert all(b in wiring.neighbours[a] for a, b in pairs)
        return
    for one in (found, found.from_home()):
        assert sorted(one.places) == [*range(n)]
        places, met = list(one.places), []
        for each in one.rounds:
            assert len({site for sites, _ in each.pairs for site in sites}) == 2 * len(each.pairs)
            for sites, wires in each.pairs:
                assert tuple(places[site] for site in sites) == wires
                met.append(sites)
            for a, b in each.swaps:
                s, t = places.index(a), places.index(b)
                places[s], places[t] = b, a
        assert sorted(met) == sorted(pairs)
        assert not one.rounds[-1].swaps
    for each in found.rounds:
        used = [*(wires for _, wires in each.pairs), *each.swaps]
        assert all(b in wiring.neighbours[a] for a, b in used)


@pytest.mark.usefixtures("only_walks")
@pytest.mark.parametrize("target", ["line", "heavy-hex"])
@pytest.mark.parametrize("formula", [2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_the_formula_that_is_claimed_at_and_between_steps(seed, formula, target):
    rng = np.random.default_rng(seed)
    n = 4 + seed % 2
    protocol = ChargingProtocol.constant(Battery.qubits(n), random_pairs(rng, n))
    plan = compile_protocol(
        protocol, times=(0.0, 0.1, 0.25, 0.6), target=TARGETS[target](n, seed), start="any",
        formula=formula, steps=3,
    )  # fmt: skip
    assert {one.name for one in plan.templates} <= {"walk, sweep", "walk, end", "frame"}
    first, *_, last = (one.segments for one in plan.experiments)
    assert last[: len(first)] == first and last
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    assert_obeys_target(plan.circuit(3), plan.target)


@pytest.mark.parametrize("n", [4, 5])
def test_dense_pairs_on_a_line_take_no_more_gates_than_at_level_3(n):
    rng = np.random.default_rng(n)
    terms = [
        Term(letters, pair, rng.normal())
        for pair in itertools.combinations(range(n), 2)
        for letters in ("XX", "YY", "ZZ", "XZ", "YX")
    ]
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    plan = compile_protocol(protocol, times=TIME, formula=2, steps=3, target=line(n))
    assert plan_cost(plan, 0).two_qubit_gates <= level_3(terms, n, line(n), 2, 3)


def test_two_groups_walk_through_one_another():
    """Every pair of the two and its swap are 3 CX."""
    terms = [
        Term(letters, pair, 0.5)
        for pair in itertools.product(range(4), range(4, 8))
        for letters in ("XX", "YY")
    ]
    terms += [Term("ZZ", (j, j + 1), -1.0) for j in range(3)]
    protocol = ChargingProtocol.constant(Battery.qubits(8), terms)
    plan = compile_protocol(protocol, times=TIME, formula=2, steps=2, target=line(8), start="any")
    assert any("walk" in one.name for one in plan.templates)
    assert plan_cost(plan, 0).two_qubit_gates <= level_3(terms, 8, line(8), 2, 2)


@pytest.mark.usefixtures("only_walks")
@pytest.mark.parametrize("seed", range(3))
def test_what_is_conserved_walks_with_the_rest(seed):
    """Sites 0 and 1 have but Z, so their pair commutes with all; it is swapped on the way."""
    rng = np.random.default_rng(seed)
    pairs = itertools.combinations(range(5), 2)
    terms = [Term("ZZ", pair, rng.normal()) for pair in pairs]
    terms += [Term("X", (site,), rng.normal()) for site in range(2, 5)]
    terms.append(Term("YX", (2, 4), 0.6))
    protocol = ChargingProtocol.constant(Battery.qubits(5), terms)
    plan = compile_protocol(
        protocol, times=(0.2, 0.5), formula=2, steps=2, target=line(5), start="any"
    )
    assert_plan_implements(plan)


@pytest.mark.usefixtures("only_walks")
@pytest.mark.parametrize("fields", [(), (Term("Z", (2,), 0.4),)])
def test_swaps_before_the_second_round_are_undone(fields, monkeypatch):
    by_hand = Walk(
        (0, 1, 2), (Round((((0, 1), (0, 1)),), ((1, 2),)), Round((((0, 2), (0, 1)),), ()))
    )
    monkeypatch.setattr("qbcircuit.compile.job.walk", lambda *_: by_hand)
    terms = [Term("XY", (0, 1), 0.6), Term("ZX", (0, 2), 0.9), *fields]
    protocol = ChargingProtocol.constant(Battery.qubits(3), terms)
    plan = compile_protocol(
        protocol, times=(0.2, 0.5), formula=2, steps=2, target=line(3), start="any"
    )
    assert_plan_implements(plan)


def test_a_walk_is_for_its_own_layers_and_for_formulas_that_come_back():
    along = Walk((0, 1, 2), (Round((((0, 1), (0, 1)),), ()), Round((((1, 2), (1, 2)),), ())))
    both = interactions([Term("XX", (0, 1)), Term("ZZ", (1, 2))])
    layers = layers_along(along, both)
    assert [*_walking(along, layers, Evolution("", layers), Wiring())]
    for others in (Evolution("", layers[:1]), Evolution("", layers, formula=1)):
        assert not [*_walking(along, layers, others, Wiring())]


def test_what_needs_no_walk_and_what_is_too_much():
    assert walk([(0, 1), (1, 2)], chain(3), 3) is None
    assert walk([(0, 2)], Wiring(), 3) is None
    assert walk([(0, 2)], Wiring(tuple(map(frozenset, ([1], [0], [])))), 3) is None
    many = list(itertools.combinations(range(20), 2))
    assert len(many) > MOST_PAIRS and walk(many, chain(20), 20) is None


@pytest.mark.usefixtures("only_walks")
def test_a_site_alone_may_be_the_last():
    terms = [
        Term(letters, pair, 0.4) for pair in ((0, 1), (0, 2), (1, 2)) for letters in ("XX", "YZ")
    ]
    terms += [Term("Z", (site,), 0.3 * site) for site in range(1, 6)]
    protocol = ChargingProtocol.constant(Battery.qubits(6), terms)
    plan = compile_protocol(protocol, times=0.5, formula=2, steps=2, target=line(6), start="any")
    assert_plan_implements(plan)
