"""One pair of states that flips on a few sites, |b><b'| + h.c. with b' the opposite of b.

It is a sum of 2^(k-1) commuting Pauli strings. The networks below show up to two of them per CX,
where a walk through parities shows one; they were found by a beam search over all networks and
are checked whenever they are used. Three wires take 6 CX, and no fewer with Clifford gates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.compile.exact import flips
from qbcircuit.compile.exact.networks import network, parsed
from qbcircuit.compile.exact.strings import TAU
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.formula.paulis import PauliSum
from qbcircuit.terms import Term

COMPLETE = {
    3: ("12ZY 01XX 12ZZ 02XZ 01XX 12ZX",),
    4: ("03ZY 12XZ 02YY 03ZZ 23YZ 12ZZ 01YZ 23YZ 03ZZ 02YY 03ZY 12YZ",),
    5: (
        "12XZ 34XZ 02YZ 24YY 14ZY 12ZZ 34ZY 04ZY 02ZZ 12ZY 23YZ 34ZZ 12ZY 14ZY 34ZY 02ZZ "
        "12ZZ 04ZY 24YY 12XZ 34YZ 02YZ",
    ),
    6: (
        "13ZX 14ZY 01XZ 15ZX 12YY 13ZZ 15ZZ 13ZZ 01ZZ 14ZZ 15ZZ 24YZ 02ZY 25YZ 23YZ 13ZZ "
        "24YZ 02ZY 25YZ 02ZY 24YZ 02ZY 01ZZ 25YZ 23YZ 13ZZ 15ZZ 13ZZ 24YZ 01ZZ 14ZZ 02ZY "
        "15ZZ 25YZ 13ZZ 12YY 15ZX 14ZY 13ZX 01YZ",
        "15YZ 45XZ 35XZ 25XZ 05XX 15ZZ 45ZZ 15ZZ 35ZZ 45ZZ 25ZZ 15ZZ 02XZ 03XZ 01XZ 03XZ "
        "04XZ 03XZ 02XZ 25ZZ 45ZZ 25ZZ 03XZ 01XZ 15ZZ 02XZ 03XZ 02XZ 35ZZ 04XZ 15ZZ 45ZZ "
        "01XZ 03XZ 05XY 15ZZ 15YZ 25YZ 02XZ 35XZ 45XZ",
    ),
}
"""Networks on wires that all meet, by number of wires."""

PATH = {
    3: ("01XZ 12ZX 01ZZ 12ZZ 01YX 01YY 12ZY",),
    4: ("01XZ 23ZX 12XY 23YZ 01ZX 12XY 01ZZ 23ZZ 12XY 01ZX 23YZ 12XY 01YZ 23ZY",),
    5: (
        "01YZ 12YZ 34ZY 23XX 34XZ 23YX 12ZZ 23ZY 01ZX 12ZZ 23ZY 01ZY 12ZZ 23ZY 23ZZ 34YZ "
        "23XZ 23YZ 12ZZ 01ZY 12ZZ 23ZX 12XY 01ZX 12XX 01YY 23ZY 34ZY 34XX",
        "34ZX 23ZY 01XZ 12XX 01ZX 12XY 23ZZ 12YZ 34XZ 23ZZ 12YZ 34YZ 23ZZ 12XY 01ZX 12XX "
        "01ZY 12XZ 23ZZ 12ZZ 34YZ 23ZZ 12ZZ 34XZ 23ZZ 12XZ 01YY 23ZY 34ZX 01XZ",
    ),
    6: (
        "01YZ 45ZY 34XY 12YZ 23XY 34ZX 23XY 12ZX 34YY 45XZ 23XY 34YX 01ZX 12ZX 23XY 01ZX "
        "12ZX 23YX 23XY 34XX 45ZZ 34XX 23ZY 34YX 23YZ 12ZZ 23ZY 01ZX 12ZZ 23ZY 34ZZ 23ZY "
        "12ZZ 34ZZ 23ZY 12ZZ 01ZY 12ZZ 23YZ 23ZY 34ZZ 23YZ 45XZ 34ZZ 23ZY 23YZ 12ZZ 01ZX "
        "12ZZ 23ZY 34ZY 12ZZ 45YZ 23ZY 12ZX 01YY 34ZX 45ZY 12YZ 01XZ",
    ),
}
"""Networks on wires in a row."""


def hop_circuits(terms: Sequence[Term], n_sites: int, wiring: Wiring) -> Iterator[QuantumCircuit]:
    """The circuits of exp(-i tau H) where H flips one pair of opposite states of all sites."""
    if n_sites not in COMPLETE:
        return
    hop = lone_hop(terms, n_sites)
    if hop is None:
        return
    phase = float(np.angle(hop.strength))
    turned = phase if hop.operators[0] == "+" else -phase
    real = Term(hop.operators, hop.sites, abs(hop.strength))
    order = wiring.path_through(n_sites)
    choices = [(PATH[n_sites], order)]
    if wiring.is_complete:
        choices.append((COMPLETE[n_sites], tuple(range(n_sites))))
    for texts, wires in choices:
        place = {site: wires.index(site) for site in range(n_sites)}
        moved = Term(real.operators, [place[site] for site in real.sites], real.strength)
        strings = {(x, z): c.real for x, z, c in PauliSum.of([moved], n_sites).rows()}
        for text in texts:
            circuit = QuantumCircuit(n_sites)
            circuit.rz(-turned, 0)
            circuit.compose(network(n_sites, parsed(text), strings, TAU), wires, inplace=True)
            circuit.rz(turned, 0)
            yield circuit


def lone_hop(terms: Sequence[Term], n_sites: int) -> Term | None:
    """The product of + and - letters on all sites that the terms add up to, where they do."""
    if any(not term.flips or len(term.flips) < n_sites for term in terms):
        return None
    amplitudes = np.sum([flips.amplitudes(term, range(n_sites)) for term in terms], axis=0)
    low = amplitudes[::2]  # site 0 in level 0: one state of every pair
    moving = np.flatnonzero(np.abs(low) > 1e-12 * np.abs(low).max())
    if len(moving) != 1:
        return None
    levels = 2 * int(moving[0])
    letters = "".join("-" if levels >> site & 1 else "+" for site in range(n_sites))
    return Term(letters, range(n_sites), complex(amplitudes[levels]))
