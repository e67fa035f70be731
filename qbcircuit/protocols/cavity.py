"""Cells charged by one mode of light: Tavis-Cummings and Dicke batteries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest, unknown_name, whole_number
from qbcircuit.protocols.checks import check_strengths, check_two_levels
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.protocols.sites import beside
from qbcircuit.starts import normalised
from qbcircuit.terms import Term

_FERRARO = "Ferraro et al., PRL 120, 117702 (2018), arXiv:1707.04930"

_COUPLINGS = ("fixed", "collective")
_MODES = ("fock", "coherent", "thermal")

_TAIL = 1e-10
"""Weight of a coherent or thermal mode that the default cut-off leaves out."""

_ROOM = 10
"""Quanta that the default cut-off leaves free where none is conserved, beside 3 a cell."""

_MOST_LOST = 0.1
"""Weight of a start beyond the cut-off that is refused."""

_WORTH_TELLING = 1e-6
"""Weight of a start beyond the cut-off that is told."""

_MOST_QUANTA = 10_000

Mode = str | Sequence[complex]


def tavis_cummings(
    battery: Battery,
    *,
    quanta: float = 0.0,
    mode: Mode = "fock",
    cutoff: int = 0,
    coupling: str = "fixed",
    detuning: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """One mode that gives its quanta to all cells: H = g sum_j (s+_j a + h.c.) + delta a^dag a.

    In the frame that turns with the cells; g is the strength, or strength/sqrt(N) for a
    ``collective`` coupling. Quanta and charged cells are conserved together, so a Fock start
    needs no more quanta than there are of both. One cell and one quantum: W = Delta sin^2(g t).
    k = 2, m = N at the mode. C0 takes the norm in the sector that a Fock start reaches and is
    refused for other starts of the mode; C1 is g sqrt(N n) = sqrt(N) from n quanta and empty
    cells.

    Args:
        battery: N cells of two levels.
        quanta: of the mode at time 0, the mean where it is coherent or thermal; N where 0.
        mode: ``"fock"``, ``"coherent"``, ``"thermal"``, or amplitudes by number of quanta.
        cutoff: most quanta kept; as many as the start needs where 0.
        coupling: ``"fixed"`` (g) or ``"collective"`` (g/sqrt(N)).
        detuning: delta, frequency of the mode minus that of the cells, an energy.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: cells of more levels, an unknown word, a start that does not fit below
            the cut-off or beside the cells' start, or numbers that are not finite.

    Reference: Ferraro et al., PRL 120, 117702 (2018), arXiv:1707.04930; Tavis and Cummings,
    Phys. Rev. 170, 379 (1968).
    """
    made = _with_mode(
        battery,
        name="tavis-cummings",
        quanta=quanta,
        mode=mode,
        cutoff=cutoff,
        room=_charged(battery),
        frequency=0.0,
    )
    g = _coupling(coupling, strength, detuning, battery.n_cells)
    site = made[0].n_sites - 1
    terms = [Term("+a", (j, site), g) for j in battery.cells]
    terms += [Term("n", (site,), detuning)] if detuning else []
    return _protocol(made, terms, internal=False, name="tavis-cummings")


def dicke(
    battery: Battery,
    *,
    quanta: float = 0.0,
    mode: Mode = "fock",
    cutoff: int = 0,
    coupling: str = "fixed",
    detuning: float = 0.0,
    strength: float = 1.0,
) -> ChargingProtocol:
    """One mode that drives all cells: H = I + omega a^dag a + g sum_j X_j (a + a^dag).

    The internal Hamiltonian stays on and the mode has its frequency omega = Delta + detuning,
    since counter-rotating terms conserve nothing; how much the cut-off matters is told by
    ``qbcircuit.reference.truncation``. With omega = Delta this is omega a^dag a + omega J_z
    + 2 g J_x (a + a^dag). k = 2, m = N at the mode. C0 is refused, as a mode has no norm; C1
    scales g alone.

    Args:
        battery: N cells of two levels.
        quanta: of the mode at time 0, the mean where it is coherent or thermal; N where 0.
        mode: ``"fock"``, ``"coherent"``, ``"thermal"``, or amplitudes by number of quanta.
        cutoff: most quanta kept; where 0, 3 N + 10 above those of the start.
        coupling: ``"fixed"`` (g) or ``"collective"`` (g/sqrt(N)).
        detuning: frequency of the mode minus the cells' splitting, an energy.
        strength: g, an energy, not 0.

    Raises:
        InvalidRequest: cells of more levels, an unknown word, a start that does not fit below
            the cut-off or beside the cells' start, a mode of negative frequency, or numbers
            that are not finite.

    Reference: Ferraro et al., PRL 120, 117702 (2018), arXiv:1707.04930; Dicke, Phys. Rev. 93,
    99 (1954).
    """
    g = _coupling(coupling, strength, detuning, battery.n_cells)
    frequency = battery.splitting + detuning
    if frequency < 0:
        raise InvalidRequest(
            f"The mode's frequency must not be negative, got {frequency:g}. Use a detuning above "
            f"{-battery.splitting:g}."
        )
    made = _with_mode(
        battery,
        name="dicke",
        quanta=quanta,
        mode=mode,
        cutoff=cutoff,
        room=3 * battery.n_cells + _ROOM,
        frequency=frequency,
    )
    site = made[0].n_sites - 1
    terms = [Term("Xa", (j, site), g) for j in battery.cells]
    return _protocol(made, terms, internal=True, name="dicke")


def _coupling(coupling: str, strength: float, detuning: float, n_cells: int) -> float:
    check_strengths(strength, 0.0)
    if coupling not in _COUPLINGS:
        raise unknown_name("coupling", coupling, _COUPLINGS)
    if not math.isfinite(detuning):
        raise InvalidRequest(f"A detuning must be finite, got {detuning}. Use 0 for resonance.")
    return strength / math.sqrt(n_cells) if coupling == "collective" else strength


def _charged(battery: Battery) -> int:
    """The most cells that may be charged at time 0."""
    if not battery.starts_in_levels:
        return battery.n_cells
    populations = battery.start_populations
    return sum(populations[j][-1] > 0 for j in battery.cells)


def _with_mode(
    battery: Battery,
    *,
    name: str,
    quanta: float,
    mode: Mode,
    cutoff: int,
    room: int,
    frequency: float,
) -> tuple[Battery, str]:
    """The battery beside a mode, and a note where the start does not fit below the cut-off.

    Args:
        battery: the cells.
        name: of the family.
        quanta: at time 0; N where 0.
        mode: kind of start, or amplitudes.
        cutoff: most quanta kept; chosen where 0.
        room: quanta that the default cut-off leaves free above the start's.
        frequency: of the mode's own Hamiltonian.
    """
    check_two_levels(name, battery, "Write others as a protocol file.")
    whole_number("A cut-off", cutoff, least=0, hint="Use 0 for a default.")
    row, mixed = _mode_state(mode, float(quanta or battery.n_cells))
    top = cutoff or max(len(row) - 1 + room, 1)
    lost = math.fsum(np.abs(row[top + 1 :]) ** (1 if mixed else 2))
    kept = np.zeros(top + 1, dtype=complex)
    kept[: len(row)] = row[: top + 1]
    if lost > _MOST_LOST:
        raise InvalidRequest(
            f"A cut-off of {top} quanta leaves out {lost:.2g} of the mode's start. "
            f"Use {len(row) - 1} or more."
        )
    site = Site(levels=tuple(frequency * n for n in range(top + 1)), role=Role.MODE)
    if np.count_nonzero(kept) == 1:
        made = beside(battery, site, level=int(np.argmax(np.abs(kept))))
    elif mixed:
        made = beside(battery, site, populations=tuple((kept.real / kept.real.sum()).tolist()))
    else:
        made = beside(battery, site, amplitudes=tuple(kept.tolist()))
    note = f"The mode's start has {lost:.2g} of its weight above the cut-off of {top} quanta."
    return made, note if lost > _WORTH_TELLING else ""


def _mode_state(mode: Mode, mean: float) -> tuple[NDArray[np.complex128], bool]:
    """Amplitudes, or populations of a mixture, by number of quanta; and whether it is one."""
    if not isinstance(mode, str):
        return np.array(normalised(tuple(mode), "the mode")), False
    if mode not in _MODES:
        raise unknown_name("start of a mode", mode, _MODES)
    if not (math.isfinite(mean) and 0 < mean <= _MOST_QUANTA):
        raise InvalidRequest(
            f"A mode needs a positive number of quanta, {_MOST_QUANTA} at most, got {mean}."
        )
    if mode == "fock":
        if mean != int(mean):
            raise InvalidRequest(
                f"A Fock start needs a whole number of quanta, got {mean}. Use mode=coherent."
            )
        return np.eye(int(mean) + 1)[-1].astype(complex), False
    n = np.arange(int(40 * mean + 100))
    if mode == "coherent":
        weights = np.exp(n * math.log(mean) - mean - gammaln(n + 1))
    else:
        weights = np.exp(n * math.log(mean / (1 + mean))) / (1 + mean)
    tail = 1 - np.cumsum(weights)
    weights = weights[: int(np.argmax(tail < _TAIL)) + 1]
    return (weights if mode == "thermal" else np.sqrt(weights)).astype(complex), mode == "thermal"


def _protocol(
    made: tuple[Battery, str], terms: Sequence[Term], *, internal: bool, name: str
) -> ChargingProtocol:
    battery, note = made
    protocol = ChargingProtocol.constant(battery, terms, include_internal=internal, name=name)
    return replace(protocol, notes=(note,)) if note else protocol


_PARAMETERS = (
    Parameter(name="quanta", default=0.0, help="of the mode at time 0; N where 0"),
    Parameter(name="mode", default="fock", help="how the mode starts", choices=_MODES),
    Parameter(name="cutoff", default=0, help="most quanta kept; chosen where 0"),
    Parameter(name="coupling", default="fixed", help="g, or g/√N", choices=_COUPLINGS),
    Parameter(name="detuning", default=0.0, help="of the mode from the cells, an energy"),
)

FAMILIES = (
    Family(
        name="tavis-cummings",
        summary="All cells take up the quanta of one mode; what is conserved bounds the quanta.",
        hamiltonian="g sum_j (s+_j a + h.c.) + delta a^dag a",
        order="2",
        participation="N (at the mode)",
        bound="C0 from the sector reached (Fock start); power grows as N^1.49 at fixed g for N "
        "up to 64, as N^0.99 with g/√N",
        reference=_FERRARO,
        constructor=tavis_cummings,
        takes_field=False,
        fixed_order=lambda n: 2,
        parameters=_PARAMETERS,
    ),
    Family(
        name="dicke",
        summary="All cells driven by one mode, counter-rotating terms kept; the cut-off is told.",
        hamiltonian="I + omega a^dag a + g sum_j X_j (a + a^dag)",
        order="2",
        participation="N (at the mode)",
        bound="a mode has no norm, so no C0; C1 as usual; power grows as about N^1.5 at fixed g",
        reference=_FERRARO,
        constructor=dicke,
        takes_field=False,
        fixed_order=lambda n: 2,
        parameters=_PARAMETERS,
    ),
)
