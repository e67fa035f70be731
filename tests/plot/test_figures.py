"""Figures hold the document's numbers, in every shape that a document can have."""

from __future__ import annotations

import copy
import csv
import math
import subprocess
import sys

import numpy as np
import pytest

from qbcircuit import plot
from qbcircuit.errors import InvalidRequest
from qbcircuit.plot import style

FIGURES = (plot.work_figure, plot.advantage_figure, plot.power_figure, plot.cost_figure)
LINE = {"name": "noisy", "target": "line", "coupling": [[0, 1], [1, 0], [1, 2]], "qubits": [0, 1]}


def estimate(value, half_width, exact=None):
    return {
        "value": value, "low": value - half_width, "high": value + half_width,
        "confidence": 0.95, "exact": exact,
    }  # fmt: skip


def block_row(n_cells, order, rng, *, shots=4096, reason=None):
    """A row of disjoint blocks under C0: W = N sin^2(alpha t), alpha = N/ceil(N/k)."""
    blocks = math.ceil(n_cells / order)
    alpha = n_cells / blocks
    top = math.pi / (2 * alpha)
    times = np.linspace(0, 1.3 * top, 41)
    exact = n_cells * np.sin(alpha * times) ** 2
    stderr = np.sqrt(np.maximum(exact * (n_cells - exact) * order / n_cells, 0.1) / shots)
    names = ("charging_time", "work", "noise_work", "power", "advantage")
    values = (top, n_cells, 0.02 * n_cells, n_cells / top, alpha)
    row = {
        name: estimate(value, 0.01 * value, exact=value)
        for name, value in zip(names, values, strict=True)
    }
    withheld = dict.fromkeys(("charging_time", "power", "advantage"), reason) if reason else {}
    row |= dict.fromkeys(withheld)
    gamma = math.pi / 2
    gates = blocks * (order - 1)
    return row | {
        "order": order, "participation": 1, "terms": blocks, "layers": 1,
        "bounds": {
            "gamma": gamma, "order": gamma * order, "theorem1": gamma * order,
            "theorem2": gamma * order, "speed_limit": None,
        },
        "withheld": withheld,
        "circuit": {
            "k_local_gates": blocks, "k_local_depth": 1, "two_qubit_gates": gates,
            "two_qubit_depth": order - 1, "duration_seconds": None, "assumes_start": True,
            "two_qubit_gates_any_start": 2 * gates,
        },
        "trace": {
            "times": times.tolist(), "work": (exact + rng.normal(size=41) * stderr).tolist(),
            "stderr": stderr.tolist(), "exact": exact.tolist(),
        },
    }  # fmt: skip


def document(*orders, n_cells=12, withheld=(), **changes):
    """A comparison of blocks by order; ``withheld`` names orders that are not reported."""
    rng = np.random.default_rng(7)
    reason = "work is 2.1σ above the noise work"
    rows = [
        block_row(n_cells, order, rng, reason=reason if order in withheld else None)
        for order in orders
    ]
    return {
        "schema": "qbcircuit.comparison/1",
        "battery": {"cells": n_cells, "levels": [0.0, 2.0]},
        "protocol": "blocks", "constraint": "C0", "backend": {"name": "aer"}, "shots": 4096,
        "seed": 7, "versions": {}, "created": "", "rows": rows,
    } | changes  # fmt: skip


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def points(ax, label):
    """The data of the error bars of that label."""
    (bars,) = [one for one in ax.containers if one.get_label() == label]
    return bars.lines[0].get_xydata()


def test_trace_axes_draw_shares_of_the_capacity():
    ax = plot.trace_axes([0.0, 1.0, 2.0], [0.0, 3.0, 6.0], [0.1, 0.2, 0.3], 6.0)
    np.testing.assert_allclose(points(ax, "sampled"), [[0, 0], [1, 0.5], [2, 1]])
    segments = ax.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose(np.diff(segments[2][:, 1]), 2 * 0.3 / 6)
    assert plot.trace_axes([0], [0], [0], 1.0, ax) is ax
    assert "capacity" in ax.get_ylabel()


def test_work_figure_shows_every_row_and_the_noise():
    one = document(1, 3, 12)
    ax = style.new_axes()
    assert plot.work_figure(ax, one) is ax
    assert labels(ax) == ["noise work", "k = 1", "k = 3", "k = 12"]
    trace = one["rows"][1]["trace"]
    # Capacity 12 cells x 2 levels units = 24.
    np.testing.assert_allclose(points(ax, "k = 3")[:, 1], np.array(trace["work"]) / 24)
    exact = [line for line in ax.lines if line.get_alpha() == 0.7][1]
    np.testing.assert_allclose(exact.get_ydata(), np.array(trace["exact"]) / 24)
    assert ax.get_title() == "blocks · N = 12 · constraint C0 · aer, 4096 shots"


def test_advantage_figure_shows_intervals_bounds_and_the_line_of_no_advantage():
    ax = plot.advantage_figure(style.new_axes(), document(12, 3, 1))
    assert labels(ax) == [
        "no advantage", "exact, noise-free", r"bound $\gamma k$", "measured, 95 % interval",
    ]  # fmt: skip
    (bound,) = [line for line in ax.lines if line.get_label() == r"bound $\gamma k$"]
    np.testing.assert_allclose(bound.get_xdata(), [1, 3, 12])
    np.testing.assert_allclose(bound.get_ydata(), np.pi / 2 * np.array([1, 3, 12]))
    (unity,) = [line for line in ax.lines if line.get_label() == "no advantage"]
    assert set(unity.get_ydata()) == {1.0}
    assert ax.get_ylim()[1] > 12 * np.pi / 2


def test_a_bound_far_above_the_data_is_cut_and_says_so():
    one = document(1, 2)
    one["rows"][1]["participation"] = 2
    one["rows"][1]["bounds"]["theorem2"] = 60.0
    ax = plot.advantage_figure(style.new_axes(), one)
    assert "Theorem 2 (up to 60, cut)" in labels(ax)
    assert ax.get_ylim()[1] < 5


def test_withheld_rows_are_hollow_and_have_no_value():
    one = document(1, 3, 12, withheld=(12,))
    ax = plot.advantage_figure(style.new_axes(), one)
    assert "not reported" in labels(ax)
    (hollow,) = [line for line in ax.lines if line.get_label() == "not reported"]
    assert hollow.get_fillstyle() == "none"
    assert hollow.get_xydata().tolist() == [[12, 0]]
    assert "k = 12 (not reported)" in labels(plot.work_figure(style.new_axes(), one))


def test_power_figure_rings_the_reported_power():
    one = document(1, 3)
    ax = plot.power_figure(style.new_axes(), one)
    row = one["rows"][1]
    reported = [row["charging_time"]["value"], row["power"]["value"]]
    rings = [line.get_xydata() for line in ax.lines if line.get_markersize() == 12]
    assert any(np.allclose(ring, [reported]) for ring in rings)
    trace = row["trace"]
    expected = np.array(trace["work"][1:]) / np.array(trace["times"][1:])
    np.testing.assert_allclose(points(ax, "k = 3")[:, 1], expected)


def test_cost_figure_counts_the_circuits():
    ax = plot.cost_figure(style.new_axes(), document(2, 3, 12))
    (gates,) = [line for line in ax.lines if line.get_label() == "two-qubit gates"]
    assert gates.get_xydata().tolist() == [[2, 6], [3, 8], [12, 11]]
    assert "two-qubit gates, any start" in labels(ax)


@pytest.mark.parametrize("draw", FIGURES)
@pytest.mark.parametrize(
    "one",
    [
        document(3),
        document(1, 2, 3, 4, 5, 6, 7, 12),
        document(2, 3, withheld=(2, 3)),
        document(2, constraint="none", shots=None, backend=None),
        document(2, 2, protocol="two files"),
    ],
    ids=["single", "eight", "all withheld", "exact", "same order"],
)
def test_every_figure_draws_every_document(draw, one):
    before = copy.deepcopy(one)
    draw(style.new_axes(), one).figure.canvas.draw()
    assert one == before


@pytest.mark.parametrize("draw", FIGURES)
def test_figures_bear_missing_parts(draw):
    one = document(1, 2)
    for key in ("noise_work", "work", "power", "charging_time", "advantage"):
        one["rows"][1][key] = {}
    one["rows"][1]["trace"] |= {"stderr": [], "exact": []}
    one["rows"][1]["bounds"] = one["rows"][1]["circuit"] = None
    draw(style.new_axes(), one).figure.canvas.draw()


def test_rows_of_the_same_order_have_names_of_their_own():
    one = document(2, 2)
    one["rows"][0]["name"] = "a.toml"
    assert [look.label for look in style.looks(one)] == ["k = 2, a.toml", "k = 2, row 2"]
    looks = style.looks(document(1, 2, 3, 4, 5, 6, 7, 12))
    assert len({(look.colour, look.marker) for look in looks}) == 8


def test_map_shows_the_qubits_in_use():
    ax = plot.map_figure(style.new_axes(), [(0, 1), (1, 2), (2, 1)], [1, 2], name="line")
    assert [text.get_text() for text in ax.texts] == ["1", "2"]
    assert ax.get_title() == "line · 2 of 3 qubits in use"
    assert len(ax.lines) == 2
    # A line is drawn as one: distances follow couplings.
    idle, used = (np.asarray(one.get_offsets()) for one in ax.collections)
    ends = np.linalg.norm(idle[0] - used[1])
    assert ends == pytest.approx(2 * np.linalg.norm(used[0] - used[1]), rel=1e-3)


def test_write_figures_puts_the_data_beside_each(tmp_path):
    one = document(1, 3, 12, withheld=(12,), backend=LINE)
    written = plot.write_figures(one, tmp_path / "new" / "folder")
    stems = ["work", "advantage", "power", "cost", "map"]
    assert [path.name for path in written] == [
        f"{stem}.{kind}" for stem in stems for kind in ("svg", "csv")
    ]
    assert all(path.stat().st_size > 0 for path in written)
    with (tmp_path / "new" / "folder" / "advantage.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["order"] for row in rows] == ["1", "3", "12"]
    assert float(rows[1]["advantage"]) == 3.0
    assert rows[2]["advantage"] == ""
    assert rows[2]["withheld"] == "work is 2.1σ above the noise work"
    with (tmp_path / "new" / "folder" / "work.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 41
    assert float(rows[41]["time"]) == 0.0


def test_the_same_document_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        plot.write_figures(document(1, 3, backend=LINE), tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidRequest, match=r"^Figures cannot be written to .*file"):
        plot.write_figures(document(1), tmp_path / "file")


def test_matplotlib_is_loaded_lazily_and_pyplot_never():
    code = (
        "import sys; from qbcircuit import plot; assert 'matplotlib' not in sys.modules; "
        "plot.trace_axes([0, 1], [0, 1], [0, 0], 1.0); assert 'matplotlib' in sys.modules; "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
