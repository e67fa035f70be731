"""Pauli strings: CX trees around one rotation each, or two at once on a bond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qbcircuit.compile.exact import parities, phases
from qbcircuit.compile.exact.anticommuting import Rotation
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum, bits, letter_at
from qbcircuit.compile.gates.gatelist import GateList, named
from qbcircuit.compile.gates.rotations import Angle

TAU = Parameter("tau")
"""The free duration of a block."""

_MOST_GRAY = 64
"""Sites up to which strings are walked in Gray order: better where nearly all subsets occur."""


def one_by_one(rotations: Iterable[Rotation], n_sites: int, wiring: Wiring) -> QuantumCircuit:
    """Rotations about Pauli strings one after another: 2(w - 1) CX for weight w.

    Formula: exp(-i tau c P) = B^dag CX-tree RZ(2 c tau) CX-tree^dag B, with B taking P to Z.
    """
    circuit = QuantumCircuit(n_sites)
    for one in rotations:
        x, z = one.x, one.z
        sites = bits(x | z)
        if not sites:
            continue
        angle = 2 * one.slope * TAU if one.slope else 2 * one.shift
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


def _towards_z(circuit: QuantumCircuit, sites: Sequence[int], x: int, z: int) -> None:
    for site in sites:
        for gate in _to_z(x, z, site):
            getattr(circuit, gate)(site)


def _back_from_z(circuit: QuantumCircuit, sites: Sequence[int], x: int, z: int) -> None:
    for site in sites:
        for gate in _from_z(x, z, site):
            getattr(circuit, gate)(site)


def _to_z(x: int, z: int, site: int) -> tuple[str, ...]:
    """Gates, in time order, that take a string's letter to Z."""
    return _TO_Z[letter_at(x, z, site)]


def _from_z(x: int, z: int, site: int) -> tuple[str, ...]:
    return _FROM_Z[letter_at(x, z, site)]


def in_one_basis(strings: PauliSum, wiring: Wiring) -> Iterator[GateList]:
    """Strings with one letter per site, all turned to Z at once: parities instead of strings.

    Nothing where two strings have different letters on a site.
    """
    x_all, z_all = 0, 0
    rows = strings.rows()
    for x, z, _ in rows:
        x_all, z_all = x_all | x, z_all | z
    if any((x_all & (x | z)) != x or (z_all & (x | z)) != z for x, z, _ in rows):
        return
    sites = bits(x_all | z_all)
    masks = {x | z: value.real for x, z, value in rows}
    chains = parities.chains(masks, wiring)
    if chains is not None:
        enter = [named(gate, site) for site in sites for gate in _to_z(x_all, z_all, site)]
        leave = [named(gate, site) for site in sites for gate in _from_z(x_all, z_all, site)]
        ops = [*enter, *parities.ops(masks, chains, Angle(linear=((TAU, 1.0),))), *leave]
        yield GateList(ops, 1 + max(sites), (TAU,))
    if wiring.neighbours is None and len(sites) <= _MOST_GRAY:
        circuit = QuantumCircuit(1 + max(sites))
        _towards_z(circuit, sites, x_all, z_all)
        phases.diagonal(circuit, range(circuit.num_qubits), masks, TAU)
        _back_from_z(circuit, sites, x_all, z_all)
        yield GateList.of(circuit)


def on_one_bond(strings: PauliSum) -> Iterator[QuantumCircuit]:
    """Two commuting two-site strings at once with 2 CX: one turns into X_0, the other into Z_1."""
    rows = list(strings.rows())
    if len(rows) != 2 or any((x | z) != 0b11 for x, z, _ in rows):
        return
    (x_a, z_a, a), (x_b, z_b, b) = rows
    circuit, back = QuantumCircuit(2), QuantumCircuit(2)
    sign_a, sign_b = 1.0, 1.0
    for site in range(2):
        first = letter_at(x_a, z_a, site)
        second = letter_at(x_b, z_b, site)
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


_TO_Z: dict[str, tuple[str, ...]] = {".": (), "X": ("h",), "Y": ("sdg", "h"), "Z": ()}
_FROM_Z: dict[str, tuple[str, ...]] = {".": (), "X": ("h",), "Y": ("h", "s"), "Z": ()}
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
