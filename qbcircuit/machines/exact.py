"""The exact backend: it reads a plan's protocol, never its circuits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Batch, ExactWork, Reading, check_shots
from qbcircuit.charging import ChargingProtocol
from qbcircuit.device import ideal_target
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import ExperimentRole
from qbcircuit.reference import idle_work, simulate
from qbcircuit.target import DeviceTarget

Work = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExactBackend:
    """Deposited work computed from the protocol, without circuits, shots or noise."""

    name: str = "exact"

    def target(self, n_sites: int) -> DeviceTarget:
        """All-to-all, since no circuit is run."""
        return ideal_target(n_sites)

    def run(self, batch: Batch, *, shots: int, seed: int) -> list[Reading]:
        """The work W(t) = tr[I (rho_t - rho_0)] of every charge, that of resets for its twins.

        Args:
            batch: charge and zero-angle experiments.
            shots: checked, otherwise unused.
            seed: unused.

        Raises:
            InvalidRequest: fewer than one shot, or an experiment that only a machine can run.
        """
        check_shots(shots)
        plans = {id(item.plan): item.plan for item in batch}
        found: dict[tuple[int, ExperimentRole, float], float] = {}
        for key, plan in plans.items():
            asked = [item.experiment for item in batch if item.plan is plan]
            for role in {one.role for one in asked}:
                times = sorted({one.time for one in asked if one.role is role})
                work = _curve(role)(plan.protocol, times)
                found |= {(key, role, t): float(w) for t, w in zip(times, work, strict=True)}
        return [
            ExactWork(found[id(item.plan), item.experiment.role, item.experiment.time])
            for item in batch
        ]


def _curve(role: ExperimentRole) -> Callable[[ChargingProtocol, list[float]], Work]:
    if role is ExperimentRole.CHARGE:
        return lambda protocol, times: simulate(protocol, times).work
    if role is ExperimentRole.ZERO_ANGLE:
        return idle_work
    raise InvalidRequest(
        f"The exact backend computes charges only, got a {role.value} experiment. "
        "Use --backend aer."
    )
