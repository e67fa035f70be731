"""Piecewise constant pulses of two-level cells as arrays: one row a slice, one column a term.

The project's own ``.npz`` files hold

- ``coefficients``: shape (n_slices, n_columns), energies;
- ``durations``: shape (n_slices,), times; 1 each where it is missing;
- ``labels``: shape (n_columns,), one Pauli label a column as qiskit writes it, the rightmost
  letter for cell 0; or ``cells``: N, where the columns are those of :func:`pauli_columns` or of
  :func:`collective_columns`, as their number tells.
"""

from __future__ import annotations

import itertools
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest, RunFailed, whole_number
from qbcircuit.terms import Term

COLLECTIVE = 8
"""Columns of a collective pulse."""

Column = tuple[tuple[Term, ...], float]
"""Terms of a column at coefficient 1, and its multiple of the identity."""


def pauli_columns(n_cells: int, order: int) -> tuple[str, ...]:
    """Labels of all Pauli strings of weight 1 to k.

    By weight, then by cells as ``itertools.combinations`` counts them, then by letters as
    ``itertools.product("XYZ")`` does.

    Args:
        n_cells: N.
        order: k.

    Returns:
        Labels whose rightmost letter is cell 0.
    """
    labels = []
    for weight in range(1, order + 1):
        for cells in itertools.combinations(range(n_cells), weight):
            for letters in itertools.product("XYZ", repeat=weight):
                at = dict(zip(cells, letters, strict=True))
                labels.append("".join(at.get(cell, "I") for cell in reversed(range(n_cells))))
    return tuple(labels)


def collective_columns(n_cells: int) -> tuple[Column, ...]:
    """The eight collective operators of at most two-body terms.

    J_x, J_y, J_z, (J_x^2 - J_y^2)/N, (J_x J_y + J_y J_x)/N, J_z^2/N, (J_x J_z + J_z J_x)/N,
    (J_y J_z + J_z J_y)/N, where |0...0> has the lowest J_z: J_x = sum X/2, J_y = -sum Y/2,
    J_z = -sum Z/2.

    Args:
        n_cells: N.
    """
    pairs = list(itertools.combinations(range(n_cells), 2))

    def single(letter: str, sign: float) -> Column:
        return tuple(Term(letter, (j,), sign / 2) for j in range(n_cells)), 0.0

    def square(letter: str) -> tuple[Term, ...]:
        return tuple(Term(letter * 2, pair, 0.5 / n_cells) for pair in pairs)

    def mixed(letters: str, sign: float) -> Column:
        orders = (letters, letters[::-1])
        return tuple(Term(o, pair, sign * 0.5 / n_cells) for pair in pairs for o in orders), 0.0

    difference = (*square("X"), *(one.scaled(-1.0) for one in square("Y")))
    return (
        single("X", 1.0),
        single("Y", -1.0),
        single("Z", -1.0),
        (difference, 0.0),
        mixed("XY", -1.0),
        (square("Z"), 0.25),
        mixed("XZ", -1.0),
        mixed("YZ", 1.0),
    )


def from_pulse(
    pulse: ArrayLike | str | Path,
    battery: Battery | None = None,
    *,
    labels: Sequence[str] = (),
    durations: ArrayLike | None = None,
    name: str = "pulse",
) -> ChargingProtocol:
    """The protocol of a pulse: H = sum_c coefficient_c * column_c while a slice lasts.

    Columns without labels are told by their number: :func:`pauli_columns` of some order, or
    :func:`collective_columns`.

    Args:
        pulse: coefficients, shape (n_slices, n_columns), or a ``.npz`` file as above (its
            coefficients may be called ``x``).
        battery: what is charged; where ``None`` unit cells in the ground state, as many as the
            labels or the file say.
        labels: of the columns, where a file does not tell.
        durations: of the slices, where a file does not tell; 1 each where ``None``.
        name: for reports.

    Raises:
        InvalidRequest: a file that cannot be read, or arrays that do not fit together.
    """
    held: dict[str, Any] = {"coefficients": pulse}
    if isinstance(pulse, str | Path):
        held = _read(Path(pulse))
    written = [str(label) for label in held.get("labels", labels)]
    lasting = held.get("durations", durations)
    rows = _rows(held["coefficients"])
    battery = battery or Battery.qubits(_n_cells(held, written))
    columns = _columns(battery, written, rows.shape[1])
    lengths = _lengths(lasting, len(rows))
    steps = tuple(
        _slice(columns, row.tolist(), length) for row, length in zip(rows, lengths, strict=True)
    )
    return ChargingProtocol(battery=battery, schedule=steps, name=name)


def save_pulse(protocol: ChargingProtocol, path: str | Path) -> None:
    """Write a piecewise constant protocol as a ``.npz`` file that :func:`from_pulse` reads.

    Args:
        protocol: of two-level cells, without resets, every step of a duration.
        path: where to; the battery's levels and start are not written.

    Raises:
        InvalidRequest: another protocol.
        RunFailed: the file cannot be written.
    """
    battery = protocol.battery
    if set(battery.dimensions) != {2} or len(protocol.evolutions) != len(protocol.schedule):
        raise InvalidRequest(
            "A pulse file holds two-level sites without resets. Write a protocol file instead."
        )
    if not math.isfinite(protocol.duration):
        raise InvalidRequest("A pulse file needs every step's duration. Give the last step one.")
    n = battery.n_sites
    table: dict[str, list[float]] = {}
    for i, step in enumerate(protocol.evolutions):
        strings = [string for term in step.terms for string in term.paulis()]
        for letters, sites, value in [*strings, ("", (), step.shift)]:
            at = dict(zip(sites, letters, strict=True))
            label = "".join(at.get(site, "I") for site in reversed(range(n)))
            table.setdefault(label, [0.0] * len(protocol.evolutions))[i] += value
    kept = {label: column for label, column in table.items() if any(column)}
    try:
        with Path(path).open("wb") as file:
            np.savez(
                file,
                labels=np.array(list(kept)),
                coefficients=np.array(list(kept.values())).T,
                durations=np.array([step.duration for step in protocol.evolutions]),
            )
    except OSError as error:
        raise RunFailed(f"{path} cannot be written: {error.strerror}.") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            found = {key: held[key] for key in held.files}
    except FileNotFoundError:
        raise InvalidRequest(f"There is no pulse file {path}. Check the path.") from None
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise InvalidRequest(
            f"{path} is no .npz file of numbers and labels ({type(error).__name__})."
        ) from None
    if "coefficients" not in found and "x" not in found:
        raise InvalidRequest(
            f"{path} holds no coefficients, only {', '.join(sorted(found)) or 'nothing'}. "
            "Save them as coefficients, one row a slice."
        )
    return {"coefficients": found.get("x"), **found}


def _rows(values: Any) -> NDArray[np.float64]:
    try:
        rows = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidRequest("The coefficients of a pulse must be real numbers.") from None
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise InvalidRequest(
            "The coefficients of a pulse must be finite and in rows, one a slice, got shape "
            f"{rows.shape}."
        )
    return rows


def _n_cells(held: dict[str, Any], labels: Sequence[str]) -> int:
    if labels:
        return len(labels[0])
    if "cells" in held:
        return whole_number(
            "A pulse's number of cells", np.asarray(held["cells"]).tolist(), hint="Save cells=4."
        )
    raise InvalidRequest(
        "The pulse does not say how many cells it is for. Give -N, or a battery in Python."
    )


def _columns(battery: Battery, labels: Sequence[str], n_columns: int) -> tuple[Column, ...]:
    """What the coefficients of a row multiply."""
    n = battery.n_sites
    labels = labels or _labels_of(n, n_columns)
    if labels and len(labels) != n_columns:
        raise InvalidRequest(f"The pulse has {len(labels)} labels for {n_columns} columns.")
    for label in labels:
        if len(label) != n or set(label) - set("IXYZ"):
            raise InvalidRequest(
                f"A label needs {n} letters of I, X, Y and Z, one a cell, got {label!r}."
            )
    if not labels and n_columns != COLLECTIVE:
        raise InvalidRequest(
            f"{n_columns} columns are neither all Pauli strings of {n} cells up to some order nor "
            f"the {COLLECTIVE} collective operators. Add labels."
        )
    return tuple(map(_string, labels)) if labels else collective_columns(n)


def _labels_of(n: int, n_columns: int) -> tuple[str, ...]:
    """All Pauli strings up to the order that has so many of them."""
    count = 0
    for order in range(1, n + 1):
        count += math.comb(n, order) * 3**order
        if count >= n_columns:
            return pauli_columns(n, order) if count == n_columns else ()
    return ()


def _string(label: str) -> Column:
    sites = [site for site, letter in enumerate(reversed(label)) if letter != "I"]
    if not sites:
        return (), 1.0
    return (Term([label[-1 - site] for site in sites], sites),), 0.0


def _lengths(durations: Any, n_slices: int) -> list[float]:
    if durations is None:
        return [1.0] * n_slices
    try:
        lengths = np.asarray(durations, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidRequest("The durations of a pulse must be numbers.") from None
    if lengths.shape != (n_slices,):
        raise InvalidRequest(
            f"The pulse has {n_slices} slices, but its durations have shape {lengths.shape}."
        )
    return [float(length) for length in lengths]


def _slice(columns: Sequence[Column], row: Sequence[float], duration: float) -> Evolve:
    """One step; products that several columns share are merged."""
    total: dict[Term, float] = {}
    shift = 0.0
    for (terms, identity), value in zip(columns, row, strict=True):
        shift += value * identity
        for term in terms:
            key = Term(term.operators, term.sites)
            total[key] = total.get(key, 0.0) + value * term.strength.real
    terms = tuple(key.scaled(value) for key, value in total.items() if value)
    return Evolve(terms=terms, duration=duration, shift=shift)
