"""From a protocol and a target to a plan."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbcircuit.battery import BasisStart
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compilation import Compilation, CompileOptions
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.devices.placement import place
from qbcircuit.compile.devices.target import resolve_target
from qbcircuit.compile.evolution import Pieces
from qbcircuit.compile.exact.blocks import can_exponentiate
from qbcircuit.compile.exact.fermions import FreeFermions, free_fermions
from qbcircuit.compile.exact.opening import n_wires, tied_pairs
from qbcircuit.compile.exact.start_aware import start_aware_blocks, start_aware_circuit
from qbcircuit.compile.formula.layers import Layer, exact_layers
from qbcircuit.compile.program import Interval, elapsed_in, intervals
from qbcircuit.compile.realise import realised
from qbcircuit.compile.requests import (
    check_ancillas,
    check_levels,
    check_promise,
    check_qubits,
    checked_options,
    checked_times,
)
from qbcircuit.compile.templates import TemplateBook, local_layers
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Setting
from qbcircuit.target import DeviceTarget

if TYPE_CHECKING:
    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target


def compile_protocol(
    protocol: ChargingProtocol,
    *,
    times: Sequence[float] | float,
    target: str | DeviceTarget | Target | BackendV2 | None = None,
    start: str = "auto",
    formula: int | None = None,
    steps: int | None = None,
    error: float | None = None,
    error_kind: str = "bound",
    optimise: str = "gates",
    qubits: Sequence[int] | None = None,
    ancillas: int = 0,
) -> CircuitPlan:
    """The circuits that realise a protocol on a machine, one per time.

    Disjoint blocks and commuting terms are exact, exp(-i t H), and so are open chains of free
    fermions where that costs less; otherwise a product formula runs between layers of exactly
    exponentiated interactions. Asking for a formula or for steps asks for a product formula.

    Args:
        protocol: what to realise.
        times: protocol times, not decreasing; the circuits stop there.
        target: a name, a device, a qiskit target or backend; ``None``: all-to-all.
        start: ``"ground"`` allows circuits that are right from the protocol's start only,
            ``"any"`` asks for the whole operator, ``"auto"`` allows the former where the start
            is a basis state.
        formula: order of the product formula, 1, 2 or 4; ``None``: the cheapest.
        steps: product-formula steps of the circuit at the last time; ``None``: from the error.
        error: largest distance from the exact evolution at the last time, up to phase; default
            0.02. A bound holds at every earlier time too, an estimate is of the last alone. Given
            together with ``steps`` it is a condition on what they promise.
        error_kind: ``"bound"`` (a guarantee) or ``"estimate"`` (cheaper).
        optimise: ``"gates"`` or ``"depth"``.
        qubits: the target qubit of every site (and ancilla); ``None``: the best found. Give
            several chargers the same ones so that only the charger differs.
        ancillas: clean qubits that circuits may use beside the sites, where every pair of
            qubits is coupled; |0^k><1^k| + h.c. with k >= 6 is shorter with k - 2 of them.

    Returns:
        A plan of charge experiments, in the order of the times.

    Raises:
        InvalidRequest: an option, a time or a target that cannot be, or steps that do not keep
            the error.
    """
    options = checked_options(
        protocol,
        start=start,
        formula=formula,
        steps=steps,
        error=error,
        error_kind=error_kind,
        optimise=optimise,
        qubits=qubits,
        ancillas=ancillas,
    )
    stops = checked_times(protocol, times)
    check_levels(protocol)
    device = resolve_target(target, n_wires(protocol.battery) + options.ancillas)
    check_ancillas(options.ancillas, device)
    job = _Job(protocol=protocol, times=stops, device=device, options=options)
    plan = job.start_aware_plan() or job.cheapest_plan()
    if steps is not None and error is not None:
        check_promise(plan.compilation, error)
    return plan


@dataclass(frozen=True, kw_only=True, eq=False)
class _Job:
    """One request, checked."""

    protocol: ChargingProtocol
    times: tuple[float, ...]
    device: DeviceTarget
    options: CompileOptions

    def start_aware_plan(self) -> CircuitPlan | None:
        """One template for all times, where the start allows it."""
        battery = self.protocol.battery
        if self.options.start != "ground" or not isinstance(battery.start, BasisStart):
            return None
        blocks = start_aware_blocks(self.protocol)
        if blocks is None:
            return None
        book = self._book([block.flipped for block in blocks if len(block.flipped) > 1])
        template = start_aware_circuit(blocks, battery.start.levels, book.wiring)
        local = local_layers(block.interaction for block in blocks if block.flipped)
        closings = [
            book.piece(
                "blocks",
                lambda: ((template.circuit,), local),
                template.angles(elapsed_in(self.protocol, time)),
                restore=False,
            )
            for time in self.times
        ]
        done = Compilation(
            method="start-aware blocks",
            formula=None,
            steps=0,
            error=0.0,
            error_kind="exact",
            assumes_start=True,
        )
        return self._plan(book, done, [((), (piece,)) for piece in closings])

    def cheapest_plan(self) -> CircuitPlan:
        """Free fermions, where the protocol is that, unless a product formula costs less."""
        optimise = self.options.optimise
        fermions = self._fermions()
        if fermions is None:
            return _cheapest(self.operator_plans(), optimise)
        try:
            plans = list(self.operator_plans(fermions))
        except InvalidRequest:  # no product formula reaches so far; fermions may
            plans = []
        least = (*_ordered(fermions.weight, optimise), 0.0)
        if all(_price(plan, optimise) > least for plan in plans):
            plans.append(self._fermion_plan(fermions))
        return _cheapest(plans, optimise)

    @functools.cached_property
    def _parts(self) -> tuple[Interval, ...]:
        """The steps that have begun by the last time."""
        return intervals(self.protocol, self.times[-1])

    def _fermions(self) -> FreeFermions | None:
        options = self.options
        evolve_only = all(isinstance(part.step, Evolve) for part in self._parts)
        if options.steps or options.formula or not evolve_only:
            return None
        terms = [part.terms for part in self._parts]
        return free_fermions(self.protocol.battery, terms, from_start=options.start == "ground")

    def _fermion_plan(self, fermions: FreeFermions) -> CircuitPlan:
        """One template for all times, its angles found for each."""
        book = self._book(fermions.bonds)
        done = Compilation(
            method="free fermions",
            formula=None,
            steps=0,
            error=0.0,
            error_kind="exact",
            assumes_start=fermions.assumes_start,
        )
        closings = [
            book.piece(
                "free fermions",
                lambda: ((fermions.circuit(),), fermions.local_layers),
                fermions.angles([part.until(time) for part in self._parts]),
                restore=False,
            )
            for time in self.times
        ]
        return self._plan(book, done, [((), (piece,)) for piece in closings])

    def operator_plans(self, fermions: FreeFermions | None = None) -> Iterator[CircuitPlan]:
        """The whole operator, in every way we know: exact, or a product formula.

        None where a product formula is sure to cost more than free fermions.
        """
        parts = self._parts
        layered = [self._layers(part) for part in parts]
        book = self._book(_supports(layered), self.options.ancillas)
        programs, done = realised(self.protocol, self.options, parts, layered, book.wiring)
        if fermions is not None and fermions.outdoes(done.steps, self.options.optimise):
            return
        for program in programs:
            own = book.empty()
            yield self._plan(own, done, [program.pieces(own, time) for time in self.times])

    def _layers(self, part: Interval) -> tuple[Layer, ...]:
        if not isinstance(part.step, Evolve):
            return ()
        return exact_layers(part.terms, self.protocol.battery.n_sites, can_exponentiate)

    def _book(self, supports: Sequence[Sequence[int]], ancillas: int = 0) -> TemplateBook:
        battery, asked = self.protocol.battery, self.options.qubits
        n_all = n_wires(battery) + self.options.ancillas
        if asked is None:
            shapes = [*map(tuple, supports), *tied_pairs(battery)]
            asked = place(n_all, shapes, self.device)
        check_qubits(asked, n_all, self.device)
        used = asked[: n_wires(battery) + ancillas]
        return TemplateBook(self.device, used, self.options.optimise)

    def _plan(self, book: TemplateBook, done: Compilation, pieces: Sequence[Pieces]) -> CircuitPlan:
        cells = self.protocol.battery.cells
        finished = book.finished(pieces)
        return CircuitPlan(
            protocol=self.protocol,
            target=self.device,
            options=self.options,
            compilation=done,
            qubits=book.qubits,
            layout=tuple(range(self.protocol.battery.n_sites)),
            templates=finished.templates,
            local_layers=finished.local_layers,
            experiments=tuple(
                Experiment(
                    time=time,
                    role=ExperimentRole.CHARGE,
                    setting=Setting(bases=("Z",) * len(cells)),
                    segments=segments,
                    closing=closing,
                    readout=tuple(ends[cell] for cell in cells),
                )
                for time, (segments, closing), ends in zip(
                    self.times, finished.pieces, finished.ends, strict=True
                )
            ),
        )


def _cheapest(plans: Iterable[CircuitPlan], optimise: str) -> CircuitPlan:
    """The plan whose circuit at the last time costs least; of equal ones the more exact."""
    first, *others = plans
    return min((first, *others), key=lambda one: _price(one, optimise)) if others else first


def _price(plan: CircuitPlan, optimise: str) -> tuple[int, int, float]:
    cost = plan_cost(plan, len(plan.experiments) - 1)
    both = _ordered((cost.two_qubit_gates, cost.two_qubit_depth), optimise)
    return (*both, plan.compilation.error)


def _ordered(weight: tuple[int, int], optimise: str) -> tuple[int, int]:
    return weight if optimise == "gates" else weight[::-1]


def _supports(layered: Sequence[tuple[Layer, ...]]) -> list[tuple[int, ...]]:
    return list(dict.fromkeys(one.sites for layers in layered for layer in layers for one in layer))
