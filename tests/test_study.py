"""Units of work: stored whole or not at all, found again, and never run twice."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit.backend import Cost, Counts, JobState, LedgerEntry
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.machines import resolve
from qbcircuit.study import JournalLedger, RunFolder, Unit, run_plans


def plan_of(n_cells=2, order=2, name="blocks"):
    protocol = qb.protocols.blocks(qb.Battery.qubits(n_cells), order=order)
    return qb.compile_protocol(replace(protocol, name=name), times=(0.0, 0.4)).with_noise_work()


@pytest.fixture
def aer():
    return resolve("aer", n_sites=2)


def test_a_unit_is_named_by_what_it_does_not_by_its_label(aer):
    unit = Unit(plan_of(), aer, 100, 1)
    assert unit.identity == Unit(plan_of(name="another label"), aer, 100, 1).identity
    others = [
        Unit(plan_of(), aer, 101, 1),
        Unit(plan_of(), aer, 100, 2),
        Unit(plan_of(), resolve("noisy", n_sites=2), 100, 1),
        Unit(plan_of(3), aer, 100, 1),
    ]
    assert len({unit.identity, *(other.identity for other in others)}) == 5


def test_stored_readings_come_back_equal(tmp_path, aer):
    folder, plan = RunFolder.open(tmp_path / "run"), plan_of()
    (first,) = run_plans([plan], aer, shots=100, seed=1, folder=folder)
    (again,) = run_plans([plan], aer, shots=100, seed=1, folder=folder)
    assert first == again
    assert all(reading.shots == 100 for reading in again)
    (file,) = (tmp_path / "run" / "units").iterdir()
    document = json.loads(file.read_text())
    assert document["schema"] == "qbcircuit.counts/1"
    assert document["roles"] == ["charge", "zero-angle"] * 2


def test_a_damaged_unit_is_named_not_trusted(tmp_path, aer):
    folder, plan = RunFolder.open(tmp_path / "run"), plan_of()
    run_plans([plan], aer, shots=100, seed=1, folder=folder)
    (file,) = (tmp_path / "run" / "units").iterdir()
    file.write_text(file.read_text()[:50])
    with pytest.raises(RunFailed, match=r"cannot be read .* Move it away"):
        run_plans([plan], aer, shots=100, seed=1, folder=folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": 2}, "it holds another unit"),
        ({"plan": "0" * 64}, "it holds another unit"),
        ({"schema": "qbcircuit.counts/9"}, "its schema is qbcircuit.counts/9"),
        ({"readings": []}, "0 readings of 4"),
    ],
)
def test_a_unit_of_something_else_is_named_not_trusted(tmp_path, aer, change, reason):
    folder, plan = RunFolder.open(tmp_path / "run"), plan_of()
    run_plans([plan], aer, shots=100, seed=1, folder=folder)
    (file,) = (tmp_path / "run" / "units").iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(RunFailed, match=rf"cannot be read \({reason}.* Move it away"):
        run_plans([plan], aer, shots=100, seed=1, folder=folder)


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidRequest, match="cannot be written"):
        RunFolder.open(tmp_path / "file" / "run")


def test_shots_below_one_are_refused_before_anything_runs(aer):
    with pytest.raises(InvalidRequest, match="Shots must be 1 or more, got 0"):
        run_plans([plan_of()], aer, shots=0, seed=1)


class QueueDummy:
    """A machine that queues: ready only when asked the third time; remembers its jobs."""

    name = "queue"

    def __init__(self):
        self.jobs = {}
        self.asked = 0
        self.fails_once = False

    def target(self, n_sites):
        return resolve("aer", n_sites=n_sites).target(n_sites)

    def run(self, batch, *, shots, seed):
        raise AssertionError("a queueing machine is submitted to")

    def submit(self, batch, *, shots, seed, unit, ledger=None):
        handle = f"job-{len(self.jobs)}"
        self.jobs[handle] = [Counts((("00", shots),)) for _ in batch]
        return handle

    def fetch(self, handle):
        self.asked += 1
        if self.fails_once:
            self.fails_once = False
            raise RunFailed("The connection was lost.")
        return self.jobs[handle] if self.asked > 2 else None

    def cost(self, batch, *, shots):
        return Cost(circuits=len(batch), shots=shots, jobs=1, seconds=0.0, estimated_by="dummy")


def test_a_queueing_machine_gets_one_batch_for_all_plans(tmp_path):
    machine, plans = QueueDummy(), [plan_of(), plan_of(order=1)]
    folder = RunFolder.open(tmp_path / "run")
    readings = run_plans(plans, machine, shots=50, seed=1, folder=folder)
    assert [len(one) for one in readings] == [4, 4]
    assert list(machine.jobs) == ["job-0"]
    assert run_plans(plans, machine, shots=50, seed=1, folder=folder) == readings
    assert list(machine.jobs) == ["job-0"]


def test_a_lost_connection_never_submits_twice(tmp_path):
    machine, folder = QueueDummy(), RunFolder.open(tmp_path / "run")
    machine.fails_once = True
    with pytest.raises(RunFailed, match="connection was lost"):
        run_plans([plan_of()], machine, shots=50, seed=1, folder=folder)
    run_plans([plan_of()], machine, shots=50, seed=1, folder=folder)
    assert list(machine.jobs) == ["job-0"]


def test_the_ledger_survives_a_line_cut_short(tmp_path):
    ledger = JournalLedger(tmp_path / "ledger.jsonl")
    assert ledger.find("a") is None
    entry = LedgerEntry(unit="a", state=JobState.SUBMITTED, handle="job-1")
    ledger.record(LedgerEntry(unit="a", state=JobState.INTENT))
    ledger.record(entry)
    ledger.record(LedgerEntry(unit="b", state=JobState.FAILED, detail="reason"))
    with (tmp_path / "ledger.jsonl").open("a") as handle:
        handle.write('{"type": "LedgerEntry", "unit": "a", "sta')
    assert ledger.find("a") == entry


def test_run_gives_a_trace_with_noise_work():
    trace = qb.run(plan_of().with_experiments(plan_of().experiments[::2]), shots=400, seed=3)
    assert trace.noise_work is not None
    assert np.all(trace.noise_work == 0)
    assert trace.work[-1] == pytest.approx(2 * math.sin(0.4) ** 2, abs=0.2)
