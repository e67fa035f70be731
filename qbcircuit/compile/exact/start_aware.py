"""Disjoint blocks from a known basis state: one rotation and a fan-out, exact at any time.

A block that leaves levels alone or flips one set of sites couples the start only with its
flipped partner, so the state is cos|s> + e^{i phi} sin|s flipped> throughout the schedule.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qbcircuit import hypergraph
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile.exact import flips, phases
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.hypergraph import Interaction
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term


@dataclass(frozen=True, slots=True, eq=False)
class StartAwareBlock:
    """One block and its two-level Hamiltonian in every step of the schedule.

    Args:
        interaction: the block, terms of all steps merged.
        flipped: sites that flip together, sorted.
        hamiltonians: (2, 2) matrices on (|s>, |s flipped>), one per step.
    """

    interaction: Interaction
    flipped: tuple[int, ...]
    hamiltonians: tuple[npt.NDArray[np.complex128], ...]

    def angles(self, durations: Sequence[float]) -> tuple[float, float]:
        """(theta, phi) with state cos(theta/2)|s> + e^{i phi} sin(theta/2)|s flipped>.

        Args:
            durations: how long every step has acted.
        """
        state = np.array([1.0, 0.0], dtype=complex)
        for matrix, duration in zip(self.hamiltonians, durations, strict=True):
            energies, vectors = np.linalg.eigh(matrix)
            state = vectors @ (np.exp(-1j * duration * energies) * (vectors.conj().T @ state))
        theta = 2 * np.arctan2(abs(state[1]), abs(state[0]))
        phi = np.angle(state[1] * state[0].conj()) if theta > 1e-15 else 0.0
        return float(theta), float(phi)


def start_aware_blocks(protocol: ChargingProtocol) -> tuple[StartAwareBlock, ...] | None:
    """The protocol's blocks, where start-aware circuits exist; ``None`` where they do not."""
    if not isinstance(protocol.battery.start, BasisStart):
        return None
    if len(protocol.evolutions) != len(protocol.schedule):
        return None
    generators = [protocol.generator(step)[0] for step in protocol.evolutions]
    merged = hypergraph.interactions(itertools.chain.from_iterable(generators))
    if hypergraph.participation(merged) > 1:
        return None
    levels = protocol.battery.start.levels
    found = []
    for interaction in merged:
        moving = flips.flip_sets(interaction.terms)
        if len(moving) > 1:
            return None
        flipped = tuple(sorted(*moving)) if moving else ()
        matrices = tuple(
            _two_level(
                [term for term in generator if term.support <= set(interaction.sites)],
                levels,
                flipped,
            )
            for generator in generators
        )
        found.append(StartAwareBlock(interaction, flipped, matrices))
    return tuple(found)


def _two_level(
    terms: Sequence[Term], levels: Sequence[int], flipped: Sequence[int]
) -> npt.NDArray[np.complex128]:
    other = list(levels)
    for site in flipped:
        other[site] = 1 - other[site]
    still = [term for term in terms if not term.flips]
    hop = sum(flips.amplitude(term, levels) for term in terms if term.flips)
    low = sum(flips.amplitude(term, levels).real for term in still)
    high = sum(flips.amplitude(term, other).real for term in still)
    return np.array([[low, np.conj(hop)], [hop, high]], dtype=complex)


@dataclass(frozen=True, slots=True, eq=False)
class StartAwareCircuit:
    """The template of all blocks, and how to bind it.

    Args:
        circuit: on the sites, from |0...0>; prepares the start and rotates it.
        blocks: in the order of the angles.
        signs: -1 where a block's root starts in level 1.
    """

    circuit: QuantumCircuit
    blocks: tuple[StartAwareBlock, ...]
    signs: tuple[int, ...]

    def angles(self, durations: Sequence[float]) -> tuple[float, ...]:
        """One value per Parameter of the circuit."""
        return tuple(
            sign * angle
            for block, sign in zip(self.blocks, self.signs, strict=True)
            for angle in block.angles(durations)
        )


def start_aware_circuit(
    blocks: Sequence[StartAwareBlock], levels: Sequence[int], wiring: Wiring, n_wires: int
) -> StartAwareCircuit:
    """One template for all times: RY, RZ on a root and k - 1 CX per block.

    Args:
        blocks: of the protocol.
        levels: the basis state that the battery starts in.
        wiring: couplings of the wires; wire j is site j.
        n_wires: number of wires, sites first.
    """
    circuit = QuantumCircuit(n_wires)
    moving = tuple(block for block in blocks if block.flipped)
    angles = ParameterVector("angle", 2 * len(moving))
    trees = [wiring.broadcast(block.flipped) for block in moving]
    prepared = list(levels)
    for _, tree in trees:
        for teller, told in reversed(tree):
            prepared[told] ^= prepared[teller]
    for site, level in enumerate(prepared):
        if level:
            circuit.x(site)
    for i, (root, tree) in enumerate(trees):
        circuit.ry(angles[2 * i], root)
        circuit.rz(angles[2 * i + 1], root)
        phases.fan_out(circuit, tree)
    signs = tuple(-1 if levels[root] else 1 for root, _ in trees)
    return StartAwareCircuit(circuit, moving, signs)
