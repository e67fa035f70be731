"""Operators on two-level cells as Kronecker products, built without the library's terms."""

from __future__ import annotations

import functools

import numpy as np

LETTERS = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
    "+": np.array([[0, 0], [1, 0]]),
    "-": np.array([[0, 1], [0, 0]]),
}


def product(n, letters_on_cells):
    """A product of one-cell operators; cell 0 is the last Kronecker factor."""
    factors = [LETTERS[letters_on_cells.get(cell, "I")] for cell in reversed(range(n))]
    return functools.reduce(np.kron, factors)


def string(n, letters, cells):
    """Letter i on the i-th of some cells."""
    return product(n, dict(zip(cells, letters, strict=True)))


def both(operator):
    """An operator and its Hermitian conjugate."""
    return operator + operator.conj().T


def exchange(n, *pairs):
    """sum s+_a s-_b + h.c."""
    return sum(both(string(n, "+-", pair)) for pair in pairs)


def couplings(n, letters, *pairs):
    """The same letters on every pair, added up."""
    return sum(string(n, letters, pair) for pair in pairs)


def flip(n, *groups):
    """X on every cell of a group, added up over groups."""
    return sum(product(n, dict.fromkeys(group, "X")) for group in groups)


def move(n, *groups):
    """|1...1><0...0| + h.c. of every group, added up."""
    return both(sum(product(n, dict.fromkeys(group, "+")) for group in groups))


def field(n):
    """sum_j Z_j."""
    return sum(product(n, {cell: "Z"}) for cell in range(n))


def spin(letter, n):
    """J_x, J_y or J_z."""
    return sum(product(n, {cell: letter}) for cell in range(n)) / 2
