"""One evolution a chain, with a snapshot wherever an experiment leaves it.

A snapshot copies the state, applies the experiment's private closing pieces and reads the
distribution over the cells. What is held at once is bounded: a chain whose snapshots would
not fit is run in legs, each starting from the state where the last one ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from qiskit import QuantumCircuit

from qbcircuit.plan import Experiment
from qbcircuit_aer.chains import Chain, Stop
from qbcircuit_aer.circuits import DENSITY_MATRIX, PlanCircuits, put_state, save_state
from qbcircuit_aer.drawing import Probabilities

Read = TypeVar("Read")

Reader = Callable[[int, Probabilities], Read]
"""Makes what is kept of an experiment out of its distribution over the 2^N outcomes of its cells;
outcome b has cell c in bit c. The distribution is freed before the next is made."""

Run = Callable[[list[QuantumCircuit]], list[dict[str, Any]]]
"""Runs compact circuits on Aer and returns what each saved, by label."""


@dataclass(kw_only=True, slots=True)
class _Leg:
    """A circuit along a part of a chain.

    Args:
        circuit: with everything that is saved on the way.
        read: experiments whose distribution it saves.
        copies: stops whose state it saves, with the experiments that still need their closing.
        end: label of the state that the next leg starts from.
    """

    circuit: QuantumCircuit
    read: list[int] = field(default_factory=list)
    copies: list[tuple[str, list[int]]] = field(default_factory=list)
    end: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OnePass:
    """Exact distributions of a plan's experiments on a pure state or a density matrix.

    Args:
        circuits: the plan's circuits.
        method: ``"statevector"`` or ``"density_matrix"``.
        run: how circuits are run.
        budget: bytes of snapshots held at once, beyond the state itself.
    """

    circuits: PlanCircuits
    method: str
    run: Run
    budget: int

    def read(self, chains: Sequence[Chain], reader: Reader[Read]) -> Iterator[tuple[int, Read]]:
        """Pairs (experiment, what the reader made of its distribution), chain by chain."""
        pool: list[Chain] = []
        held = 0
        for chain in chains:
            size = sum(self._size(stop) for stop in chain.stops)
            if size > self.budget:
                yield from self._in_legs(chain, reader)
                continue
            if held + size > self.budget:
                yield from self._together(pool, reader)
                pool, held = [], 0
            pool.append(chain)
            held += size
        yield from self._together(pool, reader)

    def _together(self, chains: list[Chain], reader: Reader[Read]) -> Iterator[tuple[int, Read]]:
        if chains:
            legs = [self._leg(chain.pieces, chain.stops, depth=0) for chain in chains]
            yield from self._read(legs, self.run([leg.circuit for leg in legs]), reader)

    def _in_legs(self, chain: Chain, reader: Reader[Read]) -> Iterator[tuple[int, Read]]:
        state, depth, rest = None, 0, list(chain.stops)
        while rest:
            stops = self._that_fit(rest)
            rest = rest[len(stops) :]
            leg = self._leg(chain.pieces, stops, depth=depth, state=state, goes_on=bool(rest))
            (saved,) = self.run([leg.circuit])
            leg.circuit.clear()
            state, depth = saved.get(leg.end), stops[-1].depth
            yield from self._read([leg], [saved], reader)

    def _that_fit(self, stops: Sequence[Stop]) -> list[Stop]:
        fitting, held = [stops[0]], self._size(stops[0])
        for stop in stops[1:]:
            held += self._size(stop)
            if held > self.budget:
                break
            fitting.append(stop)
        return fitting

    def _leg(
        self,
        pieces: Sequence[Any],
        stops: Sequence[Stop],
        *,
        depth: int,
        state: Any = None,
        goes_on: bool = False,
    ) -> _Leg:
        leg = _Leg(circuit=QuantumCircuit(self.circuits.n_qubits))
        if state is not None:
            put_state(leg.circuit, self.method, state)
        for stop in stops:
            self.circuits.append(leg.circuit, pieces[depth : stop.depth])
            depth = stop.depth
            ends = stop is stops[-1] and not goes_on
            self._snapshot(leg, stop, ends=ends)
        if goes_on:
            leg.end = self._saved_end(leg, stops[-1])
        return leg

    def _saved_end(self, leg: _Leg, stop: Stop) -> str:
        label = _copy_label(stop)
        if label not in dict(leg.copies):
            save_state(leg.circuit, self.method, label)
        return label

    def _snapshot(self, leg: _Leg, stop: Stop, *, ends: bool) -> None:
        waiting = []
        for index in stop.experiments:
            if self._needs_closing(index):
                waiting.append(index)
            else:
                self._save_probabilities(leg.circuit, index)
                leg.read.append(index)
        if ends and len(waiting) == 1:
            self._close(leg.circuit, waiting[0])
            leg.read.append(waiting[0])
        elif waiting:
            label = _copy_label(stop)
            save_state(leg.circuit, self.method, label)
            leg.copies.append((label, waiting))

    def _read(
        self, legs: Sequence[_Leg], results: Sequence[dict[str, Any]], reader: Reader[Read]
    ) -> Iterator[tuple[int, Read]]:
        closing: list[tuple[int, QuantumCircuit]] = []
        for leg, saved in zip(legs, results, strict=True):
            for index in leg.read:
                yield index, reader(index, _taken(saved, index))
            for label, waiting in leg.copies:
                state = saved.pop(label)
                closing += [(index, self._closing_circuit(index, state)) for index in waiting]
        if closing:
            for (index, _), saved in zip(closing, self.run([c for _, c in closing]), strict=True):
                yield index, reader(index, _taken(saved, index))

    def _closing_circuit(self, index: int, state: Any) -> QuantumCircuit:
        circuit = QuantumCircuit(self.circuits.n_qubits)
        put_state(circuit, self.method, state)
        self._close(circuit, index)
        return circuit

    def _close(self, circuit: QuantumCircuit, index: int) -> None:
        self.circuits.append(circuit, self._experiment(index).closing)
        self._save_probabilities(circuit, index)

    def _save_probabilities(self, circuit: QuantumCircuit, index: int) -> None:
        readout = list(self._experiment(index).readout)
        circuit.save_probabilities(readout, label=_label(index))

    def _needs_closing(self, index: int) -> bool:
        return not self.circuits.leaves_probabilities(self._experiment(index).closing)

    def _experiment(self, index: int) -> Experiment:
        return self.circuits.plan.experiments[index]

    def _size(self, stop: Stop) -> int:
        """Bytes that a stop adds to what is held: distributions, and a state put back twice."""
        width = self.circuits.n_qubits * (2 if self.method == DENSITY_MATRIX else 1)
        waiting = sum(self._needs_closing(index) for index in stop.experiments)
        reads = sum(8 << len(self._experiment(index).readout) for index in stop.experiments)
        return reads + (16 << width) * (waiting + 1 if waiting else 0)


def _copy_label(stop: Stop) -> str:
    return f"copy {stop.depth}"


def _label(index: int) -> str:
    return f"read {index}"


def _taken(saved: dict[str, Any], index: int) -> Probabilities:
    """The distribution, taken out of the result so that it can be freed."""
    return np.require(saved.pop(_label(index)), dtype=float, requirements="W")
