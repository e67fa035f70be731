"""One placement for several chargers, so that a comparison compares nothing but the chargers."""

from __future__ import annotations

from collections.abc import Sequence

from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile.devices.placement import place
from qbcircuit.compile.exact.opening import n_wires, tied_pairs
from qbcircuit.target import DeviceTarget


def shared_qubits(protocols: Sequence[ChargingProtocol], device: DeviceTarget) -> tuple[int, ...]:
    """The target qubits that suit the interactions of all chargers of one battery.

    Args:
        protocols: chargers of the same battery.
        device: where they run.

    Raises:
        InvalidRequest: too few working or connected qubits.
    """
    battery = protocols[0].battery
    supports = [one.sites for protocol in protocols for one in protocol.interactions]
    return place(n_wires(battery), [*supports, *tied_pairs(battery)], device)
