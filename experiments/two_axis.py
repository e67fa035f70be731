"""Two-axis charger: what C1 lets grow with N at k = 2, C0 lets fall below 1.

H = (chi/2)(J+^2 + J-^2) = chi sum_(i<j) (s+_i s+_j + h.c.) from |0...0>, held against the letter's
constraints, Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991. The numbers expected are
those of the model.

- Four cells are full at chi t = pi/sqrt(12), with Gamma_C1 = sqrt(2); Gamma_P under C0 is 2.
- Gamma_P under C1 grows with N, 4.88 at N = 256, so Conjecture 1 has no analogue there (the letter
  believes that one holds); under C0 it falls, 0.86 at N = 256.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from claims import Claim, arguments, bars, conclude, exact, full_charges, measured, panels, save

import qbcircuit as qb
from qbcircuit.constraints import cost
from qbcircuit.merit import PARALLEL_POWER
from qbcircuit.reference import best_average_power, first_maximum

C0, C1 = qb.Constraint.C0, qb.Constraint.C1
RATIOS = {
    # N: Gamma_P under C1 and C0, largest work over N
    2: (1.4142, 2.0, 1.0), 4: (1.4142, 2.0, 1.0), 6: (1.425, 1.7114, 0.8805),
    8: (1.4953, 1.5517, 0.8954), 16: (1.7895, 1.291, 0.8793), 32: (2.2344, 1.1286, 0.8973),
    64: (2.8581, 1.0157, 0.924), 128: (3.7138, 0.9308, 0.9472), 256: (4.879, 0.8636, 0.9645),
}  # fmt: skip


def charger(n_cells: int) -> qb.ChargingProtocol:
    return qb.protocols.two_axis(qb.Battery.qubits(n_cells))


def circuits(sizes: list[int], **run: Any) -> dict[str, list[Claim]]:
    """Gamma_P under both constraints from counts, and Gamma of the four full cells."""
    found: dict[str, list[Claim]] = {"C1": [], "C0": [], "full": []}
    for n in sizes:
        for constraint, expected in zip((C1, C0), RATIOS[n][:2], strict=True):
            name = constraint.value
            result = qb.compare([charger(n)], constraint=constraint, **run)
            where = f"N={n}: Gamma_P under {name}"
            found[name].append(measured(where, expected, result.rows[-1]["power_ratio"]))
            if n == 4 and constraint is C1:
                ((work, gamma),) = full_charges(result)
                found["full"].append(measured("N=4: Gamma_C1", math.sqrt(2), gamma))
                found["full"].append(measured("N=4: W(T)", 4.0, work))
    return found


def large() -> tuple[list[Claim], dict[str, list[float]]]:
    """The same at sizes where the symmetric sector is all there is to compute."""
    claims, ratios = [], {"C1": [], "C0": []}
    for n, (*expected, share) in RATIOS.items():
        protocol = charger(n)
        _, power = best_average_power(protocol)
        for constraint, number in zip((C1, C0), expected, strict=True):
            scale = constraint.budget(n) / cost(protocol, constraint)
            ratio = scale * power / (PARALLEL_POWER * n)
            ratios[constraint.value].append(ratio)
            where = f"N={n}: Gamma_P under {constraint.value}"
            claims.append(exact(where, number, ratio, 1e-3))
        claims.append(exact(f"N={n}: W(T)/N", share, first_maximum(protocol).work / n, 1e-3))
    rise, fall = min(np.diff(ratios["C1"][1:])), max(np.diff(ratios["C0"][1:]))
    claims.append(exact("least rise under C1 from N=4 on", 0.0, rise, 0.0, least=True))
    claims.append(exact("largest rise under C0 from N=4 on", 0.0, fall, 0.0, bound=True))
    peak = first_maximum(charger(4)).time
    return [*claims, exact("N=4: chi T", math.pi / math.sqrt(12), peak, 1e-8)], ratios


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "two_axis")
    run = {"shots": options.shots, "seed": options.seed}
    sizes = [2, 4] if options.tiny else [2, 4, 6, 8]
    sampled, (computed, ratios) = circuits(sizes, **run), large()
    figure, (axes,) = panels(1)
    for name, colour in (("C1", "C0"), ("C0", "C1")):
        axes.plot(list(RATIOS), ratios[name], ".-", color=colour, lw=0.8, label=f"Γ_P, {name}")
        bars(axes, sizes, sampled[name], f"circuits, {name}", color=colour)
    axes.plot(list(RATIOS), np.sqrt(list(RATIOS)), "k--", lw=0.8, label="√N")
    axes.axhline(1, color="0.6", lw=0.8)
    axes.set(xlabel="N", ylabel="Γ_P", xscale="log", ylim=(0, 6), title="Two-axis charger, k = 2")
    save(figure, options.out, "two_axis")
    return conclude([*(c for part in sampled.values() for c in part), *computed], options.out)


if __name__ == "__main__":
    sys.exit(main())
