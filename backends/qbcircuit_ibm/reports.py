"""What IBM says of a job, in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbcircuit.backend import JobReport, JobState
from qbcircuit_ibm.failures import plain

if TYPE_CHECKING:
    from qiskit_ibm_runtime import RuntimeJobV2

STATES = {
    "INITIALIZING": JobState.SUBMITTED,
    "QUEUED": JobState.SUBMITTED,
    "RUNNING": JobState.RUNNING,
    "DONE": JobState.DONE,
    "ERROR": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
}
"""States of IBM's client; one that it does not know is taken as waiting."""

_RAN_TOO_LONG = "ran longer than maximum execution time"


def report_of(job: RuntimeJobV2) -> JobReport:
    """State, reason and machine time of a job; costs one request, two once it has ended."""
    state = STATES.get(str(job.status()).upper(), JobState.SUBMITTED)
    detail = _reason(job) if state is JobState.FAILED else ""
    ended = state is JobState.DONE or state.is_lost
    return JobReport(
        handle=job.job_id(), state=state, detail=detail, seconds=_seconds(job) if ended else None
    )


def raw_result(job: RuntimeJobV2) -> bytes | None:
    """The text of a job's result, as it came."""
    from qiskit.providers import JobTimeoutError
    from qiskit_ibm_runtime.decoders.result_decoder import ResultDecoder

    class AsItCame(ResultDecoder):  # type: ignore[misc]  # Any: the client is untyped
        @classmethod
        def decode(cls, data: Any) -> Any:
            return data

    try:
        text = job.result(timeout=0, decoder=AsItCame)
    except JobTimeoutError:
        return None
    return str(text).encode("utf-8") if text else None


def _reason(job: RuntimeJobV2) -> str:
    """IBM's reason and its number."""
    text = str(job.error_message() or "")
    told, _, reason = text.partition(":\n")
    why = "" if reason.lstrip().startswith("<") else plain(reason)  # a web page is no reason
    if _RAN_TOO_LONG in text:
        return f"it ran longer than it may: {why}" if why else "it ran longer than it may"
    return why or plain(told)


def _seconds(job: RuntimeJobV2) -> float | None:
    """Machine time that is charged, once IBM has counted it; the run goes on without it."""
    try:
        usage = job.metrics().get("usage") or {}
    except Exception:  # asked again at the next look, and worth no failure
        return None
    if usage.get("status") == "pending":
        return None
    told = usage.get("qpu_charge_time_seconds", usage.get("quantum_seconds"))
    return None if told is None else float(told)
