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

    Args:
        first: from one site a wire to a star; every pair once.
        turns: from a star to the next and back again; every pair once each.
        close: from the first star, and from the second, to one site a wire.
    """

    first: tuple[Move, ...]
    turns: tuple[tuple[Move, ...], tuple[Move, ...]]
    close: tuple[tuple[Move, ...], tuple[Move, ...]]

    def plus(self, other: Network) -> Network:
        """Two networks on different wires, at once."""
        return Network(
            first=self.first + other.first,
            turns=(self.turns[0] + other.turns[0], self.turns[1] + other.turns[1]),
            close=(self.close[0] + other.close[0], self.close[1] + other.close[1]),
        )


def all_to_all(sites: Sequence[int]) -> Network:
    """n(n - 1)/2 CX a layer, one more a turn, and n - 1 at the end, where all wires are coupled.

    Every wire passes one neighbour after another down a chain, each one step behind the last,
    and so do the layers: depth about n a layer and n in all.
    """
    centre, other, *rest = sites
    close = tuple((centre, wire) for wire in reversed(sites) if wire != centre)
    turn = _turn(centre, other, rest)
    return Network(first=_descent(sites), turns=(turn, turn), close=(close, close))


def _descent(wires: Sequence[int]) -> tuple[Move, ...]:
    """From a star around whatever the first wire hangs on to a star around the first."""
    places = range(len(wires) - 1, 0, -1)
    chain = [(wires[k - 1], wires[k]) for k in places]
    return (*chain, *_falls(wires))


def _falls(wires: Sequence[int]) -> tuple[Move, ...]:
    """A chain becomes a star: every wire, the last first, falls from parent to parent."""
    places = range(len(wires) - 1, 1, -1)
    return tuple((wires[j], wires[k]) for k in places for j in range(k - 1, 0, -1))


def _turn(centre: int, other: int, rest: Sequence[int]) -> tuple[Move, ...]:
    """From a star to one whose centre is the site on wire ``other``; the two trade wires.

    The others form a chain; the last of them lets go of the centre, the root passes on, and the
    old centre, now a leaf, is put back between them.
    """
    chain = [(rest[k - 1], rest[k]) for k in range(len(rest) - 1, 0, -1)]
    let_go = [(other, wire) for wire in rest[:1]]
    return (*chain, *let_go, (other, centre), *let_go, *_falls((centre, other, *rest)))


def decoded(wires: Sequence[int], *, coupled: bool) -> tuple[Move, ...]:
    """Every pair of sites once, from one site a wire to one site a wire.

    Where all wires are coupled, n(n - 1)/2 + n - 1 CX, and every site is back on its wire. Along
    a path of coupled wires, n^2 - 1 CX: a wire trades places with each that it passes, CX and
    swap in two CX, and the sites end in reverse order.

    Reference: Klaver et al., arXiv:2408.10907.
    """
    places = range(len(wires) - 1, 0, -1)
    chain = tuple((wires[k - 1], wires[k]) for k in places)
    if coupled:
        return (*chain, *_falls(wires), *((wires[0], wires[k]) for k in places))
    steps = [
        (wires[j], wires[j + 1])
        for bottom in range(len(wires) - 1)
        for j in range(len(wires) - 2, bottom - 1, -1)
    ]
    return (*chain, *(move for a, b in steps for move in ((b, a), (a, b))))
