"""Jobs made twice, found late, or refused: what the engine makes of a machine's own list."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from qbcircuit.backend import JobState, MachineRefused, MachineUnreachable
from qbcircuit.errors import RunFailed
from qbcircuit.ledger import Ledger
from qbcircuit.queueing import StillQueued
from tests.cloud import (
    Clock,
    Cloud,
    Crash,
    CrashingLedger,
    charging_batch,
    expected,
    queue_of,
    run,
    used_once,
)


@pytest.fixture(scope="module")
def batch():
    return charging_batch()


@pytest.fixture(autouse=True)
def folders(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()


@dataclass
class Late(Cloud):
    """Its list lacks the newest jobs for a while."""

    unlisted: int = 0

    def find(self, tag):
        found = super().find(tag)
        hidden = {job.handle for job in self.jobs[len(self.jobs) - self.unlisted :]}
        return tuple(one for one in found if one.handle not in hidden)

    def result(self, handle):
        self.unlisted = 0
        return super().result(handle)


@dataclass
class Forgetful(Cloud):
    """It refuses to speak of one job."""

    refused: str = ""

    def report(self, handle):
        if handle == self.refused:
            raise MachineRefused("No such job.")
        return super().report(handle)


def test_work_that_ran_before_is_used_again_and_not_paid_again(tmp_path, batch):
    cloud, said = Cloud(), []
    first = run(queue_of(cloud, tmp_path / "a"), batch)
    assert run(queue_of(cloud, tmp_path / "b", said=said), batch) == first
    assert len(cloud.jobs) == 3
    assert sum("nothing is sent. For new counts give another --seed" in line for line in said) == 3
    assert not Ledger.open(tmp_path / "b").spares()


def test_work_that_was_lost_elsewhere_is_sent_and_the_lost_jobs_are_no_spares(tmp_path, batch):
    cloud = Cloud()
    cloud.faults["report"] = [JobState.CANCELLED] * 3
    with pytest.raises(RunFailed, match="No result will come"):
        run(queue_of(cloud, tmp_path / "a"), batch)
    assert run(queue_of(cloud, tmp_path / "b"), batch) == expected(batch)
    assert len(cloud.jobs) == 6
    assert not Ledger.open(tmp_path / "b").spares()


@pytest.mark.parametrize("fault", ["twice", "after"])
def test_a_double_that_is_listed_late_is_found_and_given_up(tmp_path, batch, fault):
    cloud, said = Late(unlisted=2, faults={"submit": [None, None, fault]}), []
    assert run(queue_of(cloud, tmp_path, said=said), batch) == expected(batch)
    assert len(cloud.jobs) == 4
    (spare,) = Ledger.open(tmp_path).spares()
    assert any(f"Job {spare.handle} was made twice" in line for line in said)
    used_once(cloud, Ledger.open(tmp_path))


def test_a_job_that_we_were_told_of_is_given_up_though_it_is_not_listed(tmp_path, batch):
    cloud = Late(most=10, unlisted=1, faults={"submit": ["after"]})
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)
    assert [job.state for job in cloud.jobs] == [JobState.DONE, JobState.CANCELLED]
    (spare,) = Ledger.open(tmp_path).spares()
    assert spare.seconds == 2.0


@pytest.mark.parametrize("stopped", [False, True])
def test_a_double_stands_in_for_a_job_that_is_lost(tmp_path, batch, stopped):
    """The second was listed first and is in use; it fails, and the first has run meanwhile."""

    class Fickle(Cloud):
        hides = stopped

        def find(self, tag):
            failed = bool(self.jobs) and self.jobs[-1].state is JobState.FAILED
            hidden = self.hides or not failed
            return super().find(tag)[1:] if hidden else super().find(tag)

    cloud, said = Fickle(most=10, faults={"submit": ["twice"]}), []
    cloud.faults["report"] = [None, JobState.FAILED]
    if stopped:
        with pytest.raises(RunFailed, match="job job-1 failed"):
            run(queue_of(cloud, tmp_path, said=said), batch)
        cloud.hides = False
    assert run(queue_of(cloud, tmp_path, said=said), batch) == expected(batch)
    assert len(cloud.jobs) == 2
    assert any("Job job-1 is failed; job job-0, made twice, is used instead" in one for one in said)
    (spare,) = Ledger.open(tmp_path).spares()
    assert (spare.handle, spare.state) == ("job-1", JobState.FAILED)
    used_once(cloud, Ledger.open(tmp_path))


def test_counts_come_even_where_doubles_cannot_be_looked_for(tmp_path, batch):
    cloud, said = Cloud(), []
    cloud.faults["find"] = [None] * 6 + ["unreachable"]
    assert run(queue_of(cloud, tmp_path, said=said), batch) == expected(batch)
    assert any("Whether job job-0 was made twice is not known" in line for line in said)


def test_a_refused_job_holds_no_other_back(tmp_path, batch):
    cloud = Forgetful()
    with pytest.raises(StillQueued):
        run(queue_of(cloud, tmp_path, wait=False), batch)
    cloud.refused = "job-0"
    with pytest.raises(MachineRefused, match="No such job"):
        run(queue_of(cloud, tmp_path), batch)
    states = [job.state for job in Ledger.open(tmp_path).jobs()]
    assert states == [JobState.SUBMITTED, JobState.DONE, JobState.DONE]
    cloud.refused = ""
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)


def test_a_result_that_was_stored_unreadable_is_fetched_again(tmp_path, batch):
    cloud, ledger = Cloud(slow=0), CrashingLedger.open(tmp_path)
    cloud.faults["result"] = ["cut short"]
    ledger.left.update(n=7, when="after")  # three intents, three submissions, stored
    with pytest.raises(Crash):
        run(queue_of(cloud, tmp_path, ledger=ledger), batch)
    assert ledger.jobs()[0].state is JobState.STORED
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)


def test_a_machine_that_asks_for_more_than_our_patience_is_left_at_once(tmp_path, batch):
    cloud, clock = Cloud(), Clock()
    cloud.faults["submit"] = [3600.0]
    with pytest.raises(
        RunFailed, match=r"Too many requests\. What was sent is in .*; the same command goes on"
    ):
        run(queue_of(cloud, tmp_path, clock=clock), batch)
    assert clock.time == 0
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)


def test_no_pause_outlasts_the_deadline(tmp_path, batch):
    class Busy(Cloud):
        def report(self, handle):
            raise MachineUnreachable("Too many requests.", retry_after=3600.0)

        def find(self, tag):
            return ()

    clock, said = Clock(), []
    queue = queue_of(Busy(), tmp_path, clock=clock, said=said, deadline=30.0)
    with pytest.raises(StillQueued, match="Too many requests"):
        run(queue, batch)
    assert clock.pauses == [pytest.approx(30)], "it was asked to wait an hour"
    assert said == ["Too many requests. Asking again."]


def test_a_cost_that_cannot_be_had_at_once_is_asked_for_again(tmp_path, batch):
    class Shy(Cloud):
        asked = 0

        def cost(self, batch, *, shots):
            self.asked += 1
            if self.asked < self.patience:
                raise MachineUnreachable("Nobody answers.")
            return super().cost(batch, shots=shots)

    cloud, said, clock = Shy(), [], Clock()
    cloud.patience = 3
    assert run(queue_of(cloud, tmp_path, said=said), batch) == expected(batch)
    assert said[:2] == [f"Nobody answers. Trying again in {n} s." for n in (2, 4)]
    cloud.asked, cloud.patience = 0, 10**6
    with pytest.raises(RunFailed, match=r"Nothing new was sent; give the same command again later"):
        run(queue_of(cloud, tmp_path / "a", clock=clock), batch)
    assert 100 < clock.time <= 120
