"""Units of work in a run folder: run what is missing, keep what is finished, resume the rest."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qbcircuit import codec
from qbcircuit.backend import (
    Backend,
    BatchItem,
    Counts,
    ExactWork,
    QueueingBackend,
    Reading,
    batch_of,
    check_seed,
    check_shots,
)
from qbcircuit.errors import InvalidRequest, RunFailed, wrong_kind
from qbcircuit.estimate import EnergyTrace, trace_from_readings
from qbcircuit.ledger import Ledger
from qbcircuit.plan import CircuitPlan
from qbcircuit.queueing import Queue, Submission, Work, finished, interleaved

COUNTS_SCHEMA = "qbcircuit.counts/1"
"""Schema of a stored unit of work: plain counts, readable without qiskit."""

UNASKED = Path("runs")
"""Where a machine that queues keeps its ledger when no folder is given."""

_STORED_TYPES = (Counts, ExactWork)


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One unit of work: a plan on a machine, with its shots and seed."""

    plan: CircuitPlan
    backend: Backend
    shots: int
    seed: int

    @property
    def identity(self) -> str:
        """Content hash over the plan, the machine, the shots and the seed."""
        return _identity(self.about)

    @property
    def work(self) -> Work:
        """What a ledger knows it by."""
        return Work(self.plan.content_hash, self.backend.name, self.shots, self.seed)

    @property
    def about(self) -> dict[str, Any]:
        """What a stored unit says of itself, so that its counts are readable alone."""
        return {
            "schema": COUNTS_SCHEMA,
            "plan": self.plan.content_hash,
            "backend": self.backend.name,
            "shots": self.shots,
            "seed": self.seed,
            "times": [one.time for one in self.plan.experiments],
            "roles": [one.role.value for one in self.plan.experiments],
        }


def _identity(document: dict[str, Any]) -> str:
    """The unit that a stored document says it is."""
    if document["schema"] != COUNTS_SCHEMA:
        raise ValueError(f"its schema is {document['schema']}, not {COUNTS_SCHEMA}")
    return codec.content_hash(
        (document["plan"], document["backend"], document["shots"], document["seed"])
    )


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder that holds one run: finished units, a ledger, and what is reported from them."""

    path: Path

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """Make the folder and prove that it can be written, before anything is run.

        Raises:
            InvalidRequest: it cannot be made or written.
        """
        folder = Path(path)
        try:
            (folder / "units").mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise InvalidRequest(
                f"The output folder {folder} cannot be written: {error.strerror}. "
                "Choose another with --out."
            ) from None
        return cls(folder)

    def unit(self, identity: str) -> list[Reading] | None:
        """The readings of a finished unit, or ``None``."""
        file = self.path / "units" / f"{identity}.json"
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            if _identity(document) != identity:
                raise ValueError("it holds another unit")
            readings = list(codec.decode(document["readings"], _STORED_TYPES))
            if len(readings) != len(document["times"]):
                raise ValueError(f"{len(readings)} readings of {len(document['times'])}")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            raise RunFailed(
                f"The stored unit {file} cannot be read ({error}). "
                "Move it away to run that unit again."
            ) from None
        return readings

    def keep_unit(self, unit: Unit, readings: Sequence[Reading]) -> None:
        """Store a finished unit; a reader sees the whole file or none."""
        document = unit.about | {"readings": codec.encode(tuple(readings))}
        self.write(f"units/{unit.identity}.json", json.dumps(document))

    def write(self, name: str, text: str) -> Path:
        """Write a file of the run atomically."""
        target = self.path / name
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            with partial.open("w", encoding="utf-8") as handle:
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
            partial.replace(target)
        except OSError as error:
            why = f"{error.strerror}. What was finished is kept; make room there, and run it again."
            raise RunFailed(f"{target} could not be written: {why}") from None
        finally:
            partial.unlink(missing_ok=True)
        return target


Progress = Callable[[int, int], None]
"""Called with (units done, units in all)."""


def run_plans(
    plans: Sequence[CircuitPlan],
    backend: Backend,
    *,
    shots: int,
    seed: int,
    folder: RunFolder | None = None,
    progress: Progress | None = None,
    submission: Submission | None = None,
) -> list[list[Reading]]:
    """Readings of every experiment of every plan; finished units are never run again.

    A machine that queues gets all missing plans as one interleaved batch, with a ledger in the
    folder; any other runs plan by plan, so that an interruption keeps what is finished.

    Args:
        plans: what to run.
        backend: where.
        shots: shots per experiment.
        seed: seed of the sampling.
        folder: where finished units are kept and looked for.
        progress: told after every unit.
        submission: how to send to a machine that queues; by default nothing is sent.

    Raises:
        InvalidRequest: fewer than one shot, a negative seed, or a cost that was not agreed to.
        RunFailed: the machine failed; what was finished is kept.
    """
    check_shots(shots)
    check_seed(seed)
    units = [Unit(plan, backend, shots, seed) for plan in plans]
    names = [unit.identity for unit in units]
    done: dict[str, list[Reading]] = {}
    for name in names:
        stored = folder.unit(name) if folder else None
        if stored is not None:
            done[name] = stored
    missing = {name: unit for name, unit in zip(names, units, strict=True) if name not in done}
    if folder and missing:
        done |= _paid_for(missing, folder)
        missing = {name: unit for name, unit in missing.items() if name not in done}
    if isinstance(backend, QueueingBackend) and missing:
        done |= _run_queued(missing, backend, folder, submission or Submission())
    else:
        for name, unit in missing.items():
            done[name] = backend.run(batch_of(unit.plan), shots=shots, seed=seed)
            if folder:
                folder.keep_unit(unit, done[name])
            if progress:
                progress(len(done), len(set(names)))
    return [done[name] for name in names]


def _paid_for(missing: dict[str, Unit], folder: RunFolder) -> dict[str, list[Reading]]:
    """Units whose jobs are done but which were not stored: the process ended in between."""
    ledger = Ledger.found(folder.path)
    found = finished(ledger.jobs()) if ledger else {}
    results: dict[str, list[Reading]] = {}
    for name, one in missing.items():
        readings = found.get(one.work, {})
        if len(readings) == len(one.plan.experiments):
            results[name] = [reading for _, reading in sorted(readings.items())]
            folder.keep_unit(one, results[name])
    return results


def _run_queued(
    missing: dict[str, Unit],
    backend: QueueingBackend,
    folder: RunFolder | None,
    submission: Submission,
) -> dict[str, list[Reading]]:
    """All units as one batch, interleaved so that drift hits all alike."""
    unit = codec.content_hash(tuple(missing))
    folder = folder or RunFolder.open(UNASKED / f"{backend.name}-{unit[:8]}")
    order = interleaved([len(one.plan.experiments) for one in missing.values()])
    units = list(missing.values())
    batch = tuple(BatchItem(units[i].plan, index) for i, index in order)
    queue = Queue(backend, Ledger.open(folder.path), submission)
    found = queue.run(batch, shots=units[0].shots, seed=units[0].seed, unit=unit)
    readings = dict(zip(order, found, strict=True))
    results: dict[str, list[Reading]] = {}
    for i, (name, one) in enumerate(missing.items()):
        results[name] = [readings[i, index] for index in range(len(one.plan.experiments))]
        folder.keep_unit(one, results[name])
    return results


def run(
    plan: CircuitPlan,
    backend: object = "aer",
    *,
    shots: int = 4096,
    seed: int = 0,
    noise_work: bool = True,
    out: Path | str | None = None,
    submission: Submission | None = None,
) -> EnergyTrace:
    """Run a plan and estimate its energy curve.

    Args:
        plan: what :func:`qbcircuit.compile_protocol` made.
        backend: a name (``"aer"``, ``"noisy"``, ``"fake_torino"``, ...), a
            :class:`qbcircuit.Backend`, any qiskit ``BackendV2`` or sampler primitive.
        shots: shots per time.
        seed: seed of the sampling; same seed, same counts.
        noise_work: run the zero-angle twin of every circuit too.
        out: a folder in which finished work is kept and looked for.
        submission: how to send to a machine that queues; by default nothing is sent.

    Returns:
        The deposited work at every time with its covariance.
    """
    from qbcircuit.machines import resolve

    if not isinstance(plan, CircuitPlan):
        raise wrong_kind("run takes a plan", plan, hint="Make one with compile_protocol.")
    settings = submission.settings if submission else None
    machine = resolve(backend, n_sites=len(plan.qubits), settings=settings)
    complete = plan.with_noise_work() if noise_work else plan
    folder = RunFolder.open(out) if out is not None else None
    (readings,) = run_plans(
        [complete], machine, shots=shots, seed=seed, folder=folder, submission=submission
    )
    return trace_from_readings(complete, readings)
