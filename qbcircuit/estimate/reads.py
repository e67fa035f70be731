"""What was read of the cells at one time, in every setting, as figures of merit need it."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts, Reading
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.energies import cell_levels, energies_of, outcome_bits
from qbcircuit.estimate.readout import ReadoutErrors
from qbcircuit.estimate.settings import SettingReading, readings_by_setting
from qbcircuit.estimate.spread import Sampled
from qbcircuit.estimate.tomography import Bases
from qbcircuit.plan import CircuitPlan
from qbcircuit.starts import BasisStart

Array = NDArray[np.float64]
Levels = NDArray[np.int64]


class Reads:
    """Readings of the charge at one time.

    Args:
        runs: plans that hold that time, each with one reading per experiment: e.g. what is read in
            Z, and what is read in other settings beside it.
        time: which of the plans' times.
        cells: of the battery, the first one counting fastest; all where ``None``.
        errors: of the read-out, to be undone where a figure is linear; ``None``: as read.

    Raises:
        RunFailed: readings that do not belong to their plan.
        InvalidRequest: a time that was not read, or a machine that computes.
    """

    def __init__(
        self,
        runs: Sequence[tuple[CircuitPlan, Sequence[Reading]]],
        time: float,
        cells: Sequence[int] | None = None,
        errors: ReadoutErrors | None = None,
    ) -> None:
        self.plan, self.errors = runs[0][0], errors
        self.battery = self.plan.protocol.battery
        self.cells = self.battery.cells if cells is None else tuple(cells)
        self._here: dict[Bases, tuple[SettingReading, ...]] = {}
        for plan, readings in runs:
            for (when, bases), several in readings_by_setting(plan, readings).items():
                if when == time:
                    self._here[bases] = self._here.get(bases, ()) + several
        if not self._here:
            raise InvalidRequest(f"Nothing was read at time {time:g}. Use one of the plan's times.")

    @property
    def places(self) -> list[int]:
        """Where the cells stand among those that were read."""
        return [self.battery.cells.index(cell) for cell in self.cells]

    @property
    def levels(self) -> list[tuple[float, ...]]:
        """Level energies of the cells."""
        return [self.battery.sites[cell].levels for cell in self.cells]

    @functools.cached_property
    def counts(self) -> dict[Bases, Counts]:
        """Counts by bases, those of two-level cells.

        Raises:
            InvalidRequest: cells of more levels, or starts that were sampled.
        """
        if {self.battery.sites[cell].dimension for cell in self.battery.cells} != {2}:
            raise InvalidRequest("Settings are read of two-level cells. Leave this figure out.")
        return {
            bases: _pooled(self._of_all_starts(several)) for bases, several in self._here.items()
        }

    @functools.cached_property
    def occupations(self) -> tuple[Levels, Array]:
        """Levels of the cells in every different outcome in Z, and how often each was seen.

        Outcomes outside the codes of levels are left out.
        """
        seen: Counter[tuple[int, ...]] = Counter()
        for one in self._of_all_starts(self._in_z()):
            levels = cell_levels(self.plan, outcome_bits(self.plan, one.counts))
            for row, (_, times) in zip(levels[:, self.places], one.counts, strict=True):
                if row.min() >= 0:
                    seen[tuple(int(level) for level in row)] += times
        if not seen:
            raise RunFailed("No outcome is a code of levels. Run it again.")
        return np.array(list(seen)), np.array(list(seen.values()), dtype=float)

    @property
    def works(self) -> list[Sampled]:
        """Work seen after every start whose levels are known.

        Raises:
            InvalidRequest: a start without known levels, or cells that interact.
        """
        if self.battery.interactions:
            raise InvalidRequest("The energy of cells that interact is no sum of levels.")
        return [self._work_of(one) for one in self._in_z()]

    def signs(self, letter: str, errors: ReadoutErrors | None) -> tuple[Array, Array]:
        """(-1)^bit of every cell where all are read in one letter, and how often.

        Args:
            letter: X, Y or Z.
            errors: of the read-out, to be undone in the mean; ``None``: as read.

        Raises:
            RunFailed: they were not.
        """
        counts = self.counts.get((letter,) * len(self.battery.cells))
        if counts is None:
            raise RunFailed(f"All cells were never read in {letter} together. Run it in {letter}.")
        bits = outcome_bits(self.plan, counts)[:, self.places].astype(float)
        if errors is not None:
            wires = self._wires(self.places)
            bits = (bits - errors.false_ones[wires]) / errors.contrast[wires]
        return 1 - 2 * bits, np.array([times for _, times in counts], dtype=float)

    @property
    def returned(self) -> tuple[float, float]:
        """Shots that found all sites in the levels they started in, and all shots.

        Raises:
            InvalidRequest: sites that are not read, or a start that is no product of levels.
        """
        start = self.battery.start
        if len(self.battery.cells) < self.battery.n_sites or not isinstance(start, BasisStart):
            raise InvalidRequest(
                "The angle from the start is read where all sites are cells and start in levels."
            )
        levels, times = self.occupations
        home = np.all(levels == np.array(start.levels)[list(self.cells)], axis=1)
        return float(times[home].sum()), float(times.sum())

    def inverses(self, errors: ReadoutErrors | None, places: list[int]) -> list[Array] | None:
        """Inverse confusion ``[true, read]`` of some cells; ``None`` where nothing is undone.

        Args:
            errors: of the read-out.
            places: of the cells among those that were read.
        """
        if errors is None:
            return None
        found = []
        for wire in self._wires(places):
            ones, zeros = float(errors.false_ones[wire]), float(errors.false_zeros[wire])
            found.append(np.linalg.inv(np.array([[1 - ones, zeros], [ones, 1 - zeros]])))
        return found

    def _wires(self, places: list[int]) -> list[int]:
        """Plan qubits that hold some of the cells."""
        readout = next(iter(self._here.values()))[0].experiment.readout
        return [readout[place] for place in places]

    def _in_z(self) -> tuple[SettingReading, ...]:
        for bases, several in self._here.items():
            if set(bases) == {"Z"}:
                return several
        raise RunFailed("Levels were not read at this time. Run the plan in Z too.")

    def _of_all_starts(self, several: Sequence[SettingReading]) -> Sequence[SettingReading]:
        if any(one.experiment.start is not None for one in several):
            raise InvalidRequest(
                "Starts that are sampled level by level are no state by themselves. "
                "Use --mixed purify."
            )
        return several

    def _work_of(self, one: SettingReading) -> Sampled:
        sampled, start = one.experiment.start, self.battery.start
        if sampled is not None:
            begun = sampled.levels
        elif isinstance(start, BasisStart):
            begun = start.levels
        else:
            raise InvalidRequest(
                "Work fluctuations need the levels before the charge. Use a basis state, or "
                "--mixed sample."
            )
        before = sum(self.battery.sites[cell].levels[begun[cell]] for cell in self.battery.cells)
        told = energies_of(self.plan, one.experiment, one.counts, None)
        return Sampled(
            values=told.energy[told.inside] - before,
            times=told.times[told.inside],
            weight=1.0 if sampled is None else sampled.weight,
            draws=0 if sampled is None else sampled.draws,
        )


def _pooled(several: Sequence[SettingReading]) -> Counts:
    total: Counter[str] = Counter()
    for one in several:
        total.update(dict(one.counts))
    return Counts.from_mapping(total)
