"""The double-excitation chain, N = 2...12: more power than parallel charging, but no scaling.

Model of Hu et al., arXiv:2602.08610: H = g sum_j (s+_j s+_(j+1) + h.c.), open, from |0...0>. The
numbers expected are those of that model, not of its authors' experiment.

- Gamma_P under C0 is 2.0 at N = 2 and 3 and 1.7765 at 4, and rises along even N towards 1.8354;
  odd N, whose ends help, come down to it from above.
- The best average power at fixed g grows as N^1.081 over N = 2...12: an effect of the ends (1 - 1/N
  bonds a cell), gone in long chains.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from claims import Claim, arguments, bars, computed, conclude, exact, measured, panels, save

import qbcircuit as qb
from qbcircuit.constraints import norm
from qbcircuit.merit import PARALLEL_POWER
from qbcircuit.reference import best_average_power, simulate

C0 = qb.Constraint.C0
LIMIT = 1.835363
RATIOS = {2: 2.0, 3: 2.0, 4: 1.776544, 6: 1.798745, 8: 1.809595, 10: 1.815722, 12: 1.819589}


def chain(n_cells: int) -> qb.ChargingProtocol:
    return qb.protocols.double_excitation(qb.Battery.qubits(n_cells))


def circuits(sizes: list[int], **run: object) -> list[Claim]:
    """Gamma_P from counts, every curve against its own parallel reference."""
    claims = []
    for n in sizes:
        row = qb.compare([chain(n)], constraint=C0, **run).rows[-1]
        claims.append(measured(f"N={n}: Gamma_P under C0", RATIOS[n], row["power_ratio"]))
    return claims


def ratios(even: list[float], odd: list[float]) -> list[Claim]:
    """Values, how they move with N, and where they end."""
    claims = [exact(f"N={n}: Gamma_P under C0", value, computed(chain(n), C0).power_ratio, 1e-5)
              for n, value in RATIOS.items()]  # fmt: skip
    rise, fall = min(np.diff(even)), max(np.diff(odd))
    claims.append(exact("least rise of Gamma_P from even N=4 on", 0.0, rise, 0.0, least=True))
    claims.append(exact("largest rise of Gamma_P between odd N", 0.0, fall, 1e-9, bound=True))
    claims.append(exact("Gamma_P of even N", LIMIT, max(even), 0.0, bound=True))
    # one more cell of a long chain is the bulk: its norm and, at the bulk's best time, its work
    time = 0.689565
    work = np.diff([simulate(chain(n), time).work[0] for n in (300, 301)])[0]
    width = (norm(chain(302)).value - norm(chain(300)).value) / 2
    bulk = work / time / width / PARALLEL_POWER
    return [*claims, exact("Gamma_P of the bulk, N=300 and beyond", LIMIT, bulk, 1e-4)]


def exponents() -> tuple[list[Claim], list[float]]:
    """Log-log slope of the best power at fixed g, in short chains and in long ones."""
    sizes = np.arange(2, 13)
    powers = [best_average_power(chain(int(n)))[1] for n in sizes]
    slope = np.polyfit(np.log(sizes), np.log(powers), 1)[0]
    long = [best_average_power(chain(n))[1] for n in (100, 200)]
    return [
        exact("exponent of the best power at fixed g, N=2..12", 1.081, slope, 1e-3),
        exact("the same from N=100 to 200", 1.01, math.log2(long[1] / long[0]), 0.0, bound=True),
    ], powers


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "chain")
    run = {"backend": "aer", "shots": options.shots, "seed": options.seed}
    sizes = [2, 4] if options.tiny else [2, 3, 4, 6, 8, 12]
    sampled = circuits(sizes, **run)
    found = {n: computed(chain(n), C0).power_ratio for n in range(2, 14)}
    even, odd = ([found[n] for n in range(first, 14, 2)] for first in (4, 3))
    slopes, powers = exponents()
    figure, (left, right) = panels(2)
    left.plot(list(found), list(found.values()), "k.-", lw=0.8, label="exact reference")
    bars(left, sizes, sampled, "circuits on Aer")
    left.axhline(LIMIT, color="C3", lw=0.8, label="infinite chain")
    left.set(xlabel="N", ylabel="Γ_P under C0", title="Advantage of power does not scale")
    right.loglog(range(2, 13), powers, "ko", label="max W/t at fixed g")
    right.loglog([2, 12], [powers[0], powers[0] * 6], "C3-", lw=0.8, label="∝ N")
    right.set(xlabel="N", ylabel="P / g", title="Exponent 1.081 of the ends")
    right.set_xticks([2, 4, 8, 12], ["2", "4", "8", "12"])
    right.set_xticks([], minor=True)
    right.set_yticks([2, 4, 8], ["2", "4", "8"])
    right.set_yticks([], minor=True)
    save(figure, options.out, "chain")
    return conclude(sampled + ratios(even, odd) + slopes, options.out)


if __name__ == "__main__":
    sys.exit(main())
