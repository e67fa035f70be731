"""What a run of CX gates gives the chance to do: parities to turn, sites to flip alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from qbcircuit.compile.formula.paulis import bits

Move = tuple[int, int]
"""A CX: control wire, target wire."""


@dataclass(frozen=True, slots=True)
class Event:
    """One gate of a flow.

    Args:
        kind: ``"cx"``; ``"parity"``, a z rotation of a parity; ``"flip"``, an x rotation of a
            site.
        wires: where; the control of a CX first.
        parity: mask of the sites whose parity is turned, or of the site that is flipped.
    """

    kind: str
    wires: tuple[int, ...]
    parity: int = 0


class Flow:
    """Parities of sites on wires.

    Args:
        places: the wire of every site at first.
    """

    def __init__(self, places: Sequence[int]) -> None:
        self._holders = [{wire} for wire in places]
        self.parities = [1 << places.index(wire) for wire in range(len(places))]

    def copy(self) -> Flow:
        """The same parities, free to go another way."""
        twin = Flow(())
        twin.parities = list(self.parities)
        twin._holders = [set(wires) for wires in self._holders]
        return twin

    def run(
        self, moves: Iterable[Move], *, flips: Collection[int] = (), turns: Collection[int] = ()
    ) -> tuple[Event, ...]:
        """CX gates, and what can be done between them, each thing once and as soon as it can be.

        A site is flipped where it occurs in one wire only. A parity is turned where a wire
        holds it, once all of its sites that are to be flipped have been.

        Args:
            moves: CX gates.
            flips: sites.
            turns: masks of sites.

        Raises:
            ValueError: the moves leave something undone.
        """
        waiting, wanted = set(flips), set(turns)
        events = list(self._chances(range(len(self.parities)), waiting, wanted))
        for control, target in moves:
            events.append(Event("cx", (control, target)))
            moved = self.parities[control]
            self.parities[target] ^= moved
            alone = [target]
            for site in bits(moved):
                self._holders[site] ^= {target}
                alone += self._holders[site] if len(self._holders[site]) == 1 else ()
            events += self._chances(alone, waiting, wanted)
        if waiting or wanted:
            raise ValueError(f"{len(waiting)} flips and {len(wanted)} parities are left")
        return tuple(events)

    def _chances(
        self, wires: Iterable[int], waiting: set[int], wanted: set[int]
    ) -> Iterable[Event]:
        """Flips and turns on wires that have changed or have a site to themselves."""
        for wire in dict.fromkeys(wires):
            for site in bits(self.parities[wire]) if waiting else ():
                if site in waiting and len(self._holders[site]) == 1:
                    waiting.discard(site)
                    yield Event("flip", (wire,), 1 << site)
            parity = self.parities[wire]
            if parity in wanted and not waiting.intersection(bits(parity)):
                wanted.discard(parity)
                yield Event("parity", (wire,), parity)

    @property
    def places(self) -> tuple[int, ...] | None:
        """The wire of every site; ``None`` unless each is alone on one."""
        where = {parity: wire for wire, parity in enumerate(self.parities)}
        places = [where.get(1 << site, -1) for site in range(len(self.parities))]
        return None if -1 in places else tuple(places)


def swaps_home(places: Sequence[int]) -> tuple[Move, ...]:
    """Swaps of wires that bring every site back to its own."""
    at = list(places)
    swaps = []
    for site in range(len(at)):
        if at[site] != site:
            other = at.index(site)
            swaps.append((site, at[site]))
            at[site], at[other] = site, at[site]
    return tuple(swaps)
