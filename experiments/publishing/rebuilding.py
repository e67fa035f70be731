"""Every stored number again: from the exact reference, and from compiled circuits on Aer."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

import qbcircuit as qb
from publishing.figures import Figure, Model
from publishing.open_models import BUILDERS as OPEN
from publishing.reading import TOMOGRAPHY, Array, ExactCells, MeasuredCells, bases_for
from publishing.spin_models import BUILDERS as SPINS
from publishing.stored import Entry, Series
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import with_settings
from qbcircuit.plan import CircuitPlan
from qbcircuit.reference import reduced_states
from qbcircuit_aer import AerBackend

BUILDERS = SPINS | OPEN

MOST_READ = 4
"""Most qubits of a tomography here; wider states are read by their energies alone."""

ROUNDING = 1e-9
"""What exact circuits may differ by."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rebuilt:
    """One series beside what we find.

    Args:
        entry: that it belongs to.
        series: theirs.
        ours: from the exact reference.
        circuits: from circuits on Aer, exact probabilities; nan where none was compiled.
        allowed: by how much circuits may differ from ours, as the compiler promises.
    """

    entry: Entry
    series: Series
    ours: Array
    circuits: Array
    allowed: Array

    @property
    def gaps(self) -> Array:
        """Theirs minus ours."""
        return np.asarray(self.series.values) - self.ours

    @property
    def worst(self) -> int:
        """Where theirs and ours are furthest apart."""
        return int(np.argmax(np.abs(self.gaps)))


def models(series: Series, model: str, places: Iterable[int]) -> dict[int, Model]:
    """The model of every place; places with equal parameters share one."""
    made: dict[str, Model] = {}
    found = {}
    for place in places:
        given = series.parameters[place]
        if (key := repr(given)) not in made:
            made[key] = BUILDERS[model](**given)
        found[place] = made[key]
    return found


def rebuilt(entry: Entry, series: Series, places: Sequence[int]) -> Rebuilt:
    """A series from the reference, and from circuits at some of its places."""
    every = models(series, entry.model, range(len(series.values)))
    ours = np.empty(len(every))
    if series.what == "best-time":
        ours[:] = [model.best() for model in every.values() if model.best]
        places = ()
    else:
        for protocol, group in _grouped(every, series.times).items():
            figure = every[group[0][0]].figures[series.what]
            ours[[place for place, _ in group]] = _exactly(
                protocol, figure, [time for _, time in group]
            )
    circuits, allowed = np.full(len(ours), math.nan), np.full(len(ours), math.nan)
    if not series.origin:
        wanted = {place: every[place] for place in places if place < len(ours)}
        for protocol, group in _grouped(wanted, series.times).items():
            figure = wanted[group[0][0]].figures[series.what]
            at = [place for place, _ in group]
            found = _on_circuits(protocol, figure, [time for _, time in group], entry.error)
            if found is not None:
                circuits[at], allowed[at] = found
    return Rebuilt(entry=entry, series=series, ours=ours, circuits=circuits, allowed=allowed)


def _grouped(
    found: dict[int, Model], times: Sequence[float]
) -> dict[ChargingProtocol, list[tuple[int, float]]]:
    """Places and protocol times by protocol."""
    groups: dict[ChargingProtocol, list[tuple[int, float]]] = defaultdict(list)
    for place, model in found.items():
        protocol, time = model.at(times[place])
        groups[protocol].append((place, time))
    return groups


def _exactly(protocol: ChargingProtocol, figure: Figure, times: Sequence[float]) -> Array:
    if figure.exact is not None:
        return figure.exact(protocol, times)
    battery = protocol.battery
    levels = [battery.sites[cell].levels for cell in battery.cells]
    states = reduced_states(protocol, times)
    return np.array([figure.of(ExactCells(state, levels)) for state in states])


@functools.lru_cache(maxsize=8)
def compiled(protocol: ChargingProtocol, times: tuple[float, ...], error: float) -> CircuitPlan:
    """The circuits; series of one model share them."""
    return qb.compile_protocol(protocol, times=times, error=error)


def _on_circuits(
    protocol: ChargingProtocol, figure: Figure, times: Sequence[float], error: float
) -> tuple[Array, float] | None:
    """The figure at every time, and what it may be off by; ``None`` where too much is read."""
    plan = compiled(protocol, tuple(times), error)
    width = len(plan.experiments[0].readout)
    if TOMOGRAPHY in figure.letters and width > MOST_READ:
        return None
    read = with_settings(plan, bases_for(figure.letters, width))
    seen: dict[float, dict[tuple[str, ...], Array]] = defaultdict(dict)
    for index, weights in AerBackend().distributions(read):
        experiment = read.experiments[index]
        seen[experiment.time][experiment.setting.bases] = np.asarray(weights)
    stops = sorted(seen)
    values = [figure.of(MeasuredCells(read, seen[time])) for time in stops]
    promised = figure.slope * plan.compilation.error + ROUNDING
    return np.array(values), promised
