"""Protocols: counting, generators, scaling, and schedules that cannot be."""

from __future__ import annotations

import math

import pytest

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol, Evolve, Reset, internal_terms
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term

TWO = Battery.qubits(2)
X0 = Evolve(terms=(Term("X", (0,)),), duration=1.0)


def layered():
    """Pairs re-partitioned from step to step, as in Theorem 1 of the letter."""
    even = tuple(Term("XX", (j, j + 1)) for j in (0, 2, 4))
    odd = tuple(Term("XX", (j, j + 1)) for j in (1, 3))
    steps = (Evolve(terms=even, duration=0.5), Evolve(terms=odd, duration=0.25))
    return ChargingProtocol(battery=Battery.qubits(6), schedule=steps)


def test_repartitioned_steps_have_participation_one():
    protocol = layered()
    assert (protocol.order, protocol.participation) == (2, 1)
    assert (protocol.n_interactions, protocol.n_layers) == (3, 1)
    assert len(protocol.interactions) == 5
    assert protocol.duration == pytest.approx(0.75)
    assert not protocol.is_constant


def test_a_constant_protocol_is_open_ended():
    protocol = ChargingProtocol.constant(TWO, [Term("XX", (0, 1))], name="mine")
    assert protocol.is_constant
    assert protocol.duration == math.inf
    assert (protocol.order, protocol.participation, protocol.n_layers) == (2, 1, 1)


def test_a_name_is_no_part_of_the_value():
    one, other = (ChargingProtocol.constant(TWO, X0.terms, name=name) for name in "ab")
    assert one == other
    assert hash(one) == hash(other)


def test_generator_is_v_alone_or_with_the_internal_hamiltonian():
    battery = Battery.qubits(2, levels=(1.0, 4.0))
    bare = ChargingProtocol.constant(battery, X0.terms, shift=0.5)
    assert bare.generator(bare.evolutions[0]) == (X0.terms, 0.5)
    full = ChargingProtocol.constant(battery, X0.terms, shift=0.5, include_internal=True)
    terms, shift = full.generator(full.evolutions[0])
    # A cell with levels (1, 4) is 2.5 - 1.5 Z.
    assert terms == (*X0.terms, Term("Z", (0,), -1.5), Term("Z", (1,), -1.5))
    assert shift == pytest.approx(0.5 + 5.0)
    assert internal_terms(battery) == ((Term("Z", (0,), -1.5), Term("Z", (1,), -1.5)), 5.0)


def test_scaling_keeps_the_angles():
    scaled = layered().scaled(4.0)
    for before, after in zip(layered().evolutions, scaled.evolutions, strict=True):
        assert after.duration == pytest.approx(before.duration / 4)
        for one, other in zip(before.terms, after.terms, strict=True):
            assert other.strength == pytest.approx(4 * one.strength)
            assert other.strength * after.duration == pytest.approx(one.strength * before.duration)
    shifted = ChargingProtocol.constant(TWO, X0.terms, shift=0.5).scaled(2.0)
    assert shifted.evolutions[0].shift == 1.0
    assert shifted.duration == math.inf
    collision = ChargingProtocol(battery=TWO, schedule=(X0, Reset(sites=(0,)), X0)).scaled(2.0)
    assert collision.schedule[1] == Reset(sites=(0,))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ChargingProtocol.constant(TWO, []), r"at least one term, got none\. Add a term"),
        (lambda: ChargingProtocol(battery=TWO, schedule=()), "at least one term"),
        (lambda: ChargingProtocol.constant(TWO, [Term("X", (2,))]),
         r"Term 'X' acts on cell 2 but the battery has cells 0\.\.1"),
        (lambda: ChargingProtocol(battery=TWO, schedule=(Evolve(terms=X0.terms), X0)),
         "Only the last step may go on for ever"),
        (lambda: ChargingProtocol(battery=TWO, schedule=(X0, Reset(sites=(2,)))),
         r"A reset names sites \[2\] outside 0\.\.1"),
        (lambda: Evolve(terms=X0.terms, duration=0.0), r"must be positive, got 0\.0"),
        (lambda: Evolve(terms=X0.terms, duration=math.nan), "must be positive, got nan"),
        (lambda: Evolve(terms=X0.terms, shift=math.inf), "identity shift must be finite"),
        (lambda: layered().scaled(0.0), r"scaled by a positive number, got 0\.0"),
        (lambda: layered().scaled(math.nan), "scaled by a positive number, got nan"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_protocol(build, message):
    with pytest.raises(InvalidRequest, match=message):
        build()
