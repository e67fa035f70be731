"""Circuits read in any product Pauli basis, against expectation values of dense matrices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit import testing
from qbcircuit.backend import batch_of
from qbcircuit.battery import Site
from qbcircuit.compile import calibration_plan, stretched, with_settings
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate import readings_by_setting
from qbcircuit.machines import ExactBackend, resolve
from qbcircuit.plan import CircuitPlan, ExperimentRole
from qbcircuit.starts import BasisStart

TIMES = (0.3, 0.8)
EVERY = [*itertools.product("XYZ", repeat=3)]


def three_cells(target, seed=4):
    protocol = testing.random_protocol(np.random.default_rng(seed), 3, n_steps=2, start="010")
    return qb.compile_protocol(protocol, times=TIMES, target=target, error=1e-3)


def mean_of(distribution, letters):
    """Mean of the product of the letters other than I, from outcomes with cell c in bit c."""
    outcomes = np.arange(len(distribution))
    mask = sum(1 << cell for cell, letter in enumerate(letters) if letter != "I")
    return float((1 - 2 * (np.bitwise_count(outcomes & mask) & 1).astype(int)) @ distribution)


def expected(state, letters):
    factors = {c: testing.LETTERS[a] for c, a in enumerate(letters) if a != "I"}
    return float(np.trace(state @ testing.placed(factors, (2, 2, 2))).real)


@pytest.mark.parametrize("target", ["all-to-all", "line", "heavy-hex"])
def test_every_basis_reads_the_mean_of_its_letters(target):
    plan = with_settings(three_cells(target), EVERY)
    assert len(plan.experiments) == len(TIMES) * len(EVERY)
    states = {time: testing.density_at(plan.protocol, time) for time in TIMES}
    found = dict(resolve("aer", n_sites=3).distributions(plan))
    for index, one in enumerate(plan.experiments):
        for kept in itertools.product([True, False], repeat=3):
            letters = [a if k else "I" for a, k in zip(one.setting.bases, kept, strict=True)]
            mean = expected(states[one.time], letters)
            assert mean_of(found[index], letters) == pytest.approx(mean, abs=5e-3), letters
        testing.assert_obeys_target(plan.circuit(index), plan.target)


def test_zero_angle_twins_keep_the_turns_into_a_basis():
    plan = with_settings(three_cells("line"), ["XYZ", "ZZZ"]).with_noise_work()
    start = testing.start_density(plan.protocol.battery)
    found = dict(resolve("aer", n_sites=3).distributions(plan))
    for index, one in enumerate(plan.experiments):
        if one.role is ExperimentRole.ZERO_ANGLE:
            bases = one.setting.bases
            assert mean_of(found[index], bases) == pytest.approx(expected(start, bases), abs=1e-9)
            charged = plan.circuit(index - 1).count_ops()
            assert plan.circuit(index).count_ops() == charged


def test_disjoint_blocks_stretched_and_stored_are_read_alike():
    battery = qb.Battery.qubits(4)
    protocol = qb.protocols.blocks(battery, order=2, field=0.3)
    plain = qb.compile_protocol(protocol, times=0.5, target="line")
    plan = with_settings(plain, ["XZYZ", "YYZX"])
    again = CircuitPlan.from_json(plan.to_json())
    assert again == plan
    assert again.content_hash == plan.content_hash != plain.content_hash
    machine = resolve("aer", n_sites=4)
    for one, other in zip(
        machine.distributions(plan), machine.distributions(stretched(plan, 3)), strict=True
    ):
        assert one[1] == pytest.approx(other[1], abs=1e-9)


def test_readings_are_sorted_by_time_and_setting():
    plan = with_settings(three_cells("all-to-all"), ["XYZ", "ZZZ"]).with_noise_work()
    readings = resolve("aer", n_sites=3).run(batch_of(plan), shots=50, seed=3)
    by_setting = readings_by_setting(plan, readings)
    assert list(by_setting) == [(time, tuple(b)) for time in TIMES for b in ("XYZ", "ZZZ")]
    for (time, bases), several in by_setting.items():
        (one,) = several
        assert (one.experiment.time, one.experiment.setting.bases) == (time, bases)
        assert one.counts is readings[plan.experiments.index(one.experiment)]
    idle = readings_by_setting(plan, readings, role=ExperimentRole.ZERO_ANGLE)
    assert list(idle) == list(by_setting)
    assert idle != by_setting


def test_a_calibration_is_read_as_it_is():
    calibration = calibration_plan([three_cells("line")])
    assert with_settings(calibration, ["XYZ"]).experiments == calibration.experiments


def test_a_plan_that_reads_energies_in_settings_takes_others_instead():
    inner = (qb.Term("XX", (0, 1), 0.4),)
    battery = qb.Battery(sites=(Site(),) * 2, start=BasisStart(levels=(0, 1)), interactions=inner)
    protocol = qb.ChargingProtocol.constant(battery, [qb.Term("XY", (0, 1))])
    plan = qb.compile_protocol(protocol, times=TIMES)
    assert {"".join(one.setting.bases) for one in plan.experiments} == {"ZZ", "XX"}
    other = with_settings(plan, ["YZ", "XY"])
    assert ["".join(one.setting.bases) for one in other.experiments] == ["YZ", "XY"] * 2
    testing.assert_plan_implements(other)


def test_settings_that_cannot_be_are_refused():
    plan = three_cells("all-to-all")
    with pytest.raises(InvalidRequest, match="one basis or more, each once"):
        with_settings(plan, [])
    with pytest.raises(InvalidRequest, match="one basis or more, each once"):
        with_settings(plan, ["XYZ", "XYZ"])
    for wrong in ("XY", "XYI", "xyz"):
        with pytest.raises(InvalidRequest, match="3 letters X, Y or Z here"):
            with_settings(plan, [wrong])
    with pytest.raises(InvalidRequest, match="read in XYZ only"):
        with_settings(with_settings(plan, ["XYZ"]), ["ZZZ"])
    with pytest.raises(RunFailed, match="2 experiments but 1 readings"):
        readings_by_setting(plan, [None])
    computed = ExactBackend().run(batch_of(plan), shots=1, seed=0)
    with pytest.raises(InvalidRequest, match="machines that sample"):
        readings_by_setting(plan, computed)
