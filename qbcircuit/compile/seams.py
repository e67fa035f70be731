"""One-qubit gates merged across the seams between templates.

Templates are strung together when they are bound, so what stands at the end of one and at the
beginning of the next cannot merge any more. Each seam therefore gets a frame G, a constant on
every wire: the template before ends with G, the one after begins with its inverse, and G is
chosen so that the constants of both meet in the former and only a z rotation is left for the
latter. Experiments begin and end in no frame: their first and last pieces are templates of
their own.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
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
            ops = _ops(slot, drafts)
            found[key] = written(ops, couplers, before=before, after=after)
        out[slot] = found[key]
    return out


def _ops(slot: Slot, drafts: Sequence[Draft]) -> Sequence[Op]:
    return () if slot.draft == LEAVE else drafts[slot.draft].ops


def _frames(
    chains: Sequence[Sequence[Slot]], drafts: Sequence[Draft], couplers: Couplers
) -> dict[Port, Frame]:
    """The frame of every port that has one: ports that meet in a seam share theirs."""
    seams = Counter(seam for chain in chains for seam in itertools.pairwise(chain))
    bare = {(chain[0], False) for chain in chains if chain}
    bare |= {(chain[-1], True) for chain in chains if chain}
    frames: dict[Port, Frame] = {}
    plain: dict[int, Written] = {}
    for ports, inside in _shared(seams):
        if ports & bare:
            continue
        best = max(inside, key=lambda seam: (seam[1].draft != LEAVE, seams[seam]))
        for slot in best:
            if slot.draft not in plain:
                plain[slot.draft] = written(_ops(slot, drafts), couplers)
        before, after = (plain[slot.draft] for slot in best)
        frame = tuple(map(_meeting, before.last, after.first))
        frames |= dict.fromkeys(ports, frame)
    return frames


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


def _meeting(last: Matrix, first: Matrix) -> Matrix:
    """G with G last = (first last without its final z rotation)."""
    frame = product(without_z(product(first, last)), dagger(last))
    return IDENTITY if is_scalar(frame) else frame
