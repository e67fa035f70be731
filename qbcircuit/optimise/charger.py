"""A pulse judged from scratch: from its protocol alone, with the exact reference."""

from __future__ import annotations

from dataclasses import dataclass

from qbcircuit import bounds
from qbcircuit.charging import ChargingProtocol
from qbcircuit.constraints import Constraint, Norm, cost, norm
from qbcircuit.errors import BoundViolated, RunFailed
from qbcircuit.optimise.task import ChargingTask
from qbcircuit.reference import Kind, StateHistory

LARGEST_INFIDELITY = 1e-6
"""Beyond it a pulse does not end in its target."""

_ROUNDING = 1e-9
"""Share of a bound by which rounding may pass it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Charger:
    """What a pulse reaches at its end.

    Args:
        task: what it was searched for.
        protocol: the pulse.
        cost: A, the time integral of what the constraint limits.
        cost_kind: an upper bound on the cost makes the advantage a lower one.
        infidelity: 1 - F with the target.
    """

    task: ChargingTask
    protocol: ChargingProtocol
    cost: float
    cost_kind: Kind
    infidelity: float

    @property
    def advantage(self) -> float:
        """Gamma = budget * T_par(W) / A."""
        return self.task.advantage(self.cost)

    @property
    def bound(self) -> float:
        """What no pulse exceeds."""
        return self.task.bound


def verified(task: ChargingTask, protocol: ChargingProtocol) -> Charger:
    """The charger, once it ends in the target, obeys k, and lies below every proved bound.

    Nothing of the search is used: the exact reference evolves the protocol, and
    :func:`qbcircuit.constraints.cost` tells what it spends.

    Args:
        task: what was searched for.
        protocol: of finite duration.

    Raises:
        RunFailed: another battery, more than k cells in an interaction, or a miss.
        BoundViolated: beyond a proved bound, which is an error in us.
    """
    if protocol.battery != task.battery or protocol.order > task.order:
        raise RunFailed(
            f"The pulse has k={protocol.order} on {protocol.battery.n_cells} cells, and the task "
            f"k={task.order} on {task.n_cells}. This is an error in qbcircuit; please report it."
        )
    end = protocol.duration
    populations = StateHistory(protocol, [end]).populations()[0]
    index = sum(level << site for site, level in enumerate(task.target.levels))
    infidelity = max(0.0, 1 - float(populations[index]))
    if infidelity >= LARGEST_INFIDELITY:
        raise RunFailed(
            f"The pulse misses its target by {infidelity:.2g}, and {LARGEST_INFIDELITY:g} is the "
            "most. Search again with more slices."
        )
    spent = _spent(protocol, task.constraint)
    charger = Charger(
        task=task,
        protocol=protocol,
        cost=spent.value * end,
        cost_kind=spent.kind,
        infidelity=infidelity,
    )
    _hold_against_bounds(charger)
    return charger


def _spent(protocol: ChargingProtocol, constraint: Constraint) -> Norm:
    if constraint is Constraint.C0:
        return norm(protocol)
    spread = cost(protocol, constraint)
    assert spread is not None  # C1 means something for every protocol
    return Norm(spread, "exact")


def _hold_against_bounds(charger: Charger) -> None:
    if charger.advantage > charger.bound * (1 + _ROUNDING):
        name = "gamma k" if charger.task.constraint is Constraint.C0 else "the quantum speed limit"
        raise BoundViolated(
            f"The pulse reaches Gamma={charger.advantage:.9g}, beyond {name}, which is proved to "
            f"be {charger.bound:.9g}. This is an error in qbcircuit; please report it."
        )
    constraint = charger.task.constraint
    time = charger.cost / constraint.budget(charger.task.n_cells)
    bounds.certificate(charger.protocol, constraint, time=time)
