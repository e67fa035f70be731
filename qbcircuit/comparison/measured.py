"""Measured curves to rows: figures from the data, refusals from the data and from theory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from qbcircuit.comparison import rows
from qbcircuit.comparison.candidate import Candidate
from qbcircuit.comparison.exact import ExactFigures, exact_figures
from qbcircuit.constraints import Constraint
from qbcircuit.estimate import (
    CROSSING,
    FIRST_MAXIMUM,
    Comparison,
    EnergyTrace,
    Estimate,
    Figures,
    compare_figures,
    figures_of_merit,
)

_Figures = TypeVar("_Figures", Figures, Comparison)

NO_CONSTRAINT = (
    "without a constraint the strengths are as given, so times compare nothing; "
    "use --constraint C0, C1 or C2"
)

AT_THE_PEAK = ("charging_time", "work", "power")
AGAINST_THE_PEAK = ("advantage", "half_charge_ratio")
"""Figures that mean nothing where the first maximum is ill-posed."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Measured:
    """All curves of a comparison, and the rows made from them.

    Args:
        constraint: under which chargers are compared.
        reference: the parallel charger; ``None`` where it was not run.
        traces: measured curves by candidate, read-out errors undone where they were calibrated.
        raw: the same as read, where ``traces`` are corrected.
        objection: why read-out errors could not be undone although they were calibrated.
        seed: of the bootstrap.
        crossing: fraction of capacity whose first crossing is T; ``None``: the first maximum.
    """

    constraint: Constraint
    reference: Candidate | None
    traces: Mapping[Candidate, EnergyTrace]
    raw: Mapping[Candidate, EnergyTrace] | None = None
    objection: str | None = None
    seed: int
    crossing: float | None = None

    @property
    def _rival(self) -> Candidate | None:
        """Whom chargers are compared with: nobody where no constraint makes them comparable."""
        return None if self.constraint is Constraint.NONE else self.reference

    def row(self, candidate: Candidate) -> dict[str, Any]:
        """The row of one charger."""
        rival = self._rival
        exact = exact_figures(
            candidate.protocol,
            None if rival is None else rival.protocol,
            crossing=self.crossing,
        )
        made = self._row(candidate, self.traces, exact)
        raw = None if self.raw is None else self._row(candidate, self.raw, exact)
        made["raw"] = raw and {name: raw[name] for name in rows.MEASURED}
        if self.objection:
            made["withheld"]["readout_correction"] = self.objection
        return made

    def _row(
        self, candidate: Candidate, traces: Mapping[Candidate, EnergyTrace], exact: ExactFigures
    ) -> dict[str, Any]:
        """The row of one charger by one set of curves."""
        trace, rival = traces[candidate], self._rival
        reference = None if rival is None else traces[rival]
        figures, against = _computed(exact) if trace.is_exact else self._estimated(trace, reference)
        if rival is None:
            against = _without(Comparison(), (*AGAINST_THE_PEAK, "power_ratio"), NO_CONSTRAINT)
        if exact.ill_posed:
            figures = _without(figures, AT_THE_PEAK, exact.ill_posed)
            against = _without(against, AGAINST_THE_PEAK, exact.ill_posed)
        if candidate is self.reference:
            return rows.reference_row(
                candidate, self.constraint, trace=trace, figures=figures, exact=exact
            )
        return rows.row(
            candidate, self.constraint, trace=trace, figures=figures, against=against, exact=exact
        )

    def _estimated(
        self, trace: EnergyTrace, reference: EnergyTrace | None
    ) -> tuple[Figures, Comparison]:
        """Figures from the data alone."""
        kind = FIRST_MAXIMUM if self.crossing is None else CROSSING
        fraction = 1.0 if self.crossing is None else self.crossing
        asked: dict[str, Any] = {"seed": self.seed, "definition": kind, "fraction": fraction}
        if reference is None:
            return figures_of_merit(trace, **asked), Comparison()
        against = compare_figures(trace, reference, **asked)
        return against.figures, against


def _computed(exact: ExactFigures) -> tuple[Figures, Comparison]:
    """Figures of a machine that computes: the exact ones, without uncertainty."""
    figures = Figures(
        charging_time=_sure(exact.charging_time),
        work=_sure(exact.work),
        noise_work=Estimate.exactly(0.0),
        power=_sure(exact.power),
        best_power=_sure(exact.best_power),
    )
    against = Comparison(
        advantage=_sure(exact.advantage),
        half_charge_ratio=_sure(exact.half_charge_ratio),
        power_ratio=_sure(exact.power_ratio),
    )
    return figures, against


def _sure(value: float | None) -> Estimate | None:
    return None if value is None else Estimate.exactly(value)


def _without(figures: _Figures, names: tuple[str, ...], reason: str) -> _Figures:
    """The figures with some withheld; a reason that the data gave already stays."""
    changes: dict[str, Any] = dict.fromkeys(names)
    changes["withheld"] = dict.fromkeys(names, reason) | dict(figures.withheld)
    return replace(figures, **changes)
