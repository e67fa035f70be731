"""The peers: Qiskit's and pytket's best settings, every term order tried."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import LieTrotter, SuzukiTrotter
from qiskit.transpiler.passes.synthesis.high_level_synthesis import HLSConfig

from compiling.checks import Written
from compiling.formulas import Groups
from compiling.rows import TIME, Row
from compiling.tasks import Task
from qbcircuit.compile.devices.target import to_qiskit

HAS_TKET = find_spec("pytket") is not None and find_spec("pytket.extensions.qiskit") is not None

Peer = Callable[[Task], Written]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One circuit of a peer.

    Args:
        written: the circuit.
        task: what was asked for.
        groups: the order of terms that it was given.
        seconds: CPU, from the Hamiltonian to the circuit.
    """

    written: Written
    task: Task
    groups: Groups
    seconds: float


def evolution_circuit(row: Row, groups: Groups, **settings: Any) -> QuantumCircuit:
    """The row's formula as one ``PauliEvolutionGate``; a group of several terms is one operator."""
    n = row.workload.n
    parts = [
        SparsePauliOp.from_sparse_list(
            [string for term in group for string in term.paulis()], num_qubits=n
        )
        for group in groups
    ]
    operator: Any = parts if any(len(part) > 1 for part in parts) else SparsePauliOp.sum(parts)
    if len(parts) == 1:
        operator = parts[0]
    formula = (
        LieTrotter(reps=row.steps, **settings)
        if row.order == 1
        else SuzukiTrotter(order=row.order, reps=row.steps, **settings)
    )
    circuit = QuantumCircuit(n)
    circuit.append(PauliEvolutionGate(operator, TIME, synthesis=formula), range(n))
    return circuit


def _level3(plugin: str | None, options: dict[str, Any], *, keep_order: bool = True) -> Peer:
    def compile_task(task: Task) -> Written:
        settings = {} if keep_order else {"preserve_order": False}
        n = task.row.workload.n
        # transpile changes the options inside an HLSConfig: a fresh one every time
        config = HLSConfig(PauliEvolution=[(plugin, dict(options))]) if plugin else None
        done = transpile(
            evolution_circuit(task.row, task.groups, **settings),
            target=to_qiskit(task.device),
            optimization_level=3,
            seed_transpiler=task.seed,
            hls_config=config,
            initial_layout=list(range(n)) if task.is_pinned else None,
        )
        return placed(done, n)

    return compile_task


def placed(circuit: QuantumCircuit, n: int) -> Written:
    """A transpiled circuit with its layouts read off."""
    layout = circuit.layout
    if layout is None:
        return Written(circuit=circuit, starts=tuple(range(n)), ends=tuple(range(n)))
    return Written(
        circuit=circuit,
        starts=tuple(layout.initial_index_layout(filter_ancillas=True)),
        ends=tuple(layout.final_index_layout(filter_ancillas=True)),
    )


_RUSTIQ = {"preserve_order": True, "upto_phase": True, "resynth_clifford_method": 1}
"""With the global phase kept, the last Clifford would be undone gate by gate, which costs more.

Method 2 is left out: its circuits are wrong by signs (qiskit 2.6.2).
"""

_MCTS = {"upto_phase": True}

QISKIT: dict[str, Peer] = {
    "level 3": _level3(None, {}),
    "level 3 any order": _level3(None, {}, keep_order=False),
    "rustiq": _level3("rustiq", _RUSTIQ),
    "rustiq depth": _level3("rustiq", {**_RUSTIQ, "optimize_count": False}),
    "rustiq any order": _level3("rustiq", {**_RUSTIQ, "preserve_order": False}),
    "mcts": _level3("mcts", _MCTS),
    "mcts 30": _level3("mcts", {**_MCTS, "num_simulations": 30}),
    "mcts any order": _level3("mcts", {**_MCTS, "preserve_order": False}),
}
"""Qiskit's transpiler at level 3, by synthesis plug-in.

"any order": terms may be reordered; "30": simulations.
"""


def peers() -> dict[str, Peer]:
    """Every peer that is installed."""
    if not HAS_TKET:
        return dict(QISKIT)
    from compiling.tket import TKET

    return QISKIT | TKET


def attempt(peer: str, task: Task) -> Attempt:
    """The peer's circuit, timed."""
    written, seconds = timed(peers()[peer], task)
    return Attempt(written=written, task=task, groups=task.groups, seconds=seconds)


def timed(peer: Peer, task: Task) -> tuple[Written, float]:
    """A peer's circuit and its CPU seconds; the order of terms and the device are there before."""
    _ = task.groups, to_qiskit(task.device)
    begin = time.process_time()
    written = peer(task)
    return written, time.process_time() - begin
