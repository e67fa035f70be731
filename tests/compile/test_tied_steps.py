"""Two steps of a pair at a time: one CX a pair and step, the same product formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, resolve_target
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import exact_layers
from qbcircuit.compile.formula.twin import LayerTwin
from qbcircuit.compile.realise import ordered_layers
from qbcircuit.compile.tied_steps import Tie
from qbcircuit.terms import Term
from qbcircuit.testing import dense_hamiltonian, distance_up_to_phase, evolution, in_place

ANGLES = st.floats(-7, 7, allow_nan=False)


@settings(deadline=None, max_examples=60)
@given(strength=ANGLES, first=ANGLES, second=ANGLES, lead=ANGLES, tau=ANGLES)
def test_a_tie_is_two_pairs_around_a_field(strength, first, second, lead, tau):
    pair = evolution(dense_hamiltonian([Term("ZZ", (0, 1), strength)], 2), tau)
    field = [Term("X", (0,), first), Term("X", (1,), second)]
    exact = pair @ evolution(dense_hamiltonian(field, 2), lead) @ pair
    free = ParameterVector("angle", 4)
    circuit = QuantumCircuit(2)
    Tie.append(circuit, (0, 1), free)
    bound = circuit.assign_parameters(Tie(strength, (first, second)).angles(lead, tau))
    assert distance_up_to_phase(Operator(bound).data, exact) < 1e-9
    assert bound.num_nonlocal_gates() == 2


def test_a_tie_that_lasts_no_time_has_no_angles():
    assert Tie(0.7, (0.3, -1.1)).angles(0.0, 0.0) == (0.0,) * 4


def chain(rng, n, *, ring=False):
    pairs = [(j, j + 1) for j in range(n - 1)] + ([(0, n - 1)] if ring else [])
    letters = rng.choice(list("XYZ"), n)
    terms = [Term(letters[list(pair)], pair, float(rng.normal())) for pair in pairs]
    across = ["Y" if letter == "X" else "X" for letter in letters]
    fields = [j for j in range(n) if rng.random() < 0.8] or [0]
    return terms + [Term(across[j], (j,), float(rng.normal())) for j in fields]


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    formula=st.sampled_from([1, 2]),
    steps=st.integers(1, 6),
    name=st.sampled_from(["all-to-all", "line"]),
    ring=st.booleans(),
)
def test_tied_chains_are_the_formula(seed, formula, steps, name, ring):
    rng = np.random.default_rng(seed)
    n = 5
    terms = chain(rng, n, ring=ring and name == "all-to-all")
    times = [0.25, 0.5, 0.61]
    plan = compile_protocol(
        ChargingProtocol.constant(Battery.qubits(n), terms),
        times=times,
        target=resolve_target(name, n),
        formula=formula,
        steps=steps,
        start="any",
    )
    layers, _ = ordered_layers(exact_layers(terms, n, can_exponentiate), Wiring(), "gates")
    for experiment in plan.experiments:
        full = int(experiment.time * steps / times[-1] + 1e-9)
        durations = [times[-1] / steps] * full
        rest = experiment.time - sum(durations)
        stages = schedule.stages(formula, len(layers), [*durations, *[rest] * (rest > 1e-9)])
        twin = LayerTwin(layers, n).run(np.eye(1 << n, dtype=complex), stages)
        found = Operator(in_place(plan, experiment)).data
        assert distance_up_to_phase(found, twin) < 1e-9
        nothing = Operator(in_place(plan, experiment.with_zero_angles())).data
        assert distance_up_to_phase(nothing, np.eye(1 << n)) < 1e-9


@pytest.mark.parametrize("optimise", ["gates", "depth"])
@pytest.mark.parametrize(("name", "gates"), [("all-to-all", "cx"), ("heavy-hex", "cz")])
def test_a_pair_and_step_cost_one_gate(name, gates, optimise):
    protocol = protocols.windows(Battery.qubits(20), order=2, field=0.5)
    target = resolve_target(name, 20, gates=gates)
    plan = compile_protocol(
        protocol, times=1.0, steps=10, formula=2, target=target, optimise=optimise
    )
    (circuit,) = plan.circuits
    # 10 pairs in 5 ties of 2; 9 pairs in 4 ties and alone in the first and last step
    assert circuit.num_nonlocal_gates() == 10 * 5 * 2 + 9 * (4 * 2 + 2 + 2)
    assert circuit.depth(lambda gate: len(gate.qubits) == 2) == 22


def test_steps_nest_and_share_their_templates():
    protocol = protocols.windows(Battery.qubits(6), order=2, field=0.5)
    plan = compile_protocol(protocol, times=np.linspace(0, 1, 6), steps=10, formula=2)
    for early, late in zip(plan.experiments, plan.experiments[1:], strict=False):
        assert late.segments[: len(early.segments)] == early.segments
    assert len(plan.templates) < 12
