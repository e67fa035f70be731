"""Spectra, rates and two-point works of exact states against dense matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import (
    StateHistory,
    energy_rates,
    fisher_informations,
    level_evolution,
    reduced_states,
    simulate,
    start_angles,
    step_spreads,
    two_point,
    two_point_works,
)
from qbcircuit.starts import BasisStart, PureStart, ThermalStart
from qbcircuit.terms import Term
from tests.reference.test_levels import random_levels_protocol

KINDS = ("basis", "mixed", "thermal", "product", "pure", "ground")
TIMES = np.array([0.0, 0.4, 1.3, 2.1])


def drawn(seed, kind, *, resets=False):
    """A random protocol of that start whose energy interacts where it may."""
    rng = np.random.default_rng(seed)
    interacting = kind != "thermal" and bool(rng.integers(0, 2))
    return random_levels_protocol(rng, kind, resets=resets, interacting=interacting)


@pytest.fixture(params=["diagonalised", "expanded"])
def road(request, monkeypatch):
    """Both ways to evolve pure states: as matrices and as vectors."""
    if request.param == "expanded":
        monkeypatch.setattr(level_evolution, "_DIAGONALISED", 0)
        monkeypatch.setattr(two_point, "_DIAGONALISED", 0)
    return request.param


same_road = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def generator_at(protocol, time):
    """H at a time between two boundaries."""
    left = time
    for step in protocol.evolutions:
        terms, shift = protocol.generator(step)
        if left < step.duration:
            size = math.prod(protocol.battery.dimensions)
            return testing.dense_hamiltonian(terms, protocol.battery.dimensions) + shift * np.eye(
                size
            )
        left -= step.duration
    raise AssertionError("beyond the protocol")


@same_road
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(KINDS), resets=st.booleans())
def test_spectra_and_populations_are_those_of_the_reduced_state(road, seed, kind, resets):
    protocol = drawn(seed, kind, resets=resets)
    rng = np.random.default_rng(seed)
    n = protocol.battery.n_sites
    kept = [int(site) for site in rng.permutation(n)[: rng.integers(1, n + 1)]]
    history = StateHistory(protocol, TIMES)
    for state, spectrum, populations in zip(
        reduced_states(protocol, TIMES, kept),
        history.spectra(kept),
        history.populations(kept),
        strict=True,
    ):
        np.testing.assert_allclose(populations, np.diag(state).real, atol=1e-9)
        padded = np.zeros(len(state))
        assert np.all(np.diff(spectrum) <= 0)
        padded[: len(spectrum)] = spectrum
        np.testing.assert_allclose(padded, np.linalg.eigvalsh(state)[::-1], atol=1e-9)


@same_road
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(KINDS), resets=st.booleans())
def test_power_and_variances_are_those_of_dense_matrices(road, seed, kind, resets):
    protocol = drawn(seed, kind, resets=resets)
    energy = testing.energy_matrix(protocol.battery)
    found = energy_rates(StateHistory(protocol, TIMES))
    for i, time in enumerate(TIMES):
        rho, drive = testing.density_at(protocol, time), generator_at(protocol, time)
        for matrix, mean, variance in (
            (energy, found.energy[i], found.energy_variance[i]),
            (drive, found.generator[i], found.generator_variance[i]),
        ):
            expected = np.trace(matrix @ rho).real
            assert mean == pytest.approx(expected, abs=1e-9)
            second = np.trace(matrix @ matrix @ rho).real
            assert variance == pytest.approx(second - expected**2, abs=1e-8)
        commutator = 1j * (drive @ energy - energy @ drive)
        assert found.power[i] == pytest.approx(np.trace(commutator @ rho).real, abs=1e-9)


def test_energy_that_leads_further_than_the_charger_is_counted_whole():
    battery = Battery(
        sites=(Site(), Site()),
        start=BasisStart(levels=(0, 0)),
        interactions=(Term("XX", (0, 1), 0.7), Term("X", (1,), 0.4)),
    )
    protocol = ChargingProtocol.constant(battery, [Term("Y", (0,))])
    history = StateHistory(protocol, [0.0, 0.3])
    energy = testing.energy_matrix(battery)
    for time, variance in zip((0.0, 0.3), energy_rates(history).energy_variance, strict=True):
        rho = testing.density_at(protocol, time)
        mean, second = np.trace(energy @ rho).real, np.trace(energy @ energy @ rho).real
        assert variance == pytest.approx(second - mean**2)
    (works, weights) = two_point_works(history)[0]
    assert weights[np.abs(works) < 1e-9].sum() == pytest.approx(1.0)


def test_at_a_boundary_the_next_step_acts():
    steps = (Evolve(terms=(Term("X", (0,)),), duration=0.4), Evolve(terms=(Term("Z", (0,)),)))
    protocol = ChargingProtocol(battery=Battery.qubits(1), schedule=steps)
    power = energy_rates(StateHistory(protocol, [0.4 - 1e-6, 0.4])).power
    assert power == pytest.approx([math.sin(0.8), 0.0], abs=1e-5)


@pytest.mark.parametrize("name", ["all-to-all", "windows", "double-excitation"])
def test_power_is_the_slope_of_the_work(name):
    battery = Battery.qubits(5, start="00000" if name != "windows" else "01001")
    protocol = protocols.build(name, battery, order=3 if name == "windows" else None, field=0.3)
    time, step = 0.37, 1e-4
    early, late = simulate(protocol, [time - step, time + step]).work
    found = energy_rates(StateHistory(protocol, [time])).power[0]
    assert abs(found) > 0.1
    assert found == pytest.approx((late - early) / (2 * step), abs=1e-6)


@same_road
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(KINDS))
def test_angles_and_fisher_information_are_those_of_dense_matrices(road, seed, kind):
    protocol = drawn(seed, kind)
    history = StateHistory(protocol, TIMES)
    angles, informations = start_angles(history), fisher_informations(history)
    begun = testing.density_at(protocol, 0.0)
    values, vectors = np.linalg.eigh(begun)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.conj().T
    for i, time in enumerate(TIMES):
        rho, drive = testing.density_at(protocol, time), generator_at(protocol, time)
        inner = np.linalg.eigvalsh(root @ rho @ root).clip(0)
        assert math.cos(angles[i]) == pytest.approx(np.sqrt(inner).sum(), abs=1e-6)
        # F = 8 (1 - fidelity) / dt^2 for a small dt
        step = 1e-3
        moved = testing.evolution(drive, step)
        weights, basis = np.linalg.eigh(rho)
        half = (basis * np.sqrt(weights.clip(0))) @ basis.conj().T
        later = np.linalg.svd(half @ moved @ half @ moved.conj().T, compute_uv=False).sum()
        expected = 8 * (1 - later) / step**2
        assert informations[i] == pytest.approx(expected, rel=1e-3, abs=1e-3)


@same_road
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(KINDS), resets=st.booleans())
def test_two_point_works_are_those_of_dense_projectors(road, seed, kind, resets):
    protocol = drawn(seed, kind, resets=resets)
    energy = testing.energy_matrix(protocol.battery)
    levels, vectors = np.linalg.eigh(energy)
    found = two_point_works(StateHistory(protocol, TIMES))
    projectors = {}
    for level, vector in zip(np.round(levels, 9), vectors.T, strict=True):
        projectors[level] = projectors.get(level, 0) + np.outer(vector, vector.conj())
    begun = testing.density_at(protocol, 0.0)
    for (works, weights), time in zip(found, TIMES, strict=True):
        assert weights.sum() == pytest.approx(1.0)
        assert np.all(np.diff(works) > 0)
        first = second = 0.0
        for before, left in projectors.items():
            state = evolved(protocol, left @ begun @ left, time)
            for after, right in projectors.items():
                weight = np.trace(right @ state).real
                first += weight * (after - before)
                second += weight * (after - before) ** 2
        assert weights @ works == pytest.approx(first, abs=1e-7)
        assert weights @ works**2 == pytest.approx(second, abs=1e-7)


def evolved(protocol, state, time):
    """Any matrix through the schedule, as the dense oracle moves its states."""
    left = time
    for step in protocol.schedule:
        if left < 0:
            break
        if isinstance(step, Evolve):
            drive = testing.dense_hamiltonian(
                protocol.generator(step)[0], protocol.battery.dimensions
            )
            unitary = testing.evolution(drive, min(left, step.duration))
            state = unitary @ state @ unitary.conj().T
            left -= step.duration
        else:
            state = testing.dense.after_reset(state, step, protocol.battery.dimensions)
    return state


@pytest.mark.parametrize("beta", [0.3, 2.0])
def test_work_on_thermal_cells_obeys_jarzynskis_equality(beta):
    battery = Battery.qubits(6, levels=(0.2, 1.0), start=ThermalStart(beta=beta))
    protocol = protocols.windows(battery, order=2, field=0.4)
    history = StateHistory(protocol, [0.6, 1.1])
    for (works, weights), work in zip(
        two_point_works(history), simulate(protocol, [0.6, 1.1]).work, strict=True
    ):
        assert weights @ np.exp(-beta * works) == pytest.approx(1.0, abs=1e-10)
        assert weights @ works == pytest.approx(work, abs=1e-10)


def test_coherence_between_energies_is_lost_in_the_first_measurement():
    plus = PureStart(amplitudes=(1.0, 1.0))
    battery = Battery.qubits(1, start=plus)
    protocol = ChargingProtocol.constant(
        battery, [testing.random_term(np.random.default_rng(1), 1, 1, "Y")]
    )
    time = 0.3
    (works, weights) = two_point_works(StateHistory(protocol, [time]))[0]
    assert abs(simulate(protocol, [time]).work[0]) > 0.05
    assert weights @ works == pytest.approx(0.0, abs=1e-12)


def test_alike_cells_are_one_ladder_at_any_number():
    battery = Battery.qubits(40)
    history = StateHistory(protocols.all_to_all(battery), [0.0, 0.21])
    (first, second) = history.ladder()
    assert second.shape == (41, 41)
    assert first[0, 0] == pytest.approx(1.0)
    # the even levels alone, and their mean is the closed form (N/2)(1 - cos^(N-1))
    assert np.arange(41) @ np.diag(second).real == pytest.approx(
        simulate(history.protocol, [0.21]).work[0]
    )
    assert StateHistory(protocols.windows(Battery.qubits(4), order=2), [0.1]).ladder() is None
    assert StateHistory(protocols.parallel(Battery.qubits(4)), [0.1]).ladder() is None


def test_spreads_of_steps_end_where_they_are_asked_to():
    rng = np.random.default_rng(3)
    protocol = testing.random_protocol(rng, 3, n_steps=3)
    first, second = (step.duration for step in protocol.evolutions[:2])
    spreads, lasted = step_spreads(protocol, first + second / 2)
    np.testing.assert_allclose(lasted, [first, second / 2])
    for spread, time in zip(spreads, (0.0, first), strict=True):
        rho, drive = testing.density_at(protocol, time), generator_at(protocol, time)
        variance = np.trace(drive @ drive @ rho).real - np.trace(drive @ rho).real ** 2
        assert spread == pytest.approx(math.sqrt(variance), abs=1e-9)


def test_what_is_too_mixed_or_too_long_is_refused():
    battery = Battery.qubits(24, start=ThermalStart(beta=1.0))
    history = StateHistory(protocols.parallel(battery), [0.3])
    with pytest.raises(InvalidRequest, match=r"16777216 levels to list, and 4194304"):
        history.populations()
    with pytest.raises(InvalidRequest, match=r"to list, and 4194304"):
        history.spectra()
    long = ChargingProtocol(
        battery=Battery.qubits(24),
        schedule=(*protocols.windows(Battery.qubits(24), order=2).schedule, Reset(sites=(0,))),
    )
    with pytest.raises(InvalidRequest, match="density matrix of more than"):
        StateHistory(long, [0.3]).spectra()
