"""Layered circuits: disjoint blocks at every step, dealt anew, with fixed or random gates."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import interactions
from qbcircuit.reference import simulate
from tests.by_hand import flip, move

GATES = st.sampled_from(["flip", "transition", "haar"])


def blocks_of(step):
    return [one.sites for one in interactions(step.terms)]


def deal(n, order, **options):
    return protocols.layered_circuit(Battery.qubits(n), order=order, **options)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 5), st.integers(0, 99), GATES)
@settings(deadline=None)
def test_every_step_deals_all_cells_into_disjoint_blocks(n, order, steps, seed, gate):
    k = min(order, n)
    protocol = deal(n, k, steps=steps, seed=seed, gate=gate, field=0.2)
    assert len(protocol.evolutions) == steps
    dealt = [blocks_of(step) for step in protocol.evolutions]
    for blocks in dealt:
        assert sorted(cell for block in blocks for cell in block) == list(range(n))
        assert sorted(map(len, blocks)) == sorted([k] * (n // k) + [n % k] * (n % k > 0))
    assert dealt[0] == [tuple(range(first, min(first + k, n))) for first in range(0, n, k)]
    if 1 < k < n:
        assert all(a != b for a, b in itertools.pairwise(dealt))
    assert (protocol.order, protocol.participation) == (k, 1)


@pytest.mark.parametrize(("gate", "made"), [("flip", flip), ("transition", move)])
def test_fixed_gates_are_the_printed_ones(gate, made):
    protocol = deal(5, 2, gate=gate, strength=-0.5, duration=0.3)
    for step in protocol.evolutions:
        found = testing.dense_hamiltonian(step.terms, 5)
        np.testing.assert_allclose(found, -0.5 * made(5, *blocks_of(step)), atol=1e-14)
        assert step.duration == 0.6


def test_a_random_gate_is_a_haar_unitary_after_a_duration_of_one():
    traces = []
    for seed in range(400):
        (step,) = deal(2, 2, gate="haar", steps=1, strength=3.0, seed=seed).evolutions
        hamiltonian = testing.dense_hamiltonian(step.terms, 2) + step.shift * np.eye(4)
        angles = np.linalg.eigvalsh(hamiltonian) * step.duration
        assert np.abs(angles).max() <= math.pi
        traces.append(abs(np.trace(testing.evolution(hamiltonian, step.duration))) ** 2)
    # mean |tr U|^2 is 1 with a spread of 1
    assert np.mean(traces) == pytest.approx(1.0, abs=4 / math.sqrt(400))


@given(st.integers(2, 5), st.integers(1, 3), st.integers(0, 99), GATES)
@settings(deadline=None, max_examples=25)
def test_layered_circuits_charge_as_dense_matrices_do(n, order, seed, gate):
    protocol = deal(n, min(order, n), gate=gate, steps=3, duration=0.4, seed=seed)
    times = [0.0, 0.3, 0.4, 0.7, 1.2]
    expected = [testing.work_at(protocol, t) for t in times]
    np.testing.assert_allclose(simulate(protocol, times).work, expected, atol=1e-10)


def test_flips_of_many_cells_add_up_their_angles():
    """Every pair that two steps share turns twice as far; the others are independent."""
    protocol = deal(64, 2, steps=4, duration=0.3)
    found = simulate(protocol, [1.2])
    assert found.method == "commuting strings"
    met = [dict.fromkeys(map(frozenset, blocks_of(step)), 0.3) for step in protocol.evolutions]
    total = 0.0
    for cell in range(64):
        pairs = {pair for step in met for pair in step if cell in pair}
        angles = [sum(step.get(pair, 0.0) for step in met) for pair in pairs]
        total += (1 - math.prod(math.cos(2 * angle) for angle in angles)) / 2
    assert found.work[0] == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gate": "flop"}, r'^Unknown gate "flop"\. Closest: flip\.$'),
        ({"steps": 0}, r"^The number of steps must be 1 or more, got 0"),
        ({"duration": 0.0}, r"^The duration of a step must be positive and finite, got 0\.0"),
        ({"duration": math.inf}, r"^The duration of a step must be positive and finite, got inf"),
        ({"gate": "haar", "order": 6}, r"^A Haar-random gate of k cells has 4\^k Pauli strings"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(InvalidRequest, match=message):
        protocols.layered_circuit(Battery.qubits(8), **({"order": 2} | options))
