"""Cases B1, B2, B4, H_renyi_N4, L7-L10, N2 and N3: bounds, entropies and false speed limits.

Every value is computed anew here from its formula or by an independent dense matrix.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from qbcircuit import bounds, merit, protocols, testing
from qbcircuit.battery import Battery, Site
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.constraints import Constraint
from qbcircuit.reference import StateHistory, energy_rates
from qbcircuit.starts import ProductStart, ThermalStart
from qbcircuit.terms import Term

C0, C1, C2, NONE = Constraint.C0, Constraint.C1, Constraint.C2, Constraint.NONE


def check(found, name):
    return next(one for one in found.checks if one.name == name)


@pytest.mark.parametrize("n", [1, 3, 6])
def test_b1_robertson_is_saturated_by_the_global_flip_at_all_times(n):
    """B1: |P| <= 2 Delta I Delta H (arXiv:1811.04005, arXiv:1909.03558), ratio 1 for X^(x N)."""
    protocol = protocols.global_charging(Battery.qubits(n))
    rates = energy_rates(StateHistory(protocol, np.linspace(0.05, 1.5, 30)))
    limits = 2 * np.sqrt(rates.energy_variance * rates.generator_variance)
    np.testing.assert_allclose(np.abs(rates.power) / limits, 1.0, atol=1e-9)


def test_b1_robertson_holds_for_any_charger():
    for seed in range(20):
        protocol = testing.random_protocol(np.random.default_rng(seed), 4, n_steps=2)
        found = merit.along(protocol, np.linspace(0, 2, 9), ["power", "power-limit"])
        assert np.all(np.abs(found["power"]) <= found["power-limit"] * (1 + 1e-9) + 1e-12)


@pytest.mark.parametrize(("n", "r"), [(2, 1), (4, 2), (5, 2), (7, 3), (6, 6)])
def test_b2_variance_of_producible_states(n, r):
    """B2: max Var(I) of r-producible states, reached by blocks between empty and full."""
    expected = ((n // r) * r**2 + (n - (n // r) * r) ** 2) / 4
    assert merit.producible_variance(n, r) == pytest.approx(expected, abs=1e-12)
    half = math.pi / 4
    protocol = protocols.blocks(Battery.qubits(n), order=r)
    (reached,) = merit.along(protocol, [half], ["energy-variance"])["energy-variance"]
    assert reached == pytest.approx(expected, abs=1e-9)
    assert merit.entanglement_depth(reached, n) == r


def test_b4_ghz_mid_has_one_bit_across_half():
    """B4: X^(x 4) at half time is between |0000> and |1111>: half-cut Renyi-2 is ln 2."""
    protocol = protocols.global_charging(Battery.qubits(4))
    (found,) = merit.along(protocol, [math.pi / 4], ["renyi2"])["renyi2"]
    assert found == pytest.approx(math.log(2), abs=1e-9)


def test_h_renyi_n4_of_the_double_excitation_chain():
    """H_renyi_N4: half-chain Renyi-2 at g t = 0.3, 0.7, 1.0 (model of arXiv:2602.08610)."""
    protocol = protocols.double_excitation(Battery.qubits(4))
    found = merit.along(protocol, [0.3, 0.7, 1.0], ["renyi2"])["renyi2"]
    expected = [0.1638051510917348, 0.5752754953023134, 0.8467908427695897]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("epsilon", [None, 0.1, 1.0, 5.0])
def test_l7_gamma(epsilon):
    """L7: gamma = Delta E T_par / W_1; pi/2 from the ground, (pi/2) coth(eps/2) from thermal."""
    start = "ground" if epsilon is None else ThermalStart(beta=epsilon)
    found = bounds.certificate(protocols.blocks(Battery.qubits(4, start=start), order=2), C0)
    expected = math.pi / 2 * (1 if epsilon is None else 1 / math.tanh(epsilon / 2))
    assert found.gamma == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("n", "k"), [(6, 1), (6, 2), (6, 3), (8, 4), (5, 5)])
def test_l8_theorem_1_on_disjoint_blocks(n, k):
    """L8: Gamma_C0 < gamma k."""
    found = bounds.certificate(protocols.blocks(Battery.qubits(n), order=k), C0)
    one = check(found, "Theorem 1")
    assert one.limit == pytest.approx(math.pi / 2 * k, abs=1e-12)
    assert one.reached == pytest.approx(n / math.ceil(n / k), abs=1e-9)
    assert one.status == "holds" and one.reached < one.limit


@pytest.mark.parametrize(
    ("family", "k", "m"), [("windows", 2, 2), ("windows", 3, 3), ("all-to-all", 2, 5)]
)
def test_l9_theorem_2_on_overlapping_terms(family, k, m):
    """L9: Gamma_C0 < gamma k (k (m - 1) + 1), m terms a cell; at partial charge with its gamma."""
    protocol = protocols.build(family, Battery.qubits(6), order=k if family == "windows" else None)
    assert (protocol.order, protocol.participation) == (k, m)
    found = bounds.certificate(protocol, C0)
    one = check(found, "Theorem 2")
    assert one.limit == pytest.approx(found.gamma * k * (k * (m - 1) + 1), abs=1e-9)
    assert one.status == "holds" and one.reached < one.limit
    assert check(found, "order bound").limit <= one.limit


def haar_logarithm(rng, n, k):
    """A random k-body Hamiltonian on n cells: logarithms of Haar unitaries on all k-subsets."""
    total = np.zeros((1 << n,) * 2, dtype=complex)
    for sites in itertools.combinations(range(n), k):
        ginibre = rng.normal(size=(1 << k,) * 2) + 1j * rng.normal(size=(1 << k,) * 2)
        unitary, upper = np.linalg.qr(ginibre)
        unitary = unitary * (np.diag(upper) / np.abs(np.diag(upper)))
        angles, vectors = np.linalg.eig(unitary)
        block = (vectors * np.angle(angles)) @ np.linalg.inv(vectors)
        whole = np.kron(np.eye(1 << (n - k)), (block + block.conj().T) / 2)
        rest = [site for site in range(n) if site not in sites]
        order = [*sites, *rest]  # factor i of `whole`, fastest first, is cell order[i]
        axes = [n - 1 - order.index(n - 1 - a) for a in range(n)]
        tensor = whole.reshape((2,) * 2 * n).transpose(axes + [n + a for a in axes])
        total += tensor.reshape(total.shape)
    return total


@pytest.mark.parametrize(("n", "k"), [(3, 2), (4, 2), (4, 3), (6, 2)])
def test_l10_bernstein_bounds_the_commutator_of_random_k_local_hamiltonians(n, k):
    """L10: ‖[I,H]‖ <= k Delta min_c‖H-c‖ on dense matrices; so Conjecture 1 of the letter."""
    energy = np.diag([float(index.bit_count()) for index in range(1 << n)])
    rng = np.random.default_rng(7)
    for _ in range(12):
        drive = haar_logarithm(rng, n, k)
        speed = np.linalg.norm(energy @ drive - drive @ energy, 2)
        width = np.ptp(np.linalg.eigvalsh(drive)) / 2
        assert 0 < speed <= k * width * (1 + 1e-9)


def test_l10_certificates_show_both_sides():
    for n, k in ((4, 4), (6, 3)):
        one = check(
            bounds.certificate(protocols.blocks(Battery.qubits(n), order=k), C0),
            "norm of the commutator",
        )
        assert (one.reached, one.limit) == (pytest.approx(k * n), pytest.approx(k * n))
        assert one.status == "holds"


def test_n2_mean_energy_limits_no_states_that_overlap():
    """N2: H = diag(0, 1) from sqrt(1-p)|0> + sqrt(p)|1>, t = pi, p = 0.1: T/(L/E) = 0.4882."""
    p = 0.1
    start = ProductStart(amplitudes=((math.sqrt(1 - p), math.sqrt(p)),))
    battery = Battery(sites=(Site(),), start=start)
    term = Term("|1><1|", (0,))
    protocol = ChargingProtocol.constant(battery, [term], duration=2 * math.pi)
    found = bounds.certificate(protocol, NONE, time=math.pi)
    one = check(found, "Margolus-Levitin")
    angle = math.acos(1 - 2 * p)
    assert one.limit == pytest.approx(angle / p)
    assert one.ratio == pytest.approx(math.pi / (angle / p), abs=1e-9)
    assert one.ratio == pytest.approx(0.4882, abs=1e-4)
    assert one.status == "informative"
    # what does hold: Mandelstam-Tamm, and (2/pi) L^2/E
    assert check(found, "Mandelstam-Tamm").status == "holds"
    assert math.pi >= 2 / math.pi * angle**2 / p


def rotating_field(turns, n_slices):
    """H(t) = -(B/2) n(t) sigma with n turning from z to -z at rate 1, in the middle of slices."""
    strength = math.sqrt(4 * turns**2 - 1) / 2
    duration = math.pi / n_slices
    steps = []
    for index in range(n_slices):
        angle = (index + 0.5) * duration
        terms = [
            Term("Z", (0,), -strength * math.cos(angle)),
            Term("X", (0,), -strength * math.sin(angle)),
        ]
        steps.append(Evolve(terms=tuple(terms), duration=duration))
    return ChargingProtocol(battery=Battery.qubits(1), schedule=tuple(steps))


@pytest.mark.parametrize("turns", [1, 2])
def test_n3_mean_energy_limits_no_time_dependent_hamiltonian(turns):
    """N3: |0> -> |1> with E T = (pi/2) sqrt(4n^2 - 1)/(4n^2), below pi/2 and falling."""
    spent = []
    for n_slices in (100, 200):
        found = bounds.certificate(rotating_field(turns, n_slices), NONE, time=math.pi)
        one = check(found, "Margolus-Levitin")
        assert found.work == pytest.approx(1.0, abs=1e-3)
        assert one.status == "informative" and one.reached < one.limit
        mean = check(found, "Margolus-Levitin").limit
        spent.append(math.pi * math.acos(math.sqrt(1 - found.work)) / mean)
        assert check(found, "Mandelstam-Tamm").status == "holds"
    expected = math.pi / 2 * math.sqrt(4 * turns**2 - 1) / (4 * turns**2)
    assert (4 * spent[1] - spent[0]) / 3 == pytest.approx(expected, abs=1e-6)
    assert expected < math.pi / 2


def test_n3_makes_no_bound_of_c2_for_time_dependent_charging():
    found = bounds.certificate(rotating_field(1, 40), NONE, time=math.pi)
    c2 = next(one for one in found.checks if one.statement.endswith("(C2)"))
    assert c2.status == "says nothing" and c2.holds is None
