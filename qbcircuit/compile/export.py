"""Plans written to files that other tools read: QPY and OpenQASM 3."""

from __future__ import annotations

import os
from pathlib import Path

from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole


def write_qpy(plan: CircuitPlan, file: str | os.PathLike[str]) -> Path:
    """The circuits of the charge experiments in time order, as wide as the target.

    Without measurements; the last is the one at the last time.

    Args:
        plan: what was compiled.
        file: where to.

    Raises:
        InvalidRequest: no file can be written there.
    """
    path = writable(file)
    from qiskit import qpy

    circuits = [plan.circuit(i) for i in _in_time_order(plan)]
    with path.open("wb") as stream:
        qpy.dump(circuits, stream)
    return path


def write_qasm(plan: CircuitPlan, file: str | os.PathLike[str]) -> Path:
    """The circuit at the last time as OpenQASM 3, with cell c measured into ``cells[c]``.

    Where cells have more than two levels the qubits of their registers are measured in order.

    A program of OpenQASM 3 holds one circuit; :func:`write_qpy` writes all times.

    Args:
        plan: what was compiled.
        file: where to.

    Raises:
        InvalidRequest: no file can be written there.
    """
    path = writable(file)
    from qiskit import qasm3

    last = _in_time_order(plan)[-1]
    program = qasm3.dumps(plan.circuit(last, measure=True))
    time = plan.experiments[last].time
    note = f"// {plan.protocol.name} on {plan.target.name} at time {time!r}\n"
    path.write_text(_after_version(program, note), encoding="utf-8")
    return path


def writable(file: str | os.PathLike[str]) -> Path:
    """The path, if a file can be written there: to be asked before any work is done.

    Raises:
        InvalidRequest: the folder does not exist or may not be written to, or it is a folder.
    """
    path = Path(file)
    if path.is_dir():
        raise InvalidRequest(f"A file is needed, but {path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise InvalidRequest(
            f"Cannot write {path}: the folder {path.parent} does not exist. Create it first."
        )
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidRequest(f"Cannot write {path}: permission denied. Choose another place.")
    return path


Holder = int | tuple[int, ...]
"""The qubit that holds a cell; all of its register where it has more than two levels."""


def layouts(plan: CircuitPlan) -> tuple[tuple[Holder, ...], tuple[Holder, ...]]:
    """Which qubit of the written circuit holds each cell at the start, and at the end.

    The end is that of the circuit at the last time.
    """
    last: Experiment = plan.experiments[_in_time_order(plan)[-1]]
    ends = iter(plan.qubits[wire] for wire in last.readout)
    registers = plan.registers
    start: list[Holder] = []
    end: list[Holder] = []
    for cell in plan.protocol.battery.cells:
        held = [plan.qubits[plan.layout[site]] for site in registers[cell].sites]
        for found, where in ((start, held), (end, [next(ends) for _ in held])):
            found.append(where[0] if len(where) == 1 else tuple(where))
    return tuple(start), tuple(end)


def _in_time_order(plan: CircuitPlan) -> list[int]:
    """Indices of the charge experiments, earliest first."""
    charges = [i for i, one in enumerate(plan.experiments) if one.role is ExperimentRole.CHARGE]
    if not charges:
        raise InvalidRequest("The plan has no charge experiment. Compile at one time or more.")
    return sorted(charges, key=lambda i: plan.experiments[i].time)


def _after_version(program: str, note: str) -> str:
    """A comment in the program's second line; the version must stay first."""
    first, _, rest = program.partition("\n")
    return f"{first}\n{note}{rest}"
