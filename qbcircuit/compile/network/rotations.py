"""What networks are searched for: rotations about Pauli strings, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qbcircuit.compile.exact.anticommuting import in_rotations
from qbcircuit.compile.formula.layers import Layer, strings_of
from qbcircuit.compile.network.search import Masks
from qbcircuit.compile.network.writing import Angle

Stage = tuple[Layer, Angle]
"""Interactions that commute, and how long they act."""


@dataclass(frozen=True, slots=True, eq=False)
class Rotations:
    """exp(-i angle P / 2) one after another.

    Args:
        masks: (x, z) of every string, in time order.
        angles: of each.
        again: which of them come again at the end, in reverse order.
        n_wires: number of wires.
    """

    masks: tuple[Masks, ...]
    angles: tuple[Angle, ...]
    again: frozenset[int]
    n_wires: int

    @classmethod
    def of(cls, stages: Sequence[Stage], n_wires: int, again: range = range(0)) -> Rotations:
        """The strings of stages one by one; those of some stages come again at the end."""
        rows = [
            ((x, z), angle, number in again)
            for number, stage in enumerate(stages)
            for x, z, angle in rotations_of(stage, n_wires)
        ]
        return cls(
            tuple(masks for masks, _, _ in rows),
            tuple(angle for _, angle, _ in rows),
            frozenset(i for i, (_, _, repeats) in enumerate(rows) if repeats),
            n_wires,
        )

    @classmethod
    def mirrored(cls, stages: Sequence[Stage], n_wires: int) -> Rotations:
        """The same, with the longest end that is its own mirror image cut in half."""
        for start in range(len(stages)):
            half = (len(stages) - start) // 2
            if all(
                early == late
                for early, late in zip(stages[start : start + half], stages[::-1], strict=False)
            ):
                break
        if not all(strings_of(layer, n_wires).all_commute for layer, _ in stages):
            half = 0  # what turns strings into one another would come again the wrong way round
        return cls.of(stages[: len(stages) - half], n_wires, range(start, start + half))


def rotations_of(stage: Stage, n_wires: int) -> list[tuple[int, int, Angle]]:
    """(x, z) and angle of every string of a stage; those that anticommute in a block as rotations.

    Args:
        stage: its strings all commute, or each block is rotations.
        n_wires: number of wires.
    """
    layer, time = stage
    whole = strings_of(layer, n_wires)
    parts = [whole] if whole.all_commute else [strings_of((one,), n_wires) for one in layer]
    return [
        (one.x, one.z, 2 * one.slope * time if one.slope else 2 * one.shift)
        for part in parts
        for one in in_rotations(part) or ()
    ]
