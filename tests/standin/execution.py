"""Run a job's parameters on a device: the one place that imports qiskit, Aer and the runtime."""

from __future__ import annotations

import hashlib
import itertools

from tests.standin.programs import Array, Program, program
from tests.standin.reading import Refused
from tests.standin.settings import Settings
from tests.standin.simulation import Machine

__all__ = ["Refused", "execute", "read"]


def read(name: str, params: str, settings: Settings) -> Program:
    """What a job asks for.

    Raises:
        Refused: the service would start this job and fail it.
    """
    # The twirls depend on the seed alone: a samplex has random names, so no hash of it lasts.
    seed = int.from_bytes(hashlib.sha256(f"{settings.seed}/twirls".encode()).digest()[:8], "big")
    return program(name, params, seed)


def execute(work: Program, backend: str, settings: Settings) -> str:
    """The result of a job as the client reads it.

    Raises:
        Refused: a circuit that the device cannot run.
    """
    machine = Machine(name=backend, noisy=settings.noisy, seed=settings.seed)
    found: dict[int, dict[str, Array]] = {}
    for shots in sorted(set(work.shots)):
        chosen = [i for i, n in enumerate(work.shots) if n == shots]
        bound = [work.items[i].bound() for i in chosen]
        flat = iter(machine.shots(list(itertools.chain(*bound)), shots))
        for i, rows in zip(chosen, bound, strict=True):
            found[i] = work.items[i].registers(list(itertools.islice(flat, len(rows))))
    return work.encode([found[i] for i in range(len(work.items))])
