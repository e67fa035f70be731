"""Resets in a schedule: the circuits that are run charge like the exact density matrix."""

import numpy as np
import pytest

import qbcircuit as qb
from qbcircuit.battery import BasisStart, Role, Site
from qbcircuit.charging import Evolve, Reset
from qbcircuit.machines import resolve
from qbcircuit.study import run_plans


def collisions(rounds):
    """Two cells that swap excitations with an ancilla, excited and reset anew every round."""
    battery = qb.Battery(
        sites=(Site(), Site(levels=(0.0, 2.0)), Site(levels=(0.0, 0.0), role=Role.ANCILLA)),
        start=BasisStart(levels=(0, 0, 0)),
    )
    excite = Evolve(terms=(qb.Term("X", (2,)),), duration=np.pi / 2)
    collide = Evolve(
        terms=(qb.Term("+-", (0, 2), 0.7), qb.Term("+-", (1, 2), 0.4 + 0.2j)), duration=0.9
    )
    one = (Reset(sites=(2,)), excite, collide)
    return qb.ChargingProtocol(battery=battery, schedule=one * rounds, name="collisional")


@pytest.mark.parametrize("target", ["all-to-all", "line"])
def test_collisions_with_a_reset_ancilla_charge_as_computed(target):
    protocol = collisions(2)
    step = np.pi / 2 + 0.9
    times = (0.0, 1.0, step, step + np.pi / 2, 2 * step - 0.3, 2 * step)
    plan = qb.compile_protocol(protocol, times=times, target=target, error=1e-3)
    exact = qb.simulate(protocol, times).work
    assert exact[-1] > exact[2] > 0.3  # each collision adds energy
    assert sum(circuit.count_ops().get("reset", 0) for circuit in plan.circuits[-1:]) == 2
    machine = resolve("aer", n_sites=3)
    distributions = dict(machine.distributions(plan))
    for index, work in enumerate(exact):
        energies = np.array([0.0, 1.0, 2.0, 3.0])  # outcome bits: cell 1, cell 0
        assert distributions[index] @ energies == pytest.approx(work, abs=5e-3)
    (readings,) = run_plans([plan], machine, shots=200, seed=1)
    assert all(len(bits) == 2 for reading in readings for bits, _ in reading)


@pytest.mark.parametrize("target", ["all-to-all", "line"])
@pytest.mark.parametrize("times", [(0.4, 0.7), (0.7, 1.2), (0.7,)])
def test_a_reset_at_the_very_time_of_a_circuit_has_happened(target, times):
    schedule = (
        Evolve(terms=(qb.Term("XX", (0, 1)),), duration=0.7),
        Reset(sites=(1,)),
        Evolve(terms=(qb.Term("X", (1,)),), duration=0.5),
    )
    protocol = qb.ChargingProtocol(battery=qb.Battery.qubits(2), schedule=schedule)
    plan = qb.compile_protocol(protocol, times=times, target=target)
    after = {0.4: 2 * np.sin(0.4) ** 2, 0.7: np.sin(0.7) ** 2}
    after[1.2] = after[0.7] + np.sin(0.5) ** 2
    found = dict(resolve("aer", n_sites=2).distributions(plan))
    for index, time in enumerate(times):
        assert found[index] @ [0.0, 1.0, 1.0, 2.0] == pytest.approx(after[time], abs=1e-9)
    assert qb.simulate(protocol, times).work == pytest.approx([after[time] for time in times])


def test_a_reset_is_met_by_times_that_round_to_it():
    """Ten steps of 0.1 add up to a little less than 1, three to a little more than 0.3."""
    swing = Evolve(terms=(qb.Term("X", (0,)),), duration=0.1)
    rounds = (swing, Reset(sites=(0,))) * 10
    protocol = qb.ChargingProtocol(battery=qb.Battery.qubits(1), schedule=rounds)
    times = [round(0.1 * i, 1) for i in range(1, 11)]
    assert qb.simulate(protocol, times).work == pytest.approx(np.zeros(10), abs=1e-9)
    plan = qb.compile_protocol(protocol, times=times)
    for _, found in resolve("aer", n_sites=1).distributions(plan):
        assert found == pytest.approx([1.0, 0.0], abs=1e-9)
