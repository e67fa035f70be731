"""Wires that no gate ever joins, simulated apart: their outcomes are independent.

Disjoint blocks of k cells then cost as much as their largest block, not as all N cells, and the
noise of a gate stays with the gate, so noisy parts are independent as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import rustworkx as rx
from qiskit import QuantumCircuit

from qbcircuit.backend import Counts
from qbcircuit.plan import CircuitPlan, Experiment, Piece, Setting, Template


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Some wires of a plan, as a plan of their own.

    Args:
        plan: templates and experiments cut to the wires.
        cells: which cells (positions in a reading) the part holds, in its own reading's order.
    """

    plan: CircuitPlan
    cells: tuple[int, ...]


def parts_of(plan: CircuitPlan) -> tuple[Part, ...]:
    """The plan cut into parts that no gate joins; parts without a cell are left out.

    A cell must stay in one part in all experiments, else the plan is one part.
    """
    circuits = [template.circuit for template in plan.templates]
    groups = _joined(circuits, len(plan.qubits))
    whole = (Part(plan=plan, cells=tuple(range(len(plan.experiments[0].readout)))),)
    if len(groups) == 1:
        return whole
    group_of = {wire: number for number, group in enumerate(groups) for wire in group}
    homes = {tuple(group_of[wire] for wire in one.readout) for one in plan.experiments}
    if len(homes) != 1:
        return whole
    (home,) = homes
    return tuple(
        _cut(plan, circuits, group, cells)
        for number, group in enumerate(groups)
        if (cells := tuple(cell for cell, where in enumerate(home) if where == number))
    )


def _joined(circuits: Sequence[QuantumCircuit], n_wires: int) -> list[tuple[int, ...]]:
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(n_wires))
    for circuit in circuits:
        for one in circuit.data:
            wires = [circuit.find_bit(qubit).index for qubit in one.qubits]
            if one.operation.name != "barrier":
                graph.add_edges_from_no_data([(wires[0], wire) for wire in wires[1:]])
    return sorted(tuple(sorted(group)) for group in rx.connected_components(graph))


def _cut(
    plan: CircuitPlan,
    circuits: Sequence[QuantumCircuit],
    wires: tuple[int, ...],
    cells: tuple[int, ...],
) -> Part:
    position = {wire: i for i, wire in enumerate(wires)}
    cut = [_restricted(circuit, position) for circuit in circuits]
    kept = [
        [i for i, parameter in enumerate(circuit.parameters) if parameter in part.parameters]
        for circuit, part in zip(circuits, cut, strict=True)
    ]

    def piece(whole: Piece) -> Piece:
        angles = tuple(whole.angles[i] for i in kept[whole.template])
        return Piece(template=whole.template, angles=angles)

    def experiment(whole: Experiment) -> Experiment:
        return replace(
            whole,
            segments=tuple(map(piece, whole.segments)),
            closing=tuple(map(piece, whole.closing)),
            setting=Setting(bases=tuple(whole.setting.bases[cell] for cell in cells)),
            readout=tuple(position[whole.readout[cell]] for cell in cells),
        )

    return Part(
        plan=replace(
            plan,
            qubits=tuple(plan.qubits[wire] for wire in wires),
            layout=tuple(range(len(wires))),
            templates=tuple(
                Template.of(old.name, circuit)
                for old, circuit in zip(plan.templates, cut, strict=True)
            ),
            experiments=tuple(map(experiment, plan.experiments)),
        ),
        cells=cells,
    )


def _restricted(circuit: QuantumCircuit, position: dict[int, int]) -> QuantumCircuit:
    """The gates that act inside the part, on its own wires."""
    part = QuantumCircuit(len(position))
    for one in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in one.qubits]
        if all(wire in position for wire in wires):
            part.append(one.operation, [position[wire] for wire in wires])
    return part


def joined_counts(parts: Sequence[tuple[tuple[int, ...], Counts]], seed: int) -> Counts:
    """Counts of all cells from independent counts of parts, paired up at random.

    Args:
        parts: cells of a part, and its counts; all with the same number of shots.
        seed: of the pairing.
    """
    if len(parts) == 1:
        return parts[0][1]
    rng = np.random.default_rng(seed)
    n_cells = sum(len(cells) for cells, _ in parts)
    shots = parts[0][1].shots
    letters = np.empty((shots, n_cells), dtype=np.uint8)
    for cells, counts in parts:
        bits = np.frombuffer("".join(bits for bits, _ in counts).encode(), dtype=np.uint8)
        rows = np.repeat(bits.reshape(-1, len(cells)), [n for _, n in counts], axis=0)
        columns = [n_cells - 1 - cell for cell in reversed(cells)]
        letters[:, columns] = rng.permutation(rows, axis=0)
    seen, times = np.unique(letters, axis=0, return_counts=True)
    return Counts(
        tuple((row.tobytes().decode(), int(n)) for row, n in zip(seen, times, strict=True))
    )
