"""Registers of qubits against dense matrices on sites of d levels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.encoding import KINDS, MOST_UNITS, encode, encoded_terms, registers
from qbcircuit.errors import InvalidRequest
from qbcircuit.starts import BasisStart, ThermalStart
from qbcircuit.terms import Term
from qbcircuit.testing import dense_hamiltonian, evolution
from tests.levels import letters_for, random_levels_term


def isometry(dimensions, kind):
    """Columns: basis states of the sites; rows: those of the qubits."""
    found = registers(tuple(dimensions), kind)
    n = sum(len(one.sites) for one in found)
    columns = []
    for index in range(math.prod(dimensions)):
        row, left = 0, index
        for register, d in zip(found, dimensions, strict=True):
            row |= register.codes[left % d] << register.sites[0]
            left //= d
        columns.append(row)
    matrix = np.zeros((1 << n, len(columns)))
    matrix[columns, range(len(columns))] = 1.0
    return matrix


def random_terms(rng, dimensions, number=3):
    everywhere = range(len(dimensions))
    return tuple(random_levels_term(rng, dimensions, everywhere) for _ in range(number))


def dimensions_for(kind):
    most = 3 if kind != "unary" else 2
    return st.lists(st.integers(2, 5), min_size=1, max_size=most)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_the_hamiltonian_on_codes_is_the_one_on_levels(kind, data, seed):
    dimensions = data.draw(dimensions_for(kind))
    terms = random_terms(np.random.default_rng(seed), dimensions)
    made = encoded_terms(terms, registers(tuple(dimensions), kind))
    codes = isometry(dimensions, kind)
    whole = dense_hamiltonian(made.terms, int(math.log2(len(codes))))
    whole += made.shift * np.eye(len(codes))
    exact = dense_hamiltonian(terms, dimensions)
    np.testing.assert_allclose(codes.T @ whole @ codes, exact, atol=1e-12)
    assert all(term.is_two_level for term in made.terms)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_every_block_leaves_codes_among_codes(kind, data, seed):
    dimensions = data.draw(dimensions_for(kind))
    terms = random_terms(np.random.default_rng(seed), dimensions)
    made = encoded_terms(terms, registers(tuple(dimensions), kind))
    codes = isometry(dimensions, kind)
    n = int(math.log2(len(codes)))
    for part in [*([one] for one in made.free), *(block.terms for block in made.blocks)]:
        moved = evolution(dense_hamiltonian(part, n), 0.7) @ codes
        np.testing.assert_allclose(np.linalg.norm(codes.T @ moved, axis=0), 1.0, atol=1e-12)
        assert (
            len({term.flips for term in part} - {frozenset()}) <= 1
            or len({site for term in part for site in term.sites}) <= 2
        )


@pytest.mark.parametrize("kind", ["binary", "gray"])
@given(dimensions=st.lists(st.integers(3, 5), min_size=1, max_size=2), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_outside_the_codes_nothing_acts(kind, dimensions, seed):
    rng = np.random.default_rng(seed)
    letters = [str(rng.choice(letters_for(d))) for d in dimensions]
    made = encoded_terms(
        [Term(letters, range(len(dimensions)))], registers(tuple(dimensions), kind)
    )
    codes = isometry(dimensions, kind)
    outside = np.flatnonzero(~codes.any(axis=1))
    whole = dense_hamiltonian(made.terms, int(math.log2(len(codes))))
    whole += made.shift * np.eye(len(codes))
    assert np.abs(whole[outside]).max(initial=0.0) < 1e-12


def test_a_ladder_flips_one_bit_at_a_time_in_gray_code_and_hops_in_unary():
    ladder = [Term("c", (0,))]
    gray = encoded_terms(ladder, registers((8,), "gray"))
    assert sorted(sorted(block.terms[0].flips) for block in gray.blocks) == [[0], [1], [2]]
    unary = encoded_terms(ladder, registers((4,), "unary"))
    hops = [Term("+-", (low, low + 1), math.sqrt(low + 1)) for low in range(3)]
    assert [block.terms for block in unary.blocks] == [(hop,) for hop in hops]


def test_levels_starts_and_resets_of_a_protocol_are_encoded():
    sites = (Site(levels=(0, 1, 3)), Site(), Site(levels=(0, 0, 0, 0), role=Role.MODE))
    battery = Battery(sites=sites, start=BasisStart(levels=(2, 1, 3)))
    schedule = (
        Evolve(terms=(Term(["|1><0|", "-"], (0, 1)), Term("a-", (2, 1), 0.3)), duration=0.4),
        Reset(sites=(2, 1)),
        Evolve(terms=(Term("X", (1,)),), duration=0.2),
    )
    protocol = ChargingProtocol(battery=battery, schedule=schedule, include_internal=True)
    found = encode(protocol, "binary")
    assert [one.sites for one in found.registers] == [(0, 1), (2,), (3, 4)]
    assert found.owners == (0, 0, 1, 2, 2)
    assert found.protocol.battery.start.levels == (0, 1, 1, 1, 1)
    assert found.protocol.schedule[1] == Reset(sites=(3, 4, 2))
    codes = isometry(battery.dimensions, "binary")
    for step, given_step in zip(found.protocol.evolutions, protocol.evolutions, strict=True):
        assert step.duration == given_step.duration
        whole = codes.T @ dense_hamiltonian(step.terms, 5) @ codes
        exact = dense_hamiltonian(protocol.generator(given_step)[0], battery.dimensions)
        difference = whole - exact
        np.testing.assert_allclose(difference, difference[0, 0] * np.eye(24), atol=1e-12)
    assert encode(protocol, "unary").protocol.battery.n_sites == 8


def test_a_protocol_of_qubits_stays_as_it_is():
    protocol = ChargingProtocol.constant(
        Battery.qubits(2, start=ThermalStart(beta=0.4)), [Term("X+", (0, 1))], include_internal=True
    )
    assert encode(protocol, "unary").protocol is protocol
    assert encode(protocol, "unary").registers == registers((2, 2), "binary")


def test_letters_of_modes_on_qubits_become_those_of_qubits():
    battery = Battery.qubits(2)
    terms = [Term("ac", (0, 1)), Term(["|1><1|"], (0,), 0.5), Term("nX", (0, 1), 0.2)]
    made = encode(ChargingProtocol.constant(battery, terms)).protocol.evolutions[0].terms
    difference = dense_hamiltonian(made, 2) - dense_hamiltonian(terms, 2)
    np.testing.assert_allclose(difference, difference[0, 0] * np.eye(4), atol=1e-12)


def test_what_only_shifts_energies_is_a_protocol_still():
    both = [Term(["|0><0|"], (0,)), Term(["|1><1|"], (0,))]
    made = encode(ChargingProtocol.constant(Battery.qubits(1), both)).protocol
    assert not dense_hamiltonian(made.evolutions[0].terms, 1).any()


def test_what_cannot_be_encoded_is_refused_in_one_sentence():
    with pytest.raises(InvalidRequest, match='Unknown encoding "grey"'):
        registers((3,), "grey")
    with pytest.raises(InvalidRequest, match="up to 62 levels, got 63"):
        registers((63,), "unary")
    six = Battery.equal_cells(6, levels=[0.0, 1.0, 2.0, 3.0, 4.0])
    with pytest.raises(InvalidRequest, match=f"allowed {MOST_UNITS} matrix units"):
        encode(ChargingProtocol.constant(six, [Term("n" * 6, range(6)), Term("c" * 6, range(6))]))
    wide = Battery.equal_cells(4, levels=list(range(16)))
    with pytest.raises(InvalidRequest, match="too many products"):
        encode(ChargingProtocol.constant(wide, [Term(["|0><0|"] * 4, range(4))]))
