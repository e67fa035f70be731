"""Hand-built plans: independent of the compiler, small enough to check by dense algebra."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Parameter

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import Compilation, CompileOptions
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Piece, Setting, Template
from qbcircuit.target import DeviceTarget, Operation
from qbcircuit.terms import Term


def template(name: str, circuit: QuantumCircuit) -> Template:
    stored = io.BytesIO()
    qpy.dump(circuit, stored)
    return Template(name=name, qpy=stored.getvalue(), n_angles=circuit.num_parameters)


def rotate_x(circuit: QuantumCircuit, angle: object, qubit: int) -> None:
    """RX(angle) up to a phase, in the gates of a superconducting device."""
    circuit.rz(np.pi / 2, qubit)
    circuit.sx(qubit)
    circuit.rz(angle + np.pi, qubit)
    circuit.sx(qubit)
    circuit.rz(np.pi / 2, qubit)


def step(n: int) -> QuantumCircuit:
    """A step that entangles neighbours and moves every cell differently; one angle."""
    angle = Parameter("tau")
    circuit = QuantumCircuit(n)
    for q in range(n):
        rotate_x(circuit, (1 + 0.3 * q) * angle, q)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
        circuit.rz(angle, q + 1)
        circuit.cx(q, q + 1)
    return circuit


def closing(n: int, *, diagonal: bool) -> QuantumCircuit:
    angle = Parameter("end")
    circuit = QuantumCircuit(n)
    for q in range(n):
        if diagonal:
            circuit.rz(angle, q)
        else:
            rotate_x(circuit, angle * (q + 1), q)
    return circuit


def ideal_target(n: int) -> DeviceTarget:
    names = ("cx", "measure", "rz", "sx", "x")
    return DeviceTarget(
        name="all-to-all", n_qubits=n, operations=tuple(Operation(name=name) for name in names)
    )


def charge(
    time: float, segments: Sequence[Piece], closing: Sequence[Piece], readout: Sequence[int]
) -> Experiment:
    return Experiment(
        time=time,
        role=ExperimentRole.CHARGE,
        setting=Setting(bases=("Z",) * len(readout)),
        segments=tuple(segments),
        closing=tuple(closing),
        readout=tuple(readout),
    )


def plan_of(
    n: int,
    templates: Sequence[Template],
    experiments: Sequence[Experiment],
    *,
    target: DeviceTarget | None = None,
    qubits: Sequence[int] | None = None,
    n_cells: int | None = None,
) -> CircuitPlan:
    n_cells = n if n_cells is None else n_cells
    protocol = ChargingProtocol.constant(
        Battery.qubits(n_cells), [Term("X", (j,)) for j in range(n_cells)], name="hand-built"
    )
    return CircuitPlan(
        protocol=protocol,
        target=target or ideal_target(n),
        options=CompileOptions(),
        compilation=Compilation(
            method="by hand",
            formula=None,
            steps=0,
            error=0.0,
            error_kind="exact",
            assumes_start=False,
        ),
        qubits=tuple(qubits) if qubits is not None else tuple(range(n)),
        layout=tuple(range(n_cells)),
        templates=tuple(templates),
        local_layers=((),) * len(templates),
        experiments=tuple(experiments),
    )


def nested_plan(
    n: int,
    *,
    times: Sequence[int] = (0, 1, 3, 4),
    diagonal: bool = True,
    target: DeviceTarget | None = None,
    qubits: Sequence[int] | None = None,
    readout: Sequence[int] | None = None,
) -> CircuitPlan:
    """Time t is t steps and a closing: every experiment's segments are a prefix of the next's."""
    readout = tuple(range(n)) if readout is None else tuple(readout)
    move, end = Piece(template=0, angles=(0.37,)), Piece(template=1, angles=(0.21,))
    return plan_of(
        n,
        (template("step", step(n)), template("closing", closing(n, diagonal=diagonal))),
        [charge(float(t), [move] * t, [end], readout) for t in times],
        target=target,
        qubits=qubits,
        n_cells=len(readout),
    )


def fan_plan(
    n: int,
    *,
    times: Sequence[float] = (0.0, 0.4, 1.1),
    target: DeviceTarget | None = None,
    qubits: Sequence[int] | None = None,
) -> CircuitPlan:
    """One rotation and a fan-out: nothing nests."""
    angle = Parameter("theta")
    circuit = QuantumCircuit(n)
    rotate_x(circuit, angle, 0)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
    return plan_of(
        n,
        (template("fan", circuit),),
        [charge(t, [Piece(template=0, angles=(2 * t,))], [], range(n)) for t in times],
        target=target,
        qubits=qubits,
    )


PlanMaker = Callable[..., CircuitPlan]


@pytest.fixture
def nested() -> PlanMaker:
    return nested_plan


@pytest.fixture
def fan() -> PlanMaker:
    return fan_plan


@pytest.fixture
def by_hand() -> PlanMaker:
    return plan_of


def parallel_plan(
    n: int,
    *,
    times: Sequence[float] = (0.0, 0.5, 1.2),
    target: DeviceTarget | None = None,
    qubits: Sequence[int] | None = None,
) -> CircuitPlan:
    """exp(-i t X) on every cell, so W = N sin^2 t; with zero-angle twins."""
    angle = Parameter("theta")
    circuit = QuantumCircuit(n)
    for q in range(n):
        rotate_x(circuit, angle, q)
    return plan_of(
        n,
        (template("rotate", circuit),),
        [charge(t, [Piece(template=0, angles=(2 * t,))], [], range(n)) for t in times],
        target=target,
        qubits=qubits,
    ).with_noise_work()


@pytest.fixture
def parallel() -> PlanMaker:
    return parallel_plan


@pytest.fixture
def pieces() -> ModuleType:
    """The builders above, for plans that one test alone needs."""
    return sys.modules[__name__]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The loopback service, with the environment that leads IBM's client to it."""
    from tests.standin import Standin

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QBCIRCUIT_TEST_SERVICE", "1")
        with Standin(tmp_path_factory.mktemp("ibm"), in_thread=True) as standin:
            yield standin


@pytest.fixture(scope="module")
def small(up: Any) -> Any:
    """A small device of that service."""
    from qbcircuit_ibm import IbmDevice

    return IbmDevice("ibm_small7")
