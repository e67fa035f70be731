"""The phase that a network's Clifford gates leave when all of its angles are zero."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit

from qbcircuit.compile.formula.paulis import quarter_turns
from qbcircuit.compile.network.writing import SignedStrings

_EIGHTHS = {"z": 4, "s": 2, "sdg": -2}


def rephased(circuit: QuantumCircuit) -> QuantumCircuit:
    """The same circuit with the identity's own phase where every angle is zero."""
    found = circuit.copy()
    found.global_phase -= resting_phase(circuit)
    return found


def resting_phase(circuit: QuantumCircuit) -> float:
    """phi with C|0...0> = e^{i phi}|0...0> where C is the circuit with every angle zero.

    One basis state of C|0...0> and its phase are followed from gate to gate; the stabilisers
    tell the amplitude of the neighbour that an H mixes it with.

    Args:
        circuit: of h, s, sdg, x, z, cx, swap and rotations; with every angle zero it takes
            |0...0> to itself.

    Reference: Aaronson and Gottesman, PRA 70, 052328 (2004), for the stabilisers.
    """
    n = circuit.num_qubits
    strings = SignedStrings([(0, 1 << j) for j in range(n)], n)
    state, eighths = 0, 0
    for one in circuit.data:
        name, wires = one.name, [circuit.find_bit(qubit).index for qubit in one.qubits]
        if name.startswith("r"):
            continue
        q, *others = wires
        if name in _EIGHTHS:
            eighths += _EIGHTHS[name] if state >> q & 1 else 0
        elif name == "x":
            state ^= 1 << q
        elif name == "h":
            state, turned = _mixed(strings, n, state, q)
            eighths += turned
        elif name == "cx":
            state ^= (state >> q & 1) << others[0]
        elif (state >> q ^ state >> others[0]) & 1:
            state ^= 1 << q | 1 << others[0]
        for gate, *at in _plain(name, *wires):
            strings.apply(gate, *at)
    return float(circuit.global_phase) + eighths * math.pi / 4


def _plain(name: str, *wires: int) -> list[tuple[str, *tuple[int, ...]]]:
    if name != "swap":
        return [(name, *wires)]
    return [("cx", *wires), ("cx", *wires[::-1]), ("cx", *wires)]


def _mixed(strings: SignedStrings, n: int, state: int, q: int) -> tuple[int, int]:
    """A basis state after an H on ``q``, and by how many eighths of a turn its phase is ahead."""
    bit = 1 << q
    ratio = _to_neighbour(strings, n, state, bit)
    if ratio is None:  # the neighbour's amplitude is zero
        return state & ~bit, 0
    if state & bit:  # with q = 1 first, the other amplitude is 1 / ratio of the first
        start, ratio = ratio, -ratio % 4
    else:
        start = 0
    if ratio == 2:
        return state | bit, 2 * start
    return state & ~bit, 2 * start + {0: 0, 1: 1, 3: -1}[ratio]


def _to_neighbour(strings: SignedStrings, n: int, state: int, bit: int) -> int | None:
    """k with amplitude(state ^ bit) = i^k amplitude(state); ``None`` where it is zero."""
    found = (0, 0, 0)
    rest = [strings.at(i) for i in range(n)]
    for wire in range(n):
        pivot = next((row for row in rest if row[0] >> wire & 1), None)
        if pivot is None:
            continue
        rest = [_product(row, pivot) if row[0] >> wire & 1 else row for row in rest if row != pivot]
        if (found[0] ^ bit) >> wire & 1:
            found = _product(found, pivot)
    if found[0] != bit:
        return None
    _, z, sign = found
    minus = sign ^ ((z & state).bit_count() & 1)
    return (2 * minus + bool(z & bit)) % 4


def _product(left: tuple[int, int, int], right: tuple[int, int, int]) -> tuple[int, int, int]:
    """left right of two strings that commute, (-1)^sign i^{|x & z|} X^x Z^z each."""
    (x, z, sign), (u, v, other) = left, right
    return x ^ u, z ^ v, sign ^ other ^ (quarter_turns(left, right) >> 1)
