"""Templates made of a device's gates, on its couplings, with their angles still free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qbcircuit.compile.gates.entanglers import Couplers, couplers_of
from qbcircuit.compile.gates.gatelist import GateList, Op
from qbcircuit.compile.gates.pairing import with_rzz
from qbcircuit.compile.gates.rewriting import simplified, without_rzz, without_swaps
from qbcircuit.compile.gates.roles import with_steady_roles
from qbcircuit.compile.gates.routing import routed
from qbcircuit.compile.gates.writing import written
from qbcircuit.errors import InvalidRequest
from qbcircuit.target import DeviceTarget

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def nativise(
    logical: QuantumCircuit, device: DeviceTarget, qubits: Sequence[int], *, restore: bool
) -> tuple[QuantumCircuit, tuple[int, ...]]:
    """A template in the device's gates.

    Equal to the logical circuit for every value of its Parameters, up to a global phase and the
    permutation returned. No gate depends on the value of a Parameter, so binding zero keeps all
    of them. No swap is added where the couplings are obeyed already. Angles of rzz may be any
    number: :func:`~qbcircuit.compile.gates.folding.folded` brings them into a machine's range.

    Args:
        logical: gates, resets and free Parameters; wire i starts on ``qubits[i]``.
        device: what to write for.
        qubits: the device's qubits that may be used, one a wire.
        restore: bring every wire back to its place, as repeated segments need.

    Returns:
        The circuit on ``len(qubits)`` wires, wire i standing for ``qubits[i]``, and where each
        logical wire ends.

    Raises:
        InvalidRequest: no universal gates, no chain of couplings, or no unitary circuit.
    """
    couplers = couplers_of(device, tuple(qubits))
    ops, ends = lowered(GateList.of(logical), couplers, restore=restore)
    return written(ops, couplers).circuit(), ends


def lowered(
    logical: GateList,
    couplers: Couplers,
    *,
    restore: bool,
    begins: Sequence[int] | None = None,
) -> tuple[list[Op], tuple[int, ...]]:
    """A template as cx, cz, rzz and one-qubit gates that respect the couplings.

    Args:
        logical: as in :func:`nativise`.
        couplers: the device.
        restore: as in :func:`nativise`.
        begins: where every wire starts; ``None``: in its place.

    Returns:
        Gates in time order, each two-qubit gate one native gate; where each logical wire ends.

    Raises:
        InvalidRequest: no chain of couplings, or no unitary circuit.
    """
    n_wires = len(couplers.singles)
    if logical.n_wires != n_wires:
        raise InvalidRequest(
            f"A template of {logical.n_wires} wires needs as many qubits, got {n_wires}."
        )
    simple = simplified(logical.ops)
    ops, ends = routed(simple, n_wires, couplers.edges, restore=restore, begins=begins)
    if any(op.kind in ("rzz", "swap") for op in ops):
        ops = without_swaps(without_rzz(ops))
    ops = with_rzz(ops, couplers.has_rzz) if couplers.have_rzz else ops
    return with_steady_roles(ops, couplers), ends
