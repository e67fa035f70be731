"""What this compiler makes of a row."""

from __future__ import annotations

import functools
import itertools
import time
from dataclasses import dataclass

from qiskit import QuantumCircuit

from compiling.checks import (
    Verdict,
    Written,
    equals_formula,
    error_from_ground,
    is_as_good,
    is_exact,
    is_some_order,
)
from compiling.formulas import groups_of, rotations
from compiling.rows import TIME, Row, twin
from qbcircuit.compile import compile_protocol
from qbcircuit.plan import CircuitPlan

MOST_OURS = 20
"""Wires up to which our circuits are simulated where frames do not settle it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Counts of a written circuit.

    Args:
        gates: two-qubit gates.
        depth: two-qubit depth.
        total_depth: depth of all gates.
        single: one-qubit gates.
    """

    gates: int
    depth: int
    total_depth: int
    single: int


def counts_of(circuit: QuantumCircuit) -> Counts:
    """Counts of a circuit as it is written, barriers left out."""
    written = [one for one in circuit.data if one.operation.name not in {"barrier", "measure"}]
    wide = sum(len(one.qubits) == 2 for one in written)
    if any(len(one.qubits) > 2 for one in written):
        raise ValueError("a written circuit has gates on at most two qubits")
    return Counts(
        gates=wide,
        depth=circuit.depth(lambda one: len(one.qubits) == 2),
        total_depth=circuit.depth(lambda one: one.operation.name not in {"barrier", "measure"}),
        single=len(written) - wide,
    )


def compiled(row: Row, optimise: str) -> tuple[CircuitPlan, QuantumCircuit, float]:
    """The plan, its circuit and the CPU seconds of both; the device is there before.

    That is the row's formula, or from 0 whatever errs no more than it does.
    """
    formula, steps = (None, None) if row.from_ground else (row.order, row.steps)
    error = _error_from_ground(row) if row.from_ground else None
    device = row.device
    begin = time.process_time()
    plan = compile_protocol(
        row.workload.protocol,
        times=TIME,
        target=device,
        start="ground" if row.from_ground else "any",
        formula=formula,
        steps=steps,
        error=error,
        optimise=optimise,
    )
    circuit = plan.circuit(0)
    return plan, circuit, time.process_time() - begin


@functools.lru_cache(maxsize=8)
def _error_from_ground(row: Row) -> float:
    """What the row's formula errs, layer by layer."""
    one = row.workload
    return error_from_ground(one.layers, one.n, row.order, row.steps, TIME)


def written(plan: CircuitPlan, circuit: QuantumCircuit) -> Written:
    """The circuit with the places of the cells at both ends."""
    return Written(
        circuit=circuit,
        starts=tuple(plan.qubits[wire] for wire in plan.layout),
        ends=tuple(plan.qubits[wire] for wire in plan.experiments[0].readout),
    )


def judged(plan: CircuitPlan, circuit: QuantumCircuit, row: Row) -> Verdict:
    """Whether the circuit is what the plan claims: the exact evolution, or its formula.

    The formula runs between the row's layers in some order; of order 1, between its strings.
    Another formula must err no more than the row's, on a smaller twin where the row is large.
    """
    done, one = plan.compilation, written(plan, circuit)
    strings = groups_of(row.workload.terms)
    if row.from_ground and done.assumes_start:
        return is_exact(one, strings, TIME, from_ground=True, error=done.error)
    if done.error_kind == "exact":
        if len(row.workload.layers) == 1:
            return equals_formula(one, rotations(strings, 1, 1, TIME))
        return is_exact(one, strings, TIME, from_ground=done.assumes_start)
    if done.formula == 1:
        found = is_some_order(one, strings, done.steps, TIME)
        if found.passed:
            return found
    for most_wires in (0, MOST_OURS):  # what frames show is cheap and comes first
        for layers in itertools.islice(itertools.permutations(row.workload.layers), 6):
            formula = rotations(layers, done.formula or 1, done.steps, TIME)
            verdict = equals_formula(one, formula, most_wires=most_wires)
            if verdict.passed:
                return verdict
    verdict = is_as_good(one, strings, row.order, row.steps, TIME)
    small = twin(row)
    if verdict.passed is None and small.workload.n < row.workload.n:
        plan, circuit, _ = compiled(small, plan.options.optimise)
        again = judged(plan, circuit, small)
        return Verdict(passed=again.passed, route=f"twin of {small.workload.n}, {again.route}")
    return verdict
