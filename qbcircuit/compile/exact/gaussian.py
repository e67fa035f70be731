"""Networks of matchgates: a Gaussian state from a basis state, or a whole rotation of modes.

Both undo the evolution on its 2N x 2N matrix, gate by gate, and run the gates backwards. Which
gates there are depends on the chain only, their angles on the matrix. A basis state has N
annihilators; some combination of them reaches over about half of the chain only, so that half
as many gates bring a site at an end to a definite level. From both ends in turn that takes
floor(N^2/4) gates, or n(N - n) for n particles whose number is conserved, instead of the
N(N - 1)/2 of the whole rotation.

References: Clements et al., Optica 3, 1460 (2016), arXiv:1603.08788 (the order of the whole
rotation); Jiang et al., Phys. Rev. Applied 9, 044036 (2018), arXiv:1711.05395 (states).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qbcircuit.compile.exact.givens import Complexes, Floats, Matchgate, gathered


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """A site at an end of what is left of a chain, brought to a definite level.

    Args:
        left: the chain's ends just before.
        right: the chain's ends just before.
        from_left: which end is removed.
        reach: matchgates that it takes.
        group: which group of annihilators supplies one.
        level: the site's level afterwards.
    """

    left: int
    right: int
    from_left: bool
    reach: int
    group: int
    level: int

    @property
    def bonds(self) -> tuple[int, ...]:
        """Left sites of the gates, in the order in which they undo the state."""
        if self.from_left:
            return tuple(range(self.left + self.reach - 1, self.left - 1, -1))
        return tuple(range(self.right - self.reach, self.right))

    @property
    def beyond(self) -> tuple[int, int]:
        """Sites (first, last + 1) that the annihilator must not reach."""
        if self.from_left:
            return self.left + self.reach + 1, self.right + 1
        return self.left, self.right - self.reach


@dataclass(frozen=True, kw_only=True, slots=True)
class Gaussian:
    """How a state that started as a basis state is undone.

    Args:
        levels: the basis state, along the chain.
        flipped: sites to flip so that the number of particles is conserved; ``None`` where no
            such set is.
        split: even and odd modes of alternate sites never mix, so that no z turns are needed.
    """

    levels: tuple[int, ...]
    flipped: tuple[bool, ...] | None
    split: bool

    @property
    def labels(self) -> tuple[int, ...]:
        """The group of every site's annihilator: particle or hole, or all in one."""
        if self.flipped is None:
            return (0,) * len(self.levels)
        return tuple(level ^ flip for level, flip in zip(self.levels, self.flipped, strict=True))

    @property
    def removals(self) -> tuple[Removal, ...]:
        """Sites in the order of their removal; what is left over then is in a basis state."""
        left, right = 0, len(self.levels) - 1
        sizes = [self.labels.count(0), self.labels.count(1)]
        found: list[Removal] = []
        while left < right and (self.flipped is None or all(sizes)):
            group = int(sizes[1] > sizes[0])
            from_left = len(found) % 2 == 0
            end = left if from_left else right
            found.append(
                Removal(
                    left=left,
                    right=right,
                    from_left=from_left,
                    reach=sum(sizes) // 2 if self.flipped is None else sizes[1 - group],
                    group=group,
                    level=self._level(end, group),
                )
            )
            sizes[group] -= 1
            left, right = left + from_left, right - (not from_left)
        return tuple(found)

    @property
    def bonds(self) -> tuple[int, ...]:
        """Left sites of all gates, in the order in which they undo the state."""
        return tuple(bond for removal in self.removals for bond in removal.bonds)

    @property
    def undone(self) -> tuple[int, ...]:
        """The basis state that is left in the end."""
        removals = self.removals
        ends = {one.left if one.from_left else one.right: one.level for one in removals}
        if self.flipped is None:
            rest = (sum(self.levels) - sum(ends.values())) % 2
            return tuple(ends.get(site, rest) for site in range(len(self.levels)))
        taken = sum(one.group for one in removals)
        rest = int(self.labels.count(1) > taken)
        return tuple(ends.get(site, rest ^ flip) for site, flip in enumerate(self.flipped))

    def matchgates(self, rotation: Floats) -> list[Matchgate]:
        """The gates that undo the state, one a bond.

        Args:
            rotation: R of U^dag c U = R c, shape (2N, 2N).
        """
        phases = _phases(len(self.levels), self.split)
        groups = self._annihilators(rotation, phases)
        gates = []
        for removal in self.removals:
            rows = groups[removal.group] = _short(groups[removal.group], self._hidden(removal))
            for bond in removal.bonds:
                modes = slice(2 * bond, 2 * bond + 4)
                gate = gathered(
                    self._plane(rows[-1, modes] * phases[modes], bond, removal.group),
                    keep=int(not removal.from_left),
                    level=self._level(bond + (not removal.from_left), removal.group),
                    split=self.split,
                )
                turned = gate.rotation.T
                for one in groups:
                    one[:, modes] = one[:, modes] @ turned
                gates.append(gate)
            groups[removal.group] = rows[:-1]
        return gates

    def _level(self, site: int, group: int) -> int:
        """The level of a site that a group's annihilator empties there."""
        return group ^ (self.flipped is not None and self.flipped[site])

    def _plane(self, row: Complexes, bond: int, group: int) -> Complexes:
        """A row on the modes of a bond, exactly a particle or hole where these are conserved.

        Rounding in a small row would otherwise make a large gate that mixes the two.
        """
        if self.flipped is not None:
            signs = [1 - 2 * self._level(site, group) for site in (bond, bond + 1)]
            row[1::2] = 1j * np.array(signs) * row[::2]
        return row

    def _annihilators(self, rotation: Floats, phases: Complexes) -> list[Complexes | Floats]:
        """Rows U(c_2j +- i c_2j+1)U^dag of each group; real, over the phases, where split."""
        signs = 1 - 2 * np.array(self.levels)
        rows = (rotation[:, ::2] + 1j * signs * rotation[:, 1::2]).T / np.sqrt(2) / phases
        if self.split:
            rows = (rows / phases[::2, None].conj()).real
        labels = np.array(self.labels)
        return [rows[labels == 0], rows[labels == 1]]

    def _hidden(self, removal: Removal) -> list[int]:
        """Modes that the annihilator must not reach, one a site where particles are conserved."""
        first, end = removal.beyond
        return list(range(2 * first, 2 * end, 1 if self.flipped is None else 2))


def _phases(n_sites: int, split: bool) -> Complexes:
    """1 or i per mode, such that a split chain's annihilators are real over them."""
    if not split:
        return np.ones(2 * n_sites, dtype=complex)
    return np.tile(np.array([1, 1j, 1j, 1]), (n_sites + 1) // 2)[: 2 * n_sites]


def _short(rows: Complexes | Floats, hidden: Sequence[int]) -> Complexes | Floats:
    """The rows in a basis whose last vanishes on the hidden modes."""
    if not hidden:
        return rows
    basis = np.linalg.qr(rows[:, hidden], mode="complete")[0]
    turned: Complexes | Floats = basis.conj().T @ rows
    return turned
