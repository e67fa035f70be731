"""The best pulses of few-body terms, found anew by gradient search and run as circuits.

Campaioli, Pollock, Binder, Celeri, Goold, Vinjanampathy, Modi, "Enhancing the charging power of
quantum batteries", PRL 118, 150601 (2017), arXiv:1612.04991, asks how much faster than parallel
charging interactions of k cells can be, and conjectures that their order is what counts.

- Piecewise constant pulses of all k-body terms beat disjoint blocks of k cells, which reach
  N/ceil(N/k) under C0 and its square root under C1; pairs on four and five cells beat k = 2 itself.
- None exceeds gamma k = pi k/2 under C0, nor sqrt(N) under C1.
- Every pulse ends in its target and is judged from its protocol alone; one is compiled and its
  work measured on Aer.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from claims import Claim, arguments, conclude
from matplotlib.figure import Figure

import qbcircuit as qb
from qbcircuit.bounds import block_advantage
from qbcircuit.optimise import LARGEST_INFIDELITY, Charger, ChargingTask, Search, search, verified

C0, C1 = qb.Constraint.C0, qb.Constraint.C1

CROSSING = 0.95
"""Share of capacity at which the measured advantage is read: W is flat at full charge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """A pulse to be found.

    Args:
        n: N.
        k: most cells in an interaction.
        constraint: what it may spend.
        least: advantage to be reached.
        symmetric: whether all cells are charged alike.
        slices: of the pulse.
        quick: whether it is part of the smallest size.
    """

    n: int
    k: int
    constraint: qb.Constraint
    least: float
    symmetric: bool
    slices: int = 8
    quick: bool = False

    @property
    def label(self) -> str:
        """The goal in words."""
        return f"N={self.n} k={self.k} {self.constraint.value}"


GOALS = (
    Goal(n=3, k=2, constraint=C0, least=1.72, symmetric=True, slices=14, quick=True),
    Goal(n=4, k=2, constraint=C0, least=2.09, symmetric=False, quick=True),
    Goal(n=5, k=2, constraint=C0, least=1.98, symmetric=False),
    Goal(n=4, k=3, constraint=C0, least=2.30, symmetric=True),
    Goal(n=4, k=2, constraint=C1, least=1.71, symmetric=True, slices=7, quick=True),
)
COMPILED = GOALS[1]


def charger_of(goal: Goal, seed: int) -> Charger:
    """The pulse that one random start leads to, verified."""
    task = ChargingTask.between(goal.n, goal.k, goal.constraint)
    how = Search(slices=goal.slices, restarts=1, seed=seed, symmetric=goal.symmetric)
    return verified(task, search(task, how).protocol)


def rediscovered(found: dict[Goal, Charger]) -> list[Claim]:
    """Advantages against what is to be reached, blocks and bounds; targets met."""
    claims = []
    for goal, charger in found.items():
        gamma = charger.advantage
        name = f"pulse {goal.label}: Gamma"
        claims.append(_computed(name, goal.least, gamma, least=True))
        blocks = block_advantage(goal.n, goal.k, goal.constraint)
        claims.append(_computed(f"{name} against blocks", blocks or 0.0, gamma, least=True))
        claims.append(_computed(f"{name} against its bound", charger.bound, gamma, bound=True))
    fidelity = 1 - max(charger.infidelity for charger in found.values())
    name = "all pulses: smallest fidelity with the target"
    claims.append(_computed(name, 1 - LARGEST_INFIDELITY, fidelity, least=True))
    return claims


def _computed(statement: str, expected: float, value: float, **more: Any) -> Claim:
    return Claim(statement=statement, expected=expected, value=value, low=value, high=value, **more)


def on_circuits(charger: Charger, label: str, *, shots: int, seed: int) -> tuple[list[Claim], Any]:
    """Work of the compiled pulse on the way and at its end, from counts."""
    protocol = charger.protocol
    times = (0.4 * protocol.duration, protocol.duration)
    plan = qb.compile_protocol(protocol, times=times, error=5e-3)
    trace = qb.run(plan, "aer", shots=shots, seed=seed)
    claims = []
    expected = qb.simulate(protocol, times).work.tolist()
    found = zip(trace.work.tolist(), (1.96 * trace.stderr).tolist(), strict=True)
    for time, exact, (work, error) in zip(times, expected, found, strict=True):
        statement = f"circuits of pulse {label}: W(t={time:.3f})"
        near = {"value": work, "low": work - error, "high": work + error}
        claims.append(Claim(statement=statement, expected=exact, **near))
    return claims, trace


def beyond_k(charger: Charger, goal: Goal, **run: Any) -> list[Claim]:
    """The measured advantage over measured parallel charging, at 95 % of capacity."""
    result = qb.compare(
        [charger.protocol], constraint=goal.constraint, backend="aer", crossing=CROSSING, **run
    )
    gamma = result.rows[-1]["advantage"]
    near = {name: gamma[name] for name in ("value", "low", "high")}
    name = f"circuits of pulse {goal.label}: Gamma at {CROSSING:.0%}"
    return [
        Claim(statement=name, expected=gamma["exact"], **near),
        Claim(statement=f"{name} against k", expected=goal.k, least=True, **near),
    ]


def draw(out: Path, found: dict[Goal, Charger], charger: Charger, trace: Any) -> None:
    """Advantages between blocks and bounds, and the work of the pulse that was compiled."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    places = range(len(found))
    blocks = [block_advantage(goal.n, goal.k, goal.constraint) for goal in found]
    left.plot(places, [one.advantage for one in found.values()], "o", label="found")
    left.plot(places, blocks, "s", mfc="none", label="blocks of k cells")
    left.plot(places, [one.bound for one in found.values()], "C3_", ms=26, mew=2, label="bound")
    left.set_xticks(places, [goal.label.replace(" ", "\n") for goal in found], fontsize=8)
    left.set(ylabel="Γ", title="Best pulses found", xlim=(-0.6, len(found) - 0.4))
    protocol, n = charger.protocol, charger.task.n_cells
    times = np.linspace(0, protocol.duration, 101)
    right.plot(times, qb.simulate(protocol, times).work, label="pulse, exact")
    right.plot(times, n * np.sin(times) ** 2, "k--", lw=0.8, label="parallel charging")
    right.errorbar(trace.times, trace.work, 1.96 * trace.stderr, fmt="o", capsize=3, label="Aer")
    right.set(xlabel="t", ylabel="W", title=f"{n} cells, pairs only, C0")
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(out / "pulses.svg")
    figure.savefig(out / "pulses.png", dpi=110)


def main() -> int:
    """Find every pulse, hold it against its bound, run one; 0 where all claims hold."""
    options = arguments(__doc__ or "", "pulses")
    options.out.mkdir(parents=True, exist_ok=True)
    goals = [goal for goal in GOALS if goal.quick or not options.tiny]
    found = {goal: charger_of(goal, options.seed) for goal in goals}
    claims = rediscovered(found)
    run = {"shots": options.shots, "seed": options.seed}
    measured, trace = on_circuits(found[COMPILED], COMPILED.label, **run)
    claims += measured
    if not options.tiny:
        claims += beyond_k(found[COMPILED], COMPILED, **run)
    draw(options.out, found, found[COMPILED], trace)
    return conclude(claims, options.out)


if __name__ == "__main__":
    sys.exit(main())
