"""Numbers that others published or computed, rebuilt from their definitions.

Every entry of ``publishing/entries`` names its source: exact diagonalisations, product formulas,
collision models, modes, and points of IBM devices. Each becomes a protocol. The exact reference
must meet exact numbers within their stated tolerance, compiled circuits on Aer (exact
probabilities; whole states by tomography) must meet the reference within what the compiler
promises, and work sampled from counts must meet theirs within its interval. Of devices and noisy
simulations the gap is shown and nothing is judged.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from claims import Claim, arguments, conclude
from publishing.rebuilding import Rebuilt, compiled, models, rebuilt
from publishing.stored import Entry, entries
from publishing.telling import draw, table, write

import qbcircuit as qb

STRICT = 1.0
"""Deviations of exact numbers are judged by the stated tolerance and nothing more."""


def exact_claim(found: Rebuilt) -> Claim:
    """The reference against theirs, where they are furthest apart."""
    at, tolerance = found.worst, found.series.tolerance
    assert tolerance is not None
    return Claim(
        statement=f"{found.entry.name}, {found.series.name}: worst of {len(found.ours)}",
        expected=found.series.values[at],
        value=float(found.ours[at]),
        low=float(found.ours[at]) - tolerance,
        high=float(found.ours[at]) + tolerance,
        slack=STRICT,
    )


def circuit_claim(found: Rebuilt) -> Claim:
    """Circuits against the reference, where they come closest to what was promised."""
    at = int(np.nanargmax(np.abs(found.circuits - found.ours) / found.allowed))
    value, allowed = float(found.circuits[at]), float(found.allowed[at])
    return Claim(
        statement=f"{found.entry.name}, {found.series.name}: circuit at {found.series.times[at]:g}",
        expected=float(found.ours[at]),
        value=value,
        low=value - allowed,
        high=value + allowed,
        slack=STRICT,
    )


def sampled_claim(entry: Entry, *, shots: int, seed: int) -> Iterator[Claim]:
    """Work from counts against theirs, in the first exact series that is a multiple of work."""
    for series in entry.series:
        if series.origin or not entry.places or series.what == "best-time":
            continue
        place = entry.places[0]
        model = models(series, entry.model, [place])[place]
        scale = model.figures[series.what].per_work
        if scale is None:
            continue
        protocol, time = model.at(series.times[place])
        plan = compiled(protocol, (time,), entry.error)
        trace = qb.run(plan, "aer", shots=shots, seed=seed)
        value = scale[0] * float(trace.work[0]) + scale[1]
        promised = model.figures[series.what].slope * plan.compilation.error
        half = 1.96 * scale[0] * float(trace.stderr[0]) + promised
        yield Claim(
            statement=f"{entry.name}, {series.name}: {shots} shots at {series.times[place]:g}",
            expected=series.values[place],
            value=value,
            low=value - half,
            high=value + half,
        )
        return


def main() -> int:
    """Rebuild everything; 0 where all claims hold."""
    options = arguments(__doc__ or "", "published")
    options.out.mkdir(parents=True, exist_ok=True)
    found, sampled = [], []
    for entry in entries():
        places = entry.places[:1] if options.tiny else entry.places
        found += [rebuilt(entry, series, places) for series in entry.series]
        sampled += sampled_claim(entry, shots=options.shots, seed=options.seed)
    print(table(found), end="\n\n")
    draw(found, options.out / "published.svg")
    write(found, options.out / "published.json")
    exact = [exact_claim(one) for one in found if not one.series.origin]
    circuits = [circuit_claim(one) for one in found if np.any(~np.isnan(one.circuits))]
    return conclude(exact + circuits + sampled, options.out)


if __name__ == "__main__":
    sys.exit(main())
