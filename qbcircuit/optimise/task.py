"""What is searched for: the cheapest k-body pulse from one basis state to another."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qbcircuit import bounds
from qbcircuit.battery import Battery
from qbcircuit.constraints import Constraint
from qbcircuit.errors import InvalidRequest, whole_number, wrong_kind
from qbcircuit.merit import parallel_crossing_time
from qbcircuit.starts import BasisStart


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargingTask:
    """Charge a battery to a basis state with interactions of at most k cells.

    Gamma compares with parallel charging at equal work and equal constraint. It does not change
    with the speed of the pulse: Gamma = budget * T_par(W) / A, with A the time integral of what
    the constraint limits (see :func:`qbcircuit.constraints.cost`).

    Args:
        battery: two-level cells of equal splitting that start in levels.
        target: the levels that they end in.
        order: k.
        constraint: C0 or C1.

    Raises:
        InvalidRequest: an order outside 1..N, another constraint, or a target that parallel
            charging does not reach in energy, so that there is no equal work.
    """

    battery: Battery
    target: BasisStart
    order: int
    constraint: Constraint

    def __post_init__(self) -> None:
        if not isinstance(self.constraint, Constraint):
            hint = "Use e.g. qbcircuit.Constraint.C0."
            raise wrong_kind("A constraint is a qbcircuit.Constraint", self.constraint, hint=hint)
        if self.constraint not in (Constraint.C0, Constraint.C1):
            raise InvalidRequest(
                "A pulse is searched under a constraint that means something while H changes, "
                f"got {self.constraint.value}. Use C0 or C1."
            )
        n = self.battery.n_cells
        hint = f"Use -k 1..{n}."
        whole_number("Order k", self.order, least=1, hint=hint)
        if self.order > n:
            raise InvalidRequest(
                f"Order k={self.order} is larger than the number of cells N={n}. {hint}"
            )
        if self.work <= 0:
            raise InvalidRequest(
                f'Charging from "{self.start.bits}" to "{self.target.bits}" must deposit work, '
                f"got {self.work:g}. Choose a target with more excited cells."
            )
        parallel_crossing_time(self.battery, self.work)

    @classmethod
    def between(
        cls,
        n_cells: int,
        order: int,
        constraint: Constraint = Constraint.C0,
        *,
        initial: str = "ground",
        target: str = "full",
    ) -> ChargingTask:
        """The task in words.

        Args:
            n_cells: N, two-level cells of splitting 1.
            order: k.
            constraint: C0 or C1.
            initial: ``"ground"`` or a bit string (rightmost: cell 0).
            target: ``"full"`` or a bit string.

        Raises:
            InvalidRequest: as for the class, or words that name no basis state.
        """
        battery = Battery.qubits(n_cells)
        start = _levels("initial state", initial, n_cells)
        return cls(
            battery=Battery(sites=battery.sites, start=start),
            target=_levels("target", target, n_cells),
            order=order,
            constraint=constraint,
        )

    @property
    def start(self) -> BasisStart:
        """The levels that the cells start in."""
        assert isinstance(self.battery.start, BasisStart)
        return self.battery.start

    @property
    def n_cells(self) -> int:
        """N."""
        return self.battery.n_cells

    @property
    def is_symmetric(self) -> bool:
        """Whether every permutation of the cells leaves start and target as they are."""
        return len(set(self.start.levels)) == len(set(self.target.levels)) == 1

    @property
    def work(self) -> float:
        """W, deposited between the two states, in the unit of the levels."""
        gained = sum(self.target.levels) - sum(self.start.levels)
        return self.battery.splitting * gained

    @property
    def parallel_time(self) -> float:
        """T_par(W) of sum_j X_j: pi/2 at full charge, where it is not so from the start."""
        return parallel_crossing_time(self.battery, self.work)

    def advantage(self, cost: float) -> float:
        """Gamma of a pulse with A = ``cost``, which is dimensionless."""
        return self.constraint.budget(self.n_cells) * self.parallel_time / cost

    @property
    def bound(self) -> float:
        """What no pulse exceeds: gamma k under C0, the quantum speed limit under C1.

        Under C1 the states are orthogonal, so A >= pi/2 (Mandelstam and Tamm) and
        Gamma <= sqrt(N) T_par(W) / (pi/2), which is sqrt(N) at full charge.
        """
        if self.constraint is Constraint.C1:
            return self.advantage(math.pi / 2)
        gamma = bounds.gamma(self.battery, work=self.work)
        assert gamma is not None  # the start is in levels, and work is deposited
        return gamma * self.order


def _levels(what: str, text: str, n_cells: int) -> BasisStart:
    named = {"ground": (0,) * n_cells, "full": (1,) * n_cells}
    if text in named:
        return BasisStart(levels=named[text])
    if not text or set(text) - {"0", "1"}:
        raise InvalidRequest(
            f'The {what} of a search is ground, full or a bit string of 0 and 1, got "{text}".'
        )
    if len(text) != n_cells:
        raise InvalidRequest(
            f'The {what} "{text}" has {len(text)} letters but the battery has {n_cells} cells. '
            "The rightmost letter is cell 0."
        )
    return BasisStart(levels=tuple(int(letter) for letter in reversed(text)))
