"""Guaranteed errors of product formulas, from nested commutators of the layers."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence

from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import Layer, strings_of
from qbcircuit.compile.formula.norms import norm_bound
from qbcircuit.compile.formula.paulis import PauliSum

_MOST_PAIRS = 1 << 24
"""Pairs of strings that share sites beyond which a commutator is bounded by norms alone."""

_MOST_WORDS = 3**5
"""Nested commutators beyond which order 4 is not judged."""

Stages = Sequence[tuple[int, float]]
Word = tuple[int, ...]


@functools.lru_cache(maxsize=256)
def error_constant(layers: tuple[Layer, ...], n_sites: int, formula: int) -> float:
    """C such that r steps over a time t err by at most C t^(p+1) / r^p in operator norm.

    Order 1: C = 1/2 sum_i ||[sum_{j>i} H_j, H_i]||. Order 2: C = 1/12 sum_i ||[sum_{k>i} H_k,
    [sum_{j>i} H_j, H_i]]|| + 1/24 sum_i ||[H_i, [H_i, sum_{j>i} H_j]]||. Order 4: Taylor's
    remainder of the formula's logarithmic derivative, one nested commutator per word of layers;
    infinite where there are too many.

    Args:
        layers: H_0, H_1, ... in the order of the formula.
        n_sites: number of sites.
        formula: p = 1, 2 or 4.

    Reference: Childs et al., PRX 11, 011020 (2021), arXiv:1912.08854, Props. 9 and 10 and the
    proof of Theorem 11.
    """
    parts = [strings_of(layer, n_sites) for layer in layers]
    if formula == 1:
        return _first(parts)
    if formula == 2:
        return _second(parts)
    return _fourth(parts) if len(parts) ** 5 <= _MOST_WORDS else math.inf


def _first(parts: Sequence[PauliSum]) -> float:
    return math.fsum(_norm(_inside(_rest(parts, i), part)) for i, part in _but_last(parts)) / 2


def _second(parts: Sequence[PauliSum]) -> float:
    total = 0.0
    for i, part in _but_last(parts):
        rest = _rest(parts, i)
        inner = _inside(rest, part)
        total += _norm(_inside(rest, inner)) / 12 + _norm(_inside(part, inner)) / 24
    return total


def _but_last(parts: Sequence[PauliSum]) -> Iterable[tuple[int, PauliSum]]:
    return enumerate(parts[:-1])


def _rest(parts: Sequence[PauliSum], i: int) -> PauliSum:
    return functools.reduce(PauliSum.plus, parts[i + 1 :])


def _inside(outer: PauliSum, inner: PauliSum | float) -> PauliSum | float:
    """[outer, inner], or a bound on its norm where it is too long to write down."""
    if isinstance(inner, PauliSum) and outer.meet_at_most(inner, _MOST_PAIRS):
        return outer.commutator(inner)
    return 2 * norm_bound(outer) * _norm(inner)


def _norm(operator: PauliSum | float) -> float:
    return norm_bound(operator) if isinstance(operator, PauliSum) else operator


def _fourth(parts: Sequence[PauliSum]) -> float:
    """1/5! sum over words abcde of (4! coefficient) ||[H_a, [H_b, [H_c, [H_d, H_e]]]]||.

    Cut in the middle, S = P Q, the derivative is S' + iHS = -i P (A + B - P^dag H P) Q: A and B
    collect the stages of P and Q conjugated towards the cut, and only fourth derivatives of all
    three are left. Each is at most its Taylor coefficient without signs (Childs, Theorem 5).
    """
    stages = list(schedule.stages(4, len(parts), [1.0]))
    early, late = _cut(stages)
    whole = [(layer, 1.0) for layer in range(len(parts))]
    weights: dict[Word, float] = {}
    for collected in (_words(early), _words(late[::-1]), _words(late[::-1], whole)):
        for word, weight in collected.items():
            weights[word] = weights.get(word, 0.0) + weight
    nested: dict[Word, PauliSum | float] = {(e,): part for e, part in enumerate(parts)}
    for _ in range(4):
        nested = {
            (layer, *word): _inside(part, inner)
            for word, inner in nested.items()
            for layer, part in enumerate(parts)
            if not isinstance(inner, PauliSum) or len(inner)
        }
    return math.fsum(weights.get(word, 0.0) * _norm(one) for word, one in nested.items()) / 120


def _cut(stages: list[tuple[int, float]]) -> tuple[Stages, Stages]:
    """The two halves, the middle stage shared out."""
    middle = len(stages) // 2
    layer, weight = stages[middle]
    half = (layer, weight / 2)
    return [*stages[:middle], half], [half, *stages[middle + 1 :]]


def _words(stages: Stages, given: Stages | None = None) -> dict[Word, float]:
    """Coefficients (times 4!) of words of length 5 in what is collected towards the cut.

    Stage by stage, e^{|c| ad} on all that was collected; then c H itself is added, unless what
    is carried is ``given``.
    """
    words: dict[Word, float] = {(layer,): weight for layer, weight in given or ()}
    for layer, weight in stages:
        grown: dict[Word, float] = {}
        for word, value in words.items():
            for times in range(6 - len(word)):
                longer = (layer,) * times + word
                more = value * abs(weight) ** times / math.factorial(times)
                grown[longer] = grown.get(longer, 0.0) + more
        if given is None:
            grown[(layer,)] = grown.get((layer,), 0.0) + abs(weight)
        words = grown
    return {word: 24 * value for word, value in words.items() if len(word) == 5}
