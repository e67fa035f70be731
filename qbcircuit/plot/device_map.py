"""The device map: which qubits of a coupling graph are in use."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qbcircuit.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def map_figure(
    ax: Axes, coupling: Iterable[Sequence[int]], qubits: Sequence[int], *, name: str = "device"
) -> Axes:
    """A device's qubits and couplings, with the number of every qubit that the cells use.

    Args:
        ax: drawn on.
        coupling: pairs of qubits that share a two-qubit gate, in any direction.
        qubits: those in use.
        name: of the device, for the title.
    """
    edges = sorted({(min(a, b), max(a, b)) for a, b in coupling if a != b})
    nodes = sorted({q for edge in edges for q in edge} | set(qubits))
    places = dict(zip(nodes, _places(nodes, edges), strict=True))
    used = set(qubits)
    for a, b in edges:
        (x0, y0), (x1, y1) = places[a], places[b]
        inside = a in used and b in used
        ax.plot([x0, x1], [y0, y1], color=style.COLOURS[1] if inside else "0.8",
                linewidth=2.0 if inside else 0.8, zorder=1)  # fmt: skip
    idle = np.array([places[q] for q in nodes if q not in used]).reshape(-1, 2)
    ax.scatter(idle[:, 0], idle[:, 1], s=28, color="0.8", zorder=2, label="idle qubit")
    held = np.array([places[q] for q in qubits]).reshape(-1, 2)
    ax.scatter(
        held[:, 0], held[:, 1], s=150, color=style.COLOURS[1], zorder=3, label="qubit in use"
    )
    for qubit in qubits:
        x, y = places[qubit]
        ax.text(x, y, str(qubit), color="white", fontsize=7, ha="center", va="center",
                zorder=4)  # fmt: skip
    ax.set_title(f"{name} · {len(qubits)} of {len(nodes)} qubits in use", fontsize=10)
    ax.set_aspect("equal")
    # A line has no height of its own, and equal scales would cut its qubits.
    lowest, highest = (extreme(list(places.values()), axis=0) for extreme in (np.min, np.max))
    ax.set_xlim(lowest[0] - 0.7, highest[0] + 0.7)
    ax.set_ylim(lowest[1] - 0.7, highest[1] + 0.7)
    ax.set_axis_off()
    return ax


def device_figure(ax: Axes, backend: dict[str, Any]) -> Axes:
    """The map of a result document's backend.

    Args:
        ax: drawn on.
        backend: with ``coupling``, ``qubits`` and a ``target`` or ``name``.
    """
    name = str(backend.get("target") or backend.get("name", "device"))
    return map_figure(ax, backend["coupling"], backend["qubits"], name=name)


def _places(nodes: list[int], edges: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Places in the plane whose distances follow path lengths (stress majorisation).

    Reference: Gansner, Koren, North, Graph Drawing 2004, LNCS 3383, 239.
    """
    n = len(nodes)
    if n == 1:
        return np.zeros((1, 2))
    distances = _path_lengths(nodes, edges)
    if distances.max() <= 1:
        angles = 2 * np.pi * np.arange(n) / n
        return np.stack([np.sin(angles), np.cos(angles)], axis=1)
    places = _classical_scaling(distances)
    weights = 1 / np.where(distances > 0, distances, np.inf) ** 2
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.pinv(laplacian)
    for _ in range(200):
        gaps = places[:, None, :] - places[None, :, :]
        lengths = np.maximum(np.linalg.norm(gaps, axis=2), 1e-9)
        pull = (weights * distances / lengths)[:, :, None] * gaps
        places = inverse @ pull.sum(axis=1)
    return places


def _classical_scaling(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Principal coordinates, signs fixed so that every machine draws the same map."""
    n = len(distances)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centre @ distances**2 @ centre)
    places: NDArray[np.float64] = (
        vectors[:, -2:][:, ::-1] * np.sqrt(np.maximum(values[-2:], 0))[::-1]
    )
    largest = np.abs(places).argmax(axis=0)
    # A touch of order breaks ties where the graph is a line and the second axis is empty.
    return places * np.sign(places[largest, [0, 1]]) + 1e-6 * np.arange(n)[:, None]


def _path_lengths(nodes: list[int], edges: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Couplings between every two qubits; unconnected ones count as one step too far."""
    index = {q: i for i, q in enumerate(nodes)}
    near: list[list[int]] = [[] for _ in nodes]
    for a, b in edges:
        near[index[a]].append(index[b])
        near[index[b]].append(index[a])
    lengths = np.full((len(nodes), len(nodes)), -1.0)
    for first in range(len(nodes)):
        lengths[first, first] = 0
        queue = deque([first])
        while queue:
            here = queue.popleft()
            for other in near[here]:
                if lengths[first, other] < 0:
                    lengths[first, other] = lengths[first, here] + 1
                    queue.append(other)
    return np.where(lengths < 0, lengths.max() + 1, lengths)
