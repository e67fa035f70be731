"""Ground states of open quadratic chains, prepared by matchgates from a basis state.

H = (i/4) sum_ab A_ab c_a c_b has [H, g.c] = (iA g).c, so that the eigenvectors g of iA with
negative eigenvalues are the annihilators of the ground state.

References: Lieb, Schultz and Mattis, Ann. Phys. 16, 407 (1961), doi:10.1016/0003-4916(61)90115-4;
Jiang et al., Phys. Rev. Applied 9, 044036 (2018), arXiv:1711.05395.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.compile.exact.chains import Chain, chains
from qbcircuit.compile.exact.fermions import append_network
from qbcircuit.compile.exact.givens import Floats
from qbcircuit.compile.exact.matchgates import Preparation
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term

_DEGENERATE = 1e-9
"""Excitation energy, relative to the largest, below which a ground state is not unique."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GroundChain(Chain):
    """A chain whose ground state, not its evolution, is prepared: no structure is made use of."""

    @property
    def split(self) -> bool:
        """No modes are known never to mix."""
        return False

    @property
    def flipped(self) -> None:
        """No number of particles is known."""

    def ground(self) -> tuple[tuple[int, ...], Floats]:
        """A basis state, and R of U^dag c U = R c with the ground state U |levels>.

        Raises:
            InvalidRequest: two states share the lowest energy.
        """
        energies, vectors = np.linalg.eigh(1j * self.couplings[0])
        n = len(self.sites)
        if -energies[n - 1] <= _DEGENERATE * max(abs(energies[0]), 1e-300):
            raise InvalidRequest(
                "The internal Hamiltonian has more than one ground state. "
                "Name the start state instead, or add a field."
            )
        rotation = np.empty((2 * n, 2 * n))
        lowering = np.sqrt(2) * vectors[:, :n]
        rotation[:, ::2], rotation[:, 1::2] = lowering.real, lowering.imag
        odd = np.linalg.det(rotation) < 0
        if odd:  # a reflection is a rotation from the state with one level flipped
            rotation[:, 1] *= -1
        return (int(odd), *(0,) * (n - 1)), rotation


def ground_chains(terms: tuple[Term, ...], n_sites: int) -> tuple[GroundChain, ...] | None:
    """The chains of an internal Hamiltonian; ``None`` where it is not made of open chains."""
    if not all(term.is_two_level for term in terms):
        return None
    found = chains([terms], n_sites)
    if found is None:
        return None
    return tuple(
        GroundChain(sites=one.sites, axes=one.axes, couplings=one.couplings) for one in found
    )


def append_ground(circuit: QuantumCircuit, chain: GroundChain) -> None:
    """Prepare the ground state of a chain on the wires of its sites, in level 0 so far."""
    levels, rotation = chain.ground()
    network = Preparation(chain, levels)
    append_network(circuit, network, network.turning(rotation), from_axes=True)
