"""Machines by name: exact names, device prefixes, the closest name, a missing extra."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from qiskit.primitives import BaseSamplerV2, StatevectorSampler
from qiskit.providers import BackendV2
from qiskit.providers.fake_provider import GenericBackendV2

from qbcircuit.backend import batch_of
from qbcircuit.errors import InvalidRequest, MissingExtra, RunFailed
from qbcircuit.machines import ExactBackend, SamplerBackend, devices, is_device, names, resolve
from qbcircuit.plan import ExperimentRole
from qbcircuit_aer import AerBackend
from qbcircuit_ibm import fake_device


def test_every_name_resolves_to_a_backend_that_knows_its_name():
    assert {"aer", "aer-mps", "exact", "noisy"} <= set(names())
    assert [resolve(name, 3).name for name in ("exact", "aer", "aer-mps")] == [
        "exact",
        "aer",
        "aer-mps",
    ]
    assert resolve("noisy", 3).target(3).n_qubits == 3


def test_a_fake_device_is_a_noisy_simulation_of_it():
    backend = resolve("fake_torino", 3)
    assert isinstance(backend, AerBackend)
    assert backend.name == backend.target(3).name == "fake_torino"
    assert backend.target(3).n_qubits == 133
    assert "cz" in backend.target(3).gates


def test_every_fake_device_is_listed_and_is_a_plain_qiskit_backend():
    (family,) = [one for one in devices() if one.prefix == "fake"]
    assert "fake_torino" in family.names and family.names == tuple(sorted(family.names))
    assert family.missing == ""
    assert isinstance(fake_device("fake_manila"), BackendV2)
    assert fake_device("fake_manila").name == "fake_manila"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("aerr", 'Unknown backend "aerr". Closest: aer. See: qbcircuit devices.'),
        ("fake_torin", 'Unknown device "fake_torin". Closest: fake_torino.'),
        ("", 'Unknown backend "". Known: aer, aer-mps, exact, fake_<name>, ibm_<name>, noisy.'),
    ],
)
def test_an_unknown_name_gets_the_closest_one(name, message):
    with pytest.raises(InvalidRequest, match=re.escape(message)):
        resolve(name, 3)


def test_what_cannot_run_circuits_is_refused():
    with pytest.raises(InvalidRequest, match=r'got int\. Use "aer"'):
        resolve(3, 3)


def test_objects_are_taken_as_they_are():
    ours = AerBackend()
    assert resolve(ours, 3) is ours
    assert isinstance(resolve(GenericBackendV2(3, seed=1), 3), SamplerBackend)
    sampler = resolve(StatevectorSampler(), 3)
    assert sampler.name == "StatevectorSampler"
    assert sampler.target(3).name == "all-to-all"


def test_without_the_extra_only_ibm_devices_are_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "qiskit_ibm_runtime", None)
    sentence = 'needs an extra: pip install "qbcircuit\\[ibm\\]". Everything else works without it'
    with pytest.raises(MissingExtra, match=sentence):
        resolve("fake_torino", 3)
    (family,) = [one for one in devices() if one.prefix == "fake"]
    assert family.names == () and "qbcircuit[ibm]" in family.missing
    assert resolve("aer", 3).name == "aer"


@pytest.mark.parametrize(
    ("name", "known"),
    [("fake_torino", True), ("ibm_torino", True), ("fake", False), ("heavy-hex", False),
     ("no_torino", False)],
)  # fmt: skip
def test_devices_are_told_by_their_prefix(name, known):
    assert is_device(name) is known


def test_a_built_in_target_loads_no_vendor():
    code = (
        "import contextlib, sys; from qbcircuit.cli import main\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main('compile windows -N 4 -k 2 --target heavy-hex --json'.split())\n"
        "vendors = {'qiskit_aer', 'qiskit_ibm_runtime'}\n"
        "assert 'qiskit' in sys.modules and not vendors & {*sys.modules}"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["two_qubit_gates"] > 0


def test_machines_and_the_exact_backend_need_no_qiskit():
    code = (
        "import sys; from qbcircuit.machines import names, resolve; names(); resolve('exact', 3);"
        "assert not any(m.split('.')[0].startswith('qiskit') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_exact_reads_the_protocol_and_refuses_what_only_a_machine_can_do(parallel):
    plan = parallel(2, times=(0.3,))
    calibration = [
        type(one)(
            time=one.time,
            role=ExperimentRole.CALIBRATION,
            setting=one.setting,
            segments=one.segments,
            readout=one.readout,
        )
        for one in plan.experiments[:1]
    ]
    with pytest.raises(InvalidRequest, match=r"got a calibration experiment\. Use --backend aer"):
        ExactBackend().run(batch_of(plan.with_experiments(calibration)), shots=1, seed=1)


class Broken(BaseSamplerV2):
    def run(self, pubs, *, shots=None):
        raise ValueError("the fridge is warm.")


def test_a_machine_that_fails_says_so_in_a_sentence(parallel):
    message = "Broken could not run 6 circuits with 5 shots: the fridge is warm. Use a smaller"
    with pytest.raises(RunFailed, match=re.escape(message)):
        resolve(Broken(), 1).run(batch_of(parallel(1)), shots=5, seed=1)
