"""The slow twin of the exact reference: the full density matrix, letter by letter."""

from __future__ import annotations

import pytest

from qbcircuit import testing


@pytest.fixture(scope="session")
def dense_work():
    return testing.work_at
