"""Qiskit's own circuits of strings one after another, as a floor under ours."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import LieTrotter
from qiskit.synthesis.evolution import synth_pauli_network_mcts, synth_pauli_network_rustiq

from qbcircuit.compile.formula.paulis import anticommute, bits, letter_at
from qbcircuit.compile.gates.gatelist import read
from qbcircuit.compile.gates.rewriting import simplified
from qbcircuit.compile.network.search import Masks
from qbcircuit.compile.network.writing import Angle, SignedStrings

MOST_LETTERS = 100_000
"""Strings times wires of one template up to which Qiskit's circuits are made."""

_FEW_LETTERS = 8_000
"""The same up to which every method and order is tried."""

_SHUFFLES, _SEED = 5, 2017
"""Orders at random in which commuting strings are routed."""

_FAR = 1.5
"""Times the fewest gates above which a circuit is not worth routing."""

Rotation = tuple[int, int, Angle]
"""exp(-i angle P / 2) as (x, z, angle)."""

Network = list[tuple[str, list[int], Angle]]
"""The same as Qiskit takes them: letters, wires, angle."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What commutes.

    Args:
        rotations: in any order.
        rest: a circuit of what is no rotation about one string.
    """

    rotations: Sequence[Rotation]
    rest: QuantumCircuit | None = None


def built_in(stages: Sequence[Stage], n_wires: int, *, routed: bool) -> tuple[QuantumCircuit, ...]:
    """Circuits by Qiskit's default, rustiq and mcts, each checked string by string.

    Args:
        stages: in time order.
        n_wires: number of wires.
        routed: whether swaps are going to be added: then strings that commute are tried in
            more orders, and circuits with many gates are left out.
    """
    if n_wires * sum(len(stage.rotations) for stage in stages) > MOST_LETTERS:
        return ()
    if any(stage.rest is not None for stage in stages):
        return _built_in(stages, n_wires, routed)
    return _remembered(tuple(tuple(one.rotations) for one in stages), n_wires, routed)


@functools.lru_cache(maxsize=4)
def _remembered(
    stages: tuple[tuple[Rotation, ...], ...], n_wires: int, routed: bool
) -> tuple[QuantumCircuit, ...]:
    return _built_in([Stage(rotations) for rotations in stages], n_wires, routed)


def _built_in(stages: Sequence[Stage], n_wires: int, routed: bool) -> tuple[QuantumCircuit, ...]:
    few = n_wires * sum(len(stage.rotations) for stage in stages) <= _FEW_LETTERS
    shaped = [(stages, shape) for shape in SHAPES]
    for order in _orders(stages, routed) if few else ():
        shaped += [(order, shape) for shape in (SHAPES[:1] if routed else SHAPES)]
    found = [_laddered(order, n_wires, shape) for order, shape in shaped]
    if few and all(stage.rest is None for stage in stages):
        rotations = [one for stage in stages for one in stage.rotations]
        found += [_made(make, rotations, n_wires) for make in METHODS]
    known = [(one, _gates(one)) for one in found if one is not None]
    fewest = min((gates for _, gates in known), default=0)
    return tuple(one for one, gates in known if not routed or gates <= _FAR * fewest)


def _orders(stages: Sequence[Stage], routed: bool) -> Iterator[list[Stage]]:
    """The strings of every stage in other orders."""
    for key in (_word, _sites):
        yield [Stage(sorted(one.rotations, key=key), one.rest) for one in stages]
    chance = random.Random(_SEED)
    for _ in range(_SHUFFLES if routed else 0):
        mixed = [chance.sample(one.rotations, len(one.rotations)) for one in stages]
        yield [Stage(rows, one.rest) for rows, one in zip(mixed, stages, strict=True)]


def _laddered(stages: Sequence[Stage], n_wires: int, shape: str) -> QuantumCircuit | None:
    """Qiskit's default: CX gates to one wire and back around every rotation."""
    whole = QuantumCircuit(n_wires)
    for stage in stages:
        part = _made(functools.partial(_ladders, shape), stage.rotations, n_wires)
        if part is None:
            return None
        whole.compose(part, inplace=True, copy=False)
        if stage.rest is not None:
            whole.compose(stage.rest, range(stage.rest.num_qubits), inplace=True, copy=False)
    return whole


def _word(rotation: Rotation) -> str:
    x, z, _ = rotation
    return "".join(letter_at(x, z, site) for site in bits(x | z))


def _sites(rotation: Rotation) -> list[int]:
    return bits(rotation[0] | rotation[1])


def _made(
    make: Callable[[int, Network], QuantumCircuit], rotations: Sequence[Rotation], n_wires: int
) -> QuantumCircuit | None:
    """The circuit, or ``None`` where it is not what was asked for."""
    free = ParameterVector("turn", len(rotations))
    network = [(_word(one), _sites(one), angle) for one, angle in zip(rotations, free, strict=True)]
    circuit = make(n_wires, network)
    if not makes(circuit, [(x, z) for x, z, _ in rotations], free):
        return None
    return circuit.assign_parameters(
        {angle: one[2] for one, angle in zip(rotations, free, strict=True)}
    )


def _ladders(shape: str, n_wires: int, network: Network) -> QuantumCircuit:
    circuit = QuantumCircuit(n_wires)
    formula = LieTrotter(cx_structure=shape)
    for word, sites, angle in network:
        string = SparsePauliOp.from_sparse_list([(word, range(len(sites)), 1.0)], len(sites))
        gate = PauliEvolutionGate(string, time=angle / 2, synthesis=formula)
        circuit.compose(gate.definition, sites, inplace=True, copy=False)
    return circuit


def _rustiq(n_wires: int, network: Network) -> QuantumCircuit:
    return synth_pauli_network_rustiq(
        n_wires, network, preserve_order=True, upto_phase=True, resynth_clifford_method=1
    )


def _mcts(n_wires: int, network: Network) -> QuantumCircuit:
    return synth_pauli_network_mcts(n_wires, network, preserve_order=True, upto_phase=True)


SHAPES = ("chain", "fountain")
METHODS = (_mcts, _rustiq)


def _gates(circuit: QuantumCircuit) -> int:
    return sum(len(op.wires) == 2 for op in simplified(read(circuit)))


_PLAIN: dict[str, tuple[tuple[str, int], ...]] = {
    **{name: ((name, 0),) for name in ("h", "s", "sdg", "x", "z")},
    "y": (("x", 0), ("z", 0)),
    "sx": (("h", 0), ("s", 0), ("h", 0)),
    "sxdg": (("h", 0), ("sdg", 0), ("h", 0)),
    "cx": (("cx", 0),),
    "cz": (("h", 1), ("cx", 0), ("h", 1)),
    "swap": (("cx", 0), ("cx", 1), ("cx", 0)),
}
"""Gates by those that strings are followed through, and on which of the wires they begin."""

_AXES = {"x": (1, 0), "y": (1, 1), "z": (0, 1)}


def makes(circuit: QuantumCircuit, masks: Sequence[Masks], angles: Sequence[Angle]) -> bool:
    """Whether a circuit is exp(-i angle P / 2) for one string after another, up to phase.

    Strings that commute may change places.

    Args:
        circuit: Clifford gates, and rotations about one letter by one of the angles.
        masks: (x, z) of every string.
        angles: of each, different Parameters.
    """
    n, m = circuit.num_qubits, len(masks)
    frame = [(1 << j, 0) for j in range(n)] + [(0, 1 << j) for j in range(n)]
    strings = SignedStrings([*masks, *frame], n)
    number = {angle: i for i, angle in enumerate(angles)}
    waiting = dict.fromkeys(range(m))
    for one in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in one.qubits]
        if not one.params:
            for name, first in _PLAIN[one.name]:
                at = wires[first:] + wires[:first] if name == "cx" else wires[first : first + 1]
                strings.apply(name, *at)
            continue
        (free,) = one.params[0].parameters
        i, minus = number[free], one.params[0] != free
        axes = [(*_AXES[letter], wire) for letter, wire in zip(one.name[1:], wires, strict=True)]
        x, z = sum(x << wire for x, _, wire in axes), sum(z << wire for _, z, wire in axes)
        here = x, z, int(minus)
        early = itertools.takewhile(i.__gt__, waiting)
        if (
            i not in waiting
            or strings.at(i) != here
            or any(anticommute(masks[j], masks[i]) for j in early)
        ):
            return False
        del waiting[i]
    return not waiting and all(strings.at(m + j) == (x, z, 0) for j, (x, z) in enumerate(frame))
