"""Measured curves to rows: figures from the data, refusals from the data and from theory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from qbcircuit.comparison import rows
from qbcircuit.comparison.candidate import Candidate
from qbcircuit.comparison.exact import ExactFigures, exact_figures
from qbcircuit.comparison.measuring import Curves, Traces
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
        curves: measured curves by candidate.
        seed: of the bootstrap.
        crossing: fraction of capacity whose first crossing is T; ``None``: the first maximum.
    """

    constraint: Constraint
    reference: Candidate | None
    curves: Curves
    seed: int
    crossing: float | None = None

    @property
    def traces(self) -> Traces:
        """The curves that the rows' own figures come from."""
        return self.curves.corrected or self.curves.raw

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
        beside = {
            "raw": self.curves.raw if self.curves.corrected else None,
            "extrapolated": self.curves.extrapolated,
        }
        for name, traces in beside.items():
            other = None if traces is None else self._row(candidate, traces, exact)
            made[name] = other and {figure: other[figure] for figure in rows.MEASURED}
        if self.curves.objection:
            made["withheld"]["readout_correction"] = self.curves.objection
        return made

    def _row(self, candidate: Candidate, traces: Traces, exact: ExactFigures) -> dict[str, Any]:
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
