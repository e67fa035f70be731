"""What is to be run: circuits strung together from templates, and how they are read."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from qbcircuit.plan.templates import Piece


class ExperimentRole(enum.Enum):
    """What an experiment is run for."""

    CHARGE = "charge"
    ZERO_ANGLE = "zero-angle"
    CALIBRATION = "calibration"
    REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A measurement setting: the letter (X, Y, Z) that each qubit is read in, as in ``readout``.

    The rotations into that basis are part of the experiment's closing pieces.
    """

    bases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SampledStart:
    """One of the levels that a mixed start is sampled by.

    Args:
        levels: of every site at time 0.
        weight: of this start in the mixture, all of them together 1.
        draws: how often it was drawn, where starts are drawn; 0 where all of them are there.
    """

    levels: tuple[int, ...]
    weight: float
    draws: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """One circuit to run: shared segments, then a private closing.

    Two experiments *nest* where one's segments are a prefix of the other's: a simulator then
    evolves once and takes a snapshot where each ends.

    Args:
        time: protocol time reached.
        role: what it is run for.
        setting: bases the cells are read in.
        segments: pieces that other experiments may share.
        closing: pieces of this experiment alone.
        readout: the plan qubits (indices into ``plan.qubits``) that hold the cells at the end,
            cell by cell, each with all qubits of its register; bit i of an outcome is the i-th.
        stretch: how many times as long as compiled, by pieces undone and done again.
        start: the levels it starts in, where a mixed start is sampled.
    """

    time: float
    role: ExperimentRole
    setting: Setting
    segments: tuple[Piece, ...]
    closing: tuple[Piece, ...] = ()
    readout: tuple[int, ...]
    stretch: int = 1
    start: SampledStart | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Segments and closing, in order."""
        return self.segments + self.closing

    def with_zero_angles(self) -> Experiment:
        """The noise-work twin: the same gates with every angle bound to zero."""
        return replace(
            self,
            role=ExperimentRole.ZERO_ANGLE,
            segments=tuple(_unturned(piece) for piece in self.segments),
            closing=tuple(_unturned(piece) for piece in self.closing),
        )


def _unturned(piece: Piece) -> Piece:
    return replace(piece, angles=(0.0,) * len(piece.angles))
