"""Assertions and generators for tests: what a plan must do, and protocols to try it on."""

from __future__ import annotations

from qbcircuit.testing.dense import (
    LETTERS,
    dense_hamiltonian,
    density_at,
    distance_up_to_phase,
    energy_matrix,
    evolution,
    exact_unitary,
    placed,
    reduced,
    start_density,
    work_at,
)
from qbcircuit.testing.generators import random_protocol, random_term
from qbcircuit.testing.plans import (
    assert_obeys_target,
    assert_plan_implements,
    assert_zero_angles_rest,
    cell_state,
    encoded_state,
    in_place,
)

__all__ = [
    "LETTERS",
    "assert_obeys_target",
    "assert_plan_implements",
    "assert_zero_angles_rest",
    "cell_state",
    "dense_hamiltonian",
    "density_at",
    "distance_up_to_phase",
    "encoded_state",
    "energy_matrix",
    "evolution",
    "exact_unitary",
    "in_place",
    "placed",
    "random_protocol",
    "random_term",
    "reduced",
    "start_density",
    "work_at",
]
