"""Bad requests on the command line: one plain sentence, exit code 2, no traceback."""

import math

import pytest

from qbcircuit.cli import main
from qbcircuit.cli.options import parse_orders, parse_times
from qbcircuit.errors import InvalidRequest


def refused(capsys, *words):
    """The sentence on standard error of a request that must exit with 2."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    said = capsys.readouterr()
    assert stop.value.code == 2, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.strip().endswith((".", "?", "."))
    return said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["compare", "bloks", "-N", 4, "-k", 2], 'Unknown protocol "bloks". Closest: blocks.'),
        (["compare", "-N", 4, "-k", 5], "Order k=5 is larger than the number of cells N=4."),
        (["compare", "-N", 4, "-k", 0], "An interaction order is 1 or more, got k=0."),
        (["compare", "-N", 4, "-k", "2-4"], "-k takes whole numbers and ranges"),
        (["compare", "-N", 4, "-k", "4..2"], "runs backwards"),
        (["compare", "-N", 0, "-k", 1], "at least 1 cell, got 0"),
        (["compare", "-N", -3, "-k", 1], "at least 1 cell, got -3"),
        (["compare", "-N", 10**9], "The number of cells must be 100000 or less"),
        (["compare", "-N", 10**26, "-k", 2], "The number of cells must be 100000 or less"),
        (["compare", "-N", 4, "-k", 2, "--shots", 10**12], "Shots must be 100000000 or less"),
        (["compare", "-N", 4, "-k", 2, "--seed", -1], "A seed must be 0 or more, got -1."),
        (["compare", "windows", "-N", 4, "-k", 2, "--steps", 10**7], "Steps must be 100000 or"),
        (["compare", "-k", 2], "Give -N"),
        (["compare", "-N", 4, "-k", 2, "--shots", 0], "Shots must be 1 or more, got 0."),
        (["compare", "-N", 4, "-k", 2, "--constraint", "C9"], 'Unknown constraint "C9".'),
        (["compare", "-N", 4, "-k", 2, "-b", "aerr"], 'Unknown backend "aerr". Closest: aer.'),
        (["compare", "-N", 4, "-k", 2, "--times=-1:2:5"], "Times must be finite and not negative"),
        (["compare", "-N", 4, "-k", 2, "--times", "0,nan"], "Times must be finite"),
        (["compare", "-N", 4, "-k", 2, "--times", "1,0"], "Times must increase"),
        (["compare", "-N", 4, "-k", 2, "--times", "a:b:c"], "--times takes a:b:n"),
        (["compare", "-N", 4, "-k", 2, "--field", "nan"], "A field must be finite"),
        (["compare", "-N", "four"], "is not a valid integer"),
        (["run", "blocks", "-N", 4, "-k", 2, "--initial", "01"], "has 2 letters"),
        (["run", "blocks", "-N", 4, "-k", 2, "--initial", "thermal:x"], "needs a number"),
        (["run", "blocks", "-N", 4, "-k", 2, "--initial", "thermal:-1"], "not negative"),
        (["run", "blocks", "-N", 4, "-k", 2, "--levels", "0,x"], "--levels takes energies"),
        (["run", "blocks", "-N", 4, "-k", 2, "--set", "graph"], "--set takes name=value"),
        (["run", "parallel", "-N", 4, "--set", "a=1", "--set", "a=2"], "names a twice"),
        (["run", "parallel", "-N", 4, "--set", "a=1"], "parallel has no options of its own"),
        (["run", "nofile.toml"], "There is no protocol file nofile.toml."),
        (["run", "windows", "-N", 4, "-k", 2, "--stride", 0], "tride"),
        (["compile", "blocks", "-N", 4, "-k", 2, "--target", "lin"], "Closest: line"),
        (["compile", "blocks", "-N", 4, "-k", 2, "--time", -1], "egative"),
        (["compile", "windows", "-N", 4, "-k", 2, "--field", 1, "--steps", 0], "teps"),
        (["bounds", "-N", 4, "-k", 9], "Order k=9 is larger"),
        (["protocols", "windos"], "Closest: windows"),
        (["plot", "nowhere"], "There is no result.json in nowhere."),
        (["compile", "blocks", "-N", 4, "-k", 2, "--qpy", "x", "--qasm", "x"], "two names"),
        (["comparr"], 'Unknown command "comparr". Closest: compare.'),
        (["compare", "--no-such-option"], "No such option"),
    ],
)
def test_a_bad_request_gets_one_sentence(capsys, tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert sentence in refused(capsys, *words)


def test_a_bad_seed_is_said_before_the_run(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("qbcircuit_aer.AerBackend.run", lambda *_, **__: pytest.fail("it ran"))
    refused(capsys, "compare", "-N", 2, "-k", 2, "--seed", -1, "--out", tmp_path / "run")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"schema": "qbcircuit.comparison/1"}', "is damaged (KeyError: 'rows')"),
        ('{"schema": "qbcircuit.comparison/1", "rows": [{}]}', "is damaged"),
        ('{"schema": "qbcircuit.comparison/1", "rows": 3}', "is damaged"),
        ("garbage", "cannot be read as a result document"),
        ("[" * 100_000, "cannot be read as a result document"),
        ("[]", "is not a qbcircuit.comparison/1 document"),
    ],
)
def test_a_damaged_document_is_not_drawn(capsys, tmp_path, content, sentence):
    (tmp_path / "result.json").write_text(content)
    assert sentence in refused(capsys, "plot", tmp_path)


def test_plot_wants_the_folder_and_not_the_file(capsys, tmp_path):
    (tmp_path / "result.json").write_text("{}")
    assert "is a file. Give the folder" in refused(capsys, "plot", tmp_path / "result.json")


@pytest.mark.parametrize("text", ["x = " + "9" * 6000, "x = " + "[" * 3000])
def test_a_file_beyond_the_parser_is_refused(capsys, tmp_path, text):
    file = tmp_path / "endless.toml"
    file.write_text(text)
    assert "endless.toml cannot be read" in refused(capsys, "run", file)


def test_an_unwritable_folder_is_said_before_the_run(capsys, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr("qbcircuit.comparison.compare", lambda *_, **__: pytest.fail("it ran"))
    text = refused(capsys, "compare", "-N", 2, "-k", 2, "--out", blocked)
    assert "cannot be written" in text
    assert "--out" in text


def test_all_mistakes_of_a_file_are_reported_at_once(capsys, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(
        "[battery]\ncels = 3\ncells = 3\n[charging]\nduration = -1.0\n"
        '[[charging.terms]]\ncells = [0, 0]\noperators = "XI"\nstrength = nan\n'
    )
    text = refused(capsys, "run", file)
    assert "cells" in text
    assert "duration" in text
    assert "charging.terms[0]" in text
    assert len(text.strip().splitlines()) >= 4


def test_files_with_unlike_constraints_need_a_flag(capsys, tmp_path):
    words = []
    for constraint in ("C0", "C1"):
        file = tmp_path / f"{constraint}.toml"
        file.write_text(
            f'[battery]\ncells = 2\n[charging]\nconstraint = "{constraint}"\n'
            '[[charging.terms]]\ncells = [0, 1]\noperators = "XX"\nstrength = 1.0\n'
        )
        words.append(file)
    assert "--constraint" in refused(capsys, "compare", *words)


def test_a_state_too_large_for_exact_names_the_way_out(capsys, tmp_path):
    text = refused(
        capsys, "compare", "windows", "-N", 60, "-k", 3, "--field", 0.5, "-b", "exact",
        "--out", tmp_path / "run",
    )  # fmt: skip
    assert "N=60" in text


def test_orders_are_lists_and_ranges():
    assert parse_orders("3,1,2") == (1, 2, 3)
    assert parse_orders("1..4,12") == (1, 2, 3, 4, 12)
    with pytest.raises(InvalidRequest, match="too long"):
        parse_orders("1..1000000000")


def test_times_are_grids_and_lists():
    assert parse_times("0:2:5") == (0.0, 0.5, 1.0, 1.5, 2.0)
    assert parse_times("0,0.25") == (0.0, 0.25)
    assert all(math.isfinite(time) for time in parse_times("0:1:3"))
    with pytest.raises(InvalidRequest, match="needs n of 2"):
        parse_times("0:1:1")
