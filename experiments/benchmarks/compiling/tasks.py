"""What a peer is asked for: a row with its terms in some order, on the device or a part of it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from compiling.formulas import Groups, groups_of
from compiling.rows import Row
from qbcircuit.compile.devices.placement import place
from qbcircuit.target import DeviceTarget, Operation

DEVICE, REGION, PINNED = "device", "region", "region, placed"
"""The whole device; as many connected qubits as the row has; these, each qubit on its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One circuit that a peer is asked for.

    Args:
        row: what is evolved.
        order: name of the order of terms.
        where: :data:`DEVICE`, :data:`REGION` or :data:`PINNED`.
        seed: of the peer.
    """

    row: Row
    order: str
    where: str = DEVICE
    seed: int = 0

    @property
    def groups(self) -> Groups:
        """The terms in their order."""
        return term_orders(self.row)[self.order]

    @property
    def device(self) -> DeviceTarget:
        """What is compiled for."""
        return self.row.device if self.where == DEVICE else region(self.row)

    @property
    def is_pinned(self) -> bool:
        """Whether qubit i starts on the device's qubit i."""
        return self.where == PINNED

    @property
    def how(self) -> str:
        """Names the task among those of a peer and a row."""
        seed = f", seed {self.seed}" if self.seed else ""
        return f"{self.order}{seed}" + (f", {self.where}" if self.where != DEVICE else "")


SEEDED = "tket greedy", "tket greedy peephole"
"""Peers that a seed changes where nothing has to be routed; of pytket's, at all."""


def tasks(peer: str, row: Row, seeds: int) -> Iterator[Task]:
    """Everything a peer is asked for on a row, one seed after another.

    Args:
        peer: who.
        row: what.
        seeds: how many, where they change anything.
    """
    coupling = row.device.coupling
    everywhere = [DEVICE] if coupling is None else [DEVICE, REGION, PINNED]
    routed = coupling is not None and not peer.startswith("tket")
    for seed in range(seeds if routed or peer in SEEDED else 1):
        for where in everywhere:
            for order in term_orders(row):
                yield Task(row=row, order=order, where=where, seed=seed)


@functools.lru_cache(maxsize=8)
def term_orders(row: Row) -> dict[str, Groups]:
    """Orders worth trying, doubles left out: as given, field first, layers, by letters."""
    one = row.workload
    layers = one.layers
    strings = groups_of(one.terms)
    found = {
        "as given": strings,
        "field first": groups_of(one.field + one.interactions),
        "by layer": groups_of(term for layer in layers for term in layer),
        "by letters": tuple(sorted(strings, key=lambda group: group[0].operators)),
        "layers": layers,
        "layers reversed": layers[::-1],
    }
    return {name: groups for i, (name, groups) in enumerate(found.items())
            if groups not in list(found.values())[:i]}  # fmt: skip


@functools.lru_cache(maxsize=8)
def region(row: Row) -> DeviceTarget:
    """The device cut to the qubits where our placement puts the row's; qubit i is where i goes."""
    device = row.device
    kept = place(row.workload.n, [term.sites for term in row.workload.terms], device)
    now = {qubit: i for i, qubit in enumerate(kept)}
    operations = [
        Operation(name=one.name, qubits=one.qubits and tuple(now[q] for q in one.qubits))
        for one in device.operations
        if one.qubits is None or all(q in now for q in one.qubits)
    ]
    return DeviceTarget(name="region", n_qubits=len(kept), operations=tuple(operations))
