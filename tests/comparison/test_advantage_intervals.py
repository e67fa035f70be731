"""The main job's promise: intervals of the advantage that hold the closed form, and are narrow.

Blocks of N = 12 cells reach N/ceil(N/k) under C0 and its square root under C1
(Campaioli et al., PRL 118, 150601 (2017), with a remainder block where k does not divide N).
"""

import math

import pytest

import qbcircuit as qb
from qbcircuit.comparison import prepare, reference_protocol, under
from qbcircuit.estimate import compare_figures, trace_from_readings
from qbcircuit.machines import resolve
from qbcircuit.study import run_plans

N, ORDERS, SEEDS, SHOTS = 12, (2, 3, 4, 5, 6, 7, 12), 20, 4096


@pytest.mark.parametrize(
    ("constraint", "power"), [(qb.Constraint.C0, 1.0), (qb.Constraint.C1, 0.5)]
)
def test_twenty_seeds_of_blocks(constraint, power):
    battery, machine = qb.Battery.qubits(N), resolve("aer", n_sites=N)
    chargers = [under(qb.protocols.blocks(battery, order=k), constraint) for k in ORDERS]
    reference = reference_protocol(chargers[0], constraint)
    plans = [
        one.plan.with_experiments(one.plan.experiments[::2])  # no noise work without noise
        for one in (prepare(protocol, machine) for protocol in (reference, *chargers))
    ]
    held = widest = 0
    for seed in range(SEEDS):
        readings = run_plans(plans, machine, shots=SHOTS, seed=seed)
        parallel, *traces = map(trace_from_readings, plans, readings)
        for order, trace in zip(ORDERS, traces, strict=True):
            found = compare_figures(trace, parallel, seed=seed).advantage
            assert found is not None
            truth = (N / math.ceil(N / order)) ** power
            held += found.low <= truth <= found.high
            widest = max(widest, (found.high - found.low) / 2 / found.value)
    assert held >= 0.9 * SEEDS * len(ORDERS)
    assert widest <= 0.02
