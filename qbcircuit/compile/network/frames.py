"""Clifford frames in which strings act on fewer wires.

A frame is entered before a product formula and left after it, so its gates count twice, however
many sweeps there are; what it saves, it saves in every sweep.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit

from qbcircuit.compile.network.search import Masks
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.network.strings import Gate, Strings
from qbcircuit.compile.network.writing import Writer

_DESCENTS = 24
"""Searches for a frame."""

_NOISE = (0.0, 0.5, 1.0, 2.0)
"""Widths of the random preferences at the start of a search, in gates of a string, in turn."""

_COOLING = 2
"""Moves, in wires, after which nothing is random any more."""

_SLACK = 1e-9
"""What a step downhill gains at least; less is rounding."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame F.

    Args:
        circuit: F.
        strings: (x, z, sign) of F P F^-1 for every string P; sign 1 is minus.
    """

    circuit: QuantumCircuit
    strings: tuple[tuple[int, int, int], ...]


def lightest(
    masks: Sequence[Masks], comings: Sequence[float], reach: Reach, most: int
) -> tuple[Frame, ...]:
    """The frames in which strings take fewest gates, the best first; none that saves nothing.

    Args:
        masks: (x, z) of every string.
        comings: how often every string comes.
        reach: wires and pairs in use.
        most: how many to return.
    """
    if not reach.pairs:
        return ()
    times = np.array(comings, dtype=float)
    plain = 2 * float(reach.costs(Strings(masks, reach.n_wires).support) @ times)
    tried = (_descent(masks, times, reach, seed) for seed in range(_DESCENTS))
    found = {gates: cost for gates, cost in tried if cost < plain}
    best = sorted(found, key=lambda gates: found[gates])[:most]
    return tuple(written(gates, masks, reach.n_wires) for gates in best)


def _descent(
    masks: Sequence[Masks], times: Floats, reach: Reach, seed: int
) -> tuple[tuple[Gate, ...], float]:
    """The best frame on the way downhill, first with random steps, and its cost."""
    random = np.random.default_rng(seed)
    strings = Strings(masks, reach.n_wires)
    cooled = _COOLING * reach.n_wires
    scale = _NOISE[seed % len(_NOISE)] * float(times.mean())
    gates: list[Gate] = []
    best: tuple[tuple[Gate, ...], float] = ((), math.inf)
    while True:
        now = float(reach.costs(strings.support) @ times)
        if (whole := 2 * now + 2 * len(gates)) < best[1]:
            best = tuple(gates), whole
        moves = strings.moves(reach.pairs)
        after: Floats = reach.costs(moves.support) @ times
        width = scale * max(0.0, 1 - len(gates) / cooled)
        move = int(np.argmin(after - random.gumbel(0.0, max(width, 1e-9), after.shape)))
        if not width and after[move] >= now - _SLACK:
            return best
        strings.make(moves, move)
        gates.append(moves.gate(move))


def written(gates: Sequence[Gate], masks: Sequence[Masks], n_wires: int) -> Frame:
    """The frame that some gates make, and what becomes of every string."""
    writer = Writer(masks, n_wires)
    writer.write(gates, {})
    return Frame(writer.circuit, tuple(map(writer.at, range(len(masks)))))
