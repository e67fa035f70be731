"""Random protocols on every target: the formula that is claimed, within the error claimed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, resolve_target
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.realise import ordered_layers
from qbcircuit.terms import Term
from qbcircuit.testing import (
    dense_hamiltonian,
    distance_up_to_phase,
    evolution,
    exact_unitary,
    in_place,
)
from tests.compile.test_layers import layerings

TARGETS = [
    ("all-to-all", "cx"),
    ("all-to-all", "rzz"),
    ("line", "cx"),
    ("line", "cz"),
    ("heavy-hex", "cz"),
    ("heavy-hex", "rzz"),
]
TIME = 0.7


def random_terms(rng, n):
    """Any letters, complex strengths where the product is not Hermitian, few or many overlaps."""
    terms = []
    for _ in range(int(rng.integers(1, 6))):
        sites = rng.permutation(n)[: int(rng.integers(1, min(n, 3) + 1))].tolist()
        letters = "".join(rng.choice(list("XYZ+-" if rng.random() < 0.5 else "XYZ"), len(sites)))
        strength = complex(rng.normal(), rng.normal() * bool(set(letters) & set("+-")))
        terms.append(Term(letters, sites, strength))
    return terms


def chained_terms(rng, n):
    """One kind of overlapping windows with a field, strengths at random."""
    k = int(rng.integers(2, min(n, 4) + 1))
    letters = "".join(rng.choice(list("XYZ"), n))
    field = "X" if rng.random() < 0.5 else "Z"
    windows = [
        Term(letters[i : i + k], range(i, i + k), float(rng.normal())) for i in range(n - k + 1)
    ]
    return windows + [Term(field, (j,), float(rng.normal())) for j in range(n)]


def claimed(layers, n, formula, steps):
    """The product formula written out: U = ... exp(-i t_2 H_2) exp(-i t_1 H_1)."""
    matrices = [dense_hamiltonian([t for one in layer for t in one.terms], n) for layer in layers]

    def first(tau):
        unitary = np.eye(1 << n, dtype=complex)
        for matrix in matrices:
            unitary = evolution(matrix, tau) @ unitary
        return unitary

    def second(tau):
        early = first(tau / 2)
        late = np.eye(1 << n, dtype=complex)
        for matrix in reversed(matrices):
            late = evolution(matrix, tau / 2) @ late
        return late @ early

    def fourth(tau):
        p = 1 / (4 - 4 ** (1 / 3))
        outer = second(p * tau)
        return outer @ outer @ second((1 - 4 * p) * tau) @ outer @ outer

    step = {1: first, 2: second, 4: fourth}[formula](TIME / steps)
    return np.linalg.matrix_power(step, steps)


@pytest.mark.parametrize("target", TARGETS, ids="+".join)
@settings(deadline=None, max_examples=8)
@given(
    seed=st.integers(0, 10**6),
    formula=st.sampled_from([1, 2, 4]),
    steps=st.integers(1, 3),
    optimise=st.sampled_from(["gates", "depth"]),
)
@example(seed=45, formula=1, steps=1, optimise="gates")  # all on the same sites is one block
def test_circuits_are_the_formula_they_claim(target, seed, formula, steps, optimise):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    terms = random_terms(rng, n) if rng.random() < 0.6 else chained_terms(rng, n)
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    plan = compile_protocol(
        protocol,
        times=TIME,
        target=resolve_target(target[0], n, gates=target[1]),
        start="any",
        formula=formula,
        steps=steps,
        optimise=optimise,
    )
    found = Operator(in_place(plan, plan.experiments[0])).data
    distance = distance_up_to_phase(found, exact_unitary(protocol, TIME))
    assert distance <= plan.compilation.error + 1e-9
    if plan.compilation.error_kind == "exact":
        assert plan.compilation.formula is None
        return
    assert (plan.compilation.formula, plan.compilation.steps) == (formula, steps)
    wiring = Wiring.of(plan.target, plan.qubits)
    layered = [ordered_layers(layers, wiring, optimise)[0] for layers in layerings(terms, n)]
    formulas = [claimed(layers, n, formula, steps) for layers in layered]
    assert min(distance_up_to_phase(found, one) for one in formulas) < 1e-9


@settings(deadline=None, max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    target=st.sampled_from(TARGETS),
    error=st.sampled_from([0.03, 0.3]),
    start=st.sampled_from(["ground", "any"]),
)
def test_the_error_asked_for_is_kept(seed, target, error, start):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 8))
    terms = random_terms(rng, n) if rng.random() < 0.6 else chained_terms(rng, n)
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    plan = compile_protocol(
        protocol,
        times=TIME / 2,
        target=resolve_target(target[0], n, gates=target[1]),
        start=start,
        error=error,
    )
    found = Operator(in_place(plan, plan.experiments[0])).data
    exact = exact_unitary(protocol, TIME / 2)
    if plan.compilation.assumes_start:
        found, exact = found[:, 0], exact[:, 0]
    assert plan.compilation.error <= error
    assert distance_up_to_phase(found, exact) <= plan.compilation.error + 1e-9
