"""Pulses judged from scratch: known ones pass with known numbers, wrong ones fail loudly."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from qbcircuit import protocols
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.constraints import Constraint
from qbcircuit.errors import BoundViolated, RunFailed
from qbcircuit.optimise import ChargingTask, verified
from qbcircuit.reference import Extremes
from qbcircuit.terms import Term
from qbcircuit.testing import dense_hamiltonian

C0, C1 = Constraint.C0, Constraint.C1
PULSES = Path(__file__).parents[1] / "physics" / "pulses"
FLIP = ChargingTask.between(2, 2)


def flip(duration=math.pi / 4):
    """|00> to |11> at Gamma = 2, if not cut short."""
    return ChargingProtocol.constant(FLIP.battery, [Term("XX", (0, 1), 2.0)], duration=duration)


@pytest.mark.parametrize(
    ("name", "n", "constraint", "known"),
    [
        ("N1_best_C0_N3k2", 3, C0, 1.7288),
        ("N1_best_C0_N4k2", 4, C0, 2.0989),
        ("N6_best_C1_N4", 4, C1, 1.7157),
    ],
)
def test_known_pulses_are_what_dense_matrices_say(name, n, constraint, known):
    task = ChargingTask.between(n, 2, constraint)
    charger = verified(task, protocols.from_pulse(PULSES / f"{name}.npz"))
    state, spent = np.eye(2**n, dtype=complex)[0], 0.0
    for step in charger.protocol.evolutions:
        h = dense_hamiltonian(step.terms, n)
        mean = np.vdot(state, h @ state).real
        spread = np.linalg.norm(h @ state - mean * state)
        spent += step.duration * (np.ptp(np.linalg.eigvalsh(h)) / 2 if constraint is C0 else spread)
        state = expm(-1j * step.duration * h) @ state
    assert charger.infidelity == pytest.approx(1 - abs(state[-1]) ** 2, abs=1e-12)
    assert charger.cost == pytest.approx(spent, rel=1e-9)
    assert charger.advantage == pytest.approx(known, abs=2e-4)
    assert charger.advantage == pytest.approx(constraint.budget(n) * math.pi / 2 / spent)
    assert charger.cost_kind == "exact"
    assert charger.bound == pytest.approx(math.pi if constraint is C0 else math.sqrt(n))


def test_the_advantage_does_not_depend_on_speed():
    slow, fast = (verified(FLIP, flip().scaled(alpha)) for alpha in (0.1, 7.0))
    assert slow.advantage == pytest.approx(fast.advantage) == pytest.approx(2.0)


def test_a_pulse_cut_short_misses():
    with pytest.raises(RunFailed, match=r"misses its target by 0\.0009\d+, and 1e-06 is the most"):
        verified(FLIP, flip(0.98 * math.pi / 4))
    assert verified(FLIP, flip((1 - 5e-4) * math.pi / 4)).infidelity == pytest.approx(
        (5e-4 * math.pi / 2) ** 2, rel=1e-3
    )


def test_another_state_of_equal_work_is_a_miss():
    task = ChargingTask.between(3, 1, target="011")

    def charged(*cells):
        terms = [Term("X", (cell,)) for cell in cells]
        return ChargingProtocol.constant(task.battery, terms, duration=math.pi / 2)

    assert verified(task, charged(0, 1)).infidelity < 1e-12
    with pytest.raises(RunFailed, match="misses its target by 1,"):
        verified(task, charged(1, 2))


def test_more_cells_in_an_interaction_than_asked_for_are_refused():
    with pytest.raises(RunFailed, match="The pulse has k=2 on 2 cells, and the task k=1 on 2"):
        verified(ChargingTask.between(2, 1), flip())


def test_a_bound_exceeded_fails_loudly(monkeypatch):
    monkeypatch.setattr(ChargingTask, "bound", property(lambda self: 1.999))
    with pytest.raises(BoundViolated, match=r"Gamma=2, beyond gamma k, .* proved to be 1\.999"):
        verified(FLIP, flip())
    with pytest.raises(BoundViolated, match=r"Gamma=2, beyond the quantum speed limit"):
        verified(
            ChargingTask.between(4, 4, C1),
            ChargingProtocol.constant(
                ChargingTask.between(4, 4).battery,
                [Term("XXXX", (0, 1, 2, 3))],
                duration=math.pi / 2,
            ),
        )


def test_every_other_proved_bound_is_held_as_well(monkeypatch):
    """A norm that is too small breaks Bernstein's inequality, whatever Gamma's own bound says."""
    small = Extremes(-0.5, 0.5, "exact")
    monkeypatch.setattr("qbcircuit.bounds.charge.generator_extremes", lambda *_: small)
    with pytest.raises(BoundViolated, match="is proved and fails"):
        verified(FLIP, flip())


def test_speed_limit_and_order_bound_of_a_task():
    half = replace(
        ChargingTask.between(4, 3), target=ChargingTask.between(4, 3, target="0011").target
    )
    time = math.asin(math.sqrt(0.5))
    assert half.parallel_time == pytest.approx(time)
    assert half.bound == pytest.approx(3 * 4 * time / 2)
    assert replace(half, constraint=C1).bound == pytest.approx(2 * time / (math.pi / 2))
    assert ChargingTask.between(9, 2, C1).bound == pytest.approx(3.0)
    assert ChargingTask.between(9, 2, C0).bound == pytest.approx(math.pi)


def test_steps_that_do_nothing_are_harmless():
    rest = Evolve(terms=(), duration=0.1)
    idle = replace(flip(), schedule=(*flip().schedule, rest))
    assert verified(FLIP, idle).advantage == pytest.approx(2.0)
