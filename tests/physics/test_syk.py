"""Complex SYK of q = 4 on N = 16 cells, case T2; Rossini et al., arXiv:1912.07234."""

from __future__ import annotations

import numpy as np
import pytest

from qbcircuit import bounds, protocols
from qbcircuit.battery import Battery


def test_t2_syk_weight():
    """Strings of four different modes span 16 cells at most and 8.8 on average.

    So k is 16 for the order bound: a super-extensive power is no contradiction.
    """
    protocol = protocols.syk_charging(Battery.qubits(16))
    terms = protocol.evolutions[0].terms
    # four modes leave four letters other than the X of the strings between them
    four = [term for term in terms if sum(letter != "X" for letter in term.operators) == 4]
    weights = [term.order for term in four]
    assert max(weights) == protocol.order == 16
    assert np.mean(weights) == pytest.approx(8.8, abs=0.05)
    assert bounds.order_bound(protocol).value == pytest.approx(16 * np.pi / 2)
