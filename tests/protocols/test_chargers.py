"""Cells charged by other sites: stars, Dicke states, mediators, and how sites join a battery."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.constraints import Constraint, cost, norm
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.joining import dicke_state, joined, joined_in_state
from qbcircuit.reference import reduced_states, simulate
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    ThermalStart,
)
from qbcircuit.terms import Term
from tests.by_hand import couplings, exchange, product

TIMES = np.array([0.0, 0.3, 0.9, 1.6])


def dense(protocol):
    (step,) = protocol.evolutions
    n = protocol.battery.n_sites
    return testing.dense_hamiltonian(step.terms, n) + step.shift * np.eye(1 << n)


def test_the_hamiltonians_are_the_printed_ones():
    two = Battery.qubits(2, levels=(0.0, 1.5))
    star = protocols.star(two, chargers=2, field=0.3, strength=0.7)
    z = product(4, {0: "Z"}) + product(4, {1: "Z"})
    expected = 0.7 * exchange(4, (0, 2), (0, 3), (1, 2), (1, 3)) + 0.3 * z
    np.testing.assert_allclose(dense(star), expected, atol=1e-14)
    chain = protocols.central_spin_chain(
        Battery.qubits(3), chargers=1, excited=1, coupling=0.4, strength=0.7
    )
    bonds = 2 * np.eye(16) - couplings(4, "ZZ", (0, 1), (1, 2))
    expected = 0.7 * exchange(4, (0, 3), (1, 3), (2, 3)) + 0.4 * bonds
    np.testing.assert_allclose(dense(chain), expected, atol=1e-14)
    mediated = protocols.mediated(two, mediators=1, strength=0.7)
    expected = 0.7 * exchange(6, (0, 2), (2, 3), (1, 4), (4, 5))
    np.testing.assert_allclose(dense(mediated), expected, atol=1e-14)


def test_only_the_cells_are_cells_and_chargers_start_full():
    star = protocols.star(Battery.qubits(2, levels=(0.0, 1.5), start="01"), chargers=2).battery
    assert star.cells == (0, 1)
    assert [site.role for site in star.sites[2:]] == [Role.CHARGER] * 2
    assert {site.levels for site in star.sites} == {(0.0, 1.5)}
    assert star.start == BasisStart(levels=(1, 0, 1, 1))
    mediated = protocols.mediated(Battery.qubits(2), mediators=2).battery
    between = [Role.ANCILLA, Role.ANCILLA, Role.CHARGER]
    assert [site.role for site in mediated.sites] == [Role.CELL] * 2 + between * 2
    assert mediated.start == BasisStart(levels=(0, 0, 0, 0, 1, 0, 0, 1))


@pytest.mark.parametrize("n", [1, 2, 5, 100])
@pytest.mark.parametrize("field", [0.0, 0.8])
def test_a_star_swings_at_the_root_of_its_chargers(n, field):
    """W = g^2 n/Omega^2 sin^2 Omega t with Omega^2 = g^2 n + h^2."""
    protocol = protocols.star(Battery.qubits(1), chargers=n, field=field, strength=0.7)
    rate = math.hypot(0.7 * math.sqrt(n), field)
    expected = (0.49 * n / rate**2) * np.sin(rate * TIMES) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-10)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_a_star_costs_its_whole_norm(n):
    protocol = protocols.star(Battery.qubits(1), chargers=n)
    largest = max(math.sqrt((n - m) * (m + 1)) for m in range(n))
    assert norm(protocol) == (pytest.approx(largest), "exact")
    assert cost(protocol, Constraint.C1) == pytest.approx(math.sqrt(n))
    assert cost(protocol, Constraint.C2) == pytest.approx(largest)


def test_the_norm_of_a_large_star_is_never_too_small():
    found = norm(protocols.star(Battery.qubits(1), chargers=100))
    assert found.value >= math.sqrt(50 * 51)
    assert found.kind == "upper bound"


def test_several_cells_in_a_star_charge_as_dense_matrices_do():
    protocol = protocols.star(Battery.qubits(3), chargers=2, field=0.2)
    expected = [testing.work_at(protocol, t) for t in TIMES]
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-10)


# Exact diagonalisations of github.com/olivierkokkedee/BEP-quantum-battery at a7eb7fe28be6 (2 cells,
# 4 chargers, splittings and g of 1; model of Liu et al., arXiv:2205.11074): energies of the cells,
# the empty ones at -1, at t = 0.25, 0.5, 1, 1.5 and 2.
DICKE = {
    (4, 1.0): (
        -0.5340949587351518, 0.3973278913924245, 0.1270260454418718,
        -0.2364106408992141, -0.48003539007078094,
    ),
    (2, 0.5): (
        -0.366214408256975, 0.5955171176469917, 0.3008328956635232,
        -0.6759838537229841, 0.41573325068941513,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("excited", "coupling"), DICKE)
def test_a_chain_charged_by_a_dicke_state(excited, coupling):
    protocol = protocols.central_spin_chain(
        Battery.qubits(2), chargers=4, excited=excited, coupling=coupling
    )
    found = simulate(protocol, [0.25, 0.5, 1.0, 1.5, 2.0])
    np.testing.assert_allclose(found.work - 1, DICKE[excited, coupling], atol=1e-10)


def test_a_chain_without_couplings_is_one_spin():
    """N/2 and n/2 as two spins of their own, from |-N/2> and the Dicke state."""
    n, chargers, excited = 3, 4, 2
    protocol = protocols.central_spin_chain(
        Battery.qubits(n), chargers=chargers, excited=excited, coupling=0.0
    )
    up = [math.sqrt((n - m) * (m + 1) * (excited - m) * (chargers - excited + m + 1))
          for m in range(min(n, excited))]  # fmt: skip
    energies, vectors = np.linalg.eigh(np.diag(up, k=1) + np.diag(up, k=-1))
    states = vectors @ (np.exp(-1j * np.outer(energies, TIMES)) * vectors[0][:, None])
    expected = np.arange(len(energies)) @ np.abs(states) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-10)


@pytest.mark.parametrize("mediators", [0, 1, 2, 5])
def test_an_excitation_walks_along_its_mediators(mediators):
    """P = |<0| exp(-i g t A) |M+1>|^2 on a path of M + 2 sites, A its adjacency."""
    protocol = protocols.mediated(Battery.qubits(3), mediators=mediators, strength=1.3)
    n = mediators + 2
    waves = np.arange(1, n + 1) * math.pi / (n + 1)
    weights = 2 / (n + 1) * np.sin(waves) * np.sin(n * waves)
    amplitude = np.exp(-2j * np.outer(1.3 * TIMES, np.cos(waves))) @ weights
    found = simulate(protocol, TIMES)
    np.testing.assert_allclose(found.work, 3 * np.abs(amplitude) ** 2, atol=1e-10)
    if mediators == 1:
        np.testing.assert_allclose(
            found.work, 3 * np.sin(1.3 * TIMES / math.sqrt(2)) ** 4, atol=1e-10
        )


def test_dicke_states_are_the_symmetric_ones():
    state = dicke_state(4, 2)
    np.testing.assert_allclose(state[[0b0011, 0b0101, 0b1100]], 1 / math.sqrt(6))
    assert np.count_nonzero(state) == 6
    raising = sum(product(4, {j: "+"}) for j in range(4))
    raised = raising @ raising @ dicke_state(4, 0)
    np.testing.assert_allclose(raised / np.linalg.norm(raised), state, atol=1e-14)


PURE = tuple(np.random.default_rng(3).normal(size=4) + 0.5j)
STARTS = [
    BasisStart(levels=(1, 0)),
    ThermalStart(beta=0.7),
    MixedStart(populations=((0.2, 0.8), (0.6, 0.4))),
    ProductStart(amplitudes=((1.0, 2.0j), (0.3, 1.0))),
    PureStart(amplitudes=PURE),
    GroundStart(),
]
NEW = (Site(role=Role.CHARGER), Site(levels=(0.0, 0.0), role=Role.ANCILLA))


@pytest.mark.parametrize("start", STARTS, ids=lambda one: type(one).__name__)
def test_joined_sites_leave_the_cells_in_their_start(start):
    battery = Battery(sites=(Site(), Site(levels=(0.0, 2.0))), start=start)
    own = testing.start_density(battery)
    levels = np.zeros((4, 4))
    levels[0b10, 0b10] = 1.0
    whole = joined(battery, NEW, (0, 1))
    np.testing.assert_allclose(testing.start_density(whole), np.kron(levels, own), atol=1e-14)
    if isinstance(start, ThermalStart | MixedStart):
        with pytest.raises(InvalidRequest, match="need cells in a pure start, got a"):
            joined_in_state(battery, NEW, dicke_state(2, 1))
        return
    together = joined_in_state(battery, NEW, dicke_state(2, 1))
    dicke = np.outer(dicke_state(2, 1), dicke_state(2, 1).conj())
    np.testing.assert_allclose(testing.start_density(together), np.kron(dicke, own), atol=1e-14)
    (found,) = reduced_states(protocols.star(together, chargers=1), [0.0], sites=list(range(5)))
    expected = np.kron(np.diag([0, 1]), np.kron(dicke, own))
    np.testing.assert_allclose(found, expected, atol=1e-12)


ONE = Battery.qubits(1)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: protocols.star(ONE, chargers=0), r"^The number of chargers must be 1 or more"),
        (lambda: protocols.star(ONE, strength=0.0), r"^The strength must be finite and not 0"),
        (lambda: protocols.mediated(ONE, mediators=-1), r"^The number of mediators must be 0 or"),
        (lambda: protocols.central_spin_chain(ONE, chargers=3, excited=4),
         r"^The number of excited chargers must be 3 or less, got 4\. Use 0\.\.3\.$"),
        (lambda: protocols.central_spin_chain(ONE, chargers=17, excited=4),
         r"^A Dicke state is written out for 16 chargers at most, got 17\. Use fewer, or excited"),
        (lambda: protocols.central_spin_chain(Battery.qubits(14)),
         r"^A start of all sites together has at most 2\^16 amplitudes"),
        (lambda: protocols.star(protocols.tfim_quench(Battery.qubits(2)).battery),
         r"^Chargers in levels of their own cannot join cells in the ground state of their inter"),
        (lambda: protocols.central_spin_chain(ONE, coupling=math.nan),
         r"^The coupling must be finite, got nan"),
    ],
)  # fmt: skip
def test_refusals(request_, message):
    with pytest.raises(InvalidRequest, match=message):
        request_()


def test_interactions_of_the_cells_stay_when_sites_join():
    inner = (Term("XX", (0, 1), 0.3),)
    battery = Battery(sites=(Site(),) * 2, start=BasisStart(levels=(0, 0)), interactions=inner)
    assert joined(battery, NEW, (0, 0)).interactions == inner
    assert joined_in_state(battery, NEW, dicke_state(2, 1)).interactions == inner
