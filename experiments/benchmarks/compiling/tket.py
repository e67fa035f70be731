"""pytket's passes as peers; they take the same rotations and leave native gates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from pytket import Circuit, OpType, Qubit
from pytket.architecture import Architecture
from pytket.circuit import Node, PauliExpBox
from pytket.extensions.qiskit import tk_to_qiskit
from pytket.passes import (
    AutoRebase,
    BasePass,
    CliffordSimp,
    DecomposeBoxes,
    DefaultMappingPass,
    FullPeepholeOptimise,
    GreedyPauliSimp,
    PauliSimp,
    RemoveRedundancies,
    RenameQubitsPass,
    RoutingPass,
    SynthesiseTket,
)
from pytket.pauli import Pauli
from pytket.predicates import CompilationUnit, ConnectivityPredicate
from qiskit import QuantumCircuit, transpile

from compiling.checks import Written
from compiling.formulas import Groups, rotations
from compiling.rows import TIME, Row
from compiling.tasks import Task
from qbcircuit.compile.devices.target import to_qiskit


def rotation_circuit(row: Row, groups: Groups) -> Circuit:
    """The row's formula as boxes exp(-i angle P / 2)."""
    n = row.workload.n
    circuit = Circuit(n)
    for x, z, angle in rotations(groups, row.order, row.steps, TIME):
        sites = [q for q in range(n) if (x | z) >> q & 1]
        letters = [_letter(x >> q & 1, z >> q & 1) for q in sites]
        circuit.add_gate(PauliExpBox(letters, angle / math.pi), sites)
    return circuit


def _letter(x: int, z: int) -> Pauli:
    return (Pauli.I, Pauli.Z, Pauli.X, Pauli.Y)[2 * x + z]


def _peer(make: Callable[[Task], Iterable[BasePass]]) -> Callable[[Task], Written]:
    def compile_task(task: Task) -> Written:
        unit = CompilationUnit(rotation_circuit(task.row, task.groups))
        for one in (DecomposeBoxes(), *make(task)):
            one.apply(unit)
        if task.device.coupling is None:
            return _native(unit.circuit, unit, task)
        nodes = Architecture([(a, b) for a, b in sorted(task.device.coupling) if a < b])
        if task.is_pinned:
            RenameQubitsPass({Qubit(i): Node(i) for i in range(task.row.workload.n)}).apply(unit)
            RoutingPass(nodes).apply(unit)
        else:
            DefaultMappingPass(nodes).apply(unit)
        return _native(_tidied(unit.circuit, nodes), unit, task)

    return compile_task


def _tidied(circuit: Circuit, nodes: Architecture) -> Circuit:
    """A routed circuit simplified; Clifford rules are left out where they leave the couplings."""
    simpler = circuit.copy()
    CliffordSimp(False).apply(simpler)
    if not ConnectivityPredicate(nodes).verify(simpler):
        simpler = circuit.copy()
    SynthesiseTket().apply(simpler)
    return simpler


def _native(circuit: Circuit, unit: CompilationUnit, task: Task) -> Written:
    """Native gates of the task's device, places of the qubits read from the unit's maps."""
    device, qubits = task.device, [Qubit(i) for i in range(task.row.workload.n)]
    double = OpType.CZ if "cz" in device.gates else OpType.CX
    if "rzz" not in device.gates:
        AutoRebase({double, OpType.Rz, OpType.SX, OpType.X}).apply(circuit)
    RemoveRedundancies().apply(circuit)
    wires = {qubit: int(qubit.index[0]) for qubit in circuit.qubits}
    came_from = {out: into for into, out in circuit.implicit_qubit_permutation().items()}
    written = tk_to_qiskit(circuit, perm_warning=False)  # wire i is qubit or node i
    wide = QuantumCircuit(device.n_qubits)
    wide.compose(written, range(written.num_qubits), inplace=True)
    native = transpile(
        wide,
        target=to_qiskit(device),
        optimization_level=1,
        initial_layout=list(range(device.n_qubits)),
        routing_method="none",
    )
    return Written(
        circuit=native,
        starts=tuple(wires[unit.initial_map[qubit]] for qubit in qubits),
        ends=tuple(wires[came_from[unit.final_map[qubit]]] for qubit in qubits),
    )


def _greedy(task: Task) -> list[BasePass]:
    return [GreedyPauliSimp(seed=task.seed, allow_zzphase="rzz" in task.device.gates)]


def _greedy_peephole(task: Task) -> list[BasePass]:
    return [*_greedy(task), FullPeepholeOptimise()]


def _sets(task: Task) -> list[BasePass]:
    return [PauliSimp(), FullPeepholeOptimise()]


def _peephole(task: Task) -> list[BasePass]:
    return [FullPeepholeOptimise()]


TKET = {
    "tket greedy": _peer(_greedy),
    "tket greedy peephole": _peer(_greedy_peephole),
    "tket paulisimp": _peer(_sets),
    "tket peephole": _peer(_peephole),
}
"""pytket's Pauli simplifications and its peephole optimiser, routed where the target is coupled."""
