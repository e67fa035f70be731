"""Every family against its printed Hamiltonian, built densely by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm

from qbcircuit import protocols
from qbcircuit.battery import BasisStart, Battery, Role, Site
from qbcircuit.errors import InvalidRequest
from tests.by_hand import field, flip, move, product, spin


def dense(protocol, index=0):
    """The Hamiltonian of a step from its terms, shift included."""
    step = protocol.evolutions[index]
    n = protocol.battery.n_sites
    total = step.shift * np.eye(2**n, dtype=complex)
    for term in step.terms:
        one = term.strength * product(n, dict(zip(term.sites, term.operators, strict=True)))
        total += one + one.conj().T if term.adds_conjugate else one
    return total


def work(protocol, time):
    n = protocol.battery.n_sites
    state = expm(-1j * time * dense(protocol))[:, 0]
    charged = [index.bit_count() for index in range(2**n)]
    return float(np.abs(state) ** 2 @ charged)


FIVE = Battery.qubits(5)
QUTRITS = Battery.equal_cells(4, levels=(0.0, 0.3, 1.0))
ONES = [[cell] for cell in range(5)]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (protocols.parallel(FIVE), flip(5, *ONES)),
        (protocols.global_charging(FIVE), flip(5, range(5))),
        (protocols.blocks(FIVE, order=2), flip(5, [0, 1], [2, 3], [4])),
        (protocols.blocks(FIVE, order=5), flip(5, range(5))),
        (protocols.transition_blocks(FIVE, order=3), move(5, [0, 1, 2], [3, 4])),
        (protocols.windows(FIVE, order=3), flip(5, [0, 1, 2], [1, 2, 3], [2, 3, 4])),
        (protocols.windows(FIVE, order=2, stride=2), flip(5, [0, 1], [2, 3], [3, 4])),
        (protocols.windows(FIVE, order=3, stride=2), flip(5, [0, 1, 2], [2, 3, 4])),
        (protocols.windows(FIVE, order=1, stride=3), flip(5, [0], [3], [4])),
        (protocols.windows(FIVE, order=4, stride=9), flip(5, [0, 1, 2, 3], [1, 2, 3, 4])),
        (protocols.transition_windows(FIVE, order=4), move(5, [0, 1, 2, 3], [1, 2, 3, 4])),
        (protocols.double_excitation(FIVE), move(5, [0, 1], [1, 2], [2, 3], [3, 4])),
        (protocols.all_to_all(FIVE), np.linalg.matrix_power(flip(5, *ONES) / 2, 2)),
        (
            protocols.all_to_all(FIVE, anisotropy=-0.4, strength=2.0),
            2 * spin("X", 5) @ spin("X", 5) - 0.8 * spin("Y", 5) @ spin("Y", 5),
        ),
        (protocols.two_axis(FIVE), spin("X", 5) @ spin("X", 5) - spin("Y", 5) @ spin("Y", 5)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_hamiltonian_is_the_printed_one(protocol, expected):
    np.testing.assert_allclose(dense(protocol), expected, atol=1e-14)


def built(family, battery, order, **options):
    return family.build(battery, order=order if family.takes_order else None, **options)


CELLS_ALONE = [
    one
    for one in protocols.FAMILIES.values()
    if one.takes_field and built(one, FIVE, 3).battery == FIVE
]
"""Families that charge the cells as they are, without other sites or couplings of their own."""


@pytest.mark.parametrize("family", CELLS_ALONE, ids=lambda one: one.name)
def test_field_and_strength_enter_every_family_alike(family):
    plain = built(family, FIVE, 3)
    driven = built(family, FIVE, 3, field=0.3, strength=-2.0)
    for step in range(len(plain.evolutions)):
        expected = -2.0 * dense(plain, step) + 0.3 * field(5)
        np.testing.assert_allclose(dense(driven, step), expected, atol=1e-13)
        assert driven.evolutions[step].duration == plain.evolutions[step].duration / 2
    assert driven.name == family.name
    # A field on its own interactions' cells spoils no structure.
    assert (driven.order, driven.participation) == (plain.order, plain.participation)


@pytest.mark.parametrize(
    ("name", "options", "n", "k", "m"),
    [
        ("parallel", {}, 6, 1, 1),
        ("global", {}, 6, 6, 1),
        ("blocks", {"order": 4}, 6, 4, 1),
        ("transition-blocks", {"order": 4}, 6, 4, 1),
        ("windows", {"order": 3}, 8, 3, 3),
        ("windows", {"order": 3, "stride": 2}, 9, 3, 2),
        ("transition-windows", {"order": 2}, 6, 2, 2),
        ("double-excitation", {}, 6, 2, 2),
        ("all-to-all", {}, 6, 2, 5),
        ("two-axis", {}, 6, 2, 5),
        ("ising-graph", {"parameters": {"graph": "star"}}, 6, 2, 5),
        ("ising-hypergraph", {"order": 3, "parameters": {"hypergraph": "fano"}}, 7, 3, 3),
        ("layered", {"order": 3}, 8, 3, 1),
        ("random-haar", {"order": 2}, 5, 2, 4),
        ("random-gue", {"order": 3}, 5, 3, 6),
        ("syk", {}, 6, 6, 1),
        ("star", {"parameters": {"chargers": 5}}, 1, 2, 5),
        ("star", {"parameters": {"chargers": 2}}, 3, 2, 3),
        ("central-spin-chain", {}, 4, 2, 6),
        ("mediated", {}, 3, 2, 2),
        ("mediated", {"parameters": {"mediators": 0}}, 3, 2, 1),
        ("tfim-quench", {"parameters": {"boundary": "periodic"}}, 6, 2, 2),
        ("xy-quench", {}, 6, 2, 2),
        ("xxz-quench", {}, 6, 2, 2),
        ("spin-chain", {"parameters": {"reach": "power-law"}}, 6, 2, 5),
    ],
)
def test_order_and_participation(name, options, n, k, m):
    protocol = protocols.build(name, Battery.qubits(n), **options)
    assert (protocol.order, protocol.participation) == (k, m)


def test_parallel_and_blocks_charge_as_sine_squared():
    for time in (0.3, 1.1):
        assert work(protocols.parallel(FIVE), time) == pytest.approx(5 * math.sin(time) ** 2)
        for build in (protocols.blocks, protocols.transition_blocks):
            assert work(build(FIVE, order=2), time) == pytest.approx(5 * math.sin(time) ** 2)


def test_all_to_all_charges_as_a_power_of_cosine():
    # W = (N/2)[1 - cos^(N-1)(chi t)] from the ground state.
    for time in (0.4, 1.3):
        expected = 2.5 * (1 - math.cos(1.7 * time) ** 4)
        assert work(protocols.all_to_all(FIVE, strength=1.7), time) == pytest.approx(expected)


def test_double_excitation_chain_reaches_its_first_maximum():
    # N = 4: first maximum 0.676227 a cell at g t = 1.088701.
    protocol = protocols.double_excitation(Battery.qubits(4))
    assert work(protocol, 1.088701) / 4 == pytest.approx(0.676227, abs=1e-6)
    assert np.linalg.norm(dense(protocol), 2) == pytest.approx(2.236068, abs=1e-6)


def test_all_to_all_has_the_printed_norm_and_the_shift_optimal_one():
    values = np.linalg.eigvalsh(dense(protocols.all_to_all(Battery.qubits(4), strength=2.0)))
    assert values[-1] == pytest.approx(2.0 * 4**2 / 4)
    assert values[0] == pytest.approx(0.0)


@pytest.mark.parametrize("family", CELLS_ALONE, ids=lambda one: one.name)
def test_only_cells_take_part(family):
    charger, cell = Site(levels=(0.0, 0.0), role=Role.CHARGER), Site()
    mixed = Battery(
        sites=(charger, cell, charger, cell, cell, cell), start=BasisStart(levels=(0,) * 6)
    )
    protocol = built(family, mixed, 2, field=0.1)
    plain = built(family, Battery.qubits(4), 2, field=0.1)
    renamed = {0: 1, 1: 3, 2: 4, 3: 5}
    for step, alone in zip(protocol.evolutions, plain.evolutions, strict=True):
        expected = [
            (term.operators, tuple(renamed[site] for site in term.sites)) for term in alone.terms
        ]
        assert [(term.operators, term.sites) for term in step.terms] == expected
        assert step.shift == alone.shift


def test_the_register_says_what_each_family_takes():
    assert list(protocols.FAMILIES) == [
        "parallel", "global", "blocks", "transition-blocks", "windows", "transition-windows",
        "double-excitation", "all-to-all", "two-axis", "ising-graph", "ising-hypergraph",
        "layered", "random-haar", "random-gue", "syk", "star", "central-spin-chain", "mediated",
        "tfim-quench", "xy-quench", "xxz-quench", "spin-chain", "ladder", "qutrit-ladder",
        "tavis-cummings", "dicke", "collisional", "collisional-charger", "pulsed-blocks",
        "adiabatic-ramp", "counter-diabatic",
    ]  # fmt: skip
    assert protocols.family("windows").options == ("order", "stride", "field", "strength")
    assert protocols.family("parallel").options == ("field", "strength")
    for family in protocols.FAMILIES.values():
        assert all((family.summary, family.hamiltonian, family.bound, family.reference))


def test_a_family_accepts_the_order_it_has():
    assert protocols.build("global", FIVE, order=5) == protocols.global_charging(FIVE)
    assert protocols.build("all-to-all", FIVE, order=2) == protocols.all_to_all(FIVE)
    assert protocols.build("parallel", FIVE, stride=1) == protocols.parallel(FIVE)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: protocols.family("bloks"),
         r'^Unknown protocol "bloks"\. Closest: blocks\. See: qbcircuit protocols\.$'),
        (lambda: protocols.blocks(Battery.qubits(4), order=5),
         r"^Order k=5 is larger than the number of cells N=4\. Use -k 1\.\.4\.$"),
        (lambda: protocols.windows(FIVE, order=0), r"^Order k must be 1 or more, got 0\. Use"),
        (lambda: protocols.blocks(FIVE, order=2.5), r"^Order k must be a whole number, got 2\.5"),
        (lambda: protocols.windows(FIVE, order=2, stride=0), r"^The stride must be 1 or more"),
        (lambda: protocols.windows(FIVE, order=2, stride=1.5), r"^The stride must be a whole"),
        (lambda: protocols.parallel(FIVE, field=math.nan), r"^The field must be finite, got nan"),
        (lambda: protocols.parallel(FIVE, strength=0.0), r"^The strength must be finite and not 0"),
        (lambda: protocols.parallel(FIVE, strength=math.inf), r"^The strength must be finite"),
        (lambda: protocols.all_to_all(Battery.qubits(1)), r"^all-to-all needs at least 2 cells"),
        (lambda: protocols.double_excitation(Battery.qubits(1)), r"^double-excitation needs at"),
        (lambda: protocols.build("blocks", FIVE), r"^blocks needs an interaction order\. Use -k"),
        (lambda: protocols.build("global", FIVE, order=3), r"^global has order k=5 for N=5, got"),
        (lambda: protocols.build("blocks", FIVE, order=2, stride=2), r"^blocks takes no stride"),
        (lambda: protocols.blocks(QUTRITS, order=2),
         r"^blocks is for cells of 2 levels, got 3 levels\. Use transition-blocks\.$"),
        (lambda: protocols.windows(QUTRITS, order=2), r"^windows is for cells of 2 levels, got 3"),
        (lambda: protocols.all_to_all(QUTRITS), r"^all-to-all is for cells of 2 levels, got 3"),
        (lambda: protocols.transition_blocks(QUTRITS, order=2, field=0.1),
         r"^A field h ΣZ is for cells of 2 levels, got 3 levels\. Use 0 for none\.$"),
    ],
)  # fmt: skip
def test_refusals(request_, message):
    with pytest.raises(InvalidRequest, match=message):
        request_()


def test_options_of_a_family_are_checked_by_type_and_name():
    lattice = protocols.Parameter(name="graph", default="ring", help="", choices=("ring", "star"))
    quanta = protocols.Parameter(name="n-quanta", default=4, help="")
    seen = {}

    def build(battery, **options):
        seen.update(options)
        return protocols.parallel(battery)

    own = protocols.Family(
        name="own",
        summary="",
        hamiltonian="",
        order="1",
        participation="1",
        bound="",
        reference="",
        constructor=build,
        takes_field=False,
        fixed_order=None,
        parameters=(lattice, quanta),
    )
    own.build(FIVE, parameters={"graph": "star", "n-quanta": "7"})
    assert seen == {"strength": 1.0, "graph": "star", "n_quanta": 7}
    own.build(FIVE)
    assert seen == {"strength": 1.0, "graph": "ring", "n_quanta": 4}
    own.build(FIVE, parameters={"strength": "0.25"})
    assert seen["strength"] == 0.25
    with pytest.raises(InvalidRequest, match=r'Unknown graph "rng"\. Closest: ring'):
        own.build(FIVE, parameters={"graph": "rng"})
    with pytest.raises(InvalidRequest, match=r"n-quanta must be a whole number, got 2\.5"):
        own.build(FIVE, parameters={"n-quanta": "2.5"})
    with pytest.raises(InvalidRequest, match=r'Unknown option "quanta"\. Closest: n-quanta'):
        own.build(FIVE, parameters={"quanta": 3})
    with pytest.raises(InvalidRequest, match=r"own takes no field, got 0\.5"):
        own.build(FIVE, field=0.5)
    with pytest.raises(InvalidRequest, match="own has order of its own for N=5, got -k 2"):
        own.build(FIVE, order=2)
    with pytest.raises(InvalidRequest, match="parallel has no options of its own, got --set x"):
        protocols.build("parallel", FIVE, parameters={"x": 1})
