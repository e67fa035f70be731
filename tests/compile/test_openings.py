"""Starts that are prepared by circuits: ground states of chains, and what is refused."""

from __future__ import annotations

import pytest

from qbcircuit.battery import Battery, Site
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, plan_cost
from qbcircuit.errors import InvalidRequest
from qbcircuit.starts import GroundStart, ProductStart, PureStart
from qbcircuit.terms import Term
from qbcircuit.testing import assert_plan_implements, assert_zero_angles_rest


def chain_battery(n, inner, start=None):
    sites = tuple(Site(levels=(0.0, 0.8 + 0.1 * j)) for j in range(n))
    return Battery(sites=sites, start=start or GroundStart(), interactions=tuple(inner))


def bonds(n, **letters):
    return [Term(a, (j, j + 1), s) for a, s in letters.items() for j in range(n - 1)]


CHAINS = {
    "transverse Ising": bonds(4, XX=-0.7),
    "XY": bonds(4, XX=0.9, YY=-0.4),
    "skew": bonds(4, XX=0.9, XY=0.3),
    "two chains": [Term("XX", (0, 1), 0.5), Term("YY", (2, 3), 1.5)],
    "turned axes": [*bonds(4, ZZ=1.0), *(Term("X", (j,), 0.5) for j in range(4))],
}


@pytest.mark.parametrize("target", ["all-to-all", "line"])
@pytest.mark.parametrize("name", sorted(CHAINS))
def test_the_ground_state_of_an_open_chain_is_prepared(name, target):
    battery = chain_battery(4, CHAINS[name])
    if name == "turned axes":  # no field along Z: the cells' own levels are undone
        undo = [Term("Z", (j,), (0.8 + 0.1 * j) / 2) for j in range(4)]
        battery = chain_battery(4, [*CHAINS[name], *undo])
    protocol = ChargingProtocol.constant(battery, [Term("Y", (j,)) for j in range(4)])
    plan = compile_protocol(protocol, times=[0.0, 0.6], target=target)
    assert_plan_implements(plan, atol=1e-7)
    assert_zero_angles_rest(plan, atol=1e-7)
    assert plan_cost(plan, 0).two_qubit_gates <= 2 * 4


def test_a_long_chain_starts_with_a_quarter_of_its_square():
    n = 10
    battery = chain_battery(n, bonds(n, XX=-0.7))
    protocol = ChargingProtocol.constant(battery, [Term("X", (j,)) for j in range(n)])
    plan = compile_protocol(protocol, times=0.0, target="line")
    assert plan_cost(plan, 0).two_qubit_gates <= n * n // 2


def test_what_cannot_be_started_is_refused_in_one_sentence():
    alike = [Term("XX", (0, 1)), *(Term("Z", (j,), 0.4 + 0.05 * j) for j in range(2))]
    flat = ChargingProtocol.constant(chain_battery(2, alike), [Term("Y", (0,))])
    with pytest.raises(InvalidRequest, match="more than one ground state"):
        compile_protocol(flat, times=0.4)
    wide = Battery(
        sites=(Site(levels=(0.0, 1.0, 2.0)),) * 4,
        start=PureStart(amplitudes=tuple(range(81))),
    )
    hop = ChargingProtocol.constant(wide, [Term("ac", (0, 1))])
    with pytest.raises(InvalidRequest, match=r"up to 10 qubits, and this one takes 12"):
        compile_protocol(hop, times=0.4, encoding="unary")
    product = Battery(sites=(Site(),) * 2, start=ProductStart(amplitudes=((1.0, 1.0), (1.0, 0.0))))
    blocks = ChargingProtocol.constant(product, [Term("XX", (0, 1))])
    with pytest.raises(InvalidRequest, match=r"is a ProductStart\. Use --start any"):
        compile_protocol(blocks, times=0.4, start="ground")
    with pytest.raises(InvalidRequest, match="Unknown encoding"):
        compile_protocol(blocks, times=0.4, encoding="grey")
    with pytest.raises(InvalidRequest, match="Unknown mixed"):
        compile_protocol(blocks, times=0.4, mixed="draw")
