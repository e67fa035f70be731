"""Rows of a comparison: against closed forms, other machines, and requests that cannot be."""

import math

import numpy as np
import pytest
from qiskit.primitives import StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2

import qbcircuit as qb
from qbcircuit.battery import ThermalStart
from qbcircuit.comparison import CompileRequest, exact_figures, reference_protocol, under
from qbcircuit.errors import InvalidRequest
from qbcircuit.report import notes

C0, C1, C2, NONE = qb.Constraint.C0, qb.Constraint.C1, qb.Constraint.C2, qb.Constraint.NONE


def covers(estimate, truth, slack=1.6):
    """Whether an interval, widened for many looks at once, holds a number."""
    low = estimate["value"] - slack * (estimate["value"] - estimate["low"])
    high = estimate["value"] + slack * (estimate["high"] - estimate["value"])
    return low <= truth <= high


@pytest.mark.parametrize(
    ("field", "order", "advantage", "work"),
    [
        (0.0, 2, 1.0465, 4.0833),
        (0.0, 3, 0.8889, 6.0),
        (0.5, 2, 0.8987, 3.4006),
        (0.5, 3, 0.6429, 3.6416),
    ],
)
def test_overlapping_windows_reach_the_known_advantage(field, order, advantage, work):
    battery = qb.Battery.qubits(8)
    charger = qb.protocols.windows(battery, order=order, field=field)
    row = qb.compare([charger], seed=3).rows[1]
    assert row["advantage"]["exact"] == pytest.approx(advantage, abs=1e-4)
    assert row["work"]["exact"] == pytest.approx(work, abs=1e-4)
    assert covers(row["advantage"], advantage)
    assert covers(row["work"], work)


CHAIN = {  # t of the first maximum, work per cell there, power ratios under C0 and C1 at g = 1
    2: (1.570796, 1.0, 2.0, 1.414214),
    3: (1.110721, 0.666667, 2.0, 1.154701),
    4: (1.088701, 0.676227, 1.776544, 1.146754),
    6: (1.037182, 0.679015, 1.798745, 1.147431),
    8: (1.014756, 0.682843, 1.809595, 1.150753),
    10: (1.002148, 0.685757, 1.815722, 1.153469),
    12: (0.994097, 0.687938, 1.819589, 1.155539),
}


@pytest.mark.parametrize("n", CHAIN)
def test_the_double_excitation_chain_is_reproduced_by_circuits(n):
    time, work, ratio_c0, ratio_c1 = CHAIN[n]
    charger = qb.protocols.double_excitation(qb.Battery.qubits(n))
    (row,) = qb.compare([charger], constraint=NONE, reference_first=False).rows
    assert row["charging_time"]["exact"] == pytest.approx(time, abs=1e-5)
    assert row["work"]["exact"] / n == pytest.approx(work, abs=1e-5)
    assert covers(row["charging_time"], time)
    assert covers(row["work"], n * work)
    for constraint, ratio in ((C0, ratio_c0), (C1, ratio_c1)):
        parallel = reference_protocol(charger, constraint)
        exact = exact_figures(under(charger, constraint), parallel)
        assert exact.power_ratio == pytest.approx(ratio, abs=2e-5)
    measured = qb.compare([charger], constraint=C0).rows[1]["power_ratio"]
    assert covers(measured, ratio_c0)


@pytest.mark.parametrize("epsilon", [0.7, 3.0])
def test_thermal_starts_deposit_tanh_less_work_in_the_same_time(epsilon):
    battery = qb.Battery.qubits(4, start=ThermalStart(beta=epsilon))
    reference, row = qb.compare(
        [qb.protocols.global_charging(battery)], constraint=C1, shots=8192
    ).rows
    work = 4 * math.tanh(epsilon / 2)
    assert row["advantage"]["exact"] == pytest.approx(2.0, abs=1e-6)
    assert row["bounds"]["gamma"] == pytest.approx(math.pi / 2 / math.tanh(epsilon / 2))
    for one in (reference, row):
        assert one["work"]["exact"] == pytest.approx(work, abs=1e-9)
        assert covers(one["work"], work)
    assert covers(row["advantage"], 2.0)


def test_two_samples_of_one_machine_agree_and_one_seed_repeats():
    charger = qb.protocols.blocks(qb.Battery.qubits(4), order=2)
    first, again, other = (qb.compare([charger], seed=seed, shots=500) for seed in (1, 1, 2))
    assert first.rows == again.rows
    assert first.rows[1]["trace"]["work"] != other.rows[1]["trace"]["work"]


def test_unlike_splittings_keep_energies_in_their_unit():
    battery = qb.Battery.qubits(4, levels=(-1.5, 1.5))
    result = qb.compare([qb.protocols.blocks(battery, order=2)])
    row = result.rows[1]
    assert result.document["battery"]["levels"] == [-1.5, 1.5]
    assert row["work"]["exact"] == pytest.approx(12.0)
    assert covers(row["work"], 12.0)
    assert row["bounds"]["gamma"] == pytest.approx(math.pi / 2)


def test_any_start_circuits_say_so_and_cost_more():
    charger = qb.protocols.transition_blocks(qb.Battery.qubits(6), order=3)
    aware = qb.compare([charger], shots=100).rows[1]["circuit"]
    full = qb.compare([charger], shots=100, request=CompileRequest(start="any")).rows[1]["circuit"]
    assert aware["assumes_start"] is True
    assert full["assumes_start"] is False
    assert aware["two_qubit_gates"] == 4
    assert aware["two_qubit_gates_any_start"] == full["two_qubit_gates"] > 4
    assert full["two_qubit_gates_any_start"] == full["two_qubit_gates"]
    assert full["k_local_gates"] == 2


def test_a_peak_that_is_none_is_withheld_with_a_reason():
    charger = qb.protocols.all_to_all(qb.Battery.qubits(5))  # odd N: a plateau at half charge
    row = qb.compare([charger], times=np.linspace(0, 3.0, 31)).rows[1]
    for name in ("charging_time", "power", "advantage"):
        assert row[name] is None
        assert len(row["withheld"][name]) > 20


def test_noise_that_could_fake_a_charge_withholds_the_figures():
    battery = qb.Battery.qubits(4)
    charger = qb.protocols.windows(battery, order=3, field=0.8)
    request = CompileRequest(steps=120, formula=2)
    row = qb.compare([charger], backend="noisy", shots=1000, request=request).rows[1]
    assert row["circuit"]["two_qubit_gates"] > 400
    assert row["advantage"] is None
    assert "noise" in row["withheld"]["advantage"]


@pytest.mark.parametrize("machine", [StatevectorSampler(), GenericBackendV2(3, seed=5)])
def test_qiskit_objects_are_backends(machine):
    charger = qb.protocols.blocks(qb.Battery.qubits(3), order=3)
    row = qb.compare([charger], backend=machine, shots=1000, times=np.linspace(0, 0.7, 15)).rows[1]
    assert row["advantage"]["value"] == pytest.approx(3.0, rel=0.1)


def test_all_chargers_sit_on_the_same_qubits():
    battery = qb.Battery.qubits(4)
    chargers = [qb.protocols.blocks(battery, order=k) for k in (2, 4)]
    result = qb.compare(chargers, backend="fake_torino", shots=50)
    used = result.document["backend"]["qubits"]
    assert len(used) == 4
    assert max(used) < result.document["backend"]["n_qubits"] == 133


def test_chargers_of_unlike_batteries_are_refused():
    chargers = [qb.protocols.parallel(qb.Battery.qubits(n)) for n in (2, 3)]
    with pytest.raises(InvalidRequest, match="compared on one battery"):
        qb.compare(chargers)


def test_no_charger_is_refused():
    with pytest.raises(InvalidRequest, match="at least one charger"):
        qb.compare([])


def test_c2_of_a_constant_charger_is_a_constraint_like_c0():
    charger = qb.protocols.blocks(qb.Battery.qubits(4), order=2)
    row = qb.compare([charger], constraint=C2, backend="exact").rows[1]
    assert row["advantage"]["value"] == pytest.approx(2.0)
    assert row["cost"]["C2"] == pytest.approx(4.0)
    assert row["bounds"]["order"] is None


def test_without_a_constraint_only_the_reference_row_has_ratios():
    charger = qb.protocols.blocks(qb.Battery.qubits(3), order=3)
    first, second = qb.compare([charger], constraint=NONE, shots=200).rows
    assert [first["advantage"][end] for end in ("value", "low", "high")] == [1, 1, 1]
    assert second["advantage"] is second["power_ratio"] is None
    assert second["charging_time"] is not None


def test_a_battery_that_only_discharges_gets_a_reason_not_a_number():
    battery = qb.Battery.qubits(4, start="1111")
    charger = qb.protocols.blocks(battery, order=2)
    with pytest.raises(InvalidRequest, match=r"W never rises above 0 .* Give --times"):
        qb.compare([charger])
    row = qb.compare([charger], times=np.linspace(0, 1, 21), shots=500).rows[1]
    assert min(row["trace"]["work"]) < -3.5
    assert row["charging_time"] is None
    assert row["advantage"] is None
    assert row["bounds"]["gamma"] is None


def test_a_plateau_is_compared_at_a_crossing():
    charger = qb.protocols.all_to_all(qb.Battery.qubits(5))  # odd N: never past half charge
    reference, row = qb.compare([charger], crossing=0.4).rows
    exact = qb.compare([charger], crossing=0.4, backend="exact").rows[1]
    # W/N = [1 - cos^4(x)]/2 with x = chi t; the shift-optimal norm of chi J_x^2 is 3 chi at N = 5
    time = np.arccos(0.2**0.25) / (5 / 3)
    assert exact["charging_time"]["value"] == pytest.approx(time, abs=1e-9)
    assert exact["advantage"]["value"] == pytest.approx(np.arcsin(np.sqrt(0.4)) / time, abs=1e-9)
    assert row["charging_time"]["definition"] == "crossing of 40 % of capacity"
    assert row["work"]["value"] == reference["work"]["value"] == 2.0
    assert covers(row["charging_time"], time)
    assert covers(row["advantage"], exact["advantage"]["value"])
    for fraction in (0.0, 1.5, -0.2, float("nan")):
        with pytest.raises(InvalidRequest, match="fraction of capacity"):
            qb.compare([charger], crossing=fraction)


def test_the_noise_work_is_that_of_the_zero_angle_circuits():
    charger = qb.protocols.windows(qb.Battery.qubits(4), order=2)
    row = qb.compare([charger], backend="noisy", shots=8192).rows[1]
    idle = np.array(row["trace"]["noise_work"])
    assert min(idle[1:]) > 0 and max(idle) < 0.1
    assert min(idle) <= row["noise_work"]["value"] <= max(idle)
    assert row["noise_work"]["low"] < row["noise_work"]["value"] < row["noise_work"]["high"]
    assert row["noise_work"]["exact"] == 0.0
    assert row["work"]["value"] > 10 * row["noise_work"]["value"]


def test_theory_withholds_what_the_data_cannot_know_to_be_ill_posed():
    """Two nearly equal maxima with a dip of 1 %: millions of shots see the first, to no avail."""
    charger = qb.protocols.windows(qb.Battery.qubits(6), order=3, field=0.4)
    times = np.linspace(0, 2.0, 41)
    row = qb.compare([charger], times=times, shots=1_000_000).rows[1]
    for name in ("charging_time", "work", "power", "advantage", "half_charge_ratio"):
        assert row[name] is None
        assert "peaks are near-degenerate" in row["withheld"][name]
    assert row["power_ratio"] is not None


def test_every_charger_is_compiled_for_the_same_qubits(monkeypatch):
    seen = []

    def noted(plans, *_args, **_options):
        seen.extend(plans)
        raise RuntimeError("enough")

    monkeypatch.setattr("qbcircuit.comparison.measuring.run_plans", noted)
    battery = qb.Battery.qubits(4)
    chargers = [qb.protocols.blocks(battery, order=k) for k in (2, 3, 4)]
    with pytest.raises(RuntimeError, match="enough"):
        qb.compare(chargers, backend="fake_torino")
    assert len(seen) == 5  # the parallel reference, three chargers, the read-out calibration
    assert len({plan.qubits for plan in seen}) == 1


def test_a_mode_that_has_no_norm_is_reported_without_one():
    protocol = qb.protocols.build("dicke", qb.Battery.qubits(1), parameters={"cutoff": 3})
    result = qb.compare([protocol], constraint=NONE, shots=500, seed=1, reference_first=False)
    (row,) = result.rows
    assert row["norm"] is None
    assert row["cost"]["C0"] is None
    assert covers(row["work"], row["work"]["exact"])
    assert not any("operator norm" in line for line in notes(result.document, explain=True))


def test_a_pulse_is_charged_at_its_end():
    """A block of two that is stopped before it is full; at equal work it is twice as fast."""
    half = qb.protocols.pulsed_blocks(
        qb.Battery.qubits(2), order=2, shape="constant", duration=0.9, slices=1
    )
    row = qb.compare([half], seed=5).rows[1]
    assert row["charging_time"]["definition"] == "end of the protocol"
    assert row["charging_time"]["value"] == row["charging_time"]["exact"]
    assert row["advantage"]["exact"] == pytest.approx(2.0, abs=1e-6)
    assert covers(row["advantage"], 2.0)
    assert row["best_power"]["exact"] == pytest.approx(row["power"]["exact"])
    assert covers(row["best_power"], row["best_power"]["exact"])
    assert row["withheld"] == {}
