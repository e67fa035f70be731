"""The complex Sachdev-Ye-Kitaev charger on cells, by Jordan and Wigner's strings."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.checks import check_count, check_strengths
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import Term, uniform_field

_LARGEST = 20

_LETTERS = {(1, 0): "X", (1, 1): "Y", (0, 1): "Z"}

String = tuple[int, int]
"""A Pauli string by its masks: cells with X or Y, and cells with Y or Z."""


def syk_charging(
    battery: Battery, *, seed: int = 7, field: float = 0.0, strength: float = 1.0
) -> ChargingProtocol:
    """Complex SYK of q = 4: H = strength * sum_(ijkl) J_ijkl c+_i c+_j c_k c_l + h sum_j Z_j.

    J_ijkl is antisymmetric in (i, j) and in (k, l), Hermitian, complex Gaussian with mean 0 and
    mean |J_ijkl|^2 = 1/N^3. The modes are cells by Jordan and Wigner's transformation along an
    axis across the energy: c_j = X_0 ... X_(j-1) (Y_j + i Z_j)/2, since a battery along the axis
    of the strings would conserve its energy. Strings reach weight N, so k = N; they contain all
    shorter ones, so m = 1. Gamma_C0 <= gamma k then allows what SYK reaches, and no
    contradiction with a 4-body reading is left. C0 counts the whole norm.

    Args:
        battery: N two-level cells, 4 to 20.
        seed: of the couplings.
        field: h, an energy.
        strength: J, an energy, not 0.

    Raises:
        InvalidRequest: fewer than 4 or more than 20 cells, a strength that is 0 or not finite, or
            a field that is not finite.

    Reference: Rossini et al., PRL 125, 236402 (2020), arXiv:1912.07234.
    """
    cells = battery.cells
    if not 4 <= len(cells) <= _LARGEST:
        raise InvalidRequest(
            f"syk couples four modes at a time and is written out for 4 to {_LARGEST} cells, got "
            f"N={len(cells)}. Use -N 4..{_LARGEST}."
        )
    check_strengths(strength, field)
    rng = np.random.default_rng(check_count("The seed", seed, least=0))
    strings, shift = _strings(rng, len(cells))
    terms = []
    for (x, z), value in strings.items():
        places = [j for j in range(len(cells)) if (x | z) >> j & 1]
        letters = [_LETTERS[x >> j & 1, z >> j & 1] for j in places]
        terms.append(Term(letters, (cells[j] for j in places), strength * value))
    return ChargingProtocol.constant(
        battery,
        (*terms, *uniform_field(cells, field)),
        shift=strength * shift,
        name="syk",
    )


def _strings(rng: np.random.Generator, n: int) -> tuple[dict[String, float], float]:
    """The couplings as real multiples of Pauli strings, and the multiple of the identity."""
    pairs = [_pair(i, j) for i, j in itertools.combinations(range(n), 2)]
    normal = rng.standard_normal((len(pairs), len(pairs), 2)) / n**1.5
    total: dict[String, float] = defaultdict(float)
    for a, b in itertools.combinations_with_replacement(range(len(pairs)), 2):
        # each pair of pairs occurs four times among i, j, k, l; the conjugate doubles a < b
        coupling = 4 * normal[a, a, 0] if a == b else 8 * complex(*normal[a, b]) / math.sqrt(2)
        for left, first in pairs[a].items():
            for right, second in pairs[b].items():
                product, phase = _times(left, right)
                # (c_i c_j)^dag c_k c_l = -c+_i c+_j c_k c_l
                total[product] -= (coupling * first.conjugate() * second * phase).real
    shift = total.pop((0, 0), 0.0)
    return {string: float(value) for string, value in total.items() if value}, float(shift)


def _pair(i: int, j: int) -> dict[String, complex]:
    """c_i c_j as a sum of Pauli strings."""
    found: dict[String, complex] = defaultdict(complex)
    for (left, first), (right, second) in itertools.product(_lowering(i), _lowering(j)):
        product, phase = _times(left, right)
        found[product] += first * second * phase
    return found


def _lowering(j: int) -> tuple[tuple[String, complex], tuple[String, complex]]:
    """c_j = X_0 ... X_(j-1) (Y_j + i Z_j)/2."""
    before, here = (1 << j) - 1, 1 << j
    return ((before | here, here), 0.5), ((before, here), 0.5j)


def _times(left: String, right: String) -> tuple[String, complex]:
    """The product of two Pauli strings, and its phase."""
    (x, z), (u, v) = left, right
    product = x ^ u, z ^ v
    # a string is i^(number of Y) X^x Z^z
    quarter = (x & z).bit_count() + (u & v).bit_count() - (product[0] & product[1]).bit_count()
    return product, 1j ** ((quarter + 2 * (z & u).bit_count()) % 4)


FAMILIES = (
    Family(
        name="syk",
        summary="Complex SYK of q = 4: random couplings of four fermions, as Pauli strings.",
        hamiltonian="sum_(ijkl) J_ijkl c+_i c+_j c_k c_l, Jordan-Wigner strings along X",
        order="N, the longest string",
        participation="1: strings on all cells contain all others",
        bound="Γ_C0 < gamma k with k = N; as a 4-body charger it would look like a contradiction",
        reference="Rossini et al., PRL 125, 236402 (2020), arXiv:1912.07234",
        constructor=syk_charging,
        parameters=(Parameter(name="seed", default=7, help="of the couplings"),),
    ),
)
