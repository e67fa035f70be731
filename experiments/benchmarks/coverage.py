"""Do the intervals hold what they promise? Many synthetic runs of curves that are known exactly.

Every replicate samples work histograms of a collective and of the parallel charger, estimates
T, P, Gamma and the ratio of first maxima from them, and compares with the truth. Gamma's truth is
the time to equal work; "0.999 full" shows what that means just below full charge, where few shots
cannot tell the two apart and the row compares first maxima instead.

    python experiments/benchmarks/coverage.py --replicates 1000 --json coverage.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from qbcircuit.battery import Battery
from qbcircuit.estimate import (
    Comparison,
    EnergyTrace,
    Estimate,
    compare_figures,
    trace_from_histograms,
)

Array = NDArray[np.float64]
Law = Callable[[Array], Array]
"""Times (M,) to the probabilities (M, N + 1) of the number of charged cells."""

N_TIMES = 41
REACH = 1.3
FIGURES = ("T", "P", "Gamma", "peaks")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A charging curve with its outcome statistics; work counts charged cells.

    Args:
        n_cells: N.
        law: what is measured.
        ideal: what it would be without noise, where that differs.
    """

    n_cells: int
    law: Law
    ideal: Law | None = None


def blocks(n_cells: int, order: int, height: float = 1.0) -> Law:
    """Disjoint k-blocks: each is empty or full, with probability height * sin^2 t.

    A field on transition blocks gives heights below 1.
    """
    sizes = [order] * (n_cells // order) + [n_cells % order] * (n_cells % order > 0)

    def law(times: Array) -> Array:
        rows = []
        for full in height * np.sin(times) ** 2:
            row = np.ones(1)
            for size in sizes:
                row = np.convolve(row, np.r_[1 - full, np.zeros(size - 1), full])
            rows.append(row)
        return np.array(rows)

    return law


def overlapping(n_cells: int, flips: Sequence[Sequence[int]], *, pairing: bool = False) -> Law:
    """Sum of X strings, or of pairings |11><00| + h.c., by diagonalisation, C0-normalised."""
    states = np.arange(2**n_cells)
    hamiltonian = np.zeros((2**n_cells, 2**n_cells))
    for sites in flips:
        mask = sum(1 << site for site in sites)
        alike = np.isin(states & mask, (0, mask)) if pairing else np.ones(len(states), dtype=bool)
        hamiltonian[states[alike] ^ mask, states[alike]] += 1.0
    energies, vectors = np.linalg.eigh(hamiltonian)
    energies *= 2 * n_cells / np.ptp(energies)
    charged = np.array([state.bit_count() for state in states.tolist()])

    def law(times: Array) -> Array:
        phases = np.exp(-1j * energies[:, None] * times)
        populations = np.abs(vectors @ (phases * vectors[0][:, None])) ** 2
        bins = np.arange(n_cells + 1)[:, None] == charged
        return np.asarray((bins @ populations).T)

    return law


def windows(n_cells: int, order: int) -> Law:
    """X...X on every k neighbours of an open chain."""
    return overlapping(n_cells, [range(i, i + order) for i in range(n_cells - order + 1)])


def double_excitation(n_cells: int) -> Law:
    """sigma+ sigma+ + h.c. on every bond of an open chain."""
    return overlapping(n_cells, [(i, i + 1) for i in range(n_cells - 1)], pairing=True)


def decaying(law: Law, rate: float) -> Law:
    """Depolarised towards half charge: all cells random with probability 1 - exp(-rate t)."""

    def decayed(times: Array) -> Array:
        rows = law(times)
        n_cells = rows.shape[1] - 1
        random = np.cumprod(np.r_[1.0, (n_cells - np.arange(n_cells)) / np.arange(1, n_cells + 1)])
        kept = np.exp(-rate * times)[:, None]
        return kept * rows + (1 - kept) * random / 2**n_cells

    return decayed


SHAPES: dict[str, Shape] = {
    **{f"blocks k={k}": Shape(n_cells=12, law=blocks(12, k)) for k in (1, 3, 6, 12)},
    **{f"windows k={k}": Shape(n_cells=8, law=windows(8, k)) for k in (2, 3)},
    **{f"pairs N={n}": Shape(n_cells=n, law=double_excitation(n)) for n in (4, 8)},
    "0.999 full": Shape(n_cells=12, law=blocks(12, 3, 0.999)),
    "0.6 full": Shape(n_cells=12, law=blocks(12, 3, 0.6)),
    "decay blocks": Shape(n_cells=12, law=decaying(blocks(12, 3), 0.15), ideal=blocks(12, 3)),
    "decay windows": Shape(n_cells=8, law=decaying(windows(8, 3), 0.2), ideal=windows(8, 3)),
}


def first_peak(law: Law) -> tuple[float, float]:
    """Time and work of the first maximum, from the law itself."""

    def work(time: float) -> float:
        row = law(np.array([time]))[0]
        return float(row @ np.arange(len(row)))

    times = np.linspace(0.0, 4.0, 801)
    rows = law(times)
    curve = rows @ np.arange(rows.shape[1])
    top = next(i for i in range(1, 800) if curve[i - 1] < curve[i] >= curve[i + 1])
    found = minimize_scalar(
        lambda time: -work(time),
        bounds=(times[top - 1], times[top + 1]),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(found.x), -float(found.fun)


def truth(law: Law, n_cells: int) -> dict[str, float]:
    """The figures of a law; parallel charging is N sin^2 t, without noise."""
    time, work = first_peak(law)
    return {
        "T": time,
        "P": work / time,
        "Gamma": float(np.arcsin(np.sqrt(min(work / n_cells, 1.0)))) / time,
        "peaks": np.pi / 2 / time,
    }


def sampled(
    times: Array, probabilities: Array, shots: int, rng: np.random.Generator
) -> EnergyTrace:
    """One synthetic run: a work histogram at every time."""
    n_cells = probabilities.shape[1] - 1
    counts = rng.multinomial(shots, probabilities)
    return trace_from_histograms(Battery.qubits(n_cells), times, np.arange(n_cells + 1), counts)


def replicates(shape: Shape, *, shots: int, number: int, seed: int = 0) -> Iterator[Comparison]:
    """Synthetic runs of a shape beside parallel charging, estimated."""
    runs = []
    for law in (shape.law, blocks(shape.n_cells, 1)):
        times = np.linspace(0.0, REACH * first_peak(law)[0], N_TIMES)
        table = np.clip(law(times), 0.0, None)
        runs.append((times, table / table.sum(axis=1, keepdims=True)))
    rng = np.random.default_rng([seed, shots])
    for index in range(number):
        collective, parallel = (sampled(*run, shots, rng) for run in runs)
        yield compare_figures(collective, parallel, seed=index)


def figures(comparison: Comparison) -> dict[str, Estimate | None]:
    """The estimates that are judged, by name."""
    return {
        "T": comparison.figures.charging_time,
        "P": comparison.figures.power,
        "Gamma": comparison.advantage,
        "peaks": comparison.peak_ratio,
    }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How the intervals of one figure did.

    Args:
        coverage: share of intervals that hold the truth.
        above: share of intervals that lie above it.
        pull_variance: variance of (value - truth)/sigma, sigma = width/3.92.
        bias: mean of the same.
        width: mean width over the truth.
        widest: largest width over the truth.
        noise_bias: (truth of the noisy curve - truth without noise)/truth without noise.
        withheld: share of replicates without a number.
    """

    coverage: float
    above: float
    pull_variance: float
    bias: float
    width: float
    widest: float
    noise_bias: float
    withheld: float


def study(shape: Shape, *, shots: int, number: int, seed: int = 0) -> dict[str, Verdict]:
    """Coverage, pull and width of every figure over many replicates."""
    true = truth(shape.law, shape.n_cells)
    ideal = truth(shape.ideal or shape.law, shape.n_cells)
    runs = [figures(one) for one in replicates(shape, shots=shots, number=number, seed=seed)]
    verdicts = {}
    for name in FIGURES:
        kept = [estimate for run in runs if (estimate := run[name]) is not None]
        value, low, high = np.array([(one.value, one.low, one.high) for one in kept]).T
        pull = (value - true[name]) / ((high - low) / 3.92)
        verdicts[name] = Verdict(
            coverage=float(np.mean((low <= true[name]) & (true[name] <= high))),
            above=float(np.mean(low > true[name])),
            pull_variance=float(np.var(pull)),
            bias=float(np.mean(pull)),
            width=float(np.mean(high - low)) / true[name],
            widest=float(np.max(high - low)) / true[name],
            noise_bias=true[name] / ideal[name] - 1,
            withheld=1 - len(kept) / number,
        )
    return verdicts


def main() -> None:
    """Print the table, one line per shape, number of shots and figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--shots", type=int, nargs="+", default=[1024, 4096, 16384])
    parser.add_argument(
        "--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), metavar="SHAPE"
    )
    parser.add_argument("--json", type=Path, help="also write every number here")
    options = parser.parse_args()
    print(
        f"{'shape':14s} {'shots':>6s} {'figure':7s} {'cover':>6s} {'above':>6s} {'pull var':>8s} "
        f"{'bias/σ':>7s} {'width':>7s} {'ratio':>6s} {'noise bias':>10s} {'withheld':>8s}"
    )
    document = []
    for name in options.shapes:
        before: dict[str, Verdict] = {}
        for shots in options.shots:
            verdicts = study(SHAPES[name], shots=shots, number=options.replicates)
            for figure, one in verdicts.items():
                ratio = f"{before[figure].width / one.width:6.2f}" if before else f"{'-':>6s}"
                print(
                    f"{name:14s} {shots:6d} {figure:7s} {one.coverage:6.1%} {one.above:6.1%} "
                    f"{one.pull_variance:8.2f} {one.bias:+7.2f} {one.width:7.2%} {ratio} "
                    f"{one.noise_bias:+10.2%} {one.withheld:8.1%}",
                    flush=True,
                )
                document.append({"shape": name, "shots": shots, "figure": figure, **asdict(one)})
            before = verdicts
    if options.json:
        options.json.write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
