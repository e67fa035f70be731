"""The exact curve: every method against the dense density matrix, and the closed forms."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import testing
from qbcircuit.battery import BasisStart, Battery, Role, Site, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.reference import curve, simulate
from qbcircuit.terms import Term, uniform_field

TIMES = (0.0, 0.3, 0.7, 1.1, 1.9, 2.0)


def charging(n_cells, terms, start="ground", **kwargs):
    return ChargingProtocol.constant(Battery.qubits(n_cells, start=start), terms, **kwargs)


def assert_matches(dense_work, protocol, times=TIMES):
    found = simulate(protocol, times)
    expected = [dense_work(protocol, t) for t in times]
    np.testing.assert_allclose(found.work, expected, atol=1e-10, err_msg=found.method)
    return found.method


def random_terms(rng, n_sites, n_terms, letters="XYZ+-"):
    terms = [
        testing.random_term(rng, n_sites, int(rng.integers(1, min(3, n_sites) + 1)), letters)
        for _ in range(n_terms)
    ]
    phases = np.exp(1j * rng.uniform(0, 6, n_terms))
    return tuple(
        Term(t.operators, t.sites, t.strength * phase) if t.adds_conjugate else t
        for t, phase in zip(terms, phases, strict=True)
    )


def random_battery(rng, n_sites, thermal):
    sites = tuple(
        Site(
            levels=(low, low + gap),
            role=Role.CELL if j == 0 or rng.random() < 0.8 else Role.CHARGER,
        )
        for j, (low, gap) in enumerate(rng.uniform(0.1, 1.5, (n_sites, 2)))
    )
    levels = tuple(int(level) for level in rng.integers(0, 2, n_sites))
    return Battery(
        sites=sites, start=ThermalStart(beta=0.7) if thermal else BasisStart(levels=levels)
    )


@given(st.integers(0, 2**32), st.integers(1, 5), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=80)
def test_random_protocols_match_the_density_matrix(dense_work, seed, n_sites, thermal, internal):
    rng = np.random.default_rng(seed)
    protocol = ChargingProtocol.constant(
        random_battery(rng, n_sites, thermal),
        random_terms(rng, n_sites, 4),
        include_internal=internal,
    )
    assert_matches(dense_work, protocol)


@given(st.integers(0, 2**32), st.integers(1, 4), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_schedules_with_resets_match_the_density_matrix(dense_work, seed, n_sites, thermal, reset):
    rng = np.random.default_rng(seed)
    schedule = (
        Evolve(terms=random_terms(rng, n_sites, 3), duration=0.7),
        *([Reset(sites=(int(rng.integers(n_sites)),))] if reset else []),
        Evolve(terms=random_terms(rng, n_sites, 3), duration=1.3),
    )
    protocol = ChargingProtocol(battery=random_battery(rng, n_sites, thermal), schedule=schedule)
    assert_matches(dense_work, protocol)


@given(st.integers(0, 2**32), st.integers(2, 5))
@settings(deadline=None, max_examples=40)
def test_the_reduced_expansion_matches_over_long_and_broken_times(dense_work, seed, n_sites):
    rng = np.random.default_rng(seed)
    schedule = (
        Evolve(terms=random_terms(rng, n_sites, 4), duration=0.7),
        Evolve(terms=random_terms(rng, n_sites, 4), duration=60.0),
    )
    battery = Battery.qubits(n_sites, start="".join(rng.choice(list("01"), n_sites)))
    protocol = ChargingProtocol(battery=battery, schedule=schedule)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curve, "SMALL_SECTOR", -1)
        method = assert_matches(dense_work, protocol, (0.0, 0.3, 0.7, 1.9, 44.0, 60.7))
    assert "Chebyshev" in method or "nothing moves" in method


def test_a_lopsided_spectrum_is_centred(dense_work, monkeypatch):
    monkeypatch.setattr(curve, "SMALL_SECTOR", -1)
    lopsided = [Term("Z", (0,), 9), Term("Z", (1,), 9), Term("ZZ", (0, 1), 9)]
    flips = [Term("XY", (0, 1)), Term("X", (1,))]
    assert_matches(dense_work, charging(2, [*lopsided, *flips]), (0.5, 3.0, 9.0))


@given(st.integers(0, 2**32), st.integers(2, 6), st.booleans())
@settings(deadline=None, max_examples=60)
def test_quadratic_chains_match_in_any_order_of_their_sites(dense_work, seed, n_sites, thermal):
    rng = np.random.default_rng(seed)
    along = rng.permutation(n_sites)
    terms = [
        Term(pair, (a, b) if rng.random() < 0.5 else (b, a), rng.normal())
        for a, b in itertools.pairwise(along)
        for pair in rng.choice(["XX", "YY", "XY", "YX", "++", "+-"], 2)
    ]
    terms += [Term("Z", (j,), rng.normal()) for j in range(n_sites) if rng.random() < 0.5]
    protocol = ChargingProtocol.constant(random_battery(rng, n_sites, thermal), terms)
    method = assert_matches(dense_work, protocol)
    assert n_sites < 3 or method in ("free fermions", "commuting strings")


@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(1, 3), st.booleans())
@settings(deadline=None, max_examples=80)
def test_commuting_strings_match_or_are_solved_otherwise(
    dense_work, seed, n_sites, n_steps, thermal
):
    rng = np.random.default_rng(seed)
    letters = rng.choice(list("XYXYZ"), n_sites)
    schedule = []
    for step in range(n_steps):
        terms = []
        for _ in range(rng.integers(1, 6)):
            sites = rng.permutation(n_sites)[: rng.integers(1, min(n_sites, 3) + 1)]
            terms.append(Term(letters[sites], sites, rng.normal()))
        duration = math.inf if step == n_steps - 1 else rng.uniform(0.2, 0.9)
        schedule.append(Evolve(terms=tuple(terms), duration=duration))
    battery = random_battery(rng, n_sites, thermal)
    assert_matches(dense_work, ChargingProtocol(battery=battery, schedule=tuple(schedule)))


def test_even_covers_are_never_taken_for_commuting_closed_forms(dense_work):
    """On K_5^(3) products of strings give the identity, so the product formula is wrong."""
    triples = [(a, b, c) for a in range(5) for b in range(a) for c in range(b)]
    method = assert_matches(dense_work, charging(5, [Term("XXX", sites) for sites in triples]))
    assert method == "density matrix by sectors"


@pytest.mark.parametrize("pairs", [("++",), ("XX", "YY"), ("XX", "ZZ"), ("XY",), ("++", "XX")])
@pytest.mark.parametrize("start", ["00000", "11111"])
@pytest.mark.parametrize("field", ["", "X", "Z", "XYZ"])
def test_all_to_all_couplings_match_in_the_symmetric_states(dense_work, pairs, start, field):
    n_sites = len(start)
    terms = [
        Term(pair, sites, 0.6)
        for pair in pairs
        for a in range(n_sites)
        for b in range(a)
        for sites in ([(a, b), (b, a)] if pair == "XY" else [(a, b)])
    ]
    terms += [Term(letter, (j,), 0.4) for letter in field for j in range(n_sites)]
    assert assert_matches(dense_work, charging(n_sites, terms, start)) == "permutation symmetry"


def test_unequal_couplings_are_not_taken_for_symmetric_ones(dense_work):
    terms = [Term("++", (a, b), 1.0 + 0.1 * (a == 3)) for a in range(4) for b in range(a)]
    assert "symmetry" not in assert_matches(dense_work, charging(4, terms))


@pytest.mark.parametrize("n_cells, k", [(6, 1), (6, 3), (7, 3), (24, 24), (200, 40)])
@pytest.mark.parametrize("letter", ["X", "+"])
def test_blocks_charge_as_sine_squared_at_any_size(n_cells, k, letter):
    """W = N sin^2(alpha t), blocks k, ..., k, remainder (arXiv:1612.04991)."""
    blocks = [range(first, min(first + k, n_cells)) for first in range(0, n_cells, k)]
    terms = [Term(letter * len(block), block, 1.3) for block in blocks]
    found = simulate(charging(n_cells, terms), TIMES)
    np.testing.assert_allclose(found.work, n_cells * np.sin(1.3 * np.array(TIMES)) ** 2, atol=1e-10)


def test_a_field_detunes_a_block():
    """W = N (alpha^2 / Omega^2) sin^2 Omega t, Omega^2 = alpha^2 + (k omega / 2)^2."""
    alpha, omega, k = 0.9, 0.7, 5
    terms = [Term("+" * k, range(k), alpha), *uniform_field(range(k), -omega / 2)]
    rate = math.hypot(alpha, k * omega / 2)
    expected = k * (alpha / rate) ** 2 * np.sin(rate * np.array(TIMES)) ** 2
    np.testing.assert_allclose(simulate(charging(k, terms), TIMES).work, expected, atol=1e-10)


@pytest.mark.parametrize("epsilon", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("k", [1, 4, 30])
def test_thermal_cells_charge_less_at_the_same_pace(epsilon, k):
    """X strings: W tanh(eps/2); transition blocks: b (p_0^b - p_1^b) (arXiv:1612.04991)."""
    times = np.array(TIMES)
    start = ThermalStart(beta=epsilon)
    flips = simulate(charging(k, [Term("X" * k, range(k))], start), times)
    np.testing.assert_allclose(
        flips.work, k * math.tanh(epsilon / 2) * np.sin(times) ** 2, atol=1e-10
    )
    ground = 1 / (1 + math.exp(-epsilon))
    transition = simulate(charging(k, [Term("+" * k, range(k))], start), times)
    inversion = ground**k - (1 - ground) ** k
    np.testing.assert_allclose(transition.work, k * inversion * np.sin(times) ** 2, atol=1e-10)


@pytest.mark.parametrize("n_cells", [2, 5, 8, 40])
def test_the_moelmer_soerensen_gate_charges_as_a_power_of_a_cosine(n_cells):
    """chi J_x^2 from |0...0>: W = (N/2) [1 - cos^{N-1}(chi t)]."""
    terms = [Term("XX", (a, b), 0.5) for a in range(n_cells) for b in range(a)]
    expected = n_cells / 2 * (1 - np.cos(np.array(TIMES)) ** (n_cells - 1))
    np.testing.assert_allclose(simulate(charging(n_cells, terms), TIMES).work, expected, atol=1e-10)


def test_ising_graphs_charge_by_degree():
    """W = sum_j [1 - cos^{d_j}(2 J t)] / 2."""
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (4, 0)]
    degrees = np.bincount(np.ravel(edges))
    times = np.array(TIMES)
    expected = sum((1 - np.cos(2 * 0.8 * times) ** d) / 2 for d in degrees)
    found = simulate(charging(5, [Term("XX", edge, 0.8) for edge in edges]), times)
    np.testing.assert_allclose(found.work, expected, atol=1e-10)


def test_the_middle_of_a_long_pairing_chain_follows_a_bessel_function():
    """W/N -> [1 - J_0(4 g t)] / 2 (cf. arXiv:2602.08610): one more cell adds just that."""
    times = np.array([0.4, 0.957926, 1.5])
    curves = [
        simulate(charging(n, [Term("++", (j, j + 1)) for j in range(n - 1)]), times).work
        for n in (60, 61)
    ]
    bessel = np.array([0.4554021676, -0.4027593957, 0.1506452572])
    np.testing.assert_allclose(curves[1] - curves[0], (1 - bessel) / 2, atol=1e-6)


def test_the_pairing_chain_of_four():
    """N = 4, g t = 0.7 (model of arXiv:2602.08610)."""
    protocol = charging(4, [Term("++", (j, j + 1)) for j in range(3)])
    assert simulate(protocol, 0.7).work[0] == pytest.approx(1.9915122187849006, abs=1e-10)


def test_a_star_of_chargers_speeds_up_its_cell():
    """N chargers, one cell: sin^2(g sqrt(N) t)."""
    n = 5
    sites = (Site(), *[Site(role=Role.CHARGER)] * n)
    battery = Battery(sites=sites, start=BasisStart(levels=(0,) + (1,) * n))
    protocol = ChargingProtocol.constant(battery, [Term("+-", (0, j)) for j in range(1, n + 1)])
    expected = np.sin(math.sqrt(n) * np.array(TIMES)) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-10)


def test_levels_scale_work_and_a_charged_start_gives_it_back():
    battery = Battery.qubits(2, levels=(0.5, 3.0), start="11")
    protocol = ChargingProtocol.constant(battery, [Term("X", (0,)), Term("X", (1,))])
    expected = -5.0 * np.sin(np.array(TIMES)) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-10)


def test_overlapping_windows_agree_with_a_rotated_frame():
    """Exchanging X for Y is a rotation about Z: W stays, though H turns complex."""
    n = 11
    work = [
        simulate(
            charging(
                n,
                [Term(letter * 3, (i, i + 1, i + 2)) for i in range(n - 2)]
                + list(uniform_field(range(n), 0.5)),
            ),
            np.linspace(0, 8, 9),
        )
        for letter in "XY"
    ]
    assert work[0].method == "reduced Chebyshev"
    np.testing.assert_allclose(work[0].work, work[1].work, atol=1e-10)


def test_parts_that_never_meet_are_solved_once_each():
    terms = [Term("XX", (i, i + 1)) for i in range(0, 40, 2)]
    found = simulate(charging(40, terms), TIMES)
    assert found.method == "factorised (two-level pairs)"


def test_idle_levels_count_when_they_are_reset():
    site = Site(levels=(0.0, 1.0, 3.0))
    battery = Battery(sites=(Site(), site), start=BasisStart(levels=(0, 2)))
    schedule = (Reset(sites=(1,)), Evolve(terms=(Term("X", (0,)),)))
    protocol = ChargingProtocol(battery=battery, schedule=schedule)
    assert simulate(protocol, math.pi / 2).work[0] == pytest.approx(1.0 - 3.0)
