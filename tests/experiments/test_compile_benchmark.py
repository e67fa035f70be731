"""The compile benchmark: its Hamiltonians, its checks, its counts and its sums."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from scipy.linalg import expm

from qbcircuit.testing import dense_hamiltonian

BENCHMARKS = Path(__file__).parents[2] / "experiments" / "benchmarks"

pytestmark = pytest.mark.usefixtures("benchmarks_path")


def module(name):
    return importlib.import_module(f"compiling.{name}")


def dense(workload):
    return dense_hamiltonian(workload.terms, workload.n)


X, Z = np.array([[0, 1], [1, 0]]), np.diag([1, -1])


def product(n, letters):
    matrix = np.ones((1, 1))
    for site in range(n):
        matrix = np.kron(letters.get(site, np.eye(2)), matrix)
    return matrix


def test_workloads_are_the_stated_hamiltonians():
    w = module("workloads")
    field = sum(0.5 * product(4, {j: Z}) for j in range(4))
    blocks = product(4, {0: X, 1: X}) + product(4, {2: X, 3: X})
    np.testing.assert_allclose(dense(w.blocks(4, 2)), blocks)
    np.testing.assert_allclose(dense(w.blocks(4, 2, field=True)), blocks + field)
    windows = sum(product(4, dict.fromkeys(range(j, j + 3), X)) for j in range(2))
    np.testing.assert_allclose(dense(w.windows(4, 3)), windows + field)
    pairs = sum(product(4, {i: X, j: X}) for j in range(4) for i in range(j))
    np.testing.assert_allclose(dense(w.all_to_all(4)), pairs + field)
    flip = np.zeros((8, 8))
    flip[7, 0] = flip[0, 7] = 1
    np.testing.assert_allclose(dense(w.transitions(3, 3)), flip)
    bit = np.eye(2)
    np.testing.assert_allclose(
        dense(w.transition_windows(4)), np.kron(bit, flip) + np.kron(flip, bit)
    )
    chain = dense(w.double_excitation(3))
    assert chain[0b011, 0] == chain[0b110, 0] == chain[0b111, 0b100] == 1
    assert np.count_nonzero(chain) == 8
    random = w.random_terms(6, 3, n_terms=5)
    assert [term.order for term in random.terms] == [3] * 5
    assert random == w.random_terms(6, 3, n_terms=5)


def test_layers_commute_and_hold_every_term():
    w = module("workloads")
    for workload in (w.windows(5, 3), w.double_excitation(5), w.random_terms(5, 3, n_terms=6)):
        assert sorted(map(repr, workload.terms)) == sorted(
            repr(term) for layer in workload.layers for term in layer
        )
        for layer in workload.layers:
            matrices = [dense_hamiltonian([term], workload.n) for term in layer]
            for a in matrices:
                assert all(np.allclose(a @ b, b @ a) for b in matrices)


def test_every_standard_row_is_there_once():
    rows = module("rows").all_rows()
    assert len(rows) == 40
    assert len({row.key for row in rows}) == 40
    assert {row.workload.name for row in rows} == {f"W{i}" for i in range(1, 8)}
    for row in module("rows").small_rows():
        assert row.workload.n <= 10


@pytest.mark.parametrize("order", [1, 2, 4])
def test_rotations_are_the_product_formula(order):
    formulas, checks, w = module("formulas"), module("checks"), module("workloads")
    layers = w.windows(4, 3).layers
    parts = [dense_hamiltonian(layer, 4) for layer in layers]
    steps, time = 2, 0.7

    def first(t):
        return expm(-1j * t * parts[1]) @ expm(-1j * t * parts[0])

    def second(t):
        return expm(-0.5j * t * parts[0]) @ expm(-1j * t * parts[1]) @ expm(-0.5j * t * parts[0])

    def fourth(t):
        p = 1 / (4 - 4 ** (1 / 3))
        twice = second(p * t) @ second(p * t)
        return twice @ second((1 - 4 * p) * t) @ twice

    step = {1: first, 2: second, 4: fourth}[order](time / steps)
    rotations = formulas.rotations(layers, order, steps, time)
    found = checks.evolved(np.eye(16, dtype=complex), rotations)
    assert np.linalg.norm(found - step @ step) < 1e-12


def made(row, groups):
    """Qiskit's circuit of a row with its terms in an order of ours."""
    task = SimpleNamespace(row=row, groups=groups, device=row.device, is_pinned=False, seed=0)
    return module("peers").QISKIT["level 3"](task)


def task_of(row):
    return module("tasks").Task(row=row, order="as given")


def small_row(target="all-to-all", order=2, steps=2):
    workload = module("workloads").windows(5, 3)
    return module("rows").Row(workload=workload, target=target, order=order, steps=steps)


@pytest.mark.parametrize("target", ["all-to-all", "line", "heavy-hex", "heavy-hex rzz"])
@pytest.mark.parametrize("wires", [9, 0], ids=["operator", "state"])
def test_a_flipped_sign_is_rejected(target, wires, monkeypatch):
    checks, formulas, row = module("checks"), module("formulas"), small_row(target)
    monkeypatch.setattr(checks, "MOST_WHOLE", wires)
    groups = formulas.groups_of(row.workload.terms)
    written = made(row, groups)
    formula = formulas.rotations(groups, row.order, row.steps, 1.0)
    assert checks.equals_formula(written, formula).passed
    x, z, angle = formula[7]
    flipped = [*formula[:7], (x, z, -angle), *formula[8:]]
    assert checks.equals_formula(written, flipped).passed is False


def test_an_order_one_formula_may_run_in_any_order_but_not_across_steps():
    checks, formulas, row = module("checks"), module("formulas"), small_row(order=1)
    groups = formulas.groups_of(row.workload.terms)
    written = made(row, groups[3:] + groups[:3])
    assert checks.is_some_order(written, groups, row.steps, 1.0).passed
    assert not checks.is_some_order(written, groups, row.steps, 1.1).passed
    once = made(small_row(order=1, steps=1), groups)
    assert not checks.is_some_order(once, groups, row.steps, 1.0).passed


def test_a_merged_formula_is_not_as_good():
    checks, formulas, row = module("checks"), module("formulas"), small_row(steps=4)
    groups = formulas.groups_of(row.workload.terms)
    assert checks.is_as_good(made(row, groups), groups, row.order, row.steps, 1.0).passed
    merged = made(small_row(order=1, steps=1), groups)
    assert checks.is_as_good(merged, groups, row.order, row.steps, 1.0).passed is False


def test_ours_is_exact_from_ground_and_a_wrong_time_is_not(monkeypatch):
    ours, checks, formulas = module("ours"), module("checks"), module("formulas")
    workload = module("workloads").blocks(6, 3, field=True)
    row = module("rows").Row(workload=workload, target="heavy-hex", from_ground=True)
    plan, circuit, _ = ours.compiled(row, "gates")
    assert ours.judged(plan, circuit, row).passed
    written, groups = ours.written(plan, circuit), formulas.groups_of(workload.terms)
    assert len(checks.components(written, groups)) == 2
    assert checks.is_exact(written, groups, 1.1, from_ground=True).passed is False
    assert checks.is_exact(written, groups, 1.0, from_ground=False).passed is False


def test_counts_are_those_of_the_written_circuit():
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.barrier()
    circuit.cx(1, 2)
    circuit.rz(0.1, 2)
    circuit.measure_all()
    counts = module("ours").counts_of(circuit)
    assert (counts.gates, counts.depth, counts.total_depth, counts.single) == (2, 2, 4, 2)


def result(who, gates, depth, passed=True):
    return {"who": who, "how": "as given", "gates": gates, "depth": depth, "passed": passed,
            "seconds": 1.0}  # fmt: skip


def test_a_peer_is_ahead_only_where_it_passed_and_beats_all_of_ours_twice():
    report, row = module("report"), small_row()
    ours = {"gates": result("ours", 20, 10), "depth": result("ours", 24, 8)}
    peers = [result("level 3", 40, 20), result("tket", 19, 9), result("wrong", 1, 1, passed=False)]
    one = report.summed_up(row, ours, peers)
    assert one["behind"] == []
    assert one["best"]["gates"]["who"] == "tket"
    one = report.summed_up(row, ours, [*peers, result("other", 19, 7)])
    assert [peer["who"] for peer in one["behind"]] == ["other"]
    assert "BEHIND other" in report.table([one])
    assert "wrong: wrong" in report.table([one])
    assert report.means([one])["same operator / best peer"] == pytest.approx(
        {"gates": 20 / 19, "depth": 8 / 7}
    )
    assert report.means([one])["same operator / level 3, terms as given"] == pytest.approx(
        {"gates": 0.5, "depth": 0.4}
    )


def test_a_peer_is_checked_in_its_own_process_and_stopped_in_time(monkeypatch):
    racing = module("racing")
    *found, ended = racing.race("level 3", small_row(), limit=30.0, seeds=1)
    assert found[0]["gates"] > 0
    assert all(one["passed"] for one in found)
    assert ended["done"] == ended["of"] > 1
    monkeypatch.setattr(racing, "PATIENCE", 0.0)
    (late,) = racing.race("level 3", small_row(), limit=30.0, seeds=1)
    assert late["done"] == 0
    assert late["of"] == ended["of"]


def test_a_large_circuit_is_judged_on_its_twin(monkeypatch):
    racing, peers = module("racing"), module("peers")
    row = module("rows").Row(
        workload=module("workloads").double_excitation(22),
        target="all-to-all",
        order=2,
        steps=3,
    )
    found = peers.attempt("level 3", task_of(row))
    assert racing.judged("level 3", found).route.startswith("twin of 10")
    turned = dataclasses.replace(found, groups=found.groups[::-1])
    monkeypatch.setattr(racing, "attempt", lambda *asked: dataclasses.replace(
        peers.attempt(*asked), groups=peers.attempt(*asked).groups[1:]))  # fmt: skip
    assert racing.judged("level 3", turned).passed is False


def in_this_process(peer, row, *, limit, seeds):
    racing = module("racing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(racing, "stop_after", lambda seconds: None)
        found = list(racing.tried(peer, row, seeds, limit))
    ended = {"who": peer, "done": len(found), "of": len(found), "limit": limit, "why": ""}
    return [*racing.checked(peer, found), ended]


def test_a_tiny_run_without_pytket(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module("peers"), "HAS_TKET", False)
    monkeypatch.setattr(module("racing"), "race", in_this_process)
    script = importlib.util.spec_from_file_location("compile_script", BENCHMARKS / "compile.py")
    benchmark = importlib.util.module_from_spec(script)
    script.loader.exec_module(benchmark)
    out = tmp_path / "rows.json"
    asked = ["--tiny", "--rows", "W1 N8 k4 all|W4 N6 k3.*all", "--peers", "level 3,mcts"]
    result = benchmark.main([*asked, "--out", str(out)])
    assert [row["checked"] for row in result["rows"]] == [True, True]
    assert {one["who"] for row in result["rows"] for one in row["peers"]} == {"level 3", "mcts"}
    again = benchmark.main([*asked, "--reuse", str(out)])
    assert [row["peers"] for row in again["rows"]] == [row["peers"] for row in result["rows"]]
    assert "pytket is not installed" in capsys.readouterr().out
    assert json.loads(out.read_text())["pytket"] is False
