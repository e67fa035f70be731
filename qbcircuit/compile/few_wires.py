"""Evolution of parts that act on few wires, in a Clifford frame if need be, each as one unitary.

Strings that multiply to few others live on few wires of some frame, however many cells they act
on: m independent ones of which c commute with all are those of (m + c) / 2 wires.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import rustworkx as rx
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qbcircuit.compile.evolution import Evolution, Evolving, Pieces
from qbcircuit.compile.exact.shannon import MOST_WIRES, Complexes, UnitaryBlock
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.layers import strings_of
from qbcircuit.compile.formula.paulis import PauliSum, anticommute, bits, letter_at, relabelled
from qbcircuit.compile.multiplied import product
from qbcircuit.compile.network.emptying import on_fewest_wires
from qbcircuit.compile.network.frames import lightest
from qbcircuit.compile.network.search import Masks
from qbcircuit.compile.network.steiner import Reach
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers

MOST_FRAMED = 12
"""Sites of a part up to which frames are looked for."""

MOST_STRINGS = 128
"""Strings of a part: three wires hold 63, and sets that commute are parts of their own."""

_FRAMES = 4
"""Frames of a part that are compared, for every weight."""

_WEIGHTS = ((8.0, 0.0), (3.0, 0.0), (8.0, 0.5))
"""Of all products together, and of each string more: what is compact, near, or on single wires."""

_TO_Z = {"X": "h", "Y": "sx"}

Image = tuple[int, int, int]
"""(x, z, sign) of a string in a frame; sign 1 is minus."""


def few_wires(asked: Evolution, wiring: Wiring) -> Iterator[Evolving]:
    """The same evolution, the sites that interact together as one unitary on up to 3 wires.

    Between layers the product formula is kept; a single layer is exact whatever is in it.
    """
    if not asked.layers:
        yield asked
        return
    groups = _parts(asked)
    if any(len(sites) > MOST_FRAMED for sites in groups):
        return
    sums = [strings_of(layer, asked.n_sites) for layer in asked.layers]
    masks = sorted({(x, z) for one in sums for x, z, _ in one.rows()})
    if len(masks) > MOST_STRINGS * len(groups):
        return
    frames = _Frames(asked, sums, wiring)
    parts: list[Part] = []
    for sites in groups:
        mask = sum(1 << site for site in sites)
        inside = [(x, z) for x, z in masks if (x | z) & mask]
        found = frames.cheapest(inside)
        if found is None:
            return
        parts += found
    yield FewWires(asked, tuple(parts))


def _commuting(masks: Sequence[Masks]) -> list[list[Masks]]:
    """Strings in the smallest sets of which each commutes with all others."""
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(masks)))
    pairs = itertools.combinations(range(len(masks)), 2)
    graph.add_edges_from_no_data([(i, j) for i, j in pairs if anticommute(masks[i], masks[j])])
    return [[masks[i] for i in sorted(found)] for found in rx.connected_components(graph)]


def _fits(masks: Sequence[Masks]) -> bool:
    """Whether some strings act on few wires in some frame."""
    return bool(_products(masks, MOST_WIRES)) or len(_sites(masks)) <= MOST_WIRES


def _sites(masks: Sequence[Masks]) -> list[int]:
    return bits(functools.reduce(int.__or__, (x | z for x, z in masks), 0))


def _parts(asked: Evolution) -> list[list[int]]:
    """Sites that interact, directly or through others."""
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(asked.n_sites))
    supports = [one.sites for layer in asked.layers for one in layer]
    graph.add_edges_from_no_data([(one[0], site) for one in supports for site in one[1:]])
    acted = {site for one in supports for site in one}
    return sorted(sorted(found) for found in rx.connected_components(graph) if found & acted)


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """V^-1 U V.

    Args:
        turns: V, gates on one wire each, such that what U keeps on a wire is its Z.
        block: U.
    """

    turns: QuantumCircuit
    block: UnitaryBlock


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """F^-1 U_1 U_2 ... F.

    Args:
        frame: F, on all sites.
        blocks: U_1, U_2, ..., which commute.
    """

    frame: QuantumCircuit
    blocks: tuple[Turned, ...]

    @property
    def cost(self) -> int:
        """Two-qubit gates, before they are routed."""
        within = sum(one.block.n_cx for one in self.blocks)
        return 2 * int(self.frame.num_nonlocal_gates()) + within


def _products(masks: Sequence[Masks], most: int) -> list[Masks]:
    """All products of some strings; none where these need more than so many wires."""
    group: list[Masks] = [(0, 0)]
    independent: list[Masks] = []
    for x, z in masks:
        if (x, z) not in set(group):
            independent.append((x, z))
            if len(independent) > 2 * most:
                return []
            group += [(x ^ u, z ^ v) for u, v in group]
    crossed = np.array([[anticommute(a, b) for b in independent] for a in independent])
    central = len(independent) - _rank(crossed)
    return group[1:] if len(independent) + central <= 2 * most else []


def _rank(matrix: np.typing.NDArray[np.bool_]) -> int:
    """Over the integers modulo 2."""
    rows = [sum(1 << i for i in np.flatnonzero(row)) for row in matrix]
    rank = 0
    while rows:
        pivot = rows.pop()
        if pivot:
            rank += 1
            low = pivot & -pivot
            rows = [row ^ pivot if row & low else row for row in rows]
    return rank


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    """Where the strings of an evolution act on few wires.

    Args:
        asked: the evolution.
        sums: its layers.
        wiring: couplings of the wires.
    """

    asked: Evolution
    sums: Sequence[PauliSum]
    wiring: Wiring

    def cheapest(self, masks: Sequence[Masks]) -> list[Part] | None:
        """All strings at once, or sets of them that commute, in one frame or in one each."""
        apart = _commuting(masks)
        ways: list[list[Sequence[Sequence[Masks]]]] = [[[masks]]]
        if len(apart) > 1 and all(map(_fits, apart)):
            ways += [[apart], [[one] for one in apart]]
        tried = [[self._part(sets) for sets in way] for way in ways]
        found = [[one for one in way if one] for way in tried if all(way)]
        return min(found, key=lambda way: sum(one.cost for one in way), default=None)

    def _part(self, sets: Sequence[Sequence[Masks]]) -> Part | None:
        """Sets of strings in the cheapest frame in which each acts on few wires."""
        masks = [one for inside in sets for one in inside]
        tried: list[Part | None] = []
        sites = _sites(masks)
        if all(len(_sites(inside)) <= MOST_WIRES for inside in sets):
            plain = {one: (*one, 0) for one in masks}
            tried.append(self._framed(QuantumCircuit(self.asked.n_sites), plain, sets))
        groups = [_products(inside, min(MOST_WIRES, len(sites) - 1)) for inside in sets]
        reaches = [*self._reaches(sites)] if all(groups) else []
        searched = (self._searched(groups, sets, reach) for reach in reaches)
        found = next(filter(any, searched), [])
        if reaches and not found and len(sets) == 1:
            frame = on_fewest_wires(masks, reaches[0])
            images = dict(zip(masks, frame.strings, strict=True))
            found = [self._framed(frame.circuit, images, sets)]
        tried += found
        return min((one for one in tried if one), key=lambda one: one.cost, default=None)

    def _reaches(self, sites: Sequence[int]) -> Iterator[Reach]:
        """Couplings of the sites; where all are coupled a search along a path may find more."""
        active, n_wires = sum(1 << site for site in sites), self.asked.n_sites
        near = self.wiring.neighbours
        if near is None:
            yield Reach(n_wires, None, active)
            yield Reach(n_wires, tuple(itertools.pairwise(sites)), active)
            return
        edges = tuple((a, b) for a in sites for b in sorted(near[a]) if a < b and b in sites)
        reach = Reach(n_wires, edges, active)
        if reach.is_joined:
            yield reach

    def _searched(
        self,
        groups: Sequence[Sequence[Masks]],
        sets: Sequence[Sequence[Masks]],
        reach: Reach,
    ) -> list[Part | None]:
        """Sets in several frames in which their products are light."""
        group = [one for inside in groups for one in inside]
        masks = [one for inside in sets for one in inside]
        tried: list[Part | None] = []
        for together, alone in _WEIGHTS:
            weights = [together / len(inside) for inside in groups for _ in inside]
            weights += [alone] * len(masks)
            for one in lightest([*group, *masks], weights, reach, _FRAMES):
                images = dict(zip(masks, one.strings[len(group) :], strict=True))
                tried.append(self._framed(one.circuit, images, sets))
        return tried

    def _framed(
        self,
        frame: QuantumCircuit,
        images: dict[Masks, Image],
        sets: Sequence[Sequence[Masks]],
    ) -> Part | None:
        blocks = []
        for inside in sets:
            block = self._turned({one: images[one] for one in inside})
            if block is None:
                return None
            blocks.append(block)
        return Part(frame, tuple(blocks))

    def _turned(self, images: dict[Masks, Image]) -> Turned | None:
        """What some strings make as one unitary, where their images are on few wires."""
        wires = bits(functools.reduce(int.__or__, (x | z for x, z, _ in images.values()), 0))
        if len(wires) > MOST_WIRES:
            return None
        turns = QuantumCircuit(self.asked.n_sites)
        for wire in wires:
            letters = {letter_at(x, z, wire) for x, z, _ in images.values()}
            (letter, *others) = letters - {"."}
            if not others and letter in _TO_Z:
                getattr(turns, _TO_Z[letter])(wire)
                on = 1 << wire
                images = {
                    one: (x & ~on, z | on if (x | z) & on else z, sign)
                    for one, (x, z, sign) in images.items()
                }
        layers = []
        for one in self.sums:
            inside = {
                images[x, z][:2]: -value if images[x, z][2] else value
                for x, z, value in one.rows()
                if (x, z) in images
            }
            layers.append(PauliSum.from_masks(inside, self.asked.n_sites).dense(wires))
        place = {wire: i for i, wire in enumerate(wires)}
        rows = tuple((relabelled(x, place), relabelled(z, place)) for x, z, _ in images.values())
        return Turned(
            turns, UnitaryBlock(tuple(wires), _Evolved(self.asked, layers), rows, self.wiring)
        )


class _Evolved:
    """The unitary of an evolution, from the layers' matrices."""

    def __init__(self, asked: Evolution, layers: Sequence[Complexes]) -> None:
        self._asked = asked
        self._spectra = [np.linalg.eigh(one) for one in layers]

    def __call__(self, elapsed: float) -> Complexes:
        """Shape (2^n, 2^n)."""
        if self._asked.is_exact:
            return self._layer(0, elapsed)
        unitary: Complexes = product(self._asked, elapsed, self._layer)
        return unitary

    def _layer(self, number: int, duration: float) -> Complexes:
        energies, vectors = self._spectra[number]
        matrix: Complexes = (vectors * np.exp(-1j * duration * energies)) @ vectors.conj().T
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class FewWires:
    """One step of the schedule as unitaries on few wires.

    Args:
        asked: what is realised.
        parts: on different sites.
    """

    asked: Evolution
    parts: tuple[Part, ...]

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: a closing."""
        if not self.parts or (elapsed == 0 and not self.asked.is_exact):
            return (), ()
        angles = [angle for one in self._blocks for angle in one.angles(elapsed)]
        restore = not self.asked.last
        name = f"{self.asked.name}few wires"
        return (), (book.piece(name, lambda: self._circuit(book), angles, restore=restore),)

    @property
    def _blocks(self) -> list[UnitaryBlock]:
        return [one.block for part in self.parts for one in part.blocks]

    def _circuit(self, book: TemplateBook) -> tuple[tuple[QuantumCircuit], LocalLayers]:
        circuit = QuantumCircuit(len(book.qubits))
        free = iter(ParameterVector("angle", sum(one.n_angles for one in self._blocks)))
        for part in self.parts:
            wires = range(part.frame.num_qubits)
            circuit.compose(part.frame, wires, inplace=True)
            for one in part.blocks:
                own = [next(free) for _ in range(one.block.n_angles)]
                circuit.compose(one.turns, wires, inplace=True)
                circuit.compose(one.block.circuit(own), one.block.sites, inplace=True)
                circuit.compose(one.turns.inverse(), wires, inplace=True)
            circuit.compose(part.frame.inverse(), wires, inplace=True)
        local = [block for layer in self.asked.layers for block in local_layers(layer)]
        return (circuit,), tuple(local)
