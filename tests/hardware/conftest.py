"""One stand-in a module; simulations of equal jobs are done once."""

from __future__ import annotations

import pytest

from tests.hardware.rehearsal import Rehearsal
from tests.standin import Standin


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    root = tmp_path_factory.mktemp("hardware")
    with Standin(root / "service", in_thread=True) as up:
        made = Rehearsal(root, up)
        assert made.truth
        yield made


@pytest.fixture
def up(rehearsal):
    """The stand-in, without faults before and after."""
    yield rehearsal.up
    rehearsal.up.clear_faults()


@pytest.fixture
def case(up, rehearsal):
    """A request that nobody has made before."""
    made = rehearsal.case()
    yield made
    made.assert_no_secret()
