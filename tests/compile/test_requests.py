"""What may not be asked of the compiler, in plain sentences."""

from __future__ import annotations

import math

import pytest

from qbcircuit import protocols
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compile import any_start_cost, compile_protocol
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term

CHAIN = protocols.double_excitation(Battery.qubits(4))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"times": []}, "needs at least one time, got none"),
        ({"times": [0.1, -0.2]}, "finite and not negative, got -0.2"),
        ({"times": math.nan}, "finite and not negative, got nan"),
        ({"times": [0.3, 0.2]}, "must not decrease"),
        ({"times": 1.0, "steps": 0}, "Steps must be 1 or more, got 0"),
        ({"times": 1.0, "formula": 3}, "order 1, 2 or 4, got 3"),
        ({"times": 1.0, "error": 0.0}, "positive and finite, got 0.0"),
        ({"times": 1.0, "error": 1e-16, "formula": 2}, "more than 100000 product-formula steps"),
        ({"times": 1.0, "start": "grond"}, 'Unknown start "grond". Closest: ground'),
        ({"times": 1.0, "error_kind": "bounds"}, "Closest: bound"),
        ({"times": 1.0, "optimise": "dept"}, "Closest: depth"),
        ({"times": 1.0, "target": "lin"}, "Closest: line"),
    ],
)
def test_bad_requests_are_refused(request_, message):
    with pytest.raises(InvalidRequest, match=message):
        compile_protocol(CHAIN, **request_)


def test_a_thermal_start_cannot_be_start_aware():
    protocol = protocols.blocks(Battery.qubits(2, start=ThermalStart(beta=1.0)), order=2)
    with pytest.raises(InvalidRequest, match=r"is a ThermalStart\. Use --start any"):
        compile_protocol(protocol, times=1.0, start="ground")


def test_times_after_the_end_are_refused():
    protocol = ChargingProtocol.constant(Battery.qubits(2), [Term("XX", (0, 1))], duration=1.0)
    with pytest.raises(InvalidRequest, match=r"lasts 1 but .* asked for at time 1\.5"):
        compile_protocol(protocol, times=[0.5, 1.5])


def test_every_interval_needs_a_step():
    chain = tuple(Term("++", (j, j + 1), 1.0) for j in range(3))
    schedule = tuple(
        Evolve(terms=(*chain, Term("Z", (0,), 0.1 + i)), duration=0.5) for i in range(3)
    )
    protocol = ChargingProtocol(battery=Battery.qubits(4), schedule=schedule)
    with pytest.raises(InvalidRequest, match="3 intervals, 2 steps"):
        compile_protocol(protocol, times=1.5, steps=2)
    plan = compile_protocol(protocol, times=1.5, steps=5)
    assert plan.compilation.steps == 5


def test_what_is_too_large_from_any_start_has_no_cost():
    protocol = protocols.transition_blocks(Battery.qubits(24), order=24)
    assert any_start_cost(protocol, 1.0) is None


def test_a_start_aware_block_of_any_size_compiles():
    protocol = protocols.transition_blocks(Battery.qubits(24), order=24, field=0.1)
    plan = compile_protocol(protocol, times=1.0)
    assert plan.circuits[0].num_nonlocal_gates() == 23
