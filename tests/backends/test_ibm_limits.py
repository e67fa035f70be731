"""What IBM's devices would refuse, where requests may go, and what is said, without any service."""

from __future__ import annotations

import datetime
import email.utils
import math
import os
import sys
import types
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.transpiler import InstructionProperties

from qbcircuit.backend import (
    ExecutionSettings,
    MachineRefused,
    MachineUnreachable,
    batch_of,
)
from qbcircuit.device import device_target
from qbcircuit.errors import InvalidRequest, MissingExtra, RunFailed
from qbcircuit.machines import devices, resolve
from qbcircuit_ibm import IbmDevice, fake_device, ibm_device, limits
from qbcircuit_ibm.checks import check_circuits
from qbcircuit_ibm.failures import explained, plain
from qbcircuit_ibm.guards import ADDRESSES, check_addresses, warn_of_readable_account
from qbcircuit_ibm.samplers import executed

PLAIN = ExecutionSettings()


@pytest.fixture(scope="module")
def fractional():
    return fake_device("fake_fractional")


def native(*gates, n=5):
    circuit = QuantumCircuit(n, 2)
    for name, *rest in gates:
        getattr(circuit, name)(*rest)
    circuit.measure([0, 1], [0, 1])
    return circuit


def check(device, *circuits):
    check_circuits(circuits, device.target, device.name)


def test_native_circuits_pass(fractional):
    good = [native(("rzz", angle, 0, 1), ("rx", -7.0, 2)) for angle in (0.0, 0.3, math.pi / 2)]
    check(fractional, *good)


REFUSED = [
    (("h", 0), "fake_fractional has no h on qubit 0, which circuit 2 uses"),
    (("rzz", 0.1, 0, 4), "has no rzz on qubits 0, 4"),
    (("rzz", -1e-15, 0, 1), r"angles from 0 to π/2, got -1e-15 on qubits \(0, 1\) of circuit 2"),
    (("rzz", math.pi / 2 + 1e-6, 0, 1), "angles from 0 to π/2"),
]


@pytest.mark.parametrize(("gate", "message"), REFUSED)
def test_what_the_device_would_refuse_is_refused_here(fractional, gate, message):
    with pytest.raises(InvalidRequest, match=message):
        check(fractional, native(), native(gate))


def test_a_direction_that_is_missing_is_refused():
    manila = fake_device("fake_manila")
    target = manila.target
    one_way = type(target)(num_qubits=5)
    one_way.add_instruction(target.operation_from_name("cx"), {(0, 1): None})
    one_way.add_instruction(target.operation_from_name("measure"), {(0,): None, (1,): None})
    check_circuits([native(("cx", 0, 1))], one_way, "one_way")
    with pytest.raises(InvalidRequest, match="one_way has no cx on qubits 1, 0"):
        check_circuits([native(("cx", 1, 0))], one_way, "one_way")


def test_a_gate_that_is_reported_broken_is_refused():
    target = fake_device("fake_manila").target
    target["cx"][0, 1] = InstructionProperties(duration=1e-7, error=1.0)
    with pytest.raises(InvalidRequest, match="reports cx on qubits 0, 1 as broken"):
        check_circuits([native(("cx", 0, 1))], target, "fake_manila")


def test_no_circuits_and_too_wide_ones_are_refused(fractional):
    with pytest.raises(InvalidRequest, match="at least one circuit, got none"):
        check(fractional)
    with pytest.raises(InvalidRequest, match="Circuit 1 has 6 qubits and fake_fractional has 5"):
        check(fractional, native(n=6))


@given(shots=st.integers(1, 10_000_000))
def test_twirls_give_at_least_the_shots_asked_for(shots):
    assert executed(shots, PLAIN) == (1, shots)
    twirls, each = executed(shots, ExecutionSettings(twirl_measurements=True))
    assert shots <= twirls * each < shots + twirls + 64 and 1 <= twirls <= 32


def test_jobs_keep_order_and_limits_and_depend_on_nothing_else(nested, monkeypatch):
    batch = batch_of(nested(3, times=(0, 1, 2, 3, 4)))
    monkeypatch.setattr(limits, "MOST_EXECUTIONS", 250)
    jobs = limits.jobs_of(batch, 100, PLAIN)
    assert [len(job) for job in jobs] == [2, 2, 1]
    assert tuple(item for job in jobs for item in job) == tuple(batch)
    assert limits.jobs_of(batch, 100, PLAIN) == jobs == IbmDevice("ibm_any").split(batch, shots=100)
    with pytest.raises(InvalidRequest, match=r"300 executions of 250.* fewer --shots"):
        limits.jobs_of(batch, 300, PLAIN)


def test_instructions_and_bytes_fill_a_job_too(nested, monkeypatch):
    batch = batch_of(nested(3, times=(0, 1, 2, 3, 4)))
    heaviest = [limits._Sizes().of(item) for item in batch]
    assert heaviest == sorted(heaviest)
    monkeypatch.setattr(limits, "MOST_INSTRUCTIONS", heaviest[-1][0])
    assert len(limits.jobs_of(batch, 1, PLAIN)) > 1
    monkeypatch.setattr(limits, "MOST_INSTRUCTIONS", 10**9)
    monkeypatch.setattr(limits, "MOST_BYTES", heaviest[-1][1])
    assert len(limits.jobs_of(batch, 1, PLAIN)) > 1


def test_estimated_sizes_are_those_of_the_written_circuits(nested):
    (item,) = batch_of(nested(3, times=(2,)))
    circuit = item.plan.circuit(0, measure=True)
    weights = {"rz": 1, "sx": 2, "cx": 5, "measure": 10}
    per_qubit = [50] * 3
    for one in circuit.data:
        for qubit in one.qubits:
            per_qubit[circuit.find_bit(qubit).index] += weights[one.operation.name]
    assert limits._Sizes().of(item) == (max(per_qubit), 100 * len(circuit.data))


def test_machine_time_is_circuits_and_pauses_and_a_start():
    target = fake_device("fake_manila").target
    cx, read = target["cx"][0, 1].duration, target["measure"][(0,)].duration
    circuit = native(("cx", 0, 1), ("cx", 0, 1), ("rz", 0.1, 3))
    assert limits.duration(circuit, target) == pytest.approx(2 * cx + read)
    told = {"shots": 1000, "settings": PLAIN, "repetition": 1e-3}
    seconds = limits.machine_seconds([circuit] * 4, target, **told)
    assert seconds == pytest.approx(2 + 4000 * (2 * cx + read + 1e-3))
    assert limits.cap(1.0) == 300 and limits.cap(100.0) == 1000 and limits.cap(1e6) == 10_800


IBMS = ("https://cloud.ibm.com", "https://eu-de.quantum.cloud.ibm.com/api/v1")
ELSEWHERE = (
    "https://cloud.ibm.com.example.org", "http://cloud.ibm.com", "https://evilibm.com",
    "https://user@cloud.ibm.com", "https://[cloud.ibm.com", "ftp://iam.cloud.ibm.com", "nonsense",
    "https://example.org/iam.cloud.ibm.com", "https://example.org\\.ibm.com", "https://ibm.com\n",
    "https://example.org#.ibm.com", "https://example.org?.cloud.ibm.com", "https://127.0.0.1.ibm.org",
    "http://127.0.0.1@example.org", "http://localhost.example.org", "http://127.0.0.1\\@example.org",
)  # fmt: skip
HERE = ("http://127.0.0.1:8000", "http://localhost:1/experimental", "http://[::1]:5")


def test_requests_go_to_ibm_or_in_test_mode_stay_here(monkeypatch):
    monkeypatch.delenv("QBCIRCUIT_TEST_SERVICE", raising=False)
    check_addresses(dict.fromkeys(IBMS[:1], None) | {"IAM_URL": IBMS[0], "URL": IBMS[1]})
    for address in (*ELSEWHERE, *HERE):
        with pytest.raises(InvalidRequest, match="IAM_URL leads to a service that is not IBM's"):
            check_addresses({"IAM_URL": address})
    monkeypatch.setenv("QBCIRCUIT_TEST_SERVICE", "1")
    for address in HERE:
        check_addresses({"IAM_URL": address})
    for address in (*ELSEWHERE, *IBMS, None, ""):
        with pytest.raises(InvalidRequest, match="needs a service on this machine, and IAM_URL"):
            check_addresses({"IAM_URL": address})


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_variable_that_leads_elsewhere_stops_everything_at_once(name, monkeypatch):
    monkeypatch.delenv("QBCIRCUIT_TEST_SERVICE", raising=False)
    for other in ADDRESSES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "https://key-thief.example.org")
    with pytest.raises(InvalidRequest, match=name) as told:
        resolve("ibm_torino", 2)
    assert "example" not in str(told.value)


def test_a_credentials_file_cannot_lead_elsewhere(monkeypatch, tmp_path):
    """The client's search library reads ibm-credentials.env of the working folder."""
    for name in ("QBCIRCUIT_TEST_SERVICE", *ADDRESSES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "never-sent")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ibm-credentials.env").write_text("GLOBAL_SEARCH_URL=https://thief.example.org\n")
    with pytest.raises(InvalidRequest, match="global_search leads to a service that is not IBM's"):
        IbmDevice("ibm_torino").target(2)


def test_an_account_file_that_others_can_read_is_told(tmp_path, recwarn):
    file = tmp_path / "qiskit-ibm.json"
    warn_of_readable_account(file)
    file.write_text("{}")
    file.chmod(0o600)
    warn_of_readable_account(file)
    assert not recwarn.list
    file.chmod(0o644)
    with pytest.warns(UserWarning, match=r"\(mode 0644\)\. Close it with: chmod 600"):
        warn_of_readable_account(file)


def test_the_shelf_warns_of_the_account_that_it_would_use(monkeypatch, tmp_path):
    for name in ("QBCIRCUIT_TEST_SERVICE", "QISKIT_IBM_TOKEN", *ADDRESSES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".qiskit").mkdir()
    (tmp_path / ".qiskit" / "qiskit-ibm.json").write_text("{}")
    (tmp_path / ".qiskit" / "qiskit-ibm.json").chmod(0o640)
    with pytest.warns(UserWarning, match="mode 0640"):
        ibm_device("ibm_torino")
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "used instead")
    ibm_device("ibm_torino")


def test_devices_are_listed_without_asking_anybody():
    (family,) = [one for one in devices() if one.prefix == "ibm"]
    assert family.names == () and "needs an IBM Quantum account" in family.note


def test_without_the_extra_the_way_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "qiskit_ibm_runtime", None)
    with pytest.raises(MissingExtra, match=r'pip install "qbcircuit\[ibm\]"'):
        ibm_device("ibm_torino")
    (family,) = [one for one in devices() if one.prefix == "ibm"]
    assert "qbcircuit[ibm]" in family.missing


SECRETS = st.text(st.sampled_from("abcXYZ019-_"), min_size=12, max_size=40)


@given(secret=SECRETS, before=st.sampled_from(["Bearer ", "apikey ", "token=", "Authorization: "]))
@settings(deadline=None)
def test_no_text_of_ibms_lets_a_secret_through(secret, before):
    assert secret not in plain(
        f"Failed for {before}{secret} at https://u:{secret}@ibm.com/{secret}"
    )
    assert secret not in plain(f"got eyJ{secret}{secret}.{secret}.{secret}")


def test_a_text_is_one_line_of_bounded_length():
    assert plain("a\n  b\tc.") == "a b c" and len(plain("word " * 1000)) <= 400


class Answered(Exception):
    def __init__(self, status, **headers):
        super().__init__("secret-token")
        told = {"errors": [{"message": "Not so.", "code": 1}]}
        self.response = types.SimpleNamespace(
            status_code=status, headers=headers, json=lambda: told, request=None
        )


def hidden(error):
    """As the client does: the cause is there, and not shown."""
    try:
        try:
            raise error
        except Exception:
            raise RuntimeError("Failed to run program: secret-token") from None
    except RuntimeError as outer:
        return outer


def test_status_and_retry_after_are_found_behind_what_the_client_raises():
    told = explained(hidden(Answered(429, **{"Retry-After": "12"})), "send a job")
    assert isinstance(told, MachineUnreachable) and told.retry_after == 12.0
    assert (
        str(told) == "IBM could not be reached to send a job (HTTP 429, which asks to wait 12 s)."
    )
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)
    dated = {"Retry-After": email.utils.format_datetime(soon)}
    assert 50 < explained(Answered(503, **dated), "x").retry_after <= 60
    assert explained(Answered(503, **{"Retry-After": "soon"}), "x").retry_after is None
    refused = explained(hidden(Answered(400)), "send a job")
    assert isinstance(refused, MachineRefused)
    assert str(refused) == "IBM refused to send a job (HTTP 400): Not so."


def test_an_unknown_failure_is_one_sentence_without_secrets():
    told = explained(ValueError("odd\nBearer abc.def"), "look for jobs")
    assert isinstance(told, RunFailed) and not isinstance(told, MachineUnreachable)
    assert str(told) == "IBM's client could not look for jobs: ValueError: odd …."


def test_the_target_of_another_day_is_compiled_for(monkeypatch):
    once = device_target(fake_device("fake_manila"))
    told = ExecutionSettings(twirl_measurements=True)
    machine = IbmDevice("ibm_manila").configured(told).calibrated(once)
    assert machine.target(2) is once and machine.name == "ibm_manila (read-out twirled)"
    assert machine.configured(replace(told, mode="session")).name == machine.name
    assert "QISKIT_IBM_TOKEN" not in repr(machine) and os.environ.get("HOME")
