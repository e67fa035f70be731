"""What the same evolution costs where the start is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import CircuitCost
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.pipeline import compile_protocol
from qbcircuit.compile.wires import PURIFY
from qbcircuit.errors import InvalidRequest
from qbcircuit.target import DeviceTarget

if TYPE_CHECKING:
    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target


def any_start_cost(
    protocol: ChargingProtocol,
    time: float,
    target: str | DeviceTarget | Target | BackendV2 | None = None,
    *,
    error: float | None = None,
    error_kind: str = "bound",
    encoding: str | None = None,
    mixed: str = PURIFY,
) -> CircuitCost | None:
    """Cost of the circuit that is right from any start; ``None`` where it is too large to build.

    Args:
        protocol: what to realise.
        time: protocol time.
        target: as in :func:`compile_protocol`.
        error: as in :func:`compile_protocol`.
        error_kind: as in :func:`compile_protocol`.
        encoding: as in :func:`compile_protocol`.
        mixed: as in :func:`compile_protocol`.
    """
    try:
        plan = compile_protocol(
            protocol,
            times=time,
            target=target,
            start="any",
            error=error,
            error_kind=error_kind,
            encoding=encoding,
            mixed=mixed,
        )
    except InvalidRequest:
        return None
    return plan_cost(plan, 0)
