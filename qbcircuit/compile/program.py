"""A schedule of evolutions and resets as one program that stops at any time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from qiskit import QuantumCircuit

from qbcircuit.charging import RESET_SLACK, ChargingProtocol, Evolve, Reset
from qbcircuit.compile.evolution import Evolving, Pieces
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.encoding import Encoded
from qbcircuit.hypergraph import Interaction
from qbcircuit.plan import Piece
from qbcircuit.terms import Term


@dataclass(frozen=True, slots=True)
class Interval:
    """A step of the schedule and when it acts, in a unit of energy of its own.

    The unit is near the largest strength, because qiskit takes Parameters and coefficients
    below about 1e-15 for zero; it is a power of two, so that no angle is rounded by it.

    Args:
        step: the step.
        start: protocol time at which it begins.
        terms: what acts, in that unit; those of the blocks come last.
        blocks: of these terms, what must be exponentiated as wholes.
        unit: the unit of energy; durations are counted in its inverse.
        elapsed: how long it acts in the circuit of the last time, in that unit.
    """

    step: Evolve | Reset
    start: float
    terms: tuple[Term, ...]
    blocks: tuple[Interaction, ...]
    unit: float
    elapsed: float

    @classmethod
    def of(cls, encoded: Encoded, number: int, start: float, last: float) -> Self:
        """A step of the schedule where circuits end at the time ``last``."""
        step = encoded.protocol.schedule[number]
        if not isinstance(step, Evolve):
            return cls(step=step, start=start, terms=(), blocks=(), unit=1.0, elapsed=0.0)
        terms = encoded.protocol.generator(step)[0]
        _, exponent = math.frexp(max((term.norm for term in terms), default=1.0))
        unit = math.ldexp(1.0, exponent - 1)
        acted = min(step.duration, max(0.0, last - start))
        return cls(
            step=step,
            start=start,
            terms=_scaled(terms, 1 / unit),
            blocks=tuple(
                Interaction(sites=one.sites, terms=_scaled(one.terms, 1 / unit))
                for one in encoded.blocks[number]
            ),
            unit=unit,
            elapsed=acted * unit,
        )

    @property
    def free(self) -> tuple[Term, ...]:
        """Terms outside the blocks."""
        inside = sum(len(block.terms) for block in self.blocks)
        return self.terms[: len(self.terms) - inside]

    def until(self, time: float) -> float:
        """How long it has acted at a time, in its unit."""
        duration = self.step.duration if isinstance(self.step, Evolve) else 0.0
        return min(duration, max(0.0, time - self.start)) * self.unit


def _scaled(terms: Iterable[Term], factor: float) -> tuple[Term, ...]:
    return tuple(term.scaled(factor) for term in terms)


def intervals(encoded: Encoded, last_time: float) -> tuple[Interval, ...]:
    """The steps that have begun by the last time; a first step is always there."""
    found: list[Interval] = []
    start = 0.0
    for number, step in enumerate(encoded.protocol.schedule):
        duration = step.duration if isinstance(step, Evolve) else 0.0
        if _has_begun(step, start, last_time) or not found:
            found.append(Interval.of(encoded, number, start, last_time))
        start += duration
    return tuple(found)


def _has_begun(step: Evolve | Reset, start: float, time: float) -> bool:
    """Whether a circuit that stops at ``time`` holds the step; a reset at that very time counts."""
    return start < time or (isinstance(step, Reset) and start <= time * (1 + RESET_SLACK))


def elapsed_in(protocol: ChargingProtocol, time: float) -> tuple[float, ...]:
    """How long every evolution of the schedule has acted at a time."""
    durations = [step.duration for step in protocol.evolutions]
    starts = itertools.accumulate(durations[:-1], initial=0.0)
    return tuple(
        min(duration, max(0.0, time - start))
        for start, duration in zip(starts, durations, strict=True)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Intervals and how each is realised.

    Args:
        opening: prepares the start, without free angles.
        intervals: in time order.
        realised: one per interval: how it evolves, or the circuit of a reset.
    """

    opening: QuantumCircuit | None
    intervals: tuple[Interval, ...]
    realised: tuple[Evolving | QuantumCircuit, ...]

    def pieces(self, book: TemplateBook, time: float) -> Pieces:
        """Segments and closing of the circuit that stops at ``time``."""
        segments: list[Piece] = []
        closing: Sequence[Piece] = ()
        if self.opening is not None:
            segments.append(_constant(book, "opening", self.opening))
        for i, (interval, one) in enumerate(zip(self.intervals, self.realised, strict=True)):
            if i and not _has_begun(interval.step, interval.start, time):
                break
            segments += closing
            if isinstance(one, QuantumCircuit):
                segments.append(_constant(book, f"reset {i}", one))
                closing = ()
            else:
                shared, closing = one.pieces(book, interval.until(time))
                segments += shared
        return tuple(segments), tuple(closing)


def _constant(book: TemplateBook, name: str, circuit: QuantumCircuit) -> Piece:
    """A circuit without free angles, on the first wires of a book."""
    return book.piece(name, lambda: ((on_all(circuit, len(book.qubits)),), ()))


def on_all(circuit: QuantumCircuit, n_wires: int) -> QuantumCircuit:
    """A circuit on the first of more wires."""
    if circuit.num_qubits == n_wires:
        return circuit
    return QuantumCircuit(n_wires).compose(circuit, range(circuit.num_qubits))
