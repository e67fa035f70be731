"""One set of sites that flips together: a two-level problem for every pattern of the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.compile.exact import flips, phases
from qbcircuit.compile.exact.controlled import controlled_rz
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.terms import Term

MOST_MIXED = 8
"""Sites up to which the two-level problem may differ from pattern to pattern."""


def two_level(
    terms: tuple[Term, ...], n_sites: int, wiring: Wiring, flipped: tuple[int, ...]
) -> Iterator[QuantumCircuit]:
    """The circuits that apply to terms with one set of flipped sites."""
    root, tree = wiring.broadcast(flipped)
    wires = (root, *(j for j in range(n_sites) if j != root))
    pairs = flips.pairs_of(terms, wires, tree)
    moving = np.flatnonzero(pairs.transverse)
    if len(moving) == 1:
        yield _lone_pair(terms, wires, tree, pairs, int(moving[0]))
    steady = not pairs.shifts.any() and not pairs.vectors[:, 2].any()
    if tree and steady and n_sites <= MOST_MIXED and len(moving) == 1:
        yield _one_hop(wires, tree, pairs)
    if n_sites <= MOST_MIXED:
        yield _all_pairs(wires, tree, pairs)


def _lone_pair(
    terms: tuple[Term, ...],
    wires: tuple[int, ...],
    tree: tuple[tuple[int, int], ...],
    pairs: flips.Pairs,
    pattern: int,
) -> QuantumCircuit:
    """One pair of states flips: fields as they are, and the pair's own rotation instead.

    Formula: H = F + |y><y| (x) (v.sigma - F_y Z), where F is diagonal; the two parts commute
    once the pair's share of F is taken out.
    """
    circuit = QuantumCircuit(len(wires))
    still = PauliSum.of([term for term in terms if not term.flips], len(wires))
    phases.diagonal(
        circuit, range(len(wires)), {z: value.real for _, z, value in still.rows()}, TAU
    )
    x, y, field = pairs.vectors[pattern]
    strength = float(np.sqrt(x * x + y * y + field * field))
    phases.contract(circuit, tree)
    if abs(field) > pairs.tolerance:
        controlled_rz(circuit, wires, pattern, -2 * field * TAU)
    tilt, phase = float(np.arctan2(np.hypot(x, y), field)), float(np.arctan2(y, x))
    circuit.rz(-phase, wires[0])
    circuit.ry(-tilt, wires[0])
    controlled_rz(circuit, wires, pattern, 2 * strength * TAU)
    circuit.ry(tilt, wires[0])
    circuit.rz(phase, wires[0])
    phases.fan_out(circuit, tree)
    return circuit


def _one_hop(
    wires: tuple[int, ...], tree: tuple[tuple[int, int], ...], pairs: flips.Pairs
) -> QuantumCircuit:
    """One pair of states flips and nothing else happens: 2(k - 1) + 2^(k-1) - 1 CX.

    The last CX of the Gray walk, behind RZ(phase) RY(pi/2), is a CZ between the root and the
    first site told, and the fan-out's first CX swallows it: CX CZ is a controlled -iY.
    """
    circuit = QuantumCircuit(len(wires))
    root, first = tree[0]
    order = (root, *(wire for wire in wires if wire not in (root, first)), first)
    places = [wires.index(wire) for wire in order[1:]]
    hop = complex(*pairs.vectors[pairs.transverse][0, :2])
    values = np.zeros(1 << len(wires))
    pattern = int(np.flatnonzero(pairs.transverse)[0])
    moved = sum(1 << i for i, place in enumerate(places) if pattern >> (place - 1) & 1)
    values[2 * moved], values[2 * moved + 1] = abs(hop), -abs(hop)
    phases.contract(circuit, tree)
    circuit.rz(-float(np.angle(hop)), root)
    circuit.ry(-np.pi / 2, root)
    phases.through(circuit, order, 0, phases.walsh(values), TAU)
    circuit.ry(np.pi / 2, root)
    circuit.rz(float(np.angle(hop)), root)
    circuit.s(first)
    circuit.cx(root, first)
    circuit.s(first)
    circuit.sdg(root)
    phases.fan_out(circuit, tree[1:])
    return circuit


def _all_pairs(
    wires: tuple[int, ...], tree: tuple[tuple[int, int], ...], pairs: flips.Pairs
) -> QuantumCircuit:
    """Every pattern its own axis: multiplexed rotations around one diagonal evolution.

    Formula: v_y.sigma = W_y (e_y Z) W_y^dag with W_y = RZ(phase_y) RY(tilt_y).
    """
    tilts, turns, energies = flips.axes(pairs)
    circuit = QuantumCircuit(len(wires))
    phases.contract(circuit, tree)
    _multiplexed(circuit, wires, -turns, "z")
    _multiplexed(circuit, wires, -tilts, "y")
    values = np.stack([pairs.shifts + energies, pairs.shifts - energies], axis=1).reshape(-1)
    phases.diagonal(circuit, wires, phases.walsh(values), TAU)
    _multiplexed(circuit, wires, tilts, "y")
    _multiplexed(circuit, wires, turns, "z")
    phases.fan_out(circuit, tree)
    return circuit


def _multiplexed(
    circuit: QuantumCircuit, wires: tuple[int, ...], angles: flips.Floats, axis: str
) -> None:
    """A rotation of wires[0] whose angle depends on the other wires."""
    if axis == "y":
        circuit.rx(np.pi / 2, wires[0])
    phases.diagonal(circuit, wires, phases.walsh(np.kron(angles / 2, [1, -1]), 1.0), 1.0)
    if axis == "y":
        circuit.rx(-np.pi / 2, wires[0])
