"""The exact charging curve against QuTiP's sesolve: CPU seconds of 50 times, same run.

Overlapping windows X X X with a 0.5 Z field on an open line, ground start, 50 times up to t = 2.
QuTiP is handed its Hamiltonian as a ready CSR matrix; building it is not counted. Both curves
must agree to 1e-6 of the capacity.

    python experiments/benchmarks/reference.py --sizes 12,16 --json reference.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.reference import simulate
from qbcircuit.terms import Term, uniform_field

try:
    import qutip
except ImportError:
    qutip = None


def windows(n_cells: int) -> ChargingProtocol:
    terms = [Term("XXX", (i, i + 1, i + 2)) for i in range(n_cells - 2)]
    terms += uniform_field(range(n_cells), 0.5)
    return ChargingProtocol.constant(Battery.qubits(n_cells), terms)


def cpu_seconds(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Median CPU seconds of a few calls, and the last result."""
    seconds, result = [], None
    for _ in range(repeats):
        begin = time.process_time()
        result = call()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds), result


def qutip_curve(n_cells: int, times: np.ndarray) -> Callable[[], np.ndarray]:
    """A call that solves the same problem with sesolve; cell 0 is QuTiP's last factor."""
    letters = {"X": qutip.sigmax(), "Z": qutip.sigmaz()}
    hamiltonian = 0
    for term in windows(n_cells).evolutions[0].terms:
        factors = [qutip.qeye(2)] * n_cells
        for letter, site in zip(term.operators, term.sites, strict=True):
            factors[n_cells - 1 - site] = letters[letter]
        hamiltonian += term.strength.real * qutip.tensor(factors)
    hamiltonian = hamiltonian.to("csr")
    charged = [bin(state).count("1") for state in range(2**n_cells)]
    energy = qutip.Qobj(qutip.qdiags(charged, 0).data, dims=hamiltonian.dims).to("dia")
    start = qutip.basis([2] * n_cells, [0] * n_cells)
    return lambda: np.array(qutip.sesolve(hamiltonian, start, times, e_ops=[energy]).expect[0])


def compare(n_cells: int, repeats: int) -> dict[str, Any]:
    times = np.linspace(0, 2, 50)
    protocol = windows(n_cells)
    simulate(protocol, times)
    seconds, curve = cpu_seconds(lambda: simulate(protocol, times), repeats)
    row = {"cells": n_cells, "times": 50, "method": curve.method, "seconds": seconds}
    if qutip is not None:
        theirs, work = cpu_seconds(qutip_curve(n_cells, times), repeats)
        row |= {
            "qutip_seconds": theirs,
            "ratio": theirs / seconds,
            "largest_difference": float(np.max(np.abs(work - curve.work))),
        }
        assert row["largest_difference"] < 1e-3 * n_cells, "the two curves disagree"
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="12,16", help="numbers of cells, e.g. 12,16,20")
    parser.add_argument("--repeats", type=int, default=3, help="calls whose median is taken")
    parser.add_argument("--json", type=Path, help="where to write the rows")
    options = parser.parse_args()
    if qutip is None:
        print("QuTiP is not installed: only our own times. Install it with: pip install qutip")
    rows = [compare(int(size), options.repeats) for size in options.sizes.split(",")]
    for row in rows:
        theirs = f"  QuTiP {row['qutip_seconds']:.4f} s  {row['ratio']:.1f}x" if qutip else ""
        print(f"N={row['cells']:3d}  {row['method']}  {row['seconds']:.4f} s{theirs}")
    if options.json:
        options.json.write_text(json.dumps({"model": "windows XXX + 0.5 Z", "rows": rows}))


if __name__ == "__main__":
    main()
