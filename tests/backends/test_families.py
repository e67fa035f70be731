"""Every family at small size: its circuits do what it says, and Aer reads its work off them.

The energy of what interacts is read in several settings, and a family starts as it does by itself:
in a level, a ground state, a Dicke state or a mode's state.
"""

from __future__ import annotations

import numpy as np
import pytest

from qbcircuit import protocols
from qbcircuit.backend import Counts
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol
from qbcircuit.estimate import trace_from_readings
from qbcircuit.reference import capacity, simulate
from qbcircuit.testing import assert_plan_implements, assert_zero_angles_rest
from qbcircuit_aer import AerBackend

ERROR = 0.02
"""Of the circuits against the exact evolution."""

CASES = {
    "parallel": (3, None, {}),
    "global": (3, None, {}),
    "blocks": (3, 2, {}),
    "transition-blocks": (3, 2, {}),
    "windows": (3, 2, {}),
    "transition-windows": (3, 2, {}),
    "double-excitation": (3, None, {}),
    "all-to-all": (3, None, {"anisotropy": 0.5}),
    "two-axis": (3, None, {}),
    "ising-graph": (4, None, {"graph": "star"}),
    "ising-hypergraph": (4, 3, {}),
    "layered": (4, 2, {"gate": "haar", "duration": 0.25}),
    "random-haar": (3, 2, {}),
    "random-gue": (3, 2, {}),
    "syk": (4, None, {}),
    "star": (2, None, {"chargers": 2}),
    "central-spin-chain": (2, None, {"chargers": 2, "excited": 2}),
    "mediated": (1, None, {"mediators": 1}),
    "tfim-quench": (3, None, {"charger-field": 0.3}),
    "xy-quench": (3, None, {"charger-field": 0.3}),
    "xxz-quench": (3, None, {}),
    "spin-chain": (3, None, {}),
    "ladder": (2, None, {"rungs": "spin"}),
    "qutrit-ladder": (2, None, {}),
    "tavis-cummings": (2, None, {"mode": "fock"}),
    "dicke": (1, None, {"cutoff": 2}),
    "collisional": (1, None, {"collisions": 2}),
    "collisional-charger": (1, None, {"collisions": 3, "step": 0.6}),
    "pulsed-blocks": (3, 2, {"slices": 2, "duration": 0.8}),
    "adiabatic-ramp": (3, 2, {"slices": 2, "duration": 0.8}),
    "counter-diabatic": (3, 2, {"slices": 2, "duration": 0.8}),
}
"""Cells, order and options of each."""

LEVELS = {
    "ladder": (0.0, 1.0, 2.0),
    "qutrit-ladder": (0.0, 1.0, 2.0),
    "collisional": (0.0, 1.0, 2.0),
}
"""Of the cells, where two are not enough."""

MODES = ("tavis-cummings", "dicke")
"""Families with a site of many levels beside cells of two."""


def built(name):
    n, order, options = CASES[name]
    battery = Battery.equal_cells(n, levels=LEVELS.get(name, (0.0, 1.0)))
    return protocols.build(name, battery, order=order, parameters=options)


def times_of(protocol):
    end = min(protocol.duration, 2.0)
    return (0.0, end / 2, end)


def exact_counts(plan, shots=10**9):
    """Readings without shot noise to speak of."""
    found = []
    for _, p in sorted(dict(AerBackend().distributions(plan)).items()):
        width = p.size.bit_length() - 1
        outcomes = {f"{i:0{width}b}": round(shots * x) for i, x in enumerate(p)}
        found.append(Counts.from_mapping(outcomes))
    return found


def test_every_family_is_here():
    assert list(CASES) == list(protocols.FAMILIES)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [(name, "binary") for name in CASES] + [(name, "unary") for name in (*LEVELS, *MODES)],
)
def test_the_circuits_of_a_family_implement_it_and_aer_reads_its_work(name, encoding):
    protocol = built(name)
    times = times_of(protocol)
    plan = compile_protocol(protocol, times=times, error=ERROR, encoding=encoding)
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    found = trace_from_readings(plan, exact_counts(plan)).work
    exact = simulate(protocol, times).work
    # states apart by e differ in energy by 2 e times half the capacity at most
    allowed = capacity(protocol.battery) * plan.compilation.error + 1e-7
    np.testing.assert_allclose(found, exact, atol=allowed)
    assert np.abs(exact).max() > 4e-3


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith("-quench")])
@pytest.mark.parametrize("start", ["001", "110"])
def test_the_circuits_of_interacting_cells_implement_their_evolution(name, start):
    n, order, options = CASES[name]
    protocol = protocols.build(
        name, Battery.qubits(n, start=start), order=order, parameters=options
    )
    plan = compile_protocol(protocol, times=(0.0, 0.3, 0.6), error=0.05)
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
