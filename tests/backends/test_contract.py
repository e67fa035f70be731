"""What every backend owes, whatever it is."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_aer.primitives import SamplerV2

from qbcircuit.backend import Backend, Counts, ExactWork, JobState, QueueingBackend, batch_of
from qbcircuit.errors import InvalidRequest
from qbcircuit.machines import resolve
from qbcircuit.plan import Piece
from qbcircuit.target import DeviceTarget
from qbcircuit_aer import AerBackend, device_simulation

SPOOL = Path(__file__).with_name("spool.py")
N = 3
SHOTS = 4000
TOLERATED_HEAT = 0.1
"""Per cell; the devices below are wrong by less, a swapped or missed bit by more."""


def spool_in(folder):
    spec = importlib.util.spec_from_file_location("spool", SPOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules["spool"] = module
    spec.loader.exec_module(module)
    return module.SpoolBackend(folder)


def generic():
    return GenericBackendV2(4, seed=2)


MACHINES = {
    "exact": lambda folder: "exact",
    "aer": lambda folder: "aer",
    "aer-mps": lambda folder: "aer-mps",
    "noisy": lambda folder: "noisy",
    "fake_manila": lambda folder: "fake_manila",
    "backend object": lambda folder: AerBackend(method="density_matrix"),
    "simulated device": lambda folder: device_simulation(generic()),
    "BackendV2": lambda folder: generic(),
    "StatevectorSampler": lambda folder: StatevectorSampler(seed=3),
    "Aer's sampler": lambda folder: SamplerV2(seed=3),
    "BackendSamplerV2": lambda folder: BackendSamplerV2(
        backend=generic(), options={"seed_simulator": 3}
    ),
    "spool": spool_in,
}


@pytest.fixture(params=MACHINES)
def backend(request, tmp_path):
    return resolve(MACHINES[request.param](tmp_path), N)


@pytest.fixture
def plan(backend, parallel):
    return parallel(N, target=backend.target(N), qubits=(0, 1, 2))


def work_of(reading):
    if isinstance(reading, ExactWork):
        return reading.work
    return sum(bits.count("1") * times for bits, times in reading) / reading.shots


def test_it_has_a_name_and_a_target_that_is_wide_enough(backend):
    assert isinstance(backend, Backend)
    assert backend.name
    assert isinstance(backend.target(N), DeviceTarget)
    assert backend.target(N).n_qubits >= N
    assert backend.target(N) == backend.target(N)


def test_parallel_charging_deposits_n_sin_squared(backend, plan):
    readings = backend.run(batch_of(plan), shots=SHOTS, seed=1)
    assert len(readings) == len(plan.experiments)
    for one, reading in zip(plan.experiments, readings, strict=True):
        angle = one.segments[0].angles[0]
        expected = N * np.sin(angle / 2) ** 2
        allowed = N * TOLERATED_HEAT + 6 * np.sqrt(N / 4 / SHOTS)
        assert abs(work_of(reading) - expected) < allowed


def test_readings_come_in_batch_order_with_all_shots_and_one_letter_a_cell(backend, plan):
    batch = batch_of(plan)[::-1] + batch_of(plan)[:1]
    readings = backend.run(batch, shots=200, seed=1)
    assert len(readings) == len(batch)
    works = [work_of(reading) for reading in readings]
    last = [i for i, item in enumerate(batch) if item.index == 4]
    assert np.argmax(works) == last[0]
    for reading in readings:
        if isinstance(reading, Counts):
            assert reading.shots == 200
            assert {len(bits) for bits, _ in reading} == {N}


RUN_CIRCUITS = [name for name in MACHINES if name != "exact"]  # which reads the protocol


@pytest.mark.parametrize("backend", RUN_CIRCUITS, indirect=True)
def test_the_rightmost_letter_is_the_first_cell(backend, pieces):
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(N)
    circuit.x(1)
    one = pieces.charge(1.0, [Piece(template=0)], [], (1, 0, 2))
    plan = pieces.plan_of(
        N,
        [pieces.template("flip", circuit)],
        [one],
        target=backend.target(N),
        qubits=(0, 1, 2),
    )
    (reading,) = backend.run(batch_of(plan), shots=200, seed=1)
    assert max(reading, key=lambda outcome: outcome[1])[0] == "001"


def test_the_same_batch_shots_and_seed_give_the_same_counts(backend, plan):
    first = backend.run(batch_of(plan), shots=300, seed=9)
    assert backend.run(batch_of(plan), shots=300, seed=9) == first


def test_two_plans_in_one_batch_stay_apart(backend, parallel):
    still, moved = (
        parallel(N, target=backend.target(N), qubits=(0, 1, 2), times=(t,)) for t in (0.01, 1.5)
    )
    works = [work_of(r) for r in backend.run(batch_of(moved, still), shots=300, seed=1)]
    assert works[0] > 2 and max(works[1:]) < 1


def test_no_shots_are_refused(backend, plan):
    with pytest.raises(InvalidRequest, match="Shots must be 1 or more, got 0"):
        backend.run(batch_of(plan), shots=0, seed=1)


def test_a_queued_job_is_done_and_asked_for_by_other_processes(tmp_path, parallel):
    backend = spool_in(tmp_path)
    assert isinstance(backend, QueueingBackend)
    plan = parallel(N)
    job = batch_of(plan)
    handle = backend.submit(job, shots=100, seed=4, tag="abc")
    assert [one.handle for one in backend.find("abc")] == [handle]
    assert backend.report(handle).state is JobState.SUBMITTED
    assert backend.result(handle) is None
    subprocess.run([sys.executable, SPOOL, "work", tmp_path], check=True)
    asked = subprocess.run(
        [sys.executable, SPOOL, "result", tmp_path, handle], check=True, capture_output=True
    )
    assert backend.report(handle).state is JobState.DONE
    readings = backend.decode(asked.stdout, job, shots=100)
    assert readings == AerBackend().run(job, shots=100, seed=4)
