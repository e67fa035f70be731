"""Fresh sites in the middle of a circuit: in a pure state, a mixture, or with a probability."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit

from qbcircuit.charging import Reset
from qbcircuit.compile.exact.opening import append_mixture
from qbcircuit.compile.exact.register_states import append_levels
from qbcircuit.compile.wires import Helpers, Wires
from qbcircuit.encoding import Register


def reset_circuit(reset: Reset, wires: Wires) -> QuantumCircuit:
    """rho -> (1 - p) rho + p (fresh x tr_site rho), site by site.

    A fresh register is emptied and prepared. With p < 1 it is prepared beside the site's own and
    the two are exchanged where a coin, a qubit with P(1) = p, says so.
    """
    circuit = QuantumCircuit(wires.total)
    for site in reset.sites:
        register, helpers = wires.registers[site], wires.helpers[site]
        if reset.probability == 1:
            _append_fresh(circuit, reset, register, register.sites, helpers)
            continue
        _append_fresh(circuit, reset, register, helpers.fresh, helpers)
        (coin,) = helpers.coin
        circuit.reset(coin)
        circuit.ry(2 * math.asin(math.sqrt(reset.probability)), coin)
        for own, other in zip(register.sites, helpers.fresh, strict=True):
            circuit.cswap(coin, own, other)
    return circuit


def _append_fresh(
    circuit: QuantumCircuit,
    reset: Reset,
    register: Register,
    sites: tuple[int, ...],
    helpers: Helpers,
) -> None:
    circuit.reset(sites)
    if not reset.populations:
        one = (1.0, *(0.0,) * (len(register.codes) - 1))
        append_levels(circuit, register, sites, reset.amplitudes or one)
        return
    if helpers.partner:
        circuit.reset(helpers.partner)
    append_mixture(circuit, register, sites, helpers, reset.populations)
