"""Reduced states against partial traces of dense density matrices."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import testing
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import reduced_states
from qbcircuit.starts import ThermalStart
from qbcircuit.terms import Term

TIMES = (0.0, 0.5, 0.8, 1.7)


def traced(matrix, kept, n):
    """Element by element: indices of kept bits, equal bits elsewhere."""
    rest = [site for site in range(n) if site not in kept]
    found = np.zeros((1 << len(kept),) * 2, dtype=complex)
    for a, b in itertools.product(range(1 << n), repeat=2):
        if all(a >> site & 1 == b >> site & 1 for site in rest):
            row = sum((a >> site & 1) << i for i, site in enumerate(kept))
            column = sum((b >> site & 1) << i for i, site in enumerate(kept))
            found[row, column] += matrix[a, b]
    return found


def scheduled(rng, n, *, thermal, reset):
    first = tuple(testing.random_term(rng, n, 2) for _ in range(2))
    second = tuple(testing.random_term(rng, n, int(k)) for k in rng.integers(1, 3, size=3))
    middle = (Reset(sites=(int(rng.integers(0, n)),)),) if reset else ()
    return ChargingProtocol(
        battery=Battery.qubits(n, start=ThermalStart(beta=0.8) if thermal else "0" * (n - 1) + "1"),
        schedule=(Evolve(terms=first, duration=0.8), *middle, Evolve(terms=second)),
    )


@given(st.integers(0, 2**32), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=40)
def test_any_sites_in_any_order(seed, thermal, reset):
    rng = np.random.default_rng(seed)
    protocol = scheduled(rng, 4, thermal=thermal, reset=reset)
    kept = [int(site) for site in rng.permutation(4)[: rng.integers(1, 5)]]
    for state, time in zip(reduced_states(protocol, TIMES, kept), TIMES, strict=True):
        expected = traced(testing.density_at(protocol, time), kept, 4)
        np.testing.assert_allclose(state, expected, atol=1e-9)


def test_what_cannot_be_asked_for():
    protocol = ChargingProtocol.constant(Battery.qubits(14), [Term("X", (0,))])
    with pytest.raises(InvalidRequest, match="must not decrease"):
        reduced_states(protocol, [1.0, 0.5])
    with pytest.raises(InvalidRequest, match=r"different ones of 0\.\.13, got \[1, 1\]"):
        reduced_states(protocol, 1.0, [1, 1])
    with pytest.raises(InvalidRequest, match="of 14 sites has 16384 levels, and 4096"):
        reduced_states(protocol, 1.0)
