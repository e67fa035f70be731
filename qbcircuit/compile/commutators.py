"""Guaranteed errors of product formulas, from nested commutators of the layers."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence

from qbcircuit.compile import schedule
from qbcircuit.compile.layers import Layer
from qbcircuit.compile.norms import norm_bound
from qbcircuit.compile.paulis import PauliSum


def error_constant(layers: Sequence[Layer], n_sites: int, formula: int) -> float:
    """C such that r steps over a time t err by at most C t^(p+1) / r^p in operator norm.

    Order 1: C = 1/2 sum_i ||[sum_{j>i} H_j, H_i]||. Order 2: C = 1/12 sum_i ||[sum_{k>i} H_k,
    [sum_{j>i} H_j, H_i]]|| + 1/24 sum_i ||[H_i, [H_i, sum_{j>i} H_j]]||. Order 4: Taylor's
    remainder of the formula's logarithmic derivative, one nested commutator per word of layers.

    Args:
        layers: H_0, H_1, ... in the order of the formula.
        n_sites: number of sites.
        formula: p = 1, 2 or 4.

    Reference: Childs et al., PRX 11, 011020 (2021), arXiv:1912.08854, Props. 9 and 10 and the
    proof of Theorem 11.
    """
    parts = [
        PauliSum.of([term for one in layer for term in one.terms], n_sites) for layer in layers
    ]
    if formula == 1:
        return 0.5 * _outer(parts)
    if formula == 2:
        return _second(parts)
    return _fourth(parts)


def _rest(parts: Sequence[PauliSum], first: int) -> PauliSum:
    return functools.reduce(PauliSum.plus, parts[first:])


def _outer(parts: Sequence[PauliSum]) -> float:
    return math.fsum(
        norm_bound(_rest(parts, i + 1).commutator(part)) for i, part in enumerate(parts[:-1])
    )


def _second(parts: Sequence[PauliSum]) -> float:
    total = 0.0
    for i, part in enumerate(parts[:-1]):
        rest = _rest(parts, i + 1)
        inner = rest.commutator(part)
        total += norm_bound(rest.commutator(inner)) / 12 + norm_bound(part.commutator(inner)) / 24
    return total


def _fourth(parts: Sequence[PauliSum]) -> float:
    """1/5! sum over words of (coefficient) ||ad_a ad_b ad_c ad_d H_e||.

    From S' = -i S F with F = sum_j prod_{i<j} e^{i c_i t ad} c_j H_j and F - H = O(t^4).
    """
    stages = list(schedule.stages(4, len(parts), [1.0]))
    found: dict[tuple[int, ...], PauliSum] = {(e,): part for e, part in enumerate(parts)}
    total = 0.0
    weights = _word_weights(stages, len(parts), 4)
    for length in range(1, 5):
        longer = {}
        for word, inner in found.items():
            for layer, part in enumerate(parts):
                new = part.commutator(inner) if len(inner) else inner
                if len(new):
                    longer[layer, *word] = new
        found = longer
        del length
    for word, nested in found.items():
        total += weights[word] * norm_bound(nested)
    return total / math.factorial(5)


def _word_weights(
    stages: Sequence[tuple[int, float]], n_layers: int, depth: int
) -> dict[tuple[int, ...], float]:
    """depth! times the coefficient of every word in sum_j prod_{i<j} e^{|c_i| ad_i} |c_j| H_j."""
    words = {
        word: 0.0
        for length in range(1, depth + 2)
        for word in itertools.product(range(n_layers), repeat=length)
    }
    for layer, weight in reversed(stages):
        grown = dict(words)
        for word, value in words.items():
            if value:
                for times in range(1, depth + 2 - len(word)):
                    grown[(layer,) * times + word] += (
                        value * abs(weight) ** times / math.factorial(times)
                    )
        grown[layer,] += abs(weight)
        words = grown
    return {word: value * math.factorial(depth) for word, value in words.items()}
