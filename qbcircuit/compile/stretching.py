"""Circuits made longer without changing what they do, so that their noise can be told apart.

Every piece U of a circuit becomes U U^dag U ..., in the device's own gates: the errors of its
gates grow in proportion, the read-out's do not.

Reference: Giurgica-Tiron et al., arXiv:2005.10921 (layer folding).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qiskit import QuantumCircuit

from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, Piece, Template

LARGEST = 15
"""Longest stretch: beyond, nothing of a state is left."""


def stretched(plan: CircuitPlan, factor: int) -> CircuitPlan:
    """The plan with every circuit ``factor`` times as long and equal in what it does.

    Args:
        plan: what was compiled.
        factor: odd, 1 or more.

    Raises:
        InvalidRequest: an even factor, or a plan that resets qubits, which no gate undoes.
    """
    if isinstance(factor, bool) or not 1 <= factor <= LARGEST or factor % 2 == 0:
        raise InvalidRequest(
            f"A stretch factor is an odd number from 1 to {LARGEST}, got {factor}. Use --zne 1,3."
        )
    if factor == 1:
        return plan
    n = len(plan.templates)
    back = tuple(_undone(template) for template in plan.templates)
    return replace(
        plan,
        templates=plan.templates + back,
        local_layers=plan.local_layers + tuple(layers[::-1] for layers in plan.local_layers),
        experiments=tuple(_stretched(one, n, factor) for one in plan.experiments),
    )


def _stretched(experiment: Experiment, n_templates: int, factor: int) -> Experiment:
    def repeated(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(
            replace(piece, template=piece.template + n_templates * (i % 2))
            for piece in pieces
            for i in range(factor)
        )

    return replace(
        experiment,
        segments=repeated(experiment.segments),
        closing=repeated(experiment.closing),
        stretch=experiment.stretch * factor,
    )


@functools.lru_cache(maxsize=256)
def _undone(template: Template) -> Template:
    """The inverse of a native circuit, in the same gates, with the same Parameters."""
    forward = template.circuit
    backward = forward.copy_empty_like()
    for one in reversed(forward.data):
        name = one.operation.name
        if name not in _INVERSES:
            raise InvalidRequest(
                f"Stretching undoes every gate, and {name!r} cannot be undone in the device's own "
                "gates. Leave out --zne."
            )
        _INVERSES[name](backward, one.operation.params, one.qubits)
    return Template.of(f"{template.name} undone", backward)


Writer = Callable[[QuantumCircuit, Any, Any], object]


def _same(name: str) -> Writer:
    return lambda circuit, _, qubits: getattr(circuit, name)(*qubits)


def _negative(name: str) -> Writer:
    return lambda circuit, angles, qubits: getattr(circuit, name)(-angles[0], *angles[1:], *qubits)


def _half_pulse(circuit: QuantumCircuit, _: Any, qubits: Any) -> None:
    """SX^dag = Z SX Z up to phase."""
    circuit.rz(math.pi, *qubits)
    circuit.sx(*qubits)
    circuit.rz(math.pi, *qubits)


def _ising(circuit: QuantumCircuit, angles: Any, qubits: Any) -> None:
    """RZZ(-a) = X RZZ(a) X with X on one qubit: hardware takes no negative angle."""
    circuit.x(qubits[0])
    circuit.rzz(angles[0], *qubits)
    circuit.x(qubits[0])


def _euler(name: str) -> Writer:
    """U(theta, phi, lambda)^dag = U(-theta, -lambda, -phi)."""
    return lambda circuit, angles, qubits: getattr(circuit, name)(
        -angles[0], -angles[2], -angles[1], *qubits
    )


_INVERSES: dict[str, Writer] = {
    **{name: _same(name) for name in ("x", "h", "cx", "cz", "ecr", "cy", "id", "barrier")},
    **{
        name: _negative(name)
        for name in ("rz", "rx", "ry", "p", "r", "rxx", "ryy", "rzx", "cp", "crz", "crx", "cry")
    },
    "sx": _half_pulse,
    "rzz": _ising,
    "u": _euler("u"),
}
"""How the inverse of each native gate is written."""
