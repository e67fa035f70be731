"""Several processes on one folder, by the command line and by Python."""

from __future__ import annotations

import os
import signal
import time

from qbcircuit.ledger import Ledger
from tests.standin import Act, Fault

PYTHON = """
import numpy as np
import qbcircuit as qb
from qbcircuit.queueing import Patience, Submission

battery = qb.Battery.qubits(2)
protocol = qb.protocols.blocks(battery, order=2)
machine = qb.machines.resolve("ibm_small7", n_sites=2)
plan = qb.compile_protocol(protocol, times=np.linspace(0, 1.5, 4), target=machine.target(2))
submission = Submission(approve=lambda cost: True, patience=Patience(), say=print)
trace = qb.run(plan, machine, shots=200, seed={seed}, out={out!r}, submission=submission)
print("work", [round(float(value), 12) for value in trace.work])
"""


def finished(case, *running):
    ended = [case.ended(one) for one in running]
    assert [one.code for one in ended] == [0] * len(ended), [one.err for one in ended]
    return ended


def test_two_commands_at_once_send_once_and_say_the_same(case, up):
    up.add_faults(Fault("POST", "/jobs", Act.SLOW, seconds=0.7, count=None))
    one, other = finished(case, case.start("--yes"), case.start("--yes"))
    assert one.out == other.out
    assert "Another process is sending the jobs of this folder" in one.said + other.said
    assert len(case.jobs) == 2
    assert "submit" in one.steps or "submit" in other.steps
    case.assert_whole()


def test_a_command_that_waits_for_another_can_be_interrupted(case):
    case.folder.mkdir()
    with Ledger.open(case.folder).sending():
        running = case.start("--yes")
        while "lock opens" not in running.steps:
            time.sleep(0.02)
        os.kill(running.process.pid, signal.SIGINT)
        assert case.ended(running).code == 130
    assert not case.ledger("jobs")
    finished(case, case.start("--yes"))
    case.assert_whole()


def test_the_second_command_goes_on_where_the_first_is_killed(case, up):
    """Between the job's creation and its record, while the other waits for its turn."""
    up.add_faults(Fault("POST", "/jobs", Act.SLOW, seconds=0.7, count=1))
    first = case.start("--yes", kill=("submit", 0, "after"))
    while not case.ledger("jobs"):
        time.sleep(0.02)
    second = case.start("--yes")
    assert case.ended(first).code == -9
    finished(case, second)
    assert len(case.jobs) == 2
    case.assert_whole()


def test_commands_that_wait_together_for_a_faulty_service_agree(case, up):
    up.configure(held=True)
    try:
        assert case.run("--yes", "--no-wait").code == 0
        up.add_faults(
            Fault("GET", "/jobs/*/results", Act.TRUNCATE),
            Fault("GET", "/jobs/*/results", Act.EMPTY),
            Fault("GET", "/jobs/*", Act.HTML),
        )
        several = [case.start(words=("jobs", "wait", str(case.folder))) for _ in range(3)]
    finally:
        up.configure(held=False)
    assert len({one.out for one in finished(case, *several)}) == 1
    case.assert_whole()


def python(case, **order):
    program = PYTHON.format(seed=int(case.words[-1]), out=str(case.folder))
    return case.start(words=(), python=program, **order)


def test_python_is_killed_and_goes_on_as_the_command_line_does(case, up):
    up.add_faults(Fault("POST", "/jobs", Act.STATUS, status=502, after=True))
    assert case.ended(python(case, kill=("record submitted", 0, "after"))).code == -9
    assert case.ended(python(case, kill=("record stored", 0, "before"))).code == -9
    (ended,) = finished(case, python(case))
    clean = case.rehearsal.case()
    (expected,) = finished(clean, python(clean))
    assert ended.out.splitlines()[-1] == expected.out.splitlines()[-1]
    assert len(case.ledger("spare")) == 1
    assert len(case.readings) == 1
