"""Energies of interacting cells from counts: parts of I by setting, read-out errors undone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit.backend import Counts
from qbcircuit.battery import Site
from qbcircuit.comparison import compare
from qbcircuit.errors import InvalidRequest
from qbcircuit.estimate import ReadoutErrors, trace_from_readings
from qbcircuit.reference import capacity
from qbcircuit.starts import GroundStart
from qbcircuit.terms import Term
from qbcircuit_aer import AerBackend

TIMES = (0.0, 0.4, 0.9)
FALSE_ONES = np.array([0.01, 0.03, 0.02])
FALSE_ZEROS = np.array([0.08, 0.05, 0.11])


def quench(n=3):
    inner = [Term("XX", (j, j + 1), -0.5) for j in range(n - 1)] + [Term("ZZ", (0, 1), 0.3)]
    sites = tuple(Site(levels=(-0.5, 0.4 + 0.1 * j)) for j in range(n))
    battery = qb.Battery(sites=sites, start=GroundStart(), interactions=tuple(inner))
    turns = [Term("YY", (j, j + 1), 0.8) for j in range(n - 1)]
    return qb.ChargingProtocol.constant(battery, turns, name="quench")


@pytest.fixture(scope="module")
def plan():
    return qb.compile_protocol(quench(), times=TIMES, error=1e-3)


@pytest.fixture(scope="module")
def distributions(plan):
    return [p for _, p in sorted(dict(AerBackend().distributions(plan)).items())]


def confusion():
    cells = [
        np.array([[1 - one, zero], [one, 1 - zero]])
        for one, zero in zip(FALSE_ONES, FALSE_ZEROS, strict=True)
    ]
    return np.kron(np.kron(cells[2], cells[1]), cells[0])


def counts_of(probabilities, shots=10**9):
    return Counts.from_mapping({f"{i:03b}": round(shots * p) for i, p in enumerate(probabilities)})


def known_errors(shots=10**9):
    return ReadoutErrors(false_ones=FALSE_ONES, false_zeros=FALSE_ZEROS, shots=shots)


def test_products_of_letters_are_exact_again_after_any_misreading(plan, distributions):
    truth = qb.simulate(plan.protocol, TIMES).work
    read = [counts_of(confusion() @ p) for p in distributions]
    raw = trace_from_readings(plan, read).work - truth
    corrected = trace_from_readings(plan, read, known_errors()).work - truth
    assert np.max(np.abs(raw)) > 0.1
    assert np.max(np.abs(corrected)) < 3e-3  # the product formula's


def test_what_the_calibration_leaves_open_is_the_slope(plan, distributions):
    readings = [counts_of(confusion() @ p) for p in distributions]
    errors = known_errors(shots=500)
    trace = trace_from_readings(plan, readings, errors)
    step, expected = 1e-6, []
    for wire in range(3):
        for name, sigma in zip(("false_ones", "false_zeros"), errors.stderr, strict=True):
            moved = getattr(errors, name).copy()
            moved[wire] += step
            shifted = trace_from_readings(plan, readings, replace(errors, **{name: moved}))
            expected.append((shifted.work - trace.work) / step * sigma[wire])
    assert trace.common == pytest.approx(np.array(expected), rel=1e-3, abs=1e-7)


def test_covariances_within_a_setting_are_kept(plan):
    """Z0, Z1 and Z0 Z1 read together: the variance is that of their sum in every shot."""
    seen = {"000": 400, "011": 600}
    trace = trace_from_readings(plan, [Counts.from_mapping(seen)] * len(plan.experiments))
    battery = plan.protocol.battery
    levels = [battery.sites[j].levels for j in range(3)]
    low = sum(one[0] for one in levels) + 0.3
    high = levels[0][1] + levels[1][1] + levels[2][0] + 0.3
    still = 0.4 * 0.6 * (high - low) ** 2 / 999
    together, apart = -0.5 - 0.5, -0.5 * 1 - 0.5 * -1  # X0 X1 + X1 X2 of outcomes 000 and 011
    moving = 0.4 * 0.6 * (together - apart) ** 2 / 999
    half_event = np.max(trace.stderr) ** 2 - still - moving
    assert 0 < half_event < 2e-5


def test_a_setting_that_is_missing_or_strange_is_named(plan, distributions):
    readings = [counts_of(p) for p in distributions]
    fewer = plan.with_experiments(plan.experiments[::2])
    with pytest.raises(InvalidRequest, match="needs the setting XXX too, and it was not read"):
        trace_from_readings(fewer, readings[::2])
    strange = replace(
        plan.experiments[0], setting=replace(plan.experiments[0].setting, bases=("Y",) * 3)
    )
    with pytest.raises(InvalidRequest, match=r"read in the settings ZZZ, XXX, got YYY at time 0"):
        trace_from_readings(plan.with_experiments([strange]), readings[:1])


@pytest.mark.parametrize("backend", ["exact", "aer", "noisy"])
def test_an_interacting_battery_is_compared_from_end_to_end(backend):
    document = compare([quench()], backend=backend, shots=2000, seed=3).document
    parallel, row = document["rows"]
    assert (parallel["name"], row["name"]) == ("parallel", "quench")
    assert document["battery"]["capacity"] == pytest.approx(capacity(quench().battery))
    assert all(value is None for value in row["bounds"].values())
    assert parallel["advantage"]["value"] == 1.0
    work = np.array(row["trace"]["work"]) - np.array(row["trace"]["exact"])
    error = np.array(row["trace"]["stderr"])
    if backend == "exact":
        assert np.max(np.abs(work)) == 0.0
    else:
        assert np.max(np.abs(work)) < 0.2
        assert np.median(np.abs(work) / error) < 2.0
    assert row["work"]["exact"] == pytest.approx(row["work"]["value"], abs=0.1)
    if backend == "noisy":
        assert row["raw"] is not None and document["readout"] is not None
