"""Product formulas of pairs whose order follows the swaps that bring their sites together.

A sweep of order 2 walks its sites past one another and back, so it ends where it begins. A pair
and a swap behind it are one unitary of at most 3 CX.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qbcircuit.compile.evolution import Evolution, Pieces
from qbcircuit.compile.exact.shannon import Complexes, UnitaryBlock, unitary_block
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers
from qbcircuit.compile.walks import Round, Walk
from qbcircuit.hypergraph import Interaction
from qbcircuit.plan import Piece

_SWAP = np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]]
_ALL = tuple((i % 4, i // 4) for i in range(1, 16))
"""Every string on two wires."""


def layers_along(found: Walk, interactions: Sequence[Interaction]) -> tuple[Layer, ...]:
    """The layers of a walk; single sites behind the first, where they come twice at no cost.

    Args:
        found: the walk.
        interactions: one a pair or site.
    """
    pairs = {one.sites: one for one in interactions if one.order == 2}
    alone = tuple(one for one in interactions if one.order == 1)
    met = [tuple(pairs[sites] for sites, _ in one.pairs) for one in found.rounds]
    return tuple(layer for layer in (met[0], alone, *met[1:]) if layer)


@dataclass(frozen=True, slots=True)
class Step:
    """One gate of a sweep.

    Args:
        wires: that hold the sites while they interact.
        interaction: what acts; ``None``: only a swap.
        share: the number of its stage.
        swap: 1: the sites are swapped afterwards, -1: before, 0: not.
    """

    wires: tuple[int, ...]
    interaction: Interaction | None = None
    share: int = 0
    swap: int = 0


@dataclass(frozen=True, eq=False)
class WalkedEvolution:
    """One step of the schedule along a walk from every site's own wire.

    Args:
        asked: what is realised: :func:`layers_along` the walk, by order 2 or 4.
        walk: in which order.
    """

    asked: Evolution
    walk: Walk

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        sweeps, end, shared = self.asked.sweeps(elapsed)
        if not sweeps:
            return (), ()
        there_and_back = self._sweep
        pieces = [self._piece(book, "sweep", there_and_back, one) for one in sweeps]
        closing = pieces[shared:]
        if end:
            last = [Step(one.sites, one) for one in self.asked.layers[0]]
            closing.append(self._piece(book, "end", last, schedule.Sweep(end, 0.0)))
        return tuple(pieces[:shared]), tuple(closing)

    def _piece(
        self, book: TemplateBook, part: str, steps: Sequence[Step], sweep: schedule.Sweep
    ) -> Piece:
        angles = [
            angle
            for step in steps
            if step.interaction is not None
            for angle in self._angles(step, self._shares[step.share].duration(sweep))
        ]
        return book.piece(
            f"{self.asked.name}walk, {part}",
            lambda: ((self._circuit(steps, len(book.qubits)),), self._local(steps)),
            angles,
        )

    @property
    def _shares(self) -> tuple[schedule.Share, ...]:
        return schedule.shares(self.asked.formula, len(self.asked.layers))

    @functools.cached_property
    def _sweep(self) -> tuple[Step, ...]:
        """There and back."""
        rounds = list(self.walk.rounds)
        if len(self.asked.layers) > len(rounds):  # single sites, before the first swaps
            rounds[:1] = [Round(rounds[0].pairs, ()), Round((), rounds[0].swaps)]
        n_wires = 1 + max(wire for one in rounds for wire in one.wires)
        places = list(range(max(n_wires, self.asked.n_sites)))
        steps: list[Step] = []
        for share, one in enumerate(self._shares):
            back = share >= len(rounds)
            merged, swaps = rounds[one.layer].merged, rounds[one.layer].rest
            if back:
                steps += _swapped(places, swaps[::-1])
            for inside in self.asked.layers[one.layer]:
                steps.append(_step(places, inside, share, merged, back=back))
            if not back:
                steps += _swapped(places, swaps)
        return (*steps, *_swapped(places, rounds[0].rest[::-1]))

    @functools.cached_property
    def _known(self) -> dict[tuple[Interaction, int], UnitaryBlock]:
        return {}

    def _block(self, step: Step) -> UnitaryBlock:
        assert step.interaction is not None
        key = step.interaction, step.swap
        if key not in self._known:
            self._known[key] = _with_swap(unitary_block(step.interaction, Wiring()), step.swap)
        return self._known[key]

    @functools.cached_property
    def _turns(self) -> dict[tuple[Interaction | None, int, float], tuple[float, ...]]:
        return {}

    def _angles(self, step: Step, duration: float) -> tuple[float, ...]:
        key = step.interaction, step.swap, duration
        if key not in self._turns:
            self._turns[key] = self._block(step).angles(duration)
        return self._turns[key]

    def _circuit(self, steps: Sequence[Step], n_wires: int) -> QuantumCircuit:
        circuit = QuantumCircuit(n_wires)
        sizes = [self._block(step).n_angles if step.interaction else 0 for step in steps]
        free = iter(ParameterVector("angle", sum(sizes)))
        for step, size in zip(steps, sizes, strict=True):
            if step.interaction is None:
                circuit.swap(*step.wires)
                continue
            own = [next(free) for _ in range(size)]
            block = self._block(step).circuit(own)
            circuit.compose(block, step.wires, inplace=True, copy=False)
        return circuit

    def _local(self, steps: Sequence[Step]) -> LocalLayers:
        return local_layers(step.interaction for step in steps if step.interaction is not None)


def _with_swap(block: UnitaryBlock, swap: int) -> UnitaryBlock:
    if not swap:
        return block

    def unitary(duration: float) -> Complexes:
        alone = block.unitary(duration)
        swapped: Complexes = _SWAP @ alone if swap > 0 else alone @ _SWAP
        return swapped

    return UnitaryBlock(block.sites, unitary, _ALL)


def _swapped(places: list[int], swaps: Sequence[tuple[int, int]]) -> list[Step]:
    """Swaps of wires, and the places of all sites after them."""
    for a, b in swaps:
        s, t = places.index(a), places.index(b)
        places[s], places[t] = b, a
    return [Step(pair) for pair in swaps]


def _step(
    places: list[int],
    inside: Interaction,
    share: int,
    merged: frozenset[frozenset[int]],
    *,
    back: bool,
) -> Step:
    wires = tuple(places[site] for site in inside.sites)
    if frozenset(wires) not in merged:
        return Step(wires, inside, share)
    s, t = inside.sites
    places[s], places[t] = places[t], places[s]
    return Step(wires[::-1] if back else wires, inside, share, -1 if back else 1)
