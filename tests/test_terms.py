"""Terms: what they are as matrices, and what is refused."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term, uniform_field

MATRICES = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
    "+": np.array([[0, 0], [1, 0]]),
    "-": np.array([[0, 1], [0, 0]]),
}
N = 3


def product(letters, sites):
    """Cell 0 is the last Kronecker factor."""
    on = dict(zip(sites, letters, strict=True))
    return functools.reduce(np.kron, [MATRICES[on.get(j, "I")] for j in reversed(range(N))])


def dense(term):
    one = term.strength * product(term.operators, term.sites)
    return one + one.conj().T if term.adds_conjugate else one


@st.composite
def term(draw):
    sites = draw(st.lists(st.integers(0, N - 1), min_size=1, max_size=N, unique=True))
    letters = draw(st.lists(st.sampled_from("XYZ+-"), min_size=len(sites), max_size=len(sites)))
    real, imaginary = draw(st.tuples(*[st.floats(-2, 2)] * 2))
    return Term(letters, sites, complex(real, imaginary if set(letters) & set("+-") else 0))


@settings(deadline=None, max_examples=60)
@given(term())
def test_paulis_add_up_to_the_term(one):
    total = sum((v * product(letters, sites) for letters, sites, v in one.paulis()), 0 * np.eye(8))
    np.testing.assert_allclose(total, dense(one), atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(term())
def test_norm_is_the_operator_norm(one):
    assert one.norm == pytest.approx(np.linalg.norm(dense(one), 2), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(term())
def test_flips_are_the_levels_that_change(one):
    mask = sum(1 << site for site in one.flips)
    rows, columns = np.nonzero(dense(one))
    assert all(row ^ column == mask for row, column in zip(rows, columns, strict=True))


def test_plus_charges():
    charging = Term("+", (0,))
    assert charging.adds_conjugate
    assert dense(charging)[1, 0] == 1.0
    assert charging.paulis() == (("X", (0,), 1.0),)


def test_letters_follow_their_sites():
    one = Term("XZ", (2, 0), 0.5)
    assert one.paulis() == (("ZX", (0, 2), 0.5),)
    assert (one.order, one.support, one.flips) == (2, frozenset({0, 2}), frozenset({2}))


def test_scaling_and_equality():
    assert Term("XX", [0, 1]).scaled(3.0) == Term(("X", "X"), (0, 1), 3.0)
    assert hash(Term("XX", (0, 1))) == hash(Term("XX", (0, 1)))
    assert Term("XY", (0, 1)) != Term("XY", (1, 0))


def test_a_term_scaled_beyond_all_numbers_is_refused():
    with pytest.raises(InvalidRequest, match="strength must be finite"):
        Term("XX", (0, 1), 1e200).scaled(1e200)


def test_uniform_field():
    assert uniform_field((1, 3), 0.5) == (Term("Z", (1,), 0.5), Term("Z", (3,), 0.5))
    assert uniform_field((1, 3), 0.0) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", ()), "at least one operator"),
        (("XI", (0, 1)), r"^Term 'XI' on \[0, 1\]: identity letters are not needed\. Drop"),
        (("XQ", (0, 1)), r"unknown operator 'Q'\. Use X, Y, Z, \+ or -"),
        (("XX", (0,)), "2 operators but 1 cells"),
        (("XX", (1, 1)), r"a cell is named twice\. Name each cell once"),
        (("X", (-1,)), "counted from 0"),
        (("X", (0,), math.nan), "strength must be finite"),
        (("X", (0,), complex(0, math.inf)), "strength must be finite"),
        (("XX", (0, 1), 1j), r"its strength must be real, got 1j"),
    ],
)
def test_what_cannot_be_a_term(arguments, message):
    with pytest.raises(InvalidRequest, match=message):
        Term(*arguments)
