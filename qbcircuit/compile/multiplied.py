"""A product formula as one matrix, from what every layer does."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg

from qbcircuit.compile.evolution import Evolution
from qbcircuit.compile.formula import schedule

Matrix = npt.NDArray[Any]


def product(asked: Evolution, elapsed: float, layer: Callable[[int, float], Matrix]) -> Matrix:
    """All stages of a formula, later ones on the left.

    Args:
        asked: which formula, of two layers or more.
        elapsed: time.
        layer: unitary or real rotation, of a layer's number and duration; shape (n, n).

    Returns:
        Shape (n, n), without what rounding adds up to in thousands of steps.
    """
    stages = schedule.shares(asked.formula, len(asked.layers))
    sweeps, end, _ = asked.sweeps(elapsed)

    def together(parts: Iterable[tuple[int, float]]) -> Matrix:
        return functools.reduce(np.matmul, reversed([layer(*one) for one in parts]))

    whole, size = layer(0, 0.0), schedule.SWEEPS[asked.formula]
    steps = [sweeps[i : i + size] for i in range(0, len(sweeps), size)]
    for step, equal in itertools.groupby(steps):
        once = together((one.layer, one.duration(sweep)) for sweep in step for one in stages)
        whole = np.linalg.matrix_power(once, len(list(equal))) @ whole
    if end:
        whole = layer(0, end) @ whole
    nearest: Matrix = scipy.linalg.polar(whole)[0]
    return nearest
