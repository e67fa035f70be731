"""Models of coupled two-level sites, as their sources define them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np

from publishing.figures import Figure, Model, full_charge, of_energy, pair_energy
from publishing.reading import Cells
from qbcircuit import protocols
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.starts import BasisStart, GroundStart
from qbcircuit.terms import Term, uniform_field


def constant(protocol: ChargingProtocol, **more: Figure) -> Model:
    """A protocol whose time is the source's, with the figures of its energy and some more."""
    return Model(at=lambda time: (protocol, time), figures=of_energy(protocol) | more)


def chain_of(n_sites: int, charged: range, field: float) -> Battery:
    """Sites in level 0, of which some count as the battery; the others only charge them."""
    cell = Site(levels=(-field, field))
    charger = Site(levels=(0.0, 0.0), role=Role.CHARGER)
    sites = tuple(cell if j in charged else charger for j in range(n_sites))
    return Battery(sites=sites, start=BasisStart(levels=(0,) * n_sites))


def ising_quench(
    *, sites: int, battery: int, coupling: float, field: float, field_stays_on: bool = True
) -> Model:
    """H = J sum X_j X_(j+1) - h sum_j Z_j on an open chain; the last sites are the battery.

    Full spectrum: 2^M levels. The field acts on every site while charging, if it stays on.

    Reference: arXiv:2308.03334.
    """
    whole = chain_of(sites, range(sites - battery, sites), field)
    terms = tuple(Term("XX", bond, coupling) for bond in itertools.pairwise(range(sites)))
    terms += uniform_field(range(sites), -field) if field_stays_on else ()
    return constant(ChargingProtocol.constant(whole, terms, name="ising-quench"))


def rotation_layers(
    *,
    sites: int,
    battery: int,
    field: float,
    layers: int,
    times: list[float],
    angles: list[list[float]],
) -> Model:
    """Layers of RY RZ RY on every qubit and a chain of CX, written as evolutions.

    RY(a) = exp(-i a Y/2), and CX is exp(-i pi (1 - Z)(1 - X)/4) up to phase. After the last chain
    comes one more layer of rotations. One row of angles a time; the first sites are the battery.

    Reference: arXiv:2308.03334 (projected variational dynamics).
    """
    whole = chain_of(sites, range(battery), field)

    def protocol(row: list[float]) -> ChargingProtocol:
        turns = iter(np.reshape(row, (3 * (layers + 1), sites)))
        schedule: list[Evolve] = []
        for layer in range(layers + 1):
            for letter in "YZY":
                schedule.append(_turned(letter, next(turns)))
            if layer < layers:
                schedule += [_controlled_not(*bond) for bond in itertools.pairwise(range(sites))]
        return ChargingProtocol(battery=whole, schedule=tuple(schedule), name="rotation-layers")

    found = dict(zip(times, map(protocol, angles), strict=True))
    any_one = found[times[0]]
    return Model(at=lambda time: (found[time], any_one.duration), figures=of_energy(any_one))


def _turned(letter: str, angles: np.ndarray) -> Evolve:
    terms = tuple(Term(letter, (q,), angle / 2) for q, angle in enumerate(angles.tolist()))
    return Evolve(terms=terms, duration=1.0)


def _controlled_not(control: int, target: int) -> Evolve:
    quarter = math.pi / 4
    terms = (
        Term("Z", (control,), -quarter),
        Term("X", (target,), -quarter),
        Term("ZX", (control, target), quarter),
    )
    return Evolve(terms=terms, duration=1.0)


def lmg(*, cells: int, coupling: float) -> Model:
    """H = S_z - g S_x^2 without its constant; S = sum sigma/2, S_z the battery's own energy.

    Reference: the dispersive limit of the Dicke battery.
    """
    battery = Battery.qubits(cells, levels=(-0.5, 0.5))
    pairs = tuple(Term("XX", p, -coupling / 2) for p in itertools.combinations(range(cells), 2))
    protocol = ChargingProtocol.constant(battery, pairs, include_internal=True, name="lmg")
    pulled = pair_energy(-coupling / 2, cells, share=1 / cells)
    return constant(protocol, **{"full-charge": full_charge(), "interaction-per-cell": pulled})


def lmg_steps(*, cells: int, coupling: float, steps: int) -> Model:
    """The same in first-order steps: pairs for t/m, then the field for t/m, m times."""
    battery = Battery.qubits(cells, levels=(-0.5, 0.5))
    pairs = tuple(Term("XX", p, -coupling / 2) for p in itertools.combinations(range(cells), 2))

    def at(time: float) -> tuple[ChargingProtocol, float]:
        each = (time or 1.0) / steps
        one = (
            Evolve(terms=pairs, duration=each),
            Evolve(terms=uniform_field(range(cells), -0.5), duration=each),
        )
        return ChargingProtocol(battery=battery, schedule=one * steps, name="lmg-steps"), 2 * time

    return Model(at=at, figures=of_energy(at(1.0)[0]))


def driven_pair(*, coupling: float, drive: float, anisotropy: float) -> Model:
    """H = J (XX + YY + D ZZ) + w (X_0 + X_1) on two cells of levels 0 and 1/2."""
    battery = Battery.qubits(2, levels=(0.0, 0.5))
    strengths = {"XX": coupling, "YY": coupling, "ZZ": coupling * anisotropy}
    terms = [Term(letters, (0, 1), value) for letters, value in strengths.items() if value]
    terms += [Term("X", (j,), drive) for j in range(2)]
    return constant(ChargingProtocol.constant(battery, terms, name="driven-pair"))


def central_spins(
    *, cells: int, chargers: int, excited: int, coupling: float, field: float, strength: float
) -> Model:
    """H = g (J+_B J-_C + h.c.) + J sum (1 - Z_i Z_(i+1)) over the cells - h sum Z over all sites.

    Energy is that of the field on the cells, whose levels are -h and h; the couplings J act while
    charging and do not count.
    """
    battery = Battery.qubits(cells, levels=(-field, field))
    protocol = protocols.central_spin_chain(
        battery, chargers=chargers, excited=excited, coupling=coupling, strength=strength
    )
    (step,) = protocol.evolutions
    everywhere = uniform_field(range(cells + chargers), -field)
    kept_on = replace(step, terms=step.terms + everywhere)
    return constant(replace(protocol, schedule=(kept_on,)))


def teleportation(*, field: float, coupling: float) -> Model:
    """Ground state of h (Z_0 + Z_1) + 2k X_0 X_1; X_0 is measured, then cell 1 is turned by it.

    The measurement is exp(-i pi/4 X_0 Y_a) with a fresh ancilla, which takes every coherence
    between the two results. Turning cell 1 by RY(2 mu phi) for the result mu is exp(-i phi X_0
    Y_1), tan 2phi = h k/(h^2 + 2k^2). Here level 0 is the lower one: Z and Y change sign. Constants
    make all parts of the ground state's energy 0.

    Reference: K. Ikeda, Phys. Rev. Applied 20, 024051 (2023).
    """
    h, k = field, coupling
    cell = Site(levels=(-h, h))
    battery = Battery(
        sites=(cell, cell, Site(levels=(0.0, 0.0), role=Role.ANCILLA)),
        start=GroundStart(),
        interactions=(Term("XX", (0, 1), 2 * k),),
    )
    phi = math.atan2(h * k, h**2 + 2 * k**2) / 2
    measured = Evolve(terms=(Term("XY", (0, 2), math.pi / 4),), duration=1.0)
    turned = Evolve(terms=(Term("XY", (0, 1), -phi),), duration=1.0)
    protocol = ChargingProtocol(battery=battery, schedule=(measured, turned), name="teleportation")
    root = math.hypot(h, k)
    ones = np.array([[h * (2 * (index >> j & 1) - 1) for index in range(4)] for j in range(2)])
    pair = 2 * k * np.array([1.0, -1.0, -1.0, 1.0])

    def part(cells: Cells, site: int) -> float:
        return float(cells.populations() @ ones[site]) + h**2 / root

    def coupled(cells: Cells) -> float:
        return float(cells.populations("X") @ pair) + 2 * k**2 / root

    figures = {
        "injected": Figure(of=lambda cells: part(cells, 0), letters="Z", slope=2 * h),
        "local": Figure(of=lambda cells: part(cells, 1), letters="Z", slope=2 * h),
        "coupling": Figure(of=coupled, letters="X", slope=4 * k),
        "extracted": Figure(
            of=lambda cells: part(cells, 1) + coupled(cells), letters="ZX", slope=2 * h + 4 * k
        ),
    }
    return Model(at=lambda time: (protocol, time), figures=figures)


BUILDERS: dict[str, Any] = {
    "ising-quench": ising_quench,
    "rotation-layers": rotation_layers,
    "lmg": lmg,
    "lmg-steps": lmg_steps,
    "driven-pair": driven_pair,
    "central-spins": central_spins,
    "teleportation": teleportation,
}
