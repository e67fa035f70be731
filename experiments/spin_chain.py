"""Spin-chain battery: isotropic couplings drop out, only anisotropic ones change the charge.

Le, Levinsen, Modi, Parish, Pollock, "Spin-chain model of a many-body quantum battery", PRA 97,
022106 (2018), arXiv:1712.03559: couplings that are always on, and a drive w sum_j X_j across them,
from |0...0>. The couplings are part of the battery, so its energy is read in several settings.

- Isotropic: W(t) = N sin^2(w t), that of cells without couplings, at every range of couplings.
- Ising: the same drive misses that charge.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from claims import Claim, arguments, bars, conclude, exact, panels, save, work_at, works

import qbcircuit as qb

DRIVE = 0.8
FULL = math.pi / 2 / DRIVE
REACHES = ("nearest", "power-law", "all-to-all")


def charger(n_cells: int, reach: str, anisotropy: float) -> qb.ChargingProtocol:
    return qb.protocols.driven_spin_chain(
        qb.Battery.qubits(n_cells),
        coupling=0.9,
        anisotropy=anisotropy,
        reach=reach,
        strength=DRIVE,
    )


def alone(n_cells: int, times: Any) -> Any:
    """W of cells that do not interact."""
    return n_cells * np.sin(DRIVE * np.asarray(times)) ** 2


def circuits(sizes: list[int], **run: Any) -> dict[int, list[Claim]]:
    """The isotropic chain on circuits, at three times."""
    times = (0.5, 1.1, FULL)
    return {
        n: works(
            f"XXX, nearest, N={n}",
            alone(n, times),
            work_at(charger(n, "nearest", 1.0), times, **run),
            times,
        )
        for n in sizes
    }


def reaches(sizes: list[int]) -> list[Claim]:
    """Every range of the couplings, exactly, at all times; and what Ising couplings miss."""
    claims, fine = [], np.linspace(0, FULL, 60)
    for n in sizes:
        for reach in REACHES:
            off = qb.simulate(charger(n, reach, 1.0), fine).work - alone(n, fine)
            where = f"{reach}, N={n}"
            claims.append(exact(f"XXX, {where}: |W - N sin^2|", 0.0, np.abs(off).max(), 1e-9))
            (work,) = qb.simulate(charger(n, reach, 0.0), FULL).work
            claims.append(exact(f"Ising, {where}: W(pi/2w)/N", 0.9, work / n, 0.0, bound=True))
    return claims


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "spin_chain")
    run = {"shots": options.shots, "seed": options.seed}
    sizes = [3] if options.tiny else [3, 4]
    sampled, computed = circuits(sizes, **run), reaches(sizes)
    figure, axes = panels(len(sizes))
    fine = np.linspace(0, FULL, 60)
    for place, (n, claims) in zip(axes, sampled.items(), strict=True):
        bars(place, (0.5, 1.1, FULL), claims, "XXX, circuits on Aer", color="k")
        place.plot(fine, alone(n, fine), "k-", lw=0.8, label="no couplings, N sin²(wt)")
        for reach, colour in zip(REACHES, ("C1", "C2", "C3"), strict=True):
            work = qb.simulate(charger(n, reach, 0.0), fine).work
            place.plot(fine, work, color=colour, lw=0.8, label=f"Ising, {reach}")
        place.set(xlabel="t", ylabel="W", title=f"N = {n}")
    save(figure, options.out, "spin_chain")
    return conclude([*(c for part in sampled.values() for c in part), *computed], options.out)


if __name__ == "__main__":
    sys.exit(main())
