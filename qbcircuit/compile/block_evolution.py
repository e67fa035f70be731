"""Evolution in which two or three sites are exponentiated as a whole, whatever acts on them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qbcircuit.compile.evolution import LEAD, STEP, Evolution, Evolving, Pieces
from qbcircuit.compile.exact.blocks import block_gates
from qbcircuit.compile.exact.layer_circuits import append_layer
from qbcircuit.compile.exact.shannon import MOST_WIRES, UnitaryBlock, unitary_block
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula import schedule
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers
from qbcircuit.hypergraph import Interaction
from qbcircuit.plan import Piece

Stages = tuple[schedule.Share, ...]

_LEAST = {2: 2, 3: 9}
"""Gates of a block, by its sites, that are not improved on."""


def block_evolution(asked: Evolution, wiring: Wiring) -> Evolving | None:
    """The same formula with blocks of few sites as :class:`UnitaryBlock`, where that is shorter.

    The angles of such a block are not linear in its duration: each has its own Parameter.
    """
    blocks = {
        one: block
        for layer in asked.layers
        for one in layer
        if 1 < one.order <= MOST_WIRES
        and (most := block_gates(one, wiring).cost[0]) > _LEAST[one.order]
        and (block := unitary_block(one, wiring)).n_cx < most
    }
    return BlockEvolution(asked, blocks) if blocks else None


@dataclass(frozen=True, eq=False)
class BlockEvolution:
    """One step of the schedule, layer by layer.

    Args:
        asked: what is realised.
        blocks: those whose angles are found anew for every duration.
    """

    asked: Evolution
    blocks: dict[Interaction, UnitaryBlock]

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: shared segments and a closing."""
        asked = self.asked
        if asked.is_exact:
            whole = schedule.Sweep(0.0, elapsed)
            once = (schedule.Share(0, 0.0, 1.0),)
            return (), (self._piece(book, "exact", once, whole, restore=not asked.last),)
        sweeps, end, shared = asked.sweeps(elapsed)
        stages = schedule.shares(asked.formula, len(asked.layers))
        pieces = [self._piece(book, "sweep", stages, one) for one in sweeps]
        closing = pieces[shared:]
        if end:
            last = (schedule.Share(0, 1.0, 0.0),)
            closing.append(self._piece(book, "end", last, schedule.Sweep(end, 0.0)))
        return tuple(pieces[:shared]), tuple(closing)

    def _piece(
        self,
        book: TemplateBook,
        part: str,
        stages: Stages,
        sweep: schedule.Sweep,
        *,
        restore: bool = True,
    ) -> Piece:
        return book.piece(
            f"{self.asked.name}blocks, {part}",
            lambda: self._circuit(book, stages),
            self._angles(stages, sweep),
            restore=restore,
        )

    def _angles(self, stages: Stages, sweep: schedule.Sweep) -> tuple[float, ...]:
        """In qiskit's order of names: the blocks' own, then the durations of other blocks."""
        own = [
            angle
            for share in stages
            for one in self._split(share.layer)[0]
            for angle in self._block_angles(one, share.duration(sweep))
        ]
        rest = [share for share in stages if self._split(share.layer)[1]]
        lead = [sweep.lead] if any(share.of_lead for share in rest) else []
        tau = [sweep.tau] if any(share.of_tau for share in rest) else []
        return (*own, *lead, *tau)

    @functools.cached_property
    def _known(self) -> dict[tuple[Interaction, float], tuple[float, ...]]:
        return {}

    def _block_angles(self, one: Interaction, duration: float) -> tuple[float, ...]:
        key = one, duration
        if key not in self._known:
            self._known[key] = self.blocks[one].angles(duration)
        return self._known[key]

    def _split(self, layer: int) -> tuple[Layer, Layer]:
        """Blocks with angles of their own, and the rest of a layer."""
        whole = self.asked.layers[layer]
        own = tuple(one for one in whole if one in self.blocks)
        return own, tuple(one for one in whole if one not in self.blocks)

    def _circuit(
        self, book: TemplateBook, stages: Stages
    ) -> tuple[tuple[QuantumCircuit, ...], LocalLayers]:
        circuit = QuantumCircuit(len(book.qubits))
        sizes = [
            self.blocks[one].n_angles for share in stages for one in self._split(share.layer)[0]
        ]
        fresh = iter(ParameterVector("angle", sum(sizes)))
        for share in stages:
            own, rest = self._split(share.layer)
            for one in own:
                block = self.blocks[one]
                angles = [next(fresh) for _ in range(block.n_angles)]
                circuit.compose(block.circuit(angles), block.sites, inplace=True, copy=False)
            if rest:
                parts = ((share.of_lead, LEAD), (share.of_tau, STEP))
                duration = sum(factor * free for factor, free in parts if factor)
                append_layer(circuit, rest, duration, book.wiring, self.asked.optimise)
        local = [
            block for share in stages for block in local_layers(self.asked.layers[share.layer])
        ]
        return (circuit,), tuple(local)
