"""Faults of the service: the counts of a clean run in the end, and a word on what happened."""

from __future__ import annotations

import itertools
import re
import time

import pytest

from tests.hardware.faults import ACTS, ROUTES, SIGNING, everywhere
from tests.standin import Act, Fault

SOAKED = ("a web page afterwards", "empty afterwards")
"""Met by the random sequences alone."""

WAY_OUT = re.compile(
    r"the same command|Continue later with: qbcircuit jobs wait|Add --yes|Save an account once"
)


def go_on(case, tries=8):
    """The command again and again until it succeeds; all that came before said what to do."""
    for _ in range(tries):
        ended = case.run("--yes")
        if ended.code == 0:
            return ended
        assert ended.code == 1
        assert WAY_OUT.search(ended.said), ended.said
    raise AssertionError(ended.err)


@pytest.mark.parametrize("act", [act for act in ACTS if act not in SOAKED])
def test_a_fault_on_every_route_changes_no_count(case, up, act):
    up.add_faults(*everywhere(act))
    go_on(case, tries=8 if act in ("expired", "revoked") else 1)
    assert sum(row["acted"] for row in up.faults()) >= len(ROUTES) - 1
    case.assert_whole()


@pytest.mark.parametrize("act", ["429", "dropped", "truncated", "a web page", "empty", "revoked"])
def test_a_fault_of_the_account_service_stops_at_most_and_loses_nothing(case, up, act):
    up.add_faults(Fault(*SIGNING, **ACTS[act]))
    go_on(case, tries=2)
    assert up.faults()[0]["acted"] == 1
    case.assert_whole()
    assert {one.credential for one in up.journal()} <= {"", "Basic", "Bearer"}


def test_a_job_made_twice_by_a_retry_is_cancelled_and_told_with_its_cost(case, up):
    up.configure(held=True)
    up.add_faults(Fault("POST", "/jobs", Act.STATUS, status=502, after=True))
    try:
        sent = case.run("--yes", "--no-wait")
    finally:
        up.configure(held=False)
    assert sent.code == 0, sent.err
    (spare,) = case.ledger("spare")
    assert spare["state"] == "cancelled"
    first, second, _ = case.jobs
    assert second.job_id == spare["handle"], "the oldest is used"
    assert first.tags == second.tags
    assert re.search(
        rf"{second.job_id} was made twice .* has been cancelled; it used 0 s", sent.said
    )
    assert case.run("--yes").code == 0
    case.assert_whole()
    assert second.job_id in case.run(words=("jobs", "list", str(case.folder))).out


def test_jobs_made_again_and_again_are_all_given_up_but_one(case, up):
    """The client tries again by itself, and every time a job is made."""
    up.add_faults(Fault("POST", "/jobs", Act.STATUS, status=503, after=True, count=3))
    go_on(case)
    assert len(case.jobs) == 5
    assert len(case.ledger("spare")) == 3
    case.assert_whole()


def test_jobs_that_are_listed_late_are_used_or_given_up(case, up):
    up.configure(list_lag_seconds=1.0, queue_seconds=2.0)
    up.add_faults(Fault("POST", "/jobs", Act.DROP, after=True, count=2))
    try:
        go_on(case)
    finally:
        up.configure(list_lag_seconds=0.0, queue_seconds=0.0)
    assert case.ledger("spare")
    case.assert_whole()


@pytest.mark.parametrize("route", [("POST", "/jobs"), ("GET", "/jobs/*/results")])
def test_retry_after_is_obeyed(case, up, route):
    up.add_faults(Fault(*route, Act.STATUS, status=429, retry_after=1, count=2))
    began = len(up.journal())
    go_on(case)
    asked = [
        one for one in up.journal()[began:] if Fault(*route, Act.DROP).meets(one.method, one.path)
    ]
    refused = [early for early in asked if early.status == 429]
    assert len(refused) == 2
    for early, late in itertools.pairwise(asked):
        if early.status == 429 and early.job == late.job:
            assert late.time - early.time >= 1
    case.assert_whole()


def test_a_result_that_stays_a_web_page_is_left_for_later(case, up):
    up.add_faults(Fault("GET", "/jobs/*/results", Act.HTML, count=None))
    ended = case.run("--yes")
    assert ended.code == 1
    assert re.search(
        r"result could not be read .* Continue later with: qbcircuit jobs wait", ended.said
    )
    up.clear_faults()
    ended = case.run(words=("jobs", "wait", str(case.folder)))
    assert ended.code == 0, ended.err
    case.assert_whole()


FATES = {
    "failed": (
        {"act": Act.JOB_FAILS, "reason": "Qubit 3 has warmed up", "reason_code": 1517},
        "Qubit 3",
    ),
    "cancelled": ({"act": Act.JOB_CANCELLED}, "cancelled"),
    "too long": ({"act": Act.JOB_TOO_LONG}, "longer than it may"),
}


@pytest.mark.parametrize("fate", FATES)
def test_a_lost_job_is_told_with_its_reason_and_it_alone_is_sent_again(case, up, fate):
    fault, reason = FATES[fate]
    up.add_faults(Fault("POST", "/jobs", skip=1, **fault))
    ended = case.run("--yes")
    assert ended.code == 1
    assert re.search(
        rf"No result will come: job \w+ .*{reason}.* sends only the rest again", ended.said
    )
    refused = case.run()
    assert refused.code == 2
    assert "in 1 job;" in refused.said and "Add --yes to submit" in refused.said
    go_on(case)
    assert len(case.jobs) == 3
    assert sorted(tag[-1] for job in case.jobs for tag in job.tags) == ["0", "0", "1"]
    case.assert_whole()


def test_a_job_that_never_ends_is_left_at_the_deadline_and_can_be_cancelled(case, up):
    up.add_faults(Fault("POST", "/jobs", Act.JOB_STALLS))
    ended = case.run("--yes", "--deadline", "1")
    assert ended.code == 1
    assert re.search(r"still running; .* Continue later with: qbcircuit jobs wait", ended.said)
    ended = case.run(words=("jobs", "cancel", str(case.folder)))
    assert ended.code == 0, ended.err
    assert "is cancelled" in ended.out
    case.run("--yes")
    go_on(case)
    case.assert_whole()


def test_a_result_that_ibm_no_longer_keeps_is_measured_again(case, up):
    assert case.run("--yes", kill=("batch closes", 0, "after")).code == -9
    up.wait_until_idle()
    up.expire_result(case.jobs[0].job_id)
    ended = case.run("--yes")
    assert ended.code == 1
    assert "no longer kept by IBM" in ended.said
    go_on(case)
    case.assert_whole()


def test_an_outage_of_the_account_service_stops_us_and_the_key_stays_here(case, up):
    up.add_faults(Fault(*SIGNING, Act.STATUS, status=503, count=None))
    ended = case.run("--yes", "-v")
    assert ended.code == 1
    assert "account service gives no access token" in ended.said
    up.clear_faults()
    assert case.run("--yes", kill=("record submitted", 0, "after")).code == -9
    up.revoke_tokens()
    up.add_faults(Fault(*SIGNING, Act.STATUS, status=503, count=None))
    ended = case.run("--yes")
    assert ended.code == 1
    up.clear_faults()
    go_on(case)
    case.assert_whole()
    assert all(one.credential != "apikey" for one in up.journal())


def test_a_token_that_ends_during_an_outage_stops_the_waiting_and_sends_no_key(case, up):
    up.configure(held=True, token_seconds=2.0)
    try:
        running = case.start("--yes")
        while len(case.jobs) < 2:
            time.sleep(0.02)
        up.add_faults(Fault(*SIGNING, Act.STATUS, status=503, count=None))
        ended = case.ended(running)
    finally:
        up.clear_faults()
        up.configure(held=False, token_seconds=3600.0)
    assert ended.code == 1
    assert "account service gives no access token" in ended.said
    assert WAY_OUT.search(ended.said)
    assert all(one.credential != "apikey" for one in up.journal())
    assert case.run(words=("jobs", "wait", str(case.folder))).code == 0
    case.assert_whole()


def test_a_wrong_key_is_refused_and_shown_nowhere(case):
    secret = "a-wrong-key-that-nobody-may-see"
    ended = case.run("--yes", environment={"QISKIT_IBM_TOKEN": secret})
    assert ended.code == 1
    assert "refuses the account's API key" in ended.said
    assert secret not in ended.said
    assert all(secret.encode() not in file.read_bytes() for file in case.folder.rglob("*.*"))


def test_work_of_another_folder_is_used_again(case, rehearsal):
    assert case.run("--yes").code == 0
    other = rehearsal.case()
    other.words = case.words
    ended = other.run("--yes")
    assert ended.code == 0, ended.err
    assert "For new counts give another --seed" in ended.said
    assert len(case.jobs) == 2
    other.assert_whole()
