"""What a start-aware circuit spares: the cost of the same evolution from any start."""

from __future__ import annotations

from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.pipeline import compile_protocol
from qbcircuit.plan import CircuitCost, DeviceTarget


def any_start_cost(
    protocol: ChargingProtocol, time: float, target: DeviceTarget
) -> CircuitCost:
    """Cost of the full operator at one time, right from every start.

    Args:
        protocol: what is realised.
        time: protocol time.
        target: what it is compiled for.
    """
    plan = compile_protocol(protocol, times=time, target=target, start="any")
    return plan_cost(plan, len(plan.experiments) - 1)
