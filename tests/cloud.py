"""A machine that queues, in memory, with a clock and a ledger that tests can break."""

import contextlib
import json
from dataclasses import dataclass, field

import qbcircuit as qb
from qbcircuit.backend import (
    Cost,
    Counts,
    JobReport,
    JobState,
    MachineUnreachable,
    ResultUnreadable,
    batch_of,
)
from qbcircuit.ledger import Ledger
from qbcircuit.queueing import Patience, Queue, Submission

SHOTS = 100


class Crash(BaseException):
    """The end of the process: no code of ours may catch it."""


@dataclass
class Job:
    handle: str
    tag: str
    times: list
    polls: int = 0
    state: JobState = JobState.SUBMITTED


@dataclass
class Cloud:
    """A machine in memory. ``faults[method]`` holds what its next calls run into, in order."""

    name: str = "cloud"
    most: int = 3
    jobs: list = field(default_factory=list)
    faults: dict = field(default_factory=dict)
    slow: int = 2

    def configured(self, settings):
        return self

    def split(self, batch, *, shots):
        return tuple(batch[i : i + self.most] for i in range(0, len(batch), self.most))

    def cost(self, batch, *, shots):
        jobs = len(self.split(batch, shots=shots))
        return Cost(circuits=len(batch), shots=shots, jobs=jobs, seconds=10.0, estimated_by="me")

    def together(self, n_jobs):
        return contextlib.nullcontext()

    def _fault(self, method):
        waiting = self.faults.get(method, [])
        return waiting.pop(0) if waiting else None

    def submit(self, job, *, shots, seed, tag):
        fault = self._fault("submit")
        if fault == "before":
            raise MachineUnreachable("The connection broke.")
        if isinstance(fault, float):
            raise MachineUnreachable("Too many requests.", retry_after=fault)
        for _ in range(2 if fault == "twice" else 1):
            handle = f"job-{len(self.jobs)}"
            self.jobs.append(Job(handle, tag, [item.experiment.time for item in job]))
        if fault == "after":
            raise MachineUnreachable("The connection broke.")
        if fault == "crash":
            raise Crash
        return handle

    def find(self, tag):
        if self._fault("find"):
            raise MachineUnreachable("Nobody answers.")
        return tuple(self._report(job) for job in self.jobs if job.tag == tag)

    def _report(self, job):
        return JobReport(handle=job.handle, state=job.state, seconds=2.0, detail="")

    def _job(self, handle):
        return next(job for job in self.jobs if job.handle == handle)

    def report(self, handle):
        fault = self._fault("report")
        if fault == "unreachable":
            raise MachineUnreachable("Nobody answers.")
        job = self._job(handle)
        job.polls += 1
        if isinstance(fault, JobState):
            job.state = fault
        if job.state is JobState.SUBMITTED and job.polls > self.slow:
            job.state = JobState.DONE
        return self._report(job)

    def result(self, handle):
        fault = self._fault("result")
        if fault == "unreachable":
            raise MachineUnreachable("Nobody answers.")
        if fault == "not ready":
            return None
        text = json.dumps(self._job(handle).times)
        return text[:-1].encode() if fault == "cut short" else text.encode()

    def decode(self, raw, job, *, shots):
        try:
            times = json.loads(raw)
        except ValueError:
            raise ResultUnreadable("The result was cut short.") from None
        assert len(times) == len(job)
        return [Counts((("00", shots - round(10 * t)), ("11", round(10 * t)))) for t in times]

    def cancel(self, handle):
        if self._job(handle).state is JobState.SUBMITTED:
            self._job(handle).state = JobState.CANCELLED


class Clock:
    def __init__(self):
        self.time = 0.0
        self.pauses = []

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.time += seconds

    def now(self):
        return self.time


def queue_of(cloud, folder, *, clock=None, ledger=None, **changes):
    clock = clock or Clock()
    said = changes.pop("said", [])
    patience = Patience(
        sleep=clock.sleep,
        now=clock.now,
        deadline=changes.pop("deadline", None),
        unreachable=changes.pop("unreachable", 900.0),
    )
    asked = {"approve": lambda cost: True, "say": said.append} | changes
    submission = Submission(patience=patience, **asked)
    return Queue(cloud, ledger or Ledger.open(folder), submission)


def run(queue, batch):
    return queue.run(batch, shots=SHOTS, seed=1, unit="unit")


def expected(batch):
    times = [round(10 * item.experiment.time) for item in batch]
    return [Counts((("00", SHOTS - t), ("11", t))) for t in times]


def used_once(cloud, ledger):
    """Every tag has one job in use, and the ledger knows all others."""
    in_use = {job.handle for job in ledger.jobs()}
    spare = {job.handle for job in ledger.spares()}
    made = {job.handle for job in cloud.jobs}
    assert in_use | spare == made
    assert not in_use & spare
    tags = [job.tag for job in cloud.jobs if job.handle in in_use]
    assert len(tags) == len(set(tags))


@dataclass(frozen=True)
class CrashingLedger(Ledger):
    """Ends the process before or after its n-th change of state."""

    left: dict = field(default_factory=dict)

    def record(self, job):
        self.left["n"] -= 1
        if self.left["n"] == 0 and self.left["when"] == "before":
            raise Crash
        made = super().record(job)
        if self.left["n"] == 0:
            raise Crash
        return made


def charging_batch():
    """Seven times of one charger: three jobs of the machine."""
    protocol = qb.protocols.blocks(qb.Battery.qubits(2), order=2)
    return batch_of(qb.compile_protocol(protocol, times=[0.1 * i for i in range(1, 8)]))
