"""Whole commands on IBM devices, through the real client and the stand-in."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit.backend import JobState
from qbcircuit.cli import main
from qbcircuit.ledger import Ledger
from qbcircuit.queueing import intended_batch
from qbcircuit.queueing.records import readings_of
from qbcircuit_ibm import IbmDevice
from qbcircuit_ibm.guards import ADDRESSES
from tests.standin.simulation import Machine

SMALL = "ibm_small7"
COMPARE = ["compare", "-N", "4", "-k", "1,2", "--backend", SMALL, "--shots", "200", "-q"]


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
