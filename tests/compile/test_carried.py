"""Strings without structure on couplings: routed from where they are, never worse than level 3."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import Operator, SparsePauliOp
from qiskit.synthesis import LieTrotter, SuzukiTrotter
from qiskit.transpiler import CouplingMap, Target

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.carried import SWEEPS
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line, to_qiskit
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import exact_layers
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.routing import homeward, routed
from qbcircuit.compile.realise import ordered_layers
from qbcircuit.testing import (
    assert_obeys_target,
    dense_hamiltonian,
    distance_up_to_phase,
    evolution,
    in_place,
)
from tests.compile.test_built_in import strings

TIME = 0.3


def scattered(n, seed):
    """A random tree of couplings with a few more, three qubits wider than needed."""
    rng = np.random.default_rng(seed)
    edges = {(int(rng.integers(0, i)), i) for i in range(1, n + 3)}
    edges |= {tuple(sorted(rng.choice(n + 3, 2, replace=False).tolist())) for _ in range(n // 3)}
    coupling = CouplingMap([pair for a, b in sorted(edges) for pair in ((a, b), (b, a))])
    return Target.from_configuration(["rz", "sx", "x", "cz"], n + 3, coupling)


TARGETS = {
    "all-to-all": lambda n, seed: all_to_all(n),
    "line": lambda n, seed: line(n),
    "heavy-hex": lambda n, seed: heavy_hex("cz"),
    "scattered": scattered,
}


def level_3(terms, n, target, order, steps):
    """Fewest two-qubit gates of the same formula, terms as given, by the transpiler's level 3."""
    rows = [("".join(one.operators), list(one.sites), one.strength.real) for one in terms]
    formula = LieTrotter(reps=steps) if order == 1 else SuzukiTrotter(order=2, reps=steps)
    circuit = QuantumCircuit(n)
    whole = SparsePauliOp.from_sparse_list(rows, n)
    circuit.append(PauliEvolutionGate(whole, TIME, synthesis=formula), range(n))
    where = target if isinstance(target, Target) else to_qiskit(target)
    made = (
        transpile(circuit, target=where, optimization_level=3, seed_transpiler=seed)
        for seed in (1, 2)
    )
    return min(one.num_nonlocal_gates() for one in made)


@pytest.mark.parametrize(
    ("shape", "formula", "target"),
    [
        ((3, 3, 10), (1, 1), "scattered"),
        ((4, 4, 10), (1, 1), "all-to-all"),
        ((4, 4, 10), (1, 1), "heavy-hex"),
        ((4, 4, 7), (2, 3), "line"),
        ((4, 3, 7), (2, 2), "all-to-all"),
        ((6, 4, 6), (2, 1), "all-to-all"),
        ((6, 4, 8), (1, 3), "all-to-all"),
        ((6, 2, 8), (1, 3), "heavy-hex"),
        ((6, 3, 8), (2, 2), "line"),
        ((6, 4, 9), (1, 1), "line"),
        ((7, 2, 10), (1, 1), "scattered"),
        ((8, 3, 12), (1, 2), "scattered"),
        ((10, 2, 15), (1, 3), "line"),
        ((20, 2, 24), (2, 1), "heavy-hex"),
        ((20, 3, 20), (1, 1), "line"),
    ],
)
def test_random_strings_take_no_more_gates_than_at_level_3(shape, formula, target):
    (n, k, n_terms), (order, steps) = shape, formula
    seed = 100 * n + 10 * k + steps
    terms, device = strings(n, n_terms, seed, k), TARGETS[target](n, seed)
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    plan = compile_protocol(protocol, times=TIME, formula=order, steps=steps, target=device)
    assert_obeys_target(plan.circuit(0), plan.target)
    assert plan_cost(plan, 0).two_qubit_gates <= level_3(terms, n, device, order, steps)


@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 10**6), target=st.sampled_from(sorted(TARGETS)))
def test_depth_and_gates_are_compared_over_the_same_circuits(seed, target):
    n, terms = 5, strings(5, 6, seed)
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    device = TARGETS[target](n, seed)
    few, shallow = (
        plan_cost(
            compile_protocol(
                protocol, times=TIME, formula=1, steps=1, target=device, optimise=optimise
            ),
            0,
        )
        for optimise in ("gates", "depth")
    )
    assert few.two_qubit_gates <= shallow.two_qubit_gates
    assert shallow.two_qubit_depth <= few.two_qubit_depth


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("target", ["line", "scattered"])
def test_every_step_goes_on_where_the_one_before_ends(order, target, monkeypatch):
    """Through more steps than are routed apart, and at times between them."""
    monkeypatch.setattr("qbcircuit.compile.evolution.networks", lambda *_, **__: ())
    monkeypatch.setattr("qbcircuit.compile.realise.framed", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.job.walk", lambda *_: None)
    monkeypatch.setattr("qbcircuit.compile.realise.few_wires", lambda *_: ())
    monkeypatch.setattr("qbcircuit.compile.layerings.finer", lambda *_: ())
    n, steps = 5, SWEEPS + 2
    terms = strings(n, 7, 3, k=2)
    protocol = ChargingProtocol.constant(Battery.qubits(n), terms)
    tau = TIME / steps
    times = [0.0, tau, 2.5 * tau, SWEEPS * tau, (SWEEPS + 0.4) * tau, TIME]
    plan = compile_protocol(
        protocol, times=times, formula=order, steps=steps, target=TARGETS[target](n, 5), start="any"
    )
    assert any("carried" in one.name for one in plan.templates)
    assert_obeys_target(plan.circuit(len(times) - 1), plan.target)
    layers, _ = ordered_layers(
        exact_layers(terms, n, can_exponentiate), Wiring.of(plan.target, plan.qubits), "gates"
    )
    matrices = [dense_hamiltonian([t for one in layer for t in one.terms], n) for layer in layers]
    for experiment in plan.experiments:
        full = int(experiment.time / tau + 1e-9)
        durations = [tau] * full + [experiment.time - full * tau]
        wanted = np.eye(1 << n, dtype=complex)
        for layer, duration in schedule.stages(order, len(layers), filter(_lasts, durations)):
            wanted = evolution(matrices[layer], duration) @ wanted
        found = Operator(in_place(plan, experiment)).data
        assert distance_up_to_phase(found, wanted) < 1e-9


def _lasts(duration):
    return duration > 1e-9


@given(seed=st.integers(0, 10**6), restore=st.booleans())
def test_routing_begins_where_the_wires_are(seed, restore):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    begins = rng.permutation(n).tolist()
    edges = frozenset(p for a, b in itertools.pairwise(range(n)) for p in ((a, b), (b, a)))
    ops = [Op("cx", tuple(rng.choice(n, 2, replace=False).tolist())) for _ in range(6)]
    out, ends = routed(ops, n, edges, restore=restore, begins=begins)
    assert {op.wires for op in out} <= edges
    assert not restore or ends == tuple(range(n))
    for bits in range(1 << n):
        asked = _after(ops, [bits >> i & 1 for i in range(n)])
        level = [0] * n
        for wire, place in enumerate(begins):
            level[place] = bits >> wire & 1
        found = _after(out, level)
        assert [found[place] for place in ends] == asked


def _after(ops, levels):
    levels = list(levels)
    for op in ops:
        a, b = op.wires
        if op.kind == "swap":
            levels[a], levels[b] = levels[b], levels[a]
        else:
            levels[b] ^= levels[a]
    return levels


@given(seed=st.integers(0, 10**6))
@example(seed=1595)
def test_swaps_bring_home_those_that_were_at_home_too(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    edges = tuple(sorted((int(rng.integers(0, i)), i) for i in range(1, n)))
    ends = list(range(n))
    moved = rng.choice(n, int(rng.integers(2, n + 1)), replace=False).tolist()
    for place, wire in zip(moved, rng.permutation(moved).tolist(), strict=True):
        ends[wire] = place
    for a, b in homeward(ends, edges, trials=16):
        ends = [{a: b, b: a}.get(place, place) for place in ends]
    assert ends == list(range(n))
