"""From a random pulse to a cheap one that ends in the target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import minimize

from qbcircuit.optimise.evolution import Array, Reals
from qbcircuit.optimise.objective import Objective

WIDTHS = (0.05, 0.02, 0.01, 0.003, 0.001)
"""To which the cost of a slice is smoothed, over its expected cost. A wider first one would
find steep valleys only: pulses of equal slices, such as blocks."""

_STIFFNESS = 30.0
"""Of the penalty, over the expected cost."""

_ROUNDS = 3
_EVALUATIONS = 300
_MEMORY = 30
_ARRIVED = 1e-6
"""Distance from the target at which a width has been dealt with."""

_EXACT = 1e-12
"""Distance from the target that Newton's method stops at."""

_NEWTON_STEPS = 12


def descend(objective: Objective, pulse: Reals, expected: float) -> Iterator[Reals]:
    """Pulses on the way to the target at a falling cost, the last one the best.

    An augmented Lagrangian: while the smoothing narrows, L-BFGS minimises
    cost + Re <multipliers|miss> + stiffness |miss|^2 / 2, and the multipliers take over from
    the penalty, so that no stiffness has to grow without bound.

    Args:
        objective: what is minimised.
        pulse: strengths (L, P) to begin with.
        expected: about what the cost will be.
    """
    multipliers = np.zeros(objective.controls.dimension, dtype=complex)
    stiffness = _STIFFNESS * expected
    for share in WIDTHS:
        width = share * expected / len(pulse)
        for _ in range(_ROUNDS):
            pulse = _minimised(objective, pulse, multipliers, stiffness, width)
            miss = objective.miss(pulse)
            multipliers = multipliers + stiffness * miss
            yield pulse
            if np.linalg.norm(miss) < _ARRIVED:
                break


def _minimised(
    objective: Objective, pulse: Reals, multipliers: Array, stiffness: float, width: float
) -> Reals:
    def value(flat: Reals) -> tuple[float, Reals]:
        found, slopes = objective.lagrangian(
            flat.reshape(pulse.shape), multipliers, stiffness, width
        )
        return found, slopes.reshape(-1)

    options = {"maxiter": _EVALUATIONS, "maxfun": 2 * _EVALUATIONS, "maxcor": _MEMORY}
    best = minimize(value, pulse.reshape(-1), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(best.x, dtype=float).reshape(pulse.shape)


def onto_target(objective: Objective, pulse: Reals) -> Reals:
    """The pulse moved as little as it takes to end in the target, by Newton's method.

    Args:
        objective: whose miss is brought to 0.
        pulse: strengths (L, P), near the target already.
    """
    best, least = pulse, np.inf
    for _ in range(_NEWTON_STEPS):
        miss = objective.miss(pulse)
        distance = float(np.linalg.norm(miss))
        if distance >= least:
            break
        best, least = pulse, distance
        if distance < _EXACT:
            break
        wanted = -np.concatenate([miss.real, miss.imag])
        step = np.linalg.lstsq(objective.miss_slopes(pulse), wanted, rcond=1e-9)[0]
        pulse = pulse + step.reshape(pulse.shape)
    return best
