"""Sites of any number of levels, any start, resets: every solver against dense matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import testing
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.constraints import Constraint, cost, norm
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import (
    capacity,
    energy_moments,
    energy_range,
    generator_extremes,
    level_evolution,
    simulate,
    start_energy,
)
from qbcircuit.reference.chebyshev import ChebyshevEvolution
from qbcircuit.reference.collective import collective
from qbcircuit.reference.density import DensityEvolution
from qbcircuit.reference.level_parts import level_parts
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    ThermalStart,
)
from qbcircuit.terms import Term
from tests.levels import random_levels_protocol

TIMES = (0.0, 0.4, 0.9, 1.3, 2.1)


def assert_matches(protocol, atol=1e-9):
    found = simulate(protocol, TIMES)
    expected = [testing.work_at(protocol, t) for t in TIMES]
    np.testing.assert_allclose(found.work, expected, atol=atol, err_msg=found.method)


KINDS = st.sampled_from(["basis", "mixed", "thermal", "product", "pure"])


@given(st.integers(0, 2**32), KINDS, st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_levels_from_any_start_with_resets(seed, kind, resets):
    assert_matches(random_levels_protocol(np.random.default_rng(seed), kind, resets=resets))


@given(st.integers(0, 2**32), st.sampled_from(["basis", "product", "pure", "ground", "mixed"]))
@settings(deadline=None, max_examples=40)
def test_cells_that_interact_all_the_time(seed, kind):
    rng = np.random.default_rng(seed)
    protocol = random_levels_protocol(rng, kind, interacting=True)
    assert_matches(protocol, atol=1e-7 if kind == "ground" else 1e-9)
    energies = np.linalg.eigvalsh(testing.energy_matrix(protocol.battery))
    assert energy_range(protocol.battery) == pytest.approx((energies[0], energies[-1]), abs=1e-9)
    assert capacity(protocol.battery) == pytest.approx(energies[-1] - energies[0])
    start = testing.energy_matrix(protocol.battery) @ testing.start_density(protocol.battery)
    assert start_energy(protocol.battery) == pytest.approx(np.trace(start).real, abs=1e-7)


@given(st.integers(0, 2**32), KINDS)
@settings(deadline=None, max_examples=40)
def test_moments_of_the_energy_at_every_step(seed, kind):
    protocol = random_levels_protocol(np.random.default_rng(seed), kind)
    begin = 0.0
    for index, step in enumerate(protocol.evolutions):
        terms, shift = protocol.generator(step)
        hamiltonian = testing.dense_hamiltonian(terms, protocol.battery.dimensions)
        state = testing.density_at(protocol, begin)
        mean = np.trace(hamiltonian @ state).real
        spread = np.trace(hamiltonian @ hamiltonian @ state).real - mean**2
        found = energy_moments(protocol, index)
        assert found.mean == pytest.approx(mean + shift, abs=1e-8)
        assert found.variance == pytest.approx(spread, abs=1e-7)
        begin += step.duration


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_both_evolutions_agree_with_the_states_they_report(seed):
    rng = np.random.default_rng(seed)
    protocol = random_levels_protocol(rng, "pure")
    (part,) = level_parts(protocol)
    basis = level_evolution.reached(part)
    times = np.array(TIMES)
    walked = ChebyshevEvolution(level_evolution.PureLevels(part, basis))
    solved = DensityEvolution(level_evolution.MixedLevels(part, basis))
    np.testing.assert_allclose(walked.work(times), solved.work(times), atol=1e-9)
    pairs = zip(walked.states(times), solved.states(times), TIMES, strict=True)
    for vector, (matrix,), time in pairs:
        dense = testing.density_at(protocol, time)[np.ix_(basis.indices, basis.indices)]
        np.testing.assert_allclose(matrix, dense, atol=1e-9)
        np.testing.assert_allclose(np.outer(vector, vector.conj()), dense, atol=1e-9)


def modes(n_cells, quanta, *, levels=(), start=None, cell=0):
    """Cells in one level beside a mode with so many quanta."""
    flat = levels or (0.0,) * (quanta + 1)
    return Battery(
        sites=(*(Site(),) * n_cells, Site(levels=flat, role=Role.MODE)),
        start=start or BasisStart(levels=(cell,) * n_cells + (quanta,)),
    )


@given(st.integers(0, 2**32), st.integers(0, 1))
@settings(deadline=None, max_examples=30)
def test_alike_cells_beside_a_mode_are_one_spin(seed, cell):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 6))
    battery = modes(n, 2, cell=cell)
    g, h, z, pair, mixed = rng.normal(size=5)
    terms = [Term("+a", (j, n), g) for j in range(n)]
    terms += [Term("Xn", (j, n), h) for j in range(n)]
    terms += [Term("Z", (j,), z) for j in range(n)]
    terms += [Term("XX", (i, j), pair) for i in range(n) for j in range(i)]
    terms += [Term("+-", (i, j), mixed) for i in range(n) for j in range(i)]
    protocol = ChargingProtocol.constant(battery, terms)
    (part,) = level_parts(protocol)
    assert level_evolution.reached(collective(part)).dimensions[0] == n + 1
    assert_matches(protocol)


def test_cells_that_are_told_apart_are_no_spin():
    terms = [Term("+a", (j, 3), 1.0 + (j == 1)) for j in range(3)]
    protocol = ChargingProtocol.constant(modes(3, 2), terms)
    (part,) = level_parts(protocol)
    assert collective(part) is part
    assert_matches(protocol)


def test_many_cells_and_a_mode():
    """Tavis-Cummings from |N> and N empty cells; one cell is sin^2(gt)."""
    one = simulate(ChargingProtocol.constant(modes(1, 1), [Term("+a", (0, 1))]), TIMES)
    np.testing.assert_allclose(one.work, np.sin(TIMES) ** 2, atol=1e-12)
    terms = [Term("+a", (j, 64)) for j in range(64)]
    many = simulate(ChargingProtocol.constant(modes(64, 64), terms), 0.13564)
    assert many.work[0] / 0.13564 == pytest.approx(298.76282, abs=1e-3)


def test_a_star_of_many_chargers_needs_few_states():
    n = 60
    sites = (Site(), *(Site(levels=(0.0, 0.0), role=Role.CHARGER),) * n)
    battery = Battery(sites=sites, start=BasisStart(levels=(0,) + (1,) * n))
    terms = [Term("XX", (0, j), 0.5) for j in range(1, n + 1)]
    terms += [Term("YY", (0, j), 0.5) for j in range(1, n + 1)]
    found = simulate(ChargingProtocol.constant(battery, terms), TIMES)
    np.testing.assert_allclose(found.work, np.sin(math.sqrt(n) * np.array(TIMES)) ** 2, atol=1e-9)


def test_a_qutrit_ladder_is_a_spin_of_one():
    battery = Battery(sites=(Site(levels=(0.0, 0.0, 1.0)),), start=BasisStart(levels=(0,)))
    terms = [Term("|0><1|", (0,)), Term("|1><2|", (0,))]
    found = simulate(ChargingProtocol.constant(battery, terms), TIMES)
    np.testing.assert_allclose(found.work, np.sin(np.array(TIMES) / math.sqrt(2)) ** 4, atol=1e-12)


def test_norms_of_levels_are_those_of_the_matrix():
    rng = np.random.default_rng(3)
    for _ in range(20):
        dimensions = tuple(int(d) for d in rng.integers(2, 4, size=3))
        sites = tuple(Site(levels=tuple(range(d))) for d in dimensions)
        battery = Battery(sites=sites, start=BasisStart(levels=(0, 0, 0)))
        letters = [f"|{a}><{b}|" for a in range(2) for b in range(2)]
        terms = [
            Term(rng.choice(letters, size=2), rng.choice(3, size=2, replace=False), rng.normal())
            for _ in range(3)
        ]
        protocol = ChargingProtocol.constant(battery, terms, shift=0.3)
        energies = np.linalg.eigvalsh(testing.dense_hamiltonian(terms, dimensions)) + 0.3
        found = generator_extremes(protocol)
        if found.kind == "exact":
            assert (found.low, found.high) == pytest.approx((energies[0], energies[-1]), abs=1e-9)
        assert found.low <= energies[0] + 1e-9 and found.high >= energies[-1] - 1e-9
    whole = battery.sites * 5
    large = Battery(sites=whole, start=BasisStart(levels=(0,) * len(whole)))
    flip = ChargingProtocol.constant(large, [Term(["|1><0|"] * len(whole), range(len(whole)), 0.7)])
    assert norm(flip) == (pytest.approx(0.7), "exact")


def test_a_mode_has_the_norm_of_the_sector_it_reaches_or_none():
    protocol = ChargingProtocol.constant(modes(4, 4), [Term("+a", (j, 4)) for j in range(4)])
    # two excitations or fewer never matter: 4 in all, spin 2 beside a mode
    ladder = np.diag([math.sqrt((4 - m) * (m + 1) * (4 - m)) for m in range(4)], k=1)
    top = np.linalg.eigvalsh(ladder + ladder.T)[-1]
    assert norm(protocol) == (pytest.approx(top), "exact")
    assert cost(protocol, Constraint.C1) == pytest.approx(math.sqrt(16))
    driven = ChargingProtocol.constant(modes(2, 2), [Term("Xa", (j, 2)) for j in range(2)])
    with pytest.raises(InvalidRequest, match=r"A mode has no norm.*conserve"):
        norm(driven)


def test_a_ground_state_that_is_not_unique_is_refused():
    pair = Battery(
        sites=(Site(levels=(0.0, 1e-12)),) * 2,
        start=GroundStart(),
        interactions=(Term("XX", (0, 1), -1.0),),
    )
    with pytest.raises(InvalidRequest, match="more than one ground state"):
        simulate(ChargingProtocol.constant(pair, [Term("Z", (0,))]), 1.0)


def test_what_a_battery_cannot_hold_is_refused():
    cells = (Site(),) * 2
    with pytest.raises(InvalidRequest, match=r"gives \[3, 2\] levels to the sites"):
        Battery(sites=cells, start=MixedStart(populations=((0.2, 0.3, 0.5), (1.0, 0.0))))
    with pytest.raises(InvalidRequest, match="Populations of site 0 must be 0 or more"):
        MixedStart(populations=((0.5, 0.6),))
    with pytest.raises(InvalidRequest, match="has 3 amplitudes but the sites have 4"):
        Battery(sites=cells, start=PureStart(amplitudes=(1, 0, 0)))
    with pytest.raises(InvalidRequest, match="must be finite and not all 0"):
        ProductStart(amplitudes=((0.0, 0.0),))
    with pytest.raises(InvalidRequest, match="is no cell"):
        Battery(
            sites=(Site(), Site(role=Role.CHARGER)),
            start=BasisStart(levels=(0, 0)),
            interactions=(Term("XX", (0, 1)),),
        )
    with pytest.raises(InvalidRequest, match="thermal start is for cells that do not interact"):
        Battery(sites=cells, start=ThermalStart(beta=1.0), interactions=(Term("XX", (0, 1)),))
    with pytest.raises(InvalidRequest, match="amplitudes or populations, got both"):
        Reset(sites=(0,), amplitudes=(1, 0), populations=(1.0, 0.0))
    with pytest.raises(InvalidRequest, match="probability above 0 and up to 1"):
        Reset(sites=(0,), probability=0.0)
    with pytest.raises(InvalidRequest, match="gives 3 levels to site 0, which has 2"):
        ChargingProtocol(
            battery=Battery.qubits(1),
            schedule=(Evolve(terms=(Term("X", (0,)),)), Reset(sites=(0,), amplitudes=(1, 0, 0))),
        )


def test_too_many_states_are_refused_in_a_sentence():
    n = 12
    sites = (Site(levels=(0.0, 1.0, 2.0)),) * n
    terms = [Term(("|1><0|", "|2><0|"), (j, j + 1)) for j in range(n - 1)]
    terms += [Term(("|1><2|",), (j,)) for j in range(n)]
    mixed = Battery(sites=sites, start=MixedStart(populations=((0.5, 0.3, 0.2),) * n))
    with pytest.raises(InvalidRequest, match="density matrix of more than 2048 basis states"):
        simulate(ChargingProtocol.constant(mixed, terms), 1.0)
