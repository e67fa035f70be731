"""Energies of the outcomes of one reading: by levels of cells, or by the strings of a setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit.backend import Counts
from qbcircuit.encoding import Register
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.readout import ReadoutErrors, check_two_level
from qbcircuit.measurement import EnergyPart, energy_settings
from qbcircuit.plan import CircuitPlan, Experiment

Array = NDArray[np.float64]
Bits = NDArray[np.int64]
Inside = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Energies:
    """Energies of the different outcomes of one reading.

    Args:
        energy: (O,) of the cells, or the part of it that the setting tells.
        times: (O,) how often each was seen.
        inside: (O,) whether all registers hold codes of levels, as far as the setting tells.
        tells: whether the setting tells that of every register.
        response: (S,) change of the sum over all shots by one standard error of every calibrated
            probability; ``None`` where nothing is corrected.
    """

    energy: Array
    times: Array
    inside: Inside
    tells: bool
    response: Array | None = None


def energies_of(
    plan: CircuitPlan, experiment: Experiment, counts: Counts, errors: ReadoutErrors | None
) -> Energies:
    """Energies of the outcomes of one experiment.

    Args:
        plan: which it belongs to.
        experiment: what was run.
        counts: what was read.
        errors: of the read-out, to be undone in the mean; ``None``: outcomes as they are.

    Raises:
        RunFailed: outcomes that do not belong to the plan.
        InvalidRequest: a setting that tells no part of the energy, or a correction for cells of
            more than two levels.
    """
    bits = outcome_bits(plan, counts)
    times = np.array([times for _, times in counts], dtype=float)
    levels = cell_levels(plan, bits)
    inside, tells = _inside(plan, experiment, levels)
    battery = plan.protocol.battery
    if errors is not None:
        check_two_level(battery)
    if battery.interactions:
        part = _part(plan, experiment)
        energy = _of_strings(part, _signs(bits, experiment, errors))
        response = (
            None if errors is None else _string_response(part, experiment, bits, times, errors)
        )
    else:
        _check_z(experiment)
        energy = _of_levels(plan, experiment, levels, errors)
        response = None
        if errors is not None:
            wires = list(experiment.readout)
            read = times @ bits / times.sum() if times.size else np.zeros(len(wires))
            filled = (read - errors.false_ones[wires]) / errors.contrast[wires]
            response = times.sum() * errors.response(battery, wires, filled)
    return Energies(energy=energy, times=times, inside=inside, tells=tells, response=response)


def _registers(plan: CircuitPlan) -> list[Register]:
    """Those of the cells."""
    found = plan.registers
    return [found[cell] for cell in plan.protocol.battery.cells]


def outcome_bits(plan: CircuitPlan, counts: Counts) -> Bits:
    """Bits of every outcome, (outcomes, qubits read); the rightmost letter is bit 0.

    Raises:
        RunFailed: outcomes of another length, or letters other than 0 and 1.
    """
    cells = plan.protocol.battery.cells
    owners = [cell for cell, one in zip(cells, _registers(plan), strict=True) for _ in one.sites]
    n = len(owners)
    for outcome, _ in counts:
        if len(outcome) != n:
            held = f"{len(cells)} cells" if n == len(cells) else f"{n} qubits that are read"
            raise RunFailed(
                f'The outcome "{outcome}" has {len(outcome)} letters but the battery has {held}.'
            )
    letters = np.frombuffer("".join(bits for bits, _ in counts).encode("ascii"), dtype=np.uint8)
    found = (letters.reshape(len(counts.outcomes), n)[:, ::-1] - ord("0")).astype(np.int64)
    if np.any(found > 1):
        wrong = owners[int(np.argwhere(found > 1)[0][1])]
        raise RunFailed(f"An outcome names a level that cell {wrong} does not have.")
    return found


def read_levels(plan: CircuitPlan, counts: Counts) -> tuple[Bits, Array]:
    """The level of every cell in every outcome that was seen in Z, and how often it was.

    Args:
        plan: which the reading belongs to.
        counts: what was read.

    Returns:
        Shapes (outcomes, N), with -1 where a register holds no code of a level, and (outcomes,).

    Raises:
        RunFailed: outcomes that do not belong to the plan.
    """
    times = np.array([times for _, times in counts], dtype=float)
    return cell_levels(plan, outcome_bits(plan, counts)), times


def cell_levels(plan: CircuitPlan, bits: Bits) -> Bits:
    """Level of every cell in every outcome, -1 where its register holds no code."""
    columns, first = [], 0
    for register in _registers(plan):
        width = len(register.sites)
        columns.append(_decoded(register, bits[:, first : first + width]))
        first += width
    return np.stack(columns, axis=1)


def _decoded(register: Register, bits: Bits) -> Bits:
    if len(register.sites) == 1:
        return bits[:, 0]
    codes = bits @ (1 << np.arange(bits.shape[1]))
    order = np.argsort(register.codes)
    known = np.array(register.codes)[order]
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[place] == codes, order[place], -1)


def _inside(plan: CircuitPlan, experiment: Experiment, levels: Bits) -> tuple[Inside, bool]:
    """Outcomes whose registers hold codes, where read in Z; and whether all registers are."""
    inside = np.ones(len(levels), dtype=bool)
    tells, first = True, 0
    for column, register in enumerate(_registers(plan)):
        width = len(register.sites)
        if width > 1 and set(experiment.setting.bases[first : first + width]) == {"Z"}:
            inside &= levels[:, column] >= 0
        elif width > 1:
            tells = False
        first += width
    return inside, tells


def _check_z(experiment: Experiment) -> None:
    if set(experiment.setting.bases) - {"Z"}:
        raise InvalidRequest(
            f"Work is read in the Z basis, got setting {''.join(experiment.setting.bases)} at "
            f"time {experiment.time:g}."
        )


def _of_levels(
    plan: CircuitPlan, experiment: Experiment, levels: Bits, errors: ReadoutErrors | None
) -> Array:
    battery = plan.protocol.battery
    tables: Sequence[Array] = (
        [np.array(battery.sites[cell].levels) for cell in battery.cells]
        if errors is None
        else errors.levels(battery, experiment.readout)
    )
    total = np.zeros(len(levels))
    for column, table in enumerate(tables):
        total += np.append(table, 0.0)[levels[:, column]]  # -1, no code, counts nothing
    return total


def _part(plan: CircuitPlan, experiment: Experiment) -> EnergyPart:
    """The part of the energy that a setting tells."""
    found = energy_settings(plan.protocol.battery, plan.options.encoding)
    for part in found.parts:
        if part.bases == experiment.setting.bases:
            return part
    needed = ", ".join("".join(part.bases) for part in found.parts)
    raise InvalidRequest(
        f"The energy of these cells is read in the settings {needed}, got "
        f"{''.join(experiment.setting.bases)} at time {experiment.time:g}."
    )


def _signs(bits: Bits, experiment: Experiment, errors: ReadoutErrors | None) -> Array:
    """(-1)^bit, or what to count instead so that the mean is that of true bits."""
    if errors is None:
        return np.asarray(1 - 2 * bits, dtype=float)
    wires = list(experiment.readout)
    read = (bits - errors.false_ones[wires]) / errors.contrast[wires]
    return np.asarray(1 - 2 * read, dtype=float)


def _of_strings(part: EnergyPart, signs: Array) -> Array:
    products = [value * np.prod(signs[:, list(bits)], axis=1) for bits, value in part.strings]
    return np.asarray(np.sum(products, axis=0), dtype=float)


def _string_response(
    part: EnergyPart, experiment: Experiment, bits: Bits, times: Array, errors: ReadoutErrors
) -> Array:
    """Sum over shots of dE/dp times the standard error of p, two rows a wire.

    A corrected sign z = 1 - 2s with s = (b - P(1|0)) / contrast has ds/dP(1|0) = (s - 1)/contrast
    and ds/dP(0|1) = s/contrast.
    """
    signs = _signs(bits, experiment, errors)
    shares = (1 - signs) / 2
    ones, zeros = errors.stderr
    made = np.zeros(2 * len(ones))
    for inside, value in part.strings:
        for bit in inside:
            others = [other for other in inside if other != bit]
            rest = value * np.prod(signs[:, others], axis=1)
            wire = experiment.readout[bit]
            scale = -2 / errors.contrast[wire]
            made[2 * wire] += scale * ones[wire] * (times @ (rest * (shares[:, bit] - 1)))
            made[2 * wire + 1] += scale * zeros[wire] * (times @ (rest * shares[:, bit]))
    return made
