"""Theory limits on collective charging, and certificates that hold a protocol against them."""

from qbcircuit.bounds.certificate import Certificate, certificate
from qbcircuit.bounds.check import Check, Measured
from qbcircuit.bounds.limits import (
    Bound,
    block_advantage,
    bounds_for,
    gamma,
    order_bound,
    speed_limit,
    theorem1,
    theorem2,
    theory_limits,
)

__all__ = [
    "Bound",
    "Certificate",
    "Check",
    "Measured",
    "block_advantage",
    "bounds_for",
    "certificate",
    "gamma",
    "order_bound",
    "speed_limit",
    "theorem1",
    "theorem2",
    "theory_limits",
]
