"""Units of work: stored whole or not at all, found again, and never run twice."""

import contextlib
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qbcircuit as qb
from qbcircuit.backend import Cost, Counts, JobReport, JobState, MachineRefused
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.machines import resolve
from qbcircuit.queueing import Patience, Submission, interleaved
from qbcircuit.study import RunFolder, Unit, run_plans


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

    def configured(self, settings):
        return self

    def split(self, batch, *, shots):
        return (batch,)

    def cost(self, batch, *, shots):
        return Cost(circuits=len(batch), shots=shots, jobs=1, seconds=90.0, estimated_by="a guess")

    def together(self, n_jobs):
        return contextlib.nullcontext()

    def submit(self, job, *, shots, seed, tag):
        handle = f"job-{len(self.jobs)}"
        self.jobs[handle] = (tag, job)
        return handle

    def find(self, tag):
        return tuple(self.report(handle) for handle, one in self.jobs.items() if one[0] == tag)

    def report(self, handle):
        self.asked += 1
        if self.fails_once and self.asked > 1:
            self.fails_once = False
            raise MachineRefused("The connection was lost.")
        state = JobState.DONE if self.asked > 3 else JobState.SUBMITTED
        return JobReport(handle=handle, state=state)

    def result(self, handle):
        _, job = self.jobs[handle]
        return json.dumps([item.experiment.time for item in job]).encode()

    def decode(self, raw, job, *, shots):
        times = json.loads(raw)
        return [Counts((("00", shots - round(10 * t)), ("11", round(10 * t)))) for t in times]

    def cancel(self, handle):
        raise AssertionError("nothing is to be cancelled")


AGREED = Submission(approve=lambda cost: True, patience=Patience(sleep=lambda _: None))


def test_a_queueing_machine_gets_one_interleaved_batch_for_all_plans(tmp_path):
    machine, plans = QueueDummy(), [plan_of(), plan_of(order=1)]
    folder = RunFolder.open(tmp_path / "run")
    asked = {"shots": 50, "seed": 1, "folder": folder, "submission": AGREED}
    readings = run_plans(plans, machine, **asked)
    for plan, found in zip(plans, readings, strict=True):
        seen = [50 - one.outcomes[0][1] for one in found]
        assert seen == [round(10 * one.time) for one in plan.experiments]
    (_, job), *others = machine.jobs.values()
    assert not others
    assert [item.plan is plans[0] for item in job] == [True, False] * 4
    assert run_plans(plans, machine, **asked) == readings
    assert list(machine.jobs) == ["job-0"]


def test_nothing_is_sent_without_consent(tmp_path):
    machine, folder = QueueDummy(), RunFolder.open(tmp_path / "run")
    with pytest.raises(InvalidRequest, match=r"About 90 s .* Nothing has been submitted. Add --ye"):
        run_plans([plan_of()], machine, shots=50, seed=1, folder=folder)
    assert not machine.jobs


def test_a_lost_connection_never_submits_twice(tmp_path):
    machine, folder = QueueDummy(), RunFolder.open(tmp_path / "run")
    machine.fails_once = True
    asked = {"shots": 50, "seed": 1, "folder": folder, "submission": AGREED}
    with pytest.raises(RunFailed, match="connection was lost"):
        run_plans([plan_of()], machine, **asked)
    run_plans([plan_of()], machine, **asked)
    assert list(machine.jobs) == ["job-0"]


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_interleaving_keeps_every_order_and_spreads_evenly(lengths):
    merged = interleaved(lengths)
    for i, n in enumerate(lengths):
        places = [place for place, (which, _) in enumerate(merged) if which == i]
        assert [index for which, index in merged if which == i] == list(range(n))
        before = [place / len(merged) for place in places]
        assert np.allclose(before, (np.arange(n) + 0.5) / n, atol=len(lengths) / len(merged))


def test_run_gives_a_trace_with_noise_work():
    trace = qb.run(plan_of().with_experiments(plan_of().experiments[::2]), shots=400, seed=3)
    assert trace.noise_work is not None
    assert np.all(trace.noise_work == 0)
    assert trace.work[-1] == pytest.approx(2 * math.sin(0.4) ** 2, abs=0.2)
