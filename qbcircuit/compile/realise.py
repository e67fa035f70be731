"""Intervals made into evolutions: which are exact, and which formula splits the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit

from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.compilation import Compilation, CompileOptions
from qbcircuit.compile.block_evolution import block_evolution
from qbcircuit.compile.carried import carried
from qbcircuit.compile.conserved import ConservedOnce, parted
from qbcircuit.compile.evolution import Evolution, Evolving
from qbcircuit.compile.exact.layer_circuits import layer_gates
from qbcircuit.compile.exact.wiring import Wiring
from qbcircuit.compile.fermion_steps import fermion_steps
from qbcircuit.compile.few_wires import few_wires
from qbcircuit.compile.formula.budget import Choice, choose
from qbcircuit.compile.formula.judges import Split
from qbcircuit.compile.formula.layers import Layer, last_site
from qbcircuit.compile.framed import FramedEvolution, framed
from qbcircuit.compile.helped_evolution import HelpedEvolution
from qbcircuit.compile.network.candidates import joined_reach
from qbcircuit.compile.network.tangles import is_tangled
from qbcircuit.compile.pair_evolution import pair_evolution
from qbcircuit.compile.pair_layers import pair_layers
from qbcircuit.compile.program import Interval, Program
from qbcircuit.compile.tied_steps import tied_steps
from qbcircuit.compile.unrolled import unrolled
from qbcircuit.starts import BasisStart

KINDS: tuple[Callable[[Evolution, Wiring], Evolving | None], ...] = (
    pair_evolution,
    pair_layers,
    tied_steps,
    block_evolution,
    fermion_steps,
)
"""Other ways than layer by layer to realise an evolution, where its terms allow them."""

Ways = Callable[[Evolution, Wiring], Iterator[Evolving]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fixed:
    """What of a program has no free angles.

    Args:
        opening: prepares the start; ``None`` where there is nothing to do.
        resets: the circuit of every reset, by its number among the intervals.
        ancillas: clean wires that blocks may use.
    """

    opening: QuantumCircuit | None
    resets: Mapping[int, QuantumCircuit]
    ancillas: range


def realised(
    protocol: ChargingProtocol,
    options: CompileOptions,
    parts: Sequence[Interval],
    layered: Sequence[tuple[Layer, ...]],
    wiring: Wiring,
    *,
    fixed: Fixed,
    once: bool,
    ways: Ways | None = None,
    keeps_order: bool = False,
) -> tuple[tuple[Program, ...], Compilation]:
    """Programs of all intervals that realise the same formula, and what was done.

    Args:
        protocol: what is realised, on registers.
        options: what was asked for.
        parts: the intervals up to the last time.
        layered: layers of each interval's Hamiltonian.
        wiring: couplings of the wires.
        fixed: opening and resets.
        once: whether only the last time is asked for.
        ways: nothing is tried but these; programs there are only where every evolution has one.
        keeps_order: whether layers stay in the order in which they are given.
    """
    splits: dict[int, Split] = {}
    ordered: dict[int, tuple[Layer, ...]] = {}
    for i, (part, layers) in enumerate(zip(parts, layered, strict=True)):
        if isinstance(part.step, Evolve):
            if keeps_order:
                ordered[i], gates = layers, tuple(3 * len(layer) for layer in layers)
            else:
                ordered[i], gates = ordered_layers(layers, wiring, options.optimise)
            if len(layers) > 1 and part.elapsed > 0:
                splits[i] = Split(
                    layers=ordered[i],
                    gates=gates,
                    duration=part.elapsed,
                    n_sites=protocol.battery.n_sites,
                    start=_start_index(protocol, options) if len(parts) == 1 else None,
                )
    choice = choose(tuple(splits.values()), options) if splits else None
    steps = dict(zip(splits, choice.steps, strict=True)) if choice else {}
    known: list[list[Evolving | QuantumCircuit]] = [[] for _ in parts]
    for i, reset in fixed.resets.items():
        known[i] = [reset]
    for i, layers in ordered.items():
        asked = Evolution(
            name=f"{i} " if len(parts) > 1 else "",
            layers=layers,
            formula=choice.formula if choice else 2,
            step=parts[i].elapsed / steps[i] if i in steps else math.inf,
            optimise=options.optimise,
            last=len(parts) == 1,
            steps=steps.get(i, 0),
            once=once,
        )
        if fixed.ancillas:
            asked = HelpedEvolution.of(asked, fixed.ancillas)
        known[i] = [*(_ways if ways is None else ways)(asked, wiring)]
        if (apart := parted(asked)) is not None:
            rest, kept = apart
            known[i] += [ConservedOnce(way, kept) for way in (ways or _plain_ways)(rest, wiring)]
    programs = tuple(
        Program(
            fixed.opening,
            tuple(parts),
            tuple(ways[min(number, len(ways) - 1)] for ways in known),
        )
        for number in range(max(map(len, known)) if all(known) else 0)
    )
    return programs, _compilation(choice)


def _ways(asked: Evolution, wiring: Wiring) -> Iterator[Evolving]:
    yield from _plain_ways(asked, wiring)
    yield from unrolled(asked)
    for inside, frame in framed(asked, wiring):
        for way in (inside, *carried(inside, wiring)):
            yield FramedEvolution(asked, way, frame)
    if not asked.is_exact:
        yield from few_wires(asked, wiring)


def _plain_ways(asked: Evolution, wiring: Wiring) -> Iterator[Evolving]:
    yield asked
    for kind in KINDS:
        other = kind(asked, wiring)
        if other is not None:
            yield other
    yield from carried(asked, wiring)


def _start_index(protocol: ChargingProtocol, options: CompileOptions) -> int | None:
    start = protocol.battery.start
    if options.start != "ground" or not isinstance(start, BasisStart):
        return None
    return sum(level << site for site, level in enumerate(start.levels))


def _compilation(choice: Choice | None) -> Compilation:
    if choice is None:
        return Compilation(
            method="exact layers",
            formula=None,
            steps=0,
            error=0.0,
            error_kind="exact",
            assumes_start=False,
        )
    return Compilation(
        method="product formula",
        formula=choice.formula,
        steps=sum(choice.steps),
        error=choice.error,
        error_kind=choice.kind,
        assumes_start=False,
    )


def ordered_layers(
    layers: Sequence[Layer], wiring: Wiring, optimise: str
) -> tuple[tuple[Layer, ...], tuple[int, ...]]:
    """Layers in the order that costs least, and the two-qubit gates of each if they are several.

    The last layer runs once a step, the first once a step and once more, the others twice.
    Where strings have no structure the order is the same whatever is saved and, where there are
    too many wires to search, wherever these are placed: what is found can be compared.
    """
    if len(layers) < 2:
        return tuple(layers), (0,) * len(layers)
    gates = [layer_gates(layer, wiring, optimise) for layer in layers]
    costs, n_wires = gates, len(wiring.neighbours or ()) or 1 + max(map(last_site, layers))
    if is_tangled(layers, n_wires):
        near = wiring if joined_reach(layers, n_wires, wiring) is not None else Wiring()
        costs = [layer_gates(layer, near, "gates") for layer in layers]
    by_cost = sorted(range(len(layers)), key=lambda i: costs[i])
    order = by_cost if len(by_cost) < 3 else [by_cost[-2], *by_cost[:-2], by_cost[-1]]
    return tuple(layers[i] for i in order), tuple(gates[i] for i in order)
