"""Pairs that commute, alone or with a field: parities that hop along trees and paths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qbcircuit import interop, protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compile import compile_protocol, evolution, job, plan_cost, realise
from qbcircuit.compile.devices.placement import place
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.twin import LayerTwin
from qbcircuit.compile.pair_evolution import pair_evolution
from qbcircuit.compile.pair_layers import pair_layers
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

STEP = 0.3
ELAPSED = [0.0, 0.1, STEP, 2 * STEP, 2.4 * STEP, 3 * STEP, 4.7 * STEP]


def pairs(n, rng, letters, keep=1.0):
    """Pairs of sites, one letter a site, some of them missing but enough left to join them."""
    chosen = [p for p in itertools.combinations(range(n), 2) if rng.uniform() < keep or p[0] == 0]
    return [Term(letters[a] + letters[b], (a, b), float(rng.normal())) for a, b in chosen]


def across(letters, rng):
    """A field on every site, at right angles to its letter."""
    return [
        Term(letter, (site,), float(rng.normal()))
        for site, own in enumerate(letters)
        for letter in sorted(set("XYZ") - {own})
    ]


def layer(terms):
    groups = {}
    for term in terms:
        groups.setdefault(tuple(sorted(term.sites)), []).append(term)
    return tuple(Interaction(sites=sites, terms=tuple(own)) for sites, own in groups.items())


def written(evolving, elapsed, device, qubits):
    """The circuit on the qubits in use, and where every site ends."""
    book = TemplateBook(device, tuple(qubits))
    done = book.finished([evolving.pieces(book, elapsed)])
    circuit = QuantumCircuit(len(qubits))
    for piece in itertools.chain(*done.pieces[0]):
        bound = done.templates[piece.template].circuit.assign_parameters(piece.angles)
        circuit.compose(bound, inplace=True)
    return circuit, done.ends[0]


def applied(evolving, elapsed, device, state):
    """The state after the templates, every site back on its wire."""
    circuit, ends = written(evolving, elapsed, device, range(device.n_qubits))
    testing.assert_obeys_target(circuit, device)
    moved = Statevector(state).evolve(circuit).data
    indices = np.arange(len(state))
    source = np.zeros_like(indices)
    for site, wire in enumerate(ends):
        source |= (indices >> site & 1) << wire
    return moved[source]


def random_state(n, rng):
    state = rng.normal(size=1 << n) + 1j * rng.normal(size=1 << n)
    return state / np.linalg.norm(state)


def assert_right(
    kind, layers, formula, device, rng, *, last=True, elapsed=ELAPSED, optimise="gates"
):
    """A random state ends where the product formula that was asked for takes it."""
    n = device.n_qubits
    wiring = Wiring.of(device, range(n))
    asked = Evolution(
        name="", layers=layers, formula=formula, step=STEP, last=last, optimise=optimise
    )
    evolving = kind(asked, wiring)
    state = random_state(n, rng)
    for duration in elapsed:
        steps = [STEP] * int(duration / STEP + 1e-9)
        rest = duration - STEP * len(steps)
        steps += [rest] if rest > 1e-9 else []
        stages = list(schedule.stages(formula, len(layers), steps))
        exact = LayerTwin(layers, n).run(state, stages)
        found = applied(evolving, duration, device, state)
        assert testing.distance_up_to_phase(found, exact) < 1e-9, duration


@pytest.mark.parametrize("formula", [1, 2, 4])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 8])
def test_parities_that_stay_realise_the_formula_that_was_asked_for(n, formula):
    rng = np.random.default_rng(10 * n + formula)
    letters = list(rng.choice(list("XYZ"), n))
    layers = layer(across(letters, rng)), layer(pairs(n, rng, letters, keep=0.8))
    elapsed = ELAPSED if formula < 4 or n < 5 else [2.4 * STEP]
    assert_right(pair_evolution, layers, formula, all_to_all(n), rng, elapsed=elapsed)


@pytest.mark.parametrize(
    ("make", "optimise"), [(all_to_all, "gates"), (line, "gates"), (line, "depth")]
)
@pytest.mark.parametrize("formula", [1, 2, 4])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 8])
def test_walking_layers_realise_the_formula_that_was_asked_for(n, formula, make, optimise):
    rng = np.random.default_rng(100 * n + formula)
    field = [Term(a, (i,), float(rng.normal())) for i in range(n) for a in "XYZ"]
    layers = (
        layer(field),
        layer(pairs(n, rng, list(rng.choice(list("XYZ"), n)), keep=0.8)),
        layer(pairs(n, rng, list(rng.choice(list("XYZ"), n)), keep=0.8)),
    )[: 3 if n % 2 else 2]
    elapsed = ELAPSED if formula < 4 and n < 7 else [2.4 * STEP]
    assert_right(pair_layers, layers, formula, make(n), rng, elapsed=elapsed, optimise=optimise)


@pytest.mark.parametrize(("kind", "make"), [(pair_evolution, all_to_all), (pair_layers, line)])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_sites_come_home_where_something_follows(n, kind, make):
    rng = np.random.default_rng(n)
    layers = layer(across("X" * n, rng)), layer(pairs(n, rng, "X" * n))
    for formula in (1, 2):
        assert_right(kind, layers, formula, make(n), rng, last=False)


def mixed(n, rng, *, field=True, keep=0.8, letters=None, start="ground"):
    """A protocol of pairs, and of a field across them where asked for."""
    letters = letters or list(rng.choice(list("XYZ"), n))
    terms = pairs(n, rng, letters, keep) + (across(letters, rng) if field else [])
    return ChargingProtocol.constant(Battery.qubits(n, start=start), terms)


@pytest.mark.parametrize("target", ["all-to-all", "line", "heavy-hex"])
@pytest.mark.parametrize("field", [True, False])
@pytest.mark.parametrize("n", [3, 4, 5])
def test_plans_on_every_target_do_what_they_claim(n, field, target, monkeypatch):
    monkeypatch.setattr(realise, "KINDS", (pair_evolution, pair_layers))
    monkeypatch.setattr(job, "layouts", lambda *_: ())
    for others in ("networks", "built_in_networks"):
        monkeypatch.setattr(evolution, others, lambda *_, **__: ())
    protocol = mixed(n, np.random.default_rng(n), field=field, start="01" + "0" * (n - 2))
    plan = compile_protocol(
        protocol, times=[0.0, 0.2, 0.5], target=target, start="any", steps=3 if field else None
    )
    testing.assert_plan_implements(plan)
    testing.assert_zero_angles_rest(plan)
    assert plan.compilation.error_kind == ("bound" if field else "exact")
    assert not field or any("pair" in template.name for template in plan.templates)


def test_a_schedule_of_several_steps_brings_the_sites_home_in_between():
    rng = np.random.default_rng(5)
    steps = tuple(
        Evolve(terms=tuple(pairs(4, rng, "XXXX") + across("XXXX", rng)), duration=duration)
        for duration in (0.2, 0.3)
    )
    protocol = ChargingProtocol(battery=Battery.qubits(4), schedule=steps, name="two")
    for target in ("all-to-all", "line"):
        plan = compile_protocol(protocol, times=[0.1, 0.3, 0.5], target=target, steps=3)
        testing.assert_plan_implements(plan)


def uniform(n):
    """XX between all pairs, Z on all sites."""
    field = [Term("Z", (i,), 0.5) for i in range(n)]
    return field, [Term("XX", pair, 1 / n) for pair in itertools.combinations(range(n), 2)]


@pytest.mark.parametrize(
    ("kind", "device", "n", "gates", "depth"),
    [
        (pair_evolution, all_to_all(12), 12, 276, 62),
        (pair_evolution, all_to_all(24), 24, 1128, 122),
        (pair_layers, all_to_all(12), 12, 308, 65),
        (pair_layers, line(12), 12, 508, 139),
        (pair_layers, line(24), 24, 2164, 295),
        (pair_layers, heavy_hex(), 12, 508, 139),
        (pair_layers, heavy_hex("rzz"), 24, 2164, 295),
    ],
)
def test_four_steps_of_order_two_cost_this(kind, device, n, gates, depth):
    field, all_to_each = uniform(n)
    qubits = place(n, [term.sites for term in all_to_each], device)
    layers = layer(field), layer(all_to_each)
    asked = Evolution(name="", layers=layers, step=STEP, last=True)
    circuit, _ = written(kind(asked, Wiring.of(device, qubits)), 4 * STEP, device, qubits)
    assert circuit.num_nonlocal_gates() == gates
    assert circuit.depth(lambda one: len(one.qubits) == 2) == depth


@pytest.mark.parametrize("optimise", ["gates", "depth"])
@pytest.mark.parametrize(
    ("device", "gates", "depth"),
    [
        (all_to_all(6), 4 * 15 + 5 + 1, 32),
        (all_to_all(8, gates="rzz"), 4 * 28, 4 * 7),
        (line(6), 4 * 28, 65),
        (heavy_hex(), 4 * 28, 65),
    ],
)
def test_plans_take_what_costs_least(device, gates, depth, optimise):
    n = device.n_qubits if device.n_qubits < 9 else 6
    field, all_to_each = uniform(n)
    protocol = ChargingProtocol.constant(Battery.qubits(n), field + all_to_each)
    plan = compile_protocol(
        protocol, times=1.0, target=device, optimise=optimise, formula=2, steps=4, start="any"
    )
    cost = plan_cost(plan, 0)
    assert optimise == "depth" or cost.two_qubit_gates <= gates
    assert optimise == "gates" or cost.two_qubit_depth <= depth


@pytest.mark.parametrize(
    "terms",
    [
        [Term("XX", (0, 1)), Term("YX", (1, 2)), Term("Z", (0,))],
        [Term("XX", (0, 1)), Term("Z", (0,)), Term("X", (0,), 0.5)],
        [Term("XXX", (0, 1, 2)), Term("Z", (0,))],
        [Term("XX", (i, i + 1)) for i in range(9)] + [Term("Z", (0,))],
        [Term("Z", (0,))],
    ],
)
def test_other_terms_are_left_to_others(terms):
    singles = layer([term for term in terms if term.order == 1])
    rest = layer([term for term in terms if term.order > 1])
    layers = (singles, rest) if rest else (singles,)
    asked = Evolution(name="", layers=layers, step=STEP)
    assert pair_evolution(asked, Wiring()) is None


@pytest.mark.parametrize("target", ["all-to-all", "line"])
def test_strings_from_elsewhere_get_the_circuit_of_the_family(target):
    family = protocols.all_to_all(Battery.qubits(6), field=0.4)
    strings = interop.from_sparse_pauli_op(interop.to_sparse_pauli_op(family))
    for optimise in ("gates", "depth"):
        costs = {
            plan_cost(compile_protocol(one, times=0.8, target=target, **options), 0)
            for one in (family, strings)
            for options in [{"steps": 4, "formula": 2, "start": "any", "optimise": optimise}]
        }
        assert len(costs) == 1
        gates = {"all-to-all": 4 * 15 + 5 + 1, "line": 4 * 28}[target]
        assert costs.pop().two_qubit_gates <= gates or optimise == "depth"
