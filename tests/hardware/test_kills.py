"""The client is killed at every lasting step, and the server while it works."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import pytest

from tests.hardware.rehearsal import Rehearsal
from tests.standin import Act, Fault, Standin

CLEAN = (
    ("write request.json", 0),
    ("write device-#.json", 0),
    ("record intent", 0),
    ("submit", 0),
    ("record submitted", 0),
    ("record intent", 1),
    ("submit", 1),
    ("record submitted", 1),
    ("batch closes", 0),
    ("record stored", 0),
    ("record done", 0),
    ("record stored", 1),
    ("record done", 1),
    ("write units/#.json", 0),
    ("write units/#.json", 1),
    ("write result.json", 0),
)
"""Steps of a run of two jobs that change the folder or the service, but for waiting."""

_LASTING = ("write", "record", "submit", "batch closes")


def lasting(steps):
    """Those steps among all, each with its number among those of its kind."""
    kept = [one for one in steps if one.startswith(_LASTING) and one != "record running"]
    return tuple((one, kept[:i].count(one)) for i, one in enumerate(kept))


def test_a_clean_run_takes_the_steps_at_which_it_is_killed_below(case, rehearsal):
    ended = case.run("--yes")
    assert ended.code == 0, ended.err
    assert sorted(lasting(ended.steps)) == sorted(CLEAN)
    assert case.readings == rehearsal.truth
    case.assert_whole()


@pytest.mark.parametrize(("step", "number"), CLEAN, ids=str)
def test_a_client_killed_after_any_step_loses_nothing_and_pays_once(case, step, number):
    """Before a step is after the one before it: nothing else is written or sent between them."""
    assert case.run("--yes", kill=(step, number, "after")).code == -9
    ended = case.run("--yes")
    assert ended.code == 0, ended.err
    assert len(case.jobs) == 2
    assert not case.ledger("spare")
    case.assert_whole()


def test_a_client_killed_before_its_first_step_has_done_nothing(case):
    assert case.run("--yes", kill=("write request.json", 0, "before")).code == -9
    assert not case.jobs
    assert case.run("--yes").code == 0
    case.assert_whole()


@pytest.mark.parametrize("step", ["submit", "record submitted"])
def test_an_interrupted_client_says_how_to_go_on_and_loses_nothing(case, up, step):
    """In the middle of a submission, of which it never hears, or while it waits."""
    up.configure(held=True)
    up.add_faults(Fault("POST", "/jobs", Act.SLOW, seconds=1.0, after=True))
    running = case.start("--yes")
    wait_for(lambda: running.steps.count(step) == 1 + (step != "submit"))
    wait_for(lambda: len(case.jobs) == running.steps.count("submit"))
    os.kill(running.process.pid, signal.SIGINT)
    ended = case.ended(running)
    up.configure(held=False)
    assert ended.code == 130, ended.err
    assert "the same command goes on from there" in ended.said
    assert case.run("--yes").code == 0
    assert len(case.jobs) == 2
    case.assert_whole()


def test_jobs_are_finished_from_the_folder_alone(case):
    assert case.run("--yes", kill=("batch closes", 0, "after")).code == -9
    ended = case.run(words=("jobs", "wait", str(case.folder)))
    assert ended.code == 0, ended.err
    assert "files:" in ended.out
    case.assert_whole()
    listed = case.run(words=("jobs", "list", str(case.folder)))
    assert all(job.job_id in listed.out for job in case.jobs)


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """A server of its own process, which can be killed."""
    root = tmp_path_factory.mktemp("apart")
    with Standin(root / "service") as up:
        made = Rehearsal(root, up)
        assert made.truth
        yield made


@contextlib.contextmanager
def dead(up):
    """The server is killed, and started again at the end."""
    up.kill()
    try:
        yield
    finally:
        up.start()


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def states(case):
    return [row["state"] for row in case.ledger("jobs")]


def test_a_server_killed_between_submission_and_fetch_loses_nothing(apart):
    case = apart.case()
    apart.up.configure(held=True)
    sent = case.run("--yes", "--no-wait")
    assert sent.code == 0, sent.err
    assert "Continue later with: qbcircuit jobs wait" in sent.said
    with dead(apart.up):
        ended = case.run(words=("jobs", "fetch", str(case.folder)), unreachable=0.5)
    assert ended.code == 1
    assert "Nothing that was sent is lost: give the same command again later" in ended.said
    ended = case.run(words=("jobs", "wait", str(case.folder), "--deadline", "0.5"))
    assert ended.code == 1
    assert "still queued" in ended.said
    apart.up.configure(held=False)
    ended = case.run(words=("jobs", "wait", str(case.folder)))
    assert ended.code == 0, ended.err
    case.assert_whole()


def test_a_server_killed_while_we_wait_is_asked_again(apart):
    case = apart.case()
    apart.up.configure(held=True)
    running = case.start("--yes")
    wait_for(lambda: states(case) == ["submitted"] * 2)
    with dead(apart.up):
        time.sleep(0.5)
    apart.up.configure(held=False)
    ended = case.ended(running)
    assert ended.code == 0, ended.err
    case.assert_whole()


def test_a_client_killed_while_a_job_runs_and_a_server_with_it(apart):
    case = apart.case()
    apart.up.configure(held=False, run_seconds=600.0)
    assert case.run("--yes", kill=("record running", 0, "after")).code == -9
    apart.up.configure(run_seconds=0.0)
    apart.up.restart()
    ended = case.run("--yes")
    assert ended.code == 0, ended.err
    assert len(case.jobs) == 2
    case.assert_whole()
