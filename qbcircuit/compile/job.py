"""One request compiled: start-aware blocks, free fermions, or the whole operator, by cost."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qiskit import QuantumCircuit

from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.compilation import Compilation, CompileOptions, LocalBlock
from qbcircuit.compile.carried import Layout, carrying, layouts, needs_swaps
from qbcircuit.compile.compressed.fermions import Compressed, compressed
from qbcircuit.compile.cost import plan_cost
from qbcircuit.compile.devices.placement import place
from qbcircuit.compile.evolution import Evolution, Evolving, Pieces
from qbcircuit.compile.exact.fermions import FreeFermions, free_fermions
from qbcircuit.compile.exact.opening import entangled_sites, opening
from qbcircuit.compile.exact.resetting import reset_circuit
from qbcircuit.compile.exact.start_aware import start_aware_blocks, start_aware_circuit
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.few_wires import few_wires
from qbcircuit.compile.formula.layers import Layer
from qbcircuit.compile.layerings import at_once, by_support, layerings, layers_in
from qbcircuit.compile.program import Interval, Program, elapsed_in, intervals
from qbcircuit.compile.realise import Fixed, Ways, realised
from qbcircuit.compile.requests import check_qubits
from qbcircuit.compile.templates import LocalLayers, TemplateBook, local_layers
from qbcircuit.compile.walked import WalkedEvolution, layers_along
from qbcircuit.compile.walks import Walk, walk
from qbcircuit.compile.wires import Wires, wires_of
from qbcircuit.encoding import DEFAULT, Encoded, encode
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Setting
from qbcircuit.starts import BasisStart
from qbcircuit.target import DeviceTarget

_ALWAYS = contextlib.nullcontext()


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """One request, checked."""

    protocol: ChargingProtocol
    times: tuple[float, ...]
    device: DeviceTarget
    options: CompileOptions

    @functools.cached_property
    def encoded(self) -> Encoded:
        """The protocol on registers."""
        return encode(self.protocol, self.options.encoding or DEFAULT)

    @functools.cached_property
    def wires(self) -> Wires:
        """Registers and helpers."""
        return wires_of(self.protocol, self.options.encoding, self.options.mixed)

    @functools.cached_property
    def opening(self) -> QuantumCircuit | None:
        """What prepares the start."""
        return opening(self.protocol.battery, self.wires)

    def started(self, levels: tuple[int, ...], start: str | None = None) -> Job:
        """The same request from a basis state.

        Args:
            levels: of every site.
            start: what its circuits are right from; ``None``: as asked for.
        """
        battery = replace(self.protocol.battery, start=BasisStart(levels=levels))
        return replace(
            self,
            protocol=replace(self.protocol, battery=battery),
            options=replace(self.options, start=start or self.options.start),
        )

    def plan(self) -> CircuitPlan:
        """The plan that costs least."""
        return self.start_aware_plan() or self.cheapest_plan()

    def start_aware_plan(self) -> CircuitPlan | None:
        """One template for all times, where the start allows it."""
        start = self.encoded.protocol.battery.start
        if self.options.start != "ground" or not isinstance(start, BasisStart):
            return None
        blocks = start_aware_blocks(self.encoded.protocol)
        if blocks is None:
            return None
        book = self._book([block.flipped for block in blocks if len(block.flipped) > 1])
        template = start_aware_circuit(blocks, start.levels, book.wiring, len(book.qubits))
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
        exact = self._fermions()
        if exact is None:
            return _cheapest(self.operator_plans(), optimise)
        few = self._compressed(exact)
        fermions = exact if few is None else few.fermions
        try:
            plans = list(self.operator_plans(fermions))
        except InvalidRequest:  # no product formula reaches so far; fermions may
            plans = []
        least = (*_ordered(fermions.weight, optimise), few.error if few else 0.0)
        if all(_price(plan, optimise) > least for plan in plans):
            plans.append(self._fermion_plan(fermions, few))
        return _cheapest(plans, optimise)

    @functools.cached_property
    def _parts(self) -> tuple[Interval, ...]:
        """The steps that have begun by the last time."""
        return intervals(self.encoded, self.times[-1])

    def _fermions(self) -> FreeFermions | None:
        options = self.options
        evolve_only = all(isinstance(part.step, Evolve) for part in self._parts)
        if options.steps or options.formula or not evolve_only:
            return None
        known = isinstance(self.protocol.battery.start, BasisStart)
        return free_fermions(
            self.encoded.protocol.battery,
            [part.terms for part in self._parts],
            from_start=options.start == "ground",
            n_wires=self.wires.total,
            opening=None if known else self.opening or QuantumCircuit(self.wires.total),
        )

    def _compressed(self, exact: FreeFermions) -> Compressed | None:
        """Few layers that are near enough at every time, unless the terms commute."""
        n_sites = self.encoded.protocol.battery.n_sites
        if len(self._parts) == 1 and len(layers_in(self._parts[0], n_sites)) == 1:
            return None
        return compressed(
            exact,
            [self._elapsed(time) for time in self.times],
            error=self.options.error,
            optimise=self.options.optimise,
        )

    def _elapsed(self, time: float) -> tuple[float, ...]:
        return tuple(part.until(time) for part in self._parts)

    def _fermion_plan(self, fermions: FreeFermions, few: Compressed | None) -> CircuitPlan:
        """One template for all times, its angles found for each."""
        book = self._book(fermions.bonds)
        name = "compressed free fermions" if few else "free fermions"
        done = Compilation(
            method=name,
            formula=None,
            steps=few.n_layers if few else 0,
            error=few.error if few else 0.0,
            error_kind="bound" if few else "exact",
            assumes_start=fermions.assumes_start,
        )
        closings = [
            book.piece(
                name,
                lambda: ((fermions.circuit(),), fermions.local_layers),
                fermions.angles(self._elapsed(time)),
                restore=False,
            )
            for time in self.times
        ]
        return self._plan(book, done, [((), (piece,)) for piece in closings])

    def operator_plans(self, fermions: FreeFermions | None = None) -> Iterator[CircuitPlan]:
        """The whole operator, in every way we know: exact, or a product formula.

        None where a product formula is sure to cost more than free fermions.
        """
        options, n_sites = self.options, self.encoded.protocol.battery.n_sites
        whole = [layers_in(part, n_sites) for part in self._parts]
        together = at_once(whole, formula_asked=bool(options.steps or options.formula))
        exact = [*self._layered_plans(together, few_wires)]
        yield from exact

        def outdone(steps: int) -> bool:
            """Whether a product formula of so many steps must cost more, a gate at least each."""
            known = any(steps > _price(one, options.optimise)[0] for one in exact)
            return known or (fermions is not None and fermions.outdoes(steps, options.optimise))

        seen: list[Sequence[tuple[Layer, ...]]] = []
        for layered in layerings(self._parts, whole, n_sites):
            if layered not in seen:
                reaches = contextlib.suppress(InvalidRequest) if seen or exact else _ALWAYS
                seen.append(layered)
                with reaches:  # or else no product formula reaches so far
                    yield from self._layered_plans(layered, outdone=outdone)

        with contextlib.suppress(InvalidRequest):
            yield from self._walked_plans(whole)

    def _walked_plans(self, whole: Sequence[tuple[Layer, ...]]) -> Iterator[CircuitPlan]:
        """Pairs of one evolution that couplings keep apart, in the order in which they can meet."""
        if len(self._parts) != 1 or len(whole[0]) < 2 or self.options.qubits is not None:
            return
        together = by_support(whole[0])
        if any(one.order > 2 for one in together):
            return
        pairs = [(one.sites[0], one.sites[-1]) for one in together if one.order == 2]
        book = self._book(_supports(whole))
        found = walk(pairs, book.wiring, len(book.qubits))
        if found is None:
            return
        qubits = tuple(book.qubits[wire] for wire in found.places)
        along = found.from_home()
        layers = layers_along(along, together)
        yield from self._layered_plans(
            [layers],
            functools.partial(_walking, along, layers),
            book=TemplateBook(self.device, qubits, self.options.optimise),
        )

    def _layered_plans(
        self,
        layered: Sequence[tuple[Layer, ...]],
        ways: Ways | None = None,
        outdone: Callable[[int], bool] = lambda _: False,
        book: TemplateBook | None = None,
    ) -> Iterator[CircuitPlan]:
        """Of given layers; in their own order where they come with a book."""
        if not layered:
            return
        parts = self._parts
        kept, book = book is not None, book or self._book(_supports(layered), self.options.ancillas)
        asked = self.encoded.protocol, self.options, parts, layered
        once = len(self.times) == 1
        programs, done = realised(
            *asked, book.wiring, fixed=self._fixed, once=once, ways=ways, keeps_order=kept
        )
        if outdone(done.steps):
            return
        for program in programs:
            own = book.empty()
            yield self._plan(own, done, [program.pieces(own, time) for time in self.times])
        for layout in self._elsewhere(programs[0], book) if programs else ():
            other = TemplateBook(self.device, layout.qubits, self.options.optimise)
            there: Ways = functools.partial(_carrying, layout.circuit)
            programs, done = realised(
                *asked, other.wiring, fixed=self._fixed, once=once, ways=there
            )
            for program in programs:
                own = other.empty()
                yield self._plan(own, done, [program.pieces(own, time) for time in self.times])

    def _elsewhere(self, program: Program, book: TemplateBook) -> tuple[Layout, ...]:
        """Other placements, for one evolution that is routed with swaps and need not come home."""
        asked = program.realised[0]
        if self.options.qubits is not None or not isinstance(asked, Evolution) or not asked.last:
            return ()
        return layouts(asked, book) if needs_swaps(asked, book.wiring) else ()

    @property
    def _fixed(self) -> Fixed:
        """What has no free angles: the opening, and the resets that have come by the last time."""
        resets = {
            i: reset_circuit(step, self.wires)
            for i, step in enumerate(self.protocol.schedule[: len(self._parts)])
            if isinstance(step, Reset)
        }
        ancillas = range(self.wires.total, self.wires.total + self.options.ancillas)
        return Fixed(opening=self.opening, resets=resets, ancillas=ancillas)

    def _book(self, supports: Sequence[Sequence[int]], ancillas: int = 0) -> TemplateBook:
        asked = self.options.qubits
        n_all = self.wires.total + self.options.ancillas
        if asked is None:
            started = entangled_sites(self.protocol.battery, self.wires)
            shapes = [*map(tuple, supports), *self.wires.ties, *started]
            asked = place(n_all, shapes, self.device)
        check_qubits(asked, n_all, self.device)
        used = asked[: self.wires.total + ancillas]
        return TemplateBook(self.device, used, self.options.optimise)

    def _plan(self, book: TemplateBook, done: Compilation, pieces: Sequence[Pieces]) -> CircuitPlan:
        finished = book.finished(pieces)
        read = [site for j in self.protocol.battery.cells for site in self.wires.registers[j].sites]
        return CircuitPlan(
            protocol=self.protocol,
            target=self.device,
            options=self.options,
            compilation=done,
            qubits=book.qubits,
            layout=tuple(range(self.encoded.protocol.battery.n_sites)),
            templates=finished.templates,
            local_layers=tuple(self._by_site(layers) for layers in finished.local_layers),
            experiments=tuple(
                Experiment(
                    time=time,
                    role=ExperimentRole.CHARGE,
                    setting=Setting(bases=("Z",) * len(read)),
                    segments=segments,
                    closing=closing,
                    readout=tuple(ends[site] for site in read),
                )
                for time, (segments, closing), ends in zip(
                    self.times, finished.pieces, finished.ends, strict=True
                )
            ),
        )

    def _by_site(self, layers: LocalLayers) -> LocalLayers:
        """k-local gates with the sites of the battery instead of those of registers."""
        owners = self.encoded.owners
        if len(owners) == self.protocol.battery.n_sites:
            return layers
        return tuple(
            tuple(
                {
                    sites: LocalBlock(sites=sites, label=block.label)
                    for block in layer
                    for sites in [tuple(sorted({owners[site] for site in block.sites}))]
                }.values()
            )
            for layer in layers
        )


def _carrying(circuit: int, asked: Evolution, _: Wiring) -> Iterator[Evolving]:
    return carrying(asked, circuit)


def _walking(
    along: Walk, layers: tuple[Layer, ...], asked: Evolution, _: Wiring
) -> Iterator[Evolving]:
    """The walk, by the formulas that go there and back, not by what is left of its layers."""
    if asked.formula > 1 and len(layers) > 1 and asked.layers == layers:
        yield WalkedEvolution(asked, along)


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
