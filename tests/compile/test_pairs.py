"""Pairs that commute, alone and with a field across them, on parities that hop along a tree."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from qbcircuit import testing
from qbcircuit.compile.devices.target import all_to_all
from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.pair_evolution import pair_evolution
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term


def all_pairs(n, rng, letters=None, keep=1.0):
    """Pairs of all sites, one letter a site, some of them missing."""
    letters = letters or ["X"] * n
    chosen = [pair for pair in itertools.combinations(range(n), 2) if rng.uniform() < keep]
    return [
        Term(letters[a] + letters[b], (a, b), float(rng.normal())) for a, b in chosen or [(0, 1)]
    ]


def across(letters, rng, sites=None):
    """A field on every site, at right angles to its letter."""
    found = []
    for site in range(len(letters)) if sites is None else sites:
        for letter in set("XYZ") - {letters[site]}:
            found.append(Term(letter, (site,), float(rng.normal())))
    return found


def layer(terms):
    groups = {}
    for term in terms:
        groups.setdefault(tuple(sorted(term.sites)), []).append(term)
    return tuple(Interaction(sites=s, terms=tuple(t)) for s, t in groups.items())


def unitary(evolution, n, elapsed, device=None):
    """What the templates do, sites back on their wires at the end."""
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import Operator

    book = TemplateBook(device or all_to_all(n), tuple(range(n)))
    done = book.finished([evolution.pieces(book, elapsed)])
    circuit = QuantumCircuit(n)
    for piece in (*done.pieces[0][0], *done.pieces[0][1]):
        circuit.compose(
            done.templates[piece.template].circuit.assign_parameters(piece.angles), inplace=True
        )
    return moved(Operator(circuit).data, done.ends[0])


def moved(matrix, ends):
    """Rows put in the order of the sites, site j ending on wire ends[j]."""
    n = len(ends)
    rows = np.zeros(1 << n, dtype=int)
    for site, wire in enumerate(ends):
        rows |= (np.arange(1 << n) >> site & 1) << wire
    return matrix[rows]


def formula_unitary(layers, n, formula, steps):
    total = np.eye(1 << n, dtype=complex)
    dense = [testing.dense_hamiltonian([t for i in one for t in i.terms], n) for one in layers]
    for number, duration in schedule.stages(formula, len(layers), steps):
        total = testing.evolution(dense[number], duration) @ total
    return total


@pytest.mark.parametrize("formula", [1, 2, 4])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_the_formula_is_the_one_that_was_asked_for(n, formula):
    rng = np.random.default_rng(10 * n + formula)
    letters = list(rng.choice(list("XYZ"), n))
    layers = (layer(across(letters, rng)), layer(all_pairs(n, rng, letters)))
    for steps, rest in [(0, 0.4), (1, 0.0), (2, 0.0), (2, 0.35), (3, 0.0), (4, 0.6)]:
        step = 0.3
        asked = Evolution(name="", layers=layers, formula=formula, step=step, last=True)
        found = pair_evolution(asked, Wiring())
        durations = [step] * steps + ([rest * step] if rest else [])
        exact = formula_unitary(layers, n, formula, durations)
        compiled = unitary(found, n, sum(durations))
        assert testing.distance_up_to_phase(compiled, exact) < 1e-9
