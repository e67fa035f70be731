"""How every circuit starts: X gates for a basis state, a purification for a thermal one."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit

from qbcircuit.battery import Battery
from qbcircuit.starts import BasisStart


def n_ancillas(battery: Battery) -> int:
    """Extra wires, after the sites: one per cell of a thermal start."""
    return 0 if isinstance(battery.start, BasisStart) else battery.n_cells


def n_wires(battery: Battery) -> int:
    """Qubits that a circuit of this battery needs: its sites, and the ancillas of its start."""
    return battery.n_sites + n_ancillas(battery)


def tied_pairs(battery: Battery) -> tuple[tuple[int, int], ...]:
    """Every cell with its ancilla, as pairs of wires that must meet."""
    ancillas = range(battery.n_sites, n_wires(battery))
    return tuple(zip(battery.cells, ancillas, strict=False))


def opening(battery: Battery) -> QuantumCircuit | None:
    """The circuit that prepares the start, without free angles; ``None`` where it is |0...0>.

    A thermal cell is half of a pure pair, sqrt(p0)|00> + sqrt(p1)|11> with its ancilla.
    """
    circuit = QuantumCircuit(n_wires(battery))
    if isinstance(battery.start, BasisStart):
        for site, level in enumerate(battery.start.levels):
            if level:
                circuit.x(site)
        return circuit if circuit.size() else None
    populations = battery.start_populations
    for ancilla, cell in enumerate(battery.cells, start=battery.n_sites):
        circuit.ry(2 * math.asin(math.sqrt(populations[cell][1])), ancilla)
        circuit.cx(ancilla, cell)
    return circuit
