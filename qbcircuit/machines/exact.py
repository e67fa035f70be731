"""The exact backend: it reads a plan's protocol, never its circuits."""

from __future__ import annotations

from dataclasses import dataclass

from qbcircuit.backend import Batch, ExactWork, Reading, check_shots
from qbcircuit.device import ideal_target
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, ExperimentRole
from qbcircuit.reference import simulate
from qbcircuit.target import DeviceTarget


@dataclass(frozen=True, slots=True)
class ExactBackend:
    """Deposited work computed from the protocol, without circuits, shots or noise."""

    name: str = "exact"

    def target(self, n_sites: int) -> DeviceTarget:
        """All-to-all, since no circuit is run."""
        return ideal_target(n_sites)

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        """The work W(t) = tr[I (rho_t - rho_0)] of every charge, 0 for zero-angle twins.

        Args:
            batch: charge and zero-angle experiments.
            shots: checked, otherwise unused.
            seed: unused.

        Raises:
            InvalidRequest: fewer than one shot, or an experiment that only a machine can run.
        """
        check_shots(shots)
        plans = {id(item.plan): item.plan for item in batch}
        curves = {
            key: _curve(plan, {item.experiment.time for item in batch if item.plan is plan})
            for key, plan in plans.items()
        }
        return [
            ExactWork(_work(item.experiment.role, curves[id(item.plan)], item.experiment.time))
            for item in batch
        ]


def _curve(plan: CircuitPlan, times: set[float]) -> dict[float, float]:
    asked = sorted(times)
    work = simulate(plan.protocol, asked).work
    return {time: float(value) for time, value in zip(asked, work, strict=True)}


def _work(role: ExperimentRole, curve: dict[float, float], time: float) -> float:
    if role is ExperimentRole.CHARGE:
        return curve[time]
    if role is ExperimentRole.ZERO_ANGLE:
        return 0.0
    raise InvalidRequest(
        f"The exact backend computes charges only, got a {role.value} experiment. "
        "Use --backend aer."
    )
