"""Certificates: proved bounds hold for random protocols, and fail loudly for wrong numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit import bounds, protocols, testing
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.bounds import Check, Measured, inequalities
from qbcircuit.bounds import charge as charges
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.constraints import Constraint
from qbcircuit.errors import BoundViolated, InvalidRequest, RunFailed
from qbcircuit.starts import BasisStart, ProductStart, ThermalStart
from qbcircuit.terms import Term
from tests.reference.test_levels import random_levels_protocol

C0, C1, C2, NONE = Constraint.C0, Constraint.C1, Constraint.C2, Constraint.NONE


def named(found):
    return {f"{one.name} {one.statement}": one for one in found.checks}


def one(found, name):
    (check,) = [check for check in found.checks if check.name == name]
    return check


def lasting(protocol):
    """The same with an end, so that time averages mean something."""
    last = replace(protocol.schedule[-1], duration=0.7)
    return replace(protocol, schedule=(*protocol.schedule[:-1], last))


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    constraint=st.sampled_from([C0, C1, NONE]),
    steps=st.integers(1, 3),
    order=st.integers(1, 3),
)
def test_random_k_local_charging_never_passes_a_proved_bound(seed, constraint, steps, order):
    rng = np.random.default_rng(seed)
    protocol = testing.random_protocol(rng, 4, n_steps=steps, max_order=order)
    try:
        found = bounds.certificate(lasting(protocol), constraint)
    except InvalidRequest as error:
        assert "its cost is 0" in str(error)
        return
    for check in found.checks:
        assert check.holds is not False, check
    assert one(found, "norm of the commutator").status == "holds"


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from(["basis", "thermal", "mixed", "pure", "product", "ground"]),
    resets=st.booleans(),
)
def test_cells_of_any_levels_and_starts_never_pass_a_proved_bound(seed, kind, resets):
    rng = np.random.default_rng(seed)
    interacting = kind != "thermal" and bool(rng.integers(0, 2))
    protocol = random_levels_protocol(rng, kind, resets=resets, interacting=interacting)
    ended = lasting(protocol)
    time = float(rng.uniform(0.1, 1.0)) * ended.duration
    found = bounds.certificate(ended, NONE, time=time)
    assert [check for check in found.checks if check.holds] or interacting
    for check in found.checks:
        assert check.holds is not False, check


def test_blocks_reach_what_they_reach():
    found = bounds.certificate(protocols.blocks(Battery.qubits(12), order=3))
    assert found.advantage == pytest.approx(3.0)
    assert found.gamma == pytest.approx(math.pi / 2)
    assert (found.charging_time, found.work) == (pytest.approx(math.pi / 6), pytest.approx(12.0))
    bernstein = one(found, "norm of the commutator")
    assert (bernstein.reached, bernstein.limit) == (pytest.approx(36.0), pytest.approx(36.0))
    assert one(found, "order bound").limit == pytest.approx(3 * math.pi / 2)
    assert one(found, "Theorem 1").ratio == pytest.approx(2 / math.pi)
    assert one(found, "average power").reached == pytest.approx(72 / math.pi)
    speed = one(found, "Mandelstam-Tamm")
    # four blocks: Delta H = 3 sqrt 4, and the end state is orthogonal to the start
    assert speed.limit == pytest.approx(math.pi / 2 / 6)


def test_numbers_are_those_of_dense_matrices():
    rng = np.random.default_rng(8)
    protocol = lasting(testing.random_protocol(rng, 3, n_steps=2))
    found = bounds.certificate(protocol, NONE, time=1.0)
    energy = testing.energy_matrix(protocol.battery)
    begin, travel, width, lasted = 0.0, 0.0, 0.0, 0.0
    for step in protocol.evolutions:
        drive = testing.dense_hamiltonian(step.terms, 3)
        took = min(step.duration, 1.0 - begin)
        rho = testing.density_at(protocol, begin)
        variance = np.trace(drive @ drive @ rho).real - np.trace(drive @ rho).real ** 2
        travel += took * math.sqrt(variance)
        width += took * np.ptp(np.linalg.eigvalsh(drive)) / 2
        begin, lasted = begin + step.duration, lasted + took
        if begin >= 1.0:
            break
    assert lasted == pytest.approx(1.0)
    gained = np.trace(energy @ testing.density_at(protocol, 1.0)).real
    assert found.work == pytest.approx(gained)
    assert one(found, "average power").limit == pytest.approx(protocol.order * width)
    fidelity = testing.density_at(protocol, 1.0)[0, 0].real
    limit = math.acos(math.sqrt(fidelity)) / travel
    assert one(found, "Mandelstam-Tamm").limit == pytest.approx(limit)


def test_bounds_of_other_constraints_say_nothing():
    under = {
        c: bounds.certificate(protocols.windows(Battery.qubits(4), order=2), c)
        for c in (C0, C1, C2, NONE)
    }
    for name in ("order bound", "Theorem 2"):
        assert one(under[C0], name).status == "holds"
        for other in (C1, C2, NONE):
            assert one(under[other], name).status == "says nothing"
    assert one(under[C0], "Theorem 1").note == "its condition is not met"
    fourth = {c: named(under[c])["Eq. 4 Γ ≤ β√N L₁/L_N (C1)"] for c in under}
    assert [fourth[c].status for c in (C0, C1, C2)] == ["says nothing", "holds", "says nothing"]
    assert named(under[C2])["Eq. 4 Γ ≤ βN L₁/L_N (C2)"].status == "informative"
    assert under[NONE].advantage is None


def test_eq_4_binds_partial_charges_from_the_ground_alone():
    full = protocols.transition_blocks(Battery.qubits(3, start=ThermalStart(beta=0.6)), order=3)
    partial = bounds.certificate(full, C1)
    check = named(partial)["Eq. 4 Γ ≤ β√N L₁/L_N (C1)"]
    assert check.status == "informative"
    assert "whole way" in check.note
    whole = bounds.certificate(protocols.blocks(full.battery, order=3), C1)
    assert named(whole)["Eq. 4 Γ ≤ β√N L₁/L_N (C1)"].status == "holds"


def test_a_budget_met_later_than_t_proves_nothing_up_to_t():
    strong = Evolve(terms=(Term("XX", (0, 1), 3.0),), duration=math.pi / 6)
    weak = Evolve(terms=(Term("ZZ", (0, 1), 0.1),), duration=5.0)
    protocol = ChargingProtocol(battery=Battery.qubits(2), schedule=(strong, weak))
    found = bounds.certificate(protocol, C0)
    check = one(found, "order bound")
    assert check.reached > check.limit
    assert check.status == "informative"
    assert "not up to T" in check.note


def test_resets_leave_what_still_holds():
    steps = (Evolve(terms=(Term("XX", (0, 1)),), duration=0.5), Reset(sites=(1,)))
    sites = (Site(), Site(levels=(0.0, 0.0), role=Role.ANCILLA))
    battery = Battery(sites=sites, start=BasisStart(levels=(0, 0)))
    protocol = ChargingProtocol(battery=battery, schedule=(*steps, steps[0]))
    found = bounds.certificate(protocol, NONE, time=1.0)
    assert one(found, "Mandelstam-Tamm").status == "informative"
    assert one(found, "average power").status == "holds"
    cells = ChargingProtocol(battery=Battery.qubits(2), schedule=(*steps, steps[0]))
    fresh = bounds.certificate(cells, NONE, time=1.0)
    assert one(fresh, "average power").note == "cells are reset"


def test_a_battery_too_large_to_follow_keeps_its_limits():
    found = bounds.certificate(protocols.blocks(Battery.qubits(400), order=4))
    assert "too many to follow" in found.note
    assert found.advantage is None
    assert one(found, "order bound").limit == pytest.approx(2 * math.pi)
    assert one(found, "norm of the commutator").status == "holds"


def test_a_start_in_superposition_has_no_parallel_reference():
    row = (math.sqrt(0.7), math.sqrt(0.3))
    battery = Battery(sites=(Site(), Site()), start=ProductStart(amplitudes=(row, row)))
    protocol = ChargingProtocol.constant(battery, [Term("YY", (0, 1))])
    found = bounds.certificate(protocol, C0, time=0.4)
    assert found.advantage is None
    assert found.gamma is None
    assert one(found, "uncertainty of the power").status == "holds"


def test_charging_that_never_charges_needs_a_time():
    still = ChargingProtocol.constant(Battery.qubits(2), [Term("ZZ", (0, 1))])
    found = bounds.certificate(still, NONE)
    assert "Give a time" in found.note
    with pytest.raises(InvalidRequest, match="judged up to a positive time"):
        bounds.certificate(still, NONE, time=-1.0)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ("order", "norm of the commutator"),
        ("power", "norm of the power"),
        ("variance", "uncertainty of the power"),
        ("angle", "Mandelstam-Tamm"),
        ("work", "average power"),
    ],
)
def test_a_proved_bound_that_fails_is_an_error_in_us(monkeypatch, wrong, name):
    """Each left-hand side made wrong, as a wrong sign or a lost factor would."""
    protocol = protocols.global_charging(Battery.qubits(3))
    if wrong == "order":
        monkeypatch.setattr(inequalities.Judge, "_reach", property(lambda _: 1.5))
    else:
        exact = charges.charge_of

        def spoilt(protocol, time=None):
            found = exact(protocol, time)
            rates = found.rates
            changed = {
                "power": {
                    "rates": replace(
                        rates, power=3 * rates.power, energy_variance=99 + rates.energy_variance
                    )
                },
                "variance": {"rates": replace(rates, energy_variance=rates.energy_variance / 2)},
                "angle": {"angle": 1.2 * found.angle},
                "work": {"work": 4 * found.work},
            }
            return replace(found, **changed[wrong])

        monkeypatch.setitem(bounds.certificate.__globals__, "charge_of", spoilt)
    with pytest.raises(BoundViolated, match=f"^{name} is proved and fails: .* needs ") as stop:
        bounds.certificate(protocol)
    assert isinstance(stop.value, RunFailed)


CHECK = Check(
    name="a bound", statement="x ≤ y", reached=2.0, limit=1.0, condition="any", reference="none"
)


def test_only_proved_bounds_on_the_safe_side_can_be_violated():
    with pytest.raises(BoundViolated, match=r"a bound is proved and fails: x ≤ y needs 2 <= 1\."):
        CHECK.verify()
    for harmless in (
        {"proved": False},
        {"reached_kind": "upper bound"},
        {"limit_kind": "estimate"},
        {"reached": None},
        {"limit": None},
        {"reached": 1.0 + 1e-9},
    ):
        replace(CHECK, **harmless).verify()
    with pytest.raises(BoundViolated, match=r"needs 2 <= 1\."):
        replace(CHECK, limit_kind="upper bound").verify()
    with pytest.raises(BoundViolated, match=r"needs 0\.5 >= 1\."):
        replace(CHECK, reached=0.5, is_floor=True).verify()
    replace(CHECK, is_floor=True).verify()


def test_a_measured_number_beyond_a_bound_is_a_warning_about_the_data():
    beyond = {"advantage": Measured(value=5.2, low=5.0, high=5.4)}
    found = bounds.certificate(protocols.blocks(Battery.qubits(6), order=3), measured=beyond)
    warned = [text for text in found.warnings if "Suspect the data, not the theorem" in text]
    assert len(warned) == 3
    assert warned[0].startswith("order bound: the measured 5.2 lies above the proved limit 4.712")
    inside = {"advantage": Measured(value=4.8, low=4.5, high=5.1)}
    assert not bounds.certificate(
        protocols.blocks(Battery.qubits(6), order=3), measured=inside
    ).warnings
    fast = {
        "charging_time": Measured(value=0.1, low=0.09, high=0.11),
        "power": Measured(value=30.0, low=25.0, high=31.0),
    }
    found = bounds.certificate(protocols.blocks(Battery.qubits(6), order=3), measured=fast)
    assert {text.split(":")[0] for text in found.warnings} == {
        "Mandelstam-Tamm",
        "average power",
        "Margolus-Levitin",
    }
    assert one(found, "Mandelstam-Tamm").measured.value == 0.1
