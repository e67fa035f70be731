"""The battery of a protocol file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qbcircuit.battery import MOST_CELLS, Battery, Role, Site
from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.file_terms import Known, read_terms
from qbcircuit.protocols.tables import Table, is_number, kind_of
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    Start,
    ThermalStart,
    parse_start,
)

BATTERY_KEYS = ("cells", "levels", "start", "sites", "interactions")
_SITE_KEYS = ("role", "levels", "quanta", "frequency", "copies")
_ROLES = tuple(role.value for role in Role)
_MOST_QUANTA = 10_000


def read_sites(table: Table) -> tuple[tuple[Site, ...], Known]:
    """The sites, none where they have mistakes, and what is known of them anyway."""
    if "sites" in table:
        for key in ("cells", "levels"):
            if key in table:
                table.note(key, "is written in [[battery.sites]] where that is given. Drop it.")
        entries = table.tables("sites", _SITE_KEYS)
        found = [_sites_of(entry) if entry else () for entry in entries]
        if not entries and table.content["sites"] == []:
            table.note("sites", "needs at least one site. Add [[battery.sites]].")
        if not all(found) or not found:
            return (), Known()
        sites = tuple(site for several in found for site in several)
        return sites, Known(n_sites=len(sites), dimensions=tuple(s.dimension for s in sites))
    if table.require("cells", "cells = 6") is None:
        return (), Known()
    n_cells = table.count("cells", 0, MOST_CELLS)
    site = _site(table, Role.CELL, table.content.get("levels", [0.0, 1.0]))
    if n_cells is None or site is None:
        return (), Known(n_sites=n_cells)
    return (site,) * n_cells, Known(n_sites=n_cells, dimensions=(site.dimension,) * n_cells)


def read_battery(table: Table, sites: Sequence[Site], known: Known) -> Battery | None:
    """The battery, or ``None`` with mistakes noted."""
    before = len(table.problems)
    start = _start(table, known)
    inner = read_terms(table, known, key="interactions") if "interactions" in table else []
    if len(table.problems) > before or start is None or not sites:
        return None
    try:
        battery = Battery(sites=tuple(sites), start=start)
    except InvalidRequest as error:
        has_cells = any(site.role is Role.CELL for site in sites)
        table.note("start" if has_cells else "sites", str(error))
        return None
    try:
        return replace(battery, interactions=tuple(inner))
    except InvalidRequest as error:
        table.note("interactions", str(error))
        return None


def _sites_of(table: Table) -> tuple[Site, ...]:
    """The equal sites of one table, none where it has mistakes."""
    role = table.choice("role", _ROLES, Role.CELL.value)
    copies = table.count("copies", 1, MOST_CELLS)
    levels = table.content.get("levels")
    if "quanta" in table:
        if "levels" in table:
            table.note("quanta", "stands instead of levels. Drop one of them.")
        quanta = table.count("quanta", 1, _MOST_QUANTA)
        frequency = table.number("frequency", 0.0)
        if quanta is None or frequency is None:
            return ()
        levels = [frequency * n for n in range(quanta + 1)]
    elif "frequency" in table:
        table.note("frequency", "is that of a mode with quanta. Add quanta = 10, or drop it.")
        return ()
    elif levels is None and role == Role.MODE.value:
        table.note("quanta", "missing. Add quanta = 10 (the most that are kept), or levels.")
        return ()
    elif levels is None:
        levels = [0.0, 1.0] if role == Role.CELL.value else [0.0, 0.0]
    site = _site(table, Role(role), levels) if role else None
    return (site,) * copies if site and copies else ()


def _site(table: Table, role: Role, levels: object) -> Site | None:
    if not isinstance(levels, list) or len(levels) < 2 or not all(map(is_number, levels)):
        table.note("levels", f"must be two numbers or more, got {levels!r}. Write [0.0, 1.0].")
        return None
    try:
        return Site(levels=tuple(levels), role=role)
    except InvalidRequest as error:
        table.note("levels", str(error))
        return None


def _start(table: Table, known: Known) -> Start | None:
    """The start; ground where the file does not say, ``None`` with a mistake noted."""
    value = table.content.get("start", "ground")
    try:
        if value == "ground-state":
            return GroundStart()
        if isinstance(value, str):
            if known.n_sites is None:
                return None
            return parse_start(value, known.n_sites, n_levels=max(known.dimensions, default=2))
        if isinstance(value, list) and all(type(one) is int for one in value):
            return BasisStart(levels=tuple(value))
        if isinstance(value, dict):
            return _tabled_start(value, table)
    except InvalidRequest as error:
        table.note("start", str(error))
        return None
    table.note(
        "start",
        'must be "ground", a bit string or {thermal = 0.5}, or one of the other forms, got '
        f"{kind_of(value)}.",
    )
    return None


def _tabled_start(value: dict[str, object], outer: Table) -> Start | None:
    """{thermal = ...}, {populations = ...}, {amplitudes = ...} or {state = ...}."""
    kinds = ("thermal", "populations", "amplitudes", "state")
    table = Table(value, outer.at("start"), kinds, outer.problems)
    given = [kind for kind in kinds if kind in table]
    if len(given) != 1:
        if given or not value:
            outer.note("start", f"needs one of {', '.join(kinds)}, got {len(given)}.")
        return None
    (kind,) = given
    content = value[kind]
    if kind == "thermal":
        if is_number(content):
            return ThermalStart(beta=float(content))
        table.note("thermal", f"must be a number, got {content!r}.")
        return None
    if kind == "state":
        state = table.complex_numbers(kind, content)
        return None if state is None else PureStart(amplitudes=state)
    if not isinstance(content, list):
        table.note(kind, f"must be a list of rows, one a site, got {kind_of(content)}.")
        return None
    rows = [table.complex_numbers(f"{kind}[{i}]", row) for i, row in enumerate(content)]
    whole = [row for row in rows if row is not None]
    if len(whole) < len(rows):
        return None
    if kind == "amplitudes":
        return ProductStart(amplitudes=tuple(whole))
    if any(one.imag for row in whole for one in row):
        table.note(kind, "must be real numbers.")
        return None
    return MixedStart(populations=tuple(tuple(one.real for one in row) for row in whole))
