"""Ergotropies that others published or computed: subsets, full spectrum, ladder, dephased.

Sources, each rebuilt from its definition and compared with the numbers its authors stored:

- Ising quench, last M of N sites (arXiv:2308.03334): frmetz/VQErgo_quantum_battery at
  337ba8f398fd2f03ee1623d95362713f9cee91e8, matlab_data_N2_M1 and matlab_data_N6_M3.
- Tavis-Cummings with Fock light and coupling g/sqrt N: gbhanja/Ergotropy_Fluctuation at
  6ef188baf482c9ac6b7123cd797c18e17bf9158c, TC_Kac_OP_fock_variance.
- Collisions with coherent probes (PRL 127, 100601): stellaseahll/Physics-Research at
  3a04330ee05b3bbd62da8e45e04753444fb8ad64, chargeBattery.m.
- Dicke battery, N = 4: qthermo 0.7.0, dicke_battery.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import merit
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.reference import StateHistory
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term

CHARGER = Site(levels=(0.0, 0.0), role=Role.CHARGER)
CELL = Site(levels=(-0.6, 0.6))


def ising_quench(n, m, coupling):
    """H = J sum XX - 0.6 sum Z on an open chain; the last m sites are the battery."""
    sites = (CHARGER,) * (n - m) + (CELL,) * m
    battery = Battery(sites=sites, start=BasisStart(levels=(0,) * n))
    bonds = [Term("XX", (j, j + 1), coupling) for j in range(n - 1)]
    return ChargingProtocol.constant(battery, [*bonds, *(Term("Z", (j,), -0.6) for j in range(n))])


@pytest.mark.parametrize(
    ("n", "m", "coupling", "times", "published"),
    [
        (
            2,
            1,
            -4.0,
            (0.15, 0.2, 0.25, 0.3, 0.5),
            (0.0, 0.0104453507, 0.445326358, 0.7866343179, 0.4634092344),
        ),
        (
            6,
            3,
            -2.0,
            (0.07, 0.28, 0.49, 0.98, 1.4),
            (0.0914320133, 0.9377501291, 1.2895629183, 1.382795893, 0.525637168),
        ),
    ],
)
def test_ising_quench_ergotropy_of_the_last_sites(n, m, coupling, times, published):
    found = merit.along(ising_quench(n, m, coupling), times, ["ergotropy"])["ergotropy"]
    np.testing.assert_allclose(found, published, atol=1e-9)


TAVIS_CUMMINGS = {
    # N: (place of tau on the grid, E_B, ergotropy on 2^N levels, on the ladder)
    2: (108, 1.356727099881, 0.963948492339, 0.945922738508),
    4: (107, 2.576315379447, 2.063705500595, 1.932945678712),
    6: (107, 3.820301162925, 3.303706231243, 3.037190858688),
    8: (108, 5.114105064325, 4.553828467742, 4.167236109669),
    10: (108, 6.373343021974, 5.750548292908, 5.27746912046),
    12: (108, 7.633062457623, 6.980651087477, 6.402929049431),
}


@pytest.mark.parametrize("n", TAVIS_CUMMINGS)
def test_tavis_cummings_ergotropy_on_both_spectra(n):
    place, energy, full, ladder = TAVIS_CUMMINGS[n]
    tau = np.linspace(0.001, 10, 1000)[place]
    sites = (Site(),) * n + (Site(levels=(0.0,) * (n + 1), role=Role.MODE),)
    battery = Battery(sites=sites, start=BasisStart(levels=(0,) * n + (n,)))
    terms = [Term(("+", "a"), (j, n), 1 / math.sqrt(n)) for j in range(n)]
    protocol = ChargingProtocol.constant(battery, terms)
    found = merit.along(protocol, [tau], ["ergotropy", "ladder-ergotropy"])
    assert merit.CellStates(StateHistory(protocol, [tau])).energy[0] == pytest.approx(
        energy, abs=1e-9
    )
    assert found["ergotropy"][0] == pytest.approx(full, abs=1e-9)
    assert found["ladder-ergotropy"][0] == pytest.approx(ladder, abs=1e-9)


def test_collisions_with_coherent_probes_dephased_and_not():
    """Nine levels raised one by one by fresh probes sqrt(q)|0> + sqrt(1-q)|1>, q = 1/4."""
    ladder = Site(levels=tuple(float(level) for level in range(9)))
    probe = Site(levels=(0.0, 0.0), role=Role.ANCILLA)
    battery = Battery(sites=(ladder, probe), start=BasisStart(levels=(0, 0)))
    fresh = Reset(sites=(1,), amplitudes=(math.sqrt(0.25), math.sqrt(0.75)))
    raising = tuple(Term((f"|{k + 1}><{k}|", "-"), (0, 1)) for k in range(8))
    swap = Evolve(terms=raising, duration=math.pi / 4)
    protocol = ChargingProtocol(battery=battery, schedule=(fresh, swap) * 40)
    numbers = (1, 2, 5, 18, 40)
    times = [number * math.pi / 4 for number in numbers]
    found = merit.along(protocol, times, ["ergotropy", "incoherent-ergotropy"])
    published = (
        0.205718913883074,
        0.581362372199582,
        1.85628874075889,
        6.07903680472815,
        3.34826283279597,
    )
    dephased = (0.0, 0.249540042944955, 1.1354465218208, 5.73696248837271, 0.818639452204585)
    np.testing.assert_allclose(found["ergotropy"], published, atol=1e-10)
    np.testing.assert_allclose(found["incoherent-ergotropy"], dephased, atol=1e-10)


def test_dicke_ergotropy_on_the_ladder():
    """Counter-rotating coupling 0.05 to a mode with 14 levels, four quanta at the start."""
    n, g = 4, 0.05
    sites = (Site(),) * n + (Site(levels=(0.0,) * 14, role=Role.MODE),)
    battery = Battery(sites=sites, start=BasisStart(levels=(0,) * n + (n,)))
    terms = [Term("n", (n,)), *(Term("Z", (j,), -0.5) for j in range(n))]
    terms += [Term(("+", letter), (j, n), g) for j in range(n) for letter in "ac"]
    protocol = ChargingProtocol.constant(battery, terms)
    found = merit.along(protocol, [0.0, 5.0, 15.0, 18.0, 45.0], ["ladder-ergotropy"])
    published = (
        0.0,
        0.15854523978816426,
        2.862503737427228,
        2.8532199286573166,
        0.3804010258652406,
    )
    np.testing.assert_allclose(found["ladder-ergotropy"], published, atol=1e-9)
