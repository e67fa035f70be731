"""The cost of a pulse and how far it misses its target, with exact slopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qbcircuit.optimise.controls import Controls
from qbcircuit.optimise.costs import energy_spread, exact_costs, half_width
from qbcircuit.optimise.evolution import Array, Evolution, Reals


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Objective:
    """Functions of a pulse, strengths (L, P) of L slices of unit duration.

    Args:
        controls: the generators.
        c0: whether C0 is limited; C1 otherwise.
    """

    controls: Controls
    c0: bool

    def evolution(self, pulse: Reals) -> Evolution:
        """States under the pulse."""
        return Evolution.of(self.controls.hamiltonians(pulse), self.controls.start)

    def miss(self, pulse: Reals) -> Array:
        """The final state minus the target, (d,).

        Its phase is fixed as well. That costs nothing: turning all strings about Z changes the
        phase of the target against the start, since their excitations differ, and no norm.
        """
        return self._miss(self.evolution(pulse))

    def _miss(self, evolution: Evolution) -> Array:
        missed = evolution.final.copy()
        missed[self.controls.target] -= 1
        return missed

    def infidelity(self, pulse: Reals) -> float:
        """1 - F of the final state."""
        return 1 - float(abs(self.evolution(pulse).final[self.controls.target]) ** 2)

    def costs(self, pulse: Reals) -> Reals:
        """What every slice spends, exactly, (L,)."""
        return exact_costs(self.controls, pulse, self.evolution(pulse), c0=self.c0)

    def lagrangian(
        self, pulse: Reals, multipliers: Array, stiffness: float, width: float
    ) -> tuple[float, Reals]:
        """cost + Re <multipliers|miss> + stiffness |miss|^2 / 2, and its slopes (L, P).

        Args:
            pulse: strengths (L, P).
            multipliers: (d,).
            stiffness: of the penalty.
            width: to which the cost is smoothed, an energy.
        """
        evolution = self.evolution(pulse)
        cost = (half_width if self.c0 else energy_spread)(self.controls, pulse, evolution, width)
        missed = self._miss(evolution)
        pull = multipliers + stiffness * missed
        value = np.vdot(multipliers + stiffness / 2 * missed, missed).real
        slopes = self.controls.pulled_back(evolution.slopes(pull, cost.before))
        return cost.value + float(value), cost.slopes + slopes

    def miss_slopes(self, pulse: Reals) -> Reals:
        """Slopes of the miss, real parts above imaginary ones, (2 d, L P)."""
        per_slice = [
            self.controls.blocks[0] @ slopes.reshape(len(slopes), -1).T
            for slopes in self.evolution(pulse).final_slopes()
        ]
        together = np.concatenate(per_slice).T
        return np.concatenate([together.real, together.imag])
