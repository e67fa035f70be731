"""Operators of other packages in and out: qiskit's SparsePauliOp, QuTiP's Qobj.

Cell i is qubit i, the rightmost letter of a Pauli label is cell 0; in a QuTiP tensor product
factor 0 is cell 0, and ``basis(d, 0)`` is level 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from qbcircuit.battery import Battery, Site
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest, MissingExtra
from qbcircuit.reference.monomials import monomial
from qbcircuit.reference.operators import terms_of
from qbcircuit.starts import BasisStart
from qbcircuit.terms import Term

if TYPE_CHECKING:
    from qiskit.quantum_info import SparsePauliOp

_NEGLIGIBLE = 1e-12
"""Relative size of an imaginary part taken as rounding."""

_LARGEST_DENSE = 1 << 12
"""Most states of a dense operator that is taken apart."""

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
    """The protocol whose charger is a QuTiP operator on sites of any number of levels.

    Two-level factors become Pauli letters, others matrix units.

    Args:
        operator: a Hermitian ``Qobj`` with dimensions ``[[d_0, d_1, ...], [d_0, d_1, ...]]``.
        battery: what is charged; where ``None`` cells with levels 0, 1, ..., d - 1 in the
            ground state.
        include_internal: whether the battery's own Hamiltonian is added.
        name: for reports.

    Raises:
        InvalidRequest: no operator on several factors, other dimensions than the battery's,
            more than 4096 states, or an operator that is not Hermitian.
        MissingExtra: QuTiP is not installed.
    """
    _qutip()
    rows, columns = operator.dims
    if rows != columns or not all(isinstance(d, int) and d > 1 for d in rows):
        raise InvalidRequest(
            "The Qobj needs to be an operator, dims [[d0, d1, ...], [d0, d1, ...]], got "
            f"{operator.dims}."
        )
    if math.prod(rows) > _LARGEST_DENSE:
        raise InvalidRequest(
            f"A Qobj on {math.prod(rows)} states is too large to take apart; the most is "
            f"{_LARGEST_DENSE}. Use from_sparse_pauli_op."
        )
    if battery is None:
        sites = tuple(Site(levels=tuple(range(d))) for d in rows)
        battery = Battery(sites=sites, start=BasisStart(levels=(0,) * len(rows)))
    if list(battery.dimensions) != rows:
        raise InvalidRequest(
            f"The Qobj acts on factors of {rows} levels but the battery's sites have "
            f"{list(battery.dimensions)}. Factor i is cell i."
        )
    # QuTiP counts its last factor fastest, a basis index here counts site 0 fastest.
    n = len(rows)
    axes = [*range(n)][::-1]
    tensor = operator.full().reshape(rows * 2).transpose(axes + [n + axis for axis in axes])
    terms, shift = terms_of(tensor.reshape(operator.shape), rows)
    return ChargingProtocol.constant(
        battery, terms, include_internal=include_internal, shift=shift, name=name
    )


def to_qobj(protocol: ChargingProtocol, step: int = 0) -> Any:
    """The total generator of one step as a QuTiP ``Qobj``, identity included.

    Args:
        protocol: what charges what, on sites of any number of levels.
        step: index among the steps that evolve.

    Raises:
        InvalidRequest: no such step.
        MissingExtra: QuTiP is not installed.
    """
    qutip = _qutip()
    terms, shift = _generator(protocol, step)
    dimensions = protocol.battery.dimensions
    factors = [qutip.qeye(d) for d in dimensions]
    total = shift * qutip.tensor(factors)
    for term in terms:
        chosen = list(factors)
        for site, letter in zip(term.sites, term.operators, strict=True):
            chosen[site] = qutip.Qobj(monomial(letter, dimensions[site]).matrix)
        product = term.strength * qutip.tensor(chosen)
        total = total + (product + product.dag() if term.adds_conjugate else product)
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


def _qutip() -> Any:
    try:
        import qutip
    except ImportError:
        raise MissingExtra(
            'QuTiP conversion needs an extra: pip install "qbcircuit[qutip]". '
            "Everything else works without it."
        ) from None
    return qutip
