"""Walls of few layers in place of exact free-fermion networks, within the error they claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Statevector
from scipy.linalg import expm

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.compile.compressed.bands import near_diagonal
from qbcircuit.compile.compressed.fitting import Fitting
from qbcircuit.compile.compressed.goals import allowance, as_arc, as_state, distance, goal_of
from qbcircuit.compile.compressed.walls import Wall
from qbcircuit.compile.exact.chains import chains
from qbcircuit.compile.exact.generators import generator
from qbcircuit.reference import simulate
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    distance_up_to_phase,
    exact_unitary,
    in_place,
)

NAME = "compressed free fermions"
BONDS = {
    "hopping": lambda g, h: (Term("+-", (0, 1), complex(g, h)),),
    "pairing": lambda g, h: (Term("++", (0, 1), complex(g, h)),),
    "xy": lambda g, h: (Term("XX", (0, 1), g), Term("YY", (0, 1), h)),
    "ising": lambda g, _: (Term("XX", (0, 1), g),),
    "any": lambda g, h: (Term("XX", (0, 1), g), Term("YX", (0, 1), h)),
}


def chain(n, seed, bond, *, fields):
    """An open chain with random strengths, all different."""
    rng = np.random.default_rng(seed)
    found = []
    for j in range(n - 1):
        g, h = rng.uniform(0.3, 1.0, 2) * rng.choice([-1, 1], 2)
        found += [Term(t.operators, (j, j + 1), t.strength) for t in BONDS[bond](g, h)]
    return found + ([Term("Z", (j,), rng.normal()) for j in range(n)] if fields else [])


def apart(plan, index, start):
    """Dense distance of a circuit from the exact evolution, up to phase."""
    one = plan.experiments[index]
    exact = exact_unitary(plan.protocol, one.time)
    circuit = in_place(plan, one)
    levels = sum(level << j for j, level in enumerate(plan.protocol.battery.start.levels))
    if start == "any":
        return distance_up_to_phase(
            Operator(circuit).data, exact[:, np.arange(len(exact)) ^ levels]
        )
    return distance_up_to_phase(Statevector(circuit).data, exact[:, levels])


@pytest.mark.parametrize("start", ["ground", "any"])
@pytest.mark.parametrize(
    ("bond", "fields"),
    [
        *((bond, fields) for bond in sorted({*BONDS} - {"ising"}) for fields in (False, True)),
        ("ising", True),
    ],
)
def test_the_error_of_one_chain_is_the_distance_from_the_exact_evolution(bond, fields, start):
    n = 6 if start == "any" else 7
    terms = chain(n, 3, bond, fields=fields)
    protocol = ChargingProtocol.constant(Battery.qubits(n, start="0110100"[:n]), terms)
    plan = compile_protocol(protocol, times=[0.0, 0.2, 0.7], target="line", start=start, error=0.05)
    done = plan.compilation
    assert (done.method, done.error_kind) == (NAME, "bound")
    assert done.assumes_start is (start == "ground")
    found = [apart(plan, i, start) for i in range(3)]
    assert found[0] < 1e-9
    assert max(found) == pytest.approx(done.error, abs=1e-7)
    assert done.error <= 0.05
    assert_zero_angles_rest(plan)
    for circuit in plan.circuits:
        assert_obeys_target(circuit, plan.target)


@pytest.mark.parametrize("target", ["all-to-all", "line", "heavy-hex"])
@pytest.mark.parametrize(("start", "gates", "depth"), [("auto", 39, 9), ("any", 62, 14)])
def test_the_double_excitation_chain_of_twelve(target, start, gates, depth):
    protocol = protocols.double_excitation(Battery.qubits(12))
    plan = compile_protocol(protocol, times=1.0, target=target, start=start)
    cost = plan_cost(plan, 0)
    assert cost.two_qubit_gates <= gates
    assert cost.two_qubit_depth <= depth
    state = Statevector(in_place(plan, plan.experiments[0])).data
    work = np.bitwise_count(np.arange(1 << 12)) @ np.abs(state) ** 2
    exact = simulate(protocol, np.array([1.0])).work[0]
    assert abs(work - exact) <= 12 * plan.compilation.error
    assert 0 < plan.compilation.error <= 0.02


@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 10**6), start=st.sampled_from(["auto", "any"]))
def test_any_schedule_of_chains_keeps_its_error(seed, start):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 7))
    order = rng.permutation(n).tolist()
    steps = []
    for _ in range(int(rng.integers(1, 3))):
        bond, fields = str(rng.choice(sorted(BONDS))), bool(rng.integers(2))
        terms = chain(n, int(rng.integers(1000)), bond, fields=fields)
        kept = [one for one in terms if rng.random() < 0.8] or terms
        moved = [Term(one.operators, [order[j] for j in one.sites], one.strength) for one in kept]
        steps.append(Evolve(terms=tuple(moved), duration=float(rng.uniform(0.2, 1))))
    bits = "".join(rng.choice(["0", "1"], n))
    protocol = ChargingProtocol(battery=Battery.qubits(n, start=bits), schedule=tuple(steps))
    times = [0.0, *sorted(rng.uniform(0, protocol.duration, 2)), protocol.duration]
    plan = compile_protocol(protocol, times=times, start=start, target="line", error=0.1)
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)


def test_chains_side_by_side_share_the_error():
    terms = chain(5, 1, "xy", fields=True)
    beside = [Term(one.operators, [j + 5 for j in one.sites], one.strength) for one in terms]
    protocol = ChargingProtocol.constant(Battery.qubits(10), [*terms, *beside])
    plan = compile_protocol(protocol, times=1.0, error=0.1)
    assert plan.compilation.method == NAME
    together = plan.compilation.error
    assert apart(plan, 0, "auto") == pytest.approx(together, abs=1e-7)
    assert 0.01 < together <= 0.1
    closer = compile_protocol(protocol, times=1.0, error=0.9 * together)  # either alone is so near
    assert closer.compilation.error <= 0.9 * together


def test_depth_is_saved_where_depth_is_asked_for():
    protocol = protocols.double_excitation(Battery.qubits(10), field=0.3)
    found = {}
    for optimise in ("gates", "depth"):
        plan = compile_protocol(protocol, times=1.2, optimise=optimise, target="line", start="any")
        cost = plan_cost(plan, 0)
        found[optimise] = cost.two_qubit_gates, cost.two_qubit_depth
    assert found["gates"][0] <= found["depth"][0]
    assert found["depth"][1] <= found["gates"][1]


def test_fewest_gates_and_least_depth_are_two_walls():
    protocol = ChargingProtocol.constant(Battery.qubits(6), chain(6, 2, "xy", fields=False))
    found = {}
    for optimise in ("gates", "depth"):
        plan = compile_protocol(protocol, times=0.9, optimise=optimise, target="line", start="any")
        assert plan.compilation.method == NAME
        cost = plan_cost(plan, 0)
        found[optimise] = cost.two_qubit_gates, cost.two_qubit_depth
    assert found["gates"][0] < found["depth"][0]
    assert found["depth"][1] < found["gates"][1]


def test_a_smaller_error_takes_more_gates_up_to_the_exact_network():
    protocol = protocols.double_excitation(Battery.qubits(10))
    plans = [compile_protocol(protocol, times=1.0, error=one) for one in (0.1, 0.01, 1e-3, 1e-13)]
    gates = [plan_cost(plan, 0).two_qubit_gates for plan in plans]
    assert gates == sorted(set(gates))
    assert plans[-1].compilation.error == 0
    assert all(plan.compilation.method == NAME for plan in plans[:-1])


@pytest.mark.parametrize("levels", [(), (0, 1, 1, 0, 1)])
@pytest.mark.parametrize("bond", ["hopping", "xy", "any"])
def test_derivatives_of_a_wall_are_those_of_differences(bond, levels):
    (one,) = chains([chain(5, 2, bond, fields=True)], 5)
    goal = goal_of(one, levels)
    wall = Wall(chain=one, levels=levels, n_layers=4, begins=1)
    fitting = Fitting(wall, goal)
    target = goal.target(one.rotation([0.9]))
    values = np.random.default_rng(0).normal(size=len(wall.sites))
    linear = fitting._linear(values, target)  # what the search steps by
    slopes = np.empty_like(values)
    for i in range(len(values)):
        shift = np.zeros_like(values)
        shift[i] = 1e-6
        squares = [
            np.sum(np.abs(fitting.residual(values + sign * shift, target)) ** 2) for sign in (1, -1)
        ]
        slopes[i] = (squares[0] - squares[1]) / 4e-6
    np.testing.assert_allclose(linear.gradient, slopes[fitting._order], atol=1e-7)


@pytest.mark.parametrize(("n", "wide"), [(1, 1), (5, 1), (5, 5), (64, 3), (150, 90)])
def test_the_inverse_of_a_band_near_its_diagonal(n, wide):
    root = np.random.default_rng(n).normal(size=(wide, n))
    root[0] = 2.0 * wide + np.abs(root[0])
    lower = sum(np.diag(root[d, : n - d], -d) for d in range(wide))
    inverse = np.linalg.inv(lower @ lower.T)
    diagonal, below = near_diagonal(root)
    np.testing.assert_allclose(diagonal, np.diagonal(inverse), rtol=1e-10)
    np.testing.assert_allclose(below[:-1], np.diagonal(inverse, -1), rtol=1e-8, atol=1e-16)


@pytest.mark.parametrize("of_state", [True, False])
def test_distances_and_what_they_allow_are_inverses(of_state):
    for error in (1e-6, 0.02, 0.3, 1.0):
        back = distance(allowance(error, of_state=of_state), of_state=of_state)
        assert back == pytest.approx(error, rel=1e-9)
    assert as_state(as_arc(0.01)) == pytest.approx(0.01)
    assert distance(math.pi, of_state=False) == 2.0


@pytest.mark.parametrize("bipartite", [True, False])
def test_generators_are_exponentiated(bipartite):
    rng = np.random.default_rng(4)
    a = rng.normal(size=(8, 8))
    a -= a.T
    if bipartite:
        a[::2, ::2] = a[1::2, 1::2] = 0.0
    rotation = expm(0.3 * a)
    turned = generator(a, (np.arange(8),)).turned(rotation, 1.7)
    np.testing.assert_allclose(turned, expm(2.0 * a), atol=1e-12)
