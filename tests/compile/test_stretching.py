"""Stretched circuits: longer by the factor, the same in what they do."""

import numpy as np
import pytest
from qiskit.quantum_info import Operator

import qbcircuit as qb
from qbcircuit.backend import batch_of
from qbcircuit.compile import compile_protocol, stretched
from qbcircuit.compile.devices.target import resolve_target
from qbcircuit.errors import InvalidRequest
from qbcircuit.machines import resolve

MACHINES = [("all-to-all", "cx"), ("line", "cz"), ("line", "rzz")]


def protocol_of(name, n=4):
    battery = qb.Battery.qubits(n)
    if name == "blocks":
        return qb.protocols.blocks(battery, order=2)
    return qb.protocols.windows(battery, order=2, field=0.3)


@pytest.mark.parametrize(("target", "gates"), MACHINES)
@pytest.mark.parametrize("name", ["blocks", "windows"])
@pytest.mark.parametrize("factor", [3, 5])
def test_a_stretched_circuit_does_the_same_with_as_many_times_the_gates(
    target, gates, name, factor
):
    device = resolve_target(target, 4, gates=gates)
    plan = compile_protocol(protocol_of(name), times=[0.3, 0.9], target=device, steps=2)
    longer = stretched(plan.with_noise_work(), factor)
    for i, experiment in enumerate(plan.with_noise_work().experiments):
        before, after = plan.with_noise_work().circuit(i), longer.circuit(i)
        assert Operator(after).equiv(Operator(before))
        assert after.num_nonlocal_gates() == factor * before.num_nonlocal_gates()
        for one in after.data:
            if one.operation.name == "rzz":
                assert -1e-12 <= one.operation.params[0] <= np.pi / 2 + 1e-12
        assert set(after.count_ops()) <= set(device.gates)
        assert longer.experiments[i].readout == experiment.readout


def test_stretched_work_is_another_unit_of_work():
    plan = compile_protocol(protocol_of("blocks"), times=[0.3])
    hashes = {stretched(plan, factor).content_hash for factor in (1, 3, 5)}
    assert len(hashes) == 3
    assert stretched(plan, 1) is plan


def test_stretched_circuits_nest_as_the_plain_ones_do():
    """One pass and circuit by circuit see the same work, noise included."""
    plan = stretched(compile_protocol(protocol_of("windows"), times=[0.4, 0.8], steps=2), 3)
    aer = resolve("aer", n_sites=4)
    whole = aer.run(batch_of(plan), shots=4000, seed=5)
    alone = [
        aer.run(batch_of(plan.with_experiments([one])), shots=4000, seed=5)[0]
        for one in plan.experiments
    ]
    for together, single in zip(whole, alone, strict=True):
        ones = [sum(bits.count("1") * n for bits, n in reading) for reading in (together, single)]
        assert ones[0] == pytest.approx(ones[1], abs=500)


@pytest.mark.parametrize("factor", [0, 2, -1, 17, True])
def test_factors_that_undo_nothing_are_refused(factor):
    plan = compile_protocol(protocol_of("blocks"), times=[0.3])
    with pytest.raises(InvalidRequest, match="A stretch factor is an odd number from 1 to 15"):
        stretched(plan, factor)


def test_resets_cannot_be_undone():
    battery = qb.Battery.qubits(2)
    steps = (
        qb.charging.Evolve(terms=(qb.Term("XX", (0, 1)),), duration=0.2),
        qb.charging.Reset(sites=(0,)),
        qb.charging.Evolve(terms=(qb.Term("XX", (0, 1)),), duration=0.2),
    )
    protocol = qb.ChargingProtocol(battery=battery, schedule=steps, name="collisions")
    plan = compile_protocol(protocol, times=[0.4])
    with pytest.raises(InvalidRequest, match="'reset' cannot be undone"):
        stretched(plan, 3)
