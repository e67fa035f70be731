"""Mixed starts sampled level by level: the same work, honest errors, the work's distribution."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit import testing
from qbcircuit.backend import Counts, batch_of
from qbcircuit.battery import Role, Site
from qbcircuit.compile.sampling import MOST_STARTS, sampled_starts
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import trace_from_readings, two_point_work
from qbcircuit.machines import ExactBackend, resolve
from qbcircuit.plan import CircuitPlan
from qbcircuit.starts import MixedStart, ThermalStart
from qbcircuit.terms import Term


def mixed_battery():
    sites = (
        Site(levels=(0.0, 1.0)),
        Site(levels=(0.0, 0.7, 1.9)),
        Site(levels=(0.0, 0.0, 0.0), role=Role.MODE),
    )
    rows = ((0.8, 0.2), (0.5, 0.0, 0.5), (0.6, 0.3, 0.1))
    return qb.Battery(sites=sites, start=MixedStart(populations=rows))


CHARGERS = {
    "blocks": [Term(["X", "|2><0|"], (0, 1)), Term(["|0><0|"], (2,), 0.4)],
    "dense": [Term(["X", "|2><1|"], (0, 1), 0.8), Term(["|1><0|", "a"], (1, 2))],
}


@pytest.mark.parametrize(
    ("charger", "start", "kind"),
    [
        ("blocks", "auto", "gray"),
        ("blocks", "auto", "unary"),
        ("blocks", "any", "unary"),
        ("dense", "auto", "gray"),
    ],
)
def test_all_starts_with_their_weights_are_the_mixture(charger, start, kind):
    protocol = qb.ChargingProtocol.constant(
        mixed_battery(), CHARGERS[charger], include_internal=True
    )
    plan = qb.compile_protocol(
        protocol, times=[0.0, 0.9], mixed="sample", start=start, encoding=kind, error=0.1
    )
    assert plan.compilation.assumes_start is (charger == "blocks" and start == "auto")
    assert len(plan.qubits) == plan.layout[-1] + 1  # no wire beside the registers
    assert len(plan.experiments) == 2 * 2 * 2 * 3
    assert CircuitPlan.from_json(plan.to_json()) == plan
    battery = protocol.battery
    for time in plan.times:
        here = [one for one in plan.experiments if one.time == time]
        assert math.fsum(one.start.weight for one in here) == pytest.approx(1.0)
        state = sum(one.start.weight * testing.cell_state(plan, one) for one in here)
        exact = testing.reduced(
            testing.density_at(protocol, time), battery.dimensions, battery.cells
        )
        expected = testing.encoded_state(plan, exact)
        assert np.abs(state - expected).max() <= 2 * plan.compilation.error + 1e-9
        for one in here:
            still = testing.cell_state(plan, one.with_zero_angles())
            code = sum(
                plan.registers[cell].codes[one.start.levels[cell]] << first
                for cell, first in zip(battery.cells, (0, 1), strict=True)
            )
            assert still[code, code] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("epsilon", [0.05, 0.7, 5.0])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_strings_of_x_charge_a_thermal_battery_by_the_hyperbolic_tangent(epsilon, order):
    """Proposition 1 of the letter: W -> W tanh(epsilon/2), at the same T."""
    cold = qb.protocols.blocks(qb.Battery.qubits(3), order=order)
    warm = replace(cold, battery=qb.Battery.qubits(3, start=ThermalStart(beta=epsilon)))
    times = np.linspace(0, 1.9, 12)
    law = math.tanh(epsilon / 2) * qb.simulate(cold, times).work
    for mixed in ("purify", "sample"):
        plan = qb.compile_protocol(warm, times=times, mixed=mixed)
        assert len(plan.qubits) == (6 if mixed == "purify" else 3)
        trace = qb.run(plan, "aer", shots=2000, seed=5)
        assert np.all(np.abs(trace.work - law) < 4.5 * trace.stderr)
        assert np.all(np.abs(trace.noise_work) < 4.5 * trace.noise_stderr)
    assert trace.shots == 2000 * 8


def test_few_starts_are_all_run_and_many_are_drawn():
    few = sampled_starts(mixed_battery(), seed=3)
    assert len(few) == 12 and {one.draws for one in few} == {0}
    many = qb.Battery.qubits(6, start=ThermalStart(beta=0.4))
    drawn = sampled_starts(many, seed=3)
    assert sum(one.draws for one in drawn) == MOST_STARTS
    assert all(one.weight == one.draws / MOST_STARTS for one in drawn)
    assert drawn == sampled_starts(many, seed=3) != sampled_starts(many, seed=4)
    p1 = 1 / (1 + math.exp(0.4))
    means = [
        sum(one.weight * np.array(one.levels) for one in sampled_starts(many, seed))
        for seed in range(200)
    ]
    assert np.mean(means, axis=0) == pytest.approx(np.full(6, p1), abs=0.03)


TIMES = (0.3, 0.6, 0.9, 1.2)


def pair_readings(plan, shots, rng):
    """Three blocks of two cells, each flipped as a whole with probability sin^2 t."""
    patterns = np.array(
        [0b11 * (i & 1) | 0b1100 * (i >> 1 & 1) | 0b110000 * (i >> 2) for i in range(8)]
    )
    readings = []
    for one in plan.experiments:
        flip = np.sin(one.time) ** 2
        weights = [flip ** i.bit_count() * (1 - flip) ** (3 - i.bit_count()) for i in range(8)]
        start = sum(level << cell for cell, level in enumerate(one.start.levels))
        outcomes = [f"{start ^ pattern:06b}" for pattern in patterns]
        times = rng.multinomial(shots, weights).tolist()
        readings.append(Counts.from_mapping(dict(zip(outcomes, times, strict=True))))
    return readings


def drawn_plan(beta=0.5):
    battery = qb.Battery.qubits(6, start=ThermalStart(beta=beta))
    protocol = qb.protocols.blocks(battery, order=2)
    return qb.compile_protocol(protocol, times=TIMES, mixed="sample")


@pytest.mark.parametrize("shots", [10, 400])
def test_intervals_cover_the_truth_though_starts_are_drawn(shots):
    """Of W at every time, of its differences between times and of its mean over them."""
    plan = drawn_plan()
    truth = qb.simulate(plan.protocol, TIMES).work
    rng = np.random.default_rng(8)
    combinations = np.vstack([np.eye(4), [1, -1, 0, 0], [0, 0, 1, -1], np.full(4, 0.25)])
    scores = []
    for seed in range(150):
        starts = sampled_starts(plan.protocol.battery, seed)
        base = [one for one in plan.experiments if one.start == plan.experiments[0].start]
        experiments = [replace(one, start=start) for one in base for start in starts]
        fresh = plan.with_experiments(experiments)
        trace = trace_from_readings(fresh, pair_readings(fresh, shots, rng))
        errors = np.sqrt(np.einsum("ij,jk,ik->i", combinations, trace.covariance, combinations))
        scores.append(combinations @ (trace.work - truth) / errors)
    scores = np.array(scores)
    covered = np.mean(np.abs(scores) < 1.96, axis=0)
    assert np.all(covered > 0.91)
    assert np.mean(covered) < 0.98
    assert np.std(scores, axis=0) == pytest.approx(np.ones(7), abs=0.2)


def test_times_share_the_luck_of_the_starts():
    plan = drawn_plan(beta=2.0)
    trace = trace_from_readings(plan, pair_readings(plan, 4000, np.random.default_rng(1)))
    scale = np.sqrt(np.diag(trace.covariance))
    correlation = trace.covariance / np.outer(scale, scale)
    assert correlation[np.triu_indices(4, 1)].min() > 0.8
    assert trace.common.shape == (len({one.start for one in plan.experiments}), 4)


def test_the_work_distribution_knows_the_energy_before():
    """Levels 0, 1 with weights p, 1 - p, flipped with probability s: work 1, 0 or -1."""
    battery = qb.Battery.qubits(1, start=ThermalStart(beta=0.9))
    protocol = qb.protocols.parallel(battery)
    plan = qb.compile_protocol(protocol, times=[0.0, 0.6], mixed="sample")
    readings = resolve("aer", n_sites=1).run(batch_of(plan), shots=20_000, seed=2)
    found = two_point_work(plan, readings)
    assert found[0.0].work.tolist() == [0.0] and found[0.0].probability.tolist() == [1.0]
    warm, flip = 1 / (1 + math.exp(0.9)), math.sin(0.6) ** 2
    one = found[0.6]
    assert one.work == pytest.approx([-1.0, 0.0, 1.0])
    expected = np.array([warm * flip, 1 - flip, (1 - warm) * flip])
    assert np.all(np.abs(one.probability - expected) < 4 * one.stderr)
    assert one.moment(1) == pytest.approx(trace_from_readings(plan, readings).work[1])
    assert one.moment(2) == pytest.approx(flip, abs=0.02)


def test_a_work_distribution_needs_levels_before_the_charge():
    warm = qb.protocols.parallel(qb.Battery.qubits(1, start=ThermalStart(beta=0.9)))
    plan = qb.compile_protocol(warm, times=0.5)
    readings = resolve("aer", n_sites=2).run(batch_of(plan), shots=10, seed=2)
    with pytest.raises(InvalidRequest, match=r'is a ThermalStart\. Use mixed="sample"'):
        two_point_work(plan, readings)
    cold = qb.compile_protocol(qb.protocols.parallel(qb.Battery.qubits(1)), times=0.5)
    with pytest.raises(InvalidRequest, match="this machine computes"):
        two_point_work(cold, ExactBackend().run(batch_of(cold), shots=1, seed=0))
