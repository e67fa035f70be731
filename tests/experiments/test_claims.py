"""Every experiment at its smallest size: it runs, its claims hold, and it can fail."""

import json
import shutil
import signal
import subprocess
import sys
import time
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


@pytest.fixture
def claims():
    sys.path.insert(0, str(FOLDER))
    try:
        import claims
    finally:
        sys.path.remove(str(FOLDER))
    return claims


def test_a_claim_off_its_interval_fails(claims):
    Claim = claims.Claim
    near = {"statement": "Gamma", "value": 2.0, "low": 1.9, "high": 2.1}
    assert Claim(expected=2.15, **near).holds
    assert not Claim(expected=2.25, **near).holds
    assert not Claim(expected=1.75, **near).holds
    assert Claim(expected=1.85, bound=True, **near).holds
    assert not Claim(expected=1.7, bound=True, **near).holds
    assert Claim(expected=2.15, least=True, **near).holds
    assert not Claim(expected=2.25, least=True, **near).holds
    assert str(Claim(expected=3.0, **near)).startswith("FAIL")


def test_a_computed_number_holds_within_its_rounding(claims):
    assert claims.exact("Gamma", 2.0, 2.0009, 1e-3).holds
    assert not claims.exact("Gamma", 2.0, 2.0011, 1e-3).holds
    assert not claims.exact("Gamma", 2.0, 2.0011, 1e-3, bound=True).holds
    assert not claims.exact("Gamma", 2.0, 1.9989, 1e-3, least=True).holds
    assert "exact reference 2" in str(claims.exact("Gamma", 2.0, 2.0))


def test_a_figure_that_was_withheld_holds_nothing(claims):
    with pytest.raises(SystemExit, match="FAIL  Gamma: withheld"):
        claims.measured("Gamma", 2.0, None)


SCRIPT = """
from claims import arguments, conclude, exact
options = arguments("one claim", "one")
raise SystemExit(conclude([exact("two", 2.0, {value})], options.out))
"""


@pytest.fixture
def some(tmp_path):
    """A folder of experiments, of which one holds."""
    folder = tmp_path / "experiments"
    folder.mkdir()
    for name in ("all.py", "claims.py"):
        shutil.copy(FOLDER / name, folder)
    (folder / "holds.py").write_text(SCRIPT.format(value=2.0))
    return folder


def run_all(folder, out):
    words = [sys.executable, folder / "all.py", "--out", out]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_all_of_them_in_one_table(some, tmp_path):
    done = run_all(some, tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    head, line, total, _ = done.stdout.splitlines()
    assert head.split() == ["experiment", "claims", "held", "CPU", "seconds"]
    assert line.split()[:4] == ["holds", "1", "of", "1"]
    assert float(line.split()[4]) > 0
    assert total.split()[:4] == ["all", "1", "of", "1"]


def test_all_fails_where_one_fails_or_breaks_off(some, tmp_path):
    (some / "fails.py").write_text(SCRIPT.format(value=2.1))
    (some / "stops.py").write_text("raise ValueError('no such thing')")
    done = run_all(some, tmp_path / "out")
    assert done.returncode == 1
    assert "FAIL  two = 2   exact reference 2.1" in done.stdout
    assert "ValueError: no such thing" in done.stdout
    assert done.stdout.splitlines()[-2].split()[:4] == ["all", "1", "of", "2"]
    assert "Traceback" not in done.stdout + done.stderr


def test_ctrl_c_keeps_what_is_finished(some, tmp_path):
    (some / "slow.py").write_text("import time; time.sleep(600)")
    out = tmp_path / "out"
    words = [sys.executable, some / "all.py", "--out", out]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout.readline().startswith("experiment")
        assert process.stdout.readline().startswith("holds")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped after 1 of 2 experiments" in rest
    assert not errors
    assert (out / "holds" / "claims.json").exists()
