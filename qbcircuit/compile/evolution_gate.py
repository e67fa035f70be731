"""What a qiskit ``PauliEvolutionGate`` asks for, in plain data."""

from __future__ import annotations

import cmath
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qiskit.circuit import ParameterExpression
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import SparseObservable, SparsePauliOp
from qiskit.synthesis import LieTrotter, SuzukiTrotter

from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.judges import MOST_STEPS
from qbcircuit.errors import InvalidRequest, unknown_name, whole_number
from qbcircuit.terms import Term

_NEGLIGIBLE = 1e-12
_OPTIMISE = ("gates", "depth")


@dataclass(frozen=True, slots=True)
class EvolutionRequest:
    """exp(-i t unit (sum of terms + shift)) as a product formula, its time left out.

    Args:
        n_qubits: width of the gate.
        terms: Pauli strings with real strengths, each string once.
        shift: coefficient of the identity.
        unit: a power of two near the largest coefficient where the time is a number, else 1;
            qiskit takes Parameters and coefficients below about 1e-15 for zero.
        formula: 1, 2 or 4.
        steps: of the product formula.
        optimise: ``"gates"`` or ``"depth"``.
    """

    n_qubits: int
    terms: tuple[Term, ...]
    shift: float
    unit: float
    formula: int
    steps: int
    optimise: str


def evolution_request(
    gate: PauliEvolutionGate, options: Mapping[str, Any]
) -> EvolutionRequest | None:
    """The request, or ``None`` for a gate that the compiler does not know.

    Args:
        gate: what is to be synthesised.
        options: ``formula``, ``steps`` and ``optimise``; what is left out is the gate's own.

    Raises:
        InvalidRequest: an option that cannot be.
    """
    asked = options.get("formula"), options.get("steps"), options.get("optimise", "gates")
    formula, steps, optimise = asked
    if formula is not None and formula not in schedule.FORMULAS:
        raise InvalidRequest(f"A product formula has order 1, 2 or 4, got {formula}.")
    if steps is not None:
        steps = whole_number("Steps", steps, least=1, most=MOST_STEPS, hint="Give steps=10.")
    if optimise not in _OPTIMISE:
        raise unknown_name("optimise", str(optimise), _OPTIMISE)
    asked_of_gate = gate.synthesis
    if not isinstance(asked_of_gate, LieTrotter | SuzukiTrotter):
        return None
    if asked_of_gate.insert_barriers or asked_of_gate.atomic_evolution is not None:
        return None
    formula = asked_of_gate.order if formula is None else formula
    strings = _strings(gate.operator)
    if strings is None or formula not in schedule.FORMULAS or not _is_usable(gate.time):
        return None
    unit = _unit(strings.values(), gate.time)
    strings = {string: value / unit for string, value in strings.items()}
    shift = strings.pop(("", ()), 0.0)
    return EvolutionRequest(
        n_qubits=gate.num_qubits,
        terms=tuple(Term(letters, sites, value) for (letters, sites), value in strings.items()),
        shift=shift,
        unit=unit,
        formula=formula,
        steps=asked_of_gate.reps if steps is None else steps,
        optimise=optimise,
    )


def _is_usable(time: float | ParameterExpression) -> bool:
    """Whether the time is real, or may still become so."""
    if isinstance(time, ParameterExpression):
        return bool(time.parameters) or math.isfinite(float(time))
    return math.isfinite(float(time))


def _unit(values: Iterable[float], time: float | ParameterExpression) -> float:
    if isinstance(time, ParameterExpression) and time.parameters:
        return 1.0
    _, exponent = math.frexp(max(map(abs, values), default=1.0))
    return math.ldexp(1.0, exponent - 1)


def _strings(operator: Any) -> dict[tuple[str, tuple[int, ...]], float] | None:
    """``{(letters, sites): coefficient}`` of a sum or of a list of sums, each string once."""
    total: dict[tuple[str, tuple[int, ...]], float] = defaultdict(float)
    largest = 0.0
    for part in operator if isinstance(operator, list) else [operator]:
        if not isinstance(part, SparsePauliOp | SparseObservable):
            return None
        for letters, sites, coefficient in part.to_sparse_list():
            if isinstance(coefficient, ParameterExpression) or not set(letters) <= set("IXYZ"):
                return None
            value = complex(coefficient)
            if not cmath.isfinite(value) or value.imag:
                return None
            acting = sorted((s, a) for s, a in zip(sites, letters, strict=True) if a != "I")
            key = "".join(a for _, a in acting), tuple(int(s) for s, _ in acting)
            total[key] += value.real
            largest = max(largest, abs(value))
    return {key: value for key, value in total.items() if abs(value) > _NEGLIGIBLE * largest}
