"""Pairs that commute, alone or with a field: parities that hop along trees and paths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qbcircuit import testing
from qbcircuit.compile.devices.target import all_to_all, line
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


def applied(evolving, elapsed, device, state):
    """The state after the templates, every site back on its wire."""
    n = device.n_qubits
    book = TemplateBook(device, tuple(range(n)))
    done = book.finished([evolving.pieces(book, elapsed)])
    circuit = QuantumCircuit(n)
    for piece in itertools.chain(*done.pieces[0]):
        bound = done.templates[piece.template].circuit.assign_parameters(piece.angles)
        testing.assert_obeys_target(bound, device)
        circuit.compose(bound, inplace=True)
    moved = Statevector(state).evolve(circuit).data
    indices = np.arange(1 << n)
    source = np.zeros_like(indices)
    for site, wire in enumerate(done.ends[0]):
        source |= (indices >> site & 1) << wire
    return moved[source]


def random_state(n, rng):
    state = rng.normal(size=1 << n) + 1j * rng.normal(size=1 << n)
    return state / np.linalg.norm(state)


def assert_right(kind, layers, n, formula, device, rng, *, last=True, elapsed=ELAPSED):
    """A random state ends where the product formula that was asked for takes it."""
    wiring = Wiring.of(device, range(n))
    asked = Evolution(name="", layers=layers, formula=formula, step=STEP, last=last)
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
    assert_right(pair_evolution, layers, n, formula, all_to_all(n), rng, elapsed=elapsed)


@pytest.mark.parametrize("make", [all_to_all, line])
@pytest.mark.parametrize("formula", [1, 2, 4])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 8])
def test_walking_layers_realise_the_formula_that_was_asked_for(n, formula, make):
    rng = np.random.default_rng(100 * n + formula)
    field = [Term(a, (i,), float(rng.normal())) for i in range(n) for a in "XYZ"]
    layers = (
        layer(field),
        layer(pairs(n, rng, list(rng.choice(list("XYZ"), n)), keep=0.8)),
        layer(pairs(n, rng, list(rng.choice(list("XYZ"), n)), keep=0.8)),
    )[: 3 if n % 2 else 2]
    elapsed = ELAPSED if formula < 4 and n < 7 else [2.4 * STEP]
    assert_right(pair_layers, layers, n, formula, make(n), rng, elapsed=elapsed)


@pytest.mark.parametrize(("kind", "make"), [(pair_evolution, all_to_all), (pair_layers, line)])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_sites_come_home_where_something_follows(n, kind, make):
    rng = np.random.default_rng(n)
    layers = layer(across("X" * n, rng)), layer(pairs(n, rng, "X" * n))
    for formula in (1, 2):
        assert_right(kind, layers, n, formula, make(n), rng, last=False)
