"""Counts to energies: which letter is which cell, and error bars that hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.backend import Counts, ExactWork
from qbcircuit.battery import BasisStart, Battery, Site, ThermalStart
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import Compilation, CompileOptions
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate import EnergyTrace, trace_from_histograms, trace_from_readings
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Setting
from qbcircuit.target import DeviceTarget
from qbcircuit.terms import Term


def plan_of(battery, times, *, twins=False, basis="Z"):
    n = battery.n_sites
    plan = CircuitPlan(
        protocol=ChargingProtocol.constant(battery, [Term("X", (0,))]),
        target=DeviceTarget(name="none", n_qubits=n, operations=()),
        options=CompileOptions(),
        compilation=Compilation(
            method="none", formula=None, steps=0, error=0.0, error_kind="exact", assumes_start=False
        ),
        qubits=tuple(range(n)),
        layout=tuple(range(n)),
        templates=(),
        local_layers=(),
        experiments=tuple(
            Experiment(
                time=time,
                role=ExperimentRole.CHARGE,
                setting=Setting(bases=(basis,) * n),
                segments=(),
                readout=tuple(range(n)),
            )
            for time in times
        ),
    )
    return plan.with_noise_work() if twins else plan


def counts(**outcomes):
    return Counts.from_mapping({bits.strip("b"): times for bits, times in outcomes.items()})


UNEQUAL = Battery(
    sites=(Site(levels=(0.0, 1.0)), Site(levels=(0.5, 3.5))), start=BasisStart(levels=(0, 0))
)


def test_the_rightmost_letter_is_the_first_cell():
    trace = trace_from_readings(plan_of(UNEQUAL, [1.0]), [counts(b01=3, b10=1)])
    assert trace.work == pytest.approx([(3 * 1.0 + 1 * 3.0) / 4])
    assert trace.capacity == 4.0 and trace.shots == 4 and trace.n_cells == 2


def test_work_starts_from_the_energy_of_the_start():
    excited = Battery.qubits(2, levels=(0.0, 2.0), start="01")
    trace = trace_from_readings(plan_of(excited, [0.0, 1.0]), [counts(b01=5), counts(b00=5)])
    assert trace.work == pytest.approx([0.0, -2.0]) and trace.lowest == -2.0
    warm = Battery.qubits(3, start=ThermalStart(beta=1.0))
    trace = trace_from_readings(plan_of(warm, [0.0]), [counts(b000=5)])
    assert trace.work[0] == pytest.approx(trace.lowest) == -3 / (1 + np.e)


def test_standard_error_is_that_of_independent_cells():
    rng = np.random.default_rng(3)
    bits = rng.random((20000, 5)) < 0.3
    outcomes, times = np.unique(
        ["".join(map(str, row)) for row in bits.astype(int)], return_counts=True
    )
    reading = Counts.from_mapping(dict(zip(outcomes, times.tolist(), strict=True)))
    trace = trace_from_readings(plan_of(Battery.qubits(5), [1.0]), [reading])
    assert trace.stderr[0] == pytest.approx(np.sqrt(5 * 0.3 * 0.7 / 20000), rel=0.03)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_identical_outcomes_do_not_claim_certainty(size):
    shots, half = 1000, 500
    full = Counts.from_mapping({"1" * 4: shots})
    if size == 1:
        fair = {f"{i:04b}": 1000 for i in range(16)}
    elif size == 2:
        fair = dict.fromkeys(("0000", "0011", "1100", "1111"), half)
    else:
        fair = {"0000": half, "1111": half}
    trace = trace_from_readings(
        plan_of(Battery.qubits(4), [1.0, 2.0]), [Counts.from_mapping(fair), full]
    )
    assert trace.work[1] == 4.0
    assert trace.stderr[1] == pytest.approx(size / np.sqrt(2) / shots, rel=0.01)


def test_computed_work_has_no_error():
    trace = trace_from_readings(
        plan_of(Battery.qubits(2), [0.5, 1.0]), [ExactWork(0.3), ExactWork(1.2)]
    )
    assert trace.work.tolist() == [0.3, 1.2] and trace.is_exact and trace.shots is None
    assert not trace.stderr.any()


def test_times_are_sorted_and_equal_ones_pooled():
    plan = plan_of(Battery.qubits(1), [2.0, 1.0, 2.0])
    trace = trace_from_readings(plan, [counts(b1=30), counts(b0=10), counts(b0=10)])
    assert trace.times.tolist() == [1.0, 2.0] and trace.work.tolist() == [0.0, 0.75]
    assert trace.shots == 10


def test_noise_work_comes_from_the_zero_angle_twins():
    plan = plan_of(Battery.qubits(1), [1.0, 2.0], twins=True)
    readings = [counts(b1=100), counts(b0=90, b1=10), counts(b1=100), counts(b0=80, b1=20)]
    trace = trace_from_readings(plan, readings)
    assert trace.work.tolist() == [1.0, 1.0] and trace.noise_work.tolist() == [0.1, 0.2]
    expected = np.sqrt(0.2 * 0.8 / 99 + 0.5 / 100**2)
    assert trace.noise_stderr[1] == pytest.approx(expected)


def test_noise_work_at_some_times_only_is_refused():
    plan = plan_of(Battery.qubits(1), [1.0, 2.0], twins=True)
    plan = plan.with_experiments(plan.experiments[:3])
    with pytest.raises(InvalidRequest, match="twin at every time, got 1 of 2"):
        trace_from_readings(plan, [counts(b1=1)] * 3)


@pytest.mark.parametrize(
    ("readings", "message"),
    [
        ([], "1 experiments but 0 readings"),
        ([Counts.from_mapping({"011": 3})], '"011" has 3 letters but the battery has 2 cells'),
        ([Counts.from_mapping({"12": 3})], "a level that cell 0 does not have"),
        ([Counts(())], "holds no shots"),
    ],
)
def test_readings_of_another_plan_are_refused(readings, message):
    with pytest.raises(RunFailed, match=message):
        trace_from_readings(plan_of(Battery.qubits(2), [1.0]), readings)


def test_only_z_readings_and_charge_experiments_make_a_trace():
    plan = plan_of(Battery.qubits(1), [1.0], basis="X")
    with pytest.raises(InvalidRequest, match="read in the Z basis, got setting X at time 1"):
        trace_from_readings(plan, [counts(b1=1)])
    plan = plan_of(Battery.qubits(1), [1.0], twins=True)
    with pytest.raises(InvalidRequest, match="needs charge experiments"):
        trace_from_readings(plan.with_experiments(plan.experiments[1:]), [counts(b1=1)])


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(*[st.integers(0, 40)] * 4).filter(any), min_size=1, max_size=4),
    st.sampled_from(["ground", "01", "11"]),
)
def test_histograms_and_counts_make_the_same_trace(rows, start):
    battery, times = Battery.qubits(2, start=start), list(range(len(rows)))
    readings = [
        Counts.from_mapping(dict(zip(("00", "01", "10", "11"), row, strict=True))) for row in rows
    ]
    by_counts = trace_from_readings(plan_of(battery, times), readings)
    bins = [[row[0], row[1] + row[2], row[3]] for row in rows]
    by_histogram = trace_from_histograms(battery, times, [0, 1, 2], bins)
    assert by_histogram.work == pytest.approx(by_counts.work)
    assert by_histogram.covariance == pytest.approx(by_counts.covariance, abs=1e-12)
    assert by_histogram.lowest == by_counts.lowest


def test_a_histogram_without_shots_is_refused():
    with pytest.raises(RunFailed, match="holds no shots"):
        trace_from_histograms(Battery.qubits(1), [1.0], [0, 1], [[0, 0]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"times": np.array([1.0, 1.0])}, "must increase"),
        ({"work": np.array([1.0])}, r"work needs shape \(2,\), got \(1,\)"),
        ({"covariance": np.zeros(2)}, r"covariance needs shape \(2, 2\)"),
        ({"work": np.array([1.0, np.nan])}, "work must be finite"),
        ({"capacity": 0.0}, "capacity must be positive"),
        ({"noise_work": np.zeros(2)}, "come together"),
        ({"times": np.zeros(0)}, "at least 1 time"),
    ],
)
def test_an_impossible_trace_is_refused(change, message):
    fields = {
        "times": np.array([0.0, 1.0]),
        "work": np.zeros(2),
        "covariance": np.zeros((2, 2)),
        "capacity": 1.0,
        "shots": None,
        "n_cells": 1,
    }
    with pytest.raises(InvalidRequest, match=message):
        EnergyTrace(**(fields | change))


def test_a_trace_copies_its_arrays_and_plots_itself():
    times = np.array([0.0, 1.0])
    trace = EnergyTrace(
        times=times, work=times, covariance=np.eye(2), capacity=2.0, shots=9, n_cells=2
    )
    times[0] = 7.0
    assert trace.times[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        trace.work[0] = 1.0
    assert trace.plot().get_xlabel()
