"""A few random sequences; ``experiments/benchmarks/soak.py`` runs hundreds."""

from __future__ import annotations

import importlib.util
import json

import pytest

from tests.hardware.command import ROOT
from tests.hardware.sequences import Sequence, endured


@pytest.mark.parametrize("seed", range(5))
def test_a_random_sequence_of_faults_and_kills_ends_as_a_clean_run(up, rehearsal, seed):
    report = endured(rehearsal, Sequence.drawn(seed))
    assert not report.wrong, report
    assert report.commands > report.killed + report.failed


def test_the_soak_reports_every_sequence(tmp_path, capsys):
    path = ROOT / "experiments" / "benchmarks" / "soak.py"
    spec = importlib.util.spec_from_file_location("soak", path)
    soak = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(soak)
    out = tmp_path / "soak.json"
    result = soak.main(["--sequences", "1", "--seed", "1018", "--out", str(out)])
    assert json.loads(out.read_text()) == result
    assert result["wrong"] == []
    assert result["killed"] >= 1 and result["jobs"] >= 2
    assert "1018: " in capsys.readouterr().out
