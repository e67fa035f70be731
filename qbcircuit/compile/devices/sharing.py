"""One placement for several chargers, so that a comparison compares nothing but the chargers."""

from __future__ import annotations

from collections.abc import Sequence

from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile.devices.placement import place
from qbcircuit.compile.exact.opening import entangled_sites
from qbcircuit.compile.wires import PURIFY, wires_of
from qbcircuit.encoding import DEFAULT, encode
from qbcircuit.target import DeviceTarget


def shared_qubits(
    protocols: Sequence[ChargingProtocol],
    device: DeviceTarget,
    encoding: str | None = None,
    mixed: str = PURIFY,
) -> tuple[int, ...]:
    """The target qubits that suit the interactions of all chargers of one battery.

    Args:
        protocols: chargers of the same battery.
        device: where they run.
        encoding: of sites with more than two levels, as in :func:`compile_protocol`.
        mixed: as in :func:`compile_protocol`.

    Raises:
        InvalidRequest: too few working or connected qubits.
    """
    wires = [wires_of(protocol, encoding, mixed) for protocol in protocols]
    most = max(wires, key=lambda one: one.total)
    supports = [
        interaction.sites
        for protocol in protocols
        for interaction in encode(protocol, encoding or DEFAULT).protocol.interactions
    ]
    supports += [tie for one in wires for tie in one.ties]
    supports += entangled_sites(protocols[0].battery, most)
    return place(most.total, supports, device)
