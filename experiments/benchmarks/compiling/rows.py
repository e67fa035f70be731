"""The rows of the comparison: which workload, on which target, by which formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from compiling import workloads
from compiling.workloads import Workload
from qbcircuit.compile.devices.target import all_to_all, heavy_hex, line
from qbcircuit.target import DeviceTarget

TIME = 1.0
"""Protocol time of every row; with two-letter names of strength 1 all angles are generic."""

TARGETS: dict[str, Callable[[int], DeviceTarget]] = {
    "all-to-all": all_to_all,
    "all-to-all rzz": lambda n: all_to_all(n, "rzz"),
    "line": line,
    "heavy-hex": lambda n: heavy_hex("cz"),
    "heavy-hex rzz": lambda n: heavy_hex("rzz"),
}
"""Targets by name, given the number of qubits needed."""

Cost = tuple[int, int]
"""Two-qubit gates and two-qubit depth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the comparison.

    Args:
        workload: what is evolved.
        target: a name of :data:`TARGETS`.
        order: of the product formula that peers compile (and we, on a row of the operator).
        steps: of that formula.
        from_ground: whether the circuit need only be right from |0...0>; exact for us then.
        floors: best circuits known when the rows were chosen, one or two; empty: open.
        level3: what Qiskit's level 3 reached then, with its terms as given.
    """

    workload: Workload
    target: str
    order: int = 1
    steps: int = 1
    from_ground: bool = False
    floors: tuple[Cost, ...] = ()
    level3: Cost | None = None

    @property
    def key(self) -> str:
        """Names the row in tables and files."""
        one = self.workload
        field = "+Z" if _has_extra_field(one) else ""
        start = " from 0" if self.from_ground else ""
        formula = f" o{self.order} x{self.steps}" if self.steps > 1 else ""
        return f"{one.name}{field} N{one.n} k{one.k}{formula}{start} {self.target}"

    @property
    def device(self) -> DeviceTarget:
        """The target, wide enough."""
        return TARGETS[self.target](self.workload.n)


def _on(
    workload: Workload, order: int, steps: int, targets: dict[str, tuple[Cost | None, list[Cost]]]
) -> list[Row]:
    """Rows that differ in the target: ``{target: (level 3, floors)}``."""
    return [
        Row(
            workload=workload,
            target=target,
            order=order,
            steps=steps,
            floors=tuple(floors),
            level3=level3,
        )
        for target, (level3, floors) in targets.items()
    ]


def _from_ground(rows: Iterable[Row]) -> list[Row]:
    return [replace(row, from_ground=True) for row in rows]


def all_rows() -> tuple[Row, ...]:
    """Every row of the standard comparison."""
    return (*_block_rows(), *_chain_rows(), *_window_rows(), *_dense_rows())


def small_rows() -> tuple[Row, ...]:
    """The standard rows on few qubits, so that operators can be compared; no floors."""
    small = {
        replace(
            row, workload=smaller(row.workload), steps=min(row.steps, 3), floors=(), level3=None
        )
        for row in all_rows()
    }
    return tuple(sorted(small, key=lambda row: row.key))


def random_rows(count: int) -> tuple[Row, ...]:
    """Random strings on few qubits, by all formulas, on all targets of cx or cz; no floors."""
    return tuple(map(_random_row, range(count)))


def _random_row(seed: int) -> Row:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    k = int(rng.integers(2, min(4, n) + 1))
    strings = workloads.random_terms(n, k, int(rng.integers(3, 14)), seed)
    return Row(
        workload=replace(strings, name=f"R{seed}"),
        target=str(rng.choice(["all-to-all", "line", "heavy-hex"])),
        order=int(rng.integers(1, 3)),
        steps=int(rng.integers(1, 7)),
    )


def twin(row: Row) -> Row:
    """The same family, formula and target on as few as 10 qubits, whose states are simulated."""
    one = row.workload
    if _has_extra_field(one) or one.name not in {"W3", "W4", "W5", "W7"}:
        return row
    n = min(one.n, 10)
    return replace(row, workload=workloads.FAMILIES[one.name](n, one.k), floors=(), level3=None)


def smaller(workload: Workload) -> Workload:
    """The same family on at most 8 qubits, blocks and windows of at most 4."""
    k = min(workload.k, 4)
    if workload.name == "W6":
        return workloads.random_terms(6, k, n_terms=8)
    name = f"{workload.name}+Z" if _has_extra_field(workload) else workload.name
    return workloads.FAMILIES[name](2 * k if workload.name in {"W1", "W2"} else 6, k)


def _has_extra_field(workload: Workload) -> bool:
    return bool(workload.field) and workload.name in {"W1", "W2"}


def _block_rows() -> list[Row]:
    w1, w2 = workloads.blocks, workloads.transitions
    free, hex_, fractional = "all-to-all", "heavy-hex", "heavy-hex rzz"
    return [
        *_on(w1(24, 8), 1, 1, {free: ((42, 14), [(42, 6)])}),
        *_on(w1(24, 24), 1, 1, {hex_: ((46, 46), [(46, 24)])}),
        *_on(w1(24, 8), 1, 1, {fractional: ((39, 13), [(39, 7)])}),
        *_from_ground(
            _on(
                w1(24, 8, field=True), 1, 10,
                {free: ((420, 140), [(21, 3)]), hex_: ((420, 140), [(21, 4)])},
            )
        ),
        *_on(w2(12, 3), 1, 1, {free: ((32, 8), [(24, 6)]), hex_: ((60, 15), [(28, 7)])}),
        *_on(w2(12, 4), 1, 1, {free: ((42, 13), [(39, 13)])}),
        *_on(w2(12, 6), 1, 1, {free: ((100, 40), [(82, 41)]), hex_: ((620, 310), [])}),
        *_on(w2(8, 8), 1, 1, {free: ((308, 226), [(94, 94)])}),
        *_from_ground(
            row
            for k, most in ((3, 8), (4, 9), (6, 10))
            for row in _on(w2(12, k, field=True), 1, 10, {hex_: (None, [(most, most)])})
        ),
    ]  # fmt: skip


def _chain_rows() -> list[Row]:
    free, hex_ = "all-to-all", "heavy-hex"
    short, long = workloads.double_excitation(12), workloads.double_excitation(100)
    exact = [(72, 22)]
    return [
        *_on(short, 2, 10, {free: ((338, 186), [(230, 42)]), hex_: ((402, 402), [(230, 42)])}),
        *_from_ground(_on(short, 2, 10, {"line": (None, exact), hex_: ((402, 402), exact)})),
        *_on(
            long, 2, 10,
            {free: ((4210, 2202), [(2078, 42)]), hex_: ((3922, 3922), [(2078, 42)])},
        ),
    ]  # fmt: skip


def _window_rows() -> list[Row]:
    free, hex_, fractional = "all-to-all", "heavy-hex", "heavy-hex rzz"
    w4 = workloads.windows
    return [
        *_on(
            w4(20, 2), 2, 10,
            {free: ((722, 722), [(380, 40)]), fractional: ((371, 371), [(190, 20)])},
        ),
        *_on(
            w4(20, 3), 2, 10,
            {
                free: ((863, 291), [(549, 134), (720, 80)]),
                hex_: ((1404, 1404), [(720, 80)]),
                fractional: ((1043, 1043), [(540, 60)]),
            },
        ),
        *_on(w4(100, 3), 2, 10, {hex_: ((7804, 7804), [(3920, 80)])}),
        *_on(
            w4(20, 4), 2, 10,
            {free: ((1046, 400), [(580, 580), (720, 120)]), hex_: ((1986, 1986), [(1020, 160)])},
        ),
    ]  # fmt: skip


def _dense_rows() -> list[Row]:
    free, hex_, fractional = "all-to-all", "heavy-hex", "all-to-all rzz"
    w5, w7 = workloads.all_to_all, workloads.transition_windows(12)
    return [
        *_on(
            w5(12), 2, 4,
            {
                free: ((528, 114), [(284, 77)]),
                fractional: ((264, 57), [(264, 44)]),
                hex_: ((862, 270), [(792, 144)]),
            },
        ),
        *_on(
            w5(24), 2, 4,
            {
                free: ((2208, 234), [(1196, 188)]),
                fractional: ((1104, 117), [(1104, 92)]),
                hex_: ((3930, 860), [(3312, 288)]),
            },
        ),
        *_on(workloads.random_terms(16, 3), 1, 1,
             {free: ((152, 78), []), hex_: ((489, 234), [])}),
        *_on(workloads.random_terms(16, 4), 1, 1,
             {free: ((163, 98), []), hex_: ((571, 272), [])}),
        *_on(w7, 1, 5, {free: ((578, 317), [(300, 90)]), hex_: ((750, 326), [(350, 105)])}),
    ]  # fmt: skip
