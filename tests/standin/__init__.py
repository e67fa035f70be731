"""A stand-in for the IBM Quantum service on 127.0.0.1: its HTTP, jobs on Aer, faults on demand.

The real, unpatched qiskit-ibm-runtime client talks to it::

    with Standin(folder, faults=[Fault("POST", "/jobs", Act.STATUS, status=502, after=True)]) as up:
        service = up.service()

By hand, from the repository root: ``python -m tests.standin --port 0 --folder DIR``.
"""

from tests.standin.faults import Act, Fault
from tests.standin.jobs import Job
from tests.standin.journal import Request
from tests.standin.settings import Settings
from tests.standin.standin import Standin

__all__ = ["Act", "Fault", "Job", "Request", "Settings", "Standin"]
