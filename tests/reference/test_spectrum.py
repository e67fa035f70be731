"""Extreme energies: exact means exact, and a bound never lies inside the spectrum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import testing
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import energy_moments, extreme_energies, moments, spectrum
from qbcircuit.reference.spectrum import cluster_bounds
from qbcircuit.terms import Term, uniform_field


def ends(terms, n_sites):
    energies = np.linalg.eigvalsh(testing.dense_hamiltonian(terms, n_sites))
    return float(energies[0]), float(energies[-1])


def random_terms(rng, n_sites, n_terms, letters="XYZ+-"):
    orders = rng.integers(1, min(3, n_sites) + 1, n_terms)
    return tuple(testing.random_term(rng, n_sites, int(order), letters) for order in orders)


@given(st.integers(0, 2**32), st.integers(1, 6), st.sampled_from(["XYZ+-", "X", "XZ", "Z"]))
@settings(deadline=None, max_examples=120)
def test_random_terms_match_the_dense_spectrum(seed, n_sites, letters):
    terms = random_terms(np.random.default_rng(seed), n_sites, 5, letters)
    low, high, kind = extreme_energies(terms, n_sites)
    assert kind == "exact"
    assert (low, high) == pytest.approx(ends(terms, n_sites), abs=1e-10)


@given(st.integers(0, 2**32), st.sampled_from([2, 3, 4]))
@settings(deadline=None, max_examples=30)
def test_cluster_bounds_hold_the_spectrum(seed, size):
    terms = random_terms(np.random.default_rng(seed), 7, 9)
    low, high = cluster_bounds(terms, 7, sizes=(size,))
    exact_low, exact_high = ends(terms, 7)
    assert low <= exact_low + 1e-9
    assert high >= exact_high - 1e-9


def windows(n_cells, field=0.5):
    terms = [Term("XXX", (i, i + 1, i + 2)) for i in range(n_cells - 2)]
    return tuple(terms) + uniform_field(range(n_cells), field)


@pytest.mark.parametrize("shape", ["windows", "lopsided"])
def test_large_sectors_are_certified(monkeypatch, shape):
    terms = windows(8)
    if shape == "lopsided":
        terms += (Term("ZZ", (0, 1), 3.0), Term("ZZZ", (3, 5, 7), -1.0), Term("YZ", (2, 6), 0.7))
    monkeypatch.setattr(spectrum, "_SMALL_RANK", 3)
    spectrum._connected.cache_clear()
    found = extreme_energies(terms, 8)
    spectrum._connected.cache_clear()
    assert found.kind == "exact"
    assert found[:2] == pytest.approx(ends(terms, 8), rel=1e-11)


def test_a_wrong_lanczos_value_is_caught_by_the_certificate(monkeypatch):
    matrix = testing.dense_hamiltonian(windows(5), 5).real
    truth = np.linalg.eigvalsh(matrix)
    monkeypatch.setattr(
        spectrum.scipy.sparse.linalg, "eigsh", lambda *_, **__: (truth[-3:-2], None)
    )
    assert spectrum._certified_top(matrix) == pytest.approx(truth[-1])


def test_beyond_exact_reach_a_norm_is_called_an_upper_bound():
    exact = extreme_energies(windows(12), 12)
    bound = cluster_bounds(windows(12), 12)
    assert exact.kind == "exact"
    assert exact.high <= bound[1] < 1.1 * exact.high
    far = extreme_energies(windows(30), 30)
    assert far.kind == "upper bound"
    assert exact.high * 30 / 12 < far.high < 28 + 15


def test_singlets_count_among_symmetric_couplings():
    """XX + YY + ZZ on every pair: the symmetric states alone would miss the lowest energy."""
    n = 6
    terms = tuple(Term(p, (a, b)) for p in ("XX", "YY", "ZZ") for a in range(n) for b in range(a))
    low, high, _ = extreme_energies(terms, n)
    assert (low, high) == pytest.approx((-3 * n / 2, n * (n - 1) / 2))
    assert (low, high) == pytest.approx(ends(terms, n))


@pytest.mark.parametrize("pairs", [("XX",), ("++",), ("XX", "ZZ"), ("XX", "YY")])
@pytest.mark.parametrize("fields", ["", "X", "Z", "XYZ"])
@pytest.mark.parametrize("sign", [1, -1])
def test_all_to_all_couplings_match_the_dense_spectrum(pairs, fields, sign):
    n = 5
    terms = tuple(Term(p, (a, b), sign * 0.7) for p in pairs for a in range(n) for b in range(a))
    terms += tuple(Term(letter, (j,), 1.3) for letter in fields for j in range(n))
    assert extreme_energies(terms, n)[:2] == pytest.approx(ends(terms, n), abs=1e-10)


@pytest.mark.parametrize("n_cells", [3, 30, 300])
def test_strings_that_can_all_be_satisfied_are_exact_at_any_size(n_cells):
    terms = windows(n_cells, field=0.0)
    assert extreme_energies(terms, n_cells) == (-(n_cells - 2), n_cells - 2, "exact")


def test_strings_outnumbering_their_sites_are_exact_where_signs_can_be_chosen():
    """A grid of 64 cells has 112 bonds; one bond across a square leaves one unhappy."""
    rng = np.random.default_rng(4)
    flipped = rng.choice([-1, 1], 64)
    bonds = [(j, j + 1) for j in range(64) if (j + 1) % 8] + [(j, j + 8) for j in range(56)]
    signs = [int(flipped[a] * flipped[b]) for a, b in bonds]
    terms = tuple(Term("XX", bond, 0.5 * s) for bond, s in zip(bonds, signs, strict=True))
    assert extreme_energies(terms, 64) == (-56.0, 56.0, "exact")
    across = extreme_energies((*terms, Term("XX", (0, 9), 0.5)), 64)
    assert across.kind == "upper bound"
    assert across.high == pytest.approx(56.5)


def test_frustrated_strings_are_listed_energy_by_energy():
    """A ring of five antiferromagnetic bonds leaves one unhappy."""
    terms = tuple(Term("XX", (j, (j + 1) % 5)) for j in range(5))
    assert extreme_energies(terms, 5) == (-3.0, 5.0, "exact")


@pytest.mark.parametrize("k", [3, 18, 60])
def test_a_block_in_a_field_has_the_norm_of_its_extreme_pair(k):
    terms = (Term("X" * k, range(k), 2.0), *uniform_field(range(k), 0.4))
    expected = math.hypot(2.0, 0.4 * k)
    found = extreme_energies(terms, k)
    assert found[:2] == pytest.approx((-expected, expected))
    assert found.kind == "exact"


@given(st.integers(0, 2**32), st.integers(1, 4), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_energy_moments_match_the_density_matrix(seed, n_sites, thermal, reset):
    rng = np.random.default_rng(seed)
    first, last = (random_terms(rng, n_sites, 4) for _ in range(2))
    start = ThermalStart(beta=0.5) if thermal else "".join(rng.choice(list("01"), n_sites))
    battery = Battery.qubits(n_sites, start=start)
    resets = (Reset(sites=(0,)),) if reset else ()
    schedule = (*resets, Evolve(terms=first, duration=0.6), Evolve(terms=last, duration=0.5))
    protocol = ChargingProtocol(battery=battery, schedule=schedule)
    state = testing.start_density(battery)
    if reset:
        even = np.kron(np.eye(1 << (n_sites - 1)), np.diag([1.0, 0.0]))
        lower = np.kron(np.eye(1 << (n_sites - 1)), testing.LETTERS["-"])
        state = even @ state @ even.T + lower @ state @ lower.T
    for step, terms in enumerate((first, last)):
        hamiltonian = testing.dense_hamiltonian(terms, n_sites)
        mean = np.trace(hamiltonian @ state).real
        variance = np.trace(hamiltonian @ hamiltonian @ state).real - mean**2
        assert energy_moments(protocol, step) == pytest.approx((mean, variance), abs=1e-9)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(moments, "_DIAGONALISED", -1)  # as larger states are
            assert energy_moments(protocol, step) == pytest.approx((mean, variance), abs=1e-9)
        unitary = testing.evolution(hamiltonian, 0.6)
        state = unitary @ state @ unitary.conj().T


def test_equal_steps_are_told_apart():
    step = Evolve(terms=(Term("X", (0,)), Term("Z", (0,))), duration=0.4)
    turn = Evolve(terms=(Term("Y", (0,)),), duration=0.3)
    protocol = ChargingProtocol(battery=Battery.qubits(1), schedule=(step, turn, step))
    first, last = (energy_moments(protocol, index).variance for index in (0, 2))
    assert first == pytest.approx(1.0)
    assert abs(last - first) > 0.1


def test_moments_of_a_state_too_large_are_refused():
    steps = tuple(Evolve(terms=windows(30, field), duration=1.0) for field in (0.5, 0.2))
    protocol = ChargingProtocol(battery=Battery.qubits(30), schedule=steps)
    assert energy_moments(protocol, 0).variance == pytest.approx(28.0)
    with pytest.raises(InvalidRequest, match="step 1 needs the state of 30 sites"):
        energy_moments(protocol, 1)
