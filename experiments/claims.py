"""Claims of a paper beside what was measured: one line each, JSON, a figure, and an exit code."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import qbcircuit as qb
from qbcircuit.comparison import ExactFigures, Result, exact_figures, reference_protocol, under
from qbcircuit.estimate import EnergyTrace, Estimate, Withholding, compare_figures

SAMPLED = "counts"
REFERENCE = "exact reference"


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
        tolerance: of numbers that are computed: the rounding of the number expected.
        source: counts of circuits, or the exact reference where only that makes sense.
    """

    statement: str
    expected: float
    value: float
    low: float
    high: float
    bound: bool = False
    least: bool = False
    slack: float = 2.0
    tolerance: float = 0.0
    source: str = SAMPLED

    @property
    def holds(self) -> bool:
        """Whether the (widened) interval holds the number, or stays on its side of the bound."""
        low = self.value - self.slack * (self.value - self.low) - self.tolerance
        high = self.value + self.slack * (self.high - self.value) + self.tolerance
        if self.bound:
            return low <= self.expected
        return high >= self.expected if self.least else low <= self.expected <= high

    def __str__(self) -> str:
        sign = "≤" if self.bound else "≥" if self.least else "="
        if self.source == SAMPLED:
            found = f"{self.expected:.4f}   measured {self.value:.4f}"
            found += f" [{self.low:.4f}, {self.high:.4f}]"
        else:
            found = f"{self.expected:.6g}   {self.source} {self.value:.6g}"
        return f"{'pass' if self.holds else 'FAIL'}  {self.statement} {sign} {found}"


def measured(statement: str, expected: float, estimate: Any, **more: Any) -> Claim:
    """A claim held against an estimate from counts: of a row, or of the library.

    Raises:
        SystemExit: the figure was withheld.
    """
    if estimate is None:
        raise SystemExit(f"FAIL  {statement}: withheld, there is no figure to hold against it")
    find = estimate.get if isinstance(estimate, dict) else lambda name: getattr(estimate, name)
    parts = {name: float(find(name)) for name in ("value", "low", "high")}
    return Claim(statement=statement, expected=float(expected), **parts, **more)


def full_charges(
    result: Result, withholding: Withholding | None = None
) -> list[tuple[Estimate | None, Estimate | None]]:
    """W and Gamma of every charger of a comparison that is known to charge as far as parallel.

    Gamma is then the ratio of the first maxima. A row's own advantage has to tell from the data
    whether the charge is full, and about once in fifty times it is fooled.
    """
    parallel, *others = result.traces
    seed = result.document["seed"]
    found = [compare_figures(one, parallel, seed=seed, withholding=withholding) for one in others]
    return [(one.figures.work, one.peak_ratio) for one in found]


def between(value: float, error: float = 0.0) -> dict[str, float]:
    """A number and the half width of its interval, as :func:`measured` takes it."""
    return {"value": value, "low": value - error, "high": value + error}


def exact(
    statement: str, expected: float, value: float, tolerance: float = 1e-6, **more: Any
) -> Claim:
    """A claim held against a computed number."""
    value = float(value)
    parts = {"value": value, "low": value, "high": value, "tolerance": tolerance}
    return Claim(statement=statement, expected=expected, source=REFERENCE, **parts, **more)


def computed(protocol: qb.ChargingProtocol, constraint: qb.Constraint) -> ExactFigures:
    """Figures of the exact curve under a constraint, against parallel charging under it."""
    return exact_figures(under(protocol, constraint), reference_protocol(protocol, constraint))


def work_at(
    protocol: qb.ChargingProtocol, times: Sequence[float], *, backend: Any = "aer", **run: Any
) -> EnergyTrace:
    """W at some times from the counts of compiled circuits; increasing times, ``shots``, ``seed``.

    A guaranteed error of the circuits of 0.002 keeps product formulas below what shots tell.
    """
    plan = qb.compile_protocol(protocol, times=tuple(float(t) for t in times), error=2e-3)
    return qb.run(plan, backend, **run)


def works(
    statement: str, expected: Sequence[float], trace: EnergyTrace, times: Sequence[float]
) -> list[Claim]:
    """W at each time of a trace against a number, with its normal interval."""
    rows = zip(times, expected, trace.work, 1.96 * trace.stderr, strict=True)
    return [
        measured(f"{statement}: W(t={time:.4g})", number, between(value, error))
        for time, number, value, error in rows
    ]


def panels(count: int) -> tuple[Figure, Any]:
    """A figure with so many axes side by side."""
    figure = Figure(figsize=(4.4 * count, 4), layout="constrained")
    return figure, np.atleast_1d(figure.subplots(1, count))


def bars(
    axes: Any,
    x: Sequence[float],
    claims: Sequence[Claim],
    label: str | None = None,
    marker: str = "o",
    **more: Any,
) -> None:
    """What was found, with its intervals, against anything."""
    values = [claim.value for claim in claims]
    lows = [claim.value - claim.low for claim in claims]
    highs = [claim.high - claim.value for claim in claims]
    axes.errorbar(x, values, (lows, highs), fmt=marker, ms=5, capsize=3, label=label, **more)


def save(figure: Figure, out: Path, name: str) -> None:
    """The figure as svg and png, with a legend where something is labelled."""
    for axes in figure.axes:
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=8)
    figure.savefig(out / f"{name}.svg")
    figure.savefig(out / f"{name}.png", dpi=110)


def arguments(description: str, name: str) -> argparse.Namespace:
    """The options that every experiment takes; its folder is made."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs") / name)
    parser.add_argument("--shots", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tiny", action="store_true", help="the smallest size that still shows it")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def conclude(claims: Sequence[Claim], out: Path) -> int:
    """Print every claim, write claims.json, and return the exit code: 1 where one fails."""
    for claim in claims:
        print(claim)
    rows = [asdict(claim) | {"holds": claim.holds} for claim in claims]
    (out / "claims.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    failed = sum(not claim.holds for claim in claims)
    print(f"{len(claims) - failed} of {len(claims)} claims hold; files in {out}")
    return 1 if failed else 0
