"""Network circuits of one template: the cheapest of several searches."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence

from qiskit import QuantumCircuit

from qbcircuit.compile.exact.anticommuting import in_rotations
from qbcircuit.compile.exact.blocks import append_block
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import Layer, strings_of
from qbcircuit.compile.network import built_in
from qbcircuit.compile.network.rotations import Rotations, Stage, rotations_of
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.tangles import is_tangled
from qbcircuit.compile.network.ways import ORDERS, Found, Way, fewest_gates, searched

MOST_WIRES = 30
"""Wires up to which networks are searched for."""

MOST_LETTERS = 4000
"""Strings times wires of one template up to which networks are searched for."""

_MANY = 24
"""Circuits of a sweep whose ends are compared with their beginnings."""


def networks(
    stages: Sequence[Stage],
    n_wires: int,
    wiring: Wiring,
    optimise: str,
    *,
    stays: bool,
    many: bool = False,
) -> Iterator[QuantumCircuit]:
    """Circuits of the stages one after another, their strings made one by one; cheapest first.

    Formula: prod_s prod_k exp(-i t_s c_sk P_sk), strings of one stage in any order. The one with
    fewest gates and the one with least depth; both are the same whichever is to be saved.

    Args:
        stages: in time order.
        n_wires: number of wires.
        wiring: couplings among the wires.
        optimise: ``"gates"`` or ``"depth"``: which comes first.
        stays: whether every wire has to end where it starts; if not, swaps come last, to be
            left out.
        many: whether others with few gates follow.
    """
    if not is_tangled([layer for layer, _ in stages], n_wires):
        return
    found, reach = _searched(tuple(stages), n_wires, wiring, stays)
    if reach is None:
        return
    best = [min(found, key=key) for key in (ORDERS[optimise], *ORDERS.values())]
    best += sorted(found, key=ORDERS["gates"])[: _MANY if many else 0]
    for one in dict.fromkeys(best):
        yield one.written(reach)


def few_gates(stages: Sequence[Stage], reach: Reach) -> int:
    """Two-qubit gates of the stages one after another, from a few searches.

    Args:
        stages: in time order.
        reach: wires and pairs in use.
    """
    ways = (
        Way(rotations=Rotations.mirrored(stages, reach.n_wires), returns=False),
        Way(rotations=Rotations.of(stages, reach.n_wires)),
    )
    return fewest_gates(ways, reach)


@functools.lru_cache(maxsize=4)
def _searched(
    stages: tuple[Stage, ...], n_wires: int, wiring: Wiring, stays: bool
) -> tuple[tuple[Found, ...], Reach | None]:
    """What searches have found, and along which couplings; ``None`` where there is too much."""
    reach = joined_reach([layer for layer, _ in stages], n_wires, wiring)
    if reach is None:
        return (), None
    whole = Rotations.of(stages, n_wires)
    folded = Rotations.mirrored(stages, n_wires)
    ways = [Way(rotations=folded, returns=False), Way(rotations=whole)]
    ways += [Way(rotations=whole, drifts=True)] if reach.edges is not None or not stays else []
    return searched(ways, reach, stays=stays), reach


def built_in_networks(
    stages: Sequence[Stage], n_wires: int, wiring: Wiring
) -> Iterator[QuantumCircuit]:
    """Qiskit's own circuits of the same, not routed: nothing that is found is to cost more.

    Args:
        stages: in time order.
        n_wires: number of wires.
        wiring: couplings among the wires.
    """
    if is_tangled([layer for layer, _ in stages], n_wires):
        parts = [part for stage in stages for part in _apart(stage, n_wires, wiring)]
        yield from built_in.built_in(parts, n_wires, routed=wiring.neighbours is not None)


def _apart(stage: Stage, n_wires: int, wiring: Wiring) -> list[built_in.Stage]:
    """Strings of a stage that all commute, what is turned into rotations, and the rest."""
    layer, time = stage
    loose = tuple(one for one in layer if strings_of((one,), n_wires).all_commute)
    if not loose or not strings_of(loose, n_wires).all_commute:
        loose = ()
    rest = QuantumCircuit(n_wires)
    found = [built_in.Stage(rotations_of((loose, time), n_wires))] if loose else []
    for one in layer:
        if one in loose:
            continue
        if in_rotations(strings_of((one,), n_wires)) is None:
            append_block(rest, one, time, wiring)
        else:
            found += [built_in.Stage([row]) for row in rotations_of(((one,), time), n_wires)]
    return [*found, built_in.Stage([], rest)] if rest.size() else found


def joined_reach(layers: Sequence[Layer], n_wires: int, wiring: Wiring) -> Reach | None:
    """What can be searched; ``None`` where there is too much, or wires are not joined.

    Wires that nothing acts on take part only where all are joined.
    """
    strings = [strings_of(layer, n_wires) for layer in layers]
    if sum(map(len, strings)) > MOST_LETTERS // n_wires:
        return None
    if not all(_is_spelled(layer, n_wires) for layer in layers):
        return None
    edges = None
    if wiring.neighbours is not None:
        near = enumerate(wiring.neighbours)
        edges = tuple(sorted((a, b) for a, others in near for b in others if a < b))
    touched = functools.reduce(
        operator.or_, (x | z for one in strings for x, z, _ in one.rows()), 0
    )
    for active in ((1 << n_wires) - 1, touched):
        reach = Reach(n_wires, edges, active)
        if n_wires <= MOST_WIRES and reach.is_joined:
            return reach.tabled
    return None


def _is_spelled(layer: Layer, n_wires: int) -> bool:
    """Whether a layer is rotations about one string after another."""
    return strings_of(layer, n_wires).all_commute or all(
        in_rotations(strings_of((one,), n_wires)) is not None for one in layer
    )
