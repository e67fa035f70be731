"""Every experiment at its smallest size: it runs, its claims hold, and it can fail."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments"
PLUMBING = ("all.py", "claims.py")
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py") if path.name not in PLUMBING)


def run(script, out):
    return subprocess.run(
        [sys.executable, FOLDER / script, "--tiny", "--out", out, "--shots", "2000"],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_claims_of_every_experiment_hold(script, tmp_path):
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    claims = json.loads((tmp_path / "claims.json").read_text())
    assert len(claims) >= 5
    assert all(claim["holds"] for claim in claims)
    assert done.stdout.count("pass  ") == len(claims)
    assert list(tmp_path.glob("*.svg"))


def test_a_claim_off_its_interval_fails():
    sys.path.insert(0, str(FOLDER))
    try:
        from claims import Claim
    finally:
        sys.path.remove(str(FOLDER))
    near = {"statement": "Gamma", "value": 2.0, "low": 1.9, "high": 2.1}
    assert Claim(expected=2.15, **near).holds
    assert not Claim(expected=2.25, **near).holds
    assert not Claim(expected=1.75, **near).holds
    assert Claim(expected=1.85, bound=True, **near).holds
    assert not Claim(expected=1.7, bound=True, **near).holds
    assert str(Claim(expected=3.0, **near)).startswith("FAIL")
