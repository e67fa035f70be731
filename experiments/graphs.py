"""Graph batteries: the advantage falls with the number of partners while Theorem 2's bound rises.

Ising graphs, H = J sum over edges of X_i X_j, held against the letter, Campaioli et al., PRL 118,
150601 (2017), arXiv:1612.04991. All terms commute, so circuits are exact.

- W = sum_j [1 - cos^(d_j)(2 J t)]/2: odd degrees charge fully at J t = pi/2, even ones never pass
  one half.
- On a bipartite d-regular graph with odd d, Gamma_C0 = Gamma_C2 = 2/d and Gamma_C1 = sqrt(2/d),
  while Theorem 2 allows gamma [k^2 (d - 1) + k], more for every partner; so does not what is
  proved since, gamma k.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections import Counter
from typing import Any

import numpy as np
from claims import (
    Claim,
    arguments,
    bars,
    between,
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

C0, C1, C2 = qb.Constraint.C0, qb.Constraint.C1, qb.Constraint.C2


def regular(n_cells: int, degree: int) -> qb.ChargingProtocol:
    return qb.protocols.ising_graph(
        qb.Battery.qubits(n_cells), graph="bipartite-regular", degree=degree
    )


def curves(n_cells: int, graphs: list[str], **run: Any) -> tuple[list[Claim], dict[str, Any]]:
    """W at four times from circuits, against the product over each cell's edges."""
    times = np.array([0.2, 0.5, 1.0, math.pi / 2])
    claims, traces = [], {}
    for graph in graphs:
        protocol = qb.protocols.ising_graph(qb.Battery.qubits(n_cells), graph=graph)
        degrees = Counter(site for term in protocol.evolutions[0].terms for site in term.sites)
        expected = sum((1 - np.cos(2 * times) ** d) / 2 for d in degrees.values())
        traces[graph] = work_at(protocol, times, **run)
        claims += works(f"{graph}, N={n_cells}", expected, traces[graph], times)
    return claims, traces


def advantages(
    n_cells: int, degrees: list[int], **run: Any
) -> tuple[dict[str, list[Claim]], list[Claim]]:
    """Gamma by degree under each constraint, and how it and Theorem 2 move."""
    found: dict[str, list[Claim]] = {}
    for constraint, power in ((C0, 1.0), (C1, 0.5), (C2, 1.0)):
        chargers = [regular(n_cells, d) for d in degrees]
        gammas = full_charges(qb.compare(chargers, constraint=constraint, **run))
        found[constraint.value] = [
            measured(
                f"bipartite, N={n_cells}, d={d}: Gamma_{constraint.value}",
                (2 / d) ** power,
                gamma,
            )
            for d, (_, gamma) in zip(degrees, gammas, strict=True)
        ]
    bounds = [qb.bounds.theorem2(regular(n_cells, d)).value for d in degrees]
    moves = [exact("Theorem 2, least change with d", 0.0, min(np.diff(bounds)), 0.0, least=True)]
    moves += [
        exact(f"Theorem 2 at d={d}", math.pi / 2 * (4 * (d - 1) + 2), bound)
        for d, bound in zip(degrees, bounds, strict=True)
    ]
    for (d, fewer), (e, more) in itertools.pairwise(zip(degrees, found["C0"], strict=True)):
        change = more.value - fewer.value
        error = math.hypot(more.high - more.value, fewer.value - fewer.low)
        moves.append(
            measured(f"Gamma_C0, change from d={d} to {e}", 0.0, between(change, error), bound=True)
        )
    return found, moves


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "graphs")
    run = {"shots": options.shots, "seed": options.seed}
    n_cells, degrees = (6, [1, 3]) if options.tiny else (10, [1, 3, 5])
    graphs = ["star", "complete"] if options.tiny else ["ring", "path", "star", "complete"]
    shapes, traces = curves(n_cells, graphs, **run)
    found, moves = advantages(n_cells, degrees, **run)
    figure, (left, right) = panels(2)
    for number, (graph, trace) in enumerate(traces.items()):
        near = shapes[4 * number : 4 * number + 4]
        bars(left, trace.times, near, graph, color=f"C{number}")
        fine = np.linspace(0, math.pi / 2, 80)
        protocol = qb.protocols.ising_graph(qb.Battery.qubits(n_cells), graph=graph)
        left.plot(fine, qb.simulate(protocol, fine).work, color=f"C{number}", lw=0.8)
    left.set(xlabel="J t", ylabel="W", title=f"Ising graphs, N = {n_cells}")
    for (name, claims), marker in zip(found.items(), "osD", strict=True):
        bars(right, degrees, claims, f"Γ_{name}", marker)
    fine = np.linspace(1, max(degrees), 60)
    right.plot(fine, 2 / fine, "k-", lw=0.8, label="2/d")
    right.plot(
        degrees,
        [claim.value for claim in moves[1 : 1 + len(degrees)]],
        "C3_-",
        ms=14,
        label="Theorem 2",
    )
    right.set(xlabel="degree d = m", yscale="log", title="Γ falls, Theorem 2 rises")
    save(figure, options.out, "graphs")
    return conclude([*shapes, *itertools.chain(*found.values()), *moves], options.out)


if __name__ == "__main__":
    sys.exit(main())
