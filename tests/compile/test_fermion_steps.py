"""Product formulas of free fermions, all steps in one rotation of the modes."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.fermion_steps import MOST_SITES, fermion_steps
from qbcircuit.compile.formula.schedule import stages
from qbcircuit.compile.multiplied import product
from qbcircuit.hypergraph import interactions
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
)
from tests.compile.test_fermions import TARGETS, chain, moved

NAME = "fermion steps"

APART = Wiring(tuple(map(frozenset, ([1], [0, 3], [3], [1, 2]))))
"""Wires 1 and 2 are not coupled."""


@contextlib.contextmanager
def nothing_else():
    """No other way to realise a product formula."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qbcircuit.compile.realise._ways", lambda *asked: [fermion_steps(*asked)])
        patch.setattr("qbcircuit.compile.realise.parted", lambda _: None)
        yield


def evolution(layers, steps=9):
    return Evolution("", tuple(map(interactions, layers)), step=0.1, steps=steps)


def even_and_odd(n, letters="XX"):
    bonds = [Term(letters, (j, j + 1), 0.5) for j in range(n - 1)]
    return bonds[::2], bonds[1::2]


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(3, 7),
    bond=st.sampled_from(["hopping", "pairing", "xy", "any"]),
    formula=st.sampled_from([1, 2, 4]),
    target=st.sampled_from(sorted(TARGETS)),
)
def test_the_formula_that_is_claimed_at_and_between_steps(seed, n, bond, formula, target):
    rng = np.random.default_rng(seed)
    axes = "Z" * n if bond in ("hopping", "pairing") else "".join(rng.choice(list("XYZ"), n))
    terms = moved(
        chain(n, rng, bond, fields=bool(rng.integers(2))), rng.permutation(n).tolist(), axes
    )
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    with nothing_else():
        plan = compile_protocol(
            protocol,
            times=(0.0, 0.1, 0.25, 1.6),
            target=TARGETS[target](n),
            start="any",
            formula=formula,
            steps=n,
        )
    assert {one.name for one in plan.templates} == {NAME}
    assert plan.compilation.formula == formula and plan.compilation.error > 0
    assert plan.compilation.steps == n
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    assert_obeys_target(plan.circuit(3), plan.target)


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("n", [8, 12])
def test_every_number_of_steps_takes_the_gates_of_one_rotation(n, target):
    protocol = protocols.double_excitation(Battery.qubits(n))
    for steps in (10, 1000):
        plan = compile_protocol(
            protocol,
            times=(0.7,),
            target=TARGETS[target](n),
            start="any",
            formula=2,
            steps=steps,
        )
        cost = plan_cost(plan, 0)
        assert cost.two_qubit_gates <= n * (n - 1) and cost.two_qubit_depth <= 2 * n
        assert plan.compilation.steps == steps
        if n == 8:
            assert_plan_implements(plan)


def test_steps_between_a_reset_and_other_steps_end_on_their_wires():
    rng = np.random.default_rng(5)
    schedule = (
        Evolve(terms=tuple(chain(4, rng, "any")), duration=0.5),
        Reset(sites=(1,)),
        Evolve(terms=tuple(chain(4, rng, "xy", fields=True)), duration=0.9),
    )
    protocol = ChargingProtocol(battery=Battery.qubits(4), schedule=schedule)
    with nothing_else():
        plan = compile_protocol(
            protocol, times=(0.3, 1.1, 1.4), target=TARGETS["line"](4), start="any", steps=8
        )
    assert {f"0 {NAME}", f"2 {NAME}"} <= {one.name for one in plan.templates}
    assert_plan_implements(plan)


@pytest.mark.parametrize("formula", [1, 2, 4])
def test_many_steps_are_multiplied_as_often_as_they_come(formula):
    chain_of_six = evolution([*even_and_odd(6), [Term("Z", (2,), 0.7)]], steps=1000)
    asked = replace(chain_of_six, formula=formula, step=0.01)
    made = []

    def layer(number, duration):
        made.append(number)
        turn = rotations[number]
        return expm(duration * turn)

    rng = np.random.default_rng(3)
    rotations = [one - one.T for one in rng.normal(size=(len(asked.layers), 4, 4))]
    whole = product(asked, 9.995, layer)
    assert len(made) < 100
    naive = np.eye(4)
    for number, duration in stages(formula, len(rotations), [0.01] * 999 + [0.005]):
        naive = expm(duration * rotations[number]) @ naive
    assert np.allclose(whole, naive, atol=1e-9)


def test_few_steps_of_a_long_chain_stay_steps():
    assert fermion_steps(evolution(even_and_odd(10), steps=4), Wiring()) is None
    assert fermion_steps(evolution(even_and_odd(10), steps=5), Wiring()) is not None


@pytest.mark.parametrize(
    ("layers", "wiring"),
    [
        (even_and_odd(6)[:1], Wiring()),
        (even_and_odd(MOST_SITES + 1), Wiring()),
        (([*even_and_odd(6)[0], Term("XX", (0, 5), 0.5)], even_and_odd(6)[1]), Wiring()),
        (even_and_odd(4), APART),
        (([Term("XXX", (0, 1, 2), 0.5)], [Term("Z", (0,), 0.5)]), Wiring()),
        (([Term("XX", (0, 1), 0.5)], [Term("X", (0,), 0.5)], [Term("Z", (0,), 0.5)]), Wiring()),
    ],
    ids=["one layer", "long", "ring", "far", "three", "two fields"],
)
def test_what_is_left_to_other_ways(layers, wiring):
    assert fermion_steps(evolution(layers, steps=100), wiring) is None
