"""The benchmarks run at tiny size, and what they compare is the same thing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "experiments" / "benchmarks"


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_curve_benchmark_compares_equal_curves(tmp_path, capsys):
    out = tmp_path / "curve.json"
    loaded("curve").main(["-N", "4", "--times", "4", "--shots", "2000", "--out", str(out)])
    (row,) = json.loads(out.read_text())["curve"]
    assert row["naive_extrapolated_from"] is None
    assert row["largest_deviation_in_standard_errors"] < 5
    assert "ratio" in capsys.readouterr().out


def test_the_reference_benchmark_compares_equal_curves():
    pytest.importorskip("qutip")
    assert loaded("curve").reference_row(4, 5)["largest_difference"] < 1e-4


def test_an_extrapolated_loop_says_so():
    row = loaded("curve").curve_row(3, 4, 16, 2)
    assert row["naive_extrapolated_from"] == 2
    assert "(loop from 2 times)" in loaded("curve").table([row])


def test_the_memory_benchmark_reports_a_peak(capsys):
    result = loaded("memory").main(["-N", "6", "--times", "3", "--shots", "500"])
    assert result["peak_bytes"] >= result["before_bytes"] > 0
    assert "N=6, 3 times: peak" in capsys.readouterr().out


def test_the_sampling_benchmark_compares_equal_samples(tmp_path, capsys):
    pytest.importorskip("qutip")
    out = tmp_path / "sampling.json"
    asked = ["-N", "3", "--samples", "4", "--qutip-samples", "2", "--json", str(out)]
    loaded("sampling").main(asked)
    result = json.loads(out.read_text())
    script, *ours_drawn = result["rows"]
    assert script["samples"] == 2
    assert result["largest_bound_ratio"] <= 1
    for row in ours_drawn:
        assert row["norm_difference"] < 1e-9
        assert row["commutator_difference"] < 1e-9
        assert row["curve_difference"] < 1e-5
    assert "QuTiP script:" in capsys.readouterr().out
