"""The inequalities of a certificate, each with its numbers, its conditions and its source."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from qbcircuit.bounds.charge import Charge, Norms, is_full, most, parallel_time
from qbcircuit.bounds.check import Check
from qbcircuit.bounds.limits import Bound, order_bound, speed_limit, theorem1, theorem2
from qbcircuit.charging import ChargingProtocol, Reset
from qbcircuit.constraints import Constraint
from qbcircuit.merit import mandelstam_tamm_time, mean_energy_time, power_limit
from qbcircuit.reference import capacity
from qbcircuit.starts import BasisStart, MixedStart, ThermalStart

_ROUNDING = 1e-10
"""Share of the largest power that there could be below which a power is rounding."""

_LOST = 1e-15
"""Rounding of fidelities between pure states, and of variances in units of |H|^2."""

_LOST_MIXED = 1e-8
"""Rounding of fidelities between mixed states, whose populations are under a root."""

_BUDGET = 1e-6
"""Share of a budget by which its time average up to T may exceed it and still count as met."""

_ORTHOGONAL = 1e-6
"""Angle by which end states may miss pi/2 and count as orthogonal."""

_BERNSTEIN = "Bernstein; cf. Gyhm, Šafránek, Rosa, PRL 128, 140501 (2022), arXiv:2108.02491"
_ROBERTSON = "Julià-Farré et al., PRR 2, 023113 (2020), arXiv:1811.04005"
_SPEED = "Mandelstam and Tamm, J. Phys. USSR 9, 249 (1945)"
_SLOWEST = "Margolus and Levitin (1998); false otherwise, arXiv:2301.10063, arXiv:2303.09423"
_SINGLE = "I a sum of single-cell terms"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Judge:
    """A protocol under a constraint, its norms and its charge, where they are known.

    Args:
        protocol: already scaled.
        constraint: to which.
        norms: of every step; ``None`` where a mode has none.
        charge: up to T; ``None`` where it is not known.
    """

    protocol: ChargingProtocol
    constraint: Constraint
    norms: Norms | None
    charge: Charge | None

    @property
    def advantage(self) -> float | None:
        """Parallel time to the same work under the same constraint, over T."""
        if self.charge is None:
            return None
        time = parallel_time(self.protocol.battery, self.constraint, self.charge.work)
        return None if time is None else time / self.charge.time

    @property
    def partial_work(self) -> float | None:
        """W where it is less than a full charge; ``None`` stands for a full one."""
        if self.advantage is None or self.charge is None:
            return None
        return None if is_full(self.protocol.battery, self.charge.work) else self.charge.work

    def checks(self) -> Iterator[Check]:
        """Every inequality, the sharpest first."""
        yield self._bernstein()
        yield self._norm_of_power()
        yield self._robertson()
        yield self._average_power()
        yield self._mandelstam_tamm()
        yield self._mean_energy()
        yield from self._advantages()

    @property
    def _reach(self) -> float:
        """k Delta: the largest frequency that H can have in I."""
        return max(self.protocol.order, 1) * self.protocol.battery.splitting

    @property
    def _strength(self) -> float:
        """The sum of all strengths, which no norm of H exceeds but for I itself."""
        dimensions = self.protocol.battery.dimensions
        return max(
            math.fsum(term.norm_on(dimensions) for term in step.terms)
            for step in self.protocol.evolutions
        )

    @property
    def _scale(self) -> float:
        """A power that none exceeds."""
        return 2 * capacity(self.protocol.battery) * self._strength

    @property
    def _blur(self) -> float:
        """By how much rounding of L and of Delta H moves L / Delta H."""
        if self.charge is None or self.charge.spread == 0:
            return math.inf
        lost = (
            _LOST_MIXED
            if isinstance(self.protocol.battery.start, ThermalStart | MixedStart)
            else _LOST
        )
        angle = min(lost / max(math.sin(2 * self.charge.angle), lost), math.sqrt(lost))
        strength = self._strength / self.charge.spread
        return angle / self.charge.spread + _LOST * self.charge.time * strength**2

    @property
    def _interacts(self) -> str:
        return "cells interact" if self.protocol.battery.interactions else ""

    @property
    def _resets(self) -> bool:
        return any(isinstance(step, Reset) for step in self.protocol.schedule)

    def _bernstein(self) -> Check:
        norms = self.norms
        reached = limit = None
        if norms is not None and norms.power is not None:
            step = most(norms.power, self._reach * norms.width)
            reached, limit = float(norms.power[step]), self._reach * float(norms.width[step])
        return Check(
            name="norm of the commutator",
            statement="‖[I,H]‖ ≤ kΔ min_c‖H−c‖",
            reached=reached,
            limit=limit,
            reached_kind="exact" if norms is None else norms.power_kind,
            limit_kind="exact" if norms is None else norms.width_kind,
            condition=f"k-body H, any overlap; {_SINGLE}",
            reference=_BERNSTEIN,
            note=self._interacts or ("" if norms else "a mode has no norm here"),
        )

    def _norm_of_power(self) -> Check:
        charge, norms = self.charge, self.norms
        reached = limit = None
        if charge is not None and norms is not None and norms.power is not None:
            limits = norms.power[charge.acting]
            at = most(charge.rates.power, limits)
            reached, limit = abs(float(charge.rates.power[at])), float(limits[at])
        return Check(
            name="norm of the power",
            statement="|P(t)| ≤ ‖[I,H]‖",
            reached=reached,
            limit=limit,
            limit_kind="exact" if norms is None else norms.power_kind,
            rounding=_ROUNDING * self._scale,
            condition=f"any state, any t; {_SINGLE}",
            reference="spectral norm of i[H,I]",
            note=self._interacts,
        )

    def _robertson(self) -> Check:
        reached = limit = None
        if self.charge is not None:
            rates = self.charge.rates
            pairs = zip(rates.energy_variance, rates.generator_variance, strict=True)
            limits = [power_limit(energy, drive) for energy, drive in pairs]
            at = most(rates.power, limits)
            reached, limit = abs(float(rates.power[at])), limits[at]
        return Check(
            name="uncertainty of the power",
            statement="|P(t)| ≤ 2 ΔI ΔH",
            reached=reached,
            limit=limit,
            rounding=_ROUNDING * self._scale,
            condition="any state, any t",
            reference=_ROBERTSON,
        )

    def _average_power(self) -> Check:
        charge, norms = self.charge, self.norms
        reached = limit = None
        if charge is not None and norms is not None:
            reached, limit = charge.work / charge.time, self._reach * charge.averaged(norms.width)
        told = not self.protocol.battery.interactions and not self._resets_cells
        return Check(
            name="average power",
            statement="W/T ≤ kΔ · time average of min_c‖H−c‖",
            reached=reached,
            limit=limit,
            proved=told,
            limit_kind="exact" if norms is None else norms.width_kind,
            rounding=_ROUNDING * self._scale,
            condition=f"k-body H(t), any overlap; {_SINGLE}",
            reference=_BERNSTEIN,
            note="" if told else self._interacts or "cells are reset",
        )

    @property
    def _resets_cells(self) -> bool:
        cells = set(self.protocol.battery.cells)
        return any(
            cells & set(step.sites) for step in self.protocol.schedule if isinstance(step, Reset)
        )

    def _mandelstam_tamm(self) -> Check:
        charge = self.charge
        limit = None if charge is None else mandelstam_tamm_time(charge.angle, charge.spread)
        return Check(
            name="Mandelstam-Tamm",
            statement="T ≥ L/ΔH, ΔH averaged over time",
            reached=None if charge is None else charge.time,
            limit=limit,
            is_floor=True,
            rounding=self._blur,
            proved=not self._resets,
            condition="unitary charging, any H(t); L between the start and T",
            reference=_SPEED,
            note="sites are reset" if self._resets else "",
        )

    def _mean_energy(self) -> Check:
        charge, norms = self.charge, self.norms
        limit, proved = None, False
        if charge is not None and norms is not None:
            mean = charge.averaged(charge.mean - norms.lowest[: len(charge.mean)])
            limit = mean_energy_time(charge.angle, mean)
            orthogonal = charge.angle >= math.pi / 2 - _ORTHOGONAL
            proved = self.protocol.is_constant and orthogonal
        return Check(
            name="Margolus-Levitin",
            statement="T ≥ L/⟨H−h_g⟩",
            reached=None if charge is None else charge.time,
            limit=limit,
            is_floor=True,
            proved=proved,
            condition="time-independent H, orthogonal end states",
            reference=_SLOWEST,
            note="" if proved else "no theorem here: H(t), or end states that overlap",
        )

    def _advantages(self) -> Iterator[Check]:
        protocol, work = self.protocol, self.partial_work
        sides = (
            ("order bound", "Γ ≤ γk", order_bound),
            ("Theorem 1", "Γ ≤ γk, disjoint", theorem1),
            ("Theorem 2", "Γ ≤ γ[k²(m−1)+k]", theorem2),
        )
        for name, statement, bound in sides:
            yield self._advantage(name, statement, bound(protocol, work=work), Constraint.C0)
        for needs, factor in ((Constraint.C1, "√N"), (Constraint.C2, "N")):
            limit = speed_limit(protocol, needs)
            yield self._advantage("Eq. 4", f"Γ ≤ β{factor} L₁/L_N ({needs.value})", limit, needs)

    def _advantage(self, name: str, statement: str, bound: Bound, needs: Constraint) -> Check:
        mine = self.constraint is needs
        objection = "" if mine else f"needs constraint {needs.value}"
        if mine:
            objection = self._no_theorem(needs)
        return Check(
            name=name,
            statement=statement,
            reached=self.advantage if mine else None,
            limit=bound.value if mine else None,
            proved=mine and not objection,
            condition=bound.condition,
            reference=bound.reference,
            note=objection or ("" if bound.value is not None else "its condition is not met"),
        )

    def _no_theorem(self, needs: Constraint) -> str:
        """Why a bound on the advantage decides nothing here; empty where it is a theorem."""
        if needs is Constraint.C2:
            return "informative: no theorem between states that overlap, nor for H(t)"
        if self._resets if needs is Constraint.C1 else self._resets_cells:
            return "sites are reset"
        if self.charge is not None and self._spent(needs) > 1 + _BUDGET:
            return "the budget is met over the whole protocol, not up to T"
        if needs is Constraint.C1 and self.partial_work is not None and not self._from_ground:
            return "Eq. 4 is for the whole way to the inverted start"
        return ""

    def _spent(self, needs: Constraint) -> float:
        """Share of the budget that is spent up to T."""
        if self.charge is None:
            return 0.0
        budget = needs.budget(self.protocol.battery.n_cells)
        if needs is Constraint.C1:
            return self.charge.spread / budget
        return 0.0 if self.norms is None else self.charge.averaged(self.norms.width) / budget

    @property
    def _from_ground(self) -> bool:
        """Whether equal cells start in their lowest level: Eq. 4 then bounds partial charges too.

        A work W needs a population W/(N Delta) outside the start, so an angle of at least
        arcsin sqrt(W/(N Delta)), which is the parallel charger's time.
        """
        battery, start = self.protocol.battery, self.protocol.battery.start
        equal = len({battery.sites[j].levels for j in battery.cells}) == 1
        if not equal or not isinstance(start, BasisStart):
            return False
        return not any(start.levels[j] for j in battery.cells)
