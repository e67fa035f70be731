"""What a wall is to reach, and exactly how far from it it is.

Where particles are conserved, after flips, a wall turns the N amplitudes of one particle, and
else the 2N Majorana modes. X = V^dag R is what is left of the evolution R when the wall V is
undone. A Gaussian state is the space of its annihilators: the sines of the angles between two
such spaces are the singular values s of the block K of X that takes annihilators to creators,
and |<psi|phi>| is the product of sqrt(cos) over modes, or of cos over particles. As an operator X
turns planes by angles theta_j, and its phases on the 2^N states are sum_j +-theta_j / 2.

References: Bravyi, Quantum Inf. Comput. 5, 216 (2005), arXiv:quant-ph/0404180; Lieb, Schultz and
Mattis, Ann. Phys. 16, 407 (1961).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from qbcircuit.compile.compressed.turns import Complexes, Floats, Indices, Rows
from qbcircuit.compile.exact.chains import Chain

FARTHEST = math.pi / 2
"""Half the arc of phases beyond which nothing is promised of an operator."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Goal:
    """K = before^dag (X - 1) after is to vanish.

    Args:
        frame: the amplitudes that are looked at, as columns of modes; the others go the same way.
        before: columns of these amplitudes, shape (amplitudes, rows of K).
        after: columns of these amplitudes, shape (amplitudes, columns of K).
        sites: of every amplitude.
        before_sites: of every row of K.
        after_sites: of every column of K.
        weight: of the singular values of K: each stands for that many planes.
        of_state: whether a state is to be reached, or the whole operator.
    """

    frame: Rows
    before: Rows
    after: Rows
    sites: Indices
    before_sites: Indices
    after_sites: Indices
    weight: float
    of_state: bool

    def target(self, rotation: Floats) -> Rows:
        """The evolution on ``after``.

        Args:
            rotation: R of U^dag c U = R c, shape (2N, 2N).
        """
        onto = csr_array(self.frame @ self.after)
        found: Rows = csr_array(self.frame.conj().T) @ (onto.T @ rotation.T).T
        return found if np.iscomplexobj(self.before) else found.real.copy()

    def residual(self, left: Rows) -> Rows:
        """K of what is left of the evolution, X on ``after``."""
        residual: Rows = csr_array(self.before.conj().T) @ (left - self.after)
        return residual

    def apart(self, residual: Rows) -> float:
        """-log |<psi|phi>| of states; half the arc of phases of operators; both add up.

        Args:
            residual: K.
        """
        lengths = np.linalg.svd(residual, compute_uv=False)
        if self.of_state:
            squares = np.minimum(lengths**2, 1 - 1e-15)
            return float(-self.weight / 2 * np.log1p(-squares).sum())
        return float(self.weight * np.arcsin(np.minimum(lengths / 2, 1.0)).sum())

    def floors(self, target: Rows) -> Floats:
        """Nearer than entry n no n layers can come: they correlate no sites further apart.

        Args:
            target: the evolution on ``after``.
        """
        columns, entries = self.after_sites, target
        if self.of_state:
            columns, entries = self.sites, target @ target.conj().T
        apart = np.abs(self.sites[:, None] - columns)
        lost = np.bincount(apart.ravel(), np.abs(entries.ravel()) ** 2)
        beyond = np.append(lost[::-1].cumsum()[::-1], 0.0)
        floors: Floats = self.weight / 2 * np.sqrt(beyond[1:])
        return self.weight / 4 * beyond[::2] if self.of_state else floors


def goal_of(chain: Chain, levels: tuple[int, ...]) -> Goal:
    """What a wall of the chain is to reach.

    Args:
        chain: what evolves.
        levels: the basis state that it starts from; empty: the whole operator.
    """
    if chain.flipped is None:
        return _of_modes(chain, levels)
    n_sites = len(chain.sites)
    signs = 1 - 2 * np.array(chain.flipped)
    phases = np.cumprod([1, *(1j * signs[:-1])])  # gates then turn amplitudes by real angles
    sites = np.arange(n_sites)
    holes, particles = sites, sites
    if levels:
        filled = np.array(levels, dtype=bool) ^ np.array(chain.flipped)
        holes, particles = sites[~filled], sites[filled]
    each = np.eye(n_sites, dtype=float if chain.split else complex)
    return Goal(
        frame=_pairs(signs) * phases,
        before=each[:, holes],
        after=each[:, particles],
        sites=sites,
        before_sites=holes,
        after_sites=particles,
        weight=1.0,
        of_state=bool(levels),
    )


def _of_modes(chain: Chain, levels: tuple[int, ...]) -> Goal:
    """Where particles are not conserved: all modes, or all annihilators."""
    n_sites = len(chain.sites)
    every = np.eye(2 * n_sites)
    before: Rows = every
    after: Rows = every
    if levels:
        signs = 1 - 2 * np.array(levels)
        after = _pairs(signs)
        before = after.conj()
        if chain.split:  # up to phases that commute with everything, they are real
            after = _pairs(-1j * signs * (-1) ** np.arange(n_sites)).real
            before = after * np.where(np.arange(2 * n_sites) % 4 % 3 == 0, 1, -1)[:, None]
    sites = np.arange(before.shape[1]) // (1 if levels else 2)
    return Goal(
        frame=every,
        before=before,
        after=after,
        sites=np.arange(2 * n_sites) // 2,
        before_sites=sites,
        after_sites=sites,
        weight=0.5,
        of_state=bool(levels),
    )


def _pairs(signs: npt.NDArray[Any]) -> Complexes:
    """(c_2j + i sign_j c_2j+1) / sqrt(2) of every site."""
    every = np.eye(2 * len(signs))
    pairs: Complexes = (every[:, ::2] + 1j * signs * every[:, 1::2]) / np.sqrt(2)
    return pairs


def distance(apart: float, *, of_state: bool) -> float:
    """min over phases of the norm of the difference: sqrt(2 - 2|<psi|phi>|), or 2 sin(arc/2).

    Args:
        apart: the sum of :meth:`Goal.apart` over all chains.
        of_state: what it is of.
    """
    if of_state:
        return math.sqrt(-2 * math.expm1(-apart))
    return 2 * math.sin(apart / 2) if apart <= FARTHEST else 2.0


def allowance(error: float, *, of_state: bool) -> float:
    """The other way round: how far apart a distance allows."""
    if of_state:
        return -math.log1p(-(error**2) / 2) if error**2 < 2 else math.inf
    return min(2 * math.asin(min(error / 2, 1.0)), FARTHEST)


def as_state(arc: float) -> float:
    """What an operator's half arc may do to a state: |<psi|phi>| >= cos(arc)."""
    return -math.log(math.cos(arc)) if arc < FARTHEST else math.inf


def as_arc(apart: float) -> float:
    """The half arc that an operator may have where a state may be so far apart."""
    return math.acos(math.exp(-apart))
