"""Values to JSON and back, and hashes that mean the same everywhere."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import battery, charging, codec, protocols, starts, terms
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.starts import ThermalStart

KNOWN = (
    charging.ChargingProtocol, charging.Evolve, charging.Reset, terms.Term, battery.Battery,
    battery.Site, battery.Role, starts.BasisStart, starts.ThermalStart, starts.MixedStart,
    starts.PureStart, starts.ProductStart, starts.GroundStart,
)  # fmt: skip
PURE = {"central-spin-chain", "tfim-quench", "xy-quench", "xxz-quench", "spin-chain"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.complex_numbers(allow_nan=False, allow_infinity=False) | st.binary()
    | st.sampled_from(battery.Role),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=8,
)  # fmt: skip


def through_json(value):
    return codec.decode(json.loads(json.dumps(codec.encode(value))), KNOWN)


@settings(deadline=None, max_examples=100)
@given(VALUES)
def test_plain_values_survive(value):
    assert through_json(value) == value


@pytest.mark.parametrize("family", protocols.FAMILIES.values(), ids=lambda one: one.name)
@pytest.mark.parametrize("start", ["ground", ThermalStart(beta=0.3)], ids=["ground", "thermal"])
def test_protocols_survive_with_their_name(family, start):
    options = {"order": 2} if family.takes_order else {}
    options |= {"field": 1 / 3} if family.takes_field else {}
    levels = (0.0, 0.05, 0.1) if family.name == "qutrit-ladder" else (0.0, 0.1)
    cells = Battery.equal_cells(4, levels=levels, start=start)
    if start != "ground" and family.name in PURE:
        with pytest.raises(
            InvalidRequest, match=r"thermal start is for|need cells in a pure start"
        ):
            family.build(cells, **options)
        return
    written = family.build(cells, **options)
    read = through_json(written)
    assert read == written
    assert (read.name, read.notes) == (written.name, written.notes)


def test_numbers_that_json_lacks_survive():
    assert through_json(math.inf) == math.inf
    assert math.isnan(through_json(math.nan))
    assert "Infinity" not in json.dumps(codec.encode((math.inf, -math.inf)))


def test_only_known_types_are_built():
    with pytest.raises(InvalidRequest, match='holds a "Popen", which this version cannot read'):
        codec.decode({"type": "Popen", "args": ["true"]}, KNOWN)
    with pytest.raises(TypeError, match="no JSON form for list"):
        codec.encode([1])


def test_hashes_ignore_the_last_bits_and_nothing_else():
    blocks = protocols.blocks(Battery.qubits(4), order=2)
    same = codec.content_hash(blocks)
    assert codec.content_hash(protocols.blocks(Battery.qubits(4), order=2)) == same
    assert codec.content_hash(0.1 + 0.2) == codec.content_hash(0.3)
    assert codec.content_hash(0.3 + 1e-9) != codec.content_hash(0.3)
    assert codec.content_hash(-0.0) == codec.content_hash(0.0)
    others = (
        protocols.blocks(Battery.qubits(4), order=3),
        protocols.blocks(Battery.qubits(4, start="0001"), order=2),
        protocols.blocks(Battery.qubits(4), order=2, strength=1.0 + 1e-9),
        protocols.transition_blocks(Battery.qubits(4), order=2),
    )
    assert len({same, *map(codec.content_hash, others)}) == 5


def test_hashes_are_equal_across_processes():
    code = (
        "from qbcircuit import codec, protocols; from qbcircuit.battery import Battery; "
        "print(codec.content_hash(protocols.windows(Battery.qubits(5), order=2, field=0.3)))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout.strip()
        for seed in "12"
    }  # fmt: skip
    assert printed == {codec.content_hash(protocols.windows(Battery.qubits(5), order=2, field=0.3))}
