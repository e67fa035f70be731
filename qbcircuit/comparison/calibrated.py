"""A machine that is calibrated anew every day, as it was when a folder's jobs were compiled."""

from __future__ import annotations

import json

from qbcircuit import codec
from qbcircuit.backend import Backend, CalibratedBackend
from qbcircuit.errors import RunFailed
from qbcircuit.ledger import Ledger
from qbcircuit.queueing import Submission
from qbcircuit.study import RunFolder
from qbcircuit.target import DeviceTarget, Operation


def as_calibrated(
    machine: Backend, folder: RunFolder | None, n_sites: int, submission: Submission | None = None
) -> Backend:
    """The machine as the jobs of this folder were compiled for it, so that they are found again.

    A folder from which nothing was sent takes the machine as it is today.
    """
    if not isinstance(machine, CalibratedBackend):
        return machine
    patient = submission or Submission()
    if folder is None:
        patient.before_sending(lambda: machine.target(n_sites))
        return machine
    file = folder.path / f"device-{codec.content_hash(machine.name)[:8]}.json"
    ledger = Ledger.found(folder.path)
    if ledger is not None and ledger.jobs() and file.exists():
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            return machine.calibrated(codec.decode(stored, (DeviceTarget, Operation)))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise RunFailed(
                f"{file} cannot be read ({error}), so the jobs of this folder cannot be told "
                "from new ones. Restore it, or choose another folder with --out."
            ) from None
    target = patient.before_sending(lambda: machine.target(n_sites))
    folder.write(file.name, json.dumps(codec.encode(target)))
    return machine
