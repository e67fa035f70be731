"""Product formulas as sweeps over layers: one generator for simulation and synthesis.

A sweep is what a circuit template holds; its two durations are bound later. Order 2 sweeps
share the first layer's half steps with their neighbours, so that a step closes with one
half step of layer 0 (the *end*), and order 4 is five order 2 sweeps a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FORMULAS = (1, 2, 4)
"""Orders of the product formulas on offer."""

SWEEPS = {1: 1, 2: 1, 4: 5}
"""Sweeps of a step, by the formula."""

SUZUKI = 1 / (4 - 4 ** (1 / 3))
"""p of Suzuki's fourth order: S4(t) = S2(pt)^2 S2((1-4p)t) S2(pt)^2.

Reference: Suzuki, J. Math. Phys. 32, 400 (1991).
"""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One pass over the layers: layer 0 for ``lead``, the others for ``tau`` in all."""

    lead: float
    tau: float


@dataclass(frozen=True, slots=True)
class Share:
    """One layer inside a sweep: it lasts ``of_lead * lead + of_tau * tau``."""

    layer: int
    of_lead: float
    of_tau: float

    def duration(self, sweep: Sweep) -> float:
        """How long the layer lasts in one sweep."""
        return self.of_lead * sweep.lead + self.of_tau * sweep.tau


def shares(formula: int, n_layers: int) -> tuple[Share, ...]:
    """The layers of one sweep in time order (two layers or more).

    Args:
        formula: 1, 2 or 4.
        n_layers: L; order 1 runs 0..L-1, orders 2 and 4 run 0, 1..L-2, L-1, L-2..1.
    """
    inner = range(1, n_layers - 1)
    if formula == 1:
        return (Share(0, 1.0, 0.0), *(Share(layer, 0.0, 1.0) for layer in range(1, n_layers)))
    return (
        Share(0, 1.0, 0.0),
        *(Share(layer, 0.0, 0.5) for layer in inner),
        Share(n_layers - 1, 0.0, 1.0),
        *(Share(layer, 0.0, 0.5) for layer in reversed(inner)),
    )


def sweeps(formula: int, steps: Iterable[float]) -> tuple[tuple[Sweep, ...], float]:
    """The sweeps of successive steps, and the duration of the end on layer 0.

    Args:
        formula: 1, 2 or 4.
        steps: duration of every step.

    Returns:
        The sweeps, and the end: 0 for order 1, half the last stage otherwise.
    """
    if formula == 1:
        return tuple(Sweep(step, step) for step in steps), 0.0
    weights = (1.0,) if formula == 2 else (SUZUKI, SUZUKI, 1 - 4 * SUZUKI, SUZUKI, SUZUKI)
    passes = []
    before = 0.0
    for step in steps:
        for weight in weights:
            tau = weight * step
            passes.append(Sweep((before + tau) / 2, tau))
            before = tau
    return tuple(passes), before / 2


def stages(formula: int, n_layers: int, steps: Iterable[float]) -> Iterator[tuple[int, float]]:
    """(layer, duration) in time order: the product formula spelled out."""
    passes, end = sweeps(formula, steps)
    for one in passes:
        for share in shares(formula, n_layers):
            yield share.layer, share.duration(one)
    if formula != 1 and passes:
        yield 0, end
