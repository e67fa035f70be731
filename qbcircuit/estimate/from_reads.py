"""Estimates of figures of merit of the state at one time; each with its interval or a refusal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate.bracket import Bracket
from qbcircuit.estimate.interval import NORMAL_QUANTILE, Estimate
from qbcircuit.estimate.local import LETTERS, local_bracket
from qbcircuit.estimate.populations import population_bracket
from qbcircuit.estimate.randomised import purity_estimate, random_bases, renyi_estimate
from qbcircuit.estimate.readout import ReadoutErrors
from qbcircuit.estimate.reads import Reads
from qbcircuit.estimate.spread import Sampled, angle_estimate, variance_estimate
from qbcircuit.estimate.tomography import (
    Tomogram,
    Witness,
    ergotropy_witness,
    local_witness,
    tomogram,
)

DRAWS = 24
"""Calibrations drawn to see what their errors do."""

WIDEST_PURITY = 0.5
"""Half width of a purity's interval from which it says too little."""

Outcome = Estimate | str
"""A figure with its interval, or why there is none."""


def half(battery: Battery, cells: Sequence[int]) -> Sequence[int]:
    """The first half of the cells where all are meant, else these cells."""
    return cells[: max(len(cells) // 2, 1)] if set(cells) == set(battery.cells) else cells


def by_tomography(
    witness: Callable[[Sequence[Sequence[float]]], Witness],
) -> Callable[[Reads, int], Outcome]:
    """An estimate of a figure that is a maximum of means, by tomography."""

    def estimate(reads: Reads, seed: int) -> Outcome:
        return _reported(reads, _bracket(reads, witness(reads.levels), seed))

    return estimate


def _bracket(reads: Reads, witness: Witness, seed: int) -> Bracket:
    """The pair, widened by what the calibration of the read-out leaves open."""
    pair = _tomogram(reads, reads.errors).bracket(witness, seed=seed)
    if reads.errors is None:
        return pair
    values = [
        _tomogram(reads, one).mean(witness(_tomogram(reads, one).state()))[0]
        for one in _calibrations(reads.errors, seed)
    ]
    return pair.wider(float(np.std(values)))


def _tomogram(reads: Reads, errors: ReadoutErrors | None) -> Tomogram:
    return tomogram(reads.counts, reads.places, inverses=reads.inverses(errors, reads.places))


def _calibrations(errors: ReadoutErrors, seed: int) -> list[ReadoutErrors]:
    """Flips as they might be as well."""
    rng = np.random.default_rng([seed, 4])
    ones, zeros = errors.stderr
    return [
        replace(
            errors,
            false_ones=errors.false_ones + ones * rng.normal(size=len(ones)),
            false_zeros=errors.false_zeros + zeros * rng.normal(size=len(zeros)),
        )
        for _ in range(DRAWS)
    ]


def _reported(reads: Reads, pair: Bracket) -> Outcome:
    capacity = math.fsum(own[-1] - own[0] for own in reads.levels)
    return pair.objection(capacity) or pair.estimate


def coherent(reads: Reads, seed: int) -> Outcome:
    """Ergotropy beyond that of the populations, by tomography."""
    whole = ergotropy_witness(reads.levels)
    incoherent = _bracket(reads, lambda state: whole(np.diag(np.diag(state))), seed)
    return _reported(reads, _bracket(reads, whole, seed).minus(incoherent))


def locked(reads: Reads, seed: int) -> Outcome:
    """Ergotropy beyond that of single cells, by tomography."""
    whole, local = ergotropy_witness(reads.levels), local_witness(reads.levels)
    found = _bracket(reads, whole, seed).minus(_bracket(reads, local, seed))
    return _reported(reads, found)


def incoherent(reads: Reads, seed: int) -> Outcome:
    """Ergotropy of the populations of levels."""
    _check_apart(reads)
    outcomes, times = reads.occupations
    return _reported(reads, population_bracket(outcomes, times, reads.levels, seed=seed))


def local(reads: Reads, seed: int) -> Outcome:
    """Sum of the ergotropies of single cells."""

    def pair(errors: ReadoutErrors | None) -> Bracket:
        read = {letter: reads.signs(letter, errors) for letter in LETTERS}
        return local_bracket(
            {letter: signs for letter, (signs, _) in read.items()},
            {letter: times for letter, (_, times) in read.items()},
            [own[-1] - own[0] for own in reads.levels],
            seed=seed,
        )

    found = pair(reads.errors)
    if reads.errors is not None:
        uppers = [pair(one).upper for one in _calibrations(reads.errors, seed)]
        found = found.wider(float(np.std(uppers)))
    return _reported(reads, found)


def energy_variance(reads: Reads, _: int) -> Outcome:
    """Var(I)."""
    _check_apart(reads)
    outcomes, times = reads.occupations
    energies = np.sum(
        [np.asarray(own)[outcomes[:, c]] for c, own in enumerate(reads.levels)], axis=0
    )
    return variance_estimate([Sampled(values=energies, times=times)], _splitting(reads))


def work_variance(reads: Reads, _: int) -> Outcome:
    """Variance of the work after known starts."""
    return variance_estimate(reads.works, _splitting(reads))


def _check_apart(reads: Reads) -> None:
    if reads.battery.interactions:
        raise InvalidRequest(
            "Levels of cells that interact are not read cell by cell. "
            "Use --backend exact for this figure."
        )


def _splitting(reads: Reads) -> float:
    return max(own[-1] - own[0] for own in reads.levels)


def purity(reads: Reads, seed: int) -> Outcome:
    """tr(rho^2), by randomised measurements."""
    found = _purity_of(reads, reads.places, seed)
    if found.high - found.low > 2 * WIDEST_PURITY:
        return (
            f"its interval [{found.low:.2g}, {found.high:.2g}] says too little; use more shots or "
            "fewer cells"
        )
    return found


def renyi2(reads: Reads, seed: int) -> Outcome:
    """Renyi-2 entropy of half the cells, or of those named."""
    cells = half(reads.battery, reads.cells)
    places = [reads.battery.cells.index(cell) for cell in cells]
    return renyi_estimate(_purity_of(reads, places, seed), len(cells))


def _purity_of(reads: Reads, places: list[int], seed: int) -> Estimate:
    # settings that other figures asked for are no even draw
    drawn = random_bases(reads.battery.n_cells, places, seed=seed)
    if missing := [bases for bases in drawn if bases not in reads.counts]:
        raise RunFailed(
            f"A purity needs the setting {''.join(missing[0])} too, and it was not read. "
            "Run the settings that settings_for names, with the same seed."
        )
    counts = {bases: reads.counts[bases] for bases in drawn}

    def estimate(errors: ReadoutErrors | None) -> Estimate:
        return purity_estimate(counts, places, inverses=reads.inverses(errors, places))

    found = estimate(reads.errors)
    if reads.errors is None:
        return found
    spread = np.std([estimate(one).value for one in _calibrations(reads.errors, seed)])
    common = NORMAL_QUANTILE * float(spread)
    return replace(
        found,
        low=found.value - math.hypot(found.value - found.low, common),
        high=found.value + math.hypot(found.high - found.value, common),
    )


def angle(reads: Reads, _: int) -> Outcome:
    """Bures angle from a start in levels."""
    return angle_estimate(*reads.returned)
