"""From a distribution over outcomes to counts, with read-out errors and one seed a reading."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts

Probabilities = NDArray[np.float64]


def reading_seed(seed: int, content_hash: str, index: int) -> int:
    """The seed of one reading: it depends on the plan and the experiment, not on the batch.

    seed' = SHA-256(seed : content hash : index) mod 2^63, so an experiment gives the same
    counts whatever else is run with it and in whatever order.
    """
    text = f"{seed}:{content_hash}:{index}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def with_readout_errors(
    probabilities: Probabilities, confusions: tuple[Probabilities | None, ...]
) -> Probabilities:
    """What is read when bit c is misread with its own confusion matrix.

    p'(b') = sum_b prod_c A_c[b_c, b'_c] p(b), bit 0 the least significant.

    Args:
        probabilities: of all 2^N outcomes.
        confusions: ``A_c[true, read]`` for each cell, ``None`` where the cell is read right.
    """
    n_cells = len(confusions)
    shaped = probabilities.reshape((2,) * n_cells)
    for cell, confusion in enumerate(confusions):
        if confusion is not None:
            axis = n_cells - 1 - cell
            shaped = np.moveaxis(np.tensordot(confusion, shaped, axes=(0, axis)), 0, axis)
    return np.ascontiguousarray(shaped).reshape(-1)


def draw_counts(probabilities: Probabilities, *, shots: int, seed: int) -> Counts:
    """Independent draws from a distribution over the 2^N outcomes of N cells.

    Args:
        probabilities: of all outcomes, any positive total; used up (overwritten).
        shots: number of draws.
        seed: of this reading alone.
    """
    n_cells = probabilities.size.bit_length() - 1
    np.clip(probabilities, 0.0, None, out=probabilities)
    cumulative = np.cumsum(probabilities, out=probabilities)
    total = cumulative[-1]
    draws = np.random.default_rng(seed).random(shots) * total
    draws.sort()
    outcomes = np.searchsorted(cumulative, np.minimum(draws, np.nextafter(total, 0)), side="right")
    seen, times = np.unique(outcomes, return_counts=True)
    pairs = zip(seen.tolist(), times.tolist(), strict=True)
    return Counts(tuple((format(outcome, f"0{n_cells}b"), n) for outcome, n in pairs))
