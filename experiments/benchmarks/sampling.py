"""Sampling Conjecture 1: random k-local Hamiltonians a second, against a QuTiP script.

A sample is one draw of a Haar logarithm on every pair of 6 cells, built to a matrix, with its
norm min_c |H - c|, the bound's |[I, H]|, and W at 50 times under constraint C0. Ours is
``qbcircuit.protocols.sample_k_local``. The script is what a QuTiP user writes: ``rand_unitary``
and ``logm``, ``expand_operator`` for every pair, ``eigenenergies`` for the norm and for the
commutator, ``sesolve`` for the curve. It runs again on our draws, handed to it as 4 x 4 matrices,
and once more with the curve from ``eigenstates``: there norms and commutators must agree to 1e-9,
curves to 1e-5 of the capacity. CPU seconds of one process; ours always count the drawing.

    OMP_NUM_THREADS=1 python experiments/benchmarks/sampling.py --json sampling.json
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.protocols import KLocalSample, sample_k_local
from qbcircuit.protocols.random_k_local import drawn_blocks, groups_of

try:
    import qutip
except ImportError:
    qutip = None

N_TIMES = 50
LAST_TIME = 1.0
SEED = 7

Curve = Callable[[Any, Any, Any, np.ndarray], np.ndarray]


def by_sesolve(hamiltonian: Any, energy: Any, start: Any, times: np.ndarray) -> np.ndarray:
    return qutip.sesolve(hamiltonian, start, times, e_ops=[energy]).expect[0]


def by_eigenstates(hamiltonian: Any, energy: Any, start: Any, times: np.ndarray) -> np.ndarray:
    values, states = hamiltonian.eigenstates()
    vectors = np.column_stack([state.full()[:, 0] for state in states])
    amplitudes = vectors.conj().T @ start.full()[:, 0]
    evolved = vectors @ (np.exp(-1j * np.outer(values, times)) * amplitudes[:, None])
    return energy.diag().real @ np.abs(evolved) ** 2


def qutip_draw(n_groups: int, order: int) -> list[Any]:
    """A Haar logarithm for every group."""
    dims = [2] * order
    return [1j * qutip.rand_unitary(dims, distribution="haar").logm() for _ in range(n_groups)]


def qutip_sample(
    n_cells: int, order: int, blocks: Sequence[Any], times: np.ndarray, curve: Curve
) -> tuple[float, float, np.ndarray]:
    """Norm, commutator norm and W at times under C0; cell 0 is QuTiP's last factor."""
    dims = [2] * n_cells
    hamiltonian = 0
    for group, block in zip(groups_of(n_cells, order), blocks, strict=True):
        targets = [n_cells - 1 - cell for cell in reversed(group)]
        hamiltonian += qutip.expand_operator(block, dims=dims, targets=targets)
    excited = qutip.num(2)
    energy = sum(qutip.expand_operator(excited, dims=dims, targets=cell) for cell in range(n_cells))
    values = hamiltonian.eigenenergies()
    norm = (values[-1] - values[0]) / 2
    commutator = np.abs((1j * qutip.commutator(energy, hamiltonian)).eigenenergies()).max()
    start = qutip.tensor([qutip.basis(2, 0)] * n_cells)
    return norm, commutator, curve(hamiltonian * (n_cells / norm), energy, start, times)


def cpu_seconds(work: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def whole_script(n_cells: int, order: int, count: int, times: np.ndarray) -> dict[str, Any]:
    """CPU seconds a sample of the script that draws for itself."""
    n_groups = len(groups_of(n_cells, order))
    _, spent = cpu_seconds(
        lambda: [
            qutip_sample(n_cells, order, qutip_draw(n_groups, order), times, by_sesolve)
            for _ in range(count)
        ]
    )
    return {"script": "QuTiP script", "cpu_seconds_a_sample": spent / count}


def on_our_draws(name: str, curve: Curve, ours: KLocalSample, count: int) -> dict[str, Any]:
    """CPU seconds a sample of the script that is handed our draws, and its distance from ours."""
    n, k = ours.n_cells, ours.order
    drawn = drawn_blocks("haar", len(groups_of(n, k)), k, seed=SEED, draws=range(count))
    handed = [[qutip.Qobj(block, dims=[[2] * k] * 2) for block in blocks] for blocks in drawn]
    found, spent = cpu_seconds(
        lambda: [qutip_sample(n, k, blocks, ours.times, curve) for blocks in handed]
    )
    norms, commutators, curves = (np.array(column) for column in zip(*found, strict=True))
    return {
        "script": name,
        "cpu_seconds_a_sample": spent / count,
        "norm_difference": float(np.abs(norms - ours.norms[:count]).max()),
        "commutator_difference": float(np.abs(commutators - ours.commutators[:count]).max()),
        "curve_difference": float(np.abs(curves - ours.work[:count]).max() / n),
    }


def measured(n_cells: int, order: int, count: int, qutip_count: int) -> dict[str, Any]:
    """All of them, in this run."""
    battery, times = Battery.qubits(n_cells), np.linspace(0, LAST_TIME, N_TIMES)
    sample_k_local(battery, order=order, count=2, times=times, seed=SEED)
    ours, spent = cpu_seconds(
        lambda: sample_k_local(battery, order=order, count=count, times=times, seed=SEED)
    )
    rows = []
    if qutip is not None:
        rows = [
            whole_script(n_cells, order, qutip_count, times),
            on_our_draws("QuTiP script, our draws", by_sesolve, ours, qutip_count),
            on_our_draws("the same, eigenstates", by_eigenstates, ours, qutip_count),
        ]
    return {
        "cells": n_cells,
        "order": order,
        "times": N_TIMES,
        "samples": count,
        "our_cpu_seconds_a_sample": spent / count,
        "largest_bound_ratio": float(ours.bound_ratios.max()),
        "rows": [
            row | {"samples": qutip_count, "ratio": row["cpu_seconds_a_sample"] * count / spent}
            for row in rows
        ],
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("-N", "--cells", type=int, default=6)
    parser.add_argument("-k", "--order", type=int, default=2)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--qutip-samples", type=int, default=50)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    result = measured(
        options.cells, options.order, options.samples, min(options.qutip_samples, options.samples)
    )
    print(
        f"N={result['cells']}, k={result['order']}, {N_TIMES} times, {result['samples']} draws: "
        f"{1e3 * result['our_cpu_seconds_a_sample']:.2f} ms a sample; largest "
        f"|[I, H]|/(k Delta |H|) = {result['largest_bound_ratio']:.4f} (at most 1)"
    )
    for row in result["rows"]:
        differ = row.get("curve_difference")
        apart = "" if differ is None else f"; curves differ by {differ:.1e}"
        print(
            f"  {row['script']}: {1e3 * row['cpu_seconds_a_sample']:.2f} ms a sample, "
            f"{row['ratio']:.1f}x ours{apart}"
        )
    if qutip is None:
        print("  QuTiP is not installed (extra qutip): nothing to compare with.")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
