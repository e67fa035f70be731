"""The founding letter's claims, measured on Aer circuits.

Campaioli, Pollock, Binder, Celeri, Goold, Vinjanampathy, Modi, "Enhancing the charging power of
quantum batteries", PRL 118, 150601 (2017), arXiv:1612.04991.

- Proposition 1: from a thermal product state of any epsilon the global flip deposits
  N tanh(epsilon/2) in 1/sqrt(N) of the parallel time (C1), without entanglement near epsilon = 0.
- Blocks of k cells reach Gamma = k under C0 and C2 and sqrt(k) under C1.
- Theorem 1 (disjoint terms): Gamma_C0 <= gamma k. Theorem 2 (a cell in m terms):
  Gamma_C0 <= gamma [k^2 (m - 1) + k].
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

from claims import Claim, arguments, conclude
from matplotlib.figure import Figure

import qbcircuit as qb
from qbcircuit.starts import ThermalStart

C0, C1, C2 = qb.Constraint.C0, qb.Constraint.C1, qb.Constraint.C2


def _claim(statement: str, expected: float, estimate: dict[str, Any], **more: Any) -> Claim:
    parts = {key: estimate[key] for key in ("value", "low", "high")}
    return Claim(statement=statement, expected=expected, **parts, **more)


def proposition_1(n_cells: int, epsilons: list[float], **run: Any) -> list[Claim]:
    """Work and advantage of the global flip from thermal product states."""
    claims = []
    for epsilon in epsilons:
        battery = qb.Battery.qubits(n_cells, start=ThermalStart(beta=epsilon))
        result = qb.compare([qb.protocols.global_charging(battery)], constraint=C1, **run)
        row = result.rows[-1]
        where = f"Proposition 1, N={n_cells}, epsilon={epsilon:g}"
        work = n_cells * math.tanh(epsilon / 2)
        claims.append(_claim(f"{where}: W", work, row["work"]))
        claims.append(_claim(f"{where}: Gamma_C1", math.sqrt(n_cells), row["advantage"]))
    return claims


def blocks(n_cells: int, orders: list[int], **run: Any) -> tuple[list[Claim], dict[str, Any]]:
    """Gamma of disjoint blocks under each constraint."""
    battery = qb.Battery.qubits(n_cells)
    chargers = [qb.protocols.blocks(battery, order=k) for k in orders]
    claims, rows = [], {}
    for constraint, power in ((C0, 1.0), (C1, 0.5), (C2, 1.0)):
        result = qb.compare(chargers, constraint=constraint, **run)
        rows[constraint.value] = [row for row in result.rows if row["order"] > 1]
        claims += [
            _claim(
                f"blocks N={n_cells} k={row['order']}: Gamma_{constraint.value}",
                row["order"] ** power,
                row["advantage"],
            )
            for row in rows[constraint.value]
        ]
    return claims, rows


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
                _claim(f"Theorem 1, {what}", bounds["theorem1"], row["advantage"], bound=True)
            )
        claims.append(
            _claim(f"Theorem 2, {what}", bounds["theorem2"], row["advantage"], bound=True)
        )
    return claims, result.rows[1:]


def draw(out: Path, thermal: list[Claim], rows: dict[str, Any], overlapping: list[Any]) -> None:
    """Three panels: Proposition 1, blocks by constraint, Theorems 1 and 2."""
    figure = Figure(figsize=(13, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    works = [claim for claim in thermal if claim.statement.endswith("W")]
    epsilons = [float(claim.statement.split("epsilon=")[1].split(":")[0]) for claim in works]
    _bars(left, epsilons, works, "measured", "o")
    fine = [max(epsilons) * i / 100 for i in range(101)]
    full = works[0].expected / math.tanh(epsilons[0] / 2)
    left.plot(fine, [full * math.tanh(x / 2) for x in fine], "k-", label="N tanh(ε/2)", zorder=0)
    left.set(xlabel="ε = βΔ", ylabel="W of the global flip", title="Proposition 1")
    for (name, found), marker in zip(rows.items(), "osD", strict=True):
        orders = [row["order"] for row in found]
        power = 0.5 if name == "C1" else 1.0
        claims = [
            _claim("", k**power, row["advantage"]) for k, row in zip(orders, found, strict=True)
        ]
        shift = {"C0": -0.15, "C1": 0.0, "C2": 0.15}[name]
        _bars(middle, [k + shift for k in orders], claims, f"Γ_{name}", marker)
        middle.plot(orders, [claim.expected for claim in claims], "k-", lw=0.8)
    middle.set(xlabel="order k", ylabel="Γ of blocks", title="Γ = k (C0, C2), √k (C1)")
    for index, row in enumerate(overlapping):
        claim = _claim("", 0.0, row["advantage"])
        _bars(right, [index], [claim], "measured" if index == 0 else None, "o", color="C0")
        for name, style, width in (("theorem2", "C3_", 5), ("theorem1", "C1_", 2)):
            if row["bounds"][name] is not None:
                right.plot([index], [row["bounds"][name]], style, ms=26, mew=width)
    right.set_xticks(
        range(len(overlapping)),
        [f"{row['name']}\nk={row['order']}, m={row['participation']}" for row in overlapping],
        fontsize=8,
    )
    right.plot([], [], "C1_", ms=12, mew=2, label="Theorem 1")
    right.plot([], [], "C3_", ms=12, mew=5, label="Theorem 2")
    right.set_xlim(-0.6, len(overlapping) - 0.4)
    right.set(ylabel="Γ under C0", title="Theorems 1 and 2", yscale="log")
    for axes in (left, middle, right):
        axes.legend(frameon=False)
    figure.savefig(out / "letter.svg")
    figure.savefig(out / "letter.png", dpi=110)


def _bars(
    axes: Any, x: list[Any], claims: list[Claim], label: str | None, marker: str, **more: Any
) -> None:
    values = [claim.value for claim in claims]
    lows = [claim.value - claim.low for claim in claims]
    highs = [claim.high - claim.value for claim in claims]
    axes.errorbar(x, values, (lows, highs), fmt=marker, ms=5, capsize=3, label=label, **more)


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "letter")
    options.out.mkdir(parents=True, exist_ok=True)
    run = {"backend": "aer", "shots": options.shots, "seed": options.seed}
    epsilons = [0.5, 2.0] if options.tiny else [0.5, 1.0, 2.0, 4.0]
    size, orders = (4, [2, 4]) if options.tiny else (12, [2, 3, 4, 6, 12])
    thermal = proposition_1(3 if options.tiny else 5, epsilons, **run)
    reached, rows = blocks(size, orders, **run)
    bounded, overlapping = theorems(
        size if options.tiny else 8, [2] if options.tiny else [2, 3], **run
    )
    draw(options.out, thermal, rows, overlapping)
    return conclude(thermal + reached + bounded, options.out)


if __name__ == "__main__":
    sys.exit(main())
