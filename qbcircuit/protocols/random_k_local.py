"""Random k-local chargers: a random Hermitian matrix on every group of k cells."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.checks import check_count, check_order, check_strengths
from qbcircuit.protocols.ensembles import ENSEMBLES, Matrices, ginibre, pauli_terms
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import uniform_field

_MOST_STRINGS = 1 << 20
"""Most Pauli strings, counted once for each group."""


def random_haar(
    battery: Battery,
    *,
    order: int,
    seed: int = 7,
    draw: int = 0,
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """A Haar logarithm on every group of k cells: H = strength * sum_S i log U_S + h sum_j Z_j.

    The U_S are independent Haar-random unitaries of k cells, their eigenphases in (-pi, pi]; the
    sum is written in Pauli strings. k is the order, m = C(N-1, k-1), the groups that share a
    cell. C0 counts the whole norm (exact up to about 12 cells); Gamma_C0 <= gamma k by
    ||[I, H]|| <= k Delta min_c ||H - c||.

    Args:
        battery: N two-level cells.
        order: k, 1..N.
        seed: of the ensemble.
        draw: which draw of the ensemble, counted from 0; see :func:`sample_k_local`.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, too many Pauli strings, a strength that is 0 or not
            finite, or a field that is not finite.

    Reference: Supplemental Material IV of Campaioli et al., PRL 118, 150601 (2017),
    arXiv:1612.04991.
    """
    return _random(
        "haar",
        battery,
        order=order,
        seed=seed,
        draw=draw,
        field=field,
        strength=strength,
    )


def random_gue(
    battery: Battery,
    *,
    order: int,
    seed: int = 7,
    draw: int = 0,
    field: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """A GUE matrix on every group of k cells: H = strength * sum_S G_S + h sum_j Z_j.

    The G_S are independent matrices of the Gaussian unitary ensemble on k cells, with mean
    |G_ab|^2 = 2^-k; the sum is written in Pauli strings. k is the order, m = C(N-1, k-1).
    Constraints as in :func:`random_haar`.

    Args:
        battery: N two-level cells.
        order: k, 1..N.
        seed: of the ensemble.
        draw: which draw of the ensemble, counted from 0; see :func:`sample_k_local`.
        field: h, an energy.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an order outside 1..N, too many Pauli strings, a strength that is 0 or not
            finite, or a field that is not finite.

    Reference: Supplemental Material IV of Campaioli et al., PRL 118, 150601 (2017),
    arXiv:1612.04991.
    """
    return _random(
        "gue",
        battery,
        order=order,
        seed=seed,
        draw=draw,
        field=field,
        strength=strength,
    )


def groups_of(n_cells: int, order: int) -> list[tuple[int, ...]]:
    """Every group of k cells, in order.

    Raises:
        InvalidRequest: an order outside 1..N, or too many Pauli strings.
    """
    k = check_order(order, n_cells)
    groups = itertools.combinations(range(n_cells), k)
    found = list(itertools.islice(groups, _MOST_STRINGS // 4**k + 1))
    if len(found) * 4**k > _MOST_STRINGS:
        raise InvalidRequest(
            f"Random terms on every group of {k} of {n_cells} cells have more than "
            f"{_MOST_STRINGS} Pauli strings. Use fewer cells or a smaller order."
        )
    return found


def drawn_blocks(
    ensemble: str, n_groups: int, order: int, *, seed: int, draws: Iterable[int]
) -> Matrices:
    """The random matrices of some draws, one a group, shape (n_draws, n_groups, 2^k, 2^k)."""
    made_of, needed = ENSEMBLES[ensemble]
    entries = [
        ginibre(np.random.default_rng((seed, draw)), (n_groups, needed), 1 << order)
        for draw in draws
    ]
    return made_of(np.array(entries))


def _random(
    ensemble: str,
    battery: Battery,
    *,
    order: int,
    seed: int,
    draw: int,
    field: float,
    strength: float,
) -> ChargingProtocol:
    check_strengths(strength, field)
    seed = check_count("The seed", seed, least=0)
    draw = check_count("The draw", draw, least=0)
    cells = battery.cells
    groups = groups_of(len(cells), order)
    (blocks,) = drawn_blocks(ensemble, len(groups), len(groups[0]), seed=seed, draws=[draw])
    terms, shift = pauli_terms(
        (tuple(cells[place] for place in group), block)
        for group, block in zip(groups, blocks, strict=True)
    )
    scaled = tuple(term.scaled(strength) for term in terms)
    return ChargingProtocol.constant(
        battery,
        scaled + uniform_field(cells, field),
        shift=shift * strength,
        name=f"random-{ensemble}",
    )


_PARAMETERS = (
    Parameter(name="seed", default=7, help="of the ensemble"),
    Parameter(name="draw", default=0, help="which draw of the ensemble, from 0"),
)
_LETTER = "SM IV of Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991"
_BOUND = "Γ_C0 < gamma k (Conjecture 1 of the letter, proved)"

FAMILIES = (
    Family(
        name="random-haar",
        summary="The logarithm of a Haar-random unitary on every group of k cells.",
        hamiltonian="sum_S i log U_S, groups S of k cells",
        order="k",
        participation="C(N-1, k-1)",
        bound=_BOUND,
        reference=_LETTER,
        constructor=random_haar,
        takes_order=True,
        parameters=_PARAMETERS,
    ),
    Family(
        name="random-gue",
        summary="A random matrix of the Gaussian unitary ensemble on every group of k cells.",
        hamiltonian="sum_S G_S, groups S of k cells",
        order="k",
        participation="C(N-1, k-1)",
        bound=_BOUND,
        reference=_LETTER,
        constructor=random_gue,
        takes_order=True,
        parameters=_PARAMETERS,
    ),
)
