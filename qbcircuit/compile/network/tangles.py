"""Which layers have structure that networks need not be searched for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.network.built_in import MOST_LETTERS

MOST_REGULAR = 10
"""Wires above which searches have not been seen to shorten windows of a line, or all pairs."""


def is_tangled(layers: Sequence[Layer], n_wires: int) -> bool:
    """Whether strings overlap in more than chains of pairs, and are not too many to write."""
    terms = [term for layer in layers for one in layer for term in one.terms]
    raised = [sum(letter in "+-" for letter in term.operators) for term in terms]
    n_strings = sum(2 ** max(0, count - 1) for count in raised)
    if not 1 < n_strings <= MOST_LETTERS // n_wires:
        return False
    if n_wires > MOST_REGULAR and is_regular(layers):
        return False
    supports = [one.sites for layer in layers for one in layer if one.order > 1]
    meetings = Counter(site for sites in supports for site in sites)
    most = max(meetings.values(), default=0)
    return most > 2 or (most > 1 and max(map(len, supports)) > 2)


def is_regular(layers: Sequence[Layer]) -> bool:
    """Whether every layer holds one word of one letter, moved along a line or on all pairs."""
    return all(map(_is_regular, layers))


def _is_regular(layer: Layer) -> bool:
    """Whether a layer holds one word of one letter, moved along a line or on all pairs."""
    terms = [term for one in layer for term in one.terms]
    words = {term.operators for term in terms}
    shapes = {tuple(site - term.sites[0] for site in term.sites) for term in terms}
    sites = {site for term in terms for site in term.sites}
    (word, *others) = words
    pairs = len(word) == 2 and 2 * len(terms) == len(sites) * (len(sites) - 1)
    alike = not others and len(set(word)) == 1 and word[0] in "XYZ"
    return alike and (pairs or len(shapes) == 1)
