"""Claims of a paper beside what was measured: one line each, JSON, and an exit code."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One number of a paper and our measurement of it.

    Args:
        statement: the claim in words.
        expected: the paper's number, or the bound where ``bound`` or ``least`` is set.
        value: our estimate.
        low: lower end of its 95 % interval.
        high: upper end of its 95 % interval.
        bound: whether the claim is "at most expected".
        least: whether the claim is "at least expected".
        slack: width added to the interval, in its half widths, because many claims are checked
            at once: with 2 a true claim fails about once in 10^4.
    """

    statement: str
    expected: float
    value: float
    low: float
    high: float
    bound: bool = False
    least: bool = False
    slack: float = 2.0

    @property
    def holds(self) -> bool:
        """Whether the (widened) interval holds the number, or stays on its side of the bound."""
        low = self.value - self.slack * (self.value - self.low)
        high = self.value + self.slack * (self.high - self.value)
        if self.bound:
            return low <= self.expected
        return high >= self.expected if self.least else low <= self.expected <= high

    def __str__(self) -> str:
        sign = "≤" if self.bound else "≥" if self.least else "="
        return (
            f"{'pass' if self.holds else 'FAIL'}  {self.statement} {sign} {self.expected:.4f}   "
            f"measured {self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"
        )


def arguments(description: str, name: str) -> argparse.Namespace:
    """The options that every experiment takes."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs") / name)
    parser.add_argument("--shots", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tiny", action="store_true", help="the smallest size that still shows it")
    return parser.parse_args()


def conclude(claims: Sequence[Claim], out: Path) -> int:
    """Print every claim, write claims.json, and return the exit code: 1 where one fails."""
    for claim in claims:
        print(claim)
    rows = [asdict(claim) | {"holds": claim.holds} for claim in claims]
    (out / "claims.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    failed = sum(not claim.holds for claim in claims)
    print(f"{len(claims) - failed} of {len(claims)} claims hold; files in {out}")
    return 1 if failed else 0
