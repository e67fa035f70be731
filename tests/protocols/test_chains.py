"""Batteries of interacting cells: quenched chains and the driven spin chain."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from qbcircuit import protocols, testing
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import best_average_power, capacity, reduced_states, simulate
from qbcircuit.starts import BasisStart, GroundStart, ThermalStart
from tests.by_hand import couplings, field, spin

TIMES = np.array([0.0, 0.3, 0.9, 1.6])
OPEN = list(itertools.pairwise(range(5)))
RING = [*OPEN, (4, 0)]


def charger(protocol):
    (step,) = protocol.evolutions
    return testing.dense_hamiltonian(step.terms, protocol.battery.dimensions)


def battery_matrix(protocol):
    """I without its multiple of the identity."""
    matrix = testing.energy_matrix(protocol.battery)
    return matrix - np.trace(matrix) / len(matrix) * np.eye(len(matrix))


def five(h0):
    return Battery.qubits(5, levels=(0.0, 2 * h0))


@pytest.mark.parametrize(("boundary", "bonds"), [("open", OPEN), ("periodic", RING)])
def test_quenches_are_the_printed_ones(boundary, bonds):
    x, y, z = (couplings(5, letters, *bonds) for letters in ("XX", "YY", "ZZ"))
    tfim = protocols.tfim_quench(
        five(0.4), coupling=0.7, charger_field=0.3, boundary=boundary, strength=1.5
    )
    np.testing.assert_allclose(battery_matrix(tfim), -0.7 * x - 0.4 * field(5), atol=1e-13)
    np.testing.assert_allclose(charger(tfim), 1.5 * (-0.7 * x - 0.3 * field(5)), atol=1e-13)
    xy = protocols.xy_quench(
        five(0.4), coupling=0.7, anisotropy=0.2, charger_anisotropy=-0.6, charger_field=0.3,
        boundary=boundary, strength=1.5,
    )  # fmt: skip
    inner = -0.35 * (1.2 * x + 0.8 * y) - 0.4 * field(5)
    outer = -0.35 * (0.4 * x + 1.6 * y) - 0.3 * field(5)
    np.testing.assert_allclose(battery_matrix(xy), inner, atol=1e-13)
    np.testing.assert_allclose(charger(xy), 1.5 * outer, atol=1e-13)
    xxz = protocols.xxz_quench(
        five(0.4), coupling=0.7, anisotropy=0.2, charger_anisotropy=-0.6, boundary=boundary,
        field=0.1, strength=1.5,
    )  # fmt: skip
    inner = 0.7 * (x + y + 0.2 * z) - 0.4 * field(5)
    np.testing.assert_allclose(battery_matrix(xxz), inner, atol=1e-13)
    outer = 1.5 * 0.7 * (x + y - 0.6 * z) + 0.1 * field(5)
    np.testing.assert_allclose(charger(xxz), outer, atol=1e-13)
    assert {one.include_internal for one in (tfim, xy, xxz)} == {False}


def test_two_cells_have_one_bond_whatever_the_boundary():
    two = Battery.qubits(2)
    closed = protocols.tfim_quench(two, boundary="periodic")
    assert closed == protocols.tfim_quench(two, boundary="open")


@pytest.mark.parametrize("reach", ["nearest", "power-law", "all-to-all"])
def test_the_driven_chain_is_the_printed_one(reach):
    protocol = protocols.driven_spin_chain(
        five(0.4), coupling=0.7, anisotropy=0.3, reach=reach, decay=1.5, field=0.2, strength=1.1
    )
    inner = 0
    for i, j in itertools.combinations(range(5), 2):
        g = {"nearest": 0.7 * (j == i + 1), "power-law": 0.7 / (j - i) ** 1.5, "all-to-all": 0.7}
        x, y, z = (couplings(5, letters, (i, j)) for letters in ("XX", "YY", "ZZ"))
        inner = inner - g[reach] * (z + 0.3 * (x + y))
    np.testing.assert_allclose(battery_matrix(protocol), inner - 0.4 * field(5), atol=1e-13)
    expected = inner + 2.2 * spin("X", 5) + 0.2 * field(5)
    np.testing.assert_allclose(charger(protocol), expected, atol=1e-13)
    assert protocol.battery.start == BasisStart(levels=(0,) * 5)


ALL = [
    protocols.tfim_quench,
    protocols.xy_quench,
    protocols.xxz_quench,
    protocols.driven_spin_chain,
]


@pytest.mark.parametrize("build", ALL, ids=lambda one: one.__name__)
def test_interacting_cells_charge_as_dense_matrices_do(build):
    protocol = build(five(0.4), coupling=0.7)
    expected = [testing.work_at(protocol, t) for t in TIMES]
    np.testing.assert_allclose(simulate(protocol, TIMES).work, expected, atol=1e-9)
    assert max(expected) > 0.1


@pytest.mark.parametrize("build", ALL, ids=lambda one: one.__name__)
def test_the_best_power_of_interacting_cells_is_that_of_their_curve(build):
    protocol = build(five(0.4), coupling=0.7)
    grid = np.linspace(1e-3, 3.0, 3000)
    time, power = best_average_power(protocol, horizon=3.0)
    assert power == pytest.approx((simulate(protocol, grid).work / grid).max(), rel=1e-4)
    assert simulate(protocol, time).work[0] / time == pytest.approx(power)
    assert power * time <= capacity(protocol.battery)


@pytest.mark.parametrize("build", ALL[:3], ids=lambda one: one.__name__)
def test_quenches_start_in_the_ground_state_of_the_battery_or_as_they_are_told(build):
    quench = build(five(0.4))
    (found,) = reduced_states(quench, [0.0])
    energies, vectors = np.linalg.eigh(battery_matrix(quench))
    assert energies[1] - energies[0] > 1e-3
    np.testing.assert_allclose(found, np.outer(vectors[:, 0], vectors[:, 0].conj()), atol=1e-9)
    assert quench.battery.start == GroundStart()
    neel = build(Battery.qubits(5, start="01010"))
    assert neel.battery.start == BasisStart(levels=(0, 1, 0, 1, 0))


@pytest.mark.parametrize("n", [6, 8])
@pytest.mark.parametrize("anisotropy", [0.6, -0.3])
def test_a_ring_charges_momentum_by_momentum(n, anisotropy):
    """sum_(k>0) 2 e0 (1 - cos^2 theta) sin^2(e1 t), e = 2 |n|, n = (J a sin k, h - J cos k)."""
    coupling, h0, h1 = 0.8, 1.3, 0.2
    protocol = protocols.xy_quench(
        Battery.qubits(n, levels=(-h0, h0)), coupling=coupling, anisotropy=anisotropy,
        charger_anisotropy=anisotropy, charger_field=h1, boundary="periodic",
    )  # fmt: skip
    total = 0.0
    for k in (2 * np.arange(n // 2) + 1) * math.pi / n:
        before, after = (
            np.array([coupling * anisotropy * math.sin(k), h - coupling * math.cos(k)])
            for h in (h0, h1)
        )
        e0, e1 = 2 * np.linalg.norm(before), 2 * np.linalg.norm(after)
        cosine = before @ after / (e0 * e1 / 4)
        total = total + 2 * e0 * (1 - cosine**2) * np.sin(e1 * TIMES) ** 2
    np.testing.assert_allclose(simulate(protocol, TIMES).work, total, atol=1e-9)


def test_a_quench_of_the_anisotropy_keeps_the_charged_cells_and_ignores_fields():
    protocol = protocols.xxz_quench(five(0.4))
    charged = np.array([index.bit_count() for index in range(32)])
    populations = [np.diag(state).real for state in reduced_states(protocol, TIMES)]
    for found in populations:
        assert found @ charged == pytest.approx(populations[0] @ charged, abs=1e-9)
    driven = protocols.xxz_quench(five(0.4), field=0.9)
    np.testing.assert_allclose(
        simulate(driven, TIMES).work, simulate(protocol, TIMES).work, atol=1e-9
    )


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: protocols.tfim_quench(Battery.qubits(1)), r"^tfim-quench needs at least 2 cells"),
        (lambda: protocols.tfim_quench(five(0.4), boundary="loop"), r'^Unknown boundary "loop"'),
        (lambda: protocols.xxz_quench(five(0.4), anisotropy=math.inf), r"^The anisotropy must be"),
        (lambda: protocols.driven_spin_chain(five(0.4), reach="long"), r'^Unknown reach "long"'),
        (lambda: protocols.xy_quench(protocols.tfim_quench(five(0.4)).battery),
         r"^xy-quench brings the couplings of its cells with it, and this battery has 4 of"),
        (lambda: protocols.tfim_quench(Battery.qubits(3, start=ThermalStart(beta=1.0))),
         r"^A thermal start is for cells that do not interact"),
        (lambda: protocols.build("tfim-quench", five(0.4), field=0.3),
         r"^tfim-quench takes no field, got 0\.3\. Leave --field out\.$"),
    ],
)  # fmt: skip
def test_refusals(request_, message):
    with pytest.raises(InvalidRequest, match=message):
        request_()
