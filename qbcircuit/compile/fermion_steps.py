"""Product formulas of free fermions as one rotation of their modes.

Every layer of such a formula turns the modes, so all its steps together do: N(N - 1)/2 matchgates
a chain, however many steps there are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.compile.evolution import Evolution, Evolving, Pieces
from qbcircuit.compile.exact.chains import Chain, chains
from qbcircuit.compile.exact.fermions import FreeFermions
from qbcircuit.compile.exact.givens import Floats
from qbcircuit.compile.exact.matchgates import Whole
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.multiplied import product
from qbcircuit.compile.templates import LocalLayers, TemplateBook
from qbcircuit.hypergraph import components

MOST_SITES = 40
"""Sites of a chain: there is no step to repeat, so that every matchgate takes time to compile."""


def fermion_steps(asked: Evolution, wiring: Wiring) -> Evolving | None:
    """The same product formula, its steps together.

    ``None`` unless the terms form open chains of free fermions, side by side on the wires and
    short for the number of steps.
    """
    blocks = list(itertools.chain(*asked.layers))
    if asked.is_exact or any(one.order > 2 for one in blocks):
        return None
    if len(components(asked.n_sites, [one.sites for one in blocks])[0]) > MOST_SITES:
        return None
    terms = [[term for one in layer for term in one.terms] for layer in asked.layers]
    found = chains(terms, asked.n_sites)
    if not found or not all(_is_near(chain, wiring) for chain in found):
        return None
    lengths = [len(chain.sites) for chain in found]
    gates = sum(n * (n - 1) // 2 for n in lengths)
    if gates > asked.steps * sum(sum(chain.n_bonds) for chain in found):
        return None
    networks = tuple(_Stepped(chain, asked=asked) for chain in found)
    levels = (0,) * asked.n_sites
    return FermionSteps(asked, FreeFermions(networks, asked.n_sites, levels))


def _is_near(chain: Chain, wiring: Wiring) -> bool:
    near = wiring.neighbours
    return near is None or all(b in near[a] for a, b in itertools.pairwise(chain.sites))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stepped(Whole):
    """A chain under a product formula, whose layers are the chain's steps."""

    asked: Evolution

    def angles(self, elapsed: Sequence[float]) -> list[float]:
        """Of all gates in order, where every layer has acted for the same time."""
        return self.turning(product(self.asked, elapsed[0], self._layer))

    def _layer(self, number: int, duration: float) -> Floats:
        alone = np.zeros(len(self.chain.couplings))
        alone[number] = duration
        return self.chain.rotation(alone.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class FermionSteps:
    """One step of the schedule as matchgates.

    Args:
        asked: what is realised.
        fermions: the matchgates.
    """

    asked: Evolution
    fermions: FreeFermions

    def pieces(self, book: TemplateBook, elapsed: float) -> Pieces:
        """What evolves for ``elapsed``: a closing."""
        if elapsed == 0:
            return (), ()
        angles = self.fermions.angles([elapsed] * len(self.asked.layers))
        name = f"{self.asked.name}fermion steps"
        restore = not self.asked.last
        return (), (book.piece(name, lambda: self._circuit(book), angles, restore=restore),)

    def _circuit(self, book: TemplateBook) -> tuple[tuple[QuantumCircuit], LocalLayers]:
        fermions = replace(self.fermions, n_wires=len(book.qubits))
        return (fermions.circuit(),), fermions.local_layers
