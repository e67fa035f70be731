"""IBM devices through the real client and the stand-in: what is sent, what comes, resuming."""

from __future__ import annotations

import json
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
from qbcircuit.cli import main
from qbcircuit.compile import compile_protocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.ledger import Ledger
from qbcircuit.machines import resolve
from qbcircuit.queueing import intended_batch
from qbcircuit.queueing.records import readings_of
from qbcircuit_ibm import IbmDevice
from qbcircuit_ibm.guards import ADDRESSES
from tests.standin import Standin
from tests.standin.simulation import Machine

SMALL = "ibm_small7"
COMPARE = ["compare", "-N", "4", "-k", "1,2", "--backend", SMALL, "--shots", "200", "-q"]


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QBCIRCUIT_TEST_SERVICE", "1")
        with Standin(tmp_path_factory.mktemp("ibm"), in_thread=True) as standin:
            yield standin


@pytest.fixture(scope="module")
def small(up):
    return IbmDevice(SMALL)


def plan_for(machine, n=2, times=(0.0, 0.4, 1.1)):
    protocol = qb.protocols.blocks(qb.Battery.qubits(n), order=2)
    return compile_protocol(protocol, times=times, target=machine.target(n)).with_noise_work()


@pytest.fixture(scope="module")
def job(small):
    return batch_of(plan_for(small))


def cli(*words):
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return end.value.code


@pytest.fixture(scope="module")
def compared(up, tmp_path_factory):
    """A folder in which `compare` has run once."""
    folder = tmp_path_factory.mktemp("compared")
    assert cli(*COMPARE, "--yes", "--out", str(folder)) == 0
    return folder


class Replayed:
    """The simulator behind the stand-in, asked directly for the circuits of a ledger."""

    def __init__(self, machine, job, seed):
        self.name, self.misreads, self._machine = machine.name, True, machine
        batch = intended_batch(job)
        circuits = [item.plan.circuit(item.index, measure=True) for item in batch]
        bits = Machine(name=SMALL, noisy=True, seed=seed).shots(circuits, job.shots)
        self.readings = {
            (item.plan.content_hash, item.index): counts(table)
            for item, table in zip(batch, bits, strict=True)
        }

    def target(self, n_sites):
        return self._machine.target(n_sites)

    def run(self, batch, *, shots, seed):
        return [self.readings[item.plan.content_hash, item.index] for item in batch]


def counts(table):
    words, times = np.unique(table, axis=0, return_counts=True)
    labels = ["".join("01"[int(bit)] for bit in row[::-1]) for row in words]
    seen = dict(zip(labels, times, strict=True))
    return qb.backend.Counts.from_mapping(seen)


def test_compare_equals_the_same_run_on_the_simulator(up, small, compared):
    (job,) = Ledger.found(compared).jobs()
    simulated = Replayed(small, job, up.settings.seed)
    for item, seen in zip(intended_batch(job), readings_of(job), strict=True):
        assert seen == simulated.readings[item.plan.content_hash, item.index]
    document = json.loads((compared / "result.json").read_text())
    asked = [qb.protocols.blocks(qb.Battery.qubits(4), order=k) for k in (1, 2)]
    again = qb.compare(asked, backend=simulated, shots=200).document
    for row, other in zip(document["rows"], again["rows"], strict=True):
        assert {**row, "name": ""} == {**json.loads(json.dumps(other)), "name": ""}
    assert [row["order"] for row in document["rows"]] == [1, 2]


def test_one_tagged_job_is_sent_and_never_again(up, compared):
    (job,) = Ledger.found(compared).jobs()
    before = len(up.jobs())
    (sent,) = [one for one in up.jobs() if job.tag in one.tags]
    assert (sent.job_id, job.state) == (job.handle, JobState.DONE)
    assert not sent.private and job.seconds == sent.used_seconds
    assert cli(*COMPARE, "--out", str(compared)) == 0
    assert len(up.jobs()) == before


def test_a_finished_folder_needs_no_service(up, compared):
    requests = len(up.journal())
    assert cli(*COMPARE, "--out", str(compared)) == 0
    assert len(up.journal()) == requests


def test_a_new_calibration_does_not_send_jobs_again(up, compared, tmp_path, monkeypatch):
    """Circuits are compiled for the device as it was; what a new day changes is another target."""
    folder = tmp_path / "run"
    assert cli(*COMPARE, "--shots", "202", "--yes", "--no-wait", "--out", str(folder)) == 0
    today = IbmDevice.target

    def tomorrow(self, n_sites):
        if self._target is not None:
            return today(self, n_sites)
        target = today(self, n_sites)
        self._target = None
        worse = [type(o)(name=o.name, qubits=o.qubits, error=0.01) for o in target.operations]
        return type(target)(name=target.name, n_qubits=target.n_qubits, operations=tuple(worse))

    monkeypatch.setattr(IbmDevice, "target", tomorrow)
    before = len(up.jobs())
    assert cli("jobs", "wait", str(folder)) == 0
    assert len(up.jobs()) == before and (folder / "result.json").exists()


def test_without_consent_nothing_is_sent(up, tmp_path, capsys):
    before = len(up.jobs())
    assert cli(*COMPARE, "--out", str(tmp_path / "a")) == 2
    said = capsys.readouterr().err
    assert "of machine time (172 circuits × 200 shots in 1 job; circuit durations" in said
    assert "Nothing has been submitted. Add --yes to submit." in said
    assert cli(*COMPARE, "--dry-run", "--out", str(tmp_path / "b")) == 0
    assert len(up.jobs()) == before


def test_the_secret_is_written_nowhere(up, compared, small, capsys):
    secret = up.settings.api_key
    assert cli(*COMPARE, "-v", "--yes", "--out", str(compared)) == 0
    seen = capsys.readouterr()
    assert secret not in seen.out + seen.err
    files = [file for file in compared.rglob("*") if file.is_file()]
    assert any(file.name == "ledger.sqlite" for file in files)
    assert not [file for file in files if secret.encode() in file.read_bytes()]
    assert not [file for file in files if b"Bearer" in file.read_bytes()]
    shown = repr(small) + repr(small._connection) + repr(vars(small))
    assert shown.startswith("IbmDevice('ibm_small7')") and secret not in shown
    assert {one.credential for one in up.journal()} <= {"", "Bearer", "Basic"}


def test_it_is_a_queueing_machine_that_misreads(small):
    found = resolve(SMALL, 2)
    assert isinstance(found, QueueingBackend) and isinstance(found, ReadingBackend)
    assert small.misreads and small.name == SMALL


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


def test_compile_takes_a_device_as_its_target(up, capsys):
    assert cli("compile", "blocks", "-N", "4", "-k", "2", "--target", SMALL, "--json") == 0
    assert json.loads(capsys.readouterr().out)["two_qubit_gates"] >= 2


def test_devices_are_listed_when_asked_for(up, capsys):
    assert cli("devices") == 0
    before = len(up.journal())
    assert "\nibm_<name>: needs an IBM Quantum account" in capsys.readouterr().out
    assert len(up.journal()) == before
    assert cli("devices", "--ask") == 0
    listed = capsys.readouterr().out.replace("\n", " ")
    assert "ibm_<name>: ibm_fez, ibm_kingston, ibm_small7, ibm_torino" in listed


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


def test_what_waits_can_be_cancelled_from_its_folder(up, tmp_path, capsys):
    up.configure(held=True)
    try:
        words = ("--shots", "201", "--yes", "--no-wait", "--out", str(tmp_path))
        assert cli(*COMPARE, *words) == 0
        assert cli("jobs", "cancel", str(tmp_path)) == 0
    finally:
        up.configure(held=False)
    (job,) = Ledger.found(tmp_path).jobs()
    assert f"Job {job.handle} is cancelled." in capsys.readouterr().out
    assert job.state is JobState.CANCELLED and up.jobs()[-1].state == "Cancelled"


def test_an_account_file_that_others_can_read_is_told_in_a_sentence(tmp_path, monkeypatch, capfd):
    """And without an account in it, the way to save one; IBM is not asked."""
    for name in ("QBCIRCUIT_TEST_SERVICE", "QISKIT_IBM_TOKEN", *ADDRESSES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / ".qiskit" / "qiskit-ibm.json"
    file.parent.mkdir()
    file.write_text("{}")
    file.chmod(0o644)
    code = "import sys; from qbcircuit.cli import main; main(sys.argv[1:])"
    words = [sys.executable, "-c", code, *COMPARE, "--out", str(tmp_path / "run")]
    assert subprocess.run(words, check=False).returncode == 2
    first, second = capfd.readouterr().err.splitlines()
    assert first.startswith("Other users of this machine may read the API key in ")
    assert second.startswith("There is no IBM account here to read the device with. Save an acc")
