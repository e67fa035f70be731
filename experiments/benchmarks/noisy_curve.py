"""What a noisy charging curve costs: one pass against circuit by circuit, on a fake Heron.

Overlapping XXX windows in a Z field of 0.5 on N = 8 cells, 50 times, the j-th with j second-order
Trotter steps, compiled once for the device. The loop gives each of the very same 50 circuits to
``AerSimulator.from_backend`` with the device's whole noise model; ours evolves one density
matrix, takes a snapshot at every time, and cuts the noise to the qubits in use. CPU seconds of
one process, both in the same run; the results must agree within their shot noise.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from qiskit_aer import AerSimulator

from qbcircuit import machines
from qbcircuit.backend import Counts, batch_of
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol
from qbcircuit.protocols import windows
from qbcircuit_aer import device_simulation
from qbcircuit_ibm import fake_device

FIELD = 0.5
LAST_TIME = 2.0


def mean_work(counts: dict[str, int]) -> tuple[float, float]:
    """W and its variance from shots, in splittings."""
    shots = sum(counts.values())
    mean = sum(bits.count("1") * n for bits, n in counts.items()) / shots
    spread = sum(n * (bits.count("1") - mean) ** 2 for bits, n in counts.items()) / shots
    return mean, spread / shots


def row(device_name: str, n_cells: int, n_times: int, shots: int, asked: int) -> dict[str, Any]:
    """Both ways to one curve, and how far apart they are."""
    device = fake_device(device_name)
    protocol = windows(Battery.qubits(n_cells), order=3, field=FIELD)
    times = [LAST_TIME * (j + 1) / n_times for j in range(n_times)]
    machine = device_simulation(device)
    target = machine.target(n_cells)
    plan = compile_protocol(protocol, times=times, target=target, formula=2, steps=n_times)

    begin = time.process_time()
    readings = machine.run(batch_of(plan), shots=shots, seed=1)
    ours = time.process_time() - begin
    curve = [mean_work(dict(one)) for one in readings if isinstance(one, Counts)]

    chosen = sorted({round(x) for x in np.linspace(0, n_times - 1, min(asked, n_times))})
    circuits = {i: plan.circuit(i, measure=True) for i in chosen}
    begin = time.process_time()
    simulator = AerSimulator.from_backend(device)
    simulator.set_options(max_parallel_threads=1)
    points = {
        i: mean_work(simulator.run(circuit, shots=shots, seed_simulator=i).result().get_counts())
        for i, circuit in circuits.items()
    }
    loop = (time.process_time() - begin) * n_times / len(chosen)
    deviations = [
        abs(curve[i][0] - work) / math.sqrt(curve[i][1] + variance)
        for i, (work, variance) in points.items()
    ]
    return {
        "device": device_name,
        "cells": n_cells,
        "times": n_times,
        "shots": shots,
        "two_qubit_gates": circuits[chosen[-1]].num_nonlocal_gates(),
        "our_cpu_seconds": ours,
        "loop_cpu_seconds": loop,
        "loop_extrapolated_from": len(chosen) if len(chosen) < n_times else None,
        "ratio": loop / ours,
        "largest_deviation_in_standard_errors": max(deviations),
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="fake_torino")
    parser.add_argument("-N", "--cells", type=int, default=8)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--shots", type=int, default=4096)
    parser.add_argument("--loop-times", type=int, help="run the loop at so many times")
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    given = parser.parse_args(arguments)
    machines.resolve(given.device, n_sites=2)  # imports, on both sides
    found = row(
        given.device, given.cells, given.times, given.shots, given.loop_times or given.times
    )
    note = found["loop_extrapolated_from"]
    print(
        f"{found['device']} N={found['cells']}, {found['times']} times, up to "
        f"{found['two_qubit_gates']} two-qubit gates: ours {found['our_cpu_seconds']:.2f} s, loop "
        f"{found['loop_cpu_seconds']:.1f} s"
        + (f" (from {note} times)" if note else "")
        + f", ratio {found['ratio']:.0f}, largest deviation "
        f"{found['largest_deviation_in_standard_errors']:.1f} standard errors"
    )
    if given.out:
        given.out.write_text(json.dumps(found, indent=1))
    return found


if __name__ == "__main__":
    main()
