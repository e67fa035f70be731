"""Flip strings that all commute: every cell's work is a product of cosines, at any N."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from qbcircuit.reference.action import Span, flip_mask
from qbcircuit.reference.component import Component
from qbcircuit.terms import Term

Strengths = tuple[float, ...]
"""Of one string, step by step."""


def share_one_basis(terms: tuple[Term, ...]) -> bool:
    """Whether every site sees one letter only, X, Y or Z: then all strings commute."""
    letter_at: dict[int, str] = {}
    for term in terms:
        for letter, site in zip(term.operators, term.sites, strict=True):
            if letter in "+-" or letter_at.setdefault(site, letter) != letter:
                return False
    return True


class CommutingStrings:
    """W(t) = sum_j (p_0 - p_1)(E_1 - E_0)/2 [1 - prod_{S flips j} cos(2 phi_S(t))].

    phi_S is the integral of the strength c_S. Z_j evolves into Z_j prod_S exp(-2i phi_S P_S) over
    the strings that flip j; from a diagonal state only the products of strings with no net flip
    survive, and there is none besides the empty one where the strings at j are independent over
    GF(2).

    Args:
        component: of strings with one letter a site, independent at every cell, without resets.
    """

    method = "commuting strings"

    def __init__(self, component: Component) -> None:
        durations = np.array([step.duration for step in component.evolutions])
        self._durations = durations[:, None]
        self._begins = np.concatenate([[0.0], np.cumsum(durations[:-1])])[:, None]
        angles: dict[int, dict[Strengths, int]] = defaultdict(lambda: defaultdict(int))
        for flips, strengths in _by_string(component):
            for site in flips:
                angles[site][strengths] += 1
        rows: dict[tuple[tuple[Strengths, int], ...], float] = defaultdict(float)
        for site, counted in angles.items():
            low, high = component.energies[site]
            amount = (1 - 2 * component.excited[site]) * (high - low) / 2
            rows[tuple(sorted(counted.items()))] += amount
        self._rows = [
            (amount, np.array([one for one, _ in row]), np.array([count for _, count in row]))
            for row, amount in rows.items()
        ]

    @staticmethod
    def applies(component: Component) -> bool:
        """Whether the formula holds for this component."""
        if component.has_reset or not share_one_basis(component.terms):
            return False
        at_site: dict[int, list[int]] = defaultdict(list)
        for term in merged_strings(component.terms):
            mask = flip_mask(term)
            for site in term.flips:
                at_site[site].append(mask)
        return all(_independent(masks, component.n_sites) for masks in at_site.values())

    def work(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Deposited work at each time."""
        total = np.zeros(times.shape)
        elapsed = np.clip(times - self._begins, 0.0, self._durations)
        for amount, strengths, counts in self._rows:
            waves = np.cos(2 * (strengths @ elapsed)) ** counts[:, None]
            total += amount * (1 - np.prod(waves, axis=0))
        return total


def _by_string(component: Component) -> list[tuple[frozenset[int], Strengths]]:
    """The flips of every string, and its strength in each step."""
    steps = component.evolutions
    table: dict[tuple[tuple[int, ...], tuple[str, ...]], list[float]] = {}
    flips = {}
    for index, step in enumerate(steps):
        for term in merged_strings(step.terms):
            key = term.sites, term.operators
            flips[key] = term.flips
            table.setdefault(key, [0.0] * len(steps))[index] = term.strength.real
    return [(flips[key], tuple(strengths)) for key, strengths in table.items()]


def merged_strings(terms: tuple[Term, ...]) -> list[Term]:
    """Strings that share one basis, repeated ones added up."""
    strengths: dict[tuple[tuple[int, str], ...], float] = defaultdict(float)
    for term in terms:
        key = tuple(sorted(zip(term.sites, term.operators, strict=True)))
        strengths[key] += term.strength.real
    return [
        Term((letter for _, letter in key), (site for site, _ in key), strength)
        for key, strength in strengths.items()
    ]


def _independent(masks: list[int], n_sites: int) -> bool:
    if len(set(masks)) < len(masks):
        return False
    # distinct pairs that share a site never add up to nothing
    return all(mask.bit_count() <= 2 for mask in masks) or (Span(masks, n_sites).rank == len(masks))
