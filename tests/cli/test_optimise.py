"""``qbcircuit optimise``: its document, its file, what it refuses, and what Ctrl-C leaves."""

import json
import math

import numpy as np
import pytest
from scipy.linalg import expm

from qbcircuit import optimise, protocols
from qbcircuit.cli import main
from qbcircuit.constraints import Constraint, cost
from qbcircuit.testing import dense_hamiltonian

QUICK = ("--slices", 2, "--restarts", 1)


def ended(capsys, *words):
    """Exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return stop.value.code, said.out, said.err


def document(capsys, *words):
    code, out, err = ended(capsys, "optimise", *words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("constraint", ["C0", "C1"])
def test_the_document_tells_what_the_file_does(capsys, here, constraint):
    said = document(capsys, "-N", 3, "-k", 2, "--constraint", constraint, *QUICK, "--out", "found")
    assert said["schema"] == "qbcircuit.optimisation/1"
    read = protocols.load(here / said["file"])
    assert (read.constraint, read.protocol.order) == (constraint, 2)
    assert said["file"] == f"found/pulse-N3-k2-{constraint}.toml"
    state = np.eye(8)[0]
    for step in read.protocol.evolutions:
        state = expm(-1j * step.duration * dense_hamiltonian(step.terms, 3)) @ state
    assert said["infidelity"] < 1e-6
    assert abs(state[7]) ** 2 == pytest.approx(1, abs=1e-9)
    member = Constraint[constraint]
    spent = cost(read.protocol, member) * read.protocol.duration
    assert said["cost"] == pytest.approx(spent, rel=1e-12)
    assert said["advantage"] == pytest.approx(member.budget(3) * math.pi / 2 / spent, rel=1e-12)
    assert said["bound"] == pytest.approx(math.pi if constraint == "C0" else math.sqrt(3))
    assert 1.1 < said["advantage"] < said["bound"]
    assert said["blocks"] == pytest.approx(1.5 if constraint == "C0" else math.sqrt(1.5))
    assert said["charging_time"] == pytest.approx(spent / member.budget(3), rel=1e-6)
    assert (said["slices"], said["restarts"], said["finished"], said["seed"]) == (2, 1, 1, 7)
    assert (said["initial"], said["target"], said["symmetric"]) == ("000", "111", False)


def test_the_file_runs_compiles_and_compares(capsys, here):
    said = document(capsys, "-N", 2, "-k", 2, *QUICK, "--out", "two.toml")
    assert said["file"] == "two.toml"
    code, out, _ = ended(capsys, "compile", "two.toml", "--json")
    assert code == 0
    assert json.loads(out)["two_qubit_gates"] > 0
    for verb, words in (("run", ()), ("compare", ()), ("compare", ("--crossing", 0.9))):
        code, out, _ = ended(capsys, verb, "two.toml", "-b", "exact", "--json", *words)
        row = json.loads(out)["rows"][-1]
        assert code == 0
        if not words:
            assert row["advantage"]["value"] == pytest.approx(said["advantage"], rel=1e-6)
            assert row["charging_time"]["value"] == pytest.approx(said["charging_time"])
        assert row["advantage"]["value"] > 1.8
    code, out, _ = ended(capsys, "compare", "two.toml", "--crossing", 0.9, "--json")
    assert json.loads(out)["rows"][-1]["advantage"]["low"] > 1.5


def test_the_printed_outcome_names_the_file_and_the_bound(capsys, here):
    words = ("optimise", "-N", 2, "-k", 2, "--symmetric", *QUICK)
    code, out, err = ended(capsys, *words)
    assert code == 0
    assert "|00> to |11>" in out
    assert "2 slices of all cells alike" in out
    assert "Γ = 2.0000 (at most 3.1416, blocks of k cells 2.0000)" in out
    assert "Blocks charge faster" not in out
    (file,) = here.glob("runs/optimise-N2-k2-C0-*/pulse-N2-k2-C0.toml")
    assert f"file: {file.relative_to(here)}" in out
    assert "1 of 1 parts" in err
    again = ended(capsys, *words, "-q")[1]
    assert "Γ = 2.0000 (at most" in again
    assert "slices" not in again


def test_a_pulse_that_blocks_beat_says_so(capsys, here):
    words = ("optimise", "-N", 4, "-k", 2, "--seed", 2, "--slices", 1, "--restarts", 1)
    out = ended(capsys, *words, "--symmetric")[1]
    assert "Γ = 0.9345 (at most 3.1416, blocks of k cells 2.0000)" in out
    assert "Blocks charge faster than this pulse. Try --no-symmetric." in out


def test_equal_words_give_an_equal_file(capsys, here):
    for out, seed in (("a", 5), ("b", 5), ("c", 6)):
        document(capsys, "-N", 2, "-k", 2, *QUICK, "--seed", seed, "--out", out)
    texts = [(here / out / "pulse-N2-k2-C0.toml").read_text() for out in "abc"]
    assert texts[0] == texts[1] != texts[2]


def test_a_part_of_the_cells_is_charged(capsys, here):
    said = document(capsys, "-N", 3, "-k", 2, "--target", "011", *QUICK)
    assert (said["target"], said["blocks"]) == ("011", None)
    assert said["bound"] == pytest.approx(2 * 3 * math.asin(math.sqrt(2 / 3)) / 2)


def test_ctrl_c_writes_the_best_so_far(capsys, here, monkeypatch):
    search = optimise.search

    def interrupted(task, how, *, progress):
        def stop(done, total):
            raise KeyboardInterrupt

        return search(task, how, progress=stop)

    monkeypatch.setattr(optimise, "search", interrupted)
    words = ("optimise", "-N", 2, "-k", 2, "--slices", 2, "--restarts", 5, "--out", "kept")
    code, out, _ = ended(capsys, *words)
    assert code == 130
    assert "Interrupted after 1 of 5 restarts; this is the best pulse so far." in out
    assert protocols.load(here / "kept" / "pulse-N2-k2-C0.toml").protocol.order == 2
    code, out, _ = ended(capsys, *words, "--json")
    assert code == 130
    said = json.loads(out)
    assert (said["interrupted"], said["finished"], said["restarts"]) == (True, 1, 5)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-k", 2), "How many cells? Give -N, e.g. -N 4."),
        (("-N", 4), "How many cells may interact at once? Give -k, e.g. -k 2."),
        (("-N", 0, "-k", 1), "at least 1 cell, got 0"),
        (("-N", 4, "-k", 0), "Order k must be 1 or more, got 0."),
        (("-N", 4, "-k", 5), "Order k=5 is larger than the number of cells N=4."),
        (("-N", 4, "-k", 2, "--constraint", "C2"), "got C2. Use C0 or C1."),
        (("-N", 4, "-k", 2, "--constraint", "none"), "got none. Use C0 or C1."),
        (("-N", 4, "-k", 2, "--constraint", "C9"), 'Unknown constraint "C9".'),
        (("-N", 4, "-k", 2, "--slices", 0), "Slices must be 1 or more, got 0."),
        (("-N", 4, "-k", 2, "--restarts", 0), "Restarts must be 1 or more, got 0."),
        (("-N", 4, "-k", 2, "--seed", -1), "A seed must be 0 or more, got -1."),
        (("-N", 4, "-k", 2, "--target", "11"), "has 2 letters but the battery has 4 cells."),
        (("-N", 4, "-k", 2, "--target", "empty"), "is ground, full or a bit string"),
        (("-N", 4, "-k", 2, "--initial", "thermal:1"), "is ground, full or a bit string"),
        (("-N", 4, "-k", 2, "--initial", "full"), "must deposit work, got 0."),
        (("-N", 40, "-k", 2), "A search takes up to 10 cells, got N=40."),
        (("-N", 8, "-k", 2, "--no-symmetric"), "up to 7 cells, got N=8. Use --symmetric"),
        (("-N", 3, "-k", 2, "--target", "011", "--symmetric"), "Use --no-symmetric."),
        (("-N", 4, "-k", 2, "--out", "taken"), "is a file. Give --out a folder."),
        (("-N", 4, "-k", 2, "--out", "taken/x.toml"), "is a file. Give --out a folder."),
    ],
)
def test_a_bad_request_gets_one_sentence(capsys, here, words, sentence):
    (here / "taken").write_text("")
    code, out, err = ended(capsys, "optimise", *words)
    assert (code, out) == (2, ""), err
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert [path.name for path in here.iterdir()] == ["taken"]
