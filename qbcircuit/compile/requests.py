"""What may be asked of the compiler, checked before any work."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from qbcircuit.charging import ChargingProtocol
from qbcircuit.compilation import Compilation, CompileOptions
from qbcircuit.compile.formula.judges import MOST_STEPS
from qbcircuit.compile.formula.schedule import FORMULAS
from qbcircuit.compile.wires import MIXED, PURIFY, SAMPLE, is_mixed
from qbcircuit.encoding import DEFAULT, check_kind
from qbcircuit.errors import InvalidRequest, unknown_name, whole_number, wrong_kind
from qbcircuit.starts import BasisStart
from qbcircuit.target import DeviceTarget

DEFAULT_ERROR = 0.02
"""Largest distance from the exact evolution where nothing else is asked for."""

_CHOICES = {
    "start": ("auto", "ground", "any"),
    "error_kind": ("bound", "estimate"),
    "optimise": ("gates", "depth"),
    "mixed": MIXED,
}


def checked_options(
    protocol: ChargingProtocol,
    *,
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
) -> CompileOptions:
    """The options with their defaults filled in.

    Raises:
        InvalidRequest: an unknown choice, a count below 1, or an error that is not positive.
    """
    _check_choices(
        protocol,
        {"start": start, "error_kind": error_kind, "optimise": optimise, "mixed": mixed},
        formula=formula,
        error=error,
    )
    if encoding is not None:
        check_kind(encoding)
    if steps is not None:
        steps = whole_number("Steps", steps, least=1, most=MOST_STEPS, hint="Use --steps 10.")
    sampled = mixed == SAMPLE and is_mixed(protocol.battery)
    from_basis = sampled or isinstance(protocol.battery.start, BasisStart)
    if start == "ground" and not from_basis:
        raise InvalidRequest(
            "Start-aware circuits need a battery that starts in a basis state, and this start is "
            f"a {type(protocol.battery.start).__name__}. Use --start any."
        )
    return CompileOptions(
        start="ground" if from_basis and start != "any" else "any",
        formula=formula,
        steps=steps,
        error=DEFAULT_ERROR if error is None else float(error),
        error_kind=error_kind,
        optimise=optimise,
        qubits=None if qubits is None else tuple(int(qubit) for qubit in qubits),
        ancillas=whole_number("Ancillas", ancillas, least=0, hint="Use --ancillas 4."),
        encoding=(encoding or DEFAULT) if max(protocol.battery.dimensions) > 2 else None,
        mixed=SAMPLE if sampled else PURIFY,
        mixed_seed=whole_number("A seed", mixed_seed, least=0, hint="Use 7.") if sampled else 0,
    )


def _check_choices(
    protocol: ChargingProtocol,
    asked: dict[str, Any],
    *,
    formula: int | None,
    error: float | None,
) -> None:
    if not isinstance(protocol, ChargingProtocol):
        raise wrong_kind(
            "compile_protocol takes a ChargingProtocol",
            protocol,
            hint="Build one, e.g. with qbcircuit.protocols.blocks.",
        )
    for option, value in asked.items():
        if value not in _CHOICES[option]:
            raise unknown_name(option.replace("_", " "), str(value), _CHOICES[option])
    if formula is not None and formula not in FORMULAS:
        raise InvalidRequest(f"A product formula has order 1, 2 or 4, got {formula}.")
    if error is not None and not 0 < error < math.inf:
        raise InvalidRequest(f"An error budget must be positive and finite, got {error}.")


def check_promise(done: Compilation, error: float) -> None:
    """Refuse steps that do not keep the error that was asked for with them.

    Raises:
        InvalidRequest: a larger error.
    """
    if done.error > error * (1 + 1e-9):
        raise InvalidRequest(
            f"The circuits must be within {error:.3g} of the exact evolution, but "
            f"{done.steps} steps of order {done.formula} promise {done.error:.3g}. "
            "Use more --steps, or leave out --steps or --error."
        )


def check_ancillas(ancillas: int, device: DeviceTarget) -> None:
    """Refuse ancillas where they would have to be brought to their blocks.

    Raises:
        InvalidRequest: ancillas on a device that does not couple every pair.
    """
    if ancillas and device.coupling is not None:
        raise InvalidRequest(
            f"Ancillas are used where every pair of qubits is coupled, and {device.name} does not "
            "couple all. Leave the ancillas out, or use the target all-to-all."
        )


def check_qubits(qubits: Sequence[int], n_wires: int, device: DeviceTarget) -> None:
    """Refuse a placement that does not name one qubit of the device per wire.

    Raises:
        InvalidRequest: too few or too many qubits, a repeated one, or one the device lacks.
    """
    if len(qubits) != n_wires or len(set(qubits)) != n_wires:
        raise InvalidRequest(
            f"A placement names {n_wires} different qubits here, one per wire, got {list(qubits)}."
        )
    if min(qubits) < 0 or max(qubits) >= device.n_qubits:
        raise InvalidRequest(
            f"{device.name} has qubits 0..{device.n_qubits - 1}, got {list(qubits)}."
        )


def checked_times(protocol: ChargingProtocol, times: Sequence[float] | float) -> tuple[float, ...]:
    """The times as a tuple.

    Raises:
        InvalidRequest: no time, a negative, decreasing or infinite one, or one after the
            protocol's end.
    """
    listed = tuple(float(t) for t in ([times] if isinstance(times, int | float) else times))
    if not listed:
        raise InvalidRequest("A plan needs at least one time, got none. Give a time.")
    if not all(math.isfinite(time) and time >= 0 for time in listed):
        wrong = next(time for time in listed if not (math.isfinite(time) and time >= 0))
        raise InvalidRequest(f"Times must be finite and not negative, got {wrong}.")
    if list(listed) != sorted(listed):
        raise InvalidRequest("Times must not decrease. Sort them.")
    end = protocol.duration
    if listed[-1] > end * (1 + 1e-9):
        raise InvalidRequest(
            f"The protocol lasts {end:.6g} but a circuit is asked for at time {listed[-1]:.6g}. "
            "Use an earlier time or a longer protocol."
        )
    return tuple(min(time, end) for time in listed)


def check_resets(protocol: ChargingProtocol, device: DeviceTarget) -> None:
    """Refuse resets where the device has none.

    Raises:
        InvalidRequest: a reset in the schedule of a protocol for such a device.
    """
    if len(protocol.evolutions) < len(protocol.schedule) and "reset" not in device.gates:
        raise InvalidRequest(
            f"{protocol.name} resets sites in the middle of a circuit, and {device.name} has no "
            "reset. Use another target, or --backend aer."
        )
