"""Figures of merit and certificates from the command line."""

from __future__ import annotations

import dataclasses
import json
import math
import sys

import pytest

from qbcircuit import merit
from qbcircuit.cli import main
from qbcircuit.estimate import SAMPLED


def outcome(capsys, *words):
    """Exit code, standard output and standard error of a request."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    streams = capsys.readouterr()
    return stop.value.code, streams.out, streams.err


def document(capsys, *words):
    code, out, err = outcome(capsys, *words, "--json")
    assert code == 0, err
    return json.loads(out)


def figures(made, row=-1):
    return {one["name"]: one for one in made["rows"][row]["merit"]}


def covers(found, slack=1.6):
    low = found["value"] - slack * (found["value"] - found["low"])
    high = found["value"] + slack * (found["high"] - found["value"])
    return low - 1e-9 <= found["exact"] <= high + 1e-9


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


RUN = ("run", "windows", "-N", 3, "-k", 2, "--constraint", "C0", "--shots", 3000, "--seed", 3)


def test_every_figure_that_can_be_measured_is_and_its_interval_holds_the_exact_one(capsys):
    found = figures(document(capsys, *RUN, "--merit", "all"))
    assert set(found) == set(merit.FIGURES) - {"stored-work", "stored-ergotropy"}
    for name, one in found.items():
        if name == "ladder-ergotropy":
            assert "symmetric" in one["withheld"]["exact"]
            continue
        assert len(one["exact_curve"]) == 41
        assert one["exact"] in one["exact_curve"]
        if name in SAMPLED:
            assert one["measured"], one["withheld"]
            assert covers(one["measured"]), one
        else:
            assert one["withheld"] == {"measured": "it comes from the exact reference alone"}
    angle = found["bures-angle"]
    assert angle["unit"] == "rad"
    assert angle["exact"] > 0.5


def test_a_pair_of_cells_is_judged_alone(capsys):
    made = document(capsys, *RUN, "--merit", "ergotropy,purity", "--merit-cells", "0,1")
    whole = figures(document(capsys, *RUN, "--merit", "ergotropy,purity"))
    pair = figures(made)
    assert pair["purity"]["cells"] == [0, 1]
    assert pair["purity"]["exact"] < whole["purity"]["exact"] - 0.05
    for name in ("ergotropy", "purity"):
        assert covers(pair[name]["measured"])


def test_comparisons_give_figures_of_every_row_and_files_that_are_drawn_again(capsys, here):
    words = ("-N", 2, "-k", "2", "--out", "run", "--shots", 500, "--merit", "renyi2")
    made = document(capsys, "compare", *words)
    assert [set(figures(made, row)) for row in (0, 1)] == [{"renyi2"}] * 2
    assert json.loads((here / "run" / "result.json").read_text()) == made
    code, out, _ = outcome(capsys, "plot", "run")
    assert code == 0
    assert "work.svg" in out


def test_a_finished_run_with_figures_is_never_run_again(capsys, monkeypatch):
    first = document(capsys, *RUN, "--merit", "ergotropy", "--out", "run")

    def forbidden(*_args, **_options):
        pytest.fail("a finished unit was run again")

    monkeypatch.setattr("qbcircuit_aer.AerBackend.run", forbidden)
    again = document(capsys, *RUN, "--merit", "ergotropy", "--out", "run")
    assert again["rows"] == first["rows"]


def test_a_machine_that_computes_gives_exact_figures_without_uncertainty(capsys):
    made = document(capsys, "run", "blocks", "-N", 4, "-k", 2, "-b", "exact", "--merit", "power")
    one = figures(made)["power"]
    assert one["measured"] is None
    assert one["withheld"] == {}
    assert one["exact"] is not None


def test_what_cannot_be_read_says_why_and_is_exact_all_the_same(capsys):
    words = ("run", "qutrit-ladder", "-N", 1, "--levels", "0,1,2", "--shots", 200)
    one = figures(document(capsys, *words, "--merit", "ergotropy"))["ergotropy"]
    assert "two-level cells" in one["withheld"]["measured"]
    assert one["exact"] == pytest.approx(2.0, abs=0.02)
    words = ("run", "tfim-quench", "-N", 2, "--shots", 200, "--merit", "energy-variance")
    one = figures(document(capsys, *words))["energy-variance"]
    assert "cells that interact" in one["withheld"]["measured"]
    words = ("run", "blocks", "-N", 6, "-k", 2, "--shots", 200, "--merit", "ergotropy")
    _, out, _ = outcome(capsys, *words)
    assert "Name fewer cells" in " ".join(out.split())


def test_storage_loses_what_t1_takes(capsys):
    words = ("run", "parallel", "-N", 2, "-b", "exact", "--store", 1.5, "--t1", 3, "--t2", 2)
    found = figures(document(capsys, *words))
    charged = figures(document(capsys, *words[:6], "--merit", "ergotropy"))["ergotropy"]["exact"]
    left = charged * math.exp(-0.5)
    assert found["stored-work"]["exact"] == pytest.approx(left, abs=2e-3)
    share = math.exp(-0.5)
    assert found["stored-ergotropy"]["exact"] == pytest.approx(2 * (2 * share - 1), abs=6e-3)


def test_a_device_tells_t1_and_t2_of_a_delay_in_seconds(capsys):
    words = ("run", "parallel", "-N", 2, "-b", "fake_torino", "--shots", 50, "--store", 1e-4)
    code, out, _ = outcome(capsys, *words)
    assert code == 0
    assert "of its qubits as fake_torino reports them" in " ".join(out.split())
    left = figures(document(capsys, *words))
    storage = left["stored-work"]["storage"]
    assert storage["reported_by"] == "fake_torino"
    assert 1e-5 < storage["t2"] <= 2 * storage["t1"] < 2e-3
    given = ("--t1", storage["t1"], "--t2", storage["t2"])
    again = figures(document(capsys, *words, *given))
    assert again["stored-work"]["storage"] == storage | {"reported_by": None}
    assert again["stored-work"]["exact"] == left["stored-work"]["exact"]
    assert again["stored-ergotropy"]["exact"] == left["stored-ergotropy"]["exact"]


@pytest.mark.parametrize("backend", ["exact", "aer"])
def test_a_delay_without_t1_and_t2_is_refused_where_nobody_knows_them(capsys, backend):
    words = ("run", "parallel", "-N", 2, "-b", backend, "--store", 1)
    code, out, err = outcome(capsys, *words)
    assert (code, out) == (2, "")
    assert f"A delay needs T1 or T2, and {backend} reports none of its qubits. Use --t1" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--merit", "ergotopy"), 'Unknown figure of merit "ergotopy". Closest: ergotropy.'),
        (("--merit", "stored-work"), "Use --store TIME."),
        (("--t1", 3), "Give --store TIME too."),
        (("--store", 1, "--t1", 1, "--t2", 3), "T2 is at most 2 T1"),
        (("--merit", "ergotropy", "--merit-cells", "a"), "--merit-cells takes numbers"),
    ],
)
def test_requests_that_cannot_be_are_refused_before_anything_runs(capsys, here, words, said):
    code, out, err = outcome(capsys, *RUN, *words)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert not list(here.iterdir())


def test_cells_that_are_not_there_are_named(capsys):
    code, _, err = outcome(capsys, *RUN, "--merit", "ergotropy", "--merit-cells", "0,7")
    assert code == 2
    assert "cells out of 0, 1, 2, each once, got 0, 7." in err


def test_the_list_of_figures_names_each_and_explains_one(capsys):
    code, out, _ = outcome(capsys, "merit")
    assert code == 0
    assert all(name in out for name in merit.FIGURES)
    _, out, _ = outcome(capsys, "merit", "locked-ergotropy")
    assert "condition: cells that do not interact" in out
    assert "Andolina" in out


def test_a_certificate_holds_every_bound_beside_what_is_reached(capsys):
    made = document(capsys, "certificate", "blocks", "-N", 6, "-k", 3)
    assert made["schema"] == "qbcircuit.certificate/1"
    assert made["advantage"] == pytest.approx(3.0)
    rows = {(one["name"], one["statement"]): one for one in made["checks"]}
    (limit,) = (one for (name, _), one in rows.items() if name == "Theorem 1")
    assert limit["limit"] == pytest.approx(3 * math.pi / 2)
    assert limit["status"] == "holds"
    (norm,) = (one for (name, _), one in rows.items() if name == "norm of the commutator")
    assert norm["reached"] == pytest.approx(18.0) == norm["limit"]
    code, out, _ = outcome(capsys, "certificate", "blocks", "-N", 6, "-k", 3)
    assert code == 0
    assert "Γ=3" in out
    assert "Theorem 2" in out


@pytest.mark.parametrize("time", [0, -1, "nan", "inf"])
def test_a_charge_is_judged_up_to_a_positive_time(capsys, time):
    words = ("certificate", "blocks", "-N", 2, "-k", 2, f"--time={time}")
    code, out, err = outcome(capsys, *words)
    assert (code, out) == (2, "")
    assert "up to a positive time" in err


def test_a_proved_bound_that_fails_ends_loudly(capsys, monkeypatch):
    module = sys.modules["qbcircuit.bounds.certificate"]  # its function has the same name
    honest = module.norms_of

    def halved(protocol):
        found = honest(protocol)
        return dataclasses.replace(found, width=found.width / 2)

    monkeypatch.setattr(module, "norms_of", halved)
    code, out, err = outcome(capsys, "certificate", "blocks", "-N", 4, "-k", 2)
    assert (code, out) == (1, "")
    assert "is proved and fails" in err
    assert len(err.splitlines()) == 1
