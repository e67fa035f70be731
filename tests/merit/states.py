"""Random states to judge."""

from __future__ import annotations

import numpy as np


def random_density(dimension, seed):
    """A density matrix of full rank from a fresh seeded generator."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(dimension, dimension)) + 1j * rng.normal(size=(dimension, dimension))
    rho = matrix @ matrix.conj().T
    return rho / np.trace(rho)


def random_vector(dimension, seed):
    """A pure state from a fresh seeded generator."""
    rng = np.random.default_rng(seed)
    vector = rng.normal(size=dimension) + 1j * rng.normal(size=dimension)
    return vector / np.linalg.norm(vector)
