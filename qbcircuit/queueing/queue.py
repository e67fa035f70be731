"""The engine: send what is missing, wait for what was sent, keep what came."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from qbcircuit import codec
from qbcircuit.backend import (
    Batch,
    JobReport,
    JobState,
    MachineRefused,
    MachineUnreachable,
    QueueingBackend,
    Reading,
    ResultUnreadable,
)
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.ledger import JobRecord, Ledger, SpareJob
from qbcircuit.queueing.records import intent_of, next_attempt, readings_of, tag_of
from qbcircuit.queueing.submission import StillQueued, Submission, Tries, cost_line
from qbcircuit.queueing.watch import Watch

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Queue:
    """One machine, one ledger."""

    backend: QueueingBackend
    ledger: Ledger
    submission: Submission

    def run(self, batch: Batch, *, shots: int, seed: int, unit: str) -> list[Reading]:
        """Readings in batch order; jobs that the ledger knows are never sent again.

        Args:
            batch: what to run.
            shots: per experiment.
            seed: of the sampling, where the machine takes one.
            unit: content hash of the whole.

        Raises:
            InvalidRequest: the machine cannot run it, or the cost was not agreed to.
            StillQueued: no result within the deadline.
            RunFailed: a job failed, or the machine stays unreachable.
        """
        jobs = self.backend.split(batch, shots=shots)
        wanted = [
            JobRecord(
                tag=tag_of(unit, chunk, 0),
                unit=unit,
                chunk=chunk,
                chunks=len(jobs),
                attempt=0,
                machine=self.backend.name,
                state=JobState.INTENT,
                shots=shots,
                seed=seed,
            )
            for chunk in range(len(jobs))
        ]
        try:
            records = self._send(wanted, jobs)
            return [reading for found in self._collect(records, jobs) for reading in found]
        except MachineRefused as error:
            if not any(job.handle for job in self.ledger.jobs(unit)):
                raise
            raise MachineRefused(f"{error} {self._again}") from error

    def _send(self, wanted: Sequence[JobRecord], jobs: Sequence[Batch]) -> list[JobRecord]:
        """Every job known to the machine, sent now where it was not."""
        other = "Another process is sending the jobs of this folder; waiting until it is done."
        with self.ledger.sending(lambda: self.submission.say(other)):
            latest = {job.chunk: job for job in self.ledger.jobs(wanted[0].unit)} if wanted else {}
            records = [latest.get(job.chunk, job) for job in wanted]
            records = [self._revived(job) if job.state.is_lost else job for job in records]
            new = [i for i, job in enumerate(records) if not job.created]
            if new:
                self._agree([item for i in new for item in jobs[i]], records[0].shots)
            unsent = [i for i, job in enumerate(records) if job.state is JobState.INTENT]
            if unsent:
                with self.backend.together(len(unsent)):
                    for i in unsent:
                        records[i] = self._sent(records[i], jobs[i])
        return records

    def _revived(self, job: JobRecord) -> JobRecord:
        """A lost job's next attempt, or its double that was not lost."""
        return self._asked(lambda: self._instead_of(job)) or next_attempt(job)

    def _instead_of(self, job: JobRecord) -> JobRecord | None:
        """Another job of the same tag that can still give a result, in the place of a lost one."""
        others = [one for one in self.backend.find(job.tag) if one.handle != job.handle]
        usable = [one for one in others if not one.state.is_lost]
        if not usable:
            return None
        why = f"{job.state.value}; job {usable[0].handle}, made twice, is used instead"
        self.ledger.record_spare(SpareJob(job.handle, job.tag, job.state, job.seconds, why))
        self.submission.say(f"Job {job.handle} is {why}.")
        return self.ledger.record(
            replace(job, state=JobState.SUBMITTED, handle=usable[0].handle, detail="", seconds=None)
        )

    def _agree(self, batch: Batch, shots: int) -> None:
        cost = self.submission.before_sending(lambda: self.backend.cost(batch, shots=shots))
        if not self.submission.approve(cost):
            raise InvalidRequest(f"{cost_line(cost)} Nothing has been submitted.")

    def _sent(self, job: JobRecord, batch: Batch) -> JobRecord:
        """One job on the machine, exactly one of its kind in use."""
        is_new = not job.created
        if is_new:
            job = self.ledger.record(replace(job, intent=intent_of(batch)))
        found = self._found(job)
        gone = {one.handle for one in found if one.state.is_lost} if is_new else set()
        reports = [one for one in found if one.handle not in gone]
        if is_new and reports:
            self.submission.say(
                f"Job {reports[0].handle} ran this very work before and is used again: nothing is "
                "sent. For new counts give another --seed."
            )
        tries = Tries(self.submission, self._again, self._patience)
        while not reports:
            try:
                handle = self.backend.submit(batch, shots=job.shots, seed=job.seed, tag=job.tag)
                unlisted = [JobReport(handle=handle, state=JobState.SUBMITTED)]
            except MachineUnreachable as error:
                tries.pause(error)
                unlisted = []
            reports = [one for one in self._found(job) if one.handle not in gone]
            listed = {one.handle for one in reports}
            reports += [one for one in unlisted if one.handle not in listed]
        return self._adopted(job, reports)

    def _found(self, job: JobRecord) -> tuple[JobReport, ...]:
        return self._asked(lambda: self.backend.find(job.tag))

    def _adopted(self, job: JobRecord, reports: Sequence[JobReport]) -> JobRecord:
        """The oldest job that can still give a result is used; the others are given up."""
        usable = [one for one in reports if not one.state.is_lost]
        chosen = (usable or list(reports))[0]
        for other in reports:
            if other is not chosen:
                self._give_up(job, other)
        state = chosen.state if chosen.state.is_lost else JobState.SUBMITTED
        return self.ledger.record(
            replace(
                job,
                state=state,
                handle=chosen.handle,
                detail=chosen.detail,
                seconds=chosen.seconds,
            )
        )

    def _give_up(self, job: JobRecord, other: JobReport) -> None:
        if not other.state.is_lost:
            with contextlib.suppress(MachineRefused):
                self._asked(lambda: self.backend.cancel(other.handle))
        after = self._asked(lambda: self.backend.report(other.handle))
        why = "made twice by a retry of the machine's client"
        self.ledger.record_spare(SpareJob(other.handle, job.tag, after.state, after.seconds, why))
        how = "has been" if after.state is JobState.CANCELLED else "is nevertheless"
        used = "" if after.seconds is None else f"; it used {after.seconds:g} s of machine time"
        self.submission.say(f"Job {other.handle} was {why} and {how} {after.state.value}{used}.")

    def _give_up_others(self, job: JobRecord) -> None:
        """Jobs of the same tag that were not listed yet when this one was sent."""
        known = {job.handle, *(spare.handle for spare in self.ledger.spares())}
        try:
            for other in self.backend.find(job.tag):
                if other.handle not in known and not other.state.is_lost:
                    self._give_up(job, other)
        except RunFailed as error:
            self.submission.say(f"{error} Whether job {job.handle} was made twice is not known.")

    def _collect(self, records: Sequence[JobRecord], jobs: Sequence[Batch]) -> list[list[Reading]]:
        """Readings of every job, waiting for those that are not done."""
        waiting = dict(enumerate(records))
        watch = Watch(self.submission)
        ended: dict[int, JobRecord] = {}
        refusals: list[MachineRefused] = []
        while True:
            for i, job in list(waiting.items()):
                try:
                    waiting[i] = self._advanced(job, jobs[i])
                    watch.answered()
                except MachineUnreachable as error:
                    watch.failed(error)
                except ResultUnreadable as error:
                    unread = replace(job, state=JobState.RUNNING, raw=None)
                    waiting[i] = self.ledger.record(unread)
                    watch.failed(error)
                except MachineRefused as error:
                    refusals.append(error)
                    del waiting[i]
                    continue
                if waiting[i].state is JobState.DONE or waiting[i].state.is_lost:
                    ended[i] = waiting.pop(i)
            if not waiting:
                break
            if not self.submission.wait or watch.is_over:
                raise StillQueued(f"{watch.complaint}{self._go_on(waiting.values())}")
            watch.pause()
        if refusals:
            raise refusals[0]
        lost = [job for job in ended.values() if job.state.is_lost]
        if lost:
            raise RunFailed(self._why_lost(lost))
        return [readings_of(ended[i]) for i in range(len(records))]

    def _advanced(self, job: JobRecord, batch: Batch) -> JobRecord:
        """The job one state on, where it has moved."""
        if job.state is JobState.DONE or job.state.is_lost:
            return job
        if job.state is not JobState.STORED:
            seen = self.backend.report(job.handle)
            if seen.state is not JobState.DONE:
                changed = seen.state is not job.state or seen.detail != job.detail
                later = replace(job, state=seen.state, detail=seen.detail, seconds=seen.seconds)
                if seen.state.is_lost and (other := self._instead_of(later)):
                    return other
                if changed:
                    self.submission.say(_line(later, seen))
                return self.ledger.record(later) if changed else job
            raw = self.backend.result(job.handle)
            if raw is None:
                return job
            job = self.ledger.record(
                replace(job, state=JobState.STORED, raw=raw, detail="", seconds=seen.seconds)
            )
        self._give_up_others(job)
        readings = self.backend.decode(job.raw or b"", batch, shots=job.shots)
        text = json.dumps(codec.encode(tuple(readings)))
        return self.ledger.record(replace(job, state=JobState.DONE, readings=text))

    def _asked(self, question: Callable[[], _Answer]) -> _Answer:
        return self.submission.ask(question, self._again, self._patience)

    @property
    def _patience(self) -> float:
        return self.submission.patience.unreachable

    @property
    def _again(self) -> str:
        return f"What was sent is in {self.ledger.folder}; the same command goes on from there."

    def _go_on(self, waiting: Iterable[JobRecord]) -> str:
        jobs = list(waiting)
        named = ", ".join(job.handle for job in jobs[:3]) + ", …" * (len(jobs) > 3)
        is_are, its = ("is", "its id is") if len(jobs) == 1 else ("are", "their ids are")
        state = "running" if any(job.state is JobState.RUNNING for job in jobs) else "queued"
        return (
            f"Job{'s' * (len(jobs) > 1)} {named} {is_are} still {state}; {its} in "
            f"{self.ledger.folder}. Continue later with: qbcircuit jobs wait {self.ledger.folder}."
        )

    def _why_lost(self, lost: Sequence[JobRecord]) -> str:
        said = "; ".join(
            f"job {job.handle} {job.state.value}" + (f" ({job.detail})" if job.detail else "")
            for job in lost
        )
        return (
            f"No result will come: {said}. What finished is kept in {self.ledger.folder}; the "
            "same command sends only the rest again, after showing its cost."
        )


def _line(job: JobRecord, seen: JobReport) -> str:
    ahead = f", {seen.position} ahead of it" if seen.position else ""
    reason = f": {seen.detail}" if seen.detail else ""
    return f"Job {job.handle} is {seen.state.value}{ahead}{reason}."
