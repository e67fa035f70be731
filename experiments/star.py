"""Star battery: n chargers fill one cell sqrt(n) times as fast, and slower than driving it alone.

Model of Joshi and Mahesh, PRA 106, 042601 (2022), arXiv:2112.15437: H = g sum_c (s+_B s-_c + h.c.),
the cell empty, n chargers excited.

- W = sin^2(g sqrt(n) t): a speed-up of sqrt(n) at fixed g.
- Under C0 the whole star is counted: Gamma_C0 = 2 sqrt(n)/(n + 1) for odd n, below 1 from n = 3 on.
  Under C1 Gamma_C1 = 1.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from claims import (
    Claim,
    arguments,
    bars,
    computed,
    conclude,
    exact,
    full_charges,
    measured,
    panels,
    save,
    work_at,
    works,
)

import qbcircuit as qb

C0, C1, NONE = qb.Constraint.C0, qb.Constraint.C1, qb.Constraint.NONE


def charger(chargers: int) -> qb.ChargingProtocol:
    return qb.protocols.star(qb.Battery.qubits(1), chargers=chargers)


def speeds(sizes: list[int], **run: Any) -> list[Claim]:
    """Charging time of one charger over that of n, at the same g."""
    claims = []
    for n in sizes:
        time = qb.compare([charger(n)], constraint=NONE, **run).rows[-1]["charging_time"]
        speed = {
            "value": math.pi / 2 / time["value"],
            "low": math.pi / 2 / time["high"],
            "high": math.pi / 2 / time["low"],
        }
        claims.append(measured(f"n={n}: speed-up at fixed g", math.sqrt(n), speed))
    return claims


def gammas(sizes: list[int], constraint: qb.Constraint, **run: Any) -> list[Claim]:
    """Gamma from circuits: one driven cell is the reference."""
    claims = []
    for n in sizes:
        ((_, found),) = full_charges(qb.compare([charger(n)], constraint=constraint, **run))
        expected = 2 * math.sqrt(n) / (n + 1) if constraint is C0 else 1.0
        claims.append(measured(f"n={n}: Gamma_{constraint.value}", expected, found))
    return claims


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "star")
    run = {"shots": options.shots, "seed": options.seed}
    many, odd = ([1, 4], [3]) if options.tiny else ([1, 2, 4, 9], [1, 3, 5, 7])
    times = np.array([0.3, 0.8, 1.2, math.pi / 2]) / math.sqrt(many[-1])
    shape = works(
        f"n={many[-1]}, sin^2(g sqrt(n) t)",
        np.sin(math.sqrt(many[-1]) * times) ** 2,
        work_at(charger(many[-1]), times, **run),
        times,
    )
    fixed = speeds(many, **run)
    found = {one: gammas(odd, one, **run) for one in (C0, C1)}
    limits = [
        exact(f"n={n}: Gamma_C0", 1.0, computed(charger(n), C0).advantage, 0.0, bound=True)
        for n in (3, 5, 7)
    ]
    figure, (axes,) = panels(1)
    fine = np.linspace(1, max(many), 60)
    bars(axes, many, fixed, "speed-up at fixed g")
    bars(axes, odd, found[C0], "Γ_C0", "s")
    bars(axes, odd, found[C1], "Γ_C1", "D")
    for curve in (np.sqrt(fine), 2 * np.sqrt(fine) / (fine + 1), np.ones_like(fine)):
        axes.plot(fine, curve, "k-", lw=0.8)
    axes.set(xlabel="chargers n", ylabel="ratio of times", title="√n at fixed g, below 1 under C0")
    save(figure, options.out, "star")
    return conclude([*shape, *fixed, *found[C0], *found[C1], *limits], options.out)


if __name__ == "__main__":
    sys.exit(main())
