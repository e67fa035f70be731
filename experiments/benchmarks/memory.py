"""Peak memory of a large charging curve: 50 times, none of their distributions kept.

Overlapping XXX windows in a Z field, one second-order Trotter step a time, on a state vector of
2^N amplitudes. What is held at once is the state and the snapshots of one leg of the chain.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qbcircuit.backend import Counts, batch_of
from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.compile import compile_protocol
from qbcircuit.terms import Term, uniform_field
from qbcircuit_aer import AerBackend


def peak_bytes() -> int:
    """Largest resident set of this process so far; Linux counts KiB, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-N", "--cells", type=int, default=24)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--shots", type=int, default=4096)
    parser.add_argument("--out", type=Path, default=None, help="write the numbers as JSON")
    given = parser.parse_args(arguments)
    terms = [Term("XXX", (j, j + 1, j + 2)) for j in range(given.cells - 2)]
    protocol = ChargingProtocol.constant(
        Battery.qubits(given.cells), [*terms, *uniform_field(range(given.cells), 0.5)]
    )
    times = [2.0 * (j + 1) / given.times for j in range(given.times)]
    before, clock = peak_bytes(), time.perf_counter()
    plan = compile_protocol(protocol, times=times, formula=2, steps=given.times)
    readings = AerBackend().run(batch_of(plan), shots=given.shots, seed=1)
    last = readings[-1]
    result = {
        "cells": given.cells,
        "times": given.times,
        "before_bytes": before,
        "peak_bytes": peak_bytes(),
        "wall_seconds": time.perf_counter() - clock,
        "last_work": sum(bits.count("1") * n for bits, n in last) / last.shots
        if isinstance(last, Counts)
        else None,
    }
    print(
        f"N={given.cells}, {given.times} times: peak {result['peak_bytes'] / 1e9:.2f} GB "
        f"(imports {before / 1e9:.2f} GB, one state {16 * 2**given.cells / 1e9:.2f} GB), "
        f"{result['wall_seconds']:.0f} s"
    )
    if given.out:
        given.out.write_text(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    main()
