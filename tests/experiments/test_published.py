"""Published numbers: all that is stored is rebuilt, and a wrong one fails."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qbcircuit.reference import reduced_states

FOLDER = Path(__file__).parents[2] / "experiments"
EXACT = {
    "work", "energy", "work-per-cell", "energy-variance", "ergotropy", "ladder-ergotropy",
    "incoherent-ergotropy", "best-time", "full-charge", "interaction-per-cell", "injected",
    "local", "coupling", "extracted",
}  # fmt: skip


@pytest.fixture(autouse=True)
def experiments_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


@pytest.fixture
def entries():
    from publishing.stored import entries

    return {one.name: one for one in entries()}


def test_every_entry_cites_its_source_and_has_a_builder(entries):
    from publishing.rebuilding import BUILDERS, models

    assert len(entries) == 18
    assert {entry.model for entry in entries.values()} == set(BUILDERS)
    figures = set()
    for entry in entries.values():
        repository, _, rest = entry.source.partition(" at ")
        assert repository.startswith("github.com/")
        assert len(rest.partition(":")[0]) == 40
        for series in entry.series:
            (model,) = models(series, entry.model, [0]).values()
            assert series.what == "best-time" or series.what in model.figures
            figures.add(series.what)
    assert figures == EXACT | {"passive-energy"}


def test_devices_are_shown_beside_an_exact_series_and_never_judged(entries):
    origins = {series.origin for one in entries.values() for series in one.series}
    assert {"ibm_perth", "ibm_oslo", "ibmq_lima", "ibmq_jakarta", "ibm_cairo"} <= origins
    for entry in entries.values():
        for series in entry.series:
            assert (series.tolerance is None) == bool(series.origin)
            assert series.tolerance is None or series.tolerance <= 1.1e-4


CHEAP = ("ising-quench-N2", "perth-N4-circuits", "lmg-N3", "driven-xxz-pair", "teleported-energy")


@pytest.mark.parametrize("name", CHEAP)
def test_a_perturbed_number_fails(entries, name):
    from published import exact_claim, rebuilt

    entry = entries[name]
    for series in entry.series:
        if series.origin:
            continue
        assert exact_claim(rebuilt(entry, series, ())).holds
        for place in (1, len(series.values) - 1):
            for sign in (1, -1):
                values = list(series.values)
                values[place] += sign * 2.5 * series.tolerance
                wrong = replace(series, values=tuple(values))
                claim = exact_claim(rebuilt(entry, wrong, ()))
                assert not claim.holds
                assert str(claim).startswith("FAIL")


def test_a_wrong_circuit_fails(entries):
    from published import circuit_claim, rebuilt

    entry = entries["teleported-energy"]
    found = rebuilt(entry, entry.series[3], entry.places)
    assert circuit_claim(found).holds
    off = replace(found, circuits=found.circuits + np.eye(4)[1] * 1e-6)
    assert not circuit_claim(off).holds


@pytest.mark.parametrize("name", ["ising-quench-N6", "teleported-energy", "perth-N2-gate"])
def test_circuits_are_read_as_the_reference_is(entries, name):
    """Exact circuits, so that the two differ by rounding alone, tomography included."""
    from publishing.rebuilding import rebuilt

    entry = entries[name]
    for series in entry.series[:4]:
        if series.origin:
            continue
        found = rebuilt(entry, series, entry.places[:1])
        run = ~np.isnan(found.circuits)
        assert run.sum() == 1
        np.testing.assert_allclose(found.circuits[run], found.ours[run], atol=1e-10)


def test_numbers_that_do_not_line_up_are_refused():
    from publishing.stored import Series

    fitting = {"what": "work", "times": (0.0, 1.0), "parameters": ({}, {})}
    with pytest.raises(ValueError, match="as many times, values and points"):
        Series(values=(1.0,), tolerance=1e-9, **fitting)
    with pytest.raises(ValueError, match="either an origin or a tolerance"):
        Series(values=(1.0, 2.0), **fitting)


@pytest.mark.parametrize(("name", "time"), [("ising-quench-N6", 0.3), ("ladder-of-nine", 2.0)])
def test_whole_states_are_read_cell_by_cell_and_level_by_level(entries, name, time):
    """Complex and without symmetry, so that a conjugate or another order of cells fails."""
    from publishing.reading import MeasuredCells, bases_for
    from publishing.rebuilding import AerBackend, compiled, models, with_settings

    entry = entries[name]
    protocol, at = models(entry.series[0], entry.model, [0])[0].at(time)
    plan = compiled(protocol, (at,), 1e-13)  # exact networks
    read = with_settings(plan, bases_for(("XYZ",), len(plan.experiments[0].readout)))
    seen = {read.experiments[i].setting.bases: p for i, p in AerBackend().distributions(read)}
    (expected,) = reduced_states(protocol, [at])
    cells = MeasuredCells(read, seen)
    np.testing.assert_allclose(cells.density, expected, atol=1e-9)
    np.testing.assert_allclose(cells.populations(), np.diag(expected).real, atol=1e-9)
    assert np.abs(expected.imag).max() > 0.1
