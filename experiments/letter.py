"""The founding letter's claims, measured on Aer circuits.

Campaioli, Pollock, Binder, Celeri, Goold, Vinjanampathy, Modi, "Enhancing the charging power of
quantum batteries", PRL 118, 150601 (2017), arXiv:1612.04991.

- Proposition 1: from a thermal product state of any epsilon the global flip deposits
  N tanh(epsilon/2) in 1/sqrt(N) of the parallel time (C1), without entanglement near epsilon = 0.
- Blocks of k cells reach Gamma = k under C0 and C2 and sqrt(k) under C1.
- Theorem 1 (disjoint terms): Gamma_C0 <= gamma k. Theorem 2 (a cell in m terms):
  Gamma_C0 <= gamma [k^2 (m - 1) + k].
- Conjecture 1: Gamma_C0 <= gamma k for every k-body Hamiltonian; no counterexample among random
  (Haar) ones with (N, k) = (3, 2), (4, 2), (4, 3), (6, 2). They are too many to run as circuits,
  so they are held against the exact reference.
"""

from __future__ import annotations

import itertools
import math
import sys
from typing import Any

import numpy as np
from claims import Claim, arguments, bars, conclude, exact, full_charges, measured, panels, save

import qbcircuit as qb
from qbcircuit.estimate import Withholding
from qbcircuit.starts import ThermalStart

C0, C1, C2 = qb.Constraint.C0, qb.Constraint.C1, qb.Constraint.C2


def proposition_1(n_cells: int, epsilons: list[float], *, shots: int, **run: Any) -> list[Claim]:
    """Work and advantage of the global flip from thermal product states.

    The work falls as tanh(epsilon/2), the shot noise does not: shots are raised by its square, up
    to 128-fold. A machine without noise cannot fake work, so that little of it is no objection.
    """
    claims, rules = [], Withholding(least_charge=0.005)
    for epsilon in epsilons:
        battery = qb.Battery.qubits(n_cells, start=ThermalStart(beta=epsilon))
        share = math.tanh(epsilon / 2)
        more = shots * min(128, math.ceil(share**-2))
        result = qb.compare(
            [qb.protocols.global_charging(battery)], constraint=C1, shots=more, **run
        )
        ((work, advantage),) = full_charges(result, rules)
        where = f"Proposition 1, N={n_cells}, epsilon={epsilon:g}"
        claims.append(measured(f"{where}: W", n_cells * share, work))
        claims.append(measured(f"{where}: Gamma_C1", math.sqrt(n_cells), advantage))
    return claims


def conjecture_1(sizes: list[tuple[int, int]], count: int, seed: int) -> list[Claim]:
    """Largest Gamma_C0 / (gamma k) at any time, and largest |[I, H]| / (k |H|), of random draws.

    gamma of the task: a charge that stops at W has gamma = N T_par(W)/W.
    """
    claims = []
    for n, k in sizes:
        sample = qb.protocols.sample_k_local(
            qb.Battery.qubits(n), order=k, count=count, times=np.linspace(0, 4, 50)[1:], seed=seed
        )
        share = np.clip(sample.work / n, 1e-12, 1)
        reached = sample.advantages * share / np.arcsin(np.sqrt(share)) / k
        where = f"Conjecture 1, {count} Haar-random (N, k) = ({n}, {k})"
        claims.append(exact(f"{where}: Gamma_C0/(gamma k)", 1.0, reached.max(), 0.0, bound=True))
        largest = sample.bound_ratios.max()
        claims.append(exact(f"{where}: |[I,H]|/(k |H|)", 1.0, largest, 0.0, bound=True))
    return claims


def blocks(n_cells: int, orders: list[int], **run: Any) -> dict[str, list[Claim]]:
    """Gamma of disjoint blocks under each constraint."""
    battery = qb.Battery.qubits(n_cells)
    chargers = [qb.protocols.blocks(battery, order=k) for k in orders]
    claims = {}
    for constraint, power in ((C0, 1.0), (C1, 0.5), (C2, 1.0)):
        name = constraint.value
        result = qb.compare(chargers, constraint=constraint, **run)
        claims[name] = [
            measured(f"blocks N={n_cells} k={k}: Gamma_{name}", k**power, advantage)
            for k, (_, advantage) in zip(orders, full_charges(result), strict=True)
        ]
    return claims


def theorems(n_cells: int, orders: list[int], **run: Any) -> tuple[list[Claim], list[Any]]:
    """Measured Gamma of disjoint and overlapping chargers against Theorems 1 and 2."""
    battery = qb.Battery.qubits(n_cells)
    chargers = [qb.protocols.windows(battery, order=k) for k in orders]
    chargers += [qb.protocols.blocks(battery, order=k) for k in orders]
    result = qb.compare(chargers, constraint=C0, **run)
    claims = []
    for row in result.rows[1:]:
        k, m, bounds = row["order"], row["participation"], row["bounds"]
        what = f"{row['name']} N={n_cells} k={k} m={m}: Gamma_C0"
        if m == 1:
            claims.append(
                measured(f"Theorem 1, {what}", bounds["theorem1"], row["advantage"], bound=True)
            )
        claims.append(
            measured(f"Theorem 2, {what}", bounds["theorem2"], row["advantage"], bound=True)
        )
    return claims, result.rows[1:]


def draw_thermal(axes: Any, thermal: list[Claim]) -> None:
    """Work of Proposition 1 against epsilon."""
    found = [claim for claim in thermal if claim.statement.endswith("W")]
    epsilons = [float(claim.statement.split("epsilon=")[1].split(":")[0]) for claim in found]
    bars(axes, epsilons, found, "measured")
    fine = np.linspace(0, max(epsilons), 101)
    full = found[0].expected / math.tanh(epsilons[0] / 2)
    axes.plot(fine, full * np.tanh(fine / 2), "k-", label="N tanh(ε/2)", zorder=0)
    axes.set(xlabel="ε = βΔ", ylabel="W of the global flip", title="Proposition 1")


def draw_blocks(axes: Any, orders: list[int], reached: dict[str, list[Claim]]) -> None:
    """Gamma of blocks against their order, by constraint."""
    for (name, claims), shift in zip(reached.items(), (-0.15, 0.0, 0.15), strict=True):
        bars(axes, [k + shift for k in orders], claims, f"Γ_{name}")
        axes.plot(orders, [claim.expected for claim in claims], "k-", lw=0.8)
    axes.set(xlabel="order k", ylabel="Γ of blocks", title="Γ = k (C0, C2), √k (C1)")


def draw_theorems(axes: Any, rows: list[Any]) -> None:
    """Gamma under C0 below Theorems 1 and 2."""
    bars(axes, range(len(rows)), [measured("", 0.0, row["advantage"]) for row in rows], "measured")
    for name, style, width in (("theorem2", "C3_", 5), ("theorem1", "C1_", 2)):
        bounds = [(x, row["bounds"][name]) for x, row in enumerate(rows)]
        found = [pair for pair in bounds if pair[1] is not None]
        axes.plot(*zip(*found, strict=True), style, ms=20, mew=width, label=name)
    names = [f"{row['name']}\nk={row['order']}, m={row['participation']}" for row in rows]
    axes.set_xticks(range(len(rows)), names, fontsize=7)
    axes.set_xlim(-0.6, len(rows) - 0.4)
    axes.set(ylabel="Γ under C0", title="Theorems 1 and 2", yscale="log")


def draw_samples(axes: Any, samples: list[Claim]) -> None:
    """How close random Hamiltonians come to Conjecture 1."""
    sizes = [claim.statement.split("= ")[1].split(":")[0] for claim in samples[::2]]
    axes.plot(sizes, [claim.value for claim in samples[::2]], "o", label="Γ/(γk), largest drawn")
    axes.plot(sizes, [claim.value for claim in samples[1::2]], "s", label="‖[I,H]‖/(k‖H‖)")
    axes.axhline(1.0, color="C3", lw=1, label="Conjecture 1")
    axes.set(xlabel="(N, k)", ylim=(0, 1.1), title="Haar-random Hamiltonians")


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "letter")
    run = {"backend": "aer", "shots": options.shots, "seed": options.seed}
    tiny = options.tiny
    size, orders = (4, [2, 4]) if tiny else (12, [2, 3, 4, 6, 12])
    epsilons = [0.5, 2.0] if tiny else [0.05, 0.2, 0.5, 1.0, 2.0, 5.0]
    thermal = proposition_1(3 if tiny else 5, epsilons, **run)
    reached = blocks(size, orders, **run)
    bounded, overlapping = theorems(size if tiny else 8, [2] if tiny else [2, 3], **run)
    sizes = [(3, 2), (4, 2)] if tiny else [(3, 2), (4, 2), (4, 3), (6, 2)]
    samples = conjecture_1(sizes, 50 if tiny else 2000, options.seed)
    figure, (first, second, third, fourth) = panels(4)
    draw_thermal(first, thermal)
    draw_blocks(second, orders, reached)
    draw_theorems(third, overlapping)
    draw_samples(fourth, samples)
    save(figure, options.out, "letter")
    return conclude(
        [*thermal, *itertools.chain(*reached.values()), *bounded, *samples], options.out
    )


if __name__ == "__main__":
    sys.exit(main())
