"""The benchmarks are scripts: what they import lies beside them."""

import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def benchmarks_path():
    """Where scripts look for what they import."""
    beside = Path(__file__).parents[2] / "experiments" / "benchmarks"
    sys.path.insert(0, str(beside))
    yield
    sys.path.remove(str(beside))
