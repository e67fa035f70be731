"""The public names with arguments of the wrong kind: one sentence each, before any work."""

import pytest

import qbcircuit as qb
from qbcircuit.errors import InvalidRequest

BATTERY = qb.Battery.qubits(2)
PAIR = qb.protocols.blocks(BATTERY, order=2)


def plan():
    return qb.compile_protocol(PAIR, times=(0.0, 0.4, 0.8))


@pytest.mark.parametrize(
    ("misuse", "sentence"),
    [
        (lambda: qb.Battery.qubits("3"), "cells must be a whole number, got '3'"),
        (lambda: qb.Battery.qubits(2.5), "cells must be a whole number, got 2.5"),
        (lambda: qb.Battery.qubits(True), "cells must be a whole number, got True"),
        (lambda: qb.Battery.qubits(10**9), "cells must be 100000 or less"),
        (lambda: qb.Battery.qubits(2, start=0), "A battery starts in .*, got int"),
        (lambda: qb.Term("X", (0.5,), 1.0), "A cell of a term must be a whole number, got 0.5"),
        (lambda: qb.normalise(PAIR, "C0"), "A constraint is .*, got str. Use e.g. qbcircuit"),
        (lambda: qb.compare([PAIR], constraint="C0"), "A constraint is .*, got str"),
        (lambda: qb.compare(["blocks"]), "takes a list of ChargingProtocol, got str"),
        (lambda: qb.compare([PAIR], names=["a", "b"]), "2 names for 1 chargers"),
        (lambda: qb.compare([PAIR], seed=-1), "A seed must be 0 or more, got -1"),
        (lambda: qb.compile_protocol("blocks", times=(1.0,)), "takes a ChargingProtocol, got str"),
        (lambda: qb.compile_protocol(PAIR, times=(1.0,), steps=2.5), "Steps must be a whole"),
        (lambda: qb.run(PAIR), "run takes a plan, got ChargingProtocol. Make one with compile"),
        (lambda: qb.run(plan(), shots=10.5), "Shots must be a whole number, got 10.5"),
        (lambda: qb.run(plan(), shots=10**12), "Shots must be 100000000 or less"),
        (lambda: qb.run(plan(), seed="x"), "A seed must be a whole number, got 'x'"),
        (lambda: qb.run(plan(), seed=-1), "A seed must be 0 or more, got -1"),
        (lambda: qb.figures_of_merit(qb.run(plan(), shots=10), seed=-1), "A seed must be 0 or"),
    ],
)
def test_misuse_gets_one_sentence(misuse, sentence):
    with pytest.raises(InvalidRequest, match=sentence):
        misuse()
