"""The stand-in's own behaviour, seen by a client that adds nothing: urllib, and no qiskit."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.standin import Act, Fault, Standin

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def up(tmp_path):
    """Jobs wait: nothing is simulated here."""
    with Standin(tmp_path, in_thread=True, held=True) as standin:
        yield standin


def send(up, method, path, body=None, authorization=None):
    """Status, headers and body of one request; no retry, no proxy."""
    url = f"http://127.0.0.1:{up.port}{path}"
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    request.add_header("Authorization", authorization or f"Bearer {token(up)}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def token(up, key=None):
    body = f"grant_type=urn&apikey={key or up.settings.api_key}".encode()
    status, _, reply = send(up, "POST", "/identity/token", body, authorization="Basic eDp5")
    assert status == 200, reply
    return json.loads(reply)["access_token"]


JOB = {"program_id": "executor", "backend": "ibm_small7", "params": {}, "tags": ["t"]}


def submit(up, **changes):
    return send(up, "POST", "/api/v1/jobs", {**JOB, **changes})


def test_without_faults_a_job_is_created_listed_and_waits(up):
    status, _, body = submit(up)
    job = json.loads(body)["id"]
    assert status == 200 and [one.job_id for one in up.jobs()] == [job]
    listed = json.loads(send(up, "GET", "/api/v1/jobs?tags=t&limit=5")[2])
    assert listed["count"] == 1 and listed["jobs"][0]["state"] == {"status": "Queued"}
    assert send(up, "GET", f"/api/v1/jobs/{job}/results")[0] == 204
    assert send(up, "GET", "/api/v1/jobs/none")[0] == 404
    assert send(up, "GET", "/experimental/api/v1/backends")[0] == 200


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("after", [False, True])
def test_a_status_comes_before_or_after_the_job(up, status, after):
    up.add_faults(Fault("POST", "/jobs", Act.STATUS, status=status, after=after, retry_after=7))
    got, headers, body = submit(up)
    assert (got, headers["Retry-After"]) == (status, "7") and b"errors" in body
    assert len(up.jobs()) == after
    assert submit(up)[0] == 200 and len(up.jobs()) == 1 + after
    first, second = up.requests("POST", "/jobs")
    assert (first.status, first.fault, second.fault) == (status, "status", "")
    assert first.job == (up.jobs()[0].job_id if after else "")


def test_no_retry_after_unless_asked(up):
    up.add_faults(Fault("*", "**", Act.STATUS, status=429, skip=1))
    assert "Retry-After" not in send(up, "GET", "/api/v1/backends")[1]


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_drops_before_or_after_the_job(up, after):
    up.add_faults(Fault("POST", "/jobs", Act.DROP, after=after))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        submit(up)
    assert len(up.jobs()) == after and up.requests("POST", "/jobs")[0].status == 0


def test_bodies_are_spoiled(up):
    submit(up)
    path = f"/api/v1/jobs/{up.jobs()[0].job_id}"
    whole = send(up, "GET", path)[2]
    acts = (Act.TRUNCATE, Act.HTML, Act.EMPTY)
    up.add_faults(*(Fault("GET", "/jobs/*", act) for act in acts))
    truncated, page, empty = (send(up, "GET", path) for _ in acts)
    assert truncated[2] == whole[: len(whole) // 2] and truncated[0] == 200
    assert page[2].startswith(b"<!DOCTYPE html>") and page[0] == 200
    assert (empty[0], empty[2]) == (204, b"")
    up.add_faults(Fault("GET", "/jobs/*", Act.CUT), Fault("GET", "/jobs/*", Act.EMPTY, status=200))
    with pytest.raises(http.client.IncompleteRead):
        send(up, "GET", path)
    assert send(up, "GET", path)[::2] == (200, b"")
    assert send(up, "GET", path)[2] == whole


def test_a_slow_answer_is_late_and_right(up):
    up.add_faults(Fault("POST", "/jobs", Act.SLOW, seconds=0.3))
    start = time.monotonic()
    assert submit(up)[0] == 200 and time.monotonic() - start >= 0.3
    assert len(up.jobs()) == 1


def test_a_rule_counts_skips_and_draws(up):
    up.add_faults(
        Fault("GET", "/backends", Act.STATUS, status=500, skip=1, count=2),
        Fault("GET", "/instances/usage", Act.STATUS, status=503, probability=0.5, count=None),
    )
    assert [send(up, "GET", "/api/v1/backends")[0] for _ in range(4)] == [200, 500, 500, 200]
    drawn = [send(up, "GET", "/api/v1/instances/usage")[0] for _ in range(20)]
    assert 4 < drawn.count(503) < 16
    assert [(row["met"], row["acted"]) for row in up.faults()] == [(4, 2), (20, drawn.count(503))]


def test_rules_and_what_they_have_done_outlive_the_server(up):
    up.add_faults(Fault("GET", "/backends", Act.STATUS, status=500, count=2))
    assert send(up, "GET", "/api/v1/backends")[0] == 500
    up.restart()
    assert [send(up, "GET", "/api/v1/backends")[0] for _ in range(2)] == [500, 200]


def test_a_star_is_one_part_of_a_path(up):
    assert Fault("GET", "/jobs/*", Act.DROP).meets("GET", "/jobs/a")
    assert not Fault("GET", "/jobs/*", Act.DROP).meets("GET", "/jobs/a/results")
    assert Fault("*", "**", Act.DROP).meets("PUT", "/jobs/a/tags")


@pytest.mark.parametrize(
    "wrong",
    [{"status": 200}, {"status": 500, "probability": 2}, {"status": 500, "seconds": 1e6}],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="A fault"):
        Fault("GET", "/jobs", Act.STATUS, **wrong)


def test_tokens_expire_can_be_revoked_and_are_needed(up):
    held = f"Bearer {token(up)}"
    usage = "/api/v1/instances/usage"
    assert send(up, "GET", usage, authorization=held)[0] == 200
    up.restart()
    assert send(up, "GET", usage, authorization=held)[0] == 200
    up.revoke_tokens()
    assert send(up, "GET", usage, authorization=held)[0] == 401
    assert send(up, "GET", usage)[0] == 200
    up.configure(token_seconds=0.0)
    assert b"expired" in send(up, "GET", usage)[2]
    up.configure(token_seconds=60.0)
    up.add_faults(Fault("GET", "/instances/usage", Act.EXPIRE))
    assert [send(up, "GET", usage)[0] for _ in range(2)] == [401, 200]
    up.add_faults(Fault("POST", "/jobs", Act.REVOKE))
    held = f"Bearer {token(up)}"
    assert send(up, "POST", "/api/v1/jobs", JOB, authorization=held)[0] == 401
    assert send(up, "GET", usage, authorization=held)[0] == 401
    assert up.jobs() == ()


def test_the_account_service_wants_the_key_and_can_be_out(up):
    wrong = send(up, "POST", "/identity/token", b"apikey=wrong", authorization="Basic eDp5")
    assert wrong[0] == 400 and b"BXNIM0415E" in wrong[2]
    up.add_faults(Fault("POST", "/identity/token", Act.STATUS, status=503))
    out = send(up, "POST", "/identity/token", b"", authorization="Basic eDp5")
    assert out[0] == 503
    key = f"apikey {up.settings.api_key}"
    assert send(up, "GET", "/api/v1/backends", authorization=key)[0] == 401
    assert up.journal()[-1].credential == "apikey"
    assert up.settings.api_key not in (up.folder / "journal.jsonl").read_text()


def test_a_closed_session_takes_no_more_jobs(up):
    batch = json.loads(send(up, "POST", "/api/v1/sessions", {"mode": "batch"})[2])["id"]
    assert submit(up, session_id=batch)[0] == 200
    assert send(up, "PATCH", f"/api/v1/sessions/{batch}", {"accepting_jobs": False})[0] == 204
    status, _, body = submit(up, session_id=batch)
    assert status == 400 and b"4001" in body and len(up.jobs()) == 1
    assert submit(up, backend="ibm_none")[0] == 404


def test_new_jobs_may_be_late_in_lists(up):
    def listed():
        return json.loads(send(up, "GET", "/api/v1/jobs?tags=t")[2])["count"]

    up.configure(list_lag_seconds=3600)
    submit(up)
    assert listed() == 0
    up.configure(list_lag_seconds=0)
    assert listed() == 1


def test_every_job_that_was_confirmed_survives_being_killed_while_busy(tmp_path):
    with Standin(tmp_path, held=True) as up, ThreadPoolExecutor(4) as pool:
        bearer = f"Bearer {token(up)}"

        def keep_submitting():
            confirmed = []
            with contextlib.suppress(OSError, http.client.HTTPException):
                while True:
                    reply = send(up, "POST", "/api/v1/jobs", JOB, authorization=bearer)
                    confirmed.append(json.loads(reply[2])["id"])
            return confirmed

        confirmed = set()
        for _ in range(3):
            before = len(up.jobs())
            busy = [pool.submit(keep_submitting) for _ in range(4)]
            while len(up.jobs()) < before + 10:
                time.sleep(0.01)
            up.kill()
            confirmed |= {job for one in busy for job in one.result()}
            up.restart()
        body = send(up, "GET", "/api/v1/jobs?limit=100000", authorization=bearer)[2]
        listed = [job["id"] for job in json.loads(body)["jobs"]]
    assert len(confirmed) > 20 and confirmed <= set(listed)
    assert len(listed) == len(set(listed)) <= len(confirmed) + 12


def test_a_web_page_cannot_reach_it_by_another_name(up):
    request = urllib.request.Request(f"http://127.0.0.1:{up.port}/standin/settings")
    request.add_header("Host", "rebound.example")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        opener.open(request)
    caught.value.close()


def test_by_hand_it_says_how_to_reach_it(tmp_path):
    rules = tmp_path / "faults.json"
    rules.write_text('[{"method": "GET", "path": "/backends", "act": "drop", "count": null}]')
    words = ["--folder", str(tmp_path / "up"), "--faults", str(rules), "--queue-seconds", "9"]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.standin", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        lines = [process.stdout.readline() for _ in range(10)]
        process.kill()
    said = "".join(lines)
    assert "Devices: ibm_torino, ibm_fez," in said and "export IAM_URL='http://127.0.0.1:" in said
    assert json.loads((tmp_path / "up" / "settings.json").read_text())["queue_seconds"] == 9
    assert json.loads((tmp_path / "up" / "faults.json").read_text())[0]["fault"]["act"] == "drop"


def test_it_listens_on_this_machine_alone_and_leaves_the_environment_as_it_was(tmp_path):
    before = dict(os.environ)
    with Standin(tmp_path, in_thread=True) as standin:
        assert os.environ["IAM_URL"] == f"http://127.0.0.1:{standin.port}"
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", standin.port), 2):
            pass  # a second loopback address: only a server that listens everywhere answers
        with socket.create_connection(("127.0.0.1", standin.port), 2):
            pass
    assert dict(os.environ) == before
