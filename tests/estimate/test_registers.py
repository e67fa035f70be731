"""Counts of registers: levels from codes, and shots outside the codes owned up to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit.backend import Counts
from qbcircuit.battery import Role, Site
from qbcircuit.comparison import Mitigation, compare
from qbcircuit.encoding import KINDS
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate import (
    Estimate,
    ReadoutErrors,
    figures_of_merit,
    leakage_until,
    read_levels,
    trace_from_readings,
    two_point_work,
)
from qbcircuit.report import notes
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term

LEVELS = (0.0, 1.0, 3.5)


def plan_for(kind, times=(0.4,)):
    """A qubit, a mode that is not read, and a qutrit: bit 0 is the qubit."""
    sites = (Site(), Site(levels=(0.0,) * 3, role=Role.MODE), Site(levels=LEVELS))
    battery = qb.Battery(sites=sites, start=BasisStart(levels=(0, 0, 1)))
    protocol = qb.ChargingProtocol.constant(battery, [Term(["X", "|2><0|"], (0, 2))])
    return qb.compile_protocol(protocol, times=times, encoding=kind)


CODES = {"binary": ("00", "01", "10"), "gray": ("00", "01", "11"), "unary": ("001", "010", "100")}
OUTSIDE = {"binary": ("11",), "gray": ("10",), "unary": ("000", "011", "111")}


@pytest.mark.parametrize("kind", KINDS)
def test_levels_are_read_from_codes_and_the_rest_is_left_out(kind):
    low, middle, high = CODES[kind]
    seen = {low + "0": 10, middle + "1": 20, high + "0": 30, high + "1": 36}
    for bits in OUTSIDE[kind]:
        seen[bits + "1"] = 4
    trace = trace_from_readings(plan_for(kind), [Counts.from_mapping(seen)])
    energy = (20 * 2.0 + 30 * 3.5 + 36 * 4.5) / 96
    assert trace.work == pytest.approx([energy - 1.0])
    outside = 4 * len(OUTSIDE[kind])
    (leaked,) = trace.leakage
    assert leaked == Estimate.of_share(outside, 96 + outside)
    assert leaked.value == pytest.approx(outside / (96 + outside))
    assert trace.shots == 96


@pytest.mark.parametrize("kind", KINDS)
def test_every_outcome_has_a_level_a_cell(kind):
    low, middle, high = CODES[kind]
    seen = {high + "0": 3, low + "1": 5, middle + "0": 2, OUTSIDE[kind][0] + "1": 7}
    levels, times = read_levels(plan_for(kind), Counts.from_mapping(seen))
    found = {tuple(row): n for row, n in zip(levels.tolist(), times.tolist(), strict=True)}
    assert found == {(0, 2): 3.0, (1, 0): 5.0, (0, 1): 2.0, (1, -1): 7.0}


def test_an_interval_of_a_share_is_wilsons():
    none, half = Estimate.of_share(0, 100), Estimate.of_share(50, 100)
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(0.036995, abs=1e-5)
    assert (half.low, half.high) == pytest.approx((0.403832, 0.596168), abs=1e-5)
    assert Estimate.of_share(100, 100).high == 1.0


def test_qubits_leak_nothing_and_nothing_but_leaks_is_no_crash():
    qubits = qb.compile_protocol(qb.protocols.parallel(qb.Battery.qubits(2)), times=0.4)
    assert trace_from_readings(qubits, [Counts.from_mapping({"01": 4})]).leakage is None
    trace = trace_from_readings(plan_for("gray"), [Counts.from_mapping({"101": 50})])
    assert trace.work.tolist() == [0.0]
    assert trace.stderr[0] > 0.9 * trace.capacity
    assert trace.leakage[0].value == 1.0
    four = qb.Battery.equal_cells(1, levels=[0, 1, 2, 3])
    full = qb.compile_protocol(qb.protocols.parallel(four), times=0.4)
    assert trace_from_readings(full, [Counts.from_mapping({"10": 4})]).leakage is None
    with pytest.raises(RunFailed, match='"1" has 1 letters but the battery has 3 qubits'):
        trace_from_readings(plan_for("gray"), [Counts.from_mapping({"1": 4})])


def flipped_trace(kind, outside):
    """A full swing of the qutrit, a share of every reading outside the codes."""
    times = np.linspace(0, 2.0, 21)
    plan = plan_for(kind, times)
    low, _, high = CODES[kind]
    readings = []
    for time in times:
        up = round(4000 * np.sin(time) ** 2)
        seen = {low + "0": 4000 - up, high + "1": up, OUTSIDE[kind][0] + "0": round(4000 * outside)}
        readings.append(Counts.from_mapping(seen))
    return trace_from_readings(plan, readings)


def test_figures_are_withheld_where_too_many_shots_leak():
    good = figures_of_merit(flipped_trace("unary", 0.02))
    assert good.charging_time.value == pytest.approx(np.pi / 2, rel=0.02)
    assert not {"charging_time", "power", "best_power"} & set(good.withheld)
    bad = figures_of_merit(flipped_trace("unary", 0.08))
    for name in ("charging_time", "power", "best_power"):
        assert bad.withheld[name].startswith("7.4% of the shots lie outside the code space")
        assert "allowed 5%" in bad.withheld[name]
    trace = flipped_trace("gray", 0.08)
    early = (Estimate.of_share(0, 100),) * 5 + trace.leakage[5:]
    assert leakage_until(replace(trace, leakage=early), 0.3).value == 0.0


def test_read_out_errors_of_registers_are_left_alone_and_that_is_said():
    plan = plan_for("gray")
    errors = ReadoutErrors(false_ones=np.full(5, 0.02), false_zeros=np.full(5, 0.03), shots=1000)
    with pytest.raises(InvalidRequest, match="for two-level cells, and cell 2 has 3"):
        trace_from_readings(plan, [Counts.from_mapping({"010": 4})], errors)
    charger = qb.protocols.parallel(qb.Battery.equal_cells(1, levels=LEVELS))
    asked = {"constraint": qb.Constraint.C0, "backend": "noisy", "shots": 500}
    with pytest.raises(InvalidRequest, match="for two-level cells, and cell 0 has 3"):
        compare([charger], mitigation=Mitigation(readout=True), **asked)
    document = compare([charger], **asked).document
    assert document["readout"] is None
    (row,) = document["rows"]
    assert "read-out errors are undone for qubits only" in row["withheld"]["readout_correction"]
    assert 0 < row["leakage"]["value"] < 0.05
    assert row["leakage"]["low"] < row["leakage"]["value"] < row["leakage"]["high"]
    assert max(row["trace"]["leakage"]) >= row["leakage"]["value"]
    (line,) = [text for text in notes(document) if "leakage" in text]
    assert "of the shots lie outside the code space" in line


def test_the_work_distribution_of_a_qutrit_skips_levels():
    plan = plan_for("gray", (0.6,))
    assert plan.compilation.assumes_start
    _, middle, high = CODES["gray"]
    seen = {middle + "0": 700, high + "1": 300, OUTSIDE["gray"][0] + "0": 50}
    (found,) = two_point_work(plan, [Counts.from_mapping(seen)]).values()
    assert found.work == pytest.approx([0.0, 3.5])
    assert found.probability == pytest.approx([0.7, 0.3])
