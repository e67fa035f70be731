"""The stand-in for IBM Quantum, driven by the real client: what it runs, keeps and reports."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter

from tests.standin import Act, Fault, Standin

SHOTS = 4000


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    with Standin(tmp_path_factory.mktemp("standin"), in_thread=True) as standin:
        yield standin


@pytest.fixture(scope="module")
def service(up):
    return up.service()


@pytest.fixture(scope="module")
def small(service):
    return service.backend("ibm_small7")


@pytest.fixture(scope="module")
def ghz(small):
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure_all()
    return transpile(circuit, small, initial_layout=[0, 1, 2], seed_transpiler=1)


@pytest.fixture(scope="module")
def turned(small):
    """Entangled bits with P(c0) = P(c1) = 1 - P(c2) = sin^2(a/2)."""
    angle = Parameter("a")
    circuit = QuantumCircuit(3)
    circuit.rx(angle, 0)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.x(2)
    circuit.measure_all()
    return transpile(circuit, small, initial_layout=[5, 4, 3], seed_transpiler=1)


@pytest.fixture(autouse=True)
def no_faults(up):
    yield
    up.clear_faults()


def sampler(mode, **options):
    from qiskit_ibm_runtime.executor_sampler import Sampler

    return Sampler(mode=mode, options=options)


def legacy(mode):
    from qiskit_ibm_runtime import SamplerV2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return SamplerV2(mode=mode)


def excited(data):
    """Mean of every bit, bit 0 first."""
    return data.to_bool_array(order="little").mean(axis=-2)


@pytest.mark.parametrize("make", [sampler, legacy])
def test_both_samplers_get_the_right_counts_and_the_same_ones_again(make, small, ghz, turned):
    angles = np.array([[0.0], [1.0], [np.pi]])
    jobs = [make(small).run([ghz, (turned, angles)], shots=SHOTS) for _ in range(2)]
    first, again = (job.result() for job in jobs)
    counts = first[0].data.meas.get_counts()
    assert sum(counts.values()) == SHOTS
    assert counts["000"] + counts["111"] > 0.8 * SHOTS
    means = excited(first[1].data.meas)
    assert means.shape == (3, 3)
    up = np.sin(angles[:, 0] / 2) ** 2
    expected = np.stack([up, up, 1 - up], axis=1)
    assert np.abs(means - expected).max() < 0.08
    assert counts == again[0].data.meas.get_counts()
    assert jobs[0].job_id() != jobs[1].job_id()


def test_shots_depend_on_the_circuit_and_not_on_its_job(small, ghz, turned):
    alone = sampler(small).run([ghz], shots=SHOTS).result()
    third = sampler(small).run([(turned, [0.3]), ghz, ghz], shots=SHOTS).result()
    counts = [one.data.meas.get_counts() for one in (alone[0], third[1], third[2])]
    assert counts[0] == counts[1] != counts[2]


def test_the_noise_is_the_devices_and_can_be_left_out(up, small, ghz):
    noisy = sampler(small).run([ghz], shots=SHOTS).result()[0].data.meas.get_counts()
    up.configure(noisy=False)
    try:
        ideal = sampler(small).run([ghz], shots=SHOTS).result()[0].data.meas.get_counts()
    finally:
        up.configure(noisy=True)
    assert set(ideal) == {"000", "111"} and len(noisy) > 2
    assert abs(ideal["111"] - SHOTS / 2) < 5 * np.sqrt(SHOTS / 4)


def test_readout_errors_are_those_in_the_properties(service):
    fez = service.backend("ibm_fez")
    circuit = QuantumCircuit(156, 2)
    circuit.x(0)
    circuit.measure([0, 155], [0, 1])
    read = excited(sampler(fez).run([circuit], shots=100_000).result()[0].data.c)
    lost = fez.properties().qubit_property(0, "prob_meas0_prep1")[0]
    gained = fez.properties().qubit_property(155, "prob_meas1_prep0")[0]
    assert read[1] == pytest.approx(gained, abs=5 * np.sqrt(gained / 100_000) + 1e-4)
    assert 1 - read[0] == pytest.approx(lost, abs=5 * np.sqrt(lost / 100_000) + 2e-3)


def test_twirled_jobs_come_back_untwirled(small, ghz, turned):
    twirled = sampler(small, twirling={"enable_gates": True, "enable_measure": True})
    job = twirled.run([ghz, (turned, [[0.0], [np.pi]])], shots=SHOTS)
    counts = job.result()[0].data.meas.get_counts()
    assert counts["000"] + counts["111"] > 0.8 * SHOTS
    assert np.abs(excited(job.result()[1].data.meas) - [[0, 0, 1], [1, 1, 0]]).max() < 0.1


def test_a_circuit_that_reads_and_goes_on_is_followed_shot_by_shot(small):
    circuit = QuantumCircuit(7, 2)
    circuit.x(3)
    circuit.measure(3, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(4)
    circuit.measure(4, 1)
    read = excited(sampler(small).run([circuit], shots=SHOTS).result()[0].data.c)
    assert read.min() > 0.85


def test_fractional_gates_are_there_for_who_asks(service):
    from qiskit_ibm_runtime.exceptions import IBMInputValueError

    plain = service.backend("ibm_torino")
    assert plain.num_qubits == 133 and "cz" in plain.target.operation_names
    assert "rzz" not in plain.target.operation_names
    with pytest.raises(IBMInputValueError, match="does not support fractional gates"):
        service.backend("ibm_torino", use_fractional_gates=True)
    heron = service.backend("ibm_kingston", use_fractional_gates=True)
    assert {"cz", "rx", "rzz"} <= set(heron.target.operation_names)
    circuit = QuantumCircuit(156)
    circuit.rx(np.pi, 2)
    circuit.rzz(0.3, 2, 3)
    circuit.measure_all()
    read = excited(sampler(heron).run([circuit], shots=SHOTS).result()[0].data.meas)
    assert read[2] > 0.95 and read[3] < 0.05 and read.size == 156


def test_what_the_device_lacks_fails_with_ibms_reason(service, small):
    from qiskit_ibm_runtime.exceptions import RuntimeJobFailureError

    turned = QuantumCircuit(7)
    turned.rzz(-0.3, 0, 1)
    turned.measure_all()
    lacking = QuantumCircuit(7)
    lacking.h(0)
    lacking.measure_all()
    for circuit, reason in ((lacking, r"7000.*instruction: h"), (turned, "an angle \\(-0.3\\)")):
        with pytest.raises(RuntimeJobFailureError, match=reason):
            sampler(small).run([circuit]).result()


def test_batches_and_sessions_open_run_and_close(service, small, ghz):
    from qiskit_ibm_runtime import Batch, Session

    for kind, mode in ((Batch, "batch"), (Session, "dedicated")):
        with kind(backend=small, max_time=60) as opened:
            assert opened.details()["mode"] == mode and opened.status() == "Pending"
            jobs = [sampler(opened).run([ghz], shots=10) for _ in range(2)]
            assert all(len(job.result()) == 1 for job in jobs)
            assert opened.status() == "In progress, accepting new jobs"
        assert opened.status() == "Closed" and opened.usage() > 0
        found = service.jobs(session_id=opened.session_id)
        assert {job.job_id() for job in found} == {job.job_id() for job in jobs}


def test_cancelling_a_batch_cancels_what_waits(up, small, ghz):
    from qiskit_ibm_runtime import Batch

    up.configure(held=True)
    batch = Batch(backend=small)
    job = sampler(batch).run([ghz])
    batch.cancel()
    up.configure(held=False)
    assert job.status() == "CANCELLED"


def test_a_waiting_job_has_a_place_and_can_be_cancelled_once(up, service, small, ghz):
    from qiskit_ibm_runtime.exceptions import RuntimeInvalidStateError

    up.configure(held=True)
    first, second = (sampler(small).run([ghz], shots=10) for _ in range(2))
    assert (first.status(), second.status()) == ("QUEUED", "QUEUED")
    assert second.metrics()["position_in_queue"] == 2 and second.usage() == 0
    assert small.status().pending_jobs == 2
    second.cancel()
    up.configure(held=False)
    assert len(first.result()) == 1 and first.usage() > 0
    with pytest.raises(RuntimeInvalidStateError, match="cancelled"):
        second.result()
    with pytest.raises(RuntimeInvalidStateError, match="409"):
        first.cancel()


def test_jobs_are_found_by_tag_page_by_page_and_by_state(up, service, small, ghz):
    up.configure(held=True)
    tagged = {"environment": {"job_tags": ["unit-a", "x"]}}
    jobs = [sampler(small, **tagged).run([ghz], shots=10) for _ in range(3)]
    other = sampler(small).run([ghz], shots=10)
    ids = [job.job_id() for job in reversed(jobs)]
    assert [job.job_id() for job in service.jobs(job_tags=["unit-a"], limit=None)] == ids
    assert [job.job_id() for job in service.jobs(job_tags=["unit-a", "y"])] == []
    assert [job.job_id() for job in service.jobs(job_tags=["x"], limit=1, skip=1)] == ids[1:2]
    assert len(service.jobs(pending=True)) == 4
    assert other.update_tags(["unit-b"]) == ["unit-b"]
    up.configure(held=False)
    up.wait_until_idle()
    assert service.jobs(pending=True) == []
    assert service.jobs(job_tags=["unit-b"])[0].job_id() == other.job_id()
    service.delete_job(other.job_id())
    assert service.jobs(job_tags=["unit-b"]) == []


def test_limits_of_time_and_of_reading_are_kept(up, service, small, ghz):
    from qiskit_ibm_runtime.api.exceptions import RequestsApiError
    from qiskit_ibm_runtime.exceptions import RuntimeJobMaxTimeoutError

    slow = sampler(small, max_execution_time=2).run([ghz], shots=SHOTS)
    with pytest.raises(RuntimeJobMaxTimeoutError, match="1305"):
        slow.result()
    secret = sampler(small, environment={"private": True}).run([ghz], shots=10)
    assert len(secret.result()) == 1
    old = sampler(small).run([ghz], shots=10)
    old.wait_for_final_state()
    up.expire_result(old.job_id())
    for job in (secret, old):
        with pytest.raises(RequestsApiError, match="no longer available"):
            job.result()


FATES = {
    Act.JOB_FAILS: ("RuntimeJobFailureError", "Error code 5203; The fridge is warm"),
    Act.JOB_CANCELLED: ("RuntimeInvalidStateError", "Job was cancelled"),
    Act.JOB_TOO_LONG: ("RuntimeJobMaxTimeoutError", "Error code 1305"),
    Act.JOB_STALLS: ("RuntimeJobTimeoutError", "Timed out"),
}


@pytest.mark.parametrize("act", FATES)
def test_a_job_can_be_doomed(up, small, ghz, act):
    from qiskit_ibm_runtime import exceptions

    up.add_faults(Fault("POST", "/jobs", act, reason="The fridge is warm", reason_code=5203))
    job = sampler(small).run([ghz], shots=10)
    error, words = FATES[act]
    with pytest.raises(getattr(exceptions, error), match=words):
        job.result(timeout=1.0)
    if act is Act.JOB_STALLS:
        job.cancel()


def test_kill_and_restart_lose_no_job_and_change_no_shot(tmp_path):
    """A process of its own, killed with SIGKILL between submission and result, and after it."""
    from qiskit_ibm_runtime import QiskitRuntimeService

    with Standin(tmp_path, run_seconds=0.1, held=True) as standin:
        service = QiskitRuntimeService()  # by the environment alone
        small = service.backend("ibm_small7")
        circuit = QuantumCircuit(7)
        circuit.sx(0)
        circuit.measure_all()
        job = sampler(small, environment={"job_tags": ["kept"]}).run([circuit], shots=100)
        standin.kill()
        assert [one.state for one in standin.jobs()] == ["Queued"]
        standin.restart()
        assert service.jobs(job_tags=["kept"])[0].job_id() == job.job_id()
        standin.configure(held=False)
        counts = job.result()[0].data.meas.get_counts()
        standin.restart()
        assert service.job(job.job_id()).result()[0].data.meas.get_counts() == counts
        assert {one.path for one in standin.journal()} >= {"/jobs", f"/jobs/{job.job_id()}/results"}
    assert standin.settings.api_key not in (tmp_path / "journal.jsonl").read_text()
