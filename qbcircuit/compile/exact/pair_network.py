"""Every pair of sites on some wire, with one CX a pair: parities that hop along a tree.

A wire holds the parity of a site and its parent, so the wires are the edges of a tree whose root
wire holds one site alone. A CX between edges that meet makes the third side of their triangle:
a new pair. A leaf occurs in no other wire, so its flip is a flip of its wire: between the layers
of a product formula the tree becomes a star, whose leaves take their one-site rotations without
being decoded. The centre takes its own once all others have hung on one another.

References: Amy, Azimzadeh and Mosca, Quantum Sci. Technol. 4, 015002 (2019), arXiv:1712.01859,
for parities on wires; Klaver et al., arXiv:2408.10907, for parities that hop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.compile.exact.parity_flow import Move


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """CX gates that bring every pair of sites onto some wire, layer after layer.

    A single layer is ``whole``; two are ``pair``; more are ``first``, ``second``, ``turn`` as often
    as it takes, and ``last``. Every one of them meets every pair once.

    Args:
        whole: from one site a wire to one site a wire.
        pair: the same by way of a star.
        first: from one site a wire to a star whose centre is also on the root wire.
        second: from that star to one with another site on the root wire.
        turn: from this second star to itself.
        last: from the second star to one site a wire.
    """

    whole: tuple[Move, ...]
    pair: tuple[tuple[Move, ...], tuple[Move, ...]]
    first: tuple[Move, ...]
    second: tuple[Move, ...]
    turn: tuple[Move, ...]
    last: tuple[Move, ...]

    def plus(self, other: Network) -> Network:
        """Two networks on different wires, at once."""
        return Network(
            whole=self.whole + other.whole,
            pair=(self.pair[0] + other.pair[0], self.pair[1] + other.pair[1]),
            first=self.first + other.first,
            second=self.second + other.second,
            turn=self.turn + other.turn,
            last=self.last + other.last,
        )


def all_to_all(sites: Sequence[int]) -> Network:
    """Where all wires are coupled.

    n(n - 1)/2 CX a layer, n - 1 at the end, and one more for every layer between the second and
    the last. Every wire passes one neighbour after another down a chain, each one step behind the
    one before, and so do the layers: depth n + 1 a layer and n in all.

    A pair that is on a wire when the second of its two sites is flipped belongs to both layers:
    one a turn, the edge of the old centre, which pays for moving the root.
    """
    edge, root, *rest = sites
    start = ((edge, wire) for wire in rest[:1])
    second = (*_chain(rest), *start, (edge, root), *_falls((root, edge, *rest)))
    last = _transfer(edge, root, rest)
    return Network(
        whole=decoded(sites, coupled=True),
        pair=((*_chain((root, *rest)), (root, edge), *_falls((root, edge, *rest))), last),
        first=_descent((root, edge, *rest)),
        second=second,
        turn=((edge, root), *second),
        last=last,
    )


def _descent(wires: Sequence[int]) -> tuple[Move, ...]:
    """From one site a wire to a star around the site of the first."""
    return (*_chain(wires), *_falls(wires))


def _chain(wires: Sequence[int]) -> tuple[Move, ...]:
    """Every site hangs on the one before it; the last first."""
    return tuple((wires[k - 1], wires[k]) for k in range(len(wires) - 1, 0, -1))


def _falls(wires: Sequence[int]) -> tuple[Move, ...]:
    """A chain becomes a star: every wire, the last first, falls from parent to parent."""
    places = range(len(wires) - 1, 1, -1)
    return tuple((wires[j], wires[k]) for k in places for j in range(k - 1, 0, -1))


def _transfer(edge: int, root: int, rest: Sequence[int]) -> tuple[Move, ...]:
    """From the second star to one site a wire, every pair once.

    All sites, the old centre too, move over to the leaf on the last wire, which was ready first;
    from this star on, a first layer backwards.
    """
    if not rest:
        return ((edge, root), (root, edge))
    *others, centre = rest
    over = [(centre, wire) for wire in (*reversed(others), edge)]
    back = _descent((root, *reversed(others), centre, edge))
    return (*over, (edge, root), *reversed(back))


def decoded(wires: Sequence[int], *, coupled: bool) -> tuple[Move, ...]:
    """Every pair of sites once, from one site a wire to one site a wire.

    Where all wires are coupled, n(n - 1)/2 + n - 1 CX, and every site is back on its wire. Along
    a path of coupled wires, n^2 - 1 CX: a wire trades places with each that it passes, CX and
    swap in two CX, and the sites end in reverse order.

    Reference: Klaver et al., arXiv:2408.10907.
    """
    chain = _chain(wires)
    if coupled:
        return (*chain, *_falls(wires), *((wires[0], wire) for wire in reversed(wires[1:])))
    steps = [
        (wires[j], wires[j + 1])
        for bottom in range(len(wires) - 1)
        for j in range(len(wires) - 2, bottom - 1, -1)
    ]
    return (*chain, *(move for a, b in steps for move in ((b, a), (a, b))))


def braided(wires: Sequence[int], *, back: bool = False) -> tuple[Move, ...]:
    """Every pair of sites once along a path of coupled wires, with fewer CX than :func:`decoded`.

    n - 2 rounds of neighbours that trade places in a chain: n^2 - 3n/2 + 1 CX, half a one more or
    less where n is odd. Deeper than a walk, as a chain is hung up towards its root and let go from
    there; so the root changes ends for the way ``back``, which takes every site back to its wire.

    Reference: Klaver et al., arXiv:2408.10907.
    """
    wires = tuple(reversed(wires)) if back else tuple(wires)
    n = len(wires)
    chain = _chain(wires)
    trades = [
        (wires[k], wires[other])
        for number in range(n - 2)
        for k in range(1 + (number + (not back)) % 2, n, 2)
        for other in (k - 1, k + 1)
        if other < n
    ]
    return (*chain, *trades, *reversed(chain))
