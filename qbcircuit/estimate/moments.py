"""Mean, variance and common errors of the work that was read at each time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts, ExactWork, Reading
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.energies import Energies, energies_of
from qbcircuit.estimate.interval import Estimate
from qbcircuit.estimate.readout import ReadoutErrors
from qbcircuit.measurement import energy_settings
from qbcircuit.plan import CircuitPlan, Experiment, SampledStart
from qbcircuit.reference import capacity, energy_range, start_energy
from qbcircuit.starts import BasisStart

Array = NDArray[np.float64]


Read = tuple[Experiment, Reading]
"""An experiment and what was read of it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moments:
    """Mean and variance of the work per shot at each time; 0 shots where it was computed.

    Args:
        mean: (M,) in energy units.
        variance: (M,) of the mean times the shots, in energy units squared.
        shots: (M,) in all circuits of a time together.
        event: (M,) by how much one energy seen once more moves the mean; ``None``: 1/shots.
        common: (S, M) what one standard error of every calibrated probability does, and of the
            weight of every start that was drawn.
        leakage: (M,) shares of shots outside the codes; ``None`` where all outcomes are codes.
    """

    mean: Array
    variance: Array
    shots: NDArray[np.int64]
    event: Array | None = None
    common: Array | None = None
    leakage: tuple[Estimate, ...] | None = None

    @classmethod
    def of(
        cls, plan: CircuitPlan, pools: Sequence[Sequence[Read]], errors: ReadoutErrors | None
    ) -> Moments:
        """Of the readings of every time, read-out errors undone where they are known."""
        rows = [_pooled(plan, pool, errors) for pool in pools]
        responses = [one.response for one in rows if one.response is not None]
        common = [*np.array(responses).T, *_start_rows([one.by_start for one in rows])]
        leaked = [one.leakage for one in rows if one.leakage is not None]
        return cls(
            mean=np.array([one.mean for one in rows]),
            variance=np.array([one.variance for one in rows]),
            shots=np.array([one.shots for one in rows], dtype=np.int64),
            event=np.array([one.event for one in rows]),
            common=np.array(common) if common else None,
            leakage=tuple(leaked) if leaked else None,
        )

    def lump(self, battery: Battery) -> float:
        """Energy that typically moves at once, from the variance against binomial cells.

        Disjoint blocks of k cells have variance k times that of independent cells at the same
        charge; between one splitting and the whole capacity.
        """
        sampled = self.shots > 0
        fraction = np.clip((self.mean + above_floor(battery)) / capacity(battery), 0, 1)
        cells = np.sum((capacity(battery) * fraction * (1 - fraction))[sampled])
        if cells <= 0:
            return battery.splitting
        ratio = float(np.sum(self.variance[sampled]) / cells)
        return min(max(ratio, battery.splitting), capacity(battery))

    def whole_error(self, lump: float) -> Array:
        """:meth:`error` with what is common to all times."""
        if self.common is None:
            return self.error(lump)
        return np.asarray(np.hypot(self.error(lump), np.linalg.norm(self.common, axis=0)))

    def error(self, lump: float) -> Array:
        """Standard errors of the mean: sample variance plus half an event of one lump."""
        n = np.maximum(self.shots, 1)
        event = 1 / n if self.event is None else self.event
        error = np.sqrt(self.variance / n + 0.5 * (lump * event) ** 2)
        return np.where(self.shots > 0, error, 0.0)


def above_floor(battery: Battery) -> float:
    """Energy of the start above the lowest level of every cell."""
    return start_energy(battery) - energy_range(battery)[0]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _OneStart:
    """Work from one start: its mean, the variance of that, and shots outside the codes."""

    mean: float
    variance: float
    shots: int
    event: float
    response: Array | None
    outside: float
    told: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Pool:
    """Readings of one time, as in :class:`Moments`; the work by start where starts are drawn."""

    mean: float
    variance: float
    shots: int
    event: float = 0.0
    response: Array | None = None
    leakage: Estimate | None = None
    by_start: dict[SampledStart, _OneStart]


def _pooled(plan: CircuitPlan, pool: Sequence[Read], errors: ReadoutErrors | None) -> _Pool:
    exact = [reading.work for _, reading in pool if isinstance(reading, ExactWork)]
    if exact:
        return _Pool(mean=float(np.mean(exact)), variance=0.0, shots=0, by_start={})
    groups: dict[SampledStart | None, list[Read]] = defaultdict(list)
    for experiment, reading in pool:
        groups[experiment.start].append((experiment, reading))
    found = {start: _from_one_start(plan, group, errors) for start, group in groups.items()}
    weights = [1.0 if start is None else start.weight for start in found]
    several = list(found.values())
    shots = sum(one.shots for one in several)
    responses = [one.response for one in several if one.response is not None]
    return _Pool(
        mean=math.fsum(w * one.mean for w, one in zip(weights, several, strict=True)),
        variance=shots
        * math.fsum(w**2 * one.variance for w, one in zip(weights, several, strict=True)),
        shots=shots,
        event=math.hypot(*(w * one.event for w, one in zip(weights, several, strict=True))),
        response=np.asarray(np.array(weights) @ np.array(responses)) if responses else None,
        leakage=_leakage(plan, several),
        by_start={s: one for s, one in found.items() if s is not None and s.draws},
    )


def _from_one_start(
    plan: CircuitPlan, reads: Sequence[Read], errors: ReadoutErrors | None
) -> _OneStart:
    """The sum over settings of what each tells of the energy, over that of the start."""
    settings: dict[tuple[str, ...], list[Energies]] = defaultdict(list)
    for experiment, reading in reads:
        if isinstance(reading, Counts):
            told = energies_of(plan, experiment, reading, errors)
            settings[experiment.setting.bases].append(told)
    battery, start = plan.protocol.battery, reads[0][0].start
    if start is not None:
        battery = replace(battery, start=BasisStart(levels=start.levels))
    parts = [_of_setting(battery, several) for several in settings.values()]
    responses = [one.response for one in parts if one.response is not None]
    return _OneStart(
        mean=math.fsum(one.mean for one in parts)
        + _shift(plan, set(settings), reads[0][0].time)
        - start_energy(battery),
        variance=math.fsum(one.variance for one in parts),
        shots=min(one.shots for one in parts),
        event=math.hypot(*(one.event for one in parts)),
        response=np.sum(responses, axis=0) if responses else None,
        outside=math.fsum(one.outside for one in parts),
        told=math.fsum(one.told for one in parts),
    )


def _shift(plan: CircuitPlan, read: set[tuple[str, ...]], time: float) -> float:
    """What of the energy no setting tells.

    Raises:
        InvalidRequest: a setting that is needed and was not read.
    """
    battery = plan.protocol.battery
    if not battery.interactions:
        return 0.0
    found = energy_settings(battery, plan.options.encoding)
    missing = [part.bases for part in found.parts if part.bases not in read]
    if missing:
        raise InvalidRequest(
            f"The energy of these cells needs the setting {''.join(missing[0])} too, and it was "
            f"not read at time {time:g}. Use a plan as compile_protocol makes it."
        )
    return found.shift


def _of_setting(battery: Battery, several: Sequence[Energies]) -> _OneStart:
    """Mean energy in one setting, from the shots inside the codes."""
    energy = np.concatenate([one.energy[one.inside] for one in several])
    weight = np.concatenate([one.times[one.inside] for one in several])
    seen, kept = sum(float(one.times.sum()) for one in several), float(weight.sum())
    if seen == 0:
        raise RunFailed("A reading holds no shots. Run it again.")
    told = sum(float(one.times.sum()) for one in several if one.tells)
    outside = sum(float(one.times[~one.inside].sum()) for one in several if one.tells)
    responses = [one.response for one in several if one.response is not None]
    if kept == 0:  # nothing is known of the energy but its range
        mean, variance = start_energy(battery), capacity(battery) ** 2
    else:
        mean = float(weight @ energy) / kept
        spread = float(weight @ (energy - mean) ** 2) / max(kept - 1, 1)
        variance = spread / kept
    return _OneStart(
        mean=mean,
        variance=variance,
        shots=int(kept or seen),
        event=1 / (kept or seen),
        response=np.sum(responses, axis=0) / seen if responses else None,
        outside=outside,
        told=told,
    )


def _leakage(plan: CircuitPlan, several: Sequence[_OneStart]) -> Estimate | None:
    """Share of shots outside the codes; ``None`` where every outcome is a code."""
    battery = plan.protocol.battery
    found = plan.registers
    registers = [found[cell] for cell in battery.cells]
    told = sum(one.told for one in several)
    if all(len(one.codes) == 1 << len(one.sites) for one in registers) or not told:
        return None
    return Estimate.of_share(sum(one.outside for one in several), told)


def _start_rows(by_time: Sequence[dict[SampledStart, _OneStart]]) -> list[Array]:
    """What the chance that drew the starts does to all times, one row a start.

    K draws, of which a share q_s fell on start s, have the covariance sum_s q_s (m_s - m)(m_s -
    m)^T / (K - 1) of their mean, with m_s the work from a start at all times. Shot noise makes
    the m_s differ as well; it is counted apart and taken out here.
    """
    if not by_time or not by_time[0]:
        return []
    starts = list(by_time[0])
    draws = sum(start.draws for start in starts)
    shares = np.array([start.draws / draws for start in starts])
    work = np.array([[found[start].mean for found in by_time] for start in starts])
    noise = np.array([[found[start].variance for found in by_time] for start in starts])
    rows = np.sqrt(shares / max(draws - 1, 1))[:, None] * (work - shares @ work)
    seen = np.sum(rows**2, axis=0)
    shot = (shares * (1 - shares)) @ noise / max(draws - 1, 1)
    kept = np.sqrt(np.clip(1 - shot / np.where(seen > 0, seen, 1.0), 0, 1))
    return list(rows * kept)
