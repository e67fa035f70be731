"""The search: random pulses, each brought down to the cheapest one that its valley holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest, RunFailed, whole_number
from qbcircuit.optimise.controls import Controls, alike_cells, every_string
from qbcircuit.optimise.descent import descend, onto_target
from qbcircuit.optimise.evolution import Reals
from qbcircuit.optimise.objective import Objective
from qbcircuit.optimise.task import ChargingTask

SLICES = 8
RESTARTS = 4

_MOST_SLICES = 64
_MOST_RESTARTS = 1000
_MOST_STRENGTHS = 20_000

_LARGEST_FREE = 5
"""Most cells that are told apart unless asked otherwise: beyond, a restart takes minutes."""

_MISSED = 1e-9
"""Infidelity up to which a pulse has arrived: far below what is verified later."""

_WILD = 2.0
"""Cost of a random pulse, over the least that there can be."""

_SHORTEST = 1e-3
"""Least duration of a slice, over their mean: one that spends nothing is not infinitely strong."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Search:
    """How to look for a pulse.

    Args:
        slices: pieces of constant H, 1..64.
        restarts: random pulses to begin with, 1..1000.
        seed: of their strengths; restart i is the same whatever ``restarts`` is.
        symmetric: whether all cells are charged alike; ``None``: from six cells on, where
            start and target allow it. Told apart, cells charge better and take longer to search.

    Raises:
        InvalidRequest: a count outside its range.
    """

    slices: int = SLICES
    restarts: int = RESTARTS
    seed: int = 7
    symmetric: bool | None = None

    def __post_init__(self) -> None:
        whole_number("Slices", self.slices, least=1, most=_MOST_SLICES, hint="Use e.g. --slices 8.")
        whole_number(
            "Restarts", self.restarts, least=1, most=_MOST_RESTARTS, hint="Use e.g. --restarts 4."
        )
        whole_number("A seed", self.seed, least=0, hint="Use e.g. --seed 7.")

    def is_symmetric(self, task: ChargingTask) -> bool:
        """Whether cells of this task are charged alike."""
        if self.symmetric is None:
            return task.is_symmetric and task.n_cells > _LARGEST_FREE
        return self.symmetric


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Found:
    """The best pulse of a search.

    Args:
        protocol: spends its budget at every time, not only on average.
        reached: the advantage of every restart that was begun and arrived.
        finished: restarts that were carried through.
        interrupted: whether Ctrl-C ended the search early.
    """

    protocol: ChargingProtocol
    reached: tuple[float, ...]
    finished: int
    interrupted: bool = False


def search(
    task: ChargingTask, how: Search | None = None, *, progress: Progress | None = None
) -> Found:
    """The best pulse that random restarts lead to. Ctrl-C keeps the best one so far.

    Args:
        task: what is charged, and what is held equal.
        how: slices, restarts, seed and symmetry.
        progress: told after every restart how many of how many are done.

    Raises:
        InvalidRequest: a search too large.
        RunFailed: no restart ended in the target.
        KeyboardInterrupt: Ctrl-C before one did.
    """
    how = how or Search()
    controls = (alike_cells if how.is_symmetric(task) else every_string)(task)
    _check_size(controls, how)
    objective = Objective(controls=controls, c0=task.constraint is Constraint.C0)
    arrived: dict[int, tuple[float, Reals]] = {}
    finished, interrupted = 0, False
    try:
        for restart in range(how.restarts):
            for gamma, pulse in _arrivals(task, objective, how, restart):
                if gamma > arrived.get(restart, (0.0,))[0]:
                    arrived[restart] = gamma, pulse
            finished = restart + 1
            if progress is not None:
                progress(finished, how.restarts)
    except KeyboardInterrupt:
        if not arrived:
            raise
        interrupted = True
    if not arrived:
        raise _none_arrived(how)
    _, best = max(arrived.values(), key=lambda one: one[0])
    return Found(
        protocol=_protocol(task, objective, best),
        reached=tuple(gamma for gamma, _ in arrived.values()),
        finished=finished,
        interrupted=interrupted,
    )


def _none_arrived(how: Search) -> RunFailed:
    return RunFailed(
        f"None of {how.restarts} restarts of {how.slices} slices ended in the target. "
        "Use more --slices or --restarts."
    )


def _check_size(controls: Controls, how: Search) -> None:
    size = how.slices * controls.size
    if size > _MOST_STRENGTHS:
        raise InvalidRequest(
            f"{how.slices} slices of {controls.size} strengths are {size}, and {_MOST_STRENGTHS} "
            "are the most. Use fewer --slices."
        )


def _arrivals(
    task: ChargingTask, objective: Objective, how: Search, restart: int
) -> Iterator[tuple[float, Reals]]:
    """Pulses of one restart that end in the target, each behind its advantage."""
    rng = np.random.default_rng([how.seed, restart])
    pulse = rng.normal(size=(how.slices, objective.controls.size))
    expected = task.advantage(1.0) / task.bound
    pulse *= _WILD * expected / objective.costs(pulse).sum()
    for lower in descend(objective, pulse, expected):
        arrived = onto_target(objective, lower)
        if objective.infidelity(arrived) < _MISSED:
            yield task.advantage(float(objective.costs(arrived).sum())), arrived


def _protocol(task: ChargingTask, objective: Objective, pulse: Reals) -> ChargingProtocol:
    """The pulse, every slice as strong as its budget allows and as long as that takes."""
    costs = objective.costs(pulse)
    costs = np.maximum(costs, _SHORTEST * costs.mean())
    durations = costs / task.constraint.budget(task.n_cells)
    steps = tuple(
        Evolve(terms=objective.controls.terms(row / duration), duration=float(duration))
        for row, duration in zip(pulse, durations, strict=True)
    )
    name = f"optimised-N{task.n_cells}-k{task.order}-{task.constraint.value}"
    return replace(ChargingProtocol(battery=task.battery, schedule=steps), name=name)
