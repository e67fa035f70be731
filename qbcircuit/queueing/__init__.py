"""Machines that queue: send once, wait in our own loop, keep what was paid for.

Every job is written to the ledger before it is sent (``intent``), sent under a tag made of its
content, and looked for by that tag whenever it is not certain that it arrived; what comes back is
stored as it came before it is read. So a crash, at either end and at any moment, loses nothing:
the same request goes on from there. The promise is "at least once, reconciled": where the
machine's own client sent a job twice, one is used, the others are cancelled and reported.
"""

from qbcircuit.queueing.queue import Queue
from qbcircuit.queueing.records import Work, finished, intended_batch, interleaved
from qbcircuit.queueing.submission import Patience, StillQueued, Submission, cost_line, refuse

__all__ = [
    "Patience",
    "Queue",
    "StillQueued",
    "Submission",
    "Work",
    "cost_line",
    "finished",
    "intended_batch",
    "interleaved",
    "refuse",
]
