"""An IBM device as a machine that queues: one question to IBM a call, no journal, no waiting."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from qbcircuit.backend import (
    Batch,
    Cost,
    ExecutionSettings,
    JobReport,
    JobState,
    MachineRefused,
    Reading,
    check_seed,
    check_shots,
)
from qbcircuit.device import device_target, relaxation
from qbcircuit.errors import QbcircuitError
from qbcircuit.ledger import Ledger
from qbcircuit.queueing import Queue, Submission
from qbcircuit.target import DeviceTarget
from qbcircuit_ibm import limits
from qbcircuit_ibm.checks import check_circuits
from qbcircuit_ibm.connection import SEND_SECONDS, Connection
from qbcircuit_ibm.envelope import Envelope
from qbcircuit_ibm.failures import NotThere
from qbcircuit_ibm.reports import raw_result, report_of
from qbcircuit_ibm.samplers import counts_of, send

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit_ibm_runtime import IBMBackend, QiskitRuntimeService

_Answer = TypeVar("_Answer")

MOST_JOBS_OF_A_TAG = 100


class IbmDevice:
    """One of IBM's devices, through the account that is saved or in the environment.

    Nothing is asked of IBM before something is needed of it.

    Args:
        device: e.g. ``"ibm_torino"``.
        settings: how to execute.
        connection: the account's client, shared by all devices of a run.
    """

    misreads = True

    def __init__(
        self,
        device: str,
        settings: ExecutionSettings | None = None,
        connection: Connection | None = None,
    ) -> None:
        self._device = device
        self._settings = settings or ExecutionSettings()
        self._connection = connection or Connection()
        self._envelope = Envelope(self._settings.mode)
        self._expired: set[str] = set()
        self._target: DeviceTarget | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def name(self) -> str:
        """The device, and what of its execution changes counts."""
        told = (
            f"decoupled {self._settings.dynamical_decoupling}"
            if self._settings.dynamical_decoupling
            else "",
            "gates twirled" if self._settings.twirl_gates else "",
            "read-out twirled" if self._settings.twirl_measurements else "",
        )
        said = ", ".join(one for one in told if one)
        return f"{self._device} ({said})" if said else self._device

    def configured(self, settings: ExecutionSettings) -> IbmDevice:
        """The same device told how to execute; gate twirling rules fractional gates out."""
        return IbmDevice(self._device, settings, self._connection)

    def calibrated(self, target: DeviceTarget) -> IbmDevice:
        """The same device, compiled for as it was once; what is sent is checked as it is now."""
        same = IbmDevice(self._device, self._settings, self._connection)
        same._target = target
        return same

    def target(self, n_sites: int) -> DeviceTarget:
        """The device as it is calibrated now, with fractional gates where it has them."""
        if self._target is None:
            target = self._asked("read the device", lambda device: device.target)
            self._target = device_target(target, name=self._device)
        return self._target

    def relaxation(self, qubits: Sequence[int]) -> tuple[tuple[float, float], ...] | None:
        """T1 and T2 as the device is calibrated now, in seconds."""
        target = self._asked("read the device", lambda device: device.target)
        return relaxation(target, qubits)

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        """Send and wait, with a ledger that is thrown away; asks nobody what it may cost."""
        check_shots(shots)
        check_seed(seed)
        with tempfile.TemporaryDirectory() as folder:
            submission = Submission(approve=lambda _: True)
            queue = Queue(self, Ledger.open(Path(folder)), submission)
            return queue.run(batch, shots=shots, seed=seed, unit=uuid.uuid4().hex)

    def split(self, batch: Batch, *, shots: int) -> tuple[Batch, ...]:
        """Jobs within IBM's limits; the same ones whatever the device's calibration is."""
        check_shots(shots)
        return limits.jobs_of(batch, shots, self._settings)

    def cost(self, batch: Batch, *, shots: int) -> Cost:
        """Machine time from the durations of circuits, once the device can run them as it is now.

        Raises:
            InvalidRequest: it cannot.
        """
        jobs = self.split(batch, shots=shots)
        target, repetition = self._asked("read the device", _target_and_pause)
        seconds = sum(self._seconds(_circuits(job), target, shots, repetition) for job in jobs)
        return Cost(
            circuits=len(batch),
            shots=shots,
            jobs=len(jobs),
            seconds=seconds,
            estimated_by=f"circuit durations and {repetition * 1e6:.0f} µs a shot, "
            f"{limits.JOB_SECONDS:g} s a job",
        )

    def together(self, n_jobs: int) -> AbstractContextManager[None]:
        """A batch around several submissions, or a session around any where that is the mode."""
        return self._envelope.around(n_jobs, self._connection)

    def submit(self, job: Batch, *, shots: int, seed: int, tag: str) -> str:
        """Send one job after looking at it once more; hardware takes no seed.

        Raises:
            InvalidRequest: the device cannot run it as it is calibrated now.
        """
        target, repetition = self._asked("read the device", _target_and_pause)
        circuits = _circuits(job)
        seconds = self._seconds(circuits, target, shots, repetition)

        def sent(device: IBMBackend) -> str:
            return send(
                self._envelope.mode(device),
                circuits,
                shots=shots,
                settings=self._settings,
                tag=tag,
                most_seconds=limits.cap(seconds),
            )

        try:
            return self._asked("send a job", sent, seconds=SEND_SECONDS)
        except MachineRefused:
            if not self._envelope.is_open:
                raise
            self._envelope.abandon()  # it may have ended while we waited
        return self._asked("send a job", sent, seconds=SEND_SECONDS)

    def find(self, tag: str) -> tuple[JobReport, ...]:
        """All jobs that carry the tag, the oldest first."""

        def found(service: QiskitRuntimeService) -> tuple[str, ...]:
            self._device_of(service)  # the device decides which of the account's instances
            jobs = service.jobs(job_tags=[tag], limit=MOST_JOBS_OF_A_TAG, descending=False)
            return tuple(self._connection.keep_job(job) for job in jobs)

        handles = self._connection.ask("look for jobs", found)
        return tuple(self.report(handle) for handle in handles)

    def report(self, handle: str) -> JobReport:
        """Where a job stands, with IBM's reason where it failed."""
        try:
            seen = self._connection.ask(
                f"look at job {handle}",
                lambda service: report_of(self._connection.job(service, handle)),
            )
        except NotThere as error:
            raise MachineRefused(
                f"{error} Use the account that sent it, or a new --out folder to start again."
            ) from None
        except QbcircuitError:
            self._connection.drop_job(handle)  # its reason may be missing
            raise
        if handle in self._expired:
            gone = "its result is no longer kept by IBM"
            return JobReport(
                handle=handle, state=JobState.EXPIRED, detail=gone, seconds=seen.seconds
            )
        return seen

    def result(self, handle: str) -> bytes | None:
        """The text of the result as it was downloaded; ``None`` where there is none yet."""
        try:
            return self._connection.ask(
                f"fetch the result of job {handle}",
                lambda service: raw_result(self._connection.job(service, handle)),
            )
        except NotThere:
            self._expired.add(handle)
            return None

    def decode(self, raw: bytes, job: Batch, *, shots: int) -> list[Reading]:
        """Counts by the register ``cells``, cell c in bit c."""
        return list(counts_of(raw, len(job), shots))

    def cancel(self, handle: str) -> None:
        """Give a job up; one that has ended stays as it is."""
        from qiskit_ibm_runtime.exceptions import RuntimeInvalidStateError

        def given_up(service: QiskitRuntimeService) -> None:
            try:
                self._connection.job(service, handle).cancel()
            except RuntimeInvalidStateError:
                pass
            finally:
                self._connection.drop_job(handle)

        self._connection.ask(f"cancel job {handle}", given_up)

    def _seconds(
        self, circuits: list[QuantumCircuit], target: object, shots: int, repetition: float
    ) -> float:
        check_circuits(circuits, target, self._device)
        return limits.machine_seconds(
            circuits, target, shots=shots, settings=self._settings, repetition=repetition
        )

    def _asked(
        self, doing: str, question: Callable[[IBMBackend], _Answer], **limit: float
    ) -> _Answer:
        """A question about the device."""
        return self._connection.ask(doing, lambda one: question(self._device_of(one)), **limit)

    def _device_of(self, service: QiskitRuntimeService) -> IBMBackend:
        wanted = not self._settings.twirl_gates
        return self._connection.device(service, self._device, fractional=wanted)


def _circuits(job: Batch) -> list[QuantumCircuit]:
    return [item.plan.circuit(item.index, measure=True) for item in job]


def _target_and_pause(device: IBMBackend) -> tuple[object, float]:
    """The device's target, and seconds between two shots."""
    pause = getattr(device.configuration(), "default_rep_delay", None)
    return device.target, float(pause or limits.REPETITION_SECONDS)
