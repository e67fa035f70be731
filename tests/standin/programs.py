"""The two programs that the service runs: parameters in, results out, as the client has them."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ibm_quantum_schemas.common import CompressedTensorModel
from ibm_quantum_schemas.executor.version_2_0 import (
    ChunkPart,
    ChunkSpan,
    ItemMetadataModel,
    MetadataModel,
    QuantumProgramResultItemModel,
    QuantumProgramResultModel,
)
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives import PrimitiveResult
from qiskit.primitives.containers import BitArray, DataBin, SamplerPubResult
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit_ibm_runtime.fake_provider.executor.broadcast_sample import broadcast_sample
from qiskit_ibm_runtime.json import RuntimeDecoder, RuntimeEncoder
from qiskit_ibm_runtime.quantum_program.params_converters import QUANTUM_PROGRAM_PARAMS_CONVERTERS
from samplomatic.quantum_program import SamplexItem

from tests.standin.reading import Refused
from tests.standin.simulation import Bits

SCHEMA = "v2.0"
MOST_EXECUTIONS = 10_000_000
DEFAULT_SHOTS = 4096

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Item:
    """One circuit and the rows of angles to bind, in an array of any shape.

    Args:
        circuit: with its Parameters.
        rows: ``(*shape, n_parameters)``.
        extra: further results that go back with the bits, by name.
    """

    circuit: QuantumCircuit
    rows: Array
    extra: dict[str, Array]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the results, without shots and bits."""
        return self.rows.shape[:-1]

    def bound(self) -> list[QuantumCircuit]:
        """One circuit a row."""
        flat = self.rows.reshape(math.prod(self.shape), self.rows.shape[-1])
        return [self.circuit.assign_parameters(list(row)) for row in flat]

    def registers(self, bits: Sequence[Bits]) -> dict[str, Array]:
        """Bits of the rows, by register: ``(*shape, shots, size)``."""
        table = np.array(bits).reshape(*self.shape, *bits[0].shape)
        index = {bit: i for i, bit in enumerate(self.circuit.clbits)}
        return {
            register.name: table[..., [index[bit] for bit in register]]
            for register in self.circuit.cregs
        }


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Program:
    """A job's work.

    Args:
        items: what to run.
        shots: of every row, one number an item.
        encode: from the registers of each item to the result's text.
    """

    items: tuple[Item, ...]
    shots: tuple[int, ...]
    encode: Callable[[list[dict[str, Array]]], str]

    @property
    def executions(self) -> int:
        """Circuits times shots."""
        return sum(math.prod(i.shape) * n for i, n in zip(self.items, self.shots, strict=True))


def program(name: str, params: str, seed: int) -> Program:
    """Read the parameters of a job.

    Args:
        name: of the program.
        params: as the client sent them.
        seed: of the twirls, which the service draws.

    Raises:
        Refused: unknown program, schema or measurement level, or too many executions.
    """
    if name == "executor":
        found = _executor(params, seed)
    elif name == "sampler":
        found = _sampler(params)
    else:
        raise Refused(f"Program {name} is not supported.", 1002)
    if found.executions > MOST_EXECUTIONS:
        raise Refused(f"Too many executions: {found.executions} > {MOST_EXECUTIONS}.", 6000)
    return found


def _executor(params: str, seed: int) -> Program:
    version = json.loads(params).get("schema_version")
    if version != SCHEMA:
        raise Refused(f"Schema {version} is not supported.", 1002)
    converter = QUANTUM_PROGRAM_PARAMS_CONVERTERS[SCHEMA]
    model = converter.model.model_validate_json(params)
    work, _ = converter.decoder(model)
    if work.meas_level != "classified":
        raise Refused("Measurement level is not supported.", 8009)
    rng = np.random.default_rng(seed)
    items = tuple(_executor_item(one, rng) for one in work.items)

    def encode(registers: list[dict[str, Array]]) -> str:
        now = datetime.datetime.now(datetime.UTC)
        span = ChunkSpan(start=now, stop=now, parts=[_whole(i, one) for i, one in enumerate(items)])
        result = QuantumProgramResultModel(
            data=[
                QuantumProgramResultItemModel(
                    results={
                        name: CompressedTensorModel.from_numpy(np.ascontiguousarray(array))
                        for name, array in {**item.extra, **found}.items()
                    },
                    metadata=ItemMetadataModel(),
                )
                for item, found in zip(items, registers, strict=True)
            ],
            metadata=MetadataModel(chunk_timing=[span]),
            passthrough_data=model.quantum_program.passthrough_data,
            semantic_role=model.quantum_program.semantic_role,
        )
        return str(result.model_dump_json())

    return Program(items=items, shots=(work.shots,) * len(items), encode=encode)


def _executor_item(one: Any, rng: np.random.Generator) -> Item:
    if isinstance(one, SamplexItem):
        one.samplex.finalize()
        drawn = broadcast_sample(one.samplex, one.samplex_arguments, one.shape, rng)
        rows = drawn.pop("parameter_values")
        return Item(circuit=one.circuit, rows=rows, extra=drawn)
    rows = one.circuit_arguments
    if one.circuit.num_parameters == 0:
        rows = np.zeros((*one.shape, 0))
    return Item(circuit=one.circuit, rows=np.asarray(rows, dtype=float), extra={})


def _whole(index: int, item: Item) -> ChunkPart:
    size = math.prod(item.shape)
    return ChunkPart(
        idx_item=index,
        size=size,
        permutation=list(range(len(item.shape))),
        element_range=(0, size, 1),
    )


def _sampler(params: str) -> Program:
    given = json.loads(params, cls=RuntimeDecoder)
    default = given.get("options", {}).get("default_shots") or DEFAULT_SHOTS
    pubs = [SamplerPub.coerce(tuple(pub), default) for pub in given["pubs"]]
    items = tuple(
        Item(
            circuit=pub.circuit,
            rows=pub.parameter_values.as_array(pub.circuit.parameters)
            if pub.circuit.num_parameters
            else np.zeros((*pub.shape, 0)),
            extra={},
        )
        for pub in pubs
    )
    shots = tuple(int(pub.shots or default) for pub in pubs)

    def encode(registers: list[dict[str, Array]]) -> str:
        results = [
            SamplerPubResult(
                DataBin(
                    **{
                        name: BitArray.from_bool_array(array, order="little")
                        for name, array in found.items()
                    },
                    shape=item.shape,
                ),
                metadata={"shots": n, "circuit_metadata": item.circuit.metadata or {}},
            )
            for item, found, n in zip(items, registers, shots, strict=True)
        ]
        whole = PrimitiveResult(results, metadata={"version": 2, "execution": {}})
        return json.dumps(whole, cls=RuntimeEncoder)

    return Program(items=items, shots=shots, encode=encode)
