"""Extrapolation to no gate errors: exact on a straight line, its error that of the sum."""

import numpy as np
import pytest

from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import EnergyTrace, extrapolated

TIMES = np.linspace(0, 1.5, 7)
IDEAL = 4 * np.sin(TIMES) ** 2
DAMAGE = 0.2 * TIMES


def trace(factor, rng=None, sigma=0.05, common=None):
    noise = np.zeros(7) if rng is None else rng.normal(0, sigma, 7)
    square = 0 if common is None else common.T @ common
    return EnergyTrace(
        times=TIMES,
        work=IDEAL - factor * DAMAGE + noise,
        covariance=np.eye(7) * sigma**2 + square,
        capacity=4.0,
        shots=100,
        n_cells=4,
        noise_work=0.01 * factor * TIMES,
        noise_stderr=np.full(7, 0.02),
        common=common,
    )


@pytest.mark.parametrize("factors", [(1, 3), (1, 3, 5), (1, 5, 9)])
def test_errors_in_proportion_to_the_gates_are_removed(factors):
    found = extrapolated({factor: trace(factor) for factor in factors})
    assert found.work == pytest.approx(IDEAL, abs=1e-12)
    assert found.noise_work == pytest.approx(np.zeros(7), abs=1e-12)


@pytest.mark.parametrize("factors", [(1, 3), (1, 3, 5)])
def test_the_error_is_the_spread_of_replicates(factors):
    rng = np.random.default_rng(4)
    made = [extrapolated({f: trace(f, rng) for f in factors}) for _ in range(2000)]
    spread = np.std([one.work for one in made], axis=0)
    assert made[0].stderr == pytest.approx(spread, rel=0.08)
    assert made[0].stderr[0] > 0.05


def test_what_all_factors_share_is_not_averaged_away():
    """Weights sum to 1, so a calibration that shifts every work shifts the extrapolation."""
    common = np.full((1, 7), 0.03)
    found = extrapolated({f: trace(f, common=common) for f in (1, 3)})
    assert found.common == pytest.approx(common)
    assert found.covariance[0, 6] == pytest.approx(0.03**2)


def test_one_factor_or_other_times_are_refused():
    with pytest.raises(InvalidRequest, match="two stretch factors or more, got 1"):
        extrapolated({1: trace(1)})
    short = EnergyTrace(
        times=TIMES[:3], work=IDEAL[:3], covariance=np.eye(3), capacity=4.0, shots=9, n_cells=4
    )
    with pytest.raises(InvalidRequest, match="times differ"):
        extrapolated({1: trace(1), 3: short})
