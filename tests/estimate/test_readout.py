"""Read-out errors: told from two circuits, undone in the mean, and owned up to in the interval."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qbcircuit as qb
from qbcircuit.backend import Counts, ExactWork, batch_of
from qbcircuit.compile import calibration_plan
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import ReadoutErrors, readout_errors, trace_from_readings
from qbcircuit.estimate.smooth import smooth
from qbcircuit.machines import resolve
from qbcircuit.plan import ExperimentRole

N = 3
FALSE_ONES = np.array([0.01, 0.03, 0.02])
FALSE_ZEROS = np.array([0.08, 0.05, 0.11])
"""Lopsided, as devices are: an excited cell decays while it is read."""


def charging_plan(n_times=9, **changes):
    battery = qb.Battery.qubits(N, **changes)
    protocol = qb.normalise(qb.protocols.parallel(battery), qb.Constraint.C0)
    return qb.compile_protocol(protocol, times=np.linspace(0, 1.9, n_times))


def confusion():
    """P(read | true) of all cells, rightmost letter cell 0."""
    cells = [
        np.array([[1 - one, zero], [one, 1 - zero]])
        for one, zero in zip(FALSE_ONES, FALSE_ZEROS, strict=True)
    ]
    return np.kron(np.kron(cells[2], cells[1]), cells[0])


def true_probabilities(time):
    """Each cell is filled to sin^2 t, independently."""
    full = np.sin(time) ** 2
    cell = np.array([1 - full, full])
    return np.kron(np.kron(cell, cell), cell)


def sampled(probabilities, shots, rng):
    seen = rng.multinomial(shots, probabilities / probabilities.sum())
    return Counts.from_mapping({f"{i:03b}": int(n) for i, n in enumerate(seen)})


def exact_counts(probabilities, shots=10**8):
    return Counts.from_mapping({f"{i:03b}": round(shots * p) for i, p in enumerate(probabilities)})


def calibration_readings(plan, draw):
    ends = {False: np.eye(8)[0], True: np.eye(8)[7]}
    return [draw(confusion() @ ends[bool(one.pieces)]) for one in plan.experiments]


def known_errors(shots=10**8):
    return ReadoutErrors(false_ones=FALSE_ONES, false_zeros=FALSE_ZEROS, shots=shots)


def test_the_two_circuits_prepare_the_two_levels_on_every_qubit_in_use():
    plan = calibration_plan([charging_plan()], copies=2)
    assert {one.role for one in plan.experiments} == {ExperimentRole.CALIBRATION}
    for experiment, reading in zip(
        plan.experiments,
        resolve("aer", n_sites=N).run(batch_of(plan), shots=50, seed=1),
        strict=True,
    ):
        assert reading == Counts((("111" if experiment.pieces else "000", 50),))
    assert [bool(one.pieces) for one in plan.experiments] == [False, True] * 2


def test_one_calibration_serves_only_plans_on_the_same_qubits():
    plan = charging_plan()
    other = replace(plan, qubits=tuple(reversed(plan.qubits)))
    with pytest.raises(InvalidRequest, match="plans on the same qubits"):
        calibration_plan([plan, other])


def test_flips_are_found_wire_by_wire():
    plan = calibration_plan([charging_plan()])
    found = readout_errors(plan, calibration_readings(plan, exact_counts))
    assert found.false_ones == pytest.approx(FALSE_ONES, abs=1e-7)
    assert found.false_zeros == pytest.approx(FALSE_ZEROS, abs=1e-7)


def test_a_machine_that_computes_has_nothing_to_calibrate():
    plan = calibration_plan([charging_plan()])
    with pytest.raises(InvalidRequest, match="no read-out to calibrate"):
        readout_errors(plan, [ExactWork(0.0)] * len(plan.experiments))


def test_work_is_exact_again_and_raw_work_is_not():
    """5 times smaller errors are asked for; the inverse of a known confusion leaves none."""
    plan = charging_plan()
    readings = [exact_counts(confusion() @ true_probabilities(t)) for t in plan.times]
    truth = N * np.sin(plan.times) ** 2 * plan.protocol.battery.splitting
    raw = trace_from_readings(plan, readings).work - truth
    corrected = trace_from_readings(plan, readings, known_errors()).work - truth
    assert np.max(np.abs(raw)) > 0.2
    assert np.max(np.abs(corrected)) < 1e-6


def test_cells_are_corrected_by_the_wire_that_holds_them():
    plan = charging_plan(n_times=5)
    turned = (2, 0, 1)
    plan = plan.with_experiments([replace(one, readout=turned) for one in plan.experiments])
    battery = plan.protocol.battery
    tables = known_errors().levels(battery, turned)
    wire_of_cell = zip(tables, turned, strict=True)
    for table, wire in wire_of_cell:
        contrast = 1 - FALSE_ONES[wire] - FALSE_ZEROS[wire]
        assert table[1] - table[0] == pytest.approx(battery.splitting / contrast)


def test_what_calibration_leaves_open_is_common_to_all_times():
    plan = charging_plan()
    readings = [exact_counts(confusion() @ true_probabilities(t)) for t in plan.times]
    errors = known_errors(shots=500)
    trace = trace_from_readings(plan, readings, errors)
    filled = np.sin(plan.times) ** 2
    step = 1e-6
    expected = np.zeros((len(plan.times), len(plan.times)))
    for name, sigma in zip(("false_ones", "false_zeros"), errors.stderr, strict=True):
        for wire in range(N):
            moved = getattr(errors, name).copy()
            moved[wire] += step
            shifted = trace_from_readings(plan, readings, replace(errors, **{name: moved}))
            slope = (shifted.work - trace.work) / step * sigma[wire]
            expected += np.outer(slope, slope)
    assert trace.common.T @ trace.common == pytest.approx(expected, rel=1e-3, abs=1e-9)
    assert np.all(np.linalg.eigvalsh(trace.covariance) > 0)
    assert trace.covariance[3, 4] == pytest.approx(expected[3, 4], rel=1e-3)
    assert filled[4] > 0.5


def test_compared_curves_share_what_their_calibration_got_wrong():
    """Equal curves, whose calibration errs alone, have draws that go together."""
    plan = charging_plan()
    readings = [exact_counts(confusion() @ true_probabilities(t)) for t in plan.times]
    trace = trace_from_readings(plan, readings, known_errors(shots=200))
    one, other = (
        smooth(trace, np.random.default_rng([5, stream]), np.random.default_rng([5, 2]))
        for stream in (0, 1)
    )
    spread = np.std(one.draws, axis=0).max()
    # what the smoother misses between the times is each curve's own; apart it would be 1.4
    assert np.std(one.draws - other.draws, axis=0).max() < 0.4 * spread


@settings(deadline=None, max_examples=30)
@given(
    flips=st.lists(st.floats(0, 0.2), min_size=6, max_size=6),
    shares=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_any_confusion_below_the_limit_is_inverted(flips, shares):
    ones, zeros = np.array(flips[:3]), np.array(flips[3:])
    errors = ReadoutErrors(false_ones=ones, false_zeros=zeros, shots=1000)
    assert errors.objection is None
    battery = qb.Battery.qubits(3)
    tables = errors.levels(battery, (0, 1, 2))
    mean = 0.0
    for levels in itertools.product((0, 1), repeat=3):
        weight, energy = 1.0, 0.0
        for cell, level in enumerate(levels):
            read = ones[cell] + (1 - ones[cell] - zeros[cell]) * shares[cell]
            weight *= read if level else 1 - read
            energy += tables[cell][level]
        mean += weight * energy
    ladder = battery.sites[0].levels
    assert mean == pytest.approx(3 * ladder[0] + battery.splitting * sum(shares), abs=1e-9)


def test_a_read_out_that_tells_nothing_is_named():
    errors = ReadoutErrors(
        false_ones=np.array([0.01, 0.3]), false_zeros=np.array([0.02, 0.25]), shots=100
    )
    assert "plan qubit 1 flips with P(1|0) + P(0|1) = 0.55" in errors.objection


def test_intervals_of_the_corrected_work_cover_the_truth():
    """1.96 standard errors hold the truth in 92 to 98 % of 600 replicates, at every time."""
    plan = charging_plan(n_times=5)
    calibration = calibration_plan([plan], copies=1)
    truth = N * np.sin(plan.times) ** 2 * plan.protocol.battery.splitting
    read = [confusion() @ true_probabilities(t) for t in plan.times]
    rng, hits = np.random.default_rng(11), []
    for _ in range(600):
        errors = readout_errors(
            calibration, calibration_readings(calibration, lambda p: sampled(p, 400, rng))
        )
        trace = trace_from_readings(plan, [sampled(p, 400, rng) for p in read], errors)
        hits.append(np.abs(trace.work - truth) < 1.96 * trace.stderr)
    covered = np.mean(hits, axis=0)
    assert np.all(covered > 0.92)
    assert np.mean(covered) < 0.98
