"""On a real device, and paid for: ``QBCIRCUIT_IBM_DEVICE=ibm_<name> pytest -m ibm_live``."""

from __future__ import annotations

import os

import pytest

import qbcircuit as qb
from qbcircuit.queueing import Patience, Submission
from qbcircuit.study import RunFolder

DEVICE = "QBCIRCUIT_IBM_DEVICE"
MOST_SECONDS = 60.0


@pytest.mark.ibm_live
@pytest.mark.filterwarnings("default")
def test_two_cells_charge_on_a_real_device(request, tmp_path):
    if "ibm_live" not in (request.config.getoption("markexpr") or ""):
        pytest.skip("runs on a real device and costs machine time: ask for it with -m ibm_live")
    name = os.environ.get(DEVICE)
    if name is None:
        pytest.skip(
            f"no device: set {DEVICE}=ibm_<name>, with an account saved by qiskit's own way"
        )
    protocol = qb.normalise(qb.protocols.blocks(qb.Battery.qubits(2), order=2), qb.Constraint.C0)
    agreed = Submission(
        approve=lambda cost: cost.seconds <= MOST_SECONDS, patience=Patience(deadline=6 * 3600.0)
    )
    result = qb.compare(
        [protocol],
        backend=name,
        shots=1000,
        folder=RunFolder.open(tmp_path / "run"),
        submission=agreed,
        times=[0.0, 0.4, 0.8],
    )
    work = result.rows[-1]["trace"]["work"]
    assert work[-1] > work[0]
