"""The register of charging families."""

from __future__ import annotations

from collections.abc import Mapping

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import unknown_name
from qbcircuit.protocols import (
    cavity,
    chargers,
    collisions,
    ising,
    layered,
    level_cells,
    long_range,
    quench,
    ramps,
    random_k_local,
    spin_chain,
    syk,
)
from qbcircuit.protocols.collective import blocks, global_charging, parallel, transition_blocks
from qbcircuit.protocols.family import Family, Value
from qbcircuit.protocols.lattice import double_excitation, transition_windows, windows

_LETTER = "Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991"

_ALL = (
    Family(
        name="parallel",
        summary="Every cell charged on its own; the reference that all others are compared with.",
        hamiltonian="sum_j X_j",
        order="1",
        participation="1",
        bound="Γ = 1 by definition",
        reference=_LETTER,
        constructor=parallel,
        fixed_order=lambda n: 1,
    ),
    Family(
        name="global",
        summary="All cells flipped together by one N-body term.",
        hamiltonian="X_1 X_2 ... X_N",
        order="N",
        participation="1",
        bound="Γ_C0 = N, Γ_C1 = √N, both reached",
        reference="Binder et al., New J. Phys. 17, 075015 (2015), arXiv:1503.07005",
        constructor=global_charging,
    ),
    Family(
        name="blocks",
        summary="Disjoint blocks of k cells flipped together; k, ..., k and a remainder.",
        hamiltonian="sum_b X^(x k)",
        order="k",
        participation="1",
        bound="Γ_C0 = N/⌈N/k⌉, Γ_C1 = √(N/⌈N/k⌉), both reached; Theorem 1: Γ_C0 < gamma k",
        reference=_LETTER,
        constructor=blocks,
        takes_order=True,
    ),
    Family(
        name="transition-blocks",
        summary="Disjoint blocks of k cells, of any levels, moved between all-empty and all-full.",
        hamiltonian="sum_b (|1^k><0^k| + h.c.)",
        order="k",
        participation="1",
        bound="Γ_C0 = N/⌈N/k⌉, Γ_C1 = √(N/⌈N/k⌉) from the ground state; Theorem 1: Γ_C0 < gamma k",
        reference=_LETTER,
        constructor=transition_blocks,
        takes_order=True,
    ),
    Family(
        name="windows",
        summary="Overlapping windows of k neighbours on an open line, each flipped together.",
        hamiltonian="sum_i X_i X_(i+1) ... X_(i+k-1), i = 0, stride, 2 stride, ...",
        order="k",
        participation="⌈k/stride⌉ in the bulk",
        bound="Γ_C0 < gamma k (any overlap); Theorem 2: Γ_C0 < gamma [k²(m-1)+k]",
        reference=_LETTER,
        constructor=windows,
        takes_order=True,
        takes_stride=True,
    ),
    Family(
        name="transition-windows",
        summary="Overlapping windows of k neighbours moved between all-empty and all-full.",
        hamiltonian="sum_i (|1^k><0^k| + h.c.) on cells i ... i+k-1, i = 0, stride, 2 stride, ...",
        order="k",
        participation="⌈k/stride⌉ in the bulk",
        bound="Γ_C0 < gamma k (any overlap); Theorem 2: Γ_C0 < gamma [k²(m-1)+k]",
        reference=_LETTER,
        constructor=transition_windows,
        takes_order=True,
        takes_stride=True,
    ),
    Family(
        name="double-excitation",
        summary="Neighbours on an open chain charged in pairs; free fermions.",
        hamiltonian="g sum_j (s+_j s+_(j+1) + h.c.)",
        order="2",
        participation="2",
        bound="Γ_C0 < 2 gamma; no growth with N: the power ratio under C0 tends to 1.835",
        reference="Le et al., PRA 97, 022106 (2018), arXiv:1712.03559",
        constructor=double_excitation,
        fixed_order=lambda n: 2,
    ),
    *long_range.FAMILIES,
    *ising.FAMILIES,
    *layered.FAMILIES,
    *random_k_local.FAMILIES,
    *syk.FAMILIES,
    *chargers.FAMILIES,
    *quench.FAMILIES,
    *spin_chain.FAMILIES,
    *level_cells.FAMILIES,
    *cavity.FAMILIES,
    *collisions.FAMILIES,
    *ramps.FAMILIES,
)

FAMILIES: dict[str, Family] = {one.name: one for one in _ALL}
"""Every family by its name on the command line."""


def family(name: str) -> Family:
    """The family of that name.

    Raises:
        InvalidRequest: no such family; the message names the closest.
    """
    if name not in FAMILIES:
        raise unknown_name("protocol", name, FAMILIES, see="qbcircuit protocols")
    return FAMILIES[name]


def build(
    name: str,
    battery: Battery,
    *,
    order: int | None = None,
    stride: int | None = None,
    field: float = 0.0,
    strength: float = 1.0,
    parameters: Mapping[str, Value] | None = None,
) -> ChargingProtocol:
    """A family's protocol by name; see :meth:`Family.build`.

    Raises:
        InvalidRequest: an unknown name, or options that do not fit the family.
    """
    return family(name).build(
        battery,
        order=order,
        stride=stride,
        field=field,
        strength=strength,
        parameters=parameters,
    )
