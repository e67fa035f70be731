"""Qutrit battery: three levels climbed rung by rung, or flipped at once with their neighbours.

- Ladder g(|0><1| + |1><2| + h.c.), cf. Hu et al., Quantum Sci. Technol. 7, 045018 (2022),
  arXiv:2108.04298: P_2(t) = sin^4(g t/sqrt 2), full charge at T = pi/(sqrt(2) g). k = 1, so nothing
  is collective: against |2><0| + h.c. of the same cells Gamma_C0 = 1/2, Gamma_C1 = 1/sqrt(2).
- |2...2><0...0| + h.c. on blocks of k qutrits reaches Gamma_C0 = k and Gamma_C1 = sqrt(k), as the
  letter, Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991, has it for d levels.

Levels are held by qubits in Gray, binary and unary codes; no shot leaves the codes.
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
    conclude,
    exact,
    full_charges,
    measured,
    panels,
    save,
    works,
)

import qbcircuit as qb
from qbcircuit.reference import first_maximum

C0, C1 = qb.Constraint.C0, qb.Constraint.C1
TOP = qb.Battery.equal_cells(1, levels=(0.0, 0.0, 1.0))
"""A cell whose energy is the population of its highest level."""


def populations(times: Any, encodings: list[str], **run: Any) -> dict[str, list[Claim]]:
    """P_2 of one ladder in every code, and what leaves the codes."""
    found = {}
    for encoding in encodings:
        plan = qb.compile_protocol(
            qb.protocols.qutrit_ladder(TOP), times=tuple(times), encoding=encoding
        )
        trace = qb.run(plan, "aer", **run)
        expected = np.sin(np.asarray(times) / math.sqrt(2)) ** 4
        found[encoding] = works(f"P_2 in {encoding} code", expected, trace, times)
        leaked = max(trace.leakage or (), key=lambda one: one.value)
        found[encoding].append(measured(f"leakage from the {encoding} code", 0.0, leaked))
    return found


def gammas(n_cells: int, orders: list[int], **run: Any) -> list[Claim]:
    """Gamma of the ladder and of blocks of transitions."""
    battery = qb.Battery.equal_cells(n_cells, levels=(0.0, 1.0, 2.0))
    chargers = [qb.protocols.qutrit_ladder(battery)]
    chargers += [qb.protocols.transition_blocks(battery, order=k) for k in orders]
    claims = []
    for constraint, power in ((C0, 1.0), (C1, 0.5)):
        result = qb.compare(chargers, constraint=constraint, **run)
        names = ["ladder", *(f"blocks k={k}" for k in orders)]
        expected = [0.5**power, *(k**power for k in orders)]
        for name, value, (_, advantage) in zip(names, expected, full_charges(result), strict=True):
            where = f"{name}, N={n_cells}: Gamma_{constraint.value}"
            claims.append(measured(where, value, advantage))
    return claims


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "qutrit")
    run = {"shots": options.shots, "seed": options.seed}
    times = (0.6, 1.2, 1.8, math.pi / math.sqrt(2))
    encodings = ["gray", "unary"] if options.tiny else ["gray", "binary", "unary"]
    codes = populations(times, encodings, **run)
    n_cells, orders = (2, [2]) if options.tiny else (4, [2, 4])
    reached = gammas(n_cells, orders, **run)
    full = first_maximum(qb.protocols.qutrit_ladder(TOP)).time
    exactly = exact("ladder: T", math.pi / math.sqrt(2), full, 1e-8)
    figure, (left, right) = panels(2)
    for (encoding, claims), marker in zip(codes.items(), "osD", strict=False):
        bars(left, times, claims[:-1], f"{encoding} code", marker)
    fine = np.linspace(0, times[-1], 80)
    left.plot(fine, np.sin(fine / math.sqrt(2)) ** 4, "k-", lw=0.8, label="sin⁴(gt/√2)")
    left.set(xlabel="g t", ylabel="P₂", title="One ladder")
    half = len(reached) // 2
    for claims, name, marker in ((reached[:half], "Γ_C0", "o"), (reached[half:], "Γ_C1", "s")):
        bars(right, range(half), claims, name, marker)
        right.plot(range(half), [c.expected for c in claims], "k_", ms=18)
    right.set_xticks(range(half), ["ladder", *(f"blocks\nk={k}" for k in orders)])
    right.set(ylabel="Γ", title=f"N = {n_cells} qutrits")
    save(figure, options.out, "qutrit")
    return conclude([*(c for part in codes.values() for c in part), exactly, *reached], options.out)


if __name__ == "__main__":
    sys.exit(main())
