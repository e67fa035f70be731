"""Charging by collisions: random walks, dense matrices and published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qbcircuit import merit, protocols, testing
from qbcircuit.battery import Battery, Role
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.constraints import Constraint, cost, norm
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import reduced_states, simulate
from qbcircuit.terms import Term

LADDER = (
    (0, 0.0, 0.0, 0.0),
    (4, 1.83425292906473, 1.41749299806575, 0.841648169862605),
    (8, 3.92317464052408, 3.26707257318459, 2.17360346206875),
    (12, 5.9989617196997, 5.15823290047631, 4.03239095802779),
    (16, 6.89938947273599, 6.03363424404311, 5.7992860106267),
    (20, 6.74155123795518, 6.02903912347712, 5.48310247591034),
    (24, 6.30793240781373, 5.68250837006988, 4.63437969887934),
    (28, 5.77812004312344, 5.18817494712293, 3.62761703498086),
    (32, 5.21180540817447, 4.60733912920917, 2.57312963759482),
    (36, 4.65998423571037, 3.97671083433578, 1.58438273448031),
    (40, 4.18448039235815, 3.34826283279597, 0.818639452204585),
)
"""Collisions, energy, ergotropy and ergotropy without coherences of 9 levels, p = 3/4, pi/4.

chargeBattery.m of github.com/stellaseahll/Physics-Research at 3a04330, for Seah et al., PRL 127,
100601 (2021).
"""

MEMORY = (
    (0.1, 0.3, 0.109,
     (0.00016220293043461842, 0.003119514960912062, 0.009756756128420807, 0.039095873531089564)),
    (0.4, 0.8, 0.436,
     (0.00459400845235014, 0.04024905936755868, 0.09668178657395654, 0.23745071179870111)),
    (0.8, 0.9, 0.872,
     (0.01845880493841001, 0.12028641478394869, 0.22497223130900296, 0.27571532368801116)),
)  # fmt: skip
"""g, chance that the same ancilla comes again, F, and ergotropy at gamma t = 2, 6, 10, 20.

data/time_ergotropy_data.npy of github.com/DanieleMorr/Q_Battery_Coll_Model at 5c7227d, for
Morrone et al., Quantum Sci. Technol. 8, 035007 (2023).
"""


def test_published_ladder_of_nine_levels():
    """seah-finladder-coh."""
    battery = Battery.equal_cells(1, levels=range(9))
    protocol = protocols.collisional(battery, collisions=40, excited=0.75, strength=math.pi / 4)
    times = [float(n) for n, *_ in LADDER]
    levels = np.arange(9.0)
    states = reduced_states(protocol, times)
    work = simulate(protocol, times).work
    np.testing.assert_allclose(work, [row[1] for row in LADDER], atol=1e-10)
    found = [merit.ergotropy(state, levels) for state in states]
    np.testing.assert_allclose(found, [row[2] for row in LADDER], atol=1e-10)
    found = [merit.incoherent_ergotropy(state, levels) for state in states]
    np.testing.assert_allclose(found, [row[3] for row in LADDER], atol=1e-10)


@pytest.mark.parametrize(("g", "memory", "drive", "expected"), MEMORY)
def test_published_charger_with_memory(g, memory, drive, expected):
    """collmem-transient: collisions of length 0.01, gamma = 1."""
    protocol = protocols.collisional_charger(
        Battery.qubits(1), collisions=2000, drive=drive, step=0.01, memory=memory, strength=g
    )
    states = reduced_states(protocol, [200.0, 600.0, 1000.0, 2000.0])
    found = [merit.ergotropy(state, (0.0, 1.0)) for state in states]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_mixed_ancillas_make_a_random_walk():
    """Up with p sin^2(theta), down with (1-p) sin^2(theta), whatever the levels' energies."""
    theta, p, d = 0.8, 0.7, 5
    levels = (0.0, 0.1, 0.5, 0.55, 1.0)
    battery = Battery.equal_cells(1, levels=levels)
    protocol = protocols.collisional(
        battery, collisions=9, excited=p, ancilla="mixed", strength=theta
    )
    move = math.sin(theta) ** 2
    walk = np.diag([1 - move * (p * (level < d - 1) + (1 - p) * (level > 0)) for level in range(d)])
    walk += np.diag([p * move] * (d - 1), k=-1) + np.diag([(1 - p) * move] * (d - 1), k=1)
    weights = np.eye(d)[0]
    expected = []
    for _ in range(10):
        expected.append(weights @ levels)
        weights = walk @ weights
    np.testing.assert_allclose(simulate(protocol, np.arange(10.0)).work, expected, atol=1e-12)


@pytest.mark.parametrize("ancilla", ["coherent", "mixed"])
@pytest.mark.parametrize("memory", [0.0, 0.35])
def test_collisions_against_dense_matrices(ancilla, memory):
    battery = Battery.equal_cells(2, levels=(0.0, 0.4, 1.0), start="01")
    protocol = protocols.collisional(
        battery, collisions=3, excited=0.6, ancilla=ancilla, memory=memory, strength=0.5
    )
    times = (0.0, 0.6, 1.0, 1.7, 3.0)
    expected = [testing.work_at(protocol, t) for t in times]
    np.testing.assert_allclose(simulate(protocol, times).work, expected, atol=1e-10)
    assert expected[-1] > 0.1


def test_the_charger_against_dense_matrices():
    protocol = protocols.collisional_charger(
        Battery.qubits(2), collisions=6, drive=0.3, damping=2.0, step=0.1, memory=0.4, strength=0.8
    )
    assert [site.role for site in protocol.battery.sites[2:]] == [Role.CHARGER, Role.ANCILLA]
    times = (2.0, 4.5, 6.0)
    expected = [testing.work_at(protocol, t) for t in times]
    np.testing.assert_allclose(simulate(protocol, times).work, expected, atol=1e-10)


def test_a_charger_without_drive_passes_the_charge_on_to_ancillas():
    """A full cell empties for good: slowly at weak damping as an exchange, cos^2(g t)."""
    full = Battery.qubits(1, start="1")
    undamped = protocols.collisional_charger(
        full, collisions=40, drive=0.0, damping=0.0, step=0.05, strength=0.7
    )
    times = np.arange(0.0, 41.0, 5.0)
    expected = -(np.sin(0.7 * 0.05 * times) ** 2)
    np.testing.assert_allclose(simulate(undamped, times).work, expected, atol=1e-12)
    damped = protocols.collisional_charger(
        full, collisions=400, drive=0.0, damping=2.0, step=0.05, strength=0.7
    )
    assert simulate(damped, 400.0).work[0] == pytest.approx(-1.0, abs=1e-3)


def test_the_schedule_is_a_stream_of_fresh_ancillas():
    protocol = protocols.collisional(Battery.qubits(2), collisions=3, excited=0.25, memory=0.2)
    fresh, first, again, *_ = protocol.schedule
    assert fresh == Reset(sites=(2,), amplitudes=(math.sqrt(0.75), 0.5))
    assert again == Reset(sites=(2,), amplitudes=(math.sqrt(0.75), 0.5), probability=0.8)
    assert isinstance(first, Evolve)
    assert protocol.schedule == (fresh, first, again, first, again, first)
    assert (protocol.duration, protocol.order, protocol.participation) == (3.0, 2, 2)
    kept = protocols.collisional(Battery.qubits(1), collisions=3, memory=1.0)
    assert [type(step) for step in kept.schedule] == [Reset, Evolve, Evolve, Evolve]
    sure = protocols.collisional(Battery.qubits(1), excited=1.0, ancilla="mixed").schedule[0]
    assert sure == Reset(sites=(1,), amplitudes=(0.0, 1.0))


def test_dense_matrices_see_a_reset_at_a_last_moment_that_is_rounded():
    first, second = 0.6251664507147843, 0.2587450935207381
    assert (first + second) - first - second < 0
    schedule = (
        Evolve(terms=(Term("XY", (0, 1), 0.5), Term("Z", (0,), -0.6)), duration=first),
        Evolve(terms=(Term("XX", (0, 1), -0.8),), duration=second),
        Reset(sites=(1,)),
    )
    protocol = ChargingProtocol(battery=Battery.qubits(2, start="11"), schedule=schedule)
    (work,) = simulate(protocol, np.array([protocol.duration])).work
    assert testing.work_at(protocol, protocol.duration) == pytest.approx(work, abs=1e-10)


def test_costs_count_the_ancilla():
    """One cell of two levels: H = theta (s+ s- + h.c.) has norm theta."""
    protocol = protocols.collisional(Battery.qubits(1), collisions=4, excited=1.0, strength=0.3)
    assert norm(protocol) == (pytest.approx(0.3), "exact")
    # a surely excited ancilla meets the cell's population of level 0
    still = 1.0
    spread = []
    for _ in range(4):
        spread.append(0.3 * math.sqrt(still))
        still *= math.cos(0.3) ** 2
    assert cost(protocol, Constraint.C1) == pytest.approx(np.mean(spread))


@pytest.mark.parametrize(
    ("build", "options", "message"),
    [
        (protocols.collisional, {"collisions": 0}, "Collisions must be 1 or more, got 0."),
        (protocols.collisional, {"excited": 1.2}, "excited must be a population from 0 to 1, got"),
        (protocols.collisional, {"memory": -0.1}, "memory must be a chance from 0 to 1, got -0.1."),
        (
            protocols.collisional,
            {"ancilla": "mix"},
            'Unknown kind of ancilla "mix". Closest: mixed',
        ),
        (
            protocols.collisional,
            {"strength": 0.0},
            "The strength must be finite and not 0, got 0.0",
        ),
        (
            protocols.collisional_charger,
            {"step": 0.0},
            "A collision's length must be positive, got",
        ),
        (
            protocols.collisional_charger,
            {"damping": -1.0},
            "A drive must be finite and a damping 0",
        ),
        (protocols.collisional_charger, {"collisions": 10**6}, "Collisions must be 100000 or less"),
    ],
)
def test_refusals(build, options, message):
    with pytest.raises(InvalidRequest) as caught:
        build(Battery.qubits(1), **options)
    assert str(caught.value).startswith(message)
