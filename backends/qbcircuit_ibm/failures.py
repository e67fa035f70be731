"""What goes wrong in IBM's client, as one sentence of ours that holds no secret."""

from __future__ import annotations

import datetime
import email.utils
import json
import re
import traceback
from collections.abc import Iterator
from typing import Any

from qbcircuit.backend import MachineRefused, MachineUnreachable
from qbcircuit.errors import InvalidRequest, QbcircuitError, RunFailed

RAW_KEY = "Unable to retrieve IBM Cloud access token"
"""How IBM's client begins the warning after which it would send the API key itself."""

NO_TIME = ("This instance has met its usage limit", "There is currently no more time available")
"""How it begins the warnings that a job would wait for ever."""

HOW_TO_SAVE = (
    "Save an account once, in Python: from qiskit_ibm_runtime import QiskitRuntimeService; "
    'QiskitRuntimeService.save_account(token="<API key>", instance="<CRN>").'
)

LONGEST = 400
_SEARCHING = ("ibm_cloud_sdk_core", "ibm_platform_services", "qiskit_ibm_runtime.accounts")
_PASSING = frozenset({408, 425, 429})
_SECRETS = re.compile(
    r"https?://\S+|(?:bearer|apikey|basic)\s+\S+|(?:api_?key|token|authorization)\s*[=:]\s*\S+"
    r"|eyJ[\w-]{8,}(?:\.[\w-]+)*",
    re.IGNORECASE,
)


class SignedOut(MachineRefused):
    """IBM no longer knows the access token, or gives none: a new client may."""


class NotThere(MachineRefused):
    """IBM knows no such thing."""


def explained(error: BaseException, doing: str) -> QbcircuitError:
    """The error of ours for one of IBM's client.

    Args:
        error: what was raised; its causes are read too.
        doing: what was being done, e.g. ``"send a job"``.
    """
    chain = list(_chain(error))
    if isinstance(error, QbcircuitError):
        return error
    if any(str(one).startswith(NO_TIME) for one in chain if isinstance(one, Warning)):
        return MachineRefused(
            "IBM's instance has no time left, so a job would not run. Wait until its allowance "
            "is renewed, or use another instance; nothing has been sent."
        )
    for one in chain:
        known = _known(one, doing)
        if known is not None:
            return known
    answers = [found for one in chain if (found := _answer(one)) is not None]
    if answers:
        return _answered(answers[0], doing, signing=any(map(_is_signing, chain)))
    if any(map(_is_signing, chain)):
        return _unsigned(doing)
    if any(map(_is_misread, chain)):
        return MachineUnreachable(f"IBM's answer could not be read when asked to {doing}.")
    if any(map(_is_network, chain)):
        return MachineUnreachable(f"IBM could not be reached to {doing} (no answer).")
    return RunFailed(f"IBM's client could not {doing}: {type(error).__name__}: {plain(error)}.")


def is_about_tokens(error: BaseException) -> bool:
    """Whether it was IBM's account service that failed."""
    return any(map(_is_signing, _chain(error)))


def plain(text: object) -> str:
    """A text of IBM's on one line, without addresses, tokens and headers."""
    words = " ".join(_SECRETS.sub("…", str(text)).split()).rstrip(".")
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from; IBM's client hides causes, which still lie there."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _known(error: BaseException, doing: str) -> QbcircuitError | None:
    from qiskit_ibm_runtime.accounts.exceptions import AccountNotFoundError

    if isinstance(error, AccountNotFoundError):
        return InvalidRequest(f"There is no IBM account here to {doing} with. {HOW_TO_SAVE}")
    if "does not have access to the instance" in str(error):
        return MachineRefused(
            "The account has no access to the instance that it names. Save it again with an "
            f"instance of its own. {HOW_TO_SAVE}"
        )
    return None


def _answer(error: BaseException) -> Any:
    """The HTTP answer that an error carries, if it is one of refusal."""
    for name in ("response", "http_response"):
        found = getattr(error, name, None)
        if (getattr(found, "status_code", None) or 0) >= 400:
            return found
    return None


def _is_signing(error: BaseException) -> bool:
    request = getattr(error, "request", None) or getattr(_answer(error), "request", None)
    return str(error).startswith(RAW_KEY) or "/identity/token" in str(getattr(request, "url", ""))


def _is_network(error: BaseException) -> bool:
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    return isinstance(error, RequestException | HTTPError | TimeoutError | ConnectionError)


def _is_misread(error: BaseException) -> bool:
    """Whether an answer was no JSON, or other JSON than those who look for accounts expect."""
    if isinstance(error, json.JSONDecodeError):
        return True
    frames = traceback.walk_tb(error.__traceback__)
    modules = [str(frame.f_globals.get("__name__")) for frame, _ in frames]
    in_search = any(name.startswith(_SEARCHING) for name in modules)
    return in_search and isinstance(error, AttributeError | LookupError | TypeError)


def _answered(answer: Any, doing: str, *, signing: bool) -> QbcircuitError:
    status = int(answer.status_code)
    if status >= 500 or status in _PASSING:
        if signing:
            return _unsigned(doing)
        wait = _retry_after(answer)
        again = "" if wait is None else f", which asks to wait {wait:g} s"
        return MachineUnreachable(
            f"IBM could not be reached to {doing} (HTTP {status}{again}).", retry_after=wait
        )
    if signing:
        return MachineRefused(
            f"IBM refuses the account's API key ({_said(answer)}), so it is impossible to "
            f"{doing}. Make a new one. {HOW_TO_SAVE}"
        )
    if status == 401:
        return SignedOut(
            f"IBM refuses the account ({_said(answer)}), so it is impossible to {doing}. Check "
            f"the API key and its instance. {HOW_TO_SAVE}"
        )
    refusal = f"IBM refused to {doing} (HTTP {status}): {_said(answer)}."
    return NotThere(refusal) if status == 404 else MachineRefused(refusal)


def _unsigned(doing: str) -> SignedOut:
    return SignedOut(
        "IBM's account service gives no access token at the moment, so it is impossible to "
        f"{doing}. Nothing that was sent is lost: give the same command again later."
    )


def _said(answer: Any) -> str:
    """IBM's own message in an error answer."""
    try:
        told = answer.json()
        first = (told.get("errors") or [told.get("error") or told])[0]
        text = first.get("message") or first.get("errorMessage") or ""
    except (ValueError, AttributeError, LookupError, TypeError):
        text = ""
    return plain(text) or f"HTTP {answer.status_code}"


def _retry_after(answer: Any) -> float | None:
    """Seconds that the answer asks to wait, given as such or as a date."""
    text = answer.headers.get("Retry-After")
    if text is None:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        when = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((when - datetime.datetime.now(datetime.UTC)).total_seconds(), 0.0)
