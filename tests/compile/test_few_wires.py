"""Strings that multiply to few others: one unitary on few wires of some frame."""

from __future__ import annotations

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Pauli, random_clifford

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.few_wires import _commuting, _products, few_wires
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term, uniform_field
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    distance_up_to_phase,
)
from tests.compile.test_built_in import strings
from tests.compile.test_carried import TARGETS, level_3

NAME = "few wires"


@contextlib.contextmanager
def nothing_else():
    """No other way to realise a product formula."""
    with pytest.MonkeyPatch.context() as patch:
        plain = "qbcircuit.compile.realise._plain_ways"
        patch.setattr(plain, lambda asked, _: [asked] if asked.is_exact else [])
        patch.setattr("qbcircuit.compile.realise.unrolled", lambda *_: ())
        patch.setattr("qbcircuit.compile.realise.framed", lambda *_: ())
        patch.setattr("qbcircuit.compile.realise.parted", lambda _: None)
        patch.setattr("qbcircuit.compile.layerings.finer", lambda *_: ())
        yield


def compiled(n, terms, target="all-to-all", times=(0.3,), **options):
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    device = TARGETS[target](n, 5)
    return compile_protocol(protocol, times=times, target=device, start="any", **options)


def of_few(rng, n, n_wires):
    """Random strings of the products of a few of them, on no more wires than said in some frame."""
    masks = list({(int(x), int(z)) for x, z in rng.integers(1, 2**n, (2 * n_wires, 2))})
    group = _products(masks, n_wires)
    if not group:
        return of_few(rng, n, n_wires)
    chosen = {group[i] for i in rng.integers(0, len(group), 6)}
    found = []
    for x, z in chosen:
        sites = [site for site in range(n) if (x | z) >> site & 1]
        letters = "".join(".XZY"[(x >> site & 1) + 2 * (z >> site & 1)] for site in sites)
        found.append(Term(letters, tuple(sites), rng.normal()))
    return found


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(3, 6),
    n_wires=st.integers(1, 3),
    formula=st.sampled_from([None, 1, 2, 4]),
    target=st.sampled_from(["all-to-all", "line", "scattered"]),
)
@example(seed=47632, n=6, n_wires=3, formula=None, target="scattered")  # no frame is found downhill
def test_the_formula_that_is_claimed_at_and_between_steps(seed, n, n_wires, formula, target):
    terms = of_few(np.random.default_rng(seed), n, min(n_wires, n - 1))
    asked = {"formula": formula, "steps": 3} if formula else {}
    with nothing_else():
        plan = compiled(n, terms, target, (0.0, 0.1, 0.25, 0.6), **asked)
    assert {one.name for one in plan.templates} == {NAME} or not plan.compilation.formula
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    assert_obeys_target(plan.circuit(3), plan.target)


@pytest.mark.parametrize("formula", [1, 2, 4])
def test_a_formula_is_kept_where_it_was_asked_for(formula):
    terms = [Term("YZ", (0, 1), 0.4), Term("XZ", (1, 2), -0.7), Term("XY", (1, 2), 0.9)]
    with nothing_else():
        plan = compiled(3, terms, times=(0.0, 0.1, 0.25, 0.6), formula=formula, steps=3)
    assert {one.name for one in plan.templates} == {NAME}
    assert plan.compilation.steps == 3
    assert plan.compilation.error > 0
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_acts_on_few_wires_needs_no_formula(target):
    """Four strings on four cells, of which two are independent but for what commutes."""
    terms = [
        Term(letters, (0, 1, 2, 3), 0.3 + 0.1 * i)
        for i, letters in enumerate(("ZYZZ", "YZXY", "XXXX", "ZXXX"))
    ]
    plan = compiled(4, terms, target, (0.4, 2.0))
    assert plan.compilation.error_kind == "exact" and plan.compilation.error == 0
    assert [one.name for one in plan.templates] == [NAME]
    assert plan_cost(plan, 0).two_qubit_gates <= (8 if target == "all-to-all" else 14)
    assert max(len(one.sites) for layer in plan.local_layers[0] for one in layer) == 4
    assert_plan_implements(plan)


@pytest.mark.parametrize(("n", "most"), [(3, 21), (6, 42)])
def test_three_cells_that_interact_take_21_gates_at_any_time(n, most):
    rng = np.random.default_rng(n)
    terms = [
        Term(letters, (first, first + gap), rng.normal())
        for first in range(0, n, 3)
        for gap, letters in ((1, "XZ"), (1, "ZY"), (2, "YY"), (2, "XX"), (1, "YX"))
    ]
    terms += [Term("ZZ", (first + 1, first + 2), 0.7) for first in range(0, n, 3)]
    terms += [Term("X", (site,), 0.2) for site in range(n)]
    plan = compiled(n, terms, times=(0.1, 3.0, 20.0), error=1e-6)
    assert plan.compilation.method == "exact layers"
    assert all(plan_cost(plan, i).two_qubit_gates == most for i in range(3))
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_all_fields_on_every_cell_and_pair(n):
    """A single cell has no pairs, and its fields do not commute."""
    terms = [Term(letter, (site,), 0.3 + 0.1 * site) for site in range(n) for letter in "XYZ"]
    terms += [Term("XY", (site, site + 1), 0.7) for site in range(n - 1)]
    plan = compiled(n, terms, times=(0.0, 0.4))
    assert n == 3 or plan.compilation.method == "exact layers"
    assert plan_cost(plan, 1).two_qubit_gates <= (0, 3, 21)[n - 1]
    assert_plan_implements(plan)


def test_a_string_is_in_one_part_only():
    """XX YY is ZZ, which commutes with both and not with what else there is."""
    terms = [
        Term("ZZ", (0, 2), -1.4),
        Term("XX", (0, 2), 0.01),
        Term("YY", (0, 2), -0.01),
        Term("XZ", (1, 2), -0.36),
        Term("XYX", (0, 1, 2), -0.15),
    ]
    for asked in ({"error": 1e-4}, {"formula": 1, "steps": 4}):
        plan = compiled(3, terms, times=(0.3, 1.1), **asked)
        assert_plan_implements(plan)


WEAK = [Term("XX", (0, 1), 1.0), Term("YY", (0, 1), -0.4), Term("ZZ", (0, 1), 1e-8)]
THREE = [Term("YZ", (0, 1), 1.0), Term("XZ", (1, 2), -0.7), Term("XY", (1, 2), 0.9)]


@pytest.mark.parametrize(
    ("terms", "time", "asked"),
    [
        (THREE, 1e-3, {}),
        (THREE, 1e-6, {}),
        (THREE, 3.0, {"error": 1e-7}),
        (THREE, 3.0, {"formula": 1, "steps": 3000}),
        ([one.scaled(1e-4) for one in THREE], 0.6, {"formula": 1, "steps": 3}),
        ([one.scaled(1e-12) for one in THREE], 0.6, {}),
        ([*WEAK, Term("Z", (0,), 0.3), Term("Z", (1,), -0.1)], 1.0, {}),
    ],
)
def test_scales_and_many_steps(terms, time, asked):
    plan = compiled(
        1 + max(one.sites[-1] for one in terms), terms, times=(0.4 * time, time), **asked
    )
    assert_plan_implements(plan)
    assert plan_cost(plan, 1).two_qubit_gates <= 21


def test_a_block_is_the_formula_however_few_steps_it_is_asked_for():
    strengths = {"XXX": 2.0, "ZZI": 0.036, "YYX": 1.0, "XZY": 0.014}
    terms = [
        Term(word.replace("I", ""), tuple(i for i in range(3) if word[i] != "I"), value)
        for word, value in strengths.items()
    ]
    layers = tuple((Interaction(sites=one.sites, terms=(one,)),) for one in terms)
    (found,) = few_wires(Evolution("", layers, step=0.2, steps=3), Wiring())
    for time in (0.1, 0.2, 0.5, 0.6, 3.0):
        for block in [one.block for part in found.parts for one in part.blocks]:
            made = Operator(block.circuit(list(block.angles(time)))).data
            assert distance_up_to_phase(made, block.unitary(time)) < 1e-10


def test_strings_that_commute_share_a_frame():
    """Alone, one string takes 4 CX and the three others 8; in their frame it takes none."""
    terms = [
        Term("ZXX", (0, 1, 3), 0.3),
        Term("ZXY", (0, 1, 2), 0.5),
        Term("YXY", (0, 2, 3), -0.7),
        Term("YZZ", (0, 1, 3), 0.9),
    ]
    plan = compiled(4, terms, times=(0.4, 1.2))
    assert [one.name for one in plan.templates] == [NAME]
    assert plan_cost(plan, 1).two_qubit_gates <= 8
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


def test_an_interval_may_do_nothing():
    some = (*THREE, Term("X", (0,), 0.3))
    for idle in ((), (Term("X", (0,), 0.0),)):
        schedule = (
            Evolve(terms=some, duration=0.4),
            Evolve(terms=idle, duration=0.3),
            Evolve(terms=some),
        )
        protocol = ChargingProtocol(battery=Battery.qubits(3), schedule=schedule)
        assert_plan_implements(compile_protocol(protocol, times=[0.2, 0.5, 1.0], start="any"))


def test_intervals_and_resets_keep_their_own_unitaries():
    few = (Term("XXXX", (0, 1, 2, 3), 0.6), Term("ZXYX", (0, 1, 2, 3), 0.3))
    other = (Term("YZ", (0, 1), 0.4), Term("XZ", (1, 2), -0.7), Term("XYZ", (0, 1, 3), 0.9))
    schedule = (
        Evolve(terms=few, duration=0.4),
        Reset(sites=(3,)),
        Evolve(terms=(*other, *uniform_field((2,), 0.2))),
    )
    protocol = ChargingProtocol(battery=Battery.qubits(4), schedule=schedule)
    plan = compile_protocol(protocol, times=[0.2, 0.4, 1.1], start="any")
    assert any(NAME in one.name for one in plan.templates)
    assert_plan_implements(plan)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 6), count=st.integers(1, 7))
def test_sets_commute_and_cannot_be_taken_apart(seed, n, count):
    rng = np.random.default_rng(seed)
    masks = sorted({(int(x), int(z)) for x, z in rng.integers(0, 2**n, (count, 2))} - {(0, 0)})
    sets = _commuting(masks)
    assert sorted(one for inside in sets for one in inside) == masks
    crossed = {
        (a, b): ((a[0] & b[1]).bit_count() + (a[1] & b[0]).bit_count()) % 2
        for a in masks
        for b in masks
    }
    for i, inside in enumerate(sets):
        reached = {inside[0]}
        for _ in inside:
            reached |= {b for a in reached for b in inside if crossed[a, b]}
        assert reached == set(inside)
        for other in sets[i + 1 :]:
            assert not any(crossed[a, b] for a in inside for b in other)


@pytest.mark.parametrize(
    ("shape", "formula", "seed"),
    [
        ((4, 4, 4), (2, 6), 201),
        ((3, 2, 3), (1, 5), 211),
        ((8, 4, 5), (1, 4), 215),
        ((5, 3, 3), (2, 4), 7),
        ((3, 3, 11), (2, 5), 300),
    ],
)
@pytest.mark.parametrize("target", ["all-to-all", "line"])
def test_few_strings_take_no_more_gates_than_at_level_3(shape, formula, seed, target):
    (n, k, n_terms), (order, steps) = shape, formula
    terms, device = strings(n, n_terms, seed, k), TARGETS[target](n, seed)
    plan = compiled(n, terms, target, formula=order, steps=steps)
    assert plan_cost(plan, 0).two_qubit_gates <= level_3(terms, n, device, order, steps)


def test_what_is_on_few_wires_of_a_line_is_so_where_all_are_coupled():
    """All products of three wires' strings, turned onto eight sites."""
    rng = np.random.default_rng(2)
    n = 8
    frame = random_clifford(n, seed=2).to_circuit()
    every = [one for one in itertools.product("IXYZ", repeat=3) if set(one) != {"I"}]
    terms = []
    for letters in every:
        word = Pauli("I" * (n - 3) + "".join(letters)).evolve(frame, frame="s").to_label()
        word, sign = word.lstrip("-"), -1 if word.startswith("-") else 1
        sites = [site for site in range(n) if word[n - 1 - site] != "I"]
        terms.append(Term("".join(word[n - 1 - s] for s in sites), sites, sign * rng.normal()))
    layers = tuple((Interaction(sites=tuple(one.sites), terms=(one,)),) for one in terms)
    asked = Evolution("", layers, step=0.2, steps=1)
    assert [*few_wires(asked, Wiring())]
