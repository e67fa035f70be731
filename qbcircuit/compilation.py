"""What is asked of the compiler, what it did, and what its circuits cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class CompileOptions:
    """What was asked of the compiler; part of the content hash.

    Args:
        start: ``"ground"`` (start-aware circuits allowed) or ``"any"`` (the full operator).
        formula: order of the product formula, 1, 2 or 4; ``None``: chosen.
        steps: steps at the last time; ``None``: chosen from the error budget.
        error: largest distance from the exact evolution.
        error_kind: ``"bound"`` (a guarantee) or ``"estimate"`` (cheaper).
        optimise: ``"gates"`` or ``"depth"``.
        qubits: the target qubit of every wire, sites first, ancillas last; ``None``: chosen.
        ancillas: clean qubits beside the sites that circuits may use.
        encoding: how sites of more than two levels are held by qubits; ``None``: there are none.
        mixed: ``"purify"`` or ``"sample"``: how a start that is a mixture gets onto circuits.
        mixed_seed: of the levels that are drawn where a mixed start is sampled.
    """

    start: str = "ground"
    formula: int | None = None
    steps: int | None = None
    error: float = 0.02
    error_kind: str = "bound"
    optimise: str = "gates"
    qubits: tuple[int, ...] | None = None
    ancillas: int = 0
    encoding: str | None = None
    mixed: str = "purify"
    mixed_seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Compilation:
    """What the compiler did.

    Args:
        method: ``"start-aware blocks"``, ``"exact layers"``, ``"product formula"``, ...
        formula: order of the product formula; ``None`` where the circuits are exact.
        steps: product-formula steps of the circuit at the last time (0 where exact).
        error: distance from the exact evolution at the last time, as promised.
        error_kind: ``"exact"``, ``"bound"`` or ``"estimate"``.
        assumes_start: whether the circuits are right from the protocol's start only.
    """

    method: str
    formula: int | None
    steps: int
    error: float
    error_kind: str
    assumes_start: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalBlock:
    """One k-local gate of the logical circuit, kept beside its native form.

    Args:
        sites: the sites it acts on.
        label: what it exponentiates, e.g. ``"XXX"``.
    """

    sites: tuple[int, ...]
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CircuitCost:
    """Counts taken from the written circuit of one experiment.

    Args:
        k_local_gates: multi-site interactions exponentiated.
        k_local_depth: layers of disjoint interactions.
        two_qubit_gates: native two-qubit gates.
        two_qubit_depth: depth counting two-qubit gates only.
        depth: depth counting every gate.
        size: number of gates.
        seconds: duration from the target's gate times (``None`` where it reports none).
    """

    k_local_gates: int
    k_local_depth: int
    two_qubit_gates: int
    two_qubit_depth: int
    depth: int
    size: int
    seconds: float | None
