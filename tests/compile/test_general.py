"""Sites of any levels, any start, any reset: compiled circuits against dense density matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.compile import compile_protocol, n_wires
from qbcircuit.encoding import KINDS
from qbcircuit.plan import CircuitPlan
from qbcircuit.starts import (
    BasisStart,
    GroundStart,
    MixedStart,
    ProductStart,
    PureStart,
    ThermalStart,
)
from qbcircuit.terms import Term
from qbcircuit.testing import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
)

STARTS = ("basis", "thermal", "mixed", "product", "pure", "ground")
MOST_WIRES = 7


def letters_for(dimension):
    units = [f"|{a}><{b}|" for a in range(dimension) for b in range(dimension)]
    return [*(["X", "Y", "Z", "+", "-"] if dimension == 2 else []), "a", "c", "n", *units]


def random_term(rng, dimensions, among):
    k = int(rng.integers(1, min(2, len(among)) + 1))
    sites = [int(site) for site in rng.choice(among, size=k, replace=False)]
    letters = [str(rng.choice(letters_for(dimensions[site]))) for site in sites]
    term = Term(letters, sites, float(rng.normal()))
    turned = term.strength * np.exp(1j * rng.uniform(0, 6))
    return Term(letters, sites, turned) if term.adds_conjugate else term


def random_row(rng, d):
    return tuple(rng.normal(size=d) + 1j * rng.normal(size=d))


def random_populations(rng, d):
    weights = rng.dirichlet(np.ones(d)) * (rng.random(d) < 0.8)
    weights[int(rng.integers(d))] += 0.3
    return tuple(weights / weights.sum())


def random_start(rng, dimensions, kind):
    made = {
        "basis": lambda: BasisStart(levels=tuple(int(rng.integers(0, d)) for d in dimensions)),
        "thermal": lambda: ThermalStart(beta=float(rng.uniform(0.1, 2))),
        "mixed": lambda: MixedStart(
            populations=tuple(random_populations(rng, d) for d in dimensions)
        ),
        "product": lambda: ProductStart(amplitudes=tuple(random_row(rng, d) for d in dimensions)),
        "pure": lambda: PureStart(amplitudes=random_row(rng, math.prod(dimensions))),
        "ground": GroundStart,
    }
    return made[kind]()


def random_reset(rng, dimensions):
    site = int(rng.integers(0, len(dimensions)))
    d = dimensions[site]
    which = int(rng.integers(0, 3))
    return Reset(
        sites=(site,),
        amplitudes=random_row(rng, d) if which == 1 else (),
        populations=random_populations(rng, d) if which == 2 else (),
        probability=float(rng.choice([1.0, 0.4])),
    )


def random_protocol(rng, start, *, with_reset):
    dimensions = [int(d) for d in rng.integers(2, 5, size=int(rng.integers(1, 4)))]
    roles = [Role.CELL] + [Role(rng.choice(["cell", "mode"])) for _ in dimensions[1:]]
    sites = tuple(
        Site(levels=tuple(np.cumsum(rng.uniform(0.2, 1.0, size=d))), role=role)
        for d, role in zip(dimensions, roles, strict=True)
    )
    cells = [j for j, role in enumerate(roles) if role is Role.CELL]
    inner = (random_term(rng, dimensions, cells),) if start == "ground" else ()
    battery = Battery(sites=sites, start=random_start(rng, dimensions, start), interactions=inner)
    everywhere = list(range(len(dimensions)))
    steps = [
        Evolve(
            terms=tuple(random_term(rng, dimensions, everywhere) for _ in range(2)),
            duration=float(rng.uniform(0.2, 0.5)),
        )
        for _ in range(2)
    ]
    if with_reset:
        steps.insert(1, random_reset(rng, dimensions))
    return ChargingProtocol(
        battery=battery, schedule=tuple(steps), include_internal=bool(rng.integers(0, 2))
    )


def small_protocol(seed, kind, start, *, with_reset):
    """The first of a row of random protocols whose circuits a density matrix can follow."""
    rng = np.random.default_rng(seed)
    while True:
        protocol = random_protocol(rng, start, with_reset=with_reset)
        if n_wires(protocol, kind) <= MOST_WIRES:
            return protocol


@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 2**32),
    start=st.sampled_from(STARTS),
    with_reset=st.booleans(),
    target=st.sampled_from(["all-to-all", "line"]),
)
@settings(deadline=None, max_examples=25)
def test_any_protocol_does_on_registers_what_it_says(kind, seed, start, with_reset, target):
    protocol = small_protocol(seed, kind, start, with_reset=with_reset)
    times = [0.1, protocol.duration]
    plan = compile_protocol(protocol, times=times, target=target, encoding=kind, error=0.1)
    assert_plan_implements(plan, atol=1e-7)  # a ground vector is found to a residual
    assert_zero_angles_rest(plan, atol=1e-7)
    for circuit in plan.circuits:
        assert_obeys_target(circuit, plan.target)
    assert CircuitPlan.from_json(plan.to_json()) == plan
