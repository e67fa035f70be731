"""Two sites under any Hamiltonian: at most 3 CX, with angles found anew for every duration."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qbcircuit.compile.exact.networks import network, parsed
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.hypergraph import Interaction

Complexes = npt.NDArray[np.complex128]
Angles = Sequence[ParameterExpression] | Sequence[float]

THREE = parsed("01XY 01XX 01XZ")
"""A network that shows XX, YY and ZZ."""

_PROBES = (0.6180339887, 1.4142135624, 2.7182818285)
"""Durations, in units of the inverse norm, at which the third angle of a block is looked at."""
_NEGLIGIBLE = 1e-9
_LOCAL = 12
"""Angles of the four one-qubit gates around the core."""


def three_strings(strings: PauliSum) -> Iterator[QuantumCircuit]:
    """XX, YY and ZZ at once in 3 CX, every angle linear in the duration."""
    rows = {(x, z): value.real for x, z, value in strings.rows()}
    if set(rows) == {(3, 0), (3, 3), (0, 3)}:
        yield network(2, THREE, rows, TAU)


@dataclass(frozen=True, eq=False)
class CartanBlock:
    """exp(-i t H) = (A1 x A0) exp(-i(a XX + b YY + c ZZ)/2) (B1 x B0) on two sites.

    All angles are 0 at t = 0, where every factor is the identity.

    Reference: Kraus, Cirac, PRA 63, 062309 (2001), arXiv:quant-ph/0011050.

    Args:
        sites: first and second qubit.
        hamiltonian: H, shape (4, 4), energies.
    """

    sites: tuple[int, int]
    hamiltonian: Complexes

    @functools.cached_property
    def spectrum(self) -> tuple[npt.NDArray[np.float64], Complexes]:
        """Energies and eigenvectors."""
        energies, vectors = np.linalg.eigh(self.hamiltonian)
        return energies, vectors

    @functools.cached_property
    def n_cx(self) -> int:
        """2 where c vanishes at all times, as in free-fermion blocks, else 3."""
        scale = max(1e-300, float(np.ptp(self.spectrum[0])))
        thirds = [abs(self.angles(probe / scale, 3)[_LOCAL + 2]) for probe in _PROBES]
        return 2 if max(thirds) < _NEGLIGIBLE else 3

    @property
    def n_angles(self) -> int:
        """Free angles of the circuit."""
        return _LOCAL + self.n_cx

    def angles(self, duration: float, n_core: int | None = None) -> tuple[float, ...]:
        """B0, B1, A0, A1 as RZ RY RZ (in time order), then a, b (and c)."""
        from qiskit.synthesis import TwoQubitWeylDecomposition

        energies, vectors = self.spectrum
        unitary = (vectors * np.exp(-1j * duration * energies)) @ vectors.conj().T
        found = TwoQubitWeylDecomposition(unitary, fidelity=None)
        local = [
            angle
            for gate in (found.K2r, found.K2l, found.K1r, found.K1l)
            for angle in _zyz(np.asarray(gate))
        ]
        core = (-2 * found.a, -2 * found.b, -2 * found.c)
        return (*local, *core[: n_core or self.n_cx])

    def circuit(self, angles: Sequence[ParameterExpression]) -> QuantumCircuit:
        """The block's circuit on two wires, with these angles."""
        circuit = QuantumCircuit(2)
        _local(circuit, angles[:6])
        core = angles[_LOCAL:]
        if self.n_cx == 3:
            masks = ((3, 0), (3, 3), (0, 3))
            strings = {mask: angle / 2 for mask, angle in zip(masks, core, strict=True)}
            circuit.compose(network(2, THREE, strings, 1.0), inplace=True)
        else:
            circuit.sx([0, 1])  # YY to ZZ
            circuit.cx(0, 1)
            circuit.rx(core[0], 0)
            circuit.rz(core[1], 1)
            circuit.cx(0, 1)
            circuit.sxdg([0, 1])
        _local(circuit, angles[6:_LOCAL])
        return circuit


def cartan_block(interaction: Interaction) -> CartanBlock:
    """The block of an interaction on two sites."""
    first, second = interaction.sites
    strings = PauliSum.of(interaction.terms, 1 + max(interaction.sites))
    return CartanBlock((first, second), strings.dense(interaction.sites))


def _local(circuit: QuantumCircuit, angles: Sequence[ParameterExpression]) -> None:
    for wire in range(2):
        first, middle, last = angles[3 * wire : 3 * wire + 3]
        circuit.rz(first, wire)
        circuit.ry(middle, wire)
        circuit.rz(last, wire)


def _zyz(gate: Complexes) -> tuple[float, float, float]:
    """(c, b, a) with gate = RZ(a) RY(b) RZ(c) up to phase."""
    b = 2 * np.arctan2(abs(gate[1, 0]), abs(gate[0, 0]))
    a = np.angle(gate[1, 0] * gate[0, 0].conj()) if min(abs(gate[:, 0])) > 0 else 0.0
    if abs(gate[0, 0]) > abs(gate[1, 0]):  # the larger entries tell a + c or a - c, precisely
        c = np.angle(gate[1, 1] * gate[0, 0].conj()) - a
    else:
        c = a - np.angle(-gate[1, 0] * gate[0, 1].conj())
    return float(c), float(b), float(a)
