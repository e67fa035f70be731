"""Finding chargers: the cheapest k-body pulse between two basis states."""

from qbcircuit.optimise.charger import LARGEST_INFIDELITY, Charger, verified
from qbcircuit.optimise.restarts import Found, Search, search
from qbcircuit.optimise.task import ChargingTask

__all__ = [
    "LARGEST_INFIDELITY",
    "Charger",
    "ChargingTask",
    "Found",
    "Search",
    "search",
    "verified",
]
