"""IBM's sampler primitives behind one adapter: circuits in, a job id; result text in, counts."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from qbcircuit.backend import Counts, ExecutionSettings, ResultUnreadable
from qbcircuit_ibm.failures import plain

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit_ibm_runtime import Batch, IBMBackend, Session

REGISTER = "cells"
"""The classical register that a plan's circuits measure into."""

TWIRLS = 32
LEAST_SHOTS_OF_A_TWIRL = 64


def executed(shots: int, settings: ExecutionSettings) -> tuple[int, int]:
    """Random twirls of a circuit, and shots of each: together at least the shots asked for."""
    if not (settings.twirl_gates or settings.twirl_measurements):
        return 1, shots
    each = max(LEAST_SHOTS_OF_A_TWIRL, math.ceil(shots / TWIRLS))
    return math.ceil(shots / each), each


def send(
    mode: IBMBackend | Batch | Session,
    circuits: Sequence[QuantumCircuit],
    *,
    shots: int,
    settings: ExecutionSettings,
    tag: str,
    most_seconds: int,
) -> str:
    """Submit one job; returns its id.

    Args:
        mode: the device, or a batch or session on it.
        circuits: native, each with the register ``cells``.
        shots: of each circuit.
        settings: how to execute; every option is given a value.
        tag: by which the job can be found again.
        most_seconds: of the machine's time, after which IBM stops the job.
    """
    options = _options(shots, settings, tag, most_seconds)
    try:
        from qiskit_ibm_runtime.executor_sampler import Sampler
    except ImportError:  # older clients have only the primitive that this one replaces
        sampler = _legacy(mode, options)
    else:
        sampler = Sampler(mode=mode, options=options)
    return str(sampler.run(list(circuits), shots=shots).job_id())


def _options(
    shots: int, settings: ExecutionSettings, tag: str, most_seconds: int
) -> dict[str, Any]:
    twirls, each = executed(shots, settings)
    is_twirled = settings.twirl_gates or settings.twirl_measurements
    return {
        "default_shots": shots,
        "max_execution_time": most_seconds,
        "execution": {"init_qubits": True},
        "dynamical_decoupling": {
            "enable": settings.dynamical_decoupling is not None,
            "sequence_type": settings.dynamical_decoupling or "XX",
        },
        "twirling": {
            "enable_gates": settings.twirl_gates,
            "enable_measure": settings.twirl_measurements,
            "num_randomizations": twirls if is_twirled else "auto",
            "shots_per_randomization": each if is_twirled else "auto",
        },
        "environment": {"job_tags": [tag], "private": False},
    }


def _legacy(mode: IBMBackend | Batch | Session, options: dict[str, Any]) -> Any:
    """The sampler of clients before 0.50, which takes the same options."""
    from qiskit_ibm_runtime import SamplerV2

    return SamplerV2(mode=mode, options=options)


def counts_of(raw: bytes, n_circuits: int, shots: int) -> list[Counts]:
    """Counts of every circuit of a job, from the text of its result.

    Raises:
        ResultUnreadable: it is no whole result of so many circuits and shots.
    """
    try:
        results = list(_decoded(raw.decode("utf-8")))
        found = [Counts.from_mapping(getattr(one.data, REGISTER).get_counts()) for one in results]
    except Exception as error:
        raise ResultUnreadable(
            f"IBM's result could not be read ({type(error).__name__}: {plain(error)})."
        ) from None
    fewest = min((one.shots for one in found), default=0)
    if len(found) != n_circuits or fewest < shots:
        raise ResultUnreadable(
            f"IBM's result holds {len(found)} circuits of {fewest} shots or more, and "
            f"{n_circuits} of {shots} were asked for."
        )
    return found


def _decoded(text: str) -> Any:
    from qiskit_ibm_runtime.decoders.defaults import DEFAULT_DECODERS
    from qiskit_ibm_runtime.decoders.result_decoder import ResultDecoder

    known = json.loads(text)
    if not isinstance(known, dict):
        raise ValueError("it is no JSON object")
    program = "executor" if "schema_version" in known else "sampler"
    decoders = DEFAULT_DECODERS.get(program, [ResultDecoder])
    return reduce(
        lambda so_far, one: one.decode(so_far) if one.is_applicable(so_far) else so_far,
        decoders,
        text,
    )
