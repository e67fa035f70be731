"""Noise fakes an advantage, and the noise work unmasks it.

Held against the letter's figure of merit, Campaioli et al., PRL 118, 150601 (2017),
arXiv:1612.04991: gate errors heat cells that start in the ground state, grow with the depth of the
circuit and, divided by a short time, look like power.

- A charger that is detuned so far that it deposits nothing, three-body windows in a strong field,
  runs in many steps on a noisy line of four qubits: max_t W/t over that of parallel charging,
  taken as it comes, "shows" an advantage above 1.
- The same circuits with every angle at zero deposit as much: all of it is noise, and every figure
  is withheld for that reason. Without noise the circuits deposit nothing.
- A real charger on the same machine, blocks of two, stands clear of its noise work and keeps its
  figures; near full charge noise only lowers them.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from claims import Claim, arguments, between, conclude, exact, measured, panels, save

import qbcircuit as qb
from qbcircuit.comparison import CompileRequest, Result
from qbcircuit.estimate import EnergyTrace

C0 = qb.Constraint.C0
CELLS, LAST, STEPS, FIELD = 4, 0.4, 60, 20.0


def naive_power(trace: EnergyTrace) -> tuple[float, float, int]:
    """max_t W/t, its relative error and its place, for who does not ask about noise."""
    power = trace.work[1:] / trace.times[1:]
    best = int(np.argmax(power)) + 1
    return power[best - 1], 1.96 * trace.stderr[best] / trace.work[best], best


def faked(result: Result) -> list[Claim]:
    """The advantage that is none, and what unmasks it."""
    parallel, trace = result.traces
    power, error, best = naive_power(trace)
    reference, other, _ = naive_power(parallel)
    ratio, width = power / reference, power / reference * math.hypot(error, other)
    share = trace.noise_work[best] / trace.work[best]
    spread = 1.96 * math.hypot(trace.noise_stderr[best], trace.stderr[best]) / trace.work[best]
    row = result.rows[-1]
    names = ("advantage", "power_ratio", "best_power", "work", "charging_time")
    told = sum("noise work" in row["withheld"].get(name, "") for name in names)
    return [
        measured("naive Gamma_P, lower end", 1.0, between(ratio - width), least=True),
        measured("noise work over work where W/t is largest", 1.0, between(share, spread)),
        measured("figures withheld for the noise work, of 5", 5, between(told)),
    ]


def silent(request: CompileRequest, times: Any, **run: Any) -> list[Claim]:
    """The same circuits without noise, and what they should do."""
    trace = qb.compare(
        [detuned()], constraint=C0, backend="aer", times=times, request=request, **run
    ).traces[-1]
    ideal = qb.simulate(qb.normalise(detuned(), C0), times).work
    last = between(trace.work[-1], 1.96 * trace.stderr[-1])
    return [
        exact("detuned, ideal: largest W/N", 0.01, max(ideal) / CELLS, 0.0, bound=True),
        measured(f"detuned, without noise: W(t={LAST})", ideal[-1], last),
    ]


def real(result: Result) -> list[Claim]:
    """A charger that stands clear of its noise work."""
    row = result.rows[-1]
    share = {key: row["noise_work"][key] / row["work"]["value"] for key in ("value", "low", "high")}
    clear = measured("blocks of two: noise work over work", 0.2, share, bound=True)
    kept = sum(row[name] is not None for name in ("advantage", "power_ratio", "work"))
    return [
        clear,
        measured("blocks of two: figures kept, of 3", 3, between(kept)),
        measured("blocks of two: W(T), upper end", CELLS, between(row["work"]["high"]), bound=True),
        measured(
            "blocks of two: Gamma_C0, upper end", 2.0, between(row["advantage"]["high"]), bound=True
        ),
        measured("blocks of two: Gamma_P", 2.0, row["power_ratio"]),
    ]


def detuned() -> qb.ChargingProtocol:
    return qb.protocols.windows(qb.Battery.qubits(CELLS), order=3, field=FIELD)


def main() -> int:
    """Measure every claim; 0 where all hold."""
    options = arguments(__doc__ or "", "noise")
    run = {"shots": options.shots, "seed": options.seed}
    times, request = np.linspace(0, LAST, 25), CompileRequest(formula=2, steps=STEPS)
    fake = qb.compare(
        [detuned()], constraint=C0, backend="noisy", times=times, request=request, **run
    )
    blocks = qb.protocols.blocks(qb.Battery.qubits(CELLS), order=2)
    kept = qb.compare([blocks], constraint=C0, backend="noisy", **run)
    claims = [*faked(fake), *silent(request, times, **run), *real(kept)]
    figure, (left, right) = panels(2)
    for axes, result, title in (
        (left, fake, "Detuned windows: all of it is noise"),
        (right, kept, "Blocks of two: clear of it"),
    ):
        trace, protocol = result.traces[1], detuned() if result is fake else blocks
        axes.errorbar(trace.times, trace.work, 1.96 * trace.stderr, fmt="o", ms=4, label="W")
        axes.plot(trace.times, trace.noise_work, "C3x", label="noise work")
        fine = np.linspace(0, trace.times[-1], 100)
        ideal = qb.simulate(qb.normalise(protocol, C0), fine).work
        axes.plot(fine, ideal, "k-", lw=0.8, label="ideal")
        axes.plot(fine, CELLS * np.sin(fine) ** 2, "k:", lw=0.8, label="parallel, ideal")
        axes.set(xlabel="t", ylabel="energy", title=title)
    save(figure, options.out, "noise")
    return conclude(claims, options.out)


if __name__ == "__main__":
    sys.exit(main())
