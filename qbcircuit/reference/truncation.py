"""What cutting a mode off costs: the same protocol beside one that keeps more quanta."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol
from qbcircuit.reference.collective import collective
from qbcircuit.reference.curve import simulate
from qbcircuit.reference.energy import capacity
from qbcircuit.reference.level_evolution import reached
from qbcircuit.reference.level_parts import level_parts
from qbcircuit.starts import MixedStart, ProductStart, PureStart, Start
from qbcircuit.terms import MODE_LETTERS, Term

_MORE = 0.5
_AT_LEAST = 4
"""How many quanta the wider protocol keeps beyond the cut-off: this fraction of them, at least
this many."""


class Truncation(NamedTuple):
    """What the cut-off of a protocol's modes costs.

    Args:
        error: largest change of W over the capacity when more quanta are kept.
        exact: whether no more quanta are ever reached, so that nothing is cut.
    """

    error: float
    exact: bool


def truncation(protocol: ChargingProtocol, times: ArrayLike) -> Truncation:
    """What cutting modes off changes in W(t), from the same protocol with half as many more quanta.

    max_t |W(t) - W_wider(t)| / capacity; 0 and exact where what is conserved keeps the quanta
    below the cut-off. What a start loses beyond the cut-off is not seen.

    Args:
        protocol: what charges what.
        times: at which W is compared, shape (n_times,).

    Raises:
        InvalidRequest: times outside the protocol, or more states than can be followed.
    """
    modes = driven_modes(protocol.battery, _terms(protocol))
    if not modes or not grows(protocol):
        return Truncation(0.0, exact=True)
    wider = widened(protocol)
    change = simulate(wider, times).work - simulate(protocol, times).work
    return Truncation(float(np.abs(change).max()) / capacity(protocol.battery), exact=False)


def driven_modes(battery: Battery, terms: Sequence[Term]) -> frozenset[int]:
    """The modes whose quanta the terms create, destroy or count."""
    return frozenset(
        site
        for term in terms
        for site, letter in zip(term.sites, term.operators, strict=True)
        if letter in MODE_LETTERS and battery.sites[site].role is Role.MODE
    )


def grows(protocol: ChargingProtocol) -> bool:
    """Whether more states are reached where driven modes may hold one quantum more."""
    wider = widened(protocol, by=1)
    return any(
        len(reached(collective(part))) != len(reached(collective(other)))
        for part, other in zip(level_parts(protocol), level_parts(wider), strict=True)
    )


def widened(protocol: ChargingProtocol, *, by: int | None = None) -> ChargingProtocol:
    """The same protocol with more quanta allowed in every driven mode.

    Args:
        protocol: whose user terms drive modes.
        by: how many more; half as many again where ``None``.
    """
    battery = protocol.battery
    modes = driven_modes(battery, _terms(protocol))
    extra = [
        0 if j not in modes else by or max(_AT_LEAST, int(_MORE * (site.dimension - 1)))
        for j, site in enumerate(battery.sites)
    ]
    sites = tuple(_longer(site, more) for site, more in zip(battery.sites, extra, strict=True))
    start = _padded(battery.start, battery.dimensions, extra)
    return replace(protocol, battery=replace(battery, sites=sites, start=start))


def _terms(protocol: ChargingProtocol) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(term for step in protocol.evolutions for term in step.terms))


def _longer(site: Site, more: int) -> Site:
    """More levels, as far apart as the last two."""
    step = site.levels[-1] - site.levels[-2]
    added = tuple(site.levels[-1] + step * (i + 1) for i in range(more))
    return replace(site, levels=site.levels + added)


def _padded(start: Start, dimensions: Sequence[int], extra: Sequence[int]) -> Start:
    """The same state, with nothing in the levels added."""
    if isinstance(start, MixedStart):
        rows = zip(start.populations, extra, strict=True)
        return MixedStart(populations=tuple((*row, *(0.0,) * more) for row, more in rows))
    if isinstance(start, ProductStart):
        rows_ = zip(start.amplitudes, extra, strict=True)
        return ProductStart(amplitudes=tuple((*row, *(0.0,) * more) for row, more in rows_))
    if isinstance(start, PureStart):
        table = np.array(start.amplitudes).reshape(tuple(dimensions)[::-1])
        whole = np.pad(table, [(0, more) for more in reversed(extra)])
        return PureStart(amplitudes=tuple(whole.ravel().tolist()))
    return start
