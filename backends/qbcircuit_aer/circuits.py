"""Compact circuits of a plan: templates with angles bound, on the plan's qubits only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Instruction

from qbcircuit.plan import CircuitPlan, Piece

DENSITY_MATRIX = "density_matrix"
MATRIX_PRODUCT = "matrix_product_state"
STATEVECTOR = "statevector"

DIAGONAL = frozenset(
    {"barrier", "ccz", "cp", "crz", "cs", "csdg", "cu1", "cz", "id", "p", "rz", "rzz", "s", "sdg",
     "t", "tdg", "u1", "z"}
)  # fmt: skip
"""Gates that leave every probability of the computational basis as it is."""


PlacedGate = tuple[str, tuple[int, ...]]
"""The name of a gate and the wires it is on."""


class PlanCircuits:
    """Binds a plan's templates, each combination of template and angles once.

    Args:
        plan: whose templates.
        noisy_gates: names of the gates that carry an error, so that a diagonal gate among them
            still changes probabilities.
    """

    def __init__(self, plan: CircuitPlan, noisy_gates: frozenset[str] = frozenset()) -> None:
        self.plan = plan
        self.n_qubits = len(plan.qubits)
        self._harmless = DIAGONAL - noisy_gates
        self._bound: dict[Piece, QuantumCircuit] = {}
        self._opened: dict[int, QuantumCircuit] = {}

    def bound(self, piece: Piece) -> QuantumCircuit:
        """The piece as a circuit on the compact wires; shared, not to be changed."""
        if piece not in self._bound:
            template = self._template(piece.template)
            self._bound[piece] = template.assign_parameters(piece.angles)
        return self._bound[piece]

    def append(self, circuit: QuantumCircuit, pieces: Iterable[Piece]) -> None:
        """Add pieces at the end of a compact circuit."""
        for piece in pieces:
            circuit.compose(self.bound(piece), range(self.n_qubits), inplace=True, copy=False)

    def leaves_probabilities(self, pieces: Iterable[Piece]) -> bool:
        """Whether the pieces change no probability in the computational basis."""
        return all(self._gates(piece.template) <= self._harmless for piece in pieces)

    @property
    def has_resets(self) -> bool:
        """Whether any template resets or measures, so that pure states do not stay pure."""
        return any(self._gates(i) & {"reset", "measure"} for i in range(len(self.plan.templates)))

    @property
    def placed_gates(self) -> frozenset[PlacedGate]:
        """Every gate of the templates, with its compact wires."""
        circuits = [self._template(i) for i in range(len(self.plan.templates))]
        return frozenset(
            (one.operation.name, tuple(circuit.find_bit(qubit).index for qubit in one.qubits))
            for circuit in circuits
            for one in circuit.data
            if one.operation.name != "barrier"
        )

    def _gates(self, template: int) -> set[str]:
        return set(self._template(template).count_ops())

    def _template(self, index: int) -> QuantumCircuit:
        if index not in self._opened:
            self._opened[index] = self.plan.templates[index].circuit
        return self._opened[index]


def put_state(circuit: QuantumCircuit, method: str, state: Any) -> None:
    """Start a compact circuit from a saved state.

    Aer's own constructor diagonalises a density matrix to check it, which for 12 qubits takes
    longer than the run; what we put back is what Aer gave us.
    """
    if method == MATRIX_PRODUCT:
        circuit.set_matrix_product_state(state)
        return
    width = circuit.num_qubits
    circuit.append(Instruction(f"set_{method}", width, 0, [state.data]), range(width))


def save_state(circuit: QuantumCircuit, method: str, label: str) -> None:
    """Copy the state of a compact circuit into its result."""
    getattr(circuit, f"save_{method}")(label=label)
