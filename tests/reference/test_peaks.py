"""Exact charging times, crossings and best powers, and what is said where they mean little."""

from __future__ import annotations

import math

import pytest

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import best_average_power, first_crossing, first_maximum
from qbcircuit.terms import Term

# Best average power of sin^2: tan x = 2 x.
BEST_TIME, BEST_POWER = 1.165561185207, 0.724611353776


def charging(n_cells, terms, start="ground", **kwargs):
    return ChargingProtocol.constant(Battery.qubits(n_cells, start=start), terms, **kwargs)


def parallel(n_cells, strength=1.0, **kwargs):
    return charging(n_cells, [Term("X", (j,), strength) for j in range(n_cells)], **kwargs)


def moelmer_soerensen(n_cells):
    """J_x^2 up to its identity shift."""
    return charging(n_cells, [Term("XX", (a, b), 0.5) for a in range(n_cells) for b in range(a)])


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
