"""Brick walls: layers of matchgates on every other bond of a chain, with free angles."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qbcircuit.compile.compressed.turns import Floats, Indices
from qbcircuit.compile.exact.chains import Chain
from qbcircuit.compile.exact.matchgates import Gate


@dataclass(frozen=True, kw_only=True, slots=True)
class Brick:
    """A gate of a wall and what its angles follow.

    Args:
        layer: in which it is; z turns go before the gates of their layer.
        gate: what it is.
        parameters: the free parameter behind every angle of the gate.
        factors: every angle is its factor times its parameter.
    """

    layer: int
    gate: Gate
    parameters: tuple[int, ...]
    factors: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Wall:
    """Layers of nearest-neighbour matchgates.

    Where every bond of the chain only hops or only pairs, so does every gate, by one angle;
    where the chain has fields or mixes X with Y there are z turns before every gate and at the
    end. From a basis state the first gate of two sites needs one CX, and none where it moves
    nothing.

    Args:
        chain: what evolves.
        levels: the basis state that the gates act on, along the chain; empty where on any.
        n_layers: layers of gates on two sites.
        begins: left site of the first layer's first gate, 0 or 1.
        left_out: (layer, left site) of gates that are left out.
    """

    chain: Chain
    levels: tuple[int, ...]
    n_layers: int
    begins: int
    left_out: frozenset[tuple[int, int]] = frozenset()

    @functools.cached_property
    def bricks(self) -> tuple[Brick, ...]:
        """In time order."""
        found: list[Brick] = []
        numbers = itertools.count()
        touched: set[int] = set() if self.levels else set(range(len(self.chain.sites)))
        for layer in range(self.n_layers):
            for left in range((self.begins + layer) % 2, len(self.chain.sites) - 1, 2):
                if (layer, left) not in self.left_out and self._moves(left, touched):
                    found += self._bricks(layer, left, touched, numbers)
                    touched |= {left, left + 1}
        found += self._turns(self.n_layers, sorted(touched), numbers)
        return tuple(sorted(found, key=lambda one: (one.layer, one.gate.kind != "turn")))

    def _moves(self, left: int, touched: set[int]) -> bool:
        """Whether a gate there does anything: two known levels, alike or not, may be stuck."""
        sign = self.signs[left]
        if sign is None or not touched.isdisjoint((left, left + 1)):
            return True
        return (self.levels[left] == self.levels[left + 1]) == (sign < 0)

    def _bricks(
        self, layer: int, left: int, touched: set[int], numbers: Iterator[int]
    ) -> Iterator[Brick]:
        sites, sign = (left, left + 1), self.signs[left]
        turning = [site for site in sites if site in touched]
        if not turning:
            free = next(numbers)
            yield Brick(layer=layer, gate=Gate("pair", sites), parameters=(free,), factors=(1.0,))
            return
        if sign is not None:  # what the two turns have in common passes through the gate
            turning = [left] if len(turning) == 2 else []
        yield from self._turns(layer, turning, numbers)
        a = next(numbers)
        b = next(numbers) if sign is None else a
        factors = 1.0, 1.0 if sign is None else sign
        yield Brick(layer=layer, gate=Gate("match", sites), parameters=(a, b), factors=factors)

    def _turns(self, layer: int, sites: Sequence[int], numbers: Iterator[int]) -> Iterator[Brick]:
        for site in sites if not self.chain.split else ():
            gate = Gate("turn", (site,))
            yield Brick(layer=layer, gate=gate, parameters=(next(numbers),), factors=(1.0,))

    @functools.cached_property
    def signs(self) -> tuple[float | None, ...]:
        """What the YY angle of every bond is to its XX angle: hopping 1, pairing -1, or free."""
        flipped = self.chain.flipped
        if flipped is None:
            return (None,) * (len(self.chain.sites) - 1)
        return tuple(1.0 if i == j else -1.0 for i, j in itertools.pairwise(flipped))

    @functools.cached_property
    def gates(self) -> tuple[Gate, ...]:
        """In time order."""
        return tuple(brick.gate for brick in self.bricks)

    @functools.cached_property
    def sites(self) -> Indices:
        """The left site of every parameter's gate."""
        found = {free: one.gate.sites[0] for one in self.bricks for free in one.parameters}
        return np.array([found[free] for free in range(len(found))], dtype=np.intp)

    @property
    def work(self) -> float:
        """Products of a step of the search for parameters, about.

        Derivatives overlap where gates are within two light cones, on sites within four; and
        every layer turns all amplitudes.
        """
        n_sites, free, cone = len(self.chain.sites), len(self.sites), 2 * self.n_layers
        overlaps = free**2 * min(1.0, cone / n_sites) * min(n_sites, 2 * cone)
        turned = 160 if self.chain.flipped is None else 20  # modes are twice as many
        return overlaps + turned * self.n_layers * n_sites**2


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedWall:
    """A wall and its parameters at the times that are asked for.

    Args:
        chain: what evolves.
        wall: the layers, of this chain or one that is equal but for its sites.
        values: of all parameters, by how long every step of the schedule has acted.
    """

    chain: Chain
    wall: Wall
    values: Mapping[tuple[float, ...], Floats]

    @property
    def levels(self) -> tuple[int, ...]:
        """The basis state that the gates act on, along the chain; empty where on any."""
        return self.wall.levels

    @property
    def gates(self) -> tuple[Gate, ...]:
        """In time order."""
        return self.wall.gates

    def angles(self, elapsed: Sequence[float]) -> list[float]:
        """Of all gates in order; all zero at time 0."""
        values = self.values[tuple(elapsed)] if any(elapsed) else np.zeros(len(self.wall.sites))
        return [
            by * float(values[free])
            for brick in self.wall.bricks
            for free, by in zip(brick.parameters, brick.factors, strict=True)
        ]
