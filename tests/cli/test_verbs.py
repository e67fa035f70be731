"""The verbs end to end: what they print, what they write, and that nothing is run twice."""

import errno
import io
import json
import math
import sys

import pytest

from qbcircuit import machines
from qbcircuit.cli import main

ROW = {
    "order", "participation", "terms", "layers", "norm", "cost", "charging_time", "work",
    "noise_work", "power", "advantage", "power_ratio", "half_charge_ratio", "bounds", "withheld",
    "circuit", "trace",
}  # fmt: skip
CIRCUIT = {
    "k_local_gates", "k_local_depth", "two_qubit_gates", "two_qubit_depth", "duration_seconds",
    "assumes_start", "two_qubit_gates_any_start",
}  # fmt: skip


def said(capsys, *words):
    """Standard output of a request that succeeds."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    streams = capsys.readouterr()
    assert stop.value.code == 0, streams.err
    return streams.out


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_compare_prints_the_table_and_writes_the_run(capsys, here):
    text = said(capsys, "compare", "-N", 4, "-k", "2,3,4", "--out", "run", "--shots", 1000)
    assert "constraint C0 (equal operator norm" in text
    assert "backend aer, 1000 shots, seed 7" in text
    assert "1 (reference)" in text
    assert "exact reference (noise-free): Γ = 1, 2, 2, 4" in text
    for name in ("result.json", "work.svg", "advantage.svg", "power.svg", "cost.svg"):
        assert (here / "run" / name).stat().st_size > 500
    document = json.loads((here / "run" / "result.json").read_text())
    assert document["schema"] == "qbcircuit.comparison/1"
    assert document["battery"] == {"cells": 4, "levels": [0.0, 1.0]}
    assert [row["order"] for row in document["rows"]] == [1, 2, 3, 4]


def test_the_document_has_the_fields_that_others_rely_on(capsys, here):
    document = json.loads(said(capsys, "compare", "-N", 4, "-k", "1,2", "--json", "--shots", 500))
    first, second = document["rows"]
    for row in (first, second):
        assert set(row) >= ROW
        assert set(row["circuit"]) >= CIRCUIT
        assert row["norm"] == {"value": pytest.approx(4.0), "kind": "exact"}
        assert row["cost"]["C0"] == pytest.approx(4.0)
        assert row["charging_time"]["definition"] == "first maximum"
        assert row["bounds"]["gamma"] == pytest.approx(math.pi / 2, abs=1e-12)
        assert row["bounds"]["speed_limit"] is None
        assert len(row["trace"]["times"]) == len(row["trace"]["exact"]) == 41
    assert [first["advantage"][key] for key in ("value", "low", "high")] == [1, 1, 1]
    assert second["bounds"]["order"] == pytest.approx(math.pi)
    assert second["bounds"]["theorem1"] == pytest.approx(math.pi)
    assert second["charging_time"]["exact"] == pytest.approx(math.pi / 4)
    assert second["circuit"]["assumes_start"] is True
    assert second["circuit"]["two_qubit_gates"] == 2
    assert second["circuit"]["two_qubit_gates_any_start"] == 4


def test_constraint_decides_which_bounds_are_given(capsys, here):
    words = ("-N", 4, "-k", 2, "--json", "--backend", "exact")
    under = {
        name: json.loads(said(capsys, "compare", *words, "--constraint", name))["rows"][1]
        for name in ("C0", "C1", "none")
    }
    assert under["C0"]["bounds"]["speed_limit"] is None
    assert under["C1"]["bounds"]["order"] is None
    assert under["C1"]["bounds"]["speed_limit"] == pytest.approx(2.0)
    assert under["C1"]["advantage"]["value"] == pytest.approx(math.sqrt(2))
    assert under["none"]["advantage"] is None
    assert "constraint" in under["none"]["withheld"]["advantage"]


def test_exact_rows_carry_no_uncertainty(capsys, here):
    document = json.loads(said(capsys, "compare", "-N", 6, "-k", "4", "-b", "exact", "--json"))
    advantage = document["rows"][1]["advantage"]
    assert advantage["value"] == advantage["low"] == advantage["high"]
    assert advantage["value"] == pytest.approx(3.0, abs=1e-6)


def test_a_finished_run_is_never_run_again(capsys, here, monkeypatch):
    words = ("compare", "-N", 3, "-k", "3", "--out", "run", "--shots", 200, "--json")
    first = json.loads(said(capsys, *words))

    def forbidden(*_args, **_options):
        pytest.fail("a finished unit was run again")

    monkeypatch.setattr("qbcircuit_aer.AerBackend.run", forbidden)
    again = json.loads(said(capsys, *words))
    assert again["rows"] == first["rows"]


def test_an_interruption_keeps_what_is_finished(capsys, here, monkeypatch):
    words = ["compare", "-N", "3", "-k", "2,3", "--out", "run", "--shots", "200", "--json"]
    aer = type(machines.resolve("aer", n_sites=3))
    real, batches = aer.run, []

    def interrupted(self, batch, **options):
        batches.append(batch)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return real(self, batch, **options)

    monkeypatch.setattr(aer, "run", interrupted)
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    assert len(list((here / "run" / "units").glob("*.json"))) == 1
    said(capsys, *words)
    assert len(batches) == 4  # one before, one interrupted, two after


def test_the_default_folder_is_named_after_what_was_asked(capsys, here):
    said(capsys, "compare", "-N", 2, "-k", 2, "--shots", 100, "-q")
    said(capsys, "compare", "-N", 2, "-k", 2, "--shots", 100, "-q")
    said(capsys, "compare", "-N", 2, "-k", 2, "--shots", 200, "-q")
    assert len(list((here / "runs").iterdir())) == 2


def test_run_has_one_row_and_explains_itself(capsys, here):
    text = said(capsys, "run", "double-excitation", "-N", 3, "--shots", 2000, "--explain")
    assert "without a constraint" in text
    assert "operator norm 1.41421 (exact)" in text
    document = json.loads(
        said(capsys, "run", "double-excitation", "-N", 3, "-b", "exact", "--json")
    )
    (row,) = document["rows"]
    assert row["charging_time"]["exact"] == pytest.approx(1.110721, abs=1e-5)
    assert row["advantage"] is None


def test_files_are_compared_by_name(capsys, here):
    for k in (2, 3):
        letters, cells = "X" * k, list(range(k))
        (here / f"k{k}.toml").write_text(
            "[battery]\ncells = 3\n[charging]\n"
            f'[[charging.terms]]\ncells = {cells}\noperators = "{letters}"\nstrength = 1.0\n'
            + ('[[charging.terms]]\ncells = [2]\noperators = "X"\nstrength = 1.0\n' * (k == 2))
        )
    document = json.loads(said(capsys, "compare", "k2.toml", "k3.toml", "-b", "exact", "--json"))
    assert [row["name"] for row in document["rows"]] == ["parallel", "k2.toml", "k3.toml"]
    assert [row["advantage"]["value"] for row in document["rows"]] == pytest.approx([1, 1.5, 3])


def test_plot_draws_again_what_was_deleted(capsys, here):
    said(capsys, "compare", "-N", 2, "-k", 2, "--shots", 100, "--out", "run", "-q")
    before = (here / "run" / "work.svg").read_bytes()
    (here / "run" / "work.svg").unlink()
    assert "work.svg" in said(capsys, "plot", "run")
    assert (here / "run" / "work.svg").read_bytes() == before


def test_compile_reports_writes_and_draws(capsys, here):
    from qiskit import qpy

    words = ("compile", "windows", "-N", 4, "-k", 3, "--target", "line", "--time", 0.4)
    document = json.loads(said(capsys, *words, "--json", "--qpy", "out.qpy", "--qasm", "out.qasm"))
    assert document["schema"] == "qbcircuit.compilation/1"
    assert document["error_kind"] == "exact"
    assert sorted(document["layout"]) == [0, 1, 2, 3]
    with (here / "out.qpy").open("rb") as file:
        (circuit,) = qpy.load(file)
    counts = circuit.count_ops()
    assert counts["cx"] == document["two_qubit_gates"]
    assert (here / "out.qasm").read_text().startswith("OPENQASM 3")
    text = said(capsys, *words, "--draw")
    assert "XXX[0, 1, 2]" in text
    assert "native circuit:" in text


def test_compile_takes_files_to_fractional_gates(capsys, here):
    """The written circuit of a file is the family's, and both drawings show it."""
    from qiskit import qpy

    options = ("--target", "heavy-hex", "--gates", "rzz", "--time", 2.0, "--steps", 4)
    words = ("-N", 4, "-k", 2, "--field", 0.3)
    family = json.loads(said(capsys, "compile", "windows", *words, *options, "--json"))
    (here / "windows.toml").write_text(
        "[battery]\ncells = 4\n[charging]\n"
        + "".join(
            f'[[charging.terms]]\noperators = "XX"\ncells = [{j}, {j + 1}]\n' for j in range(3)
        )
        + "".join(
            f'[[charging.terms]]\noperators = "Z"\ncells = [{j}]\nstrength = 0.3\n'
            for j in range(4)
        )
    )
    asked = ("compile", "windows.toml", *options)
    document = json.loads(said(capsys, *asked, "--json", "--qpy", "out.qpy"))
    same = ("two_qubit_gates", "two_qubit_depth", "depth", "size", "method", "error_bound")
    assert [document[key] for key in same] == [family[key] for key in same]
    with (here / "out.qpy").open("rb") as file:
        (circuit,) = qpy.load(file)
    angles = [one.operation.params[0] for one in circuit.data if one.operation.name == "rzz"]
    assert len(angles) == document["two_qubit_gates"] > 0
    assert all(0 <= float(angle) <= math.pi / 2 for angle in angles)
    text = said(capsys, *asked, "--draw")
    assert "XX[0, 1]  XX[2, 3]" in text
    assert "ZZ(" in text


def test_compile_without_a_peak_asks_for_a_time(capsys, here):
    with pytest.raises(SystemExit) as stop:
        main(["compile", "all-to-all", "-N", "60", "--field", "0.3", "--target", "nowhere"])
    assert stop.value.code == 2


def test_lists_name_what_there_is(capsys):
    assert "transition-windows" in said(capsys, "protocols")
    assert "Hamiltonian: sum_b X^(x k)" in said(capsys, "protocols", "blocks")
    own = said(capsys, "protocols", "tavis-cummings").splitlines()
    assert "options: strength, quanta, mode, cutoff, coupling, detuning" in own
    assert any(line.startswith("--set strength=1.0: ") for line in own)
    assert any(line.endswith("(fock, coherent, thermal)") for line in own)
    assert "Theorem 2" in said(capsys, "bounds", "-N", 6, "-k", 3)
    assert "fake_<name>" in said(capsys, "devices")


def test_doctor_runs_every_backend(capsys):
    text = said(capsys, "doctor")
    assert "qiskit-aer" in text
    for name in machines.names():
        assert f"{name}: 4 cells charged to" in text


def test_bounds_of_a_file(capsys, here):
    (here / "pair.toml").write_text(
        '[battery]\ncells = 2\n[charging]\n[[charging.terms]]\ncells = [0, 1]\noperators = "XX"\n'
    )
    assert "pair.toml · N=2 · k=2 · m=1" in said(capsys, "bounds", "pair.toml")


def test_letters_that_the_terminal_lacks_do_not_cost_the_table(capsys, here, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with pytest.raises(SystemExit) as stop:
        main(["bounds", "-N", "3", "-k", "2"])
    sys.stdout.flush()
    assert stop.value.code == 0
    assert b"blocks ? N=3" in raw.getvalue()


def test_a_closed_stream_swallows_what_it_is_told(capsys, here, monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    assert "N=2" in said(capsys, "run", "blocks", "-N", 2, "-k", 2, "--shots", 100)


def test_a_full_disk_is_said_plainly(capsys, here, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SystemExit) as stop:
        main(["run", "blocks", "-N", "2", "-k", "2", "--shots", "100", "--out", "run"])
    assert stop.value.code == 1
    assert "could not be written: No space left on device." in capsys.readouterr().err
    assert not list((here / "run" / "units").iterdir())


def test_an_output_that_takes_nothing_is_said_plainly(capsys, here, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("click.echo", full)
    with pytest.raises(SystemExit) as stop:
        main(["compile", "blocks", "-N", "2", "-k", "2", "--json"])
    assert stop.value.code == 1
    assert "The output cannot be read or written: No space left" in capsys.readouterr().err
