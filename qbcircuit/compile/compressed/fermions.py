"""Circuits of free fermions within an error: a wall a chain, where that costs less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qbcircuit.compile.compressed.goals import allowance, as_arc, as_state, distance
from qbcircuit.compile.compressed.search import Elapsed, Found, Search
from qbcircuit.compile.compressed.walls import FittedWall
from qbcircuit.compile.exact.fermions import FreeFermions
from qbcircuit.compile.exact.matchgates import Network, Preparation, weight_of

ROUNDING = 1e-12
"""Distance below which nothing is promised: exact networks are not nearer either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compressed:
    """Circuits that are within an error at every time.

    Args:
        fermions: the circuits.
        n_layers: layers of the deepest wall.
        error: largest distance from the exact evolution at any of the times.
    """

    fermions: FreeFermions
    n_layers: int
    error: float


def compressed(
    exact: FreeFermions, times: Sequence[Elapsed], *, error: float, optimise: str
) -> Compressed | None:
    """Walls in place of exact networks where they cost less; ``None`` where they nowhere do.

    Args:
        exact: the networks, one a chain.
        times: how long every step has acted, in order.
        error: largest distance at any of them, shared out among chains by their bonds.
        optimise: ``"gates"`` or ``"depth"``.
    """
    of_state = exact.assumes_start
    n_bonds = sum(len(network.chain.sites) - 1 for network in exact.networks)
    if not n_bonds or not any(times[-1]) or error < ROUNDING:
        return None
    share = allowance(error, of_state=of_state) / n_bonds
    known: dict[object, Found | None] = {}
    found: list[Found | None] = []
    for network in exact.networks:
        key = _start(network), *(one.tobytes() for one in network.chain.couplings)
        if key not in known:
            known[key] = _wall(network, times, share, of_state=of_state, optimise=optimise)
        found.append(known[key])
    walls = [one for one in found if one is not None]
    if not walls:
        return None
    networks = (
        network
        if one is None
        else FittedWall(chain=network.chain, wall=one.wall, values=one.values)
        for network, one in zip(exact.networks, found, strict=True)
    )
    apart = max(sum(_apart(one, number, of_state) for one in walls) for number in range(len(times)))
    return Compressed(
        fermions=replace(exact, networks=tuple(networks)),
        n_layers=max(one.wall.n_layers for one in walls),
        error=max(distance(apart, of_state=of_state), ROUNDING),
    )


def _wall(
    network: Network, times: Sequence[Elapsed], share: float, *, of_state: bool, optimise: str
) -> Found | None:
    """A wall that is cheaper than a network, within its bonds' shares of what is allowed."""
    gates, depth = weight_of(network.gates)
    if not gates:
        return None
    levels = _start(network)
    allowed = share * (len(network.chain.sites) - 1)
    search = Search(
        network.chain,
        levels,
        times=times,
        allowed=as_arc(allowed) if of_state and not levels else allowed,
        limit=(gates, depth) if optimise == "gates" else (depth, gates),
        optimise=optimise,
    )
    return search.found()


def _start(network: Network) -> tuple[int, ...]:
    """The levels at time 0; empty where the network does not depend on them."""
    return network.start if isinstance(network, Preparation) else ()


def _apart(found: Found, number: int, of_state: bool) -> float:
    """How far apart a chain is at a time, as a state where the whole is one."""
    apart = found.apart[number]
    return as_state(apart) if of_state and not found.wall.levels else apart
