"""A circuit that comes many times in a row, begun where its end and its beginning cancel.

Where S = A C A^-1 with constant gates A, S S ... S = A C C ... C A^-1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qbcircuit.compile.gates.gatelist import GateList, Op, two_qubit_cost
from qbcircuit.compile.gates.rewriting import simplified

_CONSTANT = frozenset({"const", "cx", "cz", "swap"})


@dataclass(frozen=True, eq=False)
class Core(GateList):
    """What is repeated.

    Args:
        opening: A, constant.
    """

    opening: tuple[Op, ...] = ()

    @property
    def closing(self) -> tuple[Op, ...]:
        """A^-1."""
        return tuple(_undone(op) for op in reversed(self.opening))


def turned(circuit: GateList, times: int) -> Core:
    """The opening for which a circuit many times in a row takes fewest two-qubit gates.

    Args:
        circuit: what is repeated.
        times: how often.
    """
    ops = simplified(circuit.ops)
    front, rest = _peeled(ops)
    ends = [0, *(i + 1 for i, op in enumerate(front) if len(op.wires) == 2)]
    cores = [(front[:end], simplified([*front[end:], *rest, *front[:end]])) for end in ends]
    opening, core = min(cores, key=lambda one: 2 * _gates(one[0]) + times * _gates(one[1]))
    return Core(core, circuit.n_wires, circuit.parameters, opening=tuple(opening))


def _gates(ops: Iterable[Op]) -> int:
    return two_qubit_cost(op.wires for op in ops)[0]


def _peeled(ops: Sequence[Op]) -> tuple[list[Op], list[Op]]:
    """Constant gates that can come first, and the others."""
    front: list[Op] = []
    rest: list[Op] = []
    before: dict[int, list[Op]] = defaultdict(list)
    for op in ops:
        if op.kind in _CONSTANT and all(_passes(op, wire, before[wire]) for wire in op.wires):
            front.append(op)
            continue
        rest.append(op)
        for wire in op.wires:
            before[wire].append(op)
    return front, rest


def _passes(op: Op, wire: int, before: Sequence[Op]) -> bool:
    """Whether a gate commutes with all of these, as far as one wire tells."""
    if not before:
        return True
    if op.commutes_with_z(wire) and all(one.commutes_with_z(wire) for one in before):
        return True
    return op.commutes_with_x(wire) and all(one.commutes_with_x(wire) for one in before)


def _undone(op: Op) -> Op:
    if op.kind != "const":
        return op
    a, b, c, d = (complex(entry).conjugate() for entry in op.matrix)
    return Op("const", op.wires, matrix=(a, c, b, d))
