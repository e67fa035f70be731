"""Interactions that commute with all others act once, however many steps the others take."""

from __future__ import annotations

import pytest

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.conserved import parted
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.formula.layers import conserved, exact_layers
from qbcircuit.terms import Term
from qbcircuit.testing import assert_obeys_target, assert_plan_implements, assert_zero_angles_rest

N, STEPS = 6, 4
TARGETS = {"all-to-all": all_to_all(N), "line": line(N), "heavy-hex": heavy_hex("cz")}
FLIP = Term(("X",) * N, tuple(range(N)), 0.7)
LINKS = [Term((a, a), (i, i + 1), 0.4 + 0.1 * i) for i in range(N - 1) for a in "ZX"]
TRIPLES = [Term(tuple("XYY"), (0, 1, 2), 0.4), Term(tuple("ZYX"), (1, 2, 3), 0.9), *LINKS[2:4]]
"""With an even number of Y and Z each, so that they commute with a flip of all sites."""


def layers_of(terms):
    return exact_layers(terms, N, can_exponentiate)


def compiled(terms, target, formula, times=(0.6,), **options):
    protocol = ChargingProtocol.constant(Battery.qubits(N), terms)
    return compile_protocol(
        protocol, times=times, formula=formula, steps=STEPS, target=target, start="any", **options
    )


def test_what_commutes_with_all_others_is_found_and_nothing_else():
    for others in (LINKS, TRIPLES):
        (found,) = conserved(layers_of([*others, FLIP]))
        assert found.terms == (FLIP,)
        assert not conserved(layers_of(others))


def test_nothing_is_parted_where_that_saves_nothing():
    field = Term(("X",), (3,), 0.3)
    apart = layers_of([*LINKS[:4], field])
    assert [one.terms for one in conserved(apart)] == [(field,)]
    assert parted(Evolution("", apart)) is None
    assert parted(Evolution("", layers_of([FLIP]))) is None


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("formula", [1, 2, 4])
@pytest.mark.parametrize("optimise", ["gates", "depth"])
def test_circuits_are_the_formula_they_claim_at_and_between_steps(
    formula, target, optimise, monkeypatch
):
    monkeypatch.setattr("qbcircuit.compile.realise.framed", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.realise.few_wires", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.evolution.networks", lambda *_, **__: ())
    for others in (LINKS, TRIPLES):
        plan = compiled(
            [*others, FLIP], TARGETS[target], formula, (0.0, 0.25, 0.6), optimise=optimise
        )
        assert any("conserved" in one.name for one in plan.templates)
        assert plan.compilation.steps == STEPS
        assert_plan_implements(plan)
        assert_zero_angles_rest(plan)
        for i in range(len(plan.experiments)):
            assert_obeys_target(plan.circuit(i), plan.target)


@pytest.mark.parametrize("target", TARGETS)
def test_a_conserved_string_costs_no_more_than_once(target, monkeypatch):
    """2(N - 1) gates, however many steps; searches that might find as much are left out."""
    monkeypatch.setattr("qbcircuit.compile.realise.framed", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.realise.few_wires", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.evolution.networks", lambda *_, **__: ())
    device, times = TARGETS[target], (0.3, 0.6)
    others = compiled(LINKS, device, 1, times)
    whole = compiled([*LINKS, FLIP], device, 1, times)
    assert any("conserved" in one.name for one in whole.templates)
    added = plan_cost(whole, 1).two_qubit_gates - plan_cost(others, 1).two_qubit_gates
    assert added <= 2 * (N - 1)
