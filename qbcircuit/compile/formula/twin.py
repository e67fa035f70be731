"""The product formula in numpy: the slow readable twin of the circuits, and their measured error.

It consumes the same schedule of (layer, duration) as the circuits do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse.linalg import expm_multiply

from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.hypergraph import Interaction

MOST_FROM_ANY = 8
"""Sites up to which the whole operator is measured."""

MOST_FROM_START = 12
"""Sites up to which one state is measured."""

Complexes = npt.NDArray[np.complex128]


class LayerTwin:
    """Exponentials of layers as local matrices, applied to columns of amplitudes.

    Args:
        layers: commuting interactions each.
        n_sites: number of sites.
    """

    def __init__(self, layers: Sequence[Layer], n_sites: int) -> None:
        self.layers = layers
        self.n_sites = n_sites
        self._spectra: dict[Interaction, tuple[npt.NDArray[np.float64], Complexes]] = {}
        self._matrices: dict[tuple[Interaction, float], Complexes] = {}

    def run(self, columns: Complexes, stages: Iterable[tuple[int, float]]) -> Complexes:
        """The columns after the stages.

        Args:
            columns: shape (2^n, anything); bit j of a row is the level of site j.
            stages: (layer, duration) in time order.
        """
        shape = columns.shape
        for layer, duration in stages:
            for interaction in self.layers[layer]:
                matrix = self._matrix(interaction, duration)
                columns = _applied(matrix, interaction.sites, columns, self.n_sites)
        return columns.reshape(shape)

    def _matrix(self, interaction: Interaction, duration: float) -> Complexes:
        key = (interaction, duration)
        if key not in self._matrices:
            if interaction not in self._spectra:
                strings = PauliSum.of(interaction.terms, self.n_sites)
                self._spectra[interaction] = np.linalg.eigh(strings.dense(interaction.sites))
            energies, vectors = self._spectra[interaction]
            self._matrices[key] = (vectors * np.exp(-1j * duration * energies)) @ vectors.conj().T
        return self._matrices[key]


def _applied(
    matrix: Complexes, sites: Sequence[int], columns: Complexes, n_sites: int
) -> Complexes:
    tensor = columns.reshape((2,) * n_sites + (-1,))
    axes = [n_sites - 1 - site for site in reversed(sites)]
    front = np.moveaxis(tensor, axes, range(len(axes)))
    moved = (matrix @ front.reshape(len(matrix), -1)).reshape(front.shape)
    return np.ascontiguousarray(np.moveaxis(moved, range(len(axes)), axes))


class Measure:
    """How far product formulas are from the exact evolution, measured on the twin.

    Args:
        layers: what is split, in order.
        n_sites: number of sites, at most :data:`MOST_FROM_ANY` or :data:`MOST_FROM_START`.
        duration: how long.
        start: index of the basis state to judge from; ``None``: the whole operator.
    """

    def __init__(
        self, layers: Sequence[Layer], n_sites: int, duration: float, start: int | None
    ) -> None:
        self.twin = LayerTwin(layers, n_sites)
        self.duration = duration
        self.columns = np.eye(1 << n_sites, dtype=complex)
        if start is not None:
            self.columns = self.columns[:, [start]]
        terms = [term for layer in layers for one in layer for term in one.terms]
        hamiltonian = PauliSum.of(terms, n_sites).sparse(n_sites)
        self.exact = expm_multiply(-1j * duration * hamiltonian, self.columns)

    def distance(self, formula: int, steps: int) -> float:
        """||S_r - U|| up to phase: operator norm, or 2-norm from the start state."""
        stages = schedule.stages(formula, len(self.twin.layers), [self.duration / steps] * steps)
        found = self.twin.run(self.columns, stages)
        overlap = np.vdot(self.exact, found)
        return float(np.linalg.norm(found - self.exact * (overlap / abs(overlap)), 2))
