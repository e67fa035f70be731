"""Quenched Ising chains: a battery that interacts, and ergotropy of a part of the chain.

- Hoang, Metz, Thomas, Anh-Tai, Busch, Fogarty, "Variational quantum algorithm for ergotropy
  estimation in quantum many-body batteries", arXiv:2308.03334: an open chain, its last M of N sites
  are the battery, H = J sum XX - 0.6 sum Z from |0...0>. Energies and ergotropies of the authors'
  exact diagonalisation, stored in frmetz/VQErgo_quantum_battery at 337ba8f398fd, matlab_data_N2_M1
  and matlab_data_N6_M3 (ten decimals).
- The double quench (cf. Grazi et al., arXiv:2503.20424): the ring H(h0) in its ground state is the
  battery, H(h1) charges it. The work is that of independent momenta,
  W = sum_(k>0) 2 e0(k) [1 - cos^2 theta_k] sin^2(e1(k) t), and is read in two settings.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from claims import Claim, arguments, bars, conclude, exact, panels, save, work_at, works

import qbcircuit as qb
from qbcircuit import merit
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.starts import BasisStart

PUBLISHED = {
    # N, M, J: times, W, ergotropy
    (2, 1, -4.0): (
        (0.15, 0.2, 0.25, 0.3, 0.5),
        (0.3783693382, 0.6052226754, 0.822663179, 0.993317159, 0.8317046172),
        (0.0, 0.0104453507, 0.445326358, 0.7866343179, 0.4634092344),
    ),
    (6, 3, -2.0): (
        (0.07, 0.28, 0.49, 0.98, 1.4),
        (0.1147444831, 1.2658346839, 1.7185276895, 1.6371298526, 0.9567214555),
        (0.0914320133, 0.9377501291, 1.2895629183, 1.382795893, 0.525637168),
    ),
}


def open_chain(n_sites: int, n_cells: int, coupling: float) -> qb.ChargingProtocol:
    """The authors' model: couplings and the field of all sites, energies of the last ones."""
    rest = (Site(levels=(0.0, 0.0), role=Role.CHARGER),) * (n_sites - n_cells)
    sites = rest + (Site(levels=(-0.6, 0.6)),) * n_cells
    battery = Battery(sites=sites, start=BasisStart(levels=(0,) * n_sites))
    terms = [qb.Term("XX", (j, j + 1), coupling) for j in range(n_sites - 1)]
    fields = [qb.Term("Z", (j,), -0.6) for j in range(n_sites)]
    return qb.ChargingProtocol.constant(battery, [*terms, *fields])


def parts(**run: Any) -> tuple[list[Claim], dict[str, list[Claim]]]:
    """Energy by circuits and by the exact reference, ergotropy by the latter."""
    claims, sampled = [], {}
    for (n, m, coupling), (times, energies, ergotropies) in PUBLISHED.items():
        protocol = open_chain(n, m, coupling)
        where = f"last {m} of {n} sites"
        sampled[where] = works(where, energies, work_at(protocol, times, **run), times)
        found = merit.along(protocol, times, ["ergotropy"])["ergotropy"]
        for time, value, expected in zip(times, found, ergotropies, strict=True):
            claims.append(exact(f"{where}: ergotropy(t={time:g})", expected, value, 1e-9))
        work = qb.simulate(protocol, times).work
        claims.append(
            exact(f"{where}: largest |W - published|", 0.0, np.abs(work - energies).max(), 1e-9)
        )
    return claims, sampled


def momenta(n_cells: int, h0: float, h1: float, times: Any) -> Any:
    """Work of the double quench on a ring of even N, J = 1."""
    work = np.zeros(len(times))
    for k in (2 * np.arange(n_cells // 2) + 1) * math.pi / n_cells:
        before, after = (np.array([math.sin(k), h - math.cos(k)]) for h in (h0, h1))
        e0, e1 = 2 * np.linalg.norm(before), 2 * np.linalg.norm(after)
        work += 2 * e0 * (1 - (4 * before @ after / (e0 * e1)) ** 2) * np.sin(e1 * times) ** 2
    return work


def ring(n_cells: int, h0: float, h1: float) -> qb.ChargingProtocol:
    battery = qb.Battery.qubits(n_cells, levels=(-h0, h0))
    return qb.protocols.tfim_quench(battery, charger_field=h1, boundary="periodic")


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "tfim_quench")
    run = {"shots": options.shots, "seed": options.seed}
    n_cells = 4 if options.tiny else 8
    fine, times = np.linspace(0, 1.5, 100), np.array([0.2, 0.5, 0.8, 1.2])
    figure, (left, right) = panels(2)
    claims, sampled = parts(**run)
    for number, (where, found) in enumerate(sampled.items()):
        (shape, published), colour = list(PUBLISHED.items())[number], f"C{number}"
        bars(left, published[0], found, f"W, {where}", color=colour)
        curve = merit.along(open_chain(*shape), fine, ["ergotropy"])["ergotropy"]
        left.plot(fine, qb.simulate(open_chain(*shape), fine).work, color=colour, lw=0.8)
        left.plot(fine, curve, "--", color=colour, lw=0.8, label="its ergotropy")
        left.plot(published[0], published[2], "x", color=colour)
        claims += found
    for number, fields in enumerate([(0.6, 0.0), (0.5, 2.0)]):
        name, colour = f"ring N={n_cells}, h {fields[0]}→{fields[1]}", f"C{number + 2}"
        expected = momenta(n_cells, *fields, times)
        found = works(name, expected, work_at(ring(n_cells, *fields), times, **run), times)
        claims += found
        off = qb.simulate(ring(n_cells, *fields), fine).work - momenta(n_cells, *fields, fine)
        claims.append(exact(f"{name}: largest |W - momentum sum|", 0.0, np.abs(off).max(), 1e-8))
        bars(right, times, found, name, color=colour)
        right.plot(fine, momenta(n_cells, *fields, fine), color=colour, lw=0.8)
    left.set(
        xlabel="t",
        ylabel="energy",
        ylim=(-0.1, 2.6),
        title="Part of an open chain, arXiv:2308.03334",
    )
    right.set(xlabel="t", ylabel="W", title="Double quench of a ring")
    save(figure, options.out, "tfim_quench")
    return conclude(claims, options.out)


if __name__ == "__main__":
    sys.exit(main())
