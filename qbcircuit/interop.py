"""Operators of other packages in and out: qiskit's SparsePauliOp, QuTiP's Qobj.

Cell i is qubit i, the rightmost letter of a Pauli label is cell 0; in a QuTiP tensor product
factor 0 is cell 0, and ``basis(2, 0)`` is level 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest, MissingExtra
from qbcircuit.terms import Term

if TYPE_CHECKING:
    from qiskit.quantum_info import SparsePauliOp

_NEGLIGIBLE = 1e-12
"""Relative size of an imaginary part, or of a Pauli of a dense operator, taken as rounding."""

_LARGEST_DENSE = 12
_WIDTHS = (
    "The operator acts on {width} qubits but the battery has {cells} cells. Cell i is qubit i "
    "(the rightmost letter of a Pauli label is cell 0)."
)

Strings = Iterable[tuple[str, complex]]
"""Pauli labels (rightmost letter is cell 0) with their coefficients."""


def from_sparse_pauli_op(
    op: SparsePauliOp,
    battery: Battery | None = None,
    *,
    include_internal: bool = False,
    name: str = "SparsePauliOp",
) -> ChargingProtocol:
    """The protocol whose charger is a qiskit operator.

    Every Pauli string becomes a term, the identity becomes the step's shift.

    Args:
        op: Hermitian, on as many qubits as the battery has sites.
        battery: what is charged; unit cells in the ground state where ``None``.
        include_internal: whether the battery's own Hamiltonian is added.
        name: for reports.

    Raises:
        InvalidRequest: another width, parameters still free, or an operator that is not
            Hermitian (the message names a Pauli at fault).
    """
    collected = op.simplify(atol=0)
    try:
        coefficients = np.asarray(collected.coeffs, dtype=complex)
    except TypeError:
        raise InvalidRequest(
            "The operator has free parameters. Bind them with assign_parameters first."
        ) from None
    labels = collected.paulis.to_labels()
    battery = _matching(battery, collected.num_qubits)
    strings = zip(labels, coefficients.tolist(), strict=True)
    return _protocol(strings, battery, include_internal=include_internal, name=name)


def to_sparse_pauli_op(protocol: ChargingProtocol, step: int = 0) -> SparsePauliOp:
    """The total generator of one step as a qiskit operator, identity included.

    Args:
        protocol: what charges what.
        step: index among the steps that evolve.

    Raises:
        InvalidRequest: no such step.
    """
    from qiskit.quantum_info import SparsePauliOp

    terms, shift = _generator(protocol, step)
    n = protocol.battery.n_sites
    entries: list[tuple[str, list[int], float]] = [
        (letters, list(sites), value) for term in terms for letters, sites, value in term.paulis()
    ]
    entries += [("", [], shift)] if shift or not entries else []
    return SparsePauliOp.from_sparse_list(entries, num_qubits=n).simplify(atol=0)


def from_qobj(
    operator: Any,
    battery: Battery | None = None,
    *,
    include_internal: bool = False,
    name: str = "Qobj",
) -> ChargingProtocol:
    """The protocol whose charger is a QuTiP operator on two-level cells.

    Args:
        operator: a Hermitian ``Qobj`` with dimensions ``[[2, ..., 2], [2, ..., 2]]``.
        battery: what is charged; unit cells in the ground state where ``None``.
        include_internal: whether the battery's own Hamiltonian is added.
        name: for reports.

    Raises:
        InvalidRequest: other dimensions, more than 12 cells, or an operator that is not
            Hermitian.
        MissingExtra: QuTiP is not installed.
    """
    _qutip()
    rows, columns = operator.dims
    if rows != columns or set(rows) != {2}:
        raise InvalidRequest(
            f"The Qobj needs two-level factors, dims [[2, ...], [2, ...]], got {operator.dims}."
        )
    n = len(rows)
    if n > _LARGEST_DENSE:
        raise InvalidRequest(
            f"A Qobj of {n} cells is too large to take apart into Paulis; the most is "
            f"{_LARGEST_DENSE}. Use from_sparse_pauli_op."
        )
    battery = _matching(battery, n)
    matrix = operator.full()
    if not np.isfinite(matrix).all():
        raise InvalidRequest("The Qobj must have finite entries, and some are not.")
    strings = _pauli_strings(matrix, n)
    return _protocol(strings, battery, include_internal=include_internal, name=name)


def to_qobj(protocol: ChargingProtocol, step: int = 0) -> Any:
    """The total generator of one step as a QuTiP ``Qobj``, identity included.

    Args:
        protocol: what charges what.
        step: index among the steps that evolve.

    Raises:
        InvalidRequest: no such step.
        MissingExtra: QuTiP is not installed.
    """
    qutip = _qutip()
    letters = {"X": qutip.sigmax(), "Y": qutip.sigmay(), "Z": qutip.sigmaz()}
    terms, shift = _generator(protocol, step)
    factors = [qutip.qeye(2)] * protocol.battery.n_sites
    total = shift * qutip.tensor(factors)
    for term in terms:
        for string, sites, value in term.paulis():
            chosen = list(factors)
            for site, letter in zip(sites, string, strict=True):
                chosen[site] = letters[letter]
            total = total + value * qutip.tensor(chosen)
    return total


def _protocol(
    strings: Strings, battery: Battery, *, include_internal: bool, name: str
) -> ChargingProtocol:
    strings = list(strings)
    largest = max((abs(value) for _, value in strings), default=0.0)
    terms, shift = [], 0.0
    for label, value in strings:
        if not np.isfinite(value):
            raise InvalidRequest(f"The coefficient of {label} must be finite, got {value}.")
        if abs(value.imag) > _NEGLIGIBLE * largest:
            raise InvalidRequest(
                f"The operator is not Hermitian: {label} has coefficient {value:.6g}. "
                "Give every Pauli a real coefficient."
            )
        sites = [i for i, letter in enumerate(reversed(label)) if letter != "I"]
        if not sites:
            shift += value.real
        elif value.real:
            terms.append(Term((label[-1 - i] for i in sites), sites, value.real))
    return ChargingProtocol.constant(
        battery, terms, include_internal=include_internal, shift=shift, name=name
    )


def _matching(battery: Battery | None, width: int) -> Battery:
    if battery is None:
        return Battery.qubits(width)
    if battery.n_sites != width:
        raise InvalidRequest(_WIDTHS.format(width=width, cells=battery.n_sites))
    return battery


def _generator(protocol: ChargingProtocol, step: int) -> tuple[tuple[Term, ...], float]:
    evolutions = protocol.evolutions
    if not 0 <= step < len(evolutions):
        raise InvalidRequest(
            f"The protocol has evolution steps 0..{len(evolutions) - 1}, got step {step}."
        )
    return protocol.generator(evolutions[step])


def _pauli_strings(matrix: np.ndarray[Any, Any], n: int) -> list[tuple[str, complex]]:
    """Pauli coefficients of a dense operator whose most significant factor is cell 0.

    One factor at a time: the four blocks of a 2x2 split give the parts with I, X, Y and Z.
    """
    parts = [("", matrix)]
    cut = _NEGLIGIBLE * max(float(np.abs(matrix).max()), 1e-300)
    for _ in range(n):
        half = parts[0][1].shape[0] // 2 if parts else 0
        grown = []
        for label, block in parts:
            a, b = block[:half, :half], block[:half, half:]
            c, d = block[half:, :half], block[half:, half:]
            split = (a + d) / 2, (b + c) / 2, 1j * (b - c) / 2, (a - d) / 2
            # The next factor is the next cell, whose letter stands further left in a label.
            grown += [
                (letter + label, part)
                for letter, part in zip("IXYZ", split, strict=True)
                if np.abs(part).max() > cut
            ]
        parts = grown
    return [(label, complex(part[0, 0])) for label, part in parts]


def _qutip() -> Any:
    try:
        import qutip
    except ImportError:
        raise MissingExtra(
            'QuTiP conversion needs an extra: pip install "qbcircuit[qutip]". '
            "Everything else works without it."
        ) from None
    return qutip
