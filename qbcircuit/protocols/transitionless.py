"""What keeps any small battery in its eigenstates however fast it is driven."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.drives import Drive
from qbcircuit.reference.monomials import products
from qbcircuit.reference.operators import terms_of
from qbcircuit.reference.reachable import all_states
from qbcircuit.terms import Term

_LARGEST = 64
"""Most states of a Hamiltonian that is diagonalised at every time."""

_STEP = 1e-3
"""Of the duration: how far apart values lie that the derivative is taken from."""

_EDGE = 1e-6
"""Of the duration: how near the ends derivatives are taken."""

_LOOKED_AT = 65
"""Times at which products are looked for; none of a smooth drive is 0 at all of them."""

_DEGENERATE = 1e-9
_ROUNDING = 1e-7

Matrix = NDArray[np.complex128]
Hamiltonian = Callable[[float], Matrix]
_Key = tuple[tuple[str, ...], tuple[int, ...]]


def counter_drives(
    battery: Battery, drives: Iterable[Drive], *, duration: float
) -> tuple[Drive, ...]:
    """The drives that, added to given ones, forbid every transition between eigenstates of H(t).

    H_CD(t) = i sum_n |dn/dt><n| = i sum_(m != n) |m><m|dH/dt|n><n| / (E_n - E_m), as products
    of letters on the battery's sites: up to N-body terms.

    Args:
        battery: of 64 states at most; what it starts in does not matter.
        drives: H(t), the internal Hamiltonian among them where it stays on.
        duration: of the drives.

    Returns:
        One drive a product, which diagonalises H(t) whenever it is asked.

    Raises:
        InvalidRequest: more states, or levels that meet while the drive couples them.

    Reference: Berry, J. Phys. A 42, 365303 (2009); Demirplak and Rice, J. Phys. Chem. A 107,
    9937 (2003).
    """
    dimensions = battery.dimensions
    if math.prod(dimensions) > _LARGEST:
        raise InvalidRequest(
            f"Counter-diabatic driving diagonalises H(t): at most {_LARGEST} states, got "
            f"{math.prod(dimensions)}. Use fewer sites."
        )
    basis = all_states(dimensions)
    groups = [(one.terms, one.over(duration)) for one in drives]

    def hamiltonian(time: float) -> Matrix:
        terms = [
            Term(term.operators, term.sites, term.strength * amplitude(time))
            for given, amplitude in groups
            for term in given
        ]
        return np.asarray(basis.matrix(products(terms, dimensions)).toarray())

    @functools.lru_cache(maxsize=1 << 14)
    def strengths(time: float) -> dict[_Key, complex]:
        terms, _ = terms_of(_counter(hamiltonian, time, duration), dimensions)
        return {(term.operators, term.sites): term.strength for term in terms}

    looked_at = [strengths(duration * (i + 0.5) / _LOOKED_AT) for i in range(_LOOKED_AT)]
    largest: dict[_Key, float] = {}
    for found in looked_at:
        for key, value in found.items():
            largest[key] = max(largest.get(key, 0.0), abs(value))
    least = _ROUNDING * max(largest.values(), default=0.0)
    return tuple(
        Drive(
            terms=(Term(*key),),
            amplitude=functools.partial(_strength, strengths, key),
        )
        for key, size in largest.items()
        if size > least
    )


def _strength(strengths: Callable[[float], dict[_Key, complex]], key: _Key, time: float) -> complex:
    return strengths(time).get(key, 0.0)


def _counter(hamiltonian: Hamiltonian, time: float, duration: float) -> Matrix:
    """H_CD at one time.

    Raises:
        InvalidRequest: levels that meet.
    """
    energies, vectors = np.linalg.eigh(hamiltonian(time))
    slope = vectors.conj().T @ _derivative(hamiltonian, time, duration) @ vectors
    gaps = energies[None, :] - energies[:, None]
    close = np.abs(gaps) <= _DEGENERATE * max(float(np.ptp(energies)), 1e-300)
    crossing = close & ~np.eye(len(energies), dtype=bool)
    if np.any(np.abs(slope[crossing]) > _ROUNDING * np.abs(slope).max(initial=1e-300)):
        raise InvalidRequest(
            f"Levels of H meet at t={time:g} while the drive couples them: no driving keeps "
            "them apart there. Add a field."
        )
    turned = 1j * np.where(close, 0.0, slope) / np.where(close, 1.0, gaps)
    turned = (turned + turned.conj().T) / 2
    return np.asarray(vectors @ turned @ vectors.conj().T)


def _derivative(hamiltonian: Hamiltonian, time: float, duration: float) -> Matrix:
    """dH/dt from four values around a time, to fourth order."""
    edge = _EDGE * duration
    centre = min(max(time, edge), duration - edge)
    h = min(_STEP * duration, centre / 2, (duration - centre) / 2)
    near = hamiltonian(centre + h) - hamiltonian(centre - h)
    far = hamiltonian(centre + 2 * h) - hamiltonian(centre - 2 * h)
    return np.asarray((8 * near - far) / (12 * h))
