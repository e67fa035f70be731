"""Plans survive a trip through JSON, and have one identity everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit

from qbcircuit import protocols
from qbcircuit.battery import Battery, ThermalStart
from qbcircuit.compile import compile_protocol
from qbcircuit.plan import CircuitPlan, ExperimentRole
from qbcircuit.testing import assert_plan_implements

PROGRAM = """
from qbcircuit import protocols
from qbcircuit.battery import Battery
from qbcircuit.compile import compile_protocol
protocol = protocols.windows(Battery.qubits(4), order=3, field=0.25)
print(compile_protocol(protocol, times=[0.1, 0.7], target="line").content_hash)
"""


def test_the_hash_is_the_same_in_another_process():
    protocol = protocols.windows(Battery.qubits(4), order=3, field=0.25)
    here = compile_protocol(protocol, times=[0.1, 0.7], target="line").content_hash
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )
    assert done.stdout.strip() == here


def test_the_hash_follows_what_is_asked():
    protocol = protocols.windows(Battery.qubits(4), order=3, field=0.25)
    asked = [
        {"times": [0.1, 0.7]},
        {"times": [0.1, 0.8]},
        {"times": [0.1, 0.7], "target": "line"},
        {"times": [0.1, 0.7], "steps": 3},
        {"times": [0.1, 0.7], "start": "any"},
    ]
    hashes = {compile_protocol(protocol, **one).content_hash for one in asked}
    assert len(hashes) == len(asked)


@pytest.mark.parametrize("start", ["ground", ThermalStart(beta=0.5)])
def test_plans_round_trip_through_json(start):
    protocol = protocols.windows(Battery.qubits(3, start=start), order=2, field=0.25)
    plan = compile_protocol(protocol, times=[0.1, 0.7], error=0.1)
    again = CircuitPlan.from_json(plan.to_json())
    assert again == plan
    assert again.content_hash == plan.content_hash
    assert_plan_implements(again)


@pytest.mark.parametrize("times", [1, 2, 3, 7, 31, 32, 33, 95, 130])
def test_equal_pieces_are_strung_together_as_often_as_they_come(times):
    protocol = protocols.windows(Battery.qubits(8), order=2, field=0.25)
    plan = compile_protocol(protocol, times=0.7, steps=3, start="any", target="heavy-hex")
    first, *_, last = plan.experiments[0].pieces
    one = replace(plan.experiments[0], segments=(first,) * times + (last, first), closing=(last,))
    naive = QuantumCircuit(plan.target.n_qubits)
    for piece in one.pieces:
        naive.compose(plan.templates[piece.template].bound(piece.angles), plan.qubits, inplace=True)
    assert plan.with_experiments([one]).circuits == [naive]


def test_noise_work_twins_follow_their_experiments():
    plan = compile_protocol(
        protocols.blocks(Battery.qubits(4), order=2), times=[0.2, 0.4]
    ).with_noise_work()
    roles = [one.role for one in plan.experiments]
    assert roles == [ExperimentRole.CHARGE, ExperimentRole.ZERO_ANGLE] * 2


def test_local_layers_tell_what_was_exponentiated():
    protocol = protocols.blocks(Battery.qubits(7), order=3, field=0.1)
    plan = compile_protocol(protocol, times=0.3)
    (layers,) = plan.local_layers
    assert [block.sites for block in layers[0]] == [(0, 1, 2), (3, 4, 5), (6,)]
    assert layers[0][0].label == "XXX+Z"
    chain = compile_protocol(
        protocols.double_excitation(Battery.qubits(8)), times=0.3, steps=2, formula=2
    )
    first, sweep, end = chain.local_layers
    assert first == sweep
    inner, outer = [(1, 2), (3, 4), (5, 6)], [(0, 1), (2, 3), (4, 5), (6, 7)]
    assert [[block.sites for block in layer] for layer in sweep] == [inner, outer]
    assert [[block.sites for block in layer] for layer in end] == [inner]


def test_many_times_share_one_template():
    plan = compile_protocol(
        protocols.transition_blocks(Battery.qubits(12), order=4), times=np.linspace(0, 2, 41)
    )
    assert len(plan.templates) == 1
    assert len(plan.experiments) == 41
