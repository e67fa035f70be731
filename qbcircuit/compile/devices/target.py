"""Named devices and qiskit targets, in and out of plain data."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from qbcircuit.device import device_target as from_qiskit
from qbcircuit.device import standard_instructions
from qbcircuit.errors import InvalidRequest, unknown_name
from qbcircuit.target import DeviceTarget, Operation

if TYPE_CHECKING:
    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target

__all__ = [
    "all_to_all",
    "from_qiskit",
    "heavy_hex",
    "line",
    "resolve_target",
    "to_qiskit",
]

_EVERYWHERE = ("measure", "reset", "rz", "sx", "x")
GATE_SETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cx": (_EVERYWHERE, ("cx",)),
    "cz": (_EVERYWHERE, ("cz",)),
    "rzz": ((*_EVERYWHERE, "rx"), ("cz", "rzz")),
}
"""One- and two-qubit instructions of each gate set; ``rzz`` is a Heron with fractional gates."""

MOST_QUBITS = 1_000_000
"""Widest target: every circuit written for it is as wide."""

HEAVY_HEX_ROWS = 7
HEAVY_HEX_COLUMNS = 15
HEAVY_HEX_QUBITS = HEAVY_HEX_ROWS * (HEAVY_HEX_COLUMNS + 4)


def all_to_all(n_qubits: int, gates: str = "cx") -> DeviceTarget:
    """Every pair of qubits coupled, as in an ion trap, or where no machine is meant.

    Args:
        n_qubits: width of a written circuit.
        gates: ``"cx"``, ``"cz"`` or ``"rzz"``.
    """
    single, double = _gate_set(gates)
    _check_width(n_qubits)
    operations = tuple(Operation(name=name) for name in sorted(single + double))
    return DeviceTarget(name="all-to-all", n_qubits=n_qubits, operations=operations)


def line(n_qubits: int, gates: str = "cx") -> DeviceTarget:
    """Qubits in a row, neighbours coupled both ways round.

    Args:
        n_qubits: width of a written circuit.
        gates: ``"cx"``, ``"cz"`` or ``"rzz"``.
    """
    _check_width(n_qubits)
    return _coupled("line", n_qubits, [(j, j + 1) for j in range(n_qubits - 1)], gates)


def heavy_hex(gates: str = "cz") -> DeviceTarget:
    """The 133-qubit heavy-hex graph of the Heron class: 7 rows of 15 and 4 bridges below each.

    Args:
        gates: ``"cz"``, ``"cx"`` or ``"rzz"`` (fractional gates).
    """
    return _coupled("heavy-hex", HEAVY_HEX_QUBITS, heavy_hex_edges(), gates)


def heavy_hex_edges() -> list[tuple[int, int]]:
    """Edges of the 133-qubit graph; the bridges below a row start at column 0 or 2, by turns."""
    edges = []
    for row in range(HEAVY_HEX_ROWS):
        first = row * (HEAVY_HEX_COLUMNS + 4)
        edges += [(first + c, first + c + 1) for c in range(HEAVY_HEX_COLUMNS - 1)]
        for b in range(4):
            column, bridge = 4 * b + 2 * (row % 2), first + HEAVY_HEX_COLUMNS + b
            edges.append((first + column, bridge))
            if row + 1 < HEAVY_HEX_ROWS:
                edges.append((bridge, first + HEAVY_HEX_COLUMNS + 4 + column))
    return edges


NAMED: dict[str, str] = {"all-to-all": "cx", "line": "cx", "heavy-hex": "cz"}
"""Targets known by name and their default gate set."""


def resolve_target(
    spec: str | DeviceTarget | Target | BackendV2 | None,
    n_sites: int,
    *,
    gates: str | None = None,
    n_qubits: int | None = None,
) -> DeviceTarget:
    """The device that was asked for, wide enough for the battery.

    Args:
        spec: a name of :data:`NAMED`, a device, a qiskit target or backend; ``None``:
            all-to-all.
        n_sites: how many qubits the battery needs.
        gates: gate set of a named target; default: the target's own.
        n_qubits: width of ``all-to-all`` or ``line``; default: ``n_sites``.

    Raises:
        InvalidRequest: an unknown name, too few qubits, or a gate set or width where the
            device has its own.
    """
    if spec is None or isinstance(spec, str):
        device = _named(spec or "all-to-all", n_sites, gates, n_qubits)
    elif gates is not None or n_qubits is not None:
        raise InvalidRequest(
            "A device brings its own gates and width. Leave out the gate set and the number of "
            "qubits, or name a target: all-to-all, line, heavy-hex."
        )
    else:
        device = spec if isinstance(spec, DeviceTarget) else from_qiskit(spec)
    if device.n_qubits < n_sites:
        raise InvalidRequest(
            f"The circuit needs {n_sites} qubits but {device.name} has {device.n_qubits}. "
            "Use a wider target or fewer cells."
        )
    return device


@functools.lru_cache(maxsize=64)
def to_qiskit(device: DeviceTarget) -> Target:
    """The device as a qiskit ``Target`` (shared: do not change it)."""
    from qiskit.transpiler import InstructionProperties, Target

    known = standard_instructions()
    target = Target(num_qubits=device.n_qubits)
    for name in device.gates:
        places = {
            one.qubits: InstructionProperties(duration=one.seconds, error=one.error)
            for one in device.operations
            if one.name == name
        }
        target.add_instruction(known[name], places, name=name)
    return target


def _named(name: str, n_sites: int, gates: str | None, n_qubits: int | None) -> DeviceTarget:
    if name not in NAMED:
        raise unknown_name("target", name, NAMED, see="qbcircuit devices")
    gates = gates or NAMED[name]
    if name == "heavy-hex":
        if n_qubits is not None:
            raise InvalidRequest(
                f"heavy-hex has {HEAVY_HEX_QUBITS} qubits, not {n_qubits}. Leave the number out."
            )
        return heavy_hex(gates)
    make: Callable[[int, str], DeviceTarget] = all_to_all if name == "all-to-all" else line
    return make(n_sites if n_qubits is None else n_qubits, gates)


def _coupled(
    name: str, n_qubits: int, edges: Iterable[tuple[int, int]], gates: str
) -> DeviceTarget:
    single, double = _gate_set(gates)
    pairs = sorted(pair for a, b in edges for pair in ((a, b), (b, a)))
    alone = [(qubit,) for qubit in range(n_qubits)]
    operations = tuple(
        Operation(name=gate, qubits=place)
        for gate in sorted(single + double)
        for place in (alone if gate in single else pairs)
    )
    return DeviceTarget(name=name, n_qubits=n_qubits, operations=operations)


def _gate_set(gates: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if gates not in GATE_SETS:
        raise unknown_name("gate set", gates, GATE_SETS)
    return GATE_SETS[gates]


def _check_width(n_qubits: int) -> None:
    if n_qubits < 1:
        raise InvalidRequest(f"A target needs at least 1 qubit, got {n_qubits}.")
    if n_qubits > MOST_QUBITS:
        raise InvalidRequest(
            f"A target has at most {MOST_QUBITS} qubits, got {n_qubits}. "
            "Use a narrower target or fewer ancillas."
        )
