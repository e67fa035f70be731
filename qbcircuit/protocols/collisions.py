"""Charging by a stream of ancillas, each of which collides with the battery and is thrown away.

Time is counted in collisions, so that strengths are angles: one collision is exp(-i H) with H
the printed one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from qbcircuit.battery import Battery, Role
from qbcircuit.charging import ChargingProtocol, Evolve, Reset, Step
from qbcircuit.errors import InvalidRequest, unknown_name, whole_number
from qbcircuit.protocols.checks import check_strengths
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.sites import beside, plain_site
from qbcircuit.terms import Term

_SEAH = "Seah et al., PRL 127, 100601 (2021), arXiv:2105.01863"
_MORRONE = "Morrone et al., Quantum Sci. Technol. 8, 035007 (2023), arXiv:2212.13488"

_ANCILLAS = ("coherent", "mixed")
_MOST_COLLISIONS = 100_000


def collisional(
    battery: Battery,
    *,
    collisions: int = 40,
    excited: float = 0.75,
    ancilla: str = "coherent",
    memory: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """Cells that climb by collisions: H = theta sum_j sum_l (|l+1><l|_j s-_ancilla + h.c.).

    A fresh ancilla is sqrt(1-p)|0> + sqrt(p)|1> (coherent) or the mixture of the same
    populations; after every collision it is replaced with probability 1 - memory. With mixed
    ancillas and no memory one cell walks at random: up with probability p sin^2(theta), down
    with (1-p) sin^2(theta), staying where there is no such level. k = 2, m = N at the ancilla;
    C0 and C1 count the ancilla and average over collisions.

    Args:
        battery: N cells of any number of levels.
        collisions: how many take place.
        excited: p, the excited population of a fresh ancilla.
        ancilla: ``"coherent"`` or ``"mixed"``.
        memory: chance that the same ancilla collides again.
        strength: theta, the angle of one collision: coupling times its duration; not 0.

    Raises:
        InvalidRequest: numbers outside their ranges, or an unknown word.

    Reference: Seah et al., PRL 127, 100601 (2021), arXiv:2105.01863.
    """
    check_strengths(strength, 0.0)
    _check_probability("excited", excited)
    if ancilla not in _ANCILLAS:
        raise unknown_name("kind of ancilla", ancilla, _ANCILLAS)
    whole = beside(battery, plain_site(Role.ANCILLA))
    site = whole.n_sites - 1
    coherent = ancilla == "coherent" or excited in (0.0, 1.0)
    fresh = Reset(
        sites=(site,),
        amplitudes=(math.sqrt(1 - excited), math.sqrt(excited)) if coherent else (),
        populations=() if coherent else (1 - excited, excited),
    )
    terms = _exchange(whole, battery.cells, site, strength)
    schedule = _stream(fresh, terms, collisions, memory)
    return ChargingProtocol(battery=whole, schedule=schedule, name="collisional")


def collisional_charger(
    battery: Battery,
    *,
    collisions: int = 200,
    drive: float = 1.0,
    damping: float = 1.0,
    step: float = 0.05,
    memory: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """A driven charger that charges the cells while ancillas in |0> collide with it.

    H = tau [F X_c + g sum_j sum_l (|l+1><l|_j s-_c + h.c.)] + sqrt(gamma tau) (s+_a s-_c + h.c.)
    during every collision of length tau; as tau -> 0 without memory the charger decays at the
    rate gamma. Time t of the model is t/tau collisions. k = 2, m = N + 1 at the charger; C0 and
    C1 count charger and ancilla and average over collisions.

    Args:
        battery: N cells of any number of levels.
        collisions: how many take place.
        drive: F, an energy.
        damping: gamma, a rate, 0 or more.
        step: tau, the length of a collision.
        memory: chance that the same ancilla collides again.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: numbers outside their ranges.

    Reference: Morrone et al., Quantum Sci. Technol. 8, 035007 (2023), arXiv:2212.13488.
    """
    check_strengths(strength, 0.0)
    if not (math.isfinite(drive) and math.isfinite(damping) and damping >= 0):
        raise InvalidRequest(
            f"A drive must be finite and a damping 0 or more, got {drive} and {damping}."
        )
    if not (math.isfinite(step) and step > 0):
        raise InvalidRequest(f"A collision's length must be positive, got {step}. Use 0.05.")
    with_charger = beside(battery, plain_site(Role.CHARGER))
    whole = beside(with_charger, plain_site(Role.ANCILLA))
    charger, ancilla = with_charger.n_sites - 1, whole.n_sites - 1
    terms = [Term("X", (charger,), step * drive)] if drive else []
    terms += _exchange(whole, battery.cells, charger, step * strength)
    terms += [Term("+-", (ancilla, charger), math.sqrt(damping * step))] if damping else []
    schedule = _stream(Reset(sites=(ancilla,)), terms, collisions, memory)
    return ChargingProtocol(battery=whole, schedule=schedule, name="collisional-charger")


def _exchange(battery: Battery, cells: Iterable[int], giver: int, strength: float) -> list[Term]:
    """Every cell climbs a level where the giver falls from 1 to 0."""
    return [
        Term((f"|{level + 1}><{level}|", "-"), (j, giver), strength)
        if battery.sites[j].dimension > 2
        else Term("+-", (j, giver), strength)
        for j in cells
        for level in range(battery.sites[j].dimension - 1)
    ]


def _stream(
    fresh: Reset, terms: Sequence[Term], collisions: int, memory: float
) -> tuple[Step, ...]:
    """A fresh ancilla, a collision, perhaps a fresh ancilla, a collision, ..."""
    count = whole_number(
        "Collisions",
        collisions,
        least=1,
        most=_MOST_COLLISIONS,
        hint=f"Use 1..{_MOST_COLLISIONS}.",
    )
    if not 0 <= memory <= 1:
        raise InvalidRequest(f"memory must be a chance from 0 to 1, got {memory}. Use 0 for none.")
    collision = Evolve(terms=tuple(terms), duration=1.0)
    if memory == 1:
        return (fresh, *(collision,) * count)
    again = Reset(
        sites=fresh.sites,
        amplitudes=fresh.amplitudes,
        populations=fresh.populations,
        probability=1 - memory,
    )
    return (fresh, *(collision, again) * (count - 1), collision)


def _check_probability(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InvalidRequest(f"{name} must be a population from 0 to 1, got {value}.")


_MEMORY = Parameter(name="memory", default=0.0, help="chance that the same ancilla comes again")

FAMILIES = (
    Family(
        name="collisional",
        summary="Ladders that climb by collisions with a stream of qubits; time in collisions.",
        hamiltonian="theta sum_j sum_l (|l+1><l|_j s-_ancilla + h.c.), then a fresh ancilla",
        order="2",
        participation="N (at the ancilla)",
        bound="heat as well as work: W is deposited energy, its ergotropy less; C0 and C1 count "
        "the ancilla, durations included",
        reference=_SEAH,
        constructor=collisional,
        takes_field=False,
        fixed_order=lambda n: 2,
        parameters=(
            Parameter(name="collisions", default=40, help="how many take place"),
            Parameter(name="excited", default=0.75, help="population of a fresh ancilla"),
            Parameter(
                name="ancilla", default="coherent", help="pure, or a mixture", choices=_ANCILLAS
            ),
            _MEMORY,
        ),
    ),
    Family(
        name="collisional-charger",
        summary="A driven charger between cells and a stream of empty qubits; time in collisions.",
        hamiltonian="tau [F X_c + g sum_j (s+_j s-_c + h.c.)] + √(gamma tau) (s+_a s-_c + h.c.), "
        "then a fresh ancilla",
        order="2",
        participation="N + 1 (at the charger)",
        bound="heat as well as work: W is deposited energy, its ergotropy less; C0 and C1 count "
        "charger and ancilla",
        reference=_MORRONE,
        constructor=collisional_charger,
        takes_field=False,
        fixed_order=lambda n: 2,
        parameters=(
            Parameter(name="collisions", default=200, help="how many take place"),
            Parameter(name="drive", default=1.0, help="F on the charger, an energy"),
            Parameter(name="damping", default=1.0, help="gamma, a rate"),
            Parameter(name="step", default=0.05, help="tau, the length of a collision"),
            _MEMORY,
        ),
    ),
)
