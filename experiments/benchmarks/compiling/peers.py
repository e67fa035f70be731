"""The peers: Qiskit's and pytket's best settings, every term order tried."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import LieTrotter, SuzukiTrotter
from qiskit.transpiler.passes.synthesis.high_level_synthesis import HLSConfig

from compiling.checks import Written
from compiling.formulas import Groups, groups_of
from compiling.rows import TIME, Row
from qbcircuit.compile.devices.target import to_qiskit

HAS_TKET = find_spec("pytket") is not None and find_spec("pytket.extensions.qiskit") is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One circuit of a peer.

    Args:
        written: the circuit.
        groups: the order of terms that it was given.
        seconds: CPU, from the Hamiltonian to the circuit.
        order: name of that order.
        seed: of the transpiler.
    """

    written: Written
    groups: Groups
    seconds: float
    order: str
    seed: int


def term_orders(row: Row) -> dict[str, Groups]:
    """Orders worth trying, doubles left out: as given, field first, layers, by letters."""
    one = row.workload
    layers = one.layers
    strings = groups_of(one.terms)
    found = {
        "as given": strings,
        "field first": groups_of(one.field + one.interactions),
        "by layer": groups_of(term for layer in layers for term in layer),
        "by letters": tuple(sorted(strings, key=lambda group: group[0].operators)),
        "layers": layers,
        "layers reversed": layers[::-1],
    }
    return {name: groups for i, (name, groups) in enumerate(found.items())
            if groups not in list(found.values())[:i]}  # fmt: skip


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


def _level3(
    plugin: str | None, options: dict[str, Any], *, keep_order: bool = True
) -> Callable[[Row, Groups, int], Written]:
    def compile_row(row: Row, groups: Groups, seed: int) -> Written:
        settings = {} if keep_order else {"preserve_order": False}
        circuit = evolution_circuit(row, groups, **settings)
        # transpile changes the options inside an HLSConfig: a fresh one every time
        config = HLSConfig(PauliEvolution=[(plugin, dict(options))]) if plugin else None
        done = transpile(
            circuit,
            target=to_qiskit(row.device),
            optimization_level=3,
            seed_transpiler=seed,
            hls_config=config,
        )
        return placed(done, row.workload.n)

    return compile_row


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


QISKIT: dict[str, Callable[[Row, Groups, int], Written]] = {
    "level 3": _level3(None, {}),
    "level 3 any order": _level3(None, {}, keep_order=False),
    "rustiq": _level3("rustiq", {"preserve_order": True}),
    "rustiq depth": _level3("rustiq", {"preserve_order": True, "optimize_count": False}),
    "rustiq any order": _level3("rustiq", {"preserve_order": False}),
    "mcts": _level3("mcts", {}),
    "mcts any order": _level3("mcts", {"preserve_order": False}),
}
"""Qiskit's transpiler at level 3, by synthesis plug-in; "any order": terms may be reordered."""


def peers() -> dict[str, Callable[[Row, Groups, int], Written]]:
    """Every peer that is installed."""
    if not HAS_TKET:
        return dict(QISKIT)
    from compiling.tket import TKET

    return QISKIT | TKET


def attempts(peer: str, row: Row, seeds: int) -> Iterator[Callable[[], Attempt]]:
    """Calls that each make one circuit of a row: all orders of terms and seeds."""
    for seed in range(seeds):
        for name in term_orders(row):
            yield functools.partial(attempt, peer, row, name, seed)


def attempt(peer: str, row: Row, order: str, seed: int) -> Attempt:
    """The peer's circuit of a row with its terms in the named order."""
    groups = term_orders(row)[order]
    make = peers()[peer]
    begin = time.process_time()
    written = make(row, groups, seed)
    seconds = time.process_time() - begin
    return Attempt(written=written, groups=groups, seconds=seconds, order=order, seed=seed)
