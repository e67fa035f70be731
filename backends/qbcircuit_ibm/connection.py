"""The account's client: made when first needed, kept quiet, made anew where IBM forgot it."""

from __future__ import annotations

import contextlib
import importlib
import logging
import queue
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from qbcircuit.errors import InvalidRequest, MissingExtra, unknown_name
from qbcircuit_ibm.failures import NO_TIME, RAW_KEY, SignedOut, explained, is_about_tokens
from qbcircuit_ibm.fake_devices import MISSING
from qbcircuit_ibm.guards import check_addresses, environment_addresses

if TYPE_CHECKING:
    from qiskit_ibm_runtime import IBMBackend, QiskitRuntimeService, RuntimeJobV2

_Answer = TypeVar("_Answer")
Question = Callable[["QiskitRuntimeService"], _Answer]

READ_SECONDS = 180.0
"""Longest wait for an answer; IBM's client retries within it and has no limit of its own."""

SEND_SECONDS = 960.0
"""Longest wait for a job to be accepted; IBM's client gives up a little earlier."""

_SEARCHED = ("global_search", "global_catalog")

LOGGERS = ("qiskit_ibm_runtime", "ibm-cloud-sdk-core", "urllib3")


class Connection:
    """One account. Neither its repr nor its errors hold a secret."""

    def __init__(self) -> None:
        self._service: QiskitRuntimeService | None = None
        self._devices: dict[tuple[str, bool], IBMBackend] = {}
        self._jobs: dict[str, RuntimeJobV2] = {}

    def ask(
        self, doing: str, question: Question[_Answer], *, seconds: float = READ_SECONDS
    ) -> _Answer:
        """The answer, asked for a second time with a new client where IBM forgot this one.

        Args:
            doing: what is being done, for messages.
            question: what to do with the client; called in a thread of its own.
            seconds: longest wait.

        Raises:
            QbcircuitError: of the kinds in :mod:`qbcircuit.backend`.
        """
        try:
            return self._asked(doing, question, seconds)
        except SignedOut:
            self.forget()
        try:
            return self._asked(doing, question, seconds)
        except SignedOut:
            self.forget()
            raise

    def forget(self) -> None:
        """Drop the client and all that hangs on it."""
        self._service = None
        self._devices.clear()
        self._jobs.clear()

    def device(self, service: QiskitRuntimeService, name: str, *, fractional: bool) -> IBMBackend:
        """A device, with its fractional gates if it has some and they are wanted."""
        key = (name, fractional)
        if key not in self._devices:
            self._devices[key] = _device(service, name, fractional=fractional)
        return self._devices[key]

    def job(self, service: QiskitRuntimeService, handle: str) -> RuntimeJobV2:
        """A job; it remembers that it ended."""
        if handle not in self._jobs:
            self._jobs[handle] = service.job(handle)
        return self._jobs[handle]

    def keep_job(self, job: RuntimeJobV2) -> str:
        """Remember a job that was found; returns its id."""
        self._jobs.setdefault(job.job_id(), job)
        return str(job.job_id())

    def drop_job(self, handle: str) -> None:
        """Look at a job afresh next time."""
        self._jobs.pop(handle, None)

    def _asked(self, doing: str, question: Question[_Answer], seconds: float) -> _Answer:
        _load()  # outside: it sets up its own log
        with _quiet() as hidden:
            try:
                return _within(seconds, lambda: question(self._opened(hidden)))
            except Exception as error:
                # The client turns some failures into an empty list and a line of its log.
                real = hidden[-1] if hidden and _says_not_there(error) else error
                raise explained(real, doing) from None

    def _opened(self, hidden: list[BaseException]) -> QiskitRuntimeService:
        if self._service is None:
            from qiskit_ibm_runtime import QiskitRuntimeService

            _check_account()
            service = QiskitRuntimeService()
            if hidden and is_about_tokens(hidden[-1]):
                raise hidden[-1]  # this client would let a minute pass before it asks for another
            self._service = service
        return self._service


def _load() -> None:
    """The client, which takes seconds to import: only here, when asked for."""
    try:
        importlib.import_module("qiskit_ibm_runtime")
    except ImportError:
        raise MissingExtra(MISSING) from None


def _check_account() -> None:
    """Refuse an account whose requests would go elsewhere than to IBM."""
    from ibm_cloud_sdk_core import read_external_sources
    from qiskit_ibm_runtime.accounts import AccountManager

    check_addresses(environment_addresses())
    # These services also read files of their own, e.g. ibm-credentials.env.
    found = {name: read_external_sources(name).get("URL") for name in _SEARCHED}
    found["the account's url"] = AccountManager.get().url
    check_addresses({name: address for name, address in found.items() if address})


def _device(service: QiskitRuntimeService, name: str, *, fractional: bool) -> IBMBackend:
    from qiskit.providers.exceptions import QiskitBackendNotFoundError
    from qiskit_ibm_runtime.exceptions import IBMInputValueError

    try:
        if fractional:
            with contextlib.suppress(IBMInputValueError):
                return _read(service.backend(name, use_fractional_gates=True))
        return _read(service.backend(name))
    except QiskitBackendNotFoundError:
        known = sorted(one.name for one in service.backends())
        if not known or name in known:
            raise
        raise unknown_name("device", name, known) from None


def _read(device: IBMBackend) -> IBMBackend:
    """The device once its properties have been fetched."""
    if device.target is None:
        raise InvalidRequest(f"{device.name} tells no gates. Use another device.")
    return device


def _says_not_there(error: BaseException) -> bool:
    from qiskit.providers.exceptions import QiskitBackendNotFoundError

    return isinstance(error, QiskitBackendNotFoundError)


def _within(seconds: float, call: Callable[[], _Answer]) -> _Answer:
    """The outcome of a call that may hang for ever; it is left behind then."""
    outcome: queue.SimpleQueue[tuple[list[_Answer], BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put(([call()], None))
        except BaseException as error:
            outcome.put(([], error))

    threading.Thread(target=work, name="qbcircuit-ibm", daemon=True).start()
    try:
        answer, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if error is not None:
        raise error
    return answer[0]


class _Kept(logging.Handler):
    """Prints nothing; keeps the errors during which something was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the error that is being handled, if any."""
        error = sys.exc_info()[1]
        if error is not None:
            self.errors.append(error)


@contextlib.contextmanager
def _quiet() -> Iterator[list[BaseException]]:
    """Log lines and warnings of the client stay inside; two kinds of warning stop it.

    Without an access token the client warns, and then sends the API key itself: made an error,
    the warning comes before anything is sent.
    """
    handler = _Kept()
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(one.handlers[:], one.propagate, one.level) for one in loggers]
    for one in loggers:
        one.handlers, one.propagate = [handler], False
        one.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for beginning in (RAW_KEY, *NO_TIME):
                warnings.filterwarnings("error", message=beginning)
            yield handler.errors
    finally:
        for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
            one.handlers, one.propagate = handlers, propagate
            one.setLevel(level)
