"""Recognising pairs of sites that commute, alone or with a field across them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import rustworkx as rx

from qbcircuit.compile.formula.layers import Layer, last_site, strings_of
from qbcircuit.compile.formula.paulis import PauliSum, bits, letter_at

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

Vector = tuple[float, float, float]

_TO_Z: dict[str, tuple[str, ...]] = {"X": ("h",), "Y": ("sdg", "h"), "Z": ()}
"""Gates, in time order, that take a letter to Z."""

_FROM_Z: dict[str, tuple[str, ...]] = {"X": ("h",), "Y": ("h", "s"), "Z": ()}
_CLOSE = 1e-12


@dataclass(frozen=True, slots=True)
class Frame:
    """The one-site rotation that takes a site's pair letter to Z and its field to X.

    Args:
        letter: of the pairs.
        turn: of the field about it, in (-pi/2, pi/2].
    """

    letter: str
    turn: float = 0.0

    def enter(self, circuit: QuantumCircuit, wire: int) -> None:
        """Append the rotation."""
        for gate in _TO_Z[self.letter]:
            getattr(circuit, gate)(wire)
        if self.turn:
            circuit.rz(-self.turn, wire)

    def leave(self, circuit: QuantumCircuit, wire: int) -> None:
        """Append its inverse."""
        if self.turn:
            circuit.rz(self.turn, wire)
        for gate in _FROM_Z[self.letter]:
            getattr(circuit, gate)(wire)


@dataclass(frozen=True, eq=False)
class PairSystem:
    """H = sum_p parities[p] Z^p + sum_j fields[j] X_j in the frames of its sites.

    Args:
        parities: by mask of sites, two each; one where there is no field.
        fields: by site.
        frames: of every site that occurs.
    """

    parities: Mapping[int, float]
    fields: Mapping[int, float]
    frames: Mapping[int, Frame]

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Sites that pairs join, directly or through others."""
        return joined(self.parities)

    @property
    def is_dense(self) -> bool:
        """Whether at least half of the pairs are there that its groups could have."""
        pairs = sum(mask.bit_count() == 2 for mask in self.parities)
        return 4 * pairs >= sum(len(group) * (len(group) - 1) for group in self.groups)

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> PairSystem | None:
        """From one layer of pairs, or a field and then such a layer; ``None`` otherwise."""
        if not 1 <= len(layers) <= 2 or any(one.order > 2 for layer in layers for one in layer):
            return None
        *others, pairs = (strings_of(layer, 1 + last_site(layer)) for layer in layers)
        letters: dict[int, str] = {}
        parities: dict[int, float] = {}
        for x, z, value in pairs.rows():
            parities[x | z] = value.real
            for site in bits(x | z):
                if letters.setdefault(site, letter_at(x, z, site)) != letter_at(x, z, site):
                    return None
        sizes = {mask.bit_count() for mask in parities}
        vectors = _vectors(others[0]) if others else {}
        if vectors is None or 2 not in sizes or not sizes <= ({2} if others else {1, 2}):
            return None
        fields, frames = {}, {site: Frame(letter) for site, letter in letters.items()}
        for site, vector in vectors.items():
            found = _across(vector, letters.get(site))
            if found is None:
                return None
            fields[site], frames[site] = found
        return cls(parities, fields, frames)


def _vectors(strings: PauliSum) -> dict[int, Vector] | None:
    """The field on every site; ``None`` where a string acts on several."""
    found: dict[int, list[float]] = {}
    for x, z, value in strings.rows():
        sites = bits(x | z)
        if len(sites) != 1:
            return None
        found.setdefault(sites[0], [0.0] * 3)["XYZ".index(letter_at(x, z, sites[0]))] += value.real
    return {site: (a, b, c) for site, (a, b, c) in found.items()}


def _across(vector: Vector, letter: str | None) -> tuple[float, Frame] | None:
    """The field's strength and the frame; ``None`` where it is not at right angles to the letter.

    In the frame of Z, h = (x, y, 0) = r (cos a, sin a, 0) with a in (-pi/2, pi/2].
    """
    scale = max(map(abs, vector))
    if letter is None:
        free = [name for name, part in zip("ZYX", vector[::-1], strict=True) if part == 0]
        letter = free[0] if free else "Z"
    if abs(vector["XYZ".index(letter)]) > _CLOSE * scale:
        return None
    a, b, c = vector
    x, y = {"X": (c, -b), "Y": (c, a), "Z": (a, b)}[letter]
    sign = -1.0 if x < 0 or (x == 0 and y < 0) else 1.0
    return sign * math.hypot(x, y), Frame(letter, math.atan2(sign * y, sign * x))


def joined(parities: Collection[int]) -> tuple[tuple[int, ...], ...]:
    """Sites that pairs join, directly or through others: one tuple a set, no site alone."""
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(max(parities, default=0).bit_length()))
    pairs = [tuple(bits(mask)) for mask in parities if mask.bit_count() == 2]
    graph.add_edges_from_no_data([(a, b) for a, b in pairs])
    parts = (tuple(sorted(part)) for part in rx.connected_components(graph))
    return tuple(sorted(part for part in parts if len(part) > 1))
