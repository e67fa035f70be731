"""Up to three wires under any unitary: circuits of one shape, their angles found from it.

Three wires by the quantum Shannon decomposition: rotations of one wire, told apart by the other
two, between gates on these two. Each gate but the last is made up to a diagonal, which passes the
controls of the rotation behind it into the next: 21 CX in all, 9 where the unitary is diagonal in
the rotated wire. All angles are 0 in a circuit of the identity.

Reference: Shende, Bullock, Markov, IEEE TCAD 25, 1000 (2006), arXiv:quant-ph/0406176.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.linalg
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.exact.cartan import (
    N_LOCAL,
    append_zyz,
    pair_angles,
    pair_circuit,
    up_to_diagonal,
    zyz,
)
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum, anticommute, relabelled
from qbcircuit.compile.network.search import Masks
from qbcircuit.hypergraph import Interaction

Complexes = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]
Unitary = Callable[[float], Complexes]
"""Of a duration, shape (2^n, 2^n); bit i of an index is the level of wire i."""

MOST_WIRES = 3
"""Wires of a block."""

_SIGNS = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, -1, -1, 1], [1, 1, -1, -1]])
"""Of the four rotations between CX (rows), by the state of the two controls (columns)."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Part of a circuit.

    Args:
        kind: ``"pair"``: a gate on two wires; ``"y"`` or ``"z"``: rotations of the top wire about
            that axis, told apart by the other two; ``"one"``: a gate on one wire.
        n_angles: its free angles.
    """

    kind: str
    n_angles: int


@dataclass(frozen=True, eq=False)
class UnitaryBlock:
    """A unitary that depends on a duration, on up to three wires.

    Args:
        sites: the wires.
        unitary: what it is: a product of exponentials of the strings.
        strings: (x, z) on the wires in their order; what no product of them can do, the circuit
            leaves out.
        wiring: couplings among all wires.
    """

    sites: tuple[int, ...]
    unitary: Unitary
    strings: tuple[Masks, ...]
    wiring: Wiring = field(default_factory=Wiring)

    @functools.cached_property
    def n_cx(self) -> int:
        """Two-qubit gates of the circuit, before it is routed."""
        return int(self.circuit([0.0] * self.n_angles).num_nonlocal_gates())

    @property
    def n_angles(self) -> int:
        """Free angles of the circuit."""
        return sum(one.n_angles for one in self.factors)

    @functools.cached_property
    def factors(self) -> tuple[Factor, ...]:
        """What the circuit is made of, in time order."""
        if len(self.sites) == 1:
            return (Factor("one", 3),)
        if len(self.sites) == 2:
            return (Factor("pair", N_LOCAL + _n_core(self.strings)),)
        pair, last = Factor("pair", N_LOCAL + 2), Factor("pair", N_LOCAL + 3)
        if self._top[1]:
            return pair, Factor("z", 4), last
        return pair, Factor("z", 4), pair, Factor("y", 4), pair, Factor("z", 4), last

    def angles(self, duration: float) -> tuple[float, ...]:
        """What to bind, in the order of the circuit's angles."""
        matrix = self.unitary(duration)
        if len(self.sites) == 1:
            return zyz(matrix)
        if len(self.sites) == 2:
            return pair_angles(matrix)[: self.n_angles]
        top, diagonal = self._top
        return tuple(_three(_topped(matrix, top), diagonal))

    def circuit(self, angles: Sequence[ParameterExpression]) -> QuantumCircuit:
        """The circuit on wires 0, 1, ... in the order of the sites."""
        circuit, free = QuantumCircuit(len(self.sites)), iter(angles)
        lower = [
            wire for wire in range(len(self.sites)) if len(self.sites) < 3 or wire != self._top[0]
        ]
        for factor in self.factors:
            own = [next(free) for _ in range(factor.n_angles)]
            if factor.kind == "one":
                append_zyz(circuit, own, 0)
            elif factor.kind == "pair":
                circuit.compose(pair_circuit(own), lower, inplace=True)
            else:
                self._append_rotations(circuit, factor.kind, own, lower)
        return circuit

    def _append_rotations(
        self,
        circuit: QuantumCircuit,
        axis: str,
        angles: Sequence[ParameterExpression],
        controls: Sequence[int],
    ) -> None:
        """Rotations of the top wire, a CX from one of the controls in turn behind each."""
        top = self._top[0]
        rotate = circuit.ry if axis == "y" else circuit.rz
        for i, angle in enumerate(angles):
            rotate(angle, top)
            circuit.cx(controls[i % 2], top)

    @functools.cached_property
    def _top(self) -> tuple[int, bool]:
        """The wire that is rotated by the others, and whether the block is diagonal in it."""
        near = self.wiring.among(self.sites)
        ends = [i for i in range(3) if near is not None and len(near[i]) == 1] or [0, 1, 2]
        tops = [(wire, self._is_diagonal(wire)) for wire in ends]
        return max(tops, key=lambda one: one[1])

    def _is_diagonal(self, wire: int) -> bool:
        return not any(x >> wire & 1 for x, _ in self.strings)


def unitary_block(interaction: Interaction, wiring: Wiring) -> UnitaryBlock:
    """exp(-i t H_b) of an interaction on up to three sites, wires in the order of its sites."""
    strings = PauliSum.of(interaction.terms, 1 + max(interaction.sites))
    energies, vectors = np.linalg.eigh(strings.dense(interaction.sites))

    def unitary(duration: float) -> Complexes:
        matrix: Complexes = (vectors * np.exp(-1j * duration * energies)) @ vectors.conj().T
        return matrix

    place = {site: i for i, site in enumerate(interaction.sites)}
    rows = tuple((relabelled(x, place), relabelled(z, place)) for x, z, _ in strings.rows())
    return UnitaryBlock(interaction.sites, unitary, rows, wiring)


def _n_core(strings: Sequence[Masks]) -> int:
    """Angles that the core of a gate on two wires needs, whatever product of rotations it is.

    None without strings on both wires. Two where all strings commute with the same letter of one
    wire, for a controlled gate; and where a string K commutes with all of them on one wire and
    anticommutes with all on both. Then U^T = YY K U^dag K YY, so that tr(U YY U^T YY), which is
    tr(U K U^dag K), is real: c = 0 by Prop. III.3 of Shende, Bullock, Markov, PRA 69, 062321.
    """
    alone = [one for one in strings if one[0] | one[1] < 3]
    both = [one for one in strings if one[0] | one[1] == 3]
    if not both:
        return 0
    for k in itertools.product(range(4), repeat=2):
        if any(k) and not any(anticommute(k, one) for one in alone):
            crossed = [anticommute(k, one) for one in both]
            if all(crossed) or (k[0] | k[1] < 3 and not any(crossed)):
                return 2
    return 3


def _topped(matrix: Complexes, top: int) -> Complexes:
    """The matrix with one of three wires moved to the highest bit, the others in order."""
    axes = [2 - top, *(2 - wire for wire in (2, 1, 0) if wire != top)]
    tensor = matrix.reshape([2] * 6).transpose([*axes, *(3 + axis for axis in axes)])
    moved: Complexes = tensor.reshape(8, 8)
    return moved


def _three(matrix: Complexes, diagonal: bool) -> Iterator[float]:
    """Angles of all factors in time order."""
    if diagonal:
        parts = [*_sides(matrix[:4, :4], matrix[4:, 4:])]
    else:
        left, turns, right = scipy.linalg.cossin(matrix, p=4, q=4, separate=True)
        parts = [*_sides(*right), 2 * turns, *_sides(*left)]
    passed = np.zeros(4)
    for i, part in enumerate(parts):
        if i % 2:
            yield from (_SIGNS @ part / 4).tolist()
            continue
        whole = part * np.exp(1j * passed)
        if i == len(parts) - 1:
            yield from pair_angles(whole)
            return
        made, passed = up_to_diagonal(whole)
        yield from pair_angles(made)[:-1]


def _sides(first: Complexes, second: Complexes) -> tuple[Complexes, Floats, Complexes]:
    """W, angles and V: both are V W between phases, which are opposite: V exp(-+i angle/2) W."""
    phases, vectors = scipy.linalg.schur(first @ second.conj().T, output="complex")
    halves = np.angle(np.diag(phases)) / 2
    return np.exp(1j * halves)[:, None] * vectors.conj().T @ second, -2 * halves, vectors
