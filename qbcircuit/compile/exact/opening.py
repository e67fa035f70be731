"""How every circuit starts: levels, mixtures with a partner, and pure states; no free angles."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.battery import Battery
from qbcircuit.charging import internal_terms
from qbcircuit.compile.exact.ground import append_ground, ground_chains
from qbcircuit.compile.exact.register_states import append_levels, append_vector
from qbcircuit.compile.wires import Helpers, Wires, told
from qbcircuit.encoding import Register
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference.level_parts import LevelPart, level_parts_of
from qbcircuit.starts import GroundStart, ProductStart, PureStart

MOST_ENTANGLED = 10
"""Qubits that may start in a state without structure."""


def opening(battery: Battery, wires: Wires) -> QuantumCircuit | None:
    """The circuit that prepares the start, without free angles; ``None`` where it is |0...0>.

    Args:
        battery: what starts.
        wires: with partners where the start is a mixture that is purified.

    Raises:
        InvalidRequest: an entangled start on more than :data:`MOST_ENTANGLED` qubits, or a
            ground state that is not unique.
    """
    circuit = QuantumCircuit(wires.total)
    if isinstance(battery.start, PureStart | GroundStart):
        _append_entangled(circuit, battery, wires)
    elif isinstance(battery.start, ProductStart):
        for register, row in zip(wires.registers, battery.start.amplitudes, strict=True):
            append_levels(circuit, register, register.sites, row)
    else:
        rows = battery.start_populations
        for register, helpers, row in zip(wires.registers, wires.helpers, rows, strict=True):
            append_mixture(circuit, register, register.sites, helpers, row)
    return circuit if circuit.size() else None


def append_mixture(
    circuit: QuantumCircuit,
    register: Register,
    sites: tuple[int, ...],
    helpers: Helpers,
    populations: tuple[float, ...],
) -> None:
    """Prepare a mixture of levels as half of sum_l sqrt(p_l) |code of l>|l> with its partner.

    Args:
        circuit: appended to.
        register: which codes.
        sites: wires in level 0 that take the codes.
        helpers: whose partner, in level 0, is told the level where there is a choice.
        populations: one a level.
    """
    append_levels(circuit, register, sites, [math.sqrt(p) for p in populations])
    if sum(p > 0 for p in populations) > 1:
        place = dict(zip(register.sites, sites, strict=True))
        for site, wire in told(register, helpers.partner):
            circuit.cx(place[site], wire)


def _append_entangled(circuit: QuantumCircuit, battery: Battery, wires: Wires) -> None:
    if isinstance(battery.start, GroundStart):
        terms = internal_terms(battery)[0]
        chains = ground_chains(terms, battery.n_sites)
        if chains is not None and set(battery.dimensions) == {2}:
            for chain in chains:
                append_ground(circuit, chain)
            return
    for part in level_parts_of(battery):
        registers = [wires.registers[site] for site in part.sites]
        if len(part.sites) == 1:
            append_levels(circuit, registers[0], registers[0].sites, _single(part))
            continue
        sites = [site for register in registers for site in register.sites]
        if len(sites) > MOST_ENTANGLED:
            raise InvalidRequest(
                f"An entangled start is prepared on up to {MOST_ENTANGLED} qubits, and this one "
                f"takes {len(sites)}. Use fewer sites, another --encoding, or the exact backend."
            )
        vector = np.zeros(1 << len(sites), dtype=complex)
        for code, amplitude in _coded(part, registers):
            vector[code] = amplitude
        append_vector(circuit, sites, vector)


def _single(part: LevelPart) -> list[complex]:
    amplitudes = [0j] * part.dimensions[0]
    for (level,), amplitude in zip(part.states.tolist(), part.amplitudes.tolist(), strict=True):
        amplitudes[level] = amplitude
    return amplitudes


def _coded(part: LevelPart, registers: list[Register]) -> Iterator[tuple[int, complex]]:
    for levels, amplitude in zip(part.states.tolist(), part.amplitudes.tolist(), strict=True):
        code, width = 0, 0
        for register, level in zip(registers, levels, strict=True):
            code |= register.codes[level] << width
            width += len(register.sites)
        yield code, amplitude


def entangled_sites(battery: Battery, wires: Wires) -> list[tuple[int, ...]]:
    """Sets of wires that the start entangles, beside those that belong together anyway."""
    if not isinstance(battery.start, PureStart | GroundStart):
        return []
    if isinstance(battery.start, GroundStart):
        groups = [sorted(term.support) for term in battery.interactions]
    else:
        groups = [list(range(battery.n_sites))]
    return [
        tuple(wire for site in group for wire in wires.registers[site].sites) for group in groups
    ]
