"""Protocols written as files and read back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import protocols
from qbcircuit.battery import BasisStart, Battery, Role, Site, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.terms import Term
from tests.levels import random_levels_protocol

numbers = st.floats(-1e3, 1e3).filter(lambda value: value != 0)
starts = st.one_of(
    st.tuples(*[st.integers(0, 1)] * 4).map(lambda levels: BasisStart(levels=levels)),
    st.floats(0, 5).map(lambda beta: ThermalStart(beta=beta)),
)


@st.composite
def term(draw):
    sites = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True))
    letters = draw(st.lists(st.sampled_from("XYZ+-"), min_size=len(sites), max_size=len(sites)))
    imaginary = draw(numbers) if set(letters) & set("+-") else 0.0
    return Term(letters, sites, complex(draw(numbers), imaginary))


@st.composite
def protocol(draw):
    n_steps = draw(st.integers(1, 3))
    durations = draw(st.lists(st.floats(1e-3, 10), min_size=n_steps, max_size=n_steps))
    if draw(st.booleans()):
        durations[-1] = math.inf
    steps = [
        Evolve(
            terms=tuple(draw(st.lists(term(), min_size=int(i == 0), max_size=3))),
            duration=duration,
            shift=draw(st.floats(-3, 3)),
        )
        for i, duration in enumerate(durations)
    ]
    battery = Battery.qubits(4, levels=(draw(st.floats(-1, 0)), 1.0), start=draw(starts))
    return ChargingProtocol(
        battery=battery, schedule=tuple(steps), include_internal=draw(st.booleans())
    )


@settings(deadline=None, max_examples=60)
@given(protocol(), st.sampled_from([None, "C0", "C1", "C2", "none"]))
def test_what_is_written_reads_back_equal(written, constraint):
    read = protocols.parse(protocols.dump(written, constraint=constraint))
    assert read.protocol == written
    assert read.constraint == constraint


@pytest.mark.parametrize("family", protocols.FAMILIES.values(), ids=lambda one: one.name)
def test_every_family_can_be_written(family):
    options = {"order": 2} if family.takes_order else {}
    n_levels = 3 if family.name == "qutrit-ladder" else 2
    battery = Battery.equal_cells(4, levels=range(n_levels))
    written = family.build(battery, field=0.2 if family.takes_field else 0.0, **options)
    assert protocols.parse(protocols.dump(written)).protocol == written


@given(
    st.integers(0, 2**32),
    st.sampled_from(["basis", "mixed", "thermal", "product", "pure", "ground"]),
    st.booleans(),
)
@settings(deadline=None, max_examples=80)
def test_any_protocol_is_written_and_read_back_equal(seed, kind, resets):
    """Sites of any levels and roles, every start, resets, cells that interact."""
    rng = np.random.default_rng(seed)
    interacting = kind != "thermal" and bool(rng.integers(0, 2))
    written = random_levels_protocol(rng, kind, resets=resets, interacting=interacting)
    assert protocols.parse(protocols.dump(written)).protocol == written


def test_levels_above_nine_are_a_list_of_levels():
    battery = protocols.beside(
        Battery.qubits(2, start="01"), Site(levels=(0.0,) * 14, role=Role.MODE), level=13
    )
    written = ChargingProtocol.constant(battery, [Term("+a", (0, 2))])
    text = protocols.dump(written)
    assert "start = [1, 0, 13]" in text
    assert protocols.parse(text).protocol == written
