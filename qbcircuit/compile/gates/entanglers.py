"""A device cut down to the qubits in use, and how each pair of them makes a cx."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qbcircuit.compile.gates.rotations import HADAMARD, IDENTITY, Matrix
from qbcircuit.compile.gates.runs import Run
from qbcircuit.device import standard_instructions
from qbcircuit.target import DeviceTarget

if TYPE_CHECKING:
    from qiskit.circuit import ParameterExpression

_HALF = math.pi / 2
ENTANGLERS: dict[str, tuple[float, ...]] = {
    "cx": (), "cz": (), "ecr": (), "cy": (),
    "rzz": (_HALF,), "rzx": (_HALF,), "rxx": (_HALF,), "ryy": (_HALF,),
    "cp": (math.pi,), "crz": (math.pi,), "crx": (math.pi,), "cry": (math.pi,),
}  # fmt: skip
"""Gates that equal a cx up to one-qubit gates, with the angles at which they do; best first."""

COMMUTE_WITH_Z: dict[str, tuple[bool, bool]] = {
    "cx": (True, False), "cy": (True, False), "rzx": (True, False),
    "crx": (True, False), "cry": (True, False),
    "cz": (True, True), "rzz": (True, True), "cp": (True, True), "crz": (True, True),
}  # fmt: skip
"""Whether a z rotation passes each of a gate's qubits."""


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """A cx, cz or rzz from a native gate: one-qubit gates, the gate, one-qubit gates.

    Args:
        name: the native gate.
        angles: of the native gate.
        order: which of the logical wires are its first and second qubit.
        before: constants on the logical wires first.
        after: constants on the logical wires afterwards.
    """

    name: str
    angles: tuple[float | ParameterExpression, ...] = ()
    order: tuple[int, int] = (0, 1)
    before: tuple[Matrix, Matrix] = (IDENTITY, IDENTITY)
    after: tuple[Matrix, Matrix] = (IDENTITY, IDENTITY)


@dataclass(frozen=True, eq=False)
class Couplers:
    """A device cut down to the qubits in use, renumbered from 0.

    Args:
        device: the device.
        singles: one-qubit gates of each qubit.
        pairs: two-qubit gates of each ordered pair.
        everywhere: two-qubit gates of every ordered pair.
    """

    device: DeviceTarget
    singles: tuple[frozenset[str], ...]
    pairs: dict[tuple[int, int], frozenset[str]]
    everywhere: frozenset[str]
    _recipes: dict[tuple[str, int, int], Recipe] = field(default_factory=dict)

    @functools.cached_property
    def edges(self) -> frozenset[tuple[int, int]] | None:
        """Coupled pairs, both ways round; ``None``: all."""
        usable = set(ENTANGLERS)
        if self.everywhere & usable:
            return None
        return frozenset(
            both for (a, b), names in self.pairs.items() if names & usable
            for both in ((a, b), (b, a))
        )  # fmt: skip

    def gates(self, a: int, b: int) -> frozenset[str]:
        """Native gates of an ordered pair."""
        return self.pairs.get((a, b), frozenset()) | self.everywhere

    @functools.cached_property
    def have_rzz(self) -> bool:
        """Whether any pair has rzz."""
        return "rzz" in self.everywhere.union(*self.pairs.values())

    def has_rzz(self, a: int, b: int) -> bool:
        """Whether a pair has rzz, in either order."""
        return "rzz" in self.gates(a, b) or "rzz" in self.gates(b, a)

    def recipe(self, kind: str, a: int, b: int) -> Recipe:
        """How to write a cx or cz on a coupled pair, one of :attr:`edges`."""
        found = self._recipes.get((kind, a, b))
        if found is None:
            straight, reverse = self.gates(a, b), self.gates(b, a)
            name = next(name for name in ENTANGLERS if name in straight | reverse)
            found = _recipe(kind, name, (0, 1) if name in straight else (1, 0))
            self._recipes[kind, a, b] = found
        return found


@functools.lru_cache(maxsize=64)
def couplers_of(device: DeviceTarget, qubits: tuple[int, ...]) -> Couplers:
    """The device cut down to some of its qubits."""
    arity = {name: one.num_qubits for name, one in standard_instructions().items()}
    wire = {qubit: i for i, qubit in enumerate(qubits)}
    singles: list[set[str]] = [set() for _ in qubits]
    pairs: dict[tuple[int, int], set[str]] = {}
    everywhere = set()
    for one in device.operations:
        if one.error is not None and one.error >= 1:
            continue  # reported as broken
        if one.qubits is None:
            if arity.get(one.name) == 2:
                everywhere.add(one.name)
            for single in singles:
                single.add(one.name)
        elif wire.keys() >= set(one.qubits):
            if len(one.qubits) == 1:
                singles[wire[one.qubits[0]]].add(one.name)
            else:
                a, b = one.qubits
                pairs.setdefault((wire[a], wire[b]), set()).add(one.name)
    return Couplers(
        device,
        tuple(frozenset(single) for single in singles),
        {pair: frozenset(names) for pair, names in pairs.items()},
        frozenset(everywhere),
    )


@functools.cache
def _recipe(kind: str, name: str, order: tuple[int, int]) -> Recipe:
    angles, turned = ENTANGLERS[name], (IDENTITY, HADAMARD)
    if kind == name and (name == "cz" or order == (0, 1)):
        return Recipe(name, angles, order)
    if {kind, name} == {"cx", "cz"} and (name == "cz" or order == (0, 1)):
        return Recipe(name, angles, order, turned, turned)
    if kind == name == "cx":
        return Recipe(name, angles, order, (HADAMARD, HADAMARD), (HADAMARD, HADAMARD))
    return _fitted_recipe(kind, name, order)


def _fitted_recipe(kind: str, name: str, order: tuple[int, int]) -> Recipe:
    """Weyl decomposition of the logical gate over one native gate."""
    from qiskit.circuit import QuantumCircuit
    from qiskit.quantum_info import Operator
    from qiskit.synthesis import TwoQubitBasisDecomposer

    angles = ENTANGLERS[name]
    native = standard_instructions()[name].base_class(*angles)
    logical = QuantumCircuit(2)
    getattr(logical, kind)(*order)
    fitted = TwoQubitBasisDecomposer(native)(Operator(logical), _num_basis_uses=1)
    sides = [[Run(), Run()]]
    for one in fitted.data:
        if len(one.qubits) == 2:
            sides.append([Run(), Run()])
        else:
            (a, b), (c, d) = one.operation.to_matrix().tolist()
            sides[-1][fitted.find_bit(one.qubits[0]).index].apply((a, b, c, d))
    before, after = ([run.state.constant for run in side] for side in sides)
    first, second = order
    return Recipe(
        name, angles, order, (before[first], before[second]), (after[first], after[second])
    )
