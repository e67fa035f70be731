"""What a machine owes: one method, ``run``; submit, fetch and cost where it queues."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from qbcircuit.errors import whole_number
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


class JobState(enum.Enum):
    """Where a queued unit of work stands."""

    INTENT = "intent"
    SUBMITTED = "submitted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """The last thing written about a unit of work.

    Args:
        unit: content hash of the unit.
        state: where it stands.
        handle: what the machine calls it, once submitted.
        detail: reason, cost or message in plain words.
    """

    unit: str
    state: JobState
    handle: str = ""
    detail: str = ""


class Ledger(Protocol):
    """A durable journal, kept by the run folder and handed to a backend that queues."""

    def record(self, entry: LedgerEntry) -> None:
        """Append an entry; returns once it is safe on disk."""
        ...

    def find(self, unit: str) -> LedgerEntry | None:
        """The last entry about a unit."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a batch would cost on a machine that queues."""

    circuits: int
    shots: int
    jobs: int
    seconds: float
    estimated_by: str


@runtime_checkable
class QueueingBackend(Backend, Protocol):
    """A machine that takes a job now and has its result later, perhaps in another process."""

    def submit(
        self, batch: Batch, *, shots: int, seed: int, unit: str, ledger: Ledger | None = None
    ) -> str:
        """Hand the batch in under the unit's content hash; returns a handle that outlives us."""
        ...

    def fetch(self, handle: str) -> list[Reading] | None:
        """The readings, or ``None`` while they are not ready."""
        ...

    def cost(self, batch: Batch, *, shots: int) -> Cost:
        """What it would cost, before anything is sent."""
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
