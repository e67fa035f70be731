"""Whether the intervals of a rehearsal hold the truth of its own noise.

``compare -N 6 -k 1,2,3`` on a fake Heron: the noisy distribution of every circuit, calibration
included, is computed once; replicates draw counts from it, undo the read-out as calibrated in the
same replicate, and estimate W(T), T, P and Gamma. The truth is what the same estimation makes of
the distributions themselves.

    python experiments/benchmarks/rehearsal.py --device fake_torino --replicates 1000
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qbcircuit import Battery, Constraint, machines, normalise
from qbcircuit.backend import Counts, batch_of
from qbcircuit.comparison import prepare, reference_protocol
from qbcircuit.compile import calibration_plan, n_wires, shared_qubits
from qbcircuit.estimate import compare_figures, readout_errors, trace_from_readings
from qbcircuit.plan import CircuitPlan
from qbcircuit.protocols import blocks

MANY = 10**6
"""Shots that stand for infinitely many: the truth is then known 16 times better than measured."""

FIGURES = ("work", "charging_time", "power", "advantage")


def distributions(plan: CircuitPlan, machine: Any) -> list[tuple[list[str], np.ndarray]]:
    """Outcomes and probabilities of every circuit of a plan."""
    readings = machine.run(batch_of(plan), shots=MANY, seed=1)
    return [
        ([bits for bits, _ in reading], np.array([n for _, n in reading]) / reading.shots)
        for reading in readings
    ]


def drawn(
    known: list[tuple[list[str], np.ndarray]], shots: int, rng: np.random.Generator
) -> list[Counts]:
    """Counts of one replicate."""
    return [
        Counts.from_mapping(dict(zip(bits, rng.multinomial(shots, p).tolist(), strict=True)))
        for bits, p in known
    ]


def estimates(
    plans: Sequence[CircuitPlan],
    calibration: CircuitPlan,
    readings: Sequence[list[Counts]],
    seed: int,
) -> list[dict[str, Any]]:
    """Figures of every charger but the first, which is the parallel reference."""
    errors = readout_errors(calibration, readings[-1])
    parallel, *others = (
        trace_from_readings(plan, found, errors)
        for plan, found in zip(plans, readings[:-1], strict=True)
    )
    found = []
    for trace in others:
        against = compare_figures(trace, parallel, seed=seed)
        figures = {name: getattr(against.figures, name) for name in FIGURES[:3]}
        found.append(figures | {"advantage": against.advantage})
    return found


def rehearse(
    device: str, n_cells: int, orders: Sequence[int], *, shots: int, replicates: int, seed: int
) -> list[dict[str, Any]]:
    """One row an order: how often each figure's interval holds the truth."""
    battery = Battery.qubits(n_cells)
    machine = machines.resolve(device, n_sites=n_wires(battery))
    parallel = reference_protocol(blocks(battery, order=1), Constraint.C0)
    chargers = [normalise(blocks(battery, order=k), Constraint.C0) for k in orders]
    qubits = shared_qubits([parallel, *chargers], machine.target(n_cells))
    plans = [prepare(one, machine, qubits=qubits).plan for one in (parallel, *chargers)]
    calibration = calibration_plan(plans)
    known = [distributions(plan, machine) for plan in (*plans, calibration)]
    rng = np.random.default_rng(seed)
    truths = estimates(plans, calibration, [drawn(one, MANY, rng) for one in known], 0)
    hits: dict[tuple[int, str], list[bool]] = {}
    for replicate in range(replicates):
        readings = [drawn(one, shots, rng) for one in known]
        for k, truth, found in zip(
            orders, truths, estimates(plans, calibration, readings, replicate), strict=True
        ):
            for name in FIGURES:
                if found[name] is not None and truth[name] is not None:
                    inside = found[name].low <= truth[name].value <= found[name].high
                    hits.setdefault((k, name), []).append(inside)
    return [
        {
            "device": device,
            "order": k,
            "shots": shots,
            "replicates": replicates,
            "truth": {n: truth[n] and truth[n].value for n in FIGURES},
            "covered": {
                n: float(np.mean(hits[k, n])) if hits.get((k, n)) else None for n in FIGURES
            },
            "reported": {n: len(hits.get((k, n), [])) / replicates for n in FIGURES},
        }
        for k, truth in zip(orders, truths, strict=True)
    ]


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", nargs="+", default=["fake_torino", "fake_fez"])
    parser.add_argument("-N", "--cells", type=int, default=6)
    parser.add_argument("-k", "--orders", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--shots", type=int, default=4096)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    given = parser.parse_args(arguments)
    rows = [
        row
        for device in given.device
        for row in rehearse(
            device,
            given.cells,
            given.orders,
            shots=given.shots,
            replicates=given.replicates,
            seed=given.seed,
        )
    ]
    for row in rows:
        shown = "  ".join(
            f"{name} {row['covered'][name]:.1%}"
            if row["covered"][name] is not None
            else f"{name} withheld"
            for name in FIGURES
        )
        least = min(row["reported"].values())
        print(f"{row['device']} k={row['order']}: {shown}  (reported in {least:.0%} or more)")
    if given.out:
        given.out.write_text(json.dumps(rows, indent=1))
    return rows


if __name__ == "__main__":
    main()
