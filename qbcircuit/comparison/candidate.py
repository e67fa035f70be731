"""Several chargers against parallel charging: same constraint, same machine, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qbcircuit import protocols
from qbcircuit.backend import Backend
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol, n_wires
from qbcircuit.constraints import Constraint, normalise
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan
from qbcircuit.reference import Peak, first_maximum, simulate

N_TIMES = 41
"""Times in a curve, where the user names none."""

REACH = 1.3
"""A curve's last time over its expected first maximum, where the user names no times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompileRequest:
    """How every charger of a comparison is compiled.

    Args:
        start: ``"auto"``, ``"ground"`` or ``"any"``.
        formula: order of the product formula; ``None``: chosen.
        steps: steps at the last time; ``None``: from ``error``.
        error: largest distance from the exact evolution; ``None``: the compiler's default.
        error_kind: ``"bound"`` or ``"estimate"``.
        optimise: ``"gates"`` or ``"depth"``.
        encoding: of sites with more than two levels; ``None``: chosen.
        mixed: ``"purify"`` or ``"sample"``: how mixed starts get onto circuits.
        mixed_seed: of the levels that are drawn where they are sampled.
    """

    start: str = "auto"
    formula: int | None = None
    steps: int | None = None
    error: float | None = None
    error_kind: str = "bound"
    optimise: str = "gates"
    encoding: str | None = None
    mixed: str = "purify"
    mixed_seed: int = 0

    def wires(self, protocol: ChargingProtocol) -> int:
        """Qubits that the circuits of a charger need."""
        return n_wires(protocol, self.encoding, self.mixed)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Candidate:
    """One charger of a comparison, ready to run.

    Args:
        name: what to call it.
        protocol: the charger under the constraint.
        plan: its circuits, noise-work twins included.
        peak: its exact first maximum; ``None`` where no exact method fits.
        exact: its exact curve at the plan's times; ``None`` likewise.
    """

    name: str
    protocol: ChargingProtocol
    plan: CircuitPlan
    peak: Peak | None
    exact: NDArray[np.float64] | None


def reference_protocol(protocol: ChargingProtocol, constraint: Constraint) -> ChargingProtocol:
    """Parallel charging, sum of X, of the same battery under the same constraint, without field."""
    return under(protocols.parallel(protocol.battery), constraint)


def under(protocol: ChargingProtocol, constraint: Constraint) -> ChargingProtocol:
    """The protocol rescaled to the constraint; unchanged where there is none."""
    return protocol if constraint is Constraint.NONE else normalise(protocol, constraint)


def prepare(
    protocol: ChargingProtocol,
    backend: Backend,
    *,
    name: str = "",
    times: Sequence[float] | None = None,
    request: CompileRequest | None = None,
    qubits: Sequence[int] | None = None,
) -> Candidate:
    """Compile a charger for a backend on the grid of times that its figures need.

    The exact reference, where there is one, only places the grid; estimates never read it.

    Args:
        protocol: the charger, already under its constraint.
        backend: whose target is compiled for.
        name: what to call it; the protocol's own name by default.
        times: a grid of the user's own.
        request: how to compile.
        qubits: the target qubit of every wire, more than it needs where other chargers need
            more; the best found by default.

    Raises:
        InvalidRequest: no times given and no exact method to place them.
    """
    request = request or CompileRequest()
    peak = _exact_peak(protocol, needed=times is None)
    grid = np.asarray(times, dtype=float) if times is not None else design_times(protocol, peak)
    plan = compile_protocol(
        protocol,
        times=tuple(float(time) for time in grid),
        target=backend.target(request.wires(protocol) if qubits is None else len(qubits)),
        start=request.start,
        formula=request.formula,
        steps=request.steps,
        error=request.error,
        error_kind=request.error_kind,
        optimise=request.optimise,
        qubits=None if qubits is None else qubits[: request.wires(protocol)],
        encoding=request.encoding,
        mixed=request.mixed,
        mixed_seed=request.mixed_seed,
    ).with_noise_work()
    exact = None if peak is None else simulate(protocol, grid).work
    return Candidate(
        name=name or protocol.name, protocol=protocol, plan=plan, peak=peak, exact=exact
    )


def _exact_peak(protocol: ChargingProtocol, *, needed: bool) -> Peak | None:
    try:
        return first_maximum(protocol)
    except InvalidRequest as error:
        if needed:
            raise InvalidRequest(
                f"{error} Or give --times: no exact method can place them for this protocol."
            ) from None
        return None


def design_times(protocol: ChargingProtocol, peak: Peak | None) -> NDArray[np.float64]:
    """The default grid: evenly from 0 past the first maximum, never past the protocol's end."""
    if peak is None or peak.time <= 0:
        reason = "" if peak is None else f" {peak.ill_posed}"
        raise InvalidRequest(
            f"{protocol.name} has no first maximum to place the times around.{reason} "
            "Give --times a:b:n."
        )
    return np.linspace(0.0, min(REACH * peak.time, protocol.duration), N_TIMES)


def reference_times(parallel: ChargingProtocol) -> NDArray[np.float64]:
    """The parallel charger's grid, past the time at which single cells are inverted."""
    (step,) = parallel.evolutions
    inversion = np.pi / 2 / abs(step.terms[0].strength)
    return np.linspace(0.0, REACH * inversion, N_TIMES)
