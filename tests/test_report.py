"""The printed table: rounding, warnings, reasons, and no line lost on a narrow terminal."""

import copy

import pytest

from qbcircuit import report

EXACTLY_ONE = {"value": 1.0, "low": 1.0, "high": 1.0, "confidence": 0.95, "exact": 1.0}


def estimate(value, half, exact=None):
    return {"value": value, "low": value - half, "high": value + half, "exact": exact}


def row(order, advantage, **changes):
    made = {
        "name": "blocks" if order > 1 else "parallel",
        "order": order,
        "norm": {"value": 4.0, "kind": "exact"},
        "charging_time": estimate(1.5708 / order, 0.002),
        "work": estimate(3.9, 0.02),
        "noise_work": estimate(0.1, 0.01),
        "power": estimate(2.5, 0.01),
        "advantage": advantage,
        "power_ratio": EXACTLY_ONE,
        "half_charge_ratio": EXACTLY_ONE,
        "bounds": {"order": 3.14159, "theorem1": 3.14159, "theorem2": 9.0, "speed_limit": None},
        "withheld": {},
        "circuit": {
            "two_qubit_gates": 2 * (order - 1),
            "two_qubit_depth": 1,
            "duration_seconds": 1.5e-6,
            "assumes_start": True,
            "two_qubit_gates_any_start": 4 * (order - 1),
        },
    }
    return made | changes


@pytest.fixture
def document():
    return {
        "battery": {"cells": 4, "levels": [0.0, 1.0]},
        "protocol": "blocks",
        "constraint": "C0",
        "backend": {"name": "fake_torino"},
        "shots": 4096,
        "seed": 7,
        "rows": [row(1, EXACTLY_ONE), row(2, estimate(2.0, 0.05, exact=2.0))],
    }


def shown(document, capsys, **how):
    report.print_comparison(document, **how)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [
        (1.23456, 0.0123, "1.235±0.012"),
        (1.23456, 0.0456, "1.23±0.05"),
        (123.456, 17.0, "123±17"),
        (123.456, 4.0, "123±4"),
        (2.0, 0.0, "2"),
    ],
)
def test_a_number_has_the_digits_of_its_uncertainty(value, half, text):
    assert report.spread(estimate(value, half)) == text


def test_withheld_numbers_are_dashes():
    assert report.spread(None) == report.interval(None) == report.number(None) == "-"
    assert report.seconds(None) == "-"


def test_the_constraint_and_the_machine_are_always_named(document, capsys):
    text = shown(document, capsys)
    assert "constraint C0 (equal operator norm" in text
    assert "fake_torino, 4096 shots, seed 7" in text
    assert "usually kinder than the real device's" in text
    assert "heat included" in text
    assert "2.00 [1.95, 2.05]" in text
    assert "exact reference (noise-free): Γ = 1, 2" in text


def test_work_is_divided_by_capacity(document, capsys):
    document["battery"]["levels"] = [-1.0, 1.0]  # capacity 8
    assert "0.4875±0.0025" in shown(document, capsys)


def test_an_advantage_above_a_proved_bound_is_a_warning_about_the_data(document, capsys):
    assert "Warning" not in shown(document, capsys)
    document["rows"][1]["advantage"] = estimate(3.5, 0.1)
    text = shown(document, capsys)
    assert "Warning: Γ at k=2 lies above the proved bound γk = 3.142" in text
    assert "Suspect the data" in text


def test_reasons_are_grouped_and_explained(document, capsys):
    reason = "work is 2.1σ above the noise work"
    withheld = {"charging_time": reason, "power": reason, "advantage": reason}
    document["rows"][1] |= dict.fromkeys(withheld) | {"withheld": withheld}
    text = shown(document, capsys)
    assert f"k=2: not reported (charging time, power, advantage): {reason}" in text
    assert "withheld" in text
    explained = shown(document, capsys, explain=True)
    assert f"k=2: power withheld: {reason}" in explained
    assert "operator norm 4 (exact)" in explained


def test_a_narrow_terminal_gets_every_column(document):
    for width in (30, 60, 100, 300):
        tables = report.tables(document, width)
        titles = [column.header for table in tables for column in table.columns]
        assert [title for title in titles if title != "k"] == list(report.COLUMNS)
    assert len(report.tables(document, 300)) == 1
    assert len(report.tables(document, 60)) > 2


def test_several_chargers_are_told_apart_by_name(document, capsys):
    other = copy.deepcopy(document["rows"][1]) | {"name": "second.toml"}
    document["rows"].append(other)
    text = shown(document, capsys)
    assert "second.toml" in text and "protocol" in text


def test_the_computed_backend_claims_no_shots(document, capsys):
    document["backend"]["name"] = "exact"
    assert "backend exact, computed, no shots" in shown(document, capsys)


def test_notes_of_a_protocol_are_told_with_its_order(document, capsys):
    document["rows"][1]["notes"] = ["The drive is sampled in 8 slices."]
    assert "k=2: The drive is sampled in 8 slices." in shown(document, capsys)
