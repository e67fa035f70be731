"""What a machine owes: one method, ``run``; more where it queues."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from qbcircuit.errors import RunFailed, whole_number
from qbcircuit.plan import CircuitPlan, Experiment
from qbcircuit.target import DeviceTarget


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One experiment of one plan."""

    plan: CircuitPlan
    index: int

    @property
    def experiment(self) -> Experiment:
        """The experiment itself."""
        return self.plan.experiments[self.index]


Batch = Sequence[BatchItem]


def batch_of(*plans: CircuitPlan) -> tuple[BatchItem, ...]:
    """All experiments of the plans, plan by plan, in submission order."""
    return tuple(BatchItem(plan, i) for plan in plans for i in range(len(plan.experiments)))


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each outcome was seen: ``(bits, times)``, sorted; rightmost bit is cell 0."""

    outcomes: tuple[tuple[str, int], ...]

    @classmethod
    def from_mapping(cls, counts: Mapping[str, int]) -> Counts:
        """From a dictionary such as qiskit's; outcomes seen zero times are dropped."""
        return cls(tuple(sorted((bits, int(n)) for bits, n in counts.items() if n)))

    @property
    def shots(self) -> int:
        """Number of shots."""
        return sum(n for _, n in self.outcomes)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self.outcomes)


@dataclass(frozen=True, slots=True)
class ExactWork:
    """The deposited work itself, from a backend that computes instead of sampling."""

    work: float


Reading = Counts | ExactWork


@runtime_checkable
class Backend(Protocol):
    """A machine, real or simulated."""

    @property
    def name(self) -> str:
        """What to call it in tables and documents."""
        ...

    def target(self, n_sites: int) -> DeviceTarget:
        """What to compile for, for a battery of that many sites."""
        ...

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        """One reading per experiment, in batch order. Same batch, shots and seed: same counts."""
        ...


@runtime_checkable
class ReadingBackend(Backend, Protocol):
    """A machine that knows whether its read-out errs; any other is taken at its word."""

    @property
    def misreads(self) -> bool:
        """Whether levels are read with errors that calibration circuits can tell."""
        ...


@runtime_checkable
class RelaxingBackend(Backend, Protocol):
    """A machine that may know how its idle qubits decay and dephase."""

    def relaxation(self, qubits: Sequence[int]) -> tuple[tuple[float, float], ...] | None:
        """T1 and T2 of the qubits in seconds; ``None`` where it does not know all of them."""
        ...


class JobState(enum.Enum):
    """Where a job stands on a machine that queues."""

    INTENT = "intent"
    SUBMITTED = "submitted"
    RUNNING = "running"
    STORED = "stored"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_lost(self) -> bool:
        """Whether no result will ever come."""
        return self in (JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED)


class MachineUnreachable(RunFailed):
    """Nobody answered, or with an error that passes: nothing is known to be lost.

    Args:
        message: one sentence.
        retry_after: seconds to wait, where the machine said so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MachineRefused(RunFailed):
    """The machine answered and will not do it: credentials, permissions, a bad request."""


class ResultUnreadable(RunFailed):
    """A result came back cut short, empty, or as something else; asking again may help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobReport:
    """What a machine says about one of its jobs.

    Args:
        handle: its name there.
        state: where it stands; ``DONE`` once its result can be asked for.
        detail: the machine's own reason or message.
        position: jobs ahead of it, where told.
        seconds: of the machine's time that it used so far, where told.
    """

    handle: str
    state: JobState
    detail: str = ""
    position: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a batch would cost on a machine that queues.

    Args:
        circuits: number of circuits.
        shots: per circuit.
        jobs: number of jobs.
        seconds: of the machine's time, estimated.
        estimated_by: how, in a few words.
    """

    circuits: int
    shots: int
    jobs: int
    seconds: float
    estimated_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionSettings:
    """How a machine is to execute, beside what it executes. Changing one changes the counts.

    Args:
        mode: ``"batch"`` or ``"session"``: how several jobs are held together.
        dynamical_decoupling: pulses on idle qubits: ``"XX"``, ``"XpXm"``, ``"XY4"``, or none.
        twirl_gates: average over random Paulis around two-qubit gates.
        twirl_measurements: average over random flips before the read-out.
    """

    mode: str = "batch"
    dynamical_decoupling: str | None = None
    twirl_gates: bool = False
    twirl_measurements: bool = False


@runtime_checkable
class QueueingBackend(Backend, Protocol):
    """A machine that takes a job now and has its result later, perhaps for another process.

    It is thin: one request a call, no journal, no waiting. Retries, the ledger and the waiting
    are :mod:`qbcircuit.queueing`'s. Every call may raise :class:`MachineUnreachable` or
    :class:`MachineRefused`.
    """

    def configured(self, settings: ExecutionSettings) -> QueueingBackend:
        """The same machine told how to execute; its name says so where it matters to counts."""
        ...

    def split(self, batch: Batch, *, shots: int) -> tuple[Batch, ...]:
        """The batch in jobs within the machine's limits, order kept; refuses what cannot run."""
        ...

    def cost(self, batch: Batch, *, shots: int) -> Cost:
        """What it would cost, before anything is sent."""
        ...

    def together(self, n_jobs: int) -> AbstractContextManager[None]:
        """A batch or session around several submissions."""
        ...

    def submit(self, job: Batch, *, shots: int, seed: int, tag: str) -> str:
        """Send one job under a tag; returns a handle that outlives us."""
        ...

    def find(self, tag: str) -> tuple[JobReport, ...]:
        """All jobs that carry the tag, the oldest first."""
        ...

    def report(self, handle: str) -> JobReport:
        """Where a job stands."""
        ...

    def result(self, handle: str) -> bytes | None:
        """The result of a finished job as the machine sends it; ``None`` while it is not ready."""
        ...

    def decode(self, raw: bytes, job: Batch, *, shots: int) -> list[Reading]:
        """One reading per item of the job.

        Raises:
            ResultUnreadable: these bytes are no whole result.
        """
        ...

    def cancel(self, handle: str) -> None:
        """Ask for a job to be given up; no error where it has ended."""
        ...


@runtime_checkable
class CalibratedBackend(Protocol):
    """A machine whose target is another every day, while circuits stay those of one day."""

    def calibrated(self, target: DeviceTarget) -> Backend:
        """The same machine, compiled for as it once was."""
        ...


MOST_SHOTS = 100_000_000
"""Most shots of one reading: its draws take gigabytes beyond."""


def check_shots(shots: int) -> None:
    """Refuse a number of shots that is no whole number in 1..10^8.

    Raises:
        InvalidRequest: it is not.
    """
    whole_number("Shots", shots, least=1, most=MOST_SHOTS, hint="Use --shots 4096.")


def check_seed(seed: int) -> None:
    """Refuse a seed that is no whole number, or negative.

    Raises:
        InvalidRequest: it is.
    """
    whole_number("A seed", seed, least=0, hint="Use --seed 7.")
