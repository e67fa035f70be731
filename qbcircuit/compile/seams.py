"""One-qubit gates merged across the seams between templates.

Templates are strung together when they are bound, so what stands at the end of one and at the
beginning of the next cannot merge any more. Each seam therefore gets a frame G, a constant on
every wire: the template before ends with G, the one after begins with its inverse, and G is
chosen so that the constants of both meet on one side. Experiments begin and end in no frame:
their first and last pieces are templates of their own.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qiskit.circuit import Parameter

from qbcircuit.compile.gates.entanglers import Couplers
from qbcircuit.compile.gates.gatelist import Op
from qbcircuit.compile.gates.rotations import (
    IDENTITY,
    Matrix,
    dagger,
    is_scalar,
    product,
    without_z,
)
from qbcircuit.compile.gates.runs import State, applied, led
from qbcircuit.compile.gates.writing import Written, written
from qbcircuit.plan import Piece

Pieces = tuple[tuple[Piece, ...], tuple[Piece, ...]]
"""Segments that later times share, and a closing."""

Frame = tuple[Matrix, ...]
"""A constant on every wire."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A template's gates, not yet written.

    Args:
        ops: gates that respect the couplings.
        parameters: in the order of the angles of its pieces.
    """

    ops: Sequence[Op]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A draft in its place: what is written for it.

    Args:
        draft: index; ``LEAVE`` only closes the seam.
        first: whether an experiment begins with it.
        last: whether an experiment ends with it.
    """

    draft: int
    first: bool
    last: bool


LEAVE = -1
_ROUNDS = 2
"""With native x rotations, a frame lets z rotations through that the next round merges."""

Seam = tuple[Slot, Slot]
Port = tuple[Slot, bool]
"""The beginning (False) or the end (True) of what is written for a slot."""


def slots_of(pieces: Pieces) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """A slot for each piece, and one that leaves the frame where segments are all there is."""
    segments, closing = pieces
    drafts = [one.template for one in (*segments, *closing)]
    if segments and not closing:
        drafts.append(LEAVE)
    last = len(drafts) - 1
    slots = tuple(Slot(draft, i == 0, i == last) for i, draft in enumerate(drafts))
    return slots[: len(segments)], slots[len(segments) :]


def framed(
    chains: Sequence[Sequence[Slot]], drafts: Sequence[Draft], couplers: Couplers
) -> dict[Slot, Written]:
    """What is written for every slot.

    Args:
        chains: the slots of every experiment.
        drafts: what the slots point to.
        couplers: the device.
    """
    frames = _frames(chains, drafts, couplers)
    found: dict[tuple[int, Frame | None, Frame | None], Written] = {}
    out: dict[Slot, Written] = {}
    for slot in dict.fromkeys(itertools.chain.from_iterable(chains)):
        before, after = frames.get((slot, False)), frames.get((slot, True))
        key = slot.draft, before, after
        if key not in found:
            found[key] = _written(slot, drafts, couplers, frames)
        out[slot] = found[key]
    return out


def _frames(
    chains: Sequence[Sequence[Slot]], drafts: Sequence[Draft], couplers: Couplers
) -> dict[Port, Frame]:
    """The frame of every port that has one: ports that meet in a seam share theirs."""
    seams = Counter(seam for chain in chains for seam in itertools.pairwise(chain))
    bare = {(chain[0], False) for chain in chains if chain}
    bare |= {(chain[-1], True) for chain in chains if chain}
    groups = {
        max(inside, key=lambda seam: (seam[1].draft != LEAVE, seams[seam])): ports
        for ports, inside in _shared(seams)
        if not ports & bare
    }
    frames: dict[Port, Frame] = {}
    rounds = _ROUNDS if any("rx" in gates for gates in couplers.singles) else 1
    for _ in range(rounds if groups else 0):
        native = {
            slot: _written(slot, drafts, couplers, frames)
            for slot in dict.fromkeys(itertools.chain.from_iterable(groups))
        }
        frames = {
            port: frame
            for (left, right), ports in groups.items()
            for frame in [_met(frames.get((left, True)), native[left].last, native[right].first)]
            for port in ports
        }
    return frames


def _written(
    slot: Slot, drafts: Sequence[Draft], couplers: Couplers, frames: Mapping[Port, Frame]
) -> Written:
    ops = () if slot.draft == LEAVE else drafts[slot.draft].ops
    before, after = frames.get((slot, False)), frames.get((slot, True))
    return written(ops, couplers, before=before, after=after)


def _met(frame: Frame | None, last: Sequence[State], first: Sequence[State]) -> Frame:
    """A better frame for a seam between templates that are written in a frame already."""
    more = map(_meeting, last, first)
    both = more if frame is None else map(product, more, frame)
    return tuple(IDENTITY if is_scalar(matrix) else matrix for matrix in both)


def _shared(seams: Counter[Seam]) -> Iterator[tuple[set[Port], list[Seam]]]:
    """Ports joined by seams, directly or through others, and the seams that join them."""
    group: dict[Port, set[Port]] = {}
    for a, b in seams:
        joined = group.get((a, True), {(a, True)}) | group.get((b, False), {(b, False)})
        group |= dict.fromkeys(joined, joined)
    inside: dict[int, list[Seam]] = defaultdict(list)
    for seam in seams:
        inside[id(group[seam[0], True])].append(seam)
    for found in inside.values():
        yield group[found[0][0], True], found


@functools.lru_cache(maxsize=1 << 12)
def _meeting(last: State, first: State) -> Matrix:
    """The frame that leaves fewest gates on both sides of a seam.

    The constants meet on the left, where only their final z rotation is left for the right; or
    they meet on the right, where a turn may make one x rotation of them.
    """
    met = product(first.opening, last.constant)
    left = product(without_z(met), dagger(last.constant))
    asked = (left, dagger(last.constant))
    return min(asked, key=lambda one: _sizes(applied(last, one), led(first, dagger(one))))


def _sizes(left: State, right: State) -> tuple[int, int]:
    (pulses, turns), (more_pulses, more_turns) = left.size, right.size
    return pulses + more_pulses, turns + more_turns
