"""Every family at small size: its circuits do what it says, and Aer reads its work off them."""

from __future__ import annotations

import numpy as np
import pytest

from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol
from qbcircuit.reference import simulate
from qbcircuit.testing import assert_plan_implements, assert_zero_angles_rest
from qbcircuit_aer import AerBackend

TIMES = (0.0, 0.3, 0.6)

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
}
"""Cells, order and options of each."""

DIAGONAL = [name for name in CASES if not name.endswith("-quench") and name != "spin-chain"]
"""Families whose energy is read off the levels of the cells."""


def plan_of(name, start="ground"):
    n, order, options = CASES[name]
    protocol = protocols.build(
        name, Battery.qubits(n, start=start), order=order, parameters=options
    )
    return compile_protocol(protocol, times=TIMES, error=0.05)


def test_every_family_is_here():
    assert list(CASES) == list(protocols.FAMILIES)


@pytest.mark.parametrize("name", DIAGONAL)
def test_the_circuits_of_a_family_implement_it_and_aer_reads_its_work(name):
    plan = plan_of(name)
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
    n = plan.protocol.battery.n_cells
    charged = np.array([index.bit_count() for index in range(1 << n)])
    read = dict(AerBackend().distributions(plan))
    found = [charged @ read[index] for index in range(len(TIMES))]
    exact = simulate(plan.protocol, TIMES).work
    # states apart by e differ by 2 e |I - c| = e N at most
    np.testing.assert_allclose(found, exact, atol=n * plan.compilation.error + 1e-9)
    assert exact[-1] > 0.02


@pytest.mark.parametrize("name", [name for name in CASES if name not in DIAGONAL])
@pytest.mark.parametrize("start", ["001", "110"])
def test_the_circuits_of_interacting_cells_implement_their_evolution(name, start):
    plan = plan_of(name, start)
    assert_plan_implements(plan)
    assert_zero_angles_rest(plan)
