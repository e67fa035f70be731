"""What a charging curve costs: one pass against the loop a user would write.

Overlapping XXX windows in a Z field of 0.5, times T/n, 2T/n, ... T, the j-th with j second-order
Trotter steps, 4096 shots each. The loop builds, transpiles and runs every time alone (Z terms
first, which is its best order); ours compiles once and takes a snapshot at every time. CPU
seconds of one process, both in the same run. With QuTiP installed, also the exact reference
against ``sesolve``.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import SuzukiTrotter
from qiskit_aer import AerSimulator

from qbcircuit.backend import Counts, batch_of
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol
from qbcircuit.reference import simulate
from qbcircuit.terms import Term, uniform_field
from qbcircuit_aer import AerBackend

FIELD = 0.5
LAST_TIME = 2.0


def windows(n_cells: int) -> ChargingProtocol:
    terms = [Term("XXX", (j, j + 1, j + 2)) for j in range(n_cells - 2)]
    return ChargingProtocol.constant(
        Battery.qubits(n_cells), [*terms, *uniform_field(range(n_cells), FIELD)], name="windows"
    )


def cpu_seconds(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def mean_work(counts: dict[str, int]) -> tuple[float, float]:
    """W and its variance from shots."""
    shots = sum(counts.values())
    mean = sum(bits.count("1") * n for bits, n in counts.items()) / shots
    spread = sum(n * (bits.count("1") - mean) ** 2 for bits, n in counts.items()) / shots
    return mean, spread / shots


def naive_point(
    n_cells: int, steps: int, n_times: int, shots: int
) -> tuple[tuple[float, float], int]:
    """One time of the loop: W and its variance, and the two-qubit gates that ran."""
    terms = [("Z", [j], FIELD) for j in range(n_cells)]
    terms += [("XXX", [j, j + 1, j + 2], 1.0) for j in range(n_cells - 2)]
    hamiltonian = SparsePauliOp.from_sparse_list(terms, num_qubits=n_cells)
    evolution = PauliEvolutionGate(
        hamiltonian,
        time=LAST_TIME * steps / n_times,
        synthesis=SuzukiTrotter(order=2, reps=steps),
    )
    circuit = QuantumCircuit(n_cells)
    circuit.append(evolution, range(n_cells))
    circuit.measure_all()
    simulator = AerSimulator(method="statevector", max_parallel_threads=1)
    written = transpile(circuit, simulator)
    counts = simulator.run(written, shots=shots, seed_simulator=steps).result().get_counts()
    return mean_work(counts), written.num_nonlocal_gates()


def our_curve(n_cells: int, n_times: int, shots: int) -> tuple[list[tuple[float, float]], int]:
    """The whole curve: W and its variance at every time, two-qubit gates at the last."""
    times = [LAST_TIME * (j + 1) / n_times for j in range(n_times)]
    plan = compile_protocol(windows(n_cells), times=times, formula=2, steps=n_times)
    readings = AerBackend().run(batch_of(plan), shots=shots, seed=1)
    curve = [mean_work(dict(one)) for one in readings if isinstance(one, Counts)]
    gates = [plan.templates[p.template].circuit for p in plan.experiments[-1].pieces]
    return curve, sum(circuit.num_nonlocal_gates() for circuit in gates)


def curve_row(n_cells: int, n_times: int, shots: int, naive_times: int) -> dict[str, Any]:
    (ours, our_gates), our_cpu = cpu_seconds(lambda: our_curve(n_cells, n_times, shots))
    asked = sorted({round(x) for x in np.linspace(1, n_times, min(naive_times, n_times))})
    points = {
        steps: cpu_seconds(lambda s=steps: naive_point(n_cells, s, n_times, shots))
        for steps in asked
    }
    spent = sum(cpu for _, cpu in points.values())
    naive_cpu = spent * n_times / len(asked)
    deviations = [
        abs(ours[steps - 1][0] - work) / math.sqrt(ours[steps - 1][1] + variance + 1e-12)
        for steps, (((work, variance), _), _) in points.items()
    ]
    return {
        "cells": n_cells,
        "times": n_times,
        "shots": shots,
        "our_cpu_seconds": our_cpu,
        "naive_cpu_seconds": naive_cpu,
        "naive_extrapolated_from": len(asked) if len(asked) < n_times else None,
        "ratio": naive_cpu / our_cpu,
        "our_two_qubit_gates": our_gates,
        "naive_two_qubit_gates": points[asked[-1]][0][1],
        "largest_deviation_in_standard_errors": max(deviations),
    }


def reference_row(n_cells: int, n_times: int) -> dict[str, Any]:
    """Our exact W(t) against QuTiP's sesolve on a ready CSR matrix, at its default tolerances."""
    import qutip

    times = np.linspace(0, LAST_TIME, n_times + 1)
    ours, our_cpu = cpu_seconds(lambda: simulate(windows(n_cells), times).work)
    terms = [("Z", [j], FIELD) for j in range(n_cells)]
    terms += [("XXX", [j, j + 1, j + 2], 1.0) for j in range(n_cells - 2)]
    matrix = SparsePauliOp.from_sparse_list(terms, num_qubits=n_cells).to_matrix(sparse=True)
    dims = [[2] * n_cells] * 2
    hamiltonian = qutip.Qobj(matrix, dims=dims).to("CSR")
    weights = np.array([bin(i).count("1") for i in range(2**n_cells)], dtype=float)
    excitations = qutip.qdiags(weights, 0, dims=dims)
    start = qutip.basis([2] * n_cells, [0] * n_cells)
    solved, qutip_cpu = cpu_seconds(
        lambda: qutip.sesolve(hamiltonian, start, times, e_ops=[excitations]).expect[0]
    )
    return {
        "cells": n_cells,
        "our_cpu_seconds": our_cpu,
        "qutip_cpu_seconds": qutip_cpu,
        "ratio": qutip_cpu / our_cpu,
        "largest_difference": float(np.max(np.abs(ours - solved))),
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    lines = ["  N   ours [s]   loop [s]   ratio   2q gates ours/loop"]
    for row in rows:
        note = f"  (loop from {row['naive_extrapolated_from']} times)"
        lines.append(
            f"{row['cells']:>3}   {row['our_cpu_seconds']:8.3f}   {row['naive_cpu_seconds']:8.2f}"
            f"   {row['ratio']:5.0f}   {row['our_two_qubit_gates']}/{row['naive_two_qubit_gates']}"
            + (note if row["naive_extrapolated_from"] else "")
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-N", "--cells", type=int, nargs="+", default=[12, 16])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--shots", type=int, default=4096)
    parser.add_argument(
        "--naive-times", type=int, default=None, help="run the loop at so many times, extrapolate"
    )
    parser.add_argument("--out", type=Path, default=None, help="write the numbers as JSON")
    given = parser.parse_args(arguments)
    naive_times = given.naive_times or given.times
    curve_row(3, 2, 16, 2)  # imports and caches, on both sides
    rows = [curve_row(n, given.times, given.shots, naive_times) for n in given.cells]
    print(table(rows))
    result: dict[str, Any] = {"curve": rows}
    if find_spec("qutip"):
        reference_row(3, 2)
        result["reference"] = [reference_row(n, given.times) for n in given.cells]
        for row in result["reference"]:
            print(
                f"exact N={row['cells']}: ours {row['our_cpu_seconds']:.3f} s, QuTiP sesolve "
                f"{row['qutip_cpu_seconds']:.3f} s, ratio {row['ratio']:.1f}, "
                f"difference {row['largest_difference']:.1e}"
            )
    else:
        print("QuTiP is not installed: the exact reference was not compared.")
    if given.out:
        given.out.write_text(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
