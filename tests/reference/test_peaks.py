"""Exact charging times, crossings and best powers, and what is said where they mean little."""

from __future__ import annotations

import math

import pytest

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.merit import PARALLEL_POWER
from qbcircuit.reference import (
    best_average_power,
    extreme_energies,
    first_crossing,
    first_maximum,
    simulate,
)
from qbcircuit.terms import Term

# Best average power of sin^2: tan x = 2 x.
BEST_TIME, BEST_POWER = 1.165561185207, 0.724611353776


def charging(n_cells, terms, start="ground", **kwargs):
    return ChargingProtocol.constant(Battery.qubits(n_cells, start=start), terms, **kwargs)


def parallel(n_cells, strength=1.0, **kwargs):
    return charging(n_cells, [Term("X", (j,), strength) for j in range(n_cells)], **kwargs)


def pairing_chain(n_cells):
    return charging(n_cells, [Term("++", (j, j + 1)) for j in range(n_cells - 1)])


def moelmer_soerensen(n_cells):
    """J_x^2 up to its identity shift."""
    return charging(n_cells, [Term("XX", (a, b), 0.5) for a in range(n_cells) for b in range(a)])


# Model of Hu et al., arXiv:2602.08610: norm/g, g t and energy per cell of the first maximum,
# g t and power of the best average power.
PAIRING_CHAIN = {
    2: (1.0, 1.570796, 1.0, 1.165561, 1.449223),
    3: (1.414214, 1.110721, 0.666667, 0.824176, 2.04951),
    4: (2.236068, 1.088701, 0.676227, 0.781376, 2.8785),
    6: (3.493959, 1.037182, 0.679015, 0.743041, 4.553994),
    8: (4.75877, 1.014756, 0.682843, 0.727209, 6.239953),
    10: (6.026674, 1.002148, 0.685757, 0.718592, 7.929253),
    12: (7.29623, 0.994097, 0.687938, 0.71318, 9.62004),
    20: (12.38149, 0.978829, 0.692832, 0.703086, 16.388568),
    200: (126.961877, 0.959913, 0.700465, 0.690838, 168.780944),
}
POWER_RATIO_C0 = {2: 2.0, 4: 1.776544, 6: 1.798745, 12: 1.819589, 200: 1.834615}


@pytest.mark.parametrize("n_cells", PAIRING_CHAIN)
def test_the_pairing_chain(n_cells):
    norm, peak_time, energy, best_time, power = PAIRING_CHAIN[n_cells]
    protocol = pairing_chain(n_cells)
    low, high, kind = extreme_energies(protocol.evolutions[0].terms, n_cells)
    peak = first_maximum(protocol)
    best = best_average_power(protocol)
    assert kind == "exact"
    assert (high - low) / 2 == pytest.approx(norm, abs=1e-6)
    assert (peak.time, peak.work / n_cells) == pytest.approx((peak_time, energy), abs=1e-6)
    assert best == pytest.approx((best_time, power), abs=1e-6)
    assert peak.ill_posed is None
    if n_cells in POWER_RATIO_C0:
        ratio = best[1] / norm / BEST_POWER
        assert ratio == pytest.approx(POWER_RATIO_C0[n_cells], abs=2e-6)


def test_the_power_of_the_pairing_chain_grows_by_an_edge_effect():
    """Log-log slope of P(N) for N = 2..12 (model of arXiv:2602.08610)."""
    x = [math.log(n) for n in range(2, 13)]
    y = [math.log(best_average_power(pairing_chain(n))[1]) for n in range(2, 13)]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    assert slope / sum((a - mean_x) ** 2 for a in x) == pytest.approx(1.0813, abs=1e-3)


@pytest.mark.parametrize("strength", [1e-3, 1.0, 2.5e4])
def test_sine_squared_is_read_to_ten_digits(strength):
    protocol = parallel(3, strength)
    peak = first_maximum(protocol)
    assert peak.time * strength == pytest.approx(math.pi / 2, abs=1e-10)
    assert peak.work == pytest.approx(3, abs=1e-10)
    crossing = first_crossing(protocol, 0.75)
    assert crossing * strength == pytest.approx(math.asin(0.5), abs=1e-10)
    time, power = best_average_power(protocol)
    assert time * strength == pytest.approx(BEST_TIME, abs=1e-10)
    assert power / strength == pytest.approx(3 * BEST_POWER, abs=1e-10)


@pytest.mark.parametrize("n_cells", [2, 4, 6, 10, 64])
def test_an_even_moelmer_soerensen_gate_passes_its_plateau(n_cells):
    """W stands still at N/2 to order N - 1, then fills the battery at chi t = pi."""
    peak = first_maximum(moelmer_soerensen(n_cells))
    assert (peak.time, peak.work) == pytest.approx((math.pi, n_cells), rel=1e-9)
    assert peak.ill_posed is None


@pytest.mark.parametrize("n_cells", [7, 11])
def test_an_odd_moelmer_soerensen_gate_has_a_flat_peak(n_cells):
    peak = first_maximum(moelmer_soerensen(n_cells))
    assert peak.work == pytest.approx(n_cells / 2, abs=1e-9)
    assert "The peak is flat: W is within 0.1 %" in peak.ill_posed


def test_near_degenerate_peaks_say_so():
    """A fast small cell beside a slow large one: ripples on a slope."""
    battery = Battery.qubits(2)
    terms = [Term("X", (0,)), Term("X", (1,), 2.1), Term("Z", (1,), 5.0)]
    peak = first_maximum(ChargingProtocol.constant(battery, terms))
    assert peak.time < 1.5
    assert "near-degenerate" in peak.ill_posed
    assert "Use a crossing" in peak.ill_posed


def test_nothing_to_find_is_said_and_never_a_nan():
    idle = first_maximum(charging(2, [Term("Z", (0,))]))
    assert idle[:2] == (0.0, 0.0)
    assert "never rises above 0" in idle.ill_posed
    discharged = first_maximum(charging(1, [Term("X", (0,))], "1"))
    assert "never rises above 0" in discharged.ill_posed
    early = first_maximum(parallel(2, duration=1.0))
    assert (early.time, early.work) == pytest.approx((1.0, 2 * math.sin(1) ** 2))
    assert "still rises" in early.ill_posed


def test_a_peak_where_the_hamiltonian_changes():
    """Charging, then the same backwards: W turns at the change."""
    schedule = (
        Evolve(terms=(Term("X", (0,)),), duration=1.2),
        Evolve(terms=(Term("X", (0,), -1.0),), duration=1.0),
    )
    protocol = ChargingProtocol(battery=Battery.qubits(1), schedule=schedule)
    peak = first_maximum(protocol)
    assert (peak.time, peak.work) == pytest.approx((1.2, math.sin(1.2) ** 2), abs=1e-10)


def test_bad_requests_are_sentences():
    with pytest.raises(InvalidRequest, match=r"W reaches 2 at most before .*, never 3"):
        first_crossing(parallel(2), 3.0)
    with pytest.raises(InvalidRequest, match=r"a work above 0, got 0\.0"):
        first_crossing(parallel(2), 0.0)
    with pytest.raises(InvalidRequest, match="horizon must be positive and finite, got nan"):
        first_maximum(parallel(2), horizon=math.nan)
    with pytest.raises(InvalidRequest, match="W never rises above 0 before"):
        best_average_power(charging(2, [Term("Z", (0,))]))


def test_the_infinite_pairing_chain_peaks_where_its_bessel_curve_does():
    """Bulk W/N = [1 - J_0(4 g t)]/2: 0.701380 at gt = 0.957926; best power 0.846656 at 0.689565.

    Model of arXiv:2602.08610. The norm per cell is 2/pi, so the power ratio under C0 is
    0.846656 / 0.724611 * pi / 2 = 1.835363.
    """
    shorter, longer = pairing_chain(300), pairing_chain(301)
    times = [0.689565, 0.957926]
    power, peak = simulate(longer, times).work - simulate(shorter, times).work
    assert peak == pytest.approx(0.701380, abs=1e-6)
    assert power / times[0] == pytest.approx(0.846656, abs=1e-6)
    norm_of_two = (
        extreme_energies(pairing_chain(302).evolutions[0].terms, 302).high
        - extreme_energies(shorter.evolutions[0].terms, 300).high
    ) / 2
    best = 0.846656 / norm_of_two / PARALLEL_POWER
    assert best == pytest.approx(1.835363, abs=1e-4)
