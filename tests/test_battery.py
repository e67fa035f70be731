"""Batteries: conventions, start states, and everything that cannot be one."""

from __future__ import annotations

import dataclasses
import math

import pytest

from qbcircuit.battery import BasisStart, Battery, Role, Site, ThermalStart, parse_start
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import start_energy


def test_rightmost_letter_is_cell_0():
    battery = Battery.qubits(3, start="001")
    assert battery.start == BasisStart(levels=(1, 0, 0))
    assert battery.start.bits == "001"
    assert battery.start_populations == ((0.0, 1.0), (1.0, 0.0), (1.0, 0.0))


def test_capacity_splitting_and_start_energy():
    battery = Battery.qubits(4, levels=(0.5, 2.0), start="0110")
    assert battery.n_cells == battery.n_sites == 4
    assert battery.splitting == 1.5
    assert battery.capacity == pytest.approx(6.0)
    assert start_energy(battery) == pytest.approx(2 * 0.5 + 2 * 2.0)


def test_only_cells_count():
    charger = Site(levels=(0.0, 9.0), role=Role.CHARGER)
    ancilla = Site(levels=(0.0, 0.0), role=Role.ANCILLA)
    sites = (charger, Site(), ancilla, Site(levels=(0.0, 2.0)))
    battery = Battery(sites=sites, start=BasisStart(levels=(1, 1, 0, 0)))
    assert battery.cells == (1, 3)
    assert (battery.n_cells, battery.n_sites) == (2, 4)
    assert battery.capacity == pytest.approx(3.0)
    assert battery.splitting == 2.0
    assert start_energy(battery) == pytest.approx(1.0)


def test_thermal_populations_are_boltzmann():
    beta, levels = 0.7, (0.3, 1.1, 2.0)
    battery = Battery(sites=(Site(levels=levels),) * 2, start=ThermalStart(beta=beta))
    weights = [math.exp(-beta * level) for level in levels]
    total = sum(weights)
    for populations in battery.start_populations:
        assert populations == pytest.approx([weight / total for weight in weights])
    mean = sum(w * level for w, level in zip(weights, levels, strict=True)) / total
    assert start_energy(battery) == pytest.approx(2 * mean)


def test_thermal_extremes():
    hot = Battery.qubits(1, start=ThermalStart(beta=0.0))
    assert hot.start_populations == ((0.5, 0.5),)
    # Far below the splitting only the ground level is left, without overflow.
    cold = Battery.qubits(1, levels=(-1e4, 1e4), start=ThermalStart(beta=50.0))
    assert cold.start_populations == ((1.0, 0.0),)


def test_other_sites_of_a_thermal_battery_start_empty():
    charger = Site(levels=(0.0, 1.0), role=Role.CHARGER)
    battery = Battery(sites=(Site(), charger), start=ThermalStart(beta=0.0))
    assert battery.start_populations == ((0.5, 0.5), (1.0, 0.0))


def test_batteries_are_values():
    assert Battery.qubits(3) == Battery.qubits(3, start="000")
    assert hash(Battery.qubits(3)) == hash(Battery.qubits(3))
    with pytest.raises(dataclasses.FrozenInstanceError):
        Battery.qubits(3).sites = ()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Battery.qubits(0), r"at least 1 cell, got 0\. Use -N 1 or more\."),
        (lambda: Battery(sites=(), start=BasisStart(levels=())), "at least 1 cell"),
        (lambda: Battery.qubits(2, levels=(1.0, 0.0)), r"must not decrease, got \[1\.0, 0\.0\]"),
        (lambda: Battery.qubits(2, levels=(1.0, 1.0)), "highest level above its lowest"),
        (lambda: Battery.qubits(2, levels=(0.0, 1.0, 2.0)), r"has 2 levels, got 3"),
        (lambda: Site(levels=(0.0,)), "two or more finite levels"),
        (lambda: Site(levels=(0.0, math.nan)), "two or more finite levels"),
        (lambda: Battery.qubits(3, start="01"), r"has 2 letters but the battery has 3 cells"),
        (lambda: parse_start("01a", 3), r'bit string of 0 and 1, got "01a"'),
        (lambda: parse_start("", 3), r'got ""'),
        (lambda: ThermalStart(beta=-1.0), r"finite and not negative, got -1\.0"),
        (lambda: ThermalStart(beta=math.nan), "got nan"),
        (lambda: Battery(sites=(Site(),), start=BasisStart(levels=(2,))), "Site 0 has levels"),
        (lambda: Battery(sites=(Site(),) * 2, start=BasisStart(levels=(0,))), "names 1 sites but"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_battery(build, message):
    with pytest.raises(InvalidRequest, match=message):
        build()


def test_equal_cells_of_any_number_of_levels():
    qutrits = Battery.equal_cells(3, levels=(0.0, 0.5, 2.0), start="012")
    assert qutrits.start == BasisStart(levels=(2, 1, 0))
    assert qutrits.capacity == pytest.approx(6.0)
    assert start_energy(qutrits) == pytest.approx(2.5)
    with pytest.raises(InvalidRequest, match='row of levels 0, 1, 2, got "013"'):
        Battery.equal_cells(3, levels=(0.0, 0.5, 2.0), start="013")
