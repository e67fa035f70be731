"""All cells coupled to all, Lipkin-Meshkov-Glick and Moelmer-Soerensen: no gain from N partners.

H = chi J_x^2 from |0...0>; both models are named in the letter, Campaioli et al., PRL 118, 150601
(2017), arXiv:1612.04991, as those whose participation m is not limited, and LMG batteries are
studied by Dou et al., arXiv:2208.04831. The closed forms are those of the model.

- W = (N/2)[1 - cos^(N-1)(chi t)]: full at chi t = pi for even N, never above N/2 for odd N.
- Even N: Gamma_C0 = 4/N with the shift-optimal norm and 2/N with the printed one,
  Gamma_C1 = sqrt(2/(N-1)), Gamma_C2 = 2.
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
from qbcircuit.constraints import norm

C0, C1, C2 = qb.Constraint.C0, qb.Constraint.C1, qb.Constraint.C2


def charger(n_cells: int) -> qb.ChargingProtocol:
    return qb.protocols.all_to_all(qb.Battery.qubits(n_cells))


def closed_form(n_cells: int, times: Any) -> Any:
    return n_cells / 2 * (1 - np.cos(times) ** (n_cells - 1))


def advantage(n_cells: int, constraint: qb.Constraint) -> float:
    return {C0: 4 / n_cells, C1: math.sqrt(2 / (n_cells - 1)), C2: 2.0}[constraint]


def curves(sizes: list[int], **run: Any) -> tuple[list[Claim], dict[int, Any]]:
    """W from circuits; odd N never pass one half."""
    times = np.array([0.3, 0.8, 2.2, math.pi])
    claims, traces = [], {}
    for n in sizes:
        traces[n] = work_at(charger(n), times, **run)
        claims += works(f"N={n}", closed_form(n, times), traces[n], times)
        if n % 2:
            most = qb.simulate(charger(n), np.linspace(0, 2 * math.pi, 801)).work.max()
            claims.append(exact(f"N={n}: largest W of a period", n / 2, most))
    return claims, traces


def gammas(sizes: list[int], constraint: qb.Constraint, **run: Any) -> list[Claim]:
    """Gamma of even N from circuits."""
    claims = []
    for n in sizes:
        ((_, found),) = full_charges(qb.compare([charger(n)], constraint=constraint, **run))
        name = f"N={n}: Gamma_{constraint.value}"
        claims.append(measured(name, advantage(n, constraint), found))
    return claims


def norms(sizes: list[int]) -> list[Claim]:
    """The same under the printed norm, chi N^2/4, and at sizes beyond circuits."""
    claims = []
    for n in sizes:
        ratio = norm(charger(n)).value / norm(charger(n), raw=True).value
        shifted = computed(charger(n), C0).advantage
        claims.append(exact(f"N={n}: Gamma_C0", 4 / n, shifted))
        claims.append(exact(f"N={n}: Gamma_C0 by the printed norm", 2 / n, shifted * ratio))
    return claims


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "lmg")
    run = {"shots": options.shots, "seed": options.seed}
    even = [4] if options.tiny else [2, 4, 6, 8]
    shapes, traces = curves([3, 4] if options.tiny else [7, 8], **run)
    found = {one: gammas(even, one, **run) for one in (C0, C1, C2)}
    printed = norms([4, 16] if options.tiny else [4, 16, 64])
    figure, (left, right) = panels(2)
    fine = np.linspace(0, math.pi, 120)
    for (n, trace), colour in zip(traces.items(), ("C0", "C1"), strict=True):
        error = 1.96 * trace.stderr / n
        left.errorbar(trace.times, trace.work / n, error, fmt="o", color=colour, label=f"N={n}")
        left.plot(fine, closed_form(n, fine) / n, color=colour, lw=0.8)
    left.set(xlabel="χt", ylabel="W / N", title="χJ_x² fills even N only")
    for (constraint, claims), marker in zip(found.items(), "osD", strict=True):
        bars(right, even, claims, f"Γ_{constraint.value}", marker)
        sizes = np.linspace(2, max(even), 40)
        right.plot(sizes, [advantage(n, constraint) for n in sizes], "k-", lw=0.8)
    right.set(xlabel="N (even)", ylabel="Γ", title="4/N, √(2/(N−1)), 2")
    save(figure, options.out, "lmg")
    return conclude([*shapes, *found[C0], *found[C1], *found[C2], *printed], options.out)


if __name__ == "__main__":
    sys.exit(main())
