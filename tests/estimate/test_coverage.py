"""Intervals hold the truth as often as they promise, over 1000 synthetic runs a shape."""

import importlib.util
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "experiments" / "benchmarks" / "coverage.py"


@pytest.fixture(scope="module")
def coverage():
    spec = importlib.util.spec_from_file_location("coverage_study", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "number"),
    [("blocks k=3", 1000), ("windows k=2", 1000), ("pairs N=8", 1000), ("decay windows", 300)],
)
def test_coverage_and_pull(coverage, name, number):
    verdicts = coverage.study(coverage.SHAPES[name], shots=4096, number=number)
    for figure in ("T", "P", "Gamma"):
        assert 0.93 <= verdicts[figure].coverage <= 0.98, figure
        assert verdicts[figure].withheld == 0
        assert 0.8 <= verdicts[figure].pull_variance <= 1.25, figure
        assert abs(verdicts[figure].bias) < 0.25, figure


@pytest.mark.parametrize("name", ["blocks k=12", "windows k=3"])
def test_width_falls_as_the_root_of_the_shots(coverage, name):
    shots = (1024, 4096, 16384)
    widths = [coverage.study(coverage.SHAPES[name], shots=n, number=40) for n in shots]
    for figure in ("T", "P", "Gamma"):
        falls = [
            before[figure].width / after[figure].width
            for before, after in itertools.pairwise(widths)
        ]
        assert np.array(falls) == pytest.approx(2.0, rel=0.15), figure


def test_decay_shifts_the_truth_and_the_shift_is_measured(coverage):
    verdict = coverage.study(coverage.SHAPES["decay blocks"], shots=4096, number=40)
    assert verdict["T"].noise_bias == pytest.approx(-0.0238, abs=1e-4)
    assert verdict["Gamma"].noise_bias == pytest.approx(-0.1896, abs=1e-4)


def test_the_study_notices_intervals_that_are_too_narrow(coverage, monkeypatch):
    smooth = sys.modules["qbcircuit.estimate.smooth"]
    monkeypatch.setattr(smooth, "_CHOICE", 0.6)
    verdict = coverage.study(coverage.SHAPES["windows k=2"], shots=4096, number=100)["T"]
    assert verdict.coverage < 0.9 and verdict.pull_variance > 1.5
