"""The account service: access tokens for the API key, the one instance, its plan."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from tests.standin.settings import INSTANCE, write_atomically

PLAN = "standin-open-plan"


class Accounts:
    """Tokens signed with a secret of the folder, so that they outlive the server."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "tokens.json"
        self._lock = threading.Lock()
        if self._path.exists():
            row = json.loads(self._path.read_text())
            self._secret, self._generation = row["secret"], row["generation"]
        else:
            self._secret, self._generation = secrets.token_hex(16), 0
            self._save()

    def issue(self, seconds: float) -> dict[str, Any]:
        """A new access token, as the account service answers."""
        now = time.time()
        claims = {
            "iat": int(now),
            "exp": now + seconds,
            "sub": "standin",
            "generation": self._generation,
            "jti": secrets.token_hex(8),
        }
        head = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return {
            "access_token": f"{head}.{self._signature(head)}",
            "refresh_token": "not_supported",
            "token_type": "Bearer",
            "expires_in": int(seconds),
            "expiration": int(now + seconds),
            "scope": "ibm openid",
        }

    def refusal(self, authorization: str) -> str:
        """Why a request with this header is refused; empty where it is welcome."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer":
            return "An access token is required."
        head, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(head)):
            return "The access token is not valid."
        claims = json.loads(base64.urlsafe_b64decode(head.split(".")[1] + "=="))
        if claims["generation"] != self._generation:
            return "The access token is unknown."
        if claims["exp"] <= time.time():
            return "The access token has expired."
        return ""

    def revoke(self) -> None:
        """From now on every token issued so far is unknown."""
        with self._lock:
            self._generation += 1
            self._save()

    def _signature(self, head: str) -> str:
        digest = hmac.new(self._secret.encode(), head.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _save(self) -> None:
        row = {"secret": self._secret, "generation": self._generation}
        write_atomically(self._path, json.dumps(row))


def instances() -> dict[str, Any]:
    """What a search for quantum instances finds."""
    return {
        "items": [
            {
                "crn": INSTANCE,
                "name": "standin",
                "service_plan_unique_id": PLAN,
                "doc": {"extensions": {"allocation": 1}},
                "tags": ["standin"],
            }
        ],
        "limit": 100,
    }


def plan(plan_id: str) -> dict[str, Any]:
    """The catalogue's entry of a plan."""
    return {
        "id": plan_id,
        "overview_ui": {"en": {"display_name": "Open"}},
        "metadata": {"pricing": {"type": "free"}},
    }


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
