"""The figures of merit by name: what each means, when it holds, and how it is found exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.merit import exact
from qbcircuit.merit.cells import CellStates
from qbcircuit.merit.storage import Storage

Series = NDArray[np.float64]
Compute = Callable[[CellStates, Storage | None], Series]


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureOfMerit:
    """One figure of merit of a charge.

    Args:
        name: as it is asked for.
        unit: ``"energy"``, ``"energy^2"``, ``"power"``, ``"time"``, ``"rad"``, ``"nats"``, ``""``.
        definition: a formula and its words, one line.
        condition: when it holds, and which spectrum it uses.
        reference: where it comes from.
        exact: its value at every time, from exact states.
    """

    name: str
    unit: str
    definition: str
    condition: str
    reference: str
    exact: Compute


_ERGOTROPY = "Allahverdyan, Balian, Nieuwenhuizen, Europhys. Lett. 67, 565 (2004)"
_COHERENT = "Francica et al., PRL 125, 180603 (2020), arXiv:2006.05424"
_LOCKED = "Andolina et al., PRL 122, 047702 (2019), arXiv:1807.08656"
_COPIES = "Alicki and Fannes, PRE 87, 042123 (2013), arXiv:1211.1209"
_VARIANCE = "Julia-Farre et al., PRR 2, 023113 (2020), arXiv:1811.04005"
_FULL = "unitaries on all products of levels"

_ALL = (
    FigureOfMerit(
        name="ergotropy",
        unit="energy",
        definition="tr(ρI) − Σ r↓ε↑, the most work that a unitary takes out",
        condition=_FULL,
        reference=_ERGOTROPY,
        exact=exact.extractable,
    ),
    FigureOfMerit(
        name="ladder-ergotropy",
        unit="energy",
        definition="tr(ρI) − Σ r↓ε↑ with the N+1 energies of the symmetric states",
        condition="equal two-level cells in a symmetric state; unitaries on that sector",
        reference=_ERGOTROPY,
        exact=exact.extractable_on_ladder,
    ),
    FigureOfMerit(
        name="incoherent-ergotropy",
        unit="energy",
        definition="ergotropy of the populations of levels: by permutations alone",
        condition=f"{_FULL}; all coherence between products of levels removed",
        reference=_COHERENT,
        exact=exact.incoherent,
    ),
    FigureOfMerit(
        name="coherent-ergotropy",
        unit="energy",
        definition="ergotropy − incoherent ergotropy: what coherence adds",
        condition=_FULL,
        reference=_COHERENT,
        exact=exact.coherent,
    ),
    FigureOfMerit(
        name="local-ergotropy",
        unit="energy",
        definition="Σ_j ergotropy of cell j: by unitaries on single cells",
        condition="cells that do not interact",
        reference=_LOCKED,
        exact=exact.local,
    ),
    FigureOfMerit(
        name="locked-ergotropy",
        unit="energy",
        definition="ergotropy − local ergotropy: what correlations lock away from single cells",
        condition="cells that do not interact",
        reference=_LOCKED,
        exact=exact.locked,
    ),
    FigureOfMerit(
        name="two-copy-ergotropy",
        unit="energy",
        definition="ergotropy of ρ⊗ρ, per copy",
        condition=f"{_FULL} of both copies",
        reference=_COPIES,
        exact=exact.of_two_copies,
    ),
    FigureOfMerit(
        name="many-copy-ergotropy",
        unit="energy",
        definition="tr(ρI) − tr(ρ_β I) with S(ρ_β) = S(ρ): per copy of very many",
        condition=f"{_FULL} of all copies",
        reference=_COPIES,
        exact=exact.of_many_copies,
    ),
    FigureOfMerit(
        name="capacity",
        unit="energy",
        definition="Σ r↓(ε↓ − ε↑), highest minus lowest energy that unitaries reach",
        condition=_FULL,
        reference="Yang et al., PRL 131, 030402 (2023), arXiv:2302.09905",
        exact=exact.capacity,
    ),
    FigureOfMerit(
        name="energy-variance",
        unit="energy^2",
        definition="Var(I) = tr(I²ρ) − tr(Iρ)²",
        condition="any state",
        reference=_VARIANCE,
        exact=exact.energy_variance,
    ),
    FigureOfMerit(
        name="work-variance",
        unit="energy^2",
        definition="variance of the work by two projective energy measurements",
        condition="coherence between energies at the start is lost in the first measurement",
        reference="Talkner, Lutz, Hänggi, PRE 75, 050102 (2007), arXiv:cond-mat/0703189",
        exact=exact.work_variance,
    ),
    FigureOfMerit(
        name="purity",
        unit="",
        definition="tr(ρ²)",
        condition="any state",
        reference="Elben et al., PRA 99, 052323 (2019), arXiv:1812.02624",
        exact=exact.purity,
    ),
    FigureOfMerit(
        name="renyi2",
        unit="nats",
        definition="S₂ = −ln tr(ρ_A²) of the first half of the cells, or of the cells named",
        condition="any state; an entanglement entropy where the whole is pure",
        reference="Elben et al., PRA 99, 052323 (2019), arXiv:1812.02624",
        exact=exact.renyi2,
    ),
    FigureOfMerit(
        name="bures-angle",
        unit="rad",
        definition="L = arccos √F between now and the start",
        condition="of all sites; of the cells named alone, where some are",
        reference="Uhlmann, Rep. Math. Phys. 9, 273 (1976)",
        exact=exact.angle,
    ),
    FigureOfMerit(
        name="fisher-information",
        unit="energy^2",
        definition="2 Σ (r_i − r_j)²/(r_i + r_j) |⟨i|H|j⟩|², 4 Var(H) of a pure state",
        condition="of all sites, with the generator that acts",
        reference="Braunstein and Caves, PRL 72, 3439 (1994)",
        exact=exact.fisher,
    ),
    FigureOfMerit(
        name="speed-limit",
        unit="time",
        definition="L/ΔH with ΔH averaged over time: the least time to get here",
        condition="unitary charging (Mandelstam-Tamm)",
        reference="Mandelstam and Tamm, J. Phys. USSR 9, 249 (1945)",
        exact=exact.speed_limit,
    ),
    FigureOfMerit(
        name="power",
        unit="power",
        definition="dW/dt = i⟨[H, I]⟩",
        condition="any state; where a step ends, of the next",
        reference="Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991",
        exact=exact.power,
    ),
    FigureOfMerit(
        name="power-limit",
        unit="power",
        definition="2 ΔI ΔH, which |dW/dt| does not exceed",
        condition="any state",
        reference=_VARIANCE,
        exact=exact.largest_power,
    ),
    FigureOfMerit(
        name="stored-work",
        unit="energy",
        definition="W after a delay under T1 and T2",
        condition="every cell decays and dephases by itself; cells do not interact",
        reference="Nielsen and Chuang (2000), ch. 8",
        exact=exact.stored_work,
    ),
    FigureOfMerit(
        name="stored-ergotropy",
        unit="energy",
        definition="ergotropy after a delay under T1 and T2",
        condition=f"every cell decays and dephases by itself; {_FULL}",
        reference="Nielsen and Chuang (2000), ch. 8",
        exact=exact.stored_ergotropy,
    ),
)

FIGURES = {one.name: one for one in _ALL}
"""Every figure of merit by name."""
