"""What the real client makes of faults, as our errors: try again, refused, unreadable."""

from __future__ import annotations

import logging
import time

import pytest

import qbcircuit as qb
from qbcircuit.backend import (
    ExecutionSettings,
    JobState,
    MachineRefused,
    MachineUnreachable,
    ResultUnreadable,
    batch_of,
)
from qbcircuit.compile import compile_protocol
from qbcircuit.errors import InvalidRequest
from qbcircuit_ibm import IbmDevice
from qbcircuit_ibm.connection import LOGGERS
from tests.standin import Act, Fault

SMALL = "ibm_small7"


@pytest.fixture(scope="module")
def job(small):
    protocol = qb.protocols.blocks(qb.Battery.qubits(2), order=2)
    return batch_of(compile_protocol(protocol, times=(0.4,), target=small.target(2)))


@pytest.fixture
def done(up, small, job, request):
    """A finished job."""
    handle = small.submit(job, shots=20, seed=0, tag=f"qbc-{hash(request.node.name)}")
    up.wait_until_idle()
    return handle


@pytest.fixture(autouse=True)
def clean(up, capsys, caplog):
    """No fault outlives its test, and nobody ever sees a secret or the client's own words."""
    caplog.set_level(logging.DEBUG)
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(one.level, one.propagate) for one in loggers]
    yield
    assert before == [(one.level, one.propagate) for one in loggers]
    up.clear_faults()
    seen = capsys.readouterr()
    told = seen.out + seen.err + caplog.text
    assert up.settings.api_key not in told and "Bearer" not in told and "eyJ" not in told
    assert "apikey" not in {one.credential for one in up.journal()}


def send(small, job, tag):
    return small.submit(job, shots=20, seed=0, tag=tag)


UNSURE = [
    (Fault("POST", "/jobs", Act.STATUS, status=429, retry_after=7), 0, 7.0),
    (Fault("POST", "/jobs", Act.STATUS, status=429), 0, None),
    (Fault("POST", "/jobs", Act.STATUS, status=429, retry_after=3, after=True), 1, 3.0),
    (Fault("POST", "/jobs", Act.DROP), 0, None),
    (Fault("POST", "/jobs", Act.DROP, after=True), 1, None),
    (Fault("POST", "/jobs", Act.HTML, after=True), 1, None),
    (Fault("POST", "/jobs", Act.EMPTY, after=True), 1, None),
    (Fault("POST", "/jobs", Act.TRUNCATE, after=True), 1, None),
    (Fault("GET", "/instances/usage", Act.STATUS, status=429), 0, None),
    (Fault("GET", "/backends/*/status", Act.STATUS, status=429), 0, None),
]


@pytest.mark.parametrize("case", range(len(UNSURE)))
def test_a_submission_that_is_unsure_says_try_again(up, small, job, case):
    fault, made, wait = UNSURE[case]
    up.add_faults(fault)
    with pytest.raises(MachineUnreachable, match=r"IBM.* to send a job") as told:
        send(small, job, f"qbc-unsure-{case}")
    assert told.value.retry_after == wait
    assert len(small.find(f"qbc-unsure-{case}")) == made


def test_a_server_error_after_the_job_was_made_makes_two_that_are_both_found(up, small, job):
    up.add_faults(Fault("POST", "/jobs", Act.STATUS, status=502, after=True))
    handle = send(small, job, "qbc-twice")
    found = [one.handle for one in small.find("qbc-twice")]
    assert len(found) == 2 and found[1] == handle


def test_a_refusal_is_told_in_ibms_words(up, small, job):
    up.add_faults(Fault("POST", "/jobs", Act.STATUS, status=403))
    with pytest.raises(MachineRefused, match=r"IBM refused to send a job \(HTTP 403\): \w+"):
        send(small, job, "qbc-forbidden")
    assert small.find("qbc-forbidden") == ()


@pytest.mark.parametrize("act", [Act.REVOKE, Act.EXPIRE])
def test_a_token_that_ibm_forgot_is_replaced_once(up, small, job, act):
    up.add_faults(Fault("GET", "/instances/usage", act))
    assert small.report(send(small, job, f"qbc-{act.name}")).state is not JobState.FAILED


def test_an_account_that_is_refused_twice_is_refused(up, small, job):
    up.add_faults(Fault("GET", "/instances/usage", Act.STATUS, status=401, count=None))
    with pytest.raises(MachineRefused, match=r"IBM refuses the account .* Check the API key"):
        send(small, job, "qbc-unauthorised")


def test_a_wrong_key_is_refused_and_not_shown(up, monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "a-wrong-key-that-is-secret-too")
    with pytest.raises(MachineRefused, match="IBM refuses the account's API key") as told:
        IbmDevice(SMALL).target(2)
    assert "wrong-key" not in str(told.value)


@pytest.mark.parametrize("running", [False, True])
def test_without_tokens_the_key_is_never_sent_and_the_run_stops(up, job, running):
    """The client itself would send the key once a token has run out and there is no other."""
    machine = IbmDevice(SMALL)
    if running:
        up.configure(token_seconds=1.0)
        machine.target(2)
        up.configure(token_seconds=3600.0)
        time.sleep(1.1)
    up.add_faults(Fault("POST", "/identity/token", Act.STATUS, status=503, count=None))
    with pytest.raises(MachineRefused, match=r"gives no access token .* same command again later"):
        send(machine, job, "qbc-unsigned")
    up.clear_faults()
    assert send(machine, job, "qbc-signed")


@pytest.mark.parametrize(
    "path", ["/backends", "/backends/*/configuration", "/backends/*/properties"]
)
def test_a_device_that_cannot_be_read_is_not_taken_for_unknown(up, path):
    up.add_faults(Fault("GET", path, Act.STATUS, status=429, count=None))
    with pytest.raises(MachineUnreachable, match=r"to read the device \(HTTP 429\)"):
        IbmDevice(SMALL).target(2)


def test_searching_for_instances_may_be_tried_again(up):
    up.add_faults(Fault("POST", "/v3/resources/search", Act.STATUS, status=429))
    with pytest.raises(MachineUnreachable, match="HTTP 429"):
        IbmDevice(SMALL).target(2)


def test_no_job_is_sent_to_an_instance_without_time(up, small, job):
    up.configure(usage_limit_seconds=0.0)
    try:
        with pytest.raises(MachineRefused, match="no time left, so a job would not run"):
            send(small, job, "qbc-broke")
    finally:
        up.configure(usage_limit_seconds=None)
    assert small.find("qbc-broke") == ()


@pytest.mark.parametrize("act", [Act.HTML, Act.TRUNCATE, Act.EMPTY, Act.STATUS])
def test_a_look_at_a_job_may_be_tried_again(up, small, done, act):
    status = {"status": 429} if act is Act.STATUS else {}
    fresh = IbmDevice(SMALL)
    up.add_faults(Fault("GET", "/jobs/*", act, **status))
    why = r"HTTP 429" if act is Act.STATUS else "answer could not be read"
    with pytest.raises(MachineUnreachable, match=f"{why}.*job {done}|job {done}.*{why}"):
        fresh.report(done)
    assert fresh.report(done).state is JobState.DONE


def test_machine_time_that_is_not_told_stops_nothing(up, small, done):
    up.add_faults(Fault("GET", "/jobs/*/metrics", Act.HTML))
    assert small.report(done) == small.report(done).__class__(handle=done, state=JobState.DONE)
    assert small.report(done).seconds > 0


@pytest.mark.parametrize("act", [Act.HTML, Act.TRUNCATE])
def test_a_spoiled_result_is_unreadable_and_whole_the_next_time(up, small, job, done, act):
    small.report(done)
    up.add_faults(Fault("GET", "/jobs/*/results", act))
    with pytest.raises(ResultUnreadable, match="IBM's result could not be read"):
        small.decode(small.result(done), job, shots=20)
    (counts,) = small.decode(small.result(done), job, shots=20)
    assert counts.shots == 20


def test_an_empty_result_is_not_ready(up, small, done):
    small.report(done)
    up.add_faults(Fault("GET", "/jobs/*/results", Act.EMPTY))
    assert small.result(done) is None
    assert small.result(done)


@pytest.mark.parametrize("act", [Act.STATUS, Act.CUT])
def test_a_result_that_does_not_come_may_be_tried_again(up, small, done, act):
    small.report(done)
    asked = {"status": 429} if act is Act.STATUS else {}
    up.add_faults(Fault("GET", "/jobs/*/results", act, **asked))
    with pytest.raises(MachineUnreachable, match=f"fetch the result of job {done}"):
        small.result(done)
    assert small.result(done)


def test_a_result_of_another_job_is_unreadable(small, job, done):
    raw = small.result(done)
    with pytest.raises(ResultUnreadable, match=r"holds 1 circuits of 20 .* 2 of 20 were asked"):
        small.decode(raw, [*job, *job], shots=20)
    with pytest.raises(ResultUnreadable, match=r"1 circuits of 20 .* 1 of 30 were asked"):
        small.decode(raw, job, shots=30)
    for spoiled in (b"", b"null", b"[]", b"\xff", raw[:-1]):
        with pytest.raises(ResultUnreadable):
            small.decode(spoiled, job, shots=20)


FATES = {
    Act.JOB_FAILS: (JobState.FAILED, "Error code 5203; The fridge is warm"),
    Act.JOB_TOO_LONG: (JobState.FAILED, "it ran longer than it may"),
    Act.JOB_CANCELLED: (JobState.CANCELLED, ""),
}


@pytest.mark.parametrize("act", FATES)
def test_a_lost_job_tells_why(up, small, job, act):
    up.add_faults(Fault("POST", "/jobs", act, reason="The fridge is warm", reason_code=5203))
    handle = send(small, job, f"qbc-{act.name}")
    up.wait_until_idle()
    seen = small.report(handle)
    state, reason = FATES[act]
    assert seen.state is state and reason in seen.detail
    assert up.settings.api_key not in seen.detail


def test_a_batch_that_ibm_has_closed_is_opened_again(up, small, job):
    machine = small.configured(ExecutionSettings())
    with machine.together(2):
        send(machine, job, "qbc-batch-a")
        up.add_faults(Fault("POST", "/jobs", Act.STATUS, status=400))
        assert send(machine, job, "qbc-batch-b")
    assert up.jobs()[-1].session != up.jobs()[-2].session


def test_a_session_that_cannot_be_closed_says_so(up, small, job):
    machine = small.configured(ExecutionSettings(mode="session"))
    up.add_faults(Fault("PATCH", "/sessions/*", Act.STATUS, status=429, count=None))
    told = pytest.warns(UserWarning, match=r"session .* could not be closed; it ends by itself")
    with told, machine.together(1):
        send(machine, job, "qbc-unclosed")


def test_without_an_account_the_way_to_save_one_is_told(up, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("QISKIT_IBM_TOKEN")
    with pytest.raises(InvalidRequest, match=r"There is no IBM account .*save_account\(token="):
        IbmDevice(SMALL).target(2)


def test_an_answer_that_never_comes_is_given_up(small):
    def hang(service):
        time.sleep(5.0)

    with pytest.raises(MachineUnreachable, match=r"could not be reached to wait \(no answer\)"):
        small._connection.ask("wait", hang, seconds=0.05)


@pytest.mark.parametrize("act", [Act.CUT, Act.HTML, Act.DROP])
def test_one_lost_token_costs_no_minute(up, act):
    """IBM's client would not ask again for a minute; a new one does at once."""
    up.add_faults(Fault("POST", "/identity/token", act, skip=1))
    before = len(up.requests("POST", "/v3/resources/search"))
    IbmDevice("ibm_small7").target(2)
    assert up.faults()[0]["acted"] == 1
    assert len(up.requests("POST", "/v3/resources/search")) - before == 2
