"""Matrix-product states agree with state vectors and refuse a bond that is too small."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit

from qbcircuit.backend import batch_of
from qbcircuit.errors import RunFailed
from qbcircuit.plan import Piece
from qbcircuit_aer import AerBackend, mps_backend


@pytest.mark.parametrize("diagonal", [True, False])
def test_samples_follow_the_state_vector(nested, diagonal):
    plan = nested(4, diagonal=diagonal)
    shots = 20_000
    expected = dict(AerBackend().distributions(plan))
    for index, reading in enumerate(mps_backend().run(batch_of(plan), shots=shots, seed=4)):
        seen = np.zeros(16)
        for bits, times in reading:
            seen[int(bits, 2)] = times / shots
        bars = np.sqrt(expected[index] * (1 - expected[index]) / shots)
        assert np.all(np.abs(seen - expected[index]) <= 6 * bars + 1e-9)


def test_same_seed_same_counts_whatever_the_batch(nested):
    batch = batch_of(nested(3))
    whole = mps_backend().run(batch, shots=300, seed=7)
    assert [mps_backend().run([item], shots=300, seed=7)[0] for item in batch] == whole
    assert mps_backend().run(batch, shots=300, seed=8) != whole


def scrambled(pieces, n=8, depth=12):
    """A brickwork of random rotations: its entanglement needs a bond of 2^(n/2)."""
    rng = np.random.default_rng(3)
    circuit = QuantumCircuit(n)
    for layer in range(depth):
        for q in range(n):
            pieces.rotate_x(circuit, float(rng.uniform(0, 2)), q)
            circuit.rz(float(rng.uniform(0, 2)), q)
        for q in range(layer % 2, n - 1, 2):
            circuit.cx(q, q + 1)
    return pieces.plan_of(
        n,
        [pieces.template("scramble", circuit)],
        [pieces.charge(1.5, [Piece(template=0)], [], range(n))],
    )


def test_too_small_a_bond_is_noticed_and_a_large_one_passes(pieces):
    plan = scrambled(pieces)
    with pytest.raises(RunFailed, match=r"work at time 1.5 must not move .*bond 2\).*bond 4\)"):
        mps_backend(bond=2).run(batch_of(plan), shots=4096, seed=1)
    (reading,) = mps_backend(bond=16).run(batch_of(plan), shots=4096, seed=1)
    assert reading.shots == 4096


def test_a_hundred_cells_that_stay_in_product_form(pieces):
    plan = pieces.parallel_plan(100, times=(0.6,))
    charged, twin = mps_backend().run(batch_of(plan), shots=400, seed=2)
    work = sum(bits.count("1") * times for bits, times in charged) / 400
    p = np.sin(0.6) ** 2
    assert abs(work - 100 * p) < 6 * np.sqrt(100 * p * (1 - p) / 400)
    assert twin.outcomes == (("0" * 100, 400),)
