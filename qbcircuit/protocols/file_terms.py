"""Tables of terms in protocol files."""

from __future__ import annotations

from dataclasses import dataclass

from qbcircuit.errors import InvalidRequest
from qbcircuit.protocols.tables import Table, as_complex
from qbcircuit.terms import LETTERS, MODE_LETTERS, Term, matrix_unit, tokens

TERM_KEYS = ("cells", "operators", "strength")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of the sites that terms act on.

    Args:
        n_sites: how many; ``None`` where the file does not say it rightly.
        dimensions: number of levels of each; none where the file does not say them rightly.
    """

    n_sites: int | None = None
    dimensions: tuple[int, ...] = ()


def read_terms(table: Table, known: Known, *, key: str = "terms") -> list[Term]:
    """The terms of a list of tables, without those that have mistakes."""
    found = [_term(entry, known) for entry in table.tables(key, TERM_KEYS) if entry]
    return [term for term in found if term]


def check_sites(table: Table, key: str, sites: list[int], known: Known) -> None:
    """Note sites that are named twice or that the battery lacks."""
    for site in sorted({site for site in sites if sites.count(site) > 1}):
        table.note(key, f"cell {site} is named {sites.count(site)} times. Name it once.")
    for site in sorted(set(sites)):
        if site < 0 or (known.n_sites is not None and site >= known.n_sites):
            there = "counted from 0" if known.n_sites is None else f"0..{known.n_sites - 1}"
            table.note(key, f"there is no cell {site}. Cells are {there}.")


def _term(table: Table, known: Known) -> Term | None:
    before = len(table.problems)
    cells = table.whole_numbers("cells", "cells = [0, 1]")
    operators = _operators(table)
    strength = as_complex(table.content.get("strength", 1.0))
    if strength is None:
        value = table.content["strength"]
        table.note("strength", f"must be a finite number or [re, im], got {value!r}.")
    if cells == []:
        table.note("cells", "a term needs at least one cell. Leave the term out.")
    if cells is not None:
        check_sites(table, "cells", cells, known)
    if operators is not None:
        _check_operators(table, operators, cells)
    if len(table.problems) > before or cells is None or operators is None or strength is None:
        return None
    try:
        term = Term(operators, cells, strength)
    except InvalidRequest as error:
        table.note("strength", str(error).split(": ", 1)[-1])
        return None
    if known.dimensions and (misfit := term.misfit(known.dimensions)):
        table.note("operators", misfit)
        return None
    return term


def _operators(table: Table) -> list[str] | None:
    """Letters, from a text or from a list of them."""
    value = table.content.get("operators")
    if isinstance(value, list):
        if all(isinstance(one, str) for one in value):
            return list(value)
        table.note("operators", f"must be a list of letters, got {value!r}.")
        return None
    text = table.text("operators", 'operators = "XX"')
    return None if text is None else list(tokens(text))


def _check_operators(table: Table, operators: list[str], cells: list[int] | None) -> None:
    for letter in dict.fromkeys(operators):
        if letter == "I":
            table.note("operators", "identity letters are not needed. Drop I and its cell.")
        elif letter not in LETTERS | MODE_LETTERS and not matrix_unit(letter):
            hint = f"Closest: {letter.upper()}." if letter.upper() in LETTERS else ""
            allowed = hint or "Use X, Y, Z, + or -; a, c, n or |2><0|."
            table.note("operators", f"unknown operator {letter!r}. {allowed}")
    if cells and len(operators) != len(cells):
        table.note(
            "operators",
            f"{len(operators)} letters for {len(cells)} cells. Give one letter a cell.",
        )
