"""A few random sequences; ``experiments/benchmarks/soak.py`` runs hundreds."""

from __future__ import annotations

import pytest

from tests.hardware.sequences import Sequence, endured


@pytest.mark.parametrize("seed", range(8))
def test_a_random_sequence_of_faults_and_kills_ends_as_a_clean_run(up, rehearsal, seed):
    report = endured(rehearsal, Sequence.drawn(seed))
    assert not report.wrong, report
    assert report.commands > report.killed + report.failed
