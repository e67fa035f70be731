"""One pair of states that flips, with clean ancillas that hold whether the pair is there.

With k - 2 ancillas it takes 2(k - 1) CX to bring the flip to one site, 6(k - 2) to compute and
undo the condition on the others, and 2 for the rotation: 8k - 12. Ancillas start and end in 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.compile.exact import flips, phases
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

LEAST_SITES = 6
"""Sites from which ancillas save gates."""


def ancillas_of(interaction: Interaction) -> int:
    """Clean ancillas that shorten an interaction's circuit, 0 where none do."""
    n = interaction.order
    if n < LEAST_SITES or len(flips.flip_sets(interaction.terms)) != 1:
        return 0
    moving = [term for term in interaction.terms if term.flips]
    lone = len(moving) == 1 and set(moving[0].operators) <= set("+-")
    return n - 2 if lone and moving[0].order == n else 0


def helped_block(interaction: Interaction) -> QuantumCircuit:
    """exp(-i tau H_b) where every wire reaches every other; ancillas follow the sites.

    Formula: H = F + |y><y| (x) (v.sigma - F_y Z) at the root of a fan-out, F diagonal; the
    ancilla that reads y controls the rotation about v and takes F_y off.
    """
    n = interaction.order
    place = {site: i for i, site in enumerate(interaction.sites)}
    terms = [
        Term(term.operators, [place[site] for site in term.sites], term.strength)
        for term in interaction.terms
    ]
    root, tree = Wiring().broadcast(range(n))
    pairs = flips.pairs_of(terms, (root, *range(1, n)), tree)
    pattern = int(np.flatnonzero(pairs.transverse)[0])
    x, y, field = pairs.vectors[pattern]
    strength = float(np.sqrt(x * x + y * y + field * field))
    tilt, phase = float(np.arctan2(np.hypot(x, y), field)), float(np.arctan2(y, x))
    circuit = QuantumCircuit(2 * n - 2)
    still = PauliSum.of([term for term in terms if not term.flips], n)
    phases.diagonal(circuit, range(n), {z: value.real for _, z, value in still.rows()}, TAU)
    phases.contract(circuit, tree)
    condition = _conjunction(2 * n - 2, n, pattern)
    circuit.compose(condition, inplace=True)
    reads = 2 * n - 3
    if abs(field) > pairs.tolerance:
        _controlled_rz(circuit, reads, root, -2 * field)
    circuit.rz(-phase, root)
    circuit.ry(-tilt, root)
    _controlled_rz(circuit, reads, root, 2 * strength)
    circuit.ry(tilt, root)
    circuit.rz(phase, root)
    circuit.compose(condition.inverse(), inplace=True)
    phases.fan_out(circuit, tree)
    return circuit


def _controlled_rz(circuit: QuantumCircuit, control: int, target: int, rate: float) -> None:
    """RZ(rate tau) where the control is in level 1."""
    circuit.rz(rate / 2 * TAU, target)
    circuit.cx(control, target)
    circuit.rz(-rate / 2 * TAU, target)
    circuit.cx(control, target)


def _conjunction(n_wires: int, n_sites: int, pattern: int) -> QuantumCircuit:
    """The last ancilla reads whether sites 1, 2, ... show a pattern, by a tree of Toffoli gates."""
    circuit = QuantumCircuit(n_wires)
    zeros = [site for site in range(1, n_sites) if not pattern >> (site - 1) & 1]
    if zeros:
        circuit.x(zeros)
    waiting = list(range(1, n_sites))
    for ancilla in range(n_sites, n_wires):
        first, second, *waiting = waiting
        _margolus(circuit, (first, second), ancilla)
        waiting.append(ancilla)
    if zeros:
        circuit.x(zeros)
    return circuit


def _margolus(circuit: QuantumCircuit, controls: Sequence[int], target: int) -> None:
    """A Toffoli gate up to a phase that its inverse takes back: 3 CX.

    Reference: Barenco et al., PRA 52, 3457 (1995), section VI B.
    """
    quarter = np.pi / 4
    circuit.ry(quarter, target)
    circuit.cx(controls[1], target)
    circuit.ry(quarter, target)
    circuit.cx(controls[0], target)
    circuit.ry(-quarter, target)
    circuit.cx(controls[1], target)
    circuit.ry(-quarter, target)
