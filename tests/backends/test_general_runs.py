"""Registers, resets and settings on Aer: one pass, circuit by circuit, noise-free and noisy."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

import qbcircuit as qb
from qbcircuit import testing
from qbcircuit.backend import Counts, ExactWork, batch_of
from qbcircuit.battery import Role, Site
from qbcircuit.charging import Evolve, Reset
from qbcircuit.errors import InvalidRequest, RunFailed
from qbcircuit.estimate import trace_from_readings
from qbcircuit.machines import ExactBackend, resolve
from qbcircuit.plan import ExperimentRole
from qbcircuit.starts import BasisStart, GroundStart, MixedStart
from qbcircuit.terms import Term
from qbcircuit_aer import AerBackend, mps_backend
from qbcircuit_ibm import fake_device
from qbcircuit_ibm.checks import check_circuits

RESETS = {
    "fresh amplitudes": Reset(sites=(1,), amplitudes=(0.6, 0.0, 0.8j)),
    "fresh mixture": Reset(sites=(1,), populations=(0.2, 0.5, 0.3)),
    "by chance": Reset(sites=(1,), amplitudes=(0.0, 1.0, 0.0), probability=0.3),
    "mixture by chance": Reset(sites=(1,), populations=(0.0, 0.4, 0.6), probability=0.7),
    "plain": Reset(sites=(1, 0)),
}


def collided(reset):
    """A cell that exchanges with a three-level charger, which is replaced in between; twice."""
    sites = (Site(levels=(0.0, 1.5)), Site(levels=(0.0, 0.0, 0.0), role=Role.CHARGER))
    battery = qb.Battery(sites=sites, start=BasisStart(levels=(0, 2)))
    meet = Evolve(
        terms=(Term(["+", "|1><2|"], (0, 1)), Term(["+", "|0><1|"], (0, 1), 0.6)), duration=0.8
    )
    return qb.ChargingProtocol(battery=battery, schedule=(meet, reset, meet, reset, meet))


TIMES = (0.5, 0.8, 1.2, 2.4)


def exact_counts(distributions, shots=10**9):
    """Readings without shot noise to speak of."""
    found = []
    for _, p in sorted(distributions.items()):
        width = p.size.bit_length() - 1
        found.append(
            Counts.from_mapping({f"{i:0{width}b}": round(shots * x) for i, x in enumerate(p)})
        )
    return found


@pytest.mark.parametrize("kind", ["gray", "unary"])
@pytest.mark.parametrize("name", sorted(RESETS))
def test_resets_are_followed_in_one_pass_and_circuit_by_circuit(name, kind):
    protocol = collided(RESETS[name])
    plan = qb.compile_protocol(protocol, times=TIMES, target="line", encoding=kind, error=1e-3)
    assert plan.experiments[-1].segments[: len(plan.experiments[0].segments)] == (
        plan.experiments[0].segments
    )
    found = dict(AerBackend().distributions(plan))
    trace = trace_from_readings(plan, exact_counts(found))
    assert trace.work == pytest.approx(qb.simulate(protocol, TIMES).work, abs=5e-3)
    for index, p in found.items():
        circuit = plan.circuit(index)
        circuit.save_probabilities(
            [plan.qubits[w] for w in plan.experiments[index].readout], label="p"
        )
        alone = AerSimulator(method="density_matrix").run(circuit).result().data(0)["p"]
        np.testing.assert_allclose(p, alone, atol=1e-10)


@pytest.mark.parametrize("name", ["fresh mixture", "by chance"])
def test_noisy_resets_are_those_of_the_device(name):
    device = GenericBackendV2(8, coupling_map=CouplingMap.from_line(8), seed=3)
    backend = AerBackend(noise=device)
    plan = qb.compile_protocol(
        collided(RESETS[name]), times=TIMES[::2], target=backend.target(8), error=0.1
    ).with_noise_work()
    ideal = dict(AerBackend().distributions(plan))
    model = NoiseModel.from_backend(device)
    for index, p in backend.distributions(plan):
        where = [plan.qubits[w] for w in plan.experiments[index].readout]
        circuit = plan.circuit(index)
        circuit.save_probabilities(where, label="p")
        simulator = AerSimulator(method="density_matrix", noise_model=model)
        alone = simulator.run(circuit).result().data(0)["p"]
        error = device.target["measure"][(where[0],)].error
        np.testing.assert_allclose(p, (1 - error) * alone + error * alone[::-1], atol=1e-12)
        assert np.abs(p - ideal[index]).max() > 1e-3


def test_a_matrix_product_state_is_sampled_shot_by_shot_where_resets_are():
    protocol = collided(RESETS["fresh mixture"])
    plan = qb.compile_protocol(protocol, times=TIMES, error=1e-2)
    trace = qb.run(plan, "aer-mps", shots=600, seed=4, noise_work=False)
    assert np.all(
        np.abs(trace.work - qb.simulate(protocol, TIMES).work) < 4.5 * trace.stderr + 0.02
    )
    coarse = mps_backend(n_qubits=4, bond=1)
    with pytest.raises(RunFailed, match="when the bond dimension is doubled"):
        coarse.run(batch_of(plan), shots=600, seed=4)


def test_resets_of_cells_are_no_noise():
    """A cell that is emptied loses its energy with and without a charge."""
    schedule = (
        Evolve(terms=(Term("XX", (0, 1)),), duration=0.7),
        Reset(sites=(1,), populations=(0.9, 0.1)),
        Evolve(terms=(Term("X", (0,)),), duration=0.5),
    )
    battery = qb.Battery.qubits(2, start=MixedStart(populations=((0.7, 0.3), (0.2, 0.8))))
    protocol = qb.ChargingProtocol(battery=battery, schedule=schedule)
    for mixed in ("purify", "sample"):
        plan = qb.compile_protocol(protocol, times=(0.4, 0.7, 1.0), mixed=mixed).with_noise_work()
        computed = ExactBackend().run(batch_of(plan), shots=1, seed=0)
        idle = [
            one.work
            for one, made in zip(computed, plan.experiments, strict=True)
            if made.role is ExperimentRole.ZERO_ANGLE
        ]
        assert sorted(set(np.round(idle, 12))) == [-0.7, 0.0]
        for readings in (computed, exact_counts(dict(AerBackend().distributions(plan)))):
            trace = trace_from_readings(plan, readings)
            assert trace.noise_work == pytest.approx(np.zeros(3), abs=1e-7)
            assert trace.work == pytest.approx(qb.simulate(protocol, plan.times).work, abs=1e-6)


def interacting(start=None, d=2):
    inner = [Term("XX", (0, 1), -0.6), Term("YY", (1, 2), 0.4), Term("ZX", (0, 2), 0.3)]
    if d == 3:
        inner = [Term(["|2><0|", "X"], (0, 1), -0.6), Term(["a", "n"], (0, 1), 0.5)]
    sites = (Site(levels=tuple(np.arange(d) * 1.1)), Site(), *((Site(),) * (d == 2)))
    battery = qb.Battery(sites=sites, start=start or GroundStart(), interactions=tuple(inner))
    terms = [Term("Y", (1,)), Term(["|1><0|", "X"], (0, 1), 0.7)]
    return qb.ChargingProtocol.constant(battery, terms, include_internal=True)


STARTED = {
    "ground": (GroundStart(), 2, "purify"),
    "mixed": (MixedStart(populations=((0.8, 0.2), (0.5, 0.5), (1.0, 0.0))), 2, "purify"),
    "sampled": (MixedStart(populations=((0.8, 0.2), (0.5, 0.5), (1.0, 0.0))), 2, "sample"),
    "qutrit": (BasisStart(levels=(1, 0)), 3, "purify"),
    "sampled qutrit": (MixedStart(populations=((0.8, 0.1, 0.1), (0.5, 0.5))), 3, "sample"),
}


@pytest.mark.parametrize("name", sorted(STARTED))
def test_settings_together_tell_the_work_of_an_interacting_battery(name):
    start, d, mixed = STARTED[name]
    protocol = interacting(start, d)
    plan = qb.compile_protocol(protocol, times=(0.0, 0.5, 1.1), mixed=mixed, error=1e-3)
    assert len({one.setting for one in plan.experiments}) > 1
    if mixed == "purify":
        testing.assert_plan_implements(plan)
    plan = plan.with_noise_work()
    trace = trace_from_readings(plan, exact_counts(dict(AerBackend().distributions(plan))))
    assert trace.work == pytest.approx(qb.simulate(protocol, trace.times).work, abs=5e-3)
    assert trace.noise_work == pytest.approx(np.zeros(3), abs=1e-6)
    computed = ExactBackend().run(batch_of(plan), shots=1, seed=0)
    assert all(isinstance(one, ExactWork) for one in computed)
    exact = trace_from_readings(plan, computed)
    assert exact.work == pytest.approx(qb.simulate(protocol, trace.times).work, abs=1e-12)


def test_errors_of_settings_add_up():
    """Standard errors of W against the scatter of 200 repeated runs."""
    plan = qb.compile_protocol(interacting(), times=(0.4, 0.9), error=0.05)
    machine = resolve("aer", n_sites=3)
    traces = [
        trace_from_readings(plan, machine.run(batch_of(plan), shots=100, seed=seed))
        for seed in range(200)
    ]
    scatter = np.std([trace.work for trace in traces], axis=0)
    claimed = np.mean([trace.stderr for trace in traces], axis=0)
    assert scatter == pytest.approx(claimed, rel=0.15)


def test_a_reset_is_refused_before_it_is_sent_to_a_device_that_has_none():
    whole = fake_device("fake_manila").target
    without = Target(num_qubits=5)
    for name in ("cx", "rz", "sx", "x", "measure"):
        without.add_instruction(whole.operation_from_name(name), whole[name], name=name)
    plan = qb.compile_protocol(collided(RESETS["plain"]), times=1.0, target=whole, error=0.1)
    circuits = [plan.circuit(0, measure=True)]
    check_circuits(circuits, whole, "whole")
    with pytest.raises(InvalidRequest, match="plain has no reset on qubit"):
        check_circuits(circuits, without, "plain")
    with pytest.raises(InvalidRequest, match="target has no reset"):
        qb.compile_protocol(collided(RESETS["plain"]), times=1.0, target=without)
