"""From a protocol and a target to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile.devices.target import resolve_target
from qbcircuit.compile.job import Job
from qbcircuit.compile.requests import (
    check_ancillas,
    check_promise,
    check_resets,
    checked_options,
    checked_times,
)
from qbcircuit.compile.sampling import from_every_start, joined, sampled_starts
from qbcircuit.compile.settings import with_settings
from qbcircuit.compile.wires import PURIFY, SAMPLE, wires_of
from qbcircuit.measurement import energy_settings
from qbcircuit.plan import CircuitPlan
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
    encoding: str | None = None,
    mixed: str = PURIFY,
    mixed_seed: int = 0,
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
        qubits: the target qubit of every wire: sites (registers of d-level sites), helpers of
            mixtures and resets, ancillas; ``None``: the best found. Give several chargers the same
            ones so that only the charger differs.
        ancillas: clean qubits that circuits may use beside the sites, where every pair of
            qubits is coupled; |0^k><1^k| + h.c. with k >= 6 is shorter with k - 2 of them.
        encoding: ``"binary"``, ``"gray"`` or ``"unary"``: how sites of more than two levels are
            held by qubits; ``None``: gray, the fewest qubits with neighbouring levels one flip
            apart. Unary takes a qubit a level, and fewer gates a term.
        mixed: ``"purify"`` or ``"sample"``: how a start that is a mixture of levels gets onto
            circuits, with a partner for every mixed site or, without extra qubits, as circuits
            from single levels: all of them with their weights, or draws where there are many.
        mixed_seed: of these draws.

    Returns:
        A plan of charge experiments in the order of the times: one a time, and one for every start
        that is sampled and every setting that the energy of interacting cells is read in.

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
        encoding=encoding,
        mixed=mixed,
        mixed_seed=mixed_seed,
    )
    stops = checked_times(protocol, times)
    wires = wires_of(protocol, options.encoding, options.mixed)
    device = resolve_target(target, wires.total + options.ancillas)
    check_ancillas(options.ancillas, device)
    check_resets(protocol, device)
    job = Job(protocol=protocol, times=stops, device=device, options=options)
    plan = _sampled(job) if options.mixed == SAMPLE else job.plan()
    if steps is not None and error is not None:
        check_promise(plan.compilation, error)
    if not protocol.battery.interactions:
        return plan
    settings = [part.bases for part in energy_settings(protocol.battery, options.encoding).parts]
    return with_settings(plan, settings)


def _sampled(job: Job) -> CircuitPlan:
    """Circuits from every start that a mixed one is sampled by.

    Where blocks allow it each start has circuits of its own; otherwise those of the whole operator
    begin with X gates.
    """
    starts = sampled_starts(job.protocol.battery, job.options.mixed_seed)
    levels = (0,) * job.protocol.battery.n_sites
    plans = [job.started(start.levels).start_aware_plan() for start in starts]
    known = [plan for plan in plans if plan is not None]
    if len(known) == len(starts):
        plan = joined(known, starts)
    else:
        anywhere = job.started(levels, start="any")
        plan = from_every_start(anywhere.plan(), anywhere.wires.registers, starts)
    return replace(plan, protocol=job.protocol, options=job.options)
