"""The charging of a protocol file: terms, steps, resets and drives."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qbcircuit.charging import Evolve, Reset, Step
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.drives import JUDGED, SHAPES, Drive, Slicing
from qbcircuit.protocols.file_terms import Known, check_sites, read_terms
from qbcircuit.protocols.tables import Table, closest, is_number

_CONSTRAINTS = ("C0", "C1", "C2", "none")
_EVOLVE_KEYS = ("duration", "shift", "terms")
_RESET_KEYS = ("reset", "amplitudes", "populations", "probability")
_SLICE_KEYS = ("slices", "error", "judged")
_DRIVE_KEYS = ("shape", "values", "terms")

CHARGING_KEYS = (
    "include_internal", "constraint", "steps", "drives", *_SLICE_KEYS, *_EVOLVE_KEYS,
)  # fmt: skip

_MOST_SLICES = 1 << 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Charging:
    """What a file says of the charging.

    Args:
        include_internal: whether I is part of the generator.
        constraint: by name, or ``None``.
        schedule: steps in time order; none where drives are given.
        drives: what changes all the time.
        duration: of the drives.
        slicing: how the drives are cut; by default where ``None``.
    """

    include_internal: bool = False
    constraint: str | None = None
    schedule: tuple[Step, ...] = ()
    drives: tuple[Drive, ...] = ()
    duration: float = math.inf
    slicing: Slicing | None = None


def read_charging(table: Table, known: Known) -> Charging | None:
    """The charging, or ``None`` with mistakes noted."""
    before = len(table.problems)
    internal, constraint = table.flag("include_internal"), _constraint(table)
    schedule: tuple[Step, ...] = ()
    drives: tuple[Drive, ...] = ()
    duration, slicing = math.inf, None
    if "drives" in table:
        drives, duration = _drives(table, known)
        slicing = _slicing(table)
    else:
        for key in _SLICE_KEYS:
            if key in table:
                table.note(key, "belongs to [[charging.drives]], and there are none. Drop it.")
        schedule = _schedule(table, known)
    if len(table.problems) > before:
        return None
    return Charging(
        include_internal=internal,
        constraint=constraint,
        schedule=schedule,
        drives=drives,
        duration=duration,
        slicing=slicing,
    )


def _constraint(table: Table) -> str | None:
    if "constraint" not in table:
        return None
    value = table.content["constraint"]
    for name in _CONSTRAINTS:
        if str(value).casefold() == name.casefold():
            return name
    table.note("constraint", f"unknown constraint {value!r}. {closest(str(value), _CONSTRAINTS)}")
    return None


def _schedule(table: Table, known: Known) -> tuple[Step, ...]:
    if "steps" not in table:
        step = _evolve(table, known, last=True)
        return (step,) if step else ()
    for key in _EVOLVE_KEYS:
        if key in table:
            table.note(key, "belongs to a step where charging.steps is given. Move it there.")
    entries = table.tables("steps", (*_EVOLVE_KEYS, *_RESET_KEYS))
    if table.content["steps"] == []:
        table.note("steps", "needs at least one step. Add [[charging.steps]].")
    evolving = [i for i, entry in enumerate(entries) if entry and "reset" not in entry]
    steps = [
        None
        if entry is None
        else _evolve(entry, known, last=i == evolving[-1])
        if i in evolving
        else _reset(entry, known)
        for i, entry in enumerate(entries)
    ]
    if entries and not any(
        step is None or (isinstance(step, Evolve) and step.terms) for step in steps
    ):
        table.note("steps", "need at least one term. Add [[charging.steps.terms]].")
    return tuple(step for step in steps if step)


def _evolve(table: Table, known: Known, *, last: bool) -> Evolve | None:
    before = len(table.problems)
    for key in _RESET_KEYS:
        if key in table:
            table.note(key, "belongs to a step with reset = [...]. Add that, or drop it.")
    duration = _duration(table, last=last)
    shift = table.number("shift", 0.0)
    terms = read_terms(table, known)
    if table.place == "charging" and table.content.get("terms") == []:
        table.note("terms", "needs at least one term. Add [[charging.terms]].")
    if len(table.problems) > before or duration is None or shift is None:
        return None
    return Evolve(terms=tuple(terms), duration=duration, shift=shift)


def _duration(table: Table, *, last: bool) -> float | None:
    """Only the last step may leave its duration out: it then goes on as long as asked."""
    if "duration" not in table and last:
        return math.inf
    value = table.require("duration", "duration = 1.0")
    if value is None:
        return None
    if not is_number(value) or not value > 0 or (math.isinf(value) and not last):
        table.note("duration", f"must be a positive number, got {value!r}.")
        return None
    return float(value)


def _reset(table: Table, known: Known) -> Reset | None:
    before = len(table.problems)
    for key in _EVOLVE_KEYS:
        if key in table:
            table.note(key, "belongs to a step of its own: a reset takes no time. Move it there.")
    sites = table.whole_numbers("reset", "reset = [2]")
    if sites is not None:
        check_sites(table, "reset", sites, known)
    amplitudes = table.complex_numbers("amplitudes", table.content.get("amplitudes", [1.0]))
    populations = (
        table.numbers("populations", "populations = [0.5, 0.5]") if ("populations" in table) else []
    )
    probability = table.number("probability", 1.0)
    if len(table.problems) > before or sites is None or probability is None:
        return None
    try:
        return Reset(
            sites=tuple(sites),
            amplitudes=amplitudes or () if "amplitudes" in table else (),
            populations=tuple(populations or ()),
            probability=probability,
        )
    except InvalidRequest as error:
        table.note("reset", str(error))
        return None


def _drives(table: Table, known: Known) -> tuple[tuple[Drive, ...], float]:
    """The drives, terms that stay on among them, and how long they last."""
    if "steps" in table:
        table.note("steps", "cannot stand beside charging.drives. Write one or the other.")
    if "shift" in table:
        table.note("shift", "cannot stand beside charging.drives. Drop it.")
    duration = _duration(table, last=False)
    still = read_terms(table, known) if "terms" in table else []
    entries = [entry for entry in table.tables("drives", _DRIVE_KEYS) if entry]
    if table.content["drives"] == []:
        table.note("drives", "needs at least one drive. Add [[charging.drives]].")
    drives = [drive for drive in (_drive(entry, known) for entry in entries) if drive]
    if still:
        drives.append(Drive(terms=tuple(still)))
    return tuple(drives), duration or math.inf


def _drive(table: Table, known: Known) -> Drive | None:
    terms = tuple(read_terms(table, known))
    if table.content.get("terms") == []:
        table.note("terms", "needs at least one term. Add [[charging.drives.terms]].")
    if "values" in table:
        if "shape" in table:
            table.note("shape", "stands instead of values. Drop one of them.")
        values = table.numbers("values", "values = [0.0, 1.0, 0.5]")
        if values is not None and len(values) < 2:
            table.note("values", f"must be 2 numbers or more, got {len(values)}.")
        return Drive(terms=terms, amplitude=tuple(values or ()))
    shape = table.choice("shape", SHAPES, "constant")
    return Drive(terms=terms, amplitude=shape) if shape else None


def _slicing(table: Table) -> Slicing | None:
    slices = table.count("slices", 1, _MOST_SLICES) if "slices" in table else None
    error = table.number("error", 1e-3)
    judged = table.choice("judged", JUDGED, JUDGED[0])
    if error is not None and not error > 0:
        table.note("error", f"must be a positive number, got {error!r}.")
    elif error is not None and judged is not None:
        return Slicing(slices=slices, error=error, judged=judged)
    return None
