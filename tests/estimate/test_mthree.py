"""Read-out correction against mthree, where it is installed (it is no dependency)."""

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit.backend import Counts
from qbcircuit.estimate import ReadoutErrors, trace_from_readings

mthree = pytest.importorskip("mthree", reason="the oracle mthree is not installed")

N, SHOTS = 3, 20_000
FALSE_ONES = np.array([0.01, 0.03, 0.02])
FALSE_ZEROS = np.array([0.08, 0.05, 0.11])


def test_corrected_work_is_that_of_mthree():
    """Both invert the same tensored confusion, so they agree far below the shot error."""
    protocol = qb.normalise(qb.protocols.parallel(qb.Battery.qubits(N)), qb.Constraint.C0)
    plan = qb.compile_protocol(protocol, times=[0.9])
    cells = [
        np.array([[1 - one, zero], [one, 1 - zero]])
        for one, zero in zip(FALSE_ONES, FALSE_ZEROS, strict=True)
    ]
    full = np.sin(0.9) ** 2
    true = np.array([1 - full, full])
    read = np.kron(np.kron(cells[2] @ true, cells[1] @ true), cells[0] @ true)
    seen = np.random.default_rng(3).multinomial(SHOTS, read)
    counts = {f"{i:03b}": int(n) for i, n in enumerate(seen)}
    mitigation = mthree.M3Mitigation(None)
    mitigation.cals_from_matrices(cells)
    quasi = mitigation.apply_correction(counts, [0, 1, 2])
    theirs = sum(bits.count("1") * share for bits, share in quasi.items())
    errors = ReadoutErrors(false_ones=FALSE_ONES, false_zeros=FALSE_ZEROS, shots=10**6)
    trace = trace_from_readings(plan, [Counts.from_mapping(counts)], errors)
    assert trace.work[0] == pytest.approx(theirs, abs=0.05 * trace.stderr[0])
    assert trace.work[0] == pytest.approx(N * full, abs=4 * trace.stderr[0])
