"""The settings in which an interacting battery is read, against its energy as a matrix."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.encoding import KINDS, registers
from qbcircuit.measurement import energy_settings, read_sites
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term
from qbcircuit.testing import LETTERS, energy_matrix, placed, reduced

TURN = {"X": np.array([[1, 1], [1, -1]]) / np.sqrt(2), "Z": np.eye(2)}
TURN["Y"] = TURN["X"] @ np.diag([1, -1j])


def chain(n, pairs, field):
    """Cells in a row with a mediator among them that is no cell."""
    inner = [Term(a, (j, j + 1), s) for a, s in pairs.items() for j in range(n - 1)]
    inner += [Term(a, (j,), s) for a, s in field.items() for j in range(n)]
    sites = (*(Site(levels=(0.1, 1.0 + 0.2 * j)) for j in range(n)), Site(role=Role.ANCILLA))
    return Battery(sites=sites, start=BasisStart(levels=(0,) * (n + 1)), interactions=tuple(inner))


def energy_as_read(battery, encoding=None):
    """Sum over settings of sum over outcomes |outcome><outcome| energy, turned back, plus shift."""
    found = energy_settings(battery, encoding)
    n = len(found.parts[0].bases)
    total = found.shift * np.eye(1 << n, dtype=complex)
    outcomes = np.arange(1 << n)
    for part in found.parts:
        energy = np.zeros(1 << n)
        for bits, value in part.strings:
            mask = sum(1 << bit for bit in bits)
            energy += value * (1 - 2 * (np.bitwise_count(outcomes & mask) & 1).astype(int))
        turn = placed({bit: TURN[letter] for bit, letter in enumerate(part.bases)}, (2,) * n)
        total += turn.conj().T @ np.diag(energy) @ turn
    return total


@pytest.mark.parametrize(
    ("pairs", "field", "bases"),
    [
        ({}, {}, ["ZZZ"]),
        ({"ZZ": 0.3}, {}, ["ZZZ"]),
        ({"XX": 0.7}, {}, ["ZZZ", "XXX"]),
        ({"XX": 0.7, "YY": 0.3}, {"X": 0.2}, ["ZZZ", "XXX", "YYY"]),
        ({"XX": 0.7, "YY": 0.3, "ZZ": 0.1}, {}, ["ZZZ", "XXX", "YYY"]),
        ({"XZ": 0.7}, {}, ["ZZZ", "XZZ", "ZXZ"]),
    ],
)
def test_few_settings_read_all_of_the_energy(pairs, field, bases):
    battery = chain(3, pairs, field)
    found = energy_settings(battery)
    assert ["".join(part.bases) for part in found.parts] == bases
    exact = reduced(energy_matrix(battery), (2,) * 4, (0, 1, 2)) / 2
    np.testing.assert_allclose(energy_as_read(battery), exact, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=15)
def test_cells_of_any_levels_are_read_on_their_codes(kind, seed):
    rng = np.random.default_rng(seed)
    dimensions = tuple(int(d) for d in rng.integers(2, 4, size=2))
    unit = [f"|{rng.integers(d)}><{rng.integers(d)}|" for d in dimensions]
    battery = Battery(
        sites=tuple(Site(levels=tuple(np.cumsum(rng.uniform(0.2, 1, d)))) for d in dimensions),
        start=BasisStart(levels=(0, 0)),
        interactions=(Term(unit, (0, 1), float(rng.normal())), Term("a", (1,), 0.4)),
    )
    found = registers(dimensions, kind)
    codes = [
        found[0].codes[i % dimensions[0]]
        | found[1].codes[i // dimensions[0]] << len(found[0].sites)
        for i in range(math.prod(dimensions))
    ]
    read = energy_as_read(battery, kind)[np.ix_(codes, codes)]
    np.testing.assert_allclose(read, energy_matrix(battery), atol=1e-12)


def test_bits_are_those_of_cells_only_in_their_order():
    sites = (Site(levels=(0, 0), role=Role.ANCILLA), Site(levels=(0, 1, 2)), Site())
    battery = Battery(
        sites=sites,
        start=BasisStart(levels=(0, 0, 0)),
        interactions=(Term(["|0><2|", "X"], (1, 2)),),
    )
    assert read_sites(battery, registers((2, 3, 2), "gray")) == (1, 2, 3)
    bases = {part.bases for part in energy_settings(battery, "unary").parts}
    assert all(len(one) == 4 for one in bases)
    assert ("Z",) * 4 in bases
    assert set(LETTERS) > {letter for one in bases for letter in one}
