"""The Clifford frame in which strings act on the fewest wires, found by emptying one by one.

Where m strings are independent and c of them, or of their products, commute with all, they are
those of (m + c) / 2 wires. On n wires more than that some pair of anticommuting strings commutes
with them all; a frame that takes the pair to one wire leaves nothing else there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import rustworkx as rx

from qbcircuit.compile.formula.paulis import anticommute, bits, letter_at
from qbcircuit.compile.network.frames import Frame, written
from qbcircuit.compile.network.search import Masks
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.strings import Gate


def on_fewest_wires(masks: Sequence[Masks], reach: Reach) -> Frame:
    """A frame in which strings act on as few wires as in any.

    Args:
        masks: (x, z) of every string.
        reach: wires and pairs in use; the wires are joined.
    """
    made: list[Gate] = []
    strings, left = list(masks), reach
    while (pair := _free_pair(strings, left)) is not None:
        gates, wire = min(
            ((_gathering(pair, wire, left), wire) for wire in left.removable),
            key=lambda found: len(found[0]),
        )
        strings = [_after(gates, one) for one in strings]
        made += gates
        left = left.without(wire)
    return written(made, masks, reach.n_wires)


def _free_pair(strings: Sequence[Masks], reach: Reach) -> tuple[Masks, Masks] | None:
    """Light strings that anticommute and commute with some others; none if there are none."""
    free = [one for wire in bits(reach.active) for one in ((1 << wire, 0), (0, 1 << wire))]
    for string in strings:
        odd = sorted((one for one in free if anticommute(one, string)), key=_weight)
        free = [one for one in free if one not in odd]
        free += [_times(one, odd[0]) for one in odd[1:]]
    pairs = (pair for pair in itertools.combinations(free, 2) if anticommute(*pair))
    return min(pairs, key=lambda pair: _weight(pair[0]) + _weight(pair[1]), default=None)


def _gathering(pair: tuple[Masks, Masks], wire: int, reach: Reach) -> list[Gate]:
    """Gates that take an anticommuting pair to one wire, along the couplings."""
    first, second = pair
    gates = list(_along_tree(first, wire, reach))
    second = _after(gates, second)
    others = bits((second[0] | second[1]) & ~(1 << wire))
    if not others:
        return gates
    rest = reach.without(wire)
    near = [a + b - wire for a, b in reach.pairs if wire in (a, b)]
    ways = [list(_along_tree(_outside(second, wire), end, rest)) for end in near]
    way, end = min(zip(ways, near, strict=True), key=lambda found: len(found[0]))
    letters = letter_at(*_after(gates, first), wire), letter_at(*_after(way, second), end)
    return [*gates, *way, Gate(letters, (wire, end))]


def _along_tree(string: Masks, root: int, reach: Reach) -> Iterator[Gate]:
    """Gates that take a string to a wire, from the leaves of a tree of shortest paths."""
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(reach.n_wires))
    graph.add_edges_from_no_data(list(reach.pairs))
    paths = rx.dijkstra_shortest_paths(graph, root, default_weight=1)
    needed = {a: b for wire in bits(string[0] | string[1]) if wire != root
              for a, b in itertools.pairwise([*paths[wire]][::-1])}  # fmt: skip
    for wire in sorted(needed, key=lambda wire: -len(paths[wire])):
        onto, letter = needed[wire], letter_at(*string, wire)
        if letter_at(*string, onto) == ".":
            yield (filling := Gate((_other(letter), "X"), (wire, onto)))
            string = _after([filling], string)
        gate = Gate((letter, _other(letter_at(*string, onto))), (wire, onto))
        yield gate
        string = _after([gate], string)


def _after(gates: Sequence[Gate], string: Masks) -> Masks:
    for gate in gates:
        a, b = (_on(*one) for one in zip(gate.letters, gate.wires, strict=True))
        by = [other for one, other in ((a, b), (b, a)) if anticommute(string, one)]
        for one in by:
            string = _times(string, one)
    return string


def _on(letter: str, wire: int) -> Masks:
    return (letter != "Z") << wire, (letter != "X") << wire


def _other(letter: str) -> str:
    """A letter that anticommutes with it."""
    return "Z" if letter == "X" else "X"


def _outside(string: Masks, wire: int) -> Masks:
    return string[0] & ~(1 << wire), string[1] & ~(1 << wire)


def _times(one: Masks, other: Masks) -> Masks:
    return one[0] ^ other[0], one[1] ^ other[1]


def _weight(string: Masks) -> int:
    return (string[0] | string[1]).bit_count()
