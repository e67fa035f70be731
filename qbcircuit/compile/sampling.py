"""Mixed starts without extra qubits: circuits from single levels, as often as these occur.

A mixture of levels is a sum of basis states with their weights, and so is whatever comes of it.
Where there are few they are all run, with their exact weights; otherwise some are drawn.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.battery import Battery
from qbcircuit.compile.templates import TemplateBook
from qbcircuit.encoding import Register
from qbcircuit.plan import CircuitPlan, Experiment, Piece, SampledStart

MOST_STARTS = 32
"""Starts up to which all of them are run; of more, so many are drawn."""


def sampled_starts(battery: Battery, seed: int) -> tuple[SampledStart, ...]:
    """The levels that a mixed start is sampled by: all of them, or draws with their counts.

    Args:
        battery: whose start is a mixture of levels.
        seed: of the draws.
    """
    rows = battery.start_populations
    choices = [[level for level, p in enumerate(row) if p > 0] for row in rows]
    if math.prod(map(len, choices)) <= MOST_STARTS:
        return tuple(
            SampledStart(
                levels=levels,
                weight=math.prod(row[level] for row, level in zip(rows, levels, strict=True)),
            )
            for levels in itertools.product(*choices)
        )
    rng = np.random.default_rng(seed)
    columns = [rng.choice(len(row), size=MOST_STARTS, p=np.array(row) / sum(row)) for row in rows]
    drawn = Counter(zip(*(column.tolist() for column in columns), strict=True))
    return tuple(
        SampledStart(levels=levels, weight=times / MOST_STARTS, draws=times)
        for levels, times in sorted(drawn.items())
    )


def from_every_start(
    plan: CircuitPlan, registers: Sequence[Register], starts: Sequence[SampledStart]
) -> CircuitPlan:
    """A plan whose circuits begin in level 0, begun in each of several starts instead.

    Args:
        plan: circuits that are right from any start.
        registers: of every site.
        starts: levels to begin in.

    Returns:
        The experiments in the order of the plan, each once for every start.
    """
    book = TemplateBook(plan.target, plan.qubits, plan.options.optimise)
    drafts = {one: _flips(book, registers, one) for one in starts}
    finished = book.finished([((), (draft,)) for draft in drafts.values() if draft is not None])
    first = len(plan.templates)
    made = iter(closing for _, closing in finished.pieces)
    openings: dict[SampledStart, tuple[Piece, ...]] = {
        start: ()
        if draft is None
        else tuple(replace(piece, template=first + piece.template) for piece in next(made))
        for start, draft in drafts.items()
    }
    return replace(
        plan,
        templates=plan.templates + finished.templates,
        local_layers=plan.local_layers + finished.local_layers,
        experiments=tuple(
            replace(one, segments=openings[start] + one.segments, start=start)
            for one in plan.experiments
            for start in starts
        ),
    )


def _flips(book: TemplateBook, registers: Sequence[Register], start: SampledStart) -> Piece | None:
    """X on every qubit that differs from where the register's level 0 has it."""
    circuit = QuantumCircuit(len(book.qubits))
    for register, level in zip(registers, start.levels, strict=True):
        for site in set(register.flipped(level)) ^ set(register.flipped(0)):
            circuit.x(site)
    if not circuit.size():
        return None
    return book.piece(f"start {start.levels}", lambda: ((circuit,), ()))


def joined(plans: Sequence[CircuitPlan], starts: Sequence[SampledStart]) -> CircuitPlan:
    """Plans for single starts as one, time by time.

    Args:
        plans: of one protocol from each start, on the same qubits at the same times.
        starts: which one each is for.
    """
    templates = tuple(one for plan in plans for one in plan.templates)
    firsts = itertools.accumulate((len(plan.templates) for plan in plans[:-1]), initial=0)
    moved = [
        [_moved(one, first, start) for one in plan.experiments]
        for plan, first, start in zip(plans, firsts, starts, strict=True)
    ]
    return replace(
        plans[0],
        templates=templates,
        local_layers=tuple(layers for plan in plans for layers in plan.local_layers),
        experiments=tuple(one for same_time in zip(*moved, strict=True) for one in same_time),
    )


def _moved(experiment: Experiment, first: int, start: SampledStart) -> Experiment:
    def moved(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(replace(one, template=first + one.template) for one in pieces)

    return replace(
        experiment,
        segments=moved(experiment.segments),
        closing=moved(experiment.closing),
        start=start,
    )
