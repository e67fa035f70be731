"""Diagonal evolutions: exp(-i tau f) as CX gates and RZ angles linear in tau."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qbcircuit.compile.formula.paulis import bits

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterExpression

_NEGLIGIBLE = 1e-13


def walsh(values: npt.ArrayLike, least: float = 0.0) -> dict[int, float]:
    """Coefficients c_z with f(b) = sum_z c_z (-1)^{|z & b|}; negligible ones left out.

    Args:
        values: f(b), shape (2^k,), real.
        least: what coefficients are negligible beside where no value is larger; 1 for angles,
            0 for energies, which have a unit.
    """
    table = np.array(values, dtype=float)
    scale = max(least, float(np.abs(table).max(initial=0.0)))
    half = 1
    while half < len(table):
        pairs = table.reshape(-1, 2, half)
        table = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).reshape(-1)
        half *= 2
    table /= len(table)
    kept = np.flatnonzero(np.abs(table) > _NEGLIGIBLE * scale)
    return {int(mask): float(table[mask]) for mask in kept}


def diagonal(
    circuit: QuantumCircuit,
    wires: Sequence[int],
    coefficients: Mapping[int, float],
    tau: ParameterExpression | float,
) -> None:
    """Append exp(-i tau sum_z c_z Z^z) up to phase; bit i of a mask is ``wires[i]``.

    Strings are gathered on the wire that most of them share and walked in Gray order, so that
    a full set of 2^(k-1) strings through one wire costs 2^(k-1) CX.
    """
    left = {mask for mask in coefficients if mask}
    through_wire = Counter(i for mask in left for i in bits(mask))
    while left:
        shared = max(range(len(wires)), key=through_wire.__getitem__)
        gathered = {mask: coefficients[mask] for mask in left if mask >> shared & 1}
        left -= gathered.keys()
        through_wire.subtract(i for mask in gathered for i in bits(mask))
        undone = through(circuit, wires, shared, gathered, tau)
        _walk(circuit, wires, shared, undone)


def through(
    circuit: QuantumCircuit,
    wires: Sequence[int],
    shared: int,
    coefficients: Mapping[int, float],
    tau: ParameterExpression | float,
) -> int:
    """Strings that share one wire, in Gray order, without the last CX gates.

    Returns:
        Mask of the wires from which a CX on the shared one is still to come. After a full set
        it is the highest other wire alone.
    """
    at = 1 << shared
    for mask in sorted(coefficients, key=lambda m: _gray_rank(_without(m, shared))):
        _walk(circuit, wires, shared, at ^ mask)
        circuit.rz(2 * coefficients[mask] * tau, wires[shared])
        at = mask
    return at ^ (1 << shared)


def _walk(circuit: QuantumCircuit, wires: Sequence[int], target: int, change: int) -> None:
    for i, wire in enumerate(wires):
        if change >> i & 1:
            circuit.cx(wire, wires[target])


def _without(mask: int, bit: int) -> int:
    """The mask with one bit's place taken out."""
    low = mask & ((1 << bit) - 1)
    return low | (mask >> (bit + 1)) << bit


def _gray_rank(code: int) -> int:
    rank = code
    while code := code >> 1:
        rank ^= code
    return rank


def gather(circuit: QuantumCircuit, pairs: Sequence[tuple[int, int]]) -> None:
    """Collect parities along a broadcast tree, leaves first: the root ends with all of them."""
    for teller, told in reversed(pairs):
        circuit.cx(told, teller)


def scatter(circuit: QuantumCircuit, pairs: Sequence[tuple[int, int]]) -> None:
    """Undo :func:`gather`."""
    for teller, told in pairs:
        circuit.cx(told, teller)


def contract(circuit: QuantumCircuit, pairs: Sequence[tuple[int, int]]) -> None:
    """Take every site's parent off it, leaves first: a flip of all becomes a flip of the root."""
    for teller, told in reversed(pairs):
        circuit.cx(teller, told)


def fan_out(circuit: QuantumCircuit, pairs: Sequence[tuple[int, int]]) -> None:
    """Undo :func:`contract`: a flip of the root becomes a flip of all."""
    for teller, told in pairs:
        circuit.cx(teller, told)
