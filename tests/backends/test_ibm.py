"""IBM devices through the real client and the stand-in: what is sent and what comes back."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit.backend import (
    ExactWork,
    ExecutionSettings,
    JobState,
    MachineRefused,
    QueueingBackend,
    ReadingBackend,
    batch_of,
)
from qbcircuit.compile import compile_protocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.machines import resolve
from qbcircuit_ibm import IbmDevice

SMALL = "ibm_small7"


def plan_for(machine, n=2, times=(0.0, 0.4, 1.1)):
    protocol = qb.protocols.blocks(qb.Battery.qubits(n), order=2)
    return compile_protocol(protocol, times=times, target=machine.target(n)).with_noise_work()


@pytest.fixture(scope="module")
def job(small):
    return batch_of(plan_for(small))


def test_it_is_a_queueing_machine_that_misreads(small):
    found = resolve(SMALL, 2)
    assert isinstance(found, QueueingBackend) and isinstance(found, ReadingBackend)
    assert small.misreads and small.name == SMALL


def test_a_device_reports_the_relaxation_of_the_qubits_asked_for(small):
    reported = small._asked("read the device", lambda device: device.target).qubit_properties
    known = small.relaxation([4, 1])
    assert known == ((reported[4].t1, reported[4].t2), (reported[1].t1, reported[1].t2))
    assert known[0] != known[1] and all(0 < t1 < 1 and 0 < t2 < 1 for t1, t2 in known)


def test_settings_that_change_counts_are_in_the_name(small):
    told = ExecutionSettings(
        dynamical_decoupling="XY4", twirl_gates=True, twirl_measurements=True, mode="session"
    )
    name = "ibm_small7 (decoupled XY4, gates twirled, read-out twirled)"
    assert small.configured(told).name == name
    assert small.configured(ExecutionSettings(mode="session")).name == SMALL


def test_fractional_gates_are_used_unless_gates_are_twirled(up, small):
    assert {"rx", "rzz"} <= set(small.target(2).gates)
    twirled = small.configured(ExecutionSettings(twirl_gates=True))
    assert not {"rx", "rzz"} & set(twirled.target(2).gates)
    assert not {"rx", "rzz"} & set(IbmDevice("ibm_torino").target(2).gates)
    with pytest.raises(InvalidRequest, match="ibm_small7 has no rx on qubit"):
        twirled.cost(batch_of(plan_for(small)), shots=10)


@pytest.mark.parametrize("older", [False, True])
def test_every_option_reaches_the_device_and_counts_come_back(up, small, older, monkeypatch):
    if older:
        monkeypatch.setitem(sys.modules, "qiskit_ibm_runtime.executor_sampler", None)
    told = ExecutionSettings(
        dynamical_decoupling=None if older else "XpXm",
        twirl_gates=not older,
        twirl_measurements=not older,
    )
    machine = small.configured(told)
    batch = batch_of(plan_for(machine))
    handle = machine.submit(batch, shots=1000, seed=0, tag=f"qbc-options-{older}")
    up.wait_until_idle()
    (job,) = [one for one in up.jobs() if one.job_id == handle]
    assert job.program == ("sampler" if older else "executor") and job.max_seconds == 300
    readings = machine.decode(machine.result(handle), batch, shots=1000)
    assert all(one.shots >= 1000 for one in readings)
    flipped = [dict(one).get("11", 0) / one.shots for one in readings]
    exact = [math.sin(time) ** 2 for time in (0.0, 0.4, 1.1)]
    assert np.abs(np.array(flipped[::2]) - exact).max() < 0.1
    assert max(flipped[1::2]) < 0.05


def test_a_session_opens_once_and_closes_after_the_last_job(up, small, job):
    machine = small.configured(ExecutionSettings(mode="session"))
    start = len(up.journal())
    with machine.together(2):
        for i in range(2):
            machine.submit(job[:1], shots=10, seed=0, tag=f"qbc-session-{i}")
    wanted = ("/sessions", "/jobs")
    asked = [
        (one.method, one.path.partition("/sessions/")[0])
        for one in up.journal()[start:]
        if one.method != "GET" and one.path.startswith(wanted)
    ]
    posts = [("POST", "/sessions"), ("POST", "/jobs"), ("POST", "/jobs"), ("PATCH", "")]
    assert asked == posts
    assert len({one.session for one in up.jobs()[-2:]}) == 1 and up.jobs()[-1].session


@pytest.mark.parametrize(("n_jobs", "opened"), [(1, 0), (2, 1)])
def test_a_batch_holds_several_jobs_and_one_job_needs_none(up, small, job, n_jobs, opened):
    start = len(up.journal())
    machine = small.configured(ExecutionSettings())
    with machine.together(n_jobs):
        machine.submit(job[:1], shots=10, seed=0, tag=f"qbc-batch-{n_jobs}")
    posts = [one for one in up.journal()[start:] if one.method == "POST"]
    assert sum(one.path == "/sessions" for one in posts) == opened


def test_jobs_are_found_by_tag_oldest_first(up, small, job):
    first, second = (small.submit(job[:1], shots=10, seed=0, tag="qbc-found") for _ in range(2))
    small.submit(job[:1], shots=10, seed=0, tag="qbc-another")
    assert [one.handle for one in small.find("qbc-found")] == [first, second]
    assert small.find("qbc-nothing") == ()
    assert [one.handle for one in IbmDevice(SMALL).find("qbc-found")] == [first, second]


def test_a_waiting_job_has_no_result_and_can_be_cancelled_twice(up, small, job):
    up.configure(held=True)
    try:
        handle = small.submit(job[:1], shots=10, seed=0, tag="qbc-cancelled")
        assert small.report(handle).state is JobState.SUBMITTED
        assert small.result(handle) is None
        small.cancel(handle)
        small.cancel(handle)
    finally:
        up.configure(held=False)
    assert small.report(handle).state is JobState.CANCELLED


def test_a_result_that_ibm_no_longer_keeps_expires_the_job(up, small, job):
    handle = small.submit(job[:1], shots=10, seed=0, tag="qbc-expired")
    up.wait_until_idle()
    up.expire_result(handle)
    assert small.report(handle).state is JobState.DONE
    assert small.result(handle) is None
    seen = small.report(handle)
    assert seen.state is JobState.EXPIRED and "no longer kept" in seen.detail


def test_a_job_of_another_account_is_refused_in_a_sentence(small):
    with pytest.raises(MachineRefused, match=r"look at job nobodys.*Use the account that sent it"):
        small.report("nobodys")


def test_run_waits_for_a_plan_without_a_folder(small):
    readings = small.run(batch_of(plan_for(small, times=(0.3,))), shots=50, seed=0)
    assert [one.shots for one in readings] == [50, 50]
    assert not any(isinstance(one, ExactWork) for one in readings)


def test_an_unknown_device_gets_the_closest_one(up):
    with pytest.raises(InvalidRequest, match=r'"ibm_small8"\. Closest: ibm_small7'):
        IbmDevice("ibm_small8").target(2)


def test_only_a_path_to_ibm_imports_the_client():
    code = """
import sys
from qbcircuit import machines
machines.names(); machines.devices
from qbcircuit_ibm import ibm_device
assert ibm_device.names() == ()
machines.resolve("aer", 2)
ibm_device("ibm_torino")
loaded = [name for name in sys.modules if name.startswith("qiskit_ibm_runtime")]
assert not loaded, loaded[:3]
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
