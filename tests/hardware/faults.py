"""Where the service can fail, and how."""

from __future__ import annotations

from typing import Any

from tests.standin import Act, Fault

SIGNING = ("POST", "/identity/token")

ROUTES = (
    ("POST", "/v3/resources/search"),
    ("GET", "/catalog/*"),
    ("GET", "/backends"),
    ("GET", "/backends/*/configuration"),
    ("GET", "/backends/*/properties"),
    ("GET", "/backends/*/status"),
    ("GET", "/instances/usage"),
    ("POST", "/sessions"),
    ("POST", "/jobs"),
    ("GET", "/jobs"),
    ("GET", "/jobs/*"),
    ("GET", "/jobs/*/metrics"),
    ("GET", "/jobs/*/results"),
    ("PATCH", "/sessions/*"),
)
"""All that a run asks of the service, but for access tokens and cancelling."""

ACTS: dict[str, dict[str, Any]] = {
    "429": {"act": Act.STATUS, "status": 429},
    "429, asked to wait": {"act": Act.STATUS, "status": 429, "retry_after": 1},
    "500": {"act": Act.STATUS, "status": 500},
    "502 afterwards": {"act": Act.STATUS, "status": 502, "after": True},
    "dropped": {"act": Act.DROP},
    "dropped afterwards": {"act": Act.DROP, "after": True},
    "slow": {"act": Act.SLOW, "seconds": 0.2},
    "truncated": {"act": Act.TRUNCATE},
    "cut": {"act": Act.CUT},
    "a web page": {"act": Act.HTML},
    "a web page afterwards": {"act": Act.HTML, "after": True},
    "empty": {"act": Act.EMPTY},
    "empty afterwards": {"act": Act.EMPTY, "after": True},
    "expired": {"act": Act.EXPIRE},
    "revoked": {"act": Act.REVOKE},
}
"""What happens to a request."""


def everywhere(act: str) -> list[Fault]:
    """That fault once on every route."""
    return [Fault(*route, **ACTS[act]) for route in ROUTES]
