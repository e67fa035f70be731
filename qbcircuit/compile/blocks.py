"""Exact circuits of exp(-i tau H_b) for one interaction H_b, every angle linear in tau."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterExpression

from qbcircuit.compile import flips, phases
from qbcircuit.compile.controlled import controlled_rz
from qbcircuit.compile.paulis import PauliSum
from qbcircuit.compile.wiring import Wiring
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import Interaction
from qbcircuit.terms import Term

TAU = Parameter("tau")
"""The free duration of a block."""

MOST_DENSE = 5
"""Sites up to which a block without structure is diagonalised as a whole."""

MOST_MIXED = 8
"""Sites up to which a two-level problem may differ from pattern to pattern."""

MOST_FLIPPED = 20
"""Sites up to which a product with raising and lowering letters is exponentiated."""


def can_exponentiate(interaction: Interaction) -> bool:
    """Whether an exact circuit of a sensible size exists for this interaction as a whole."""
    n = interaction.order
    if n <= MOST_DENSE:
        return True
    if len(interaction.terms) == 1:
        return not interaction.terms[0].adds_conjugate or n <= MOST_FLIPPED
    if len(flips.flip_sets(interaction.terms)) <= 1:
        moving = [term for term in interaction.terms if term.flips]
        lone = len(moving) == 1 and set(moving[0].operators) <= set("+-")
        return n <= (MOST_FLIPPED if lone and moving[0].order == n else MOST_MIXED)
    return _commute(interaction.terms)


def append_block(
    circuit: QuantumCircuit,
    interaction: Interaction,
    tau: ParameterExpression | float,
    wiring: Wiring,
) -> None:
    """Append exp(-i tau H_b) on the wires that the interaction's sites name."""
    block = _local(interaction, wiring)
    circuit.compose(
        block.assign_parameters({TAU: tau}) if block.parameters else block,
        interaction.sites,
        inplace=True,
        copy=False,
    )


def block_gates(interaction: Interaction, wiring: Wiring) -> int:
    """Two-qubit gates of the interaction's circuit."""
    return two_qubit_count(_local(interaction, wiring))


def _local(interaction: Interaction, wiring: Wiring) -> QuantumCircuit:
    place = {site: i for i, site in enumerate(interaction.sites)}
    terms = tuple(
        Term(term.operators, tuple(place[site] for site in term.sites), term.strength)
        for term in interaction.terms
    )
    return _block(terms, interaction.order, wiring.within(interaction.sites))


@functools.lru_cache(maxsize=1024)
def _block(terms: tuple[Term, ...], n_sites: int, wiring: Wiring) -> QuantumCircuit:
    """The cheapest of the constructions that apply."""
    found = list(_constructions(terms, n_sites, wiring))
    if not found:
        raise InvalidRequest(
            f"A term with + or - letters is compiled on up to {MOST_FLIPPED} cells, "
            f"got {n_sites}. Use Pauli letters or fewer cells."
        )
    return min(found, key=lambda one: (two_qubit_count(one), one.size()))


def _constructions(
    terms: tuple[Term, ...], n_sites: int, wiring: Wiring
) -> Iterator[QuantumCircuit]:
    moving = flips.flip_sets(terms)
    if n_sites <= MOST_MIXED or not any(term.adds_conjugate for term in terms):
        strings = PauliSum.of(terms, n_sites)
        if strings.all_commute:
            yield _strings(strings, n_sites, wiring)
            if n_sites == 2:
                yield from _bonds(strings)
    if len(moving) == 1 and n_sites <= MOST_FLIPPED:
        yield from _two_level(terms, n_sites, wiring, tuple(sorted(*moving)))
    if 1 < n_sites <= MOST_DENSE and len(moving) > 1:
        yield _dense(PauliSum.of(terms, n_sites).dense(range(n_sites)), n_sites)


def _commute(terms: tuple[Term, ...]) -> bool:
    strings = PauliSum.of(terms, 1 + max(max(term.sites) for term in terms))
    return strings.all_commute


def two_qubit_count(circuit: QuantumCircuit) -> int:
    """Two-qubit gates, larger gates counted as what they are usually decomposed into."""
    count = 0
    for instruction in circuit.data:
        n = len(instruction.qubits)
        if n == 2:
            count += 3 if instruction.operation.name == "unitary" else 1
        elif n > 2:
            count += round(9 / 16 * 4**n - 3 / 2 * 2**n)
    return count


def _strings(strings: PauliSum, n_sites: int, wiring: Wiring) -> QuantumCircuit:
    """Commuting Pauli strings one after another: 2(w - 1) CX for weight w.

    Formula: exp(-i tau c P) = B^dag CX-tree RZ(2 c tau) CX-tree^dag B, with B taking P to Z.
    """
    circuit = QuantumCircuit(n_sites)
    for x, z, value in strings.rows():
        sites = [j for j in range(n_sites) if (x | z) >> j & 1]
        if not sites:
            continue
        angle = 2 * value.real * TAU
        root, tree = wiring.broadcast(sites)
        if not z:
            phases.contract(circuit, tree)
            circuit.rx(angle, root)
            phases.fan_out(circuit, tree)
            continue
        _towards_z(circuit, sites, x, z)
        phases.gather(circuit, tree)
        circuit.rz(angle, root)
        phases.scatter(circuit, tree)
        _back_from_z(circuit, sites, x, z)
    return circuit


def _towards_z(circuit: QuantumCircuit, sites: list[int], x: int, z: int) -> None:
    for site in sites:
        if x >> site & 1:
            if z >> site & 1:
                circuit.sdg(site)
            circuit.h(site)


def _back_from_z(circuit: QuantumCircuit, sites: list[int], x: int, z: int) -> None:
    for site in sites:
        if x >> site & 1:
            circuit.h(site)
            if z >> site & 1:
                circuit.s(site)


def _bonds(strings: PauliSum) -> Iterator[QuantumCircuit]:
    """Two commuting two-site strings at once with 2 CX: one turns into X_0, the other into Z_1."""
    rows = list(strings.rows())
    if len(rows) != 2 or any((x | z) != 0b11 for x, z, _ in rows):
        return
    (x_a, z_a, a), (x_b, z_b, b) = rows
    circuit, back = QuantumCircuit(2), QuantumCircuit(2)
    sign_a, sign_b = 1.0, 1.0
    for site in range(2):
        first = _letter(x_a, z_a, site)
        second = _letter(x_b, z_b, site)
        gates, signs = _FRAMES[first + second]
        sign_a, sign_b = sign_a * signs[0], sign_b * signs[1]
        for gate in gates:
            getattr(circuit, gate)(site)
            getattr(back, _INVERSE[gate])(site)
    circuit.cx(0, 1)
    circuit.rx(2 * sign_a * a.real * TAU, 0)
    circuit.rz(2 * sign_b * b.real * TAU, 1)
    circuit.cx(0, 1)
    yield circuit.compose(back.reverse_ops())


def _letter(x: int, z: int, site: int) -> str:
    return ".XZY"[(x >> site & 1) + 2 * (z >> site & 1)]


_INVERSE = {"h": "h", "s": "sdg", "sdg": "s", "sx": "sxdg", "sxdg": "sx"}

_FRAMES: dict[str, tuple[tuple[str, ...], tuple[float, float]]] = {
    "XZ": ((), (1, 1)),
    "ZX": (("h",), (1, 1)),
    "XY": (("sx",), (1, 1)),
    "YZ": (("sdg",), (1, 1)),
    "YX": (("sdg", "sx"), (1, -1)),
    "ZY": (("sx", "s"), (1, 1)),
}
"""Gates, in time order, that take the first letter to X and the second to Z, with their signs."""


def _two_level(
    terms: tuple[Term, ...], n_sites: int, wiring: Wiring, flipped: tuple[int, ...]
) -> Iterator[QuantumCircuit]:
    """One set of sites flips together: a two-level problem of the root for every pattern."""
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
    phases.diagonal(circuit, wires, phases.walsh(np.kron(angles / 2, [1, -1])), 1.0)
    if axis == "y":
        circuit.rx(-np.pi / 2, wires[0])


def _dense(matrix: flips.Complexes, n_sites: int) -> QuantumCircuit:
    """H_b = V E V^dag with V fixed and the diagonal E linear in tau."""
    energies, vectors = np.linalg.eigh(matrix)
    circuit = QuantumCircuit(n_sites)
    circuit.unitary(vectors.conj().T, range(n_sites))
    phases.diagonal(circuit, range(n_sites), phases.walsh(energies), TAU)
    circuit.unitary(vectors, range(n_sites))
    return circuit
