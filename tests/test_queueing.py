"""Machines that queue: nothing is lost, nothing is paid for twice, whatever breaks and when."""

import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.backend import (
    JobState,
)
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.ledger import Ledger
from qbcircuit.queueing import StillQueued, intended_batch
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


def test_a_clean_run_splits_and_puts_together_again(tmp_path, batch):
    cloud = Cloud()
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)
    assert [len(job.times) for job in cloud.jobs] == [3, 3, 1]
    used_once(cloud, Ledger.open(tmp_path))
    jobs = Ledger.open(tmp_path).jobs()
    assert {job.state for job in jobs} == {JobState.DONE}
    assert [job.seconds for job in jobs] == [2.0] * 3
    assert [item.experiment.time for item in intended_batch(jobs[1])] == cloud.jobs[1].times


def test_what_is_done_is_never_sent_again(tmp_path, batch):
    cloud = Cloud()
    first = run(queue_of(cloud, tmp_path), batch)
    assert run(queue_of(cloud, tmp_path, approve=pytest.fail), batch) == first
    assert len(cloud.jobs) == 3


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("n", range(1, 16))
def test_a_crash_at_any_change_of_state_loses_nothing(tmp_path, batch, n, when):
    cloud = Cloud()
    ledger = CrashingLedger.open(tmp_path)
    ledger.left.update(n=n, when=when)
    crashed = False
    try:
        run(queue_of(cloud, tmp_path, ledger=ledger), batch)
    except Crash:
        crashed = True
    assert crashed == (n <= 12)  # three jobs: intent, submitted, stored, done
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)
    assert len(cloud.jobs) == 3
    used_once(cloud, Ledger.open(tmp_path))


@pytest.mark.parametrize("fault", ["before", "after", "twice", 7.0, "crash"])
@pytest.mark.parametrize("job", range(3))
def test_a_submission_that_goes_wrong_ends_with_one_job_in_use(tmp_path, batch, fault, job):
    cloud, clock, said = Cloud(), Clock(), []
    cloud.faults["submit"] = [None] * job + [fault]
    queue = queue_of(cloud, tmp_path, clock=clock, said=said)
    if fault == "crash":
        with pytest.raises(Crash):
            run(queue, batch)
    assert run(queue, batch) == expected(batch)
    used_once(cloud, Ledger.open(tmp_path))
    if fault == 7.0:
        assert 7.0 in clock.pauses
    if fault == "twice":
        (spare,) = Ledger.open(tmp_path).spares()
        assert spare.state is JobState.CANCELLED
        assert spare.seconds == 2.0
        assert any(f"Job {spare.handle} was made twice" in line for line in said)
    else:
        assert len(cloud.jobs) == 3


@pytest.mark.parametrize("fault", ["unreachable", "not ready", "cut short"])
def test_a_result_that_does_not_come_at_once_is_asked_for_again(tmp_path, batch, fault):
    cloud = Cloud()
    cloud.faults["result"] = [fault] * 3
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)
    assert len(cloud.jobs) == 3


def test_a_result_that_stays_unreadable_is_given_up_with_what_to_do(tmp_path, batch):
    cloud = Cloud()
    cloud.faults["result"] = ["cut short"] * 100
    with pytest.raises(RunFailed, match=r"cut short\. Jobs job-0.* Continue later with: qbcircui"):
        run(queue_of(cloud, tmp_path), batch)
    cloud.faults.clear()
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED])
def test_a_lost_job_is_reported_and_only_it_is_sent_again(tmp_path, batch, state):
    cloud = Cloud()
    cloud.faults["report"] = [None, state]
    with pytest.raises(RunFailed, match=f"job job-1 {state.value}.* sends only the rest again"):
        run(queue_of(cloud, tmp_path), batch)
    costs = []
    queue = queue_of(cloud, tmp_path, approve=lambda cost: costs.append(cost) or True)
    assert run(queue, batch) == expected(batch)
    assert [cost.circuits for cost in costs] == [3]
    assert [job.tag[-1] for job in cloud.jobs] == ["0", "0", "0", "1"]


def test_a_deadline_leaves_everything_in_the_ledger(tmp_path, batch):
    cloud = Cloud(slow=10**6)
    with pytest.raises(StillQueued, match=r"Jobs job-0, job-1, job-2 are still queued; their ids"):
        run(queue_of(cloud, tmp_path, deadline=30.0), batch)
    cloud.slow = 0
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)
    assert len(cloud.jobs) == 3


def test_not_waiting_submits_all_and_goes(tmp_path, batch):
    cloud, clock = Cloud(), Clock()
    with pytest.raises(StillQueued, match="Continue later with: qbcircuit jobs wait"):
        run(queue_of(cloud, tmp_path, clock=clock, wait=False), batch)
    assert len(cloud.jobs) == 3
    assert not clock.pauses


@pytest.mark.parametrize("method", ["submit", "report"])
def test_a_machine_that_stays_unreachable_is_given_up_without_loss(tmp_path, batch, method):
    cloud, clock = Cloud(), Clock()
    cloud.faults[method] = ["before" if method == "submit" else "unreachable"] * 10_000
    with pytest.raises(RunFailed):
        run(queue_of(cloud, tmp_path, clock=clock, unreachable=600.0), batch)
    assert 600 <= clock.time <= 800
    cloud.faults.clear()
    assert run(queue_of(cloud, tmp_path), batch) == expected(batch)
    used_once(cloud, Ledger.open(tmp_path))


def test_nothing_is_written_or_sent_without_consent(tmp_path, batch):
    cloud = Cloud()
    with pytest.raises(InvalidRequest, match=r"About 10 s.*7 circuits × 100 shots in 3 jobs; me"):
        run(queue_of(cloud, tmp_path, approve=lambda cost: False), batch)
    assert not cloud.jobs
    assert not Ledger.open(tmp_path).jobs()


FAULTS = {
    "submit": st.sampled_from([None, "before", "after", "twice", 1.0, "crash"]),
    "find": st.sampled_from([None, "unreachable"]),
    "report": st.sampled_from([None, "unreachable"]),
    "result": st.sampled_from([None, "unreachable", "not ready", "cut short"]),
}


@settings(deadline=None, max_examples=60)
@given(
    faults=st.fixed_dictionaries(
        {method: st.lists(kind, max_size=5) for method, kind in FAULTS.items()}
    ),
    crash=st.tuples(st.integers(1, 15), st.sampled_from(["before", "after"])),
)
def test_any_sequence_of_faults_ends_with_the_clean_counts(tmp_path_factory, batch, faults, crash):
    folder = tmp_path_factory.mktemp("run")
    cloud = Cloud(faults={method: list(kinds) for method, kinds in faults.items()})
    ledger = CrashingLedger.open(folder)
    ledger.left.update(n=crash[0], when=crash[1])
    for _ in range(10):
        try:
            found = run(queue_of(cloud, folder, ledger=ledger), batch)
            break
        except Crash:
            continue
    assert found == expected(batch)
    used_once(cloud, Ledger.open(folder))


def test_two_processes_on_one_folder_send_once(tmp_path, batch):
    """The second waits for the first's submission, then asks for the same jobs."""
    script = textwrap.dedent("""
        import importlib.util, sys, time
        from pathlib import Path
        import qbcircuit as qb
        from qbcircuit.backend import batch_of
        from qbcircuit.ledger import Ledger
        from qbcircuit.queueing import Patience, Queue, Submission
        spec = importlib.util.spec_from_file_location("spool", sys.argv[1])
        spool = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(spool)
        class Slow(spool.SpoolBackend):
            def submit(self, *args, **kwargs):
                time.sleep(0.3)
                return super().submit(*args, **kwargs)
        folder = Path(sys.argv[2])
        machine = Slow(folder, most=2)
        protocol = qb.protocols.blocks(qb.Battery.qubits(2), order=2)
        batch = batch_of(qb.compile_protocol(protocol, times=[0.1, 0.2, 0.3]))
        patience = Patience(sleep=lambda _: (machine.work(), time.sleep(0.05)))
        queue = Queue(
            machine, Ledger.open(folder), Submission(approve=lambda _: True, patience=patience)
        )
        print(queue.run(batch, shots=50, seed=3, unit="unit"))
    """)
    spool = str(__file__).replace("test_queueing.py", "backends/spool.py")
    two = [
        subprocess.Popen(
            [sys.executable, "-c", script, spool, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    (one, wrong), (other, wrong_too) = (process.communicate(timeout=120) for process in two)
    assert (wrong, wrong_too) == ("", "")
    assert one == other != ""
    assert len(list(tmp_path.glob("*.request.json"))) == 2
