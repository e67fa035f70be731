"""The devices on offer, from the snapshots that come with qiskit-ibm-runtime."""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qiskit.transpiler import Target

Table = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """One device as the service describes it.

    Args:
        name: e.g. ``"ibm_torino"``.
        configuration: qubits, gates and couplings, as JSON.
        properties: errors and times, as JSON.
    """

    name: str
    configuration: Table
    properties: Table

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return int(self.configuration["n_qubits"])


SNAPSHOTS: dict[str, tuple[str, int | None, bool]] = {
    "ibm_torino": ("torino", None, False),
    "ibm_fez": ("fez", None, True),
    "ibm_kingston": ("kingston", None, True),
    "ibm_small7": ("pittsburgh", 7, True),
}
"""By name: the snapshot, how many of its first qubits (all with ``None``), fractional gates."""


@functools.cache
def device(name: str) -> Device | None:
    """The device of that name, ``None`` where there is none."""
    if name not in SNAPSHOTS:
        return None
    snapshot, n_qubits, fractional = SNAPSHOTS[name]
    configuration = _snapshot(snapshot, "conf")
    properties = _snapshot(snapshot, "props")
    for table in (configuration, properties):
        table["backend_name"] = name
    if fractional:
        _add_fractional(configuration)
    if n_qubits is not None:
        _cut(configuration, properties, n_qubits)
    return Device(name=name, configuration=configuration, properties=properties)


def target(name: str) -> Target:
    """The device as qiskit has it, fractional gates included."""
    return _target(name)


@functools.cache
def _target(name: str) -> Target:
    from qiskit_ibm_runtime.utils.backend_converter import convert_to_target
    from qiskit_ibm_runtime.utils.backend_decoder import (
        configuration_from_server_data,
        properties_from_server_data,
    )

    found = device(name)
    if found is None:
        raise KeyError(name)
    configuration = json.loads(json.dumps(found.configuration))
    properties = json.loads(json.dumps(found.properties))
    return convert_to_target(
        configuration=configuration_from_server_data(configuration, use_fractional_gates=None),
        properties=properties_from_server_data(properties, use_fractional_gates=None),
    )


def _snapshot(name: str, kind: str) -> Table:
    """Read the file without importing the package, which takes seconds."""
    package = importlib.util.find_spec("qiskit_ibm_runtime")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The stand-in needs qiskit-ibm-runtime.")
    folder = Path(package.origin).parent / "fake_provider" / "backends" / name
    table: Table = json.loads((folder / f"{kind}_{name}.json").read_text())
    return table


def _add_fractional(configuration: Table) -> None:
    """Offer rx and rzz: Heron snapshots have their errors and times but do not list them."""
    gates = {gate["name"]: gate for gate in configuration["gates"]}
    new = (
        ("rx", "gate rx(theta) q { U(theta, -pi/2, pi/2) q; }", "sx"),
        ("rzz", "gate rzz(theta) q0, q1 { CX q0, q1; U(0, 0, theta) q1; CX q0, q1; }", "cz"),
    )
    for name, definition, like in new:
        configuration["gates"].append(
            {
                "name": name,
                "parameters": ["theta"],
                "qasm_def": definition,
                "coupling_map": gates[like]["coupling_map"],
            }
        )
        configuration["basis_gates"].append(name)
        configuration["supported_instructions"].append(name)


def _cut(configuration: Table, properties: Table, n_qubits: int) -> None:
    """Keep the first qubits: a small device with the errors of a large one."""

    def inside(qubits: list[int]) -> bool:
        return all(qubit < n_qubits for qubit in qubits)

    def keep(table: Table, key: str, wanted: Callable[[Any], bool]) -> None:
        if table.get(key) is not None:
            table[key] = [row for row in table[key] if wanted(row)]

    configuration["n_qubits"] = n_qubits
    keep(configuration, "coupling_map", inside)
    for gate in configuration["gates"]:
        keep(gate, "coupling_map", inside)
    configuration["meas_map"] = [list(range(n_qubits))]
    for key in ("coords", "qubit_lo_range", "meas_lo_range", "u_channel_lo"):
        keep(configuration, key, lambda _: False)
    for key in ("hamiltonian", "channels", "qubit_channel_mapping", "n_uchannels", "u_channel_lo"):
        configuration.pop(key, None)
    properties["qubits"] = properties["qubits"][:n_qubits]
    keep(properties, "gates", lambda gate: inside(gate["qubits"]))
    keep(properties, "general", lambda _: False)
    keep(properties, "general_qlists", lambda _: False)
