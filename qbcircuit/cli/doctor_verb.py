"""``qbcircuit doctor``: versions, simulator methods and a two-second smoke run."""

from __future__ import annotations

import platform
import time
from importlib import metadata

import click

from qbcircuit.errors import RunFailed

PACKAGES = ("qbcircuit", "qiskit", "qiskit-aer", "numpy", "scipy", "matplotlib")
EXTRAS = {"qiskit-ibm-runtime": "ibm", "qutip": "qutip"}
TOLERANCE = 0.1
"""Smoke run: 4 cells fully charged to within a tenth of their capacity."""


@click.command("doctor")
def command() -> None:
    """Report versions and Aer methods, and run a small charge."""
    click.echo(f"python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in PACKAGES:
        click.echo(f"{package} {metadata.version(package)}")
    for package, extra in EXTRAS.items():
        try:
            click.echo(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            click.echo(f'{package} is not installed (pip install "qbcircuit[{extra}]")')
    _smoke_run()


def _smoke_run() -> None:
    from qbcircuit import machines, protocols, study
    from qbcircuit.battery import Battery
    from qbcircuit.compile import compile_protocol
    from qbcircuit.constraints import Constraint, normalise

    began = time.perf_counter()
    battery = Battery.qubits(4)
    protocol = normalise(protocols.blocks(battery, order=2), Constraint.C0)
    full = 3.141592653589793 / 4
    plan = compile_protocol(protocol, times=(0.0, full))
    for name in machines.names():
        trace = study.run(plan, name, shots=200, seed=1, noise_work=False)
        reached = float(trace.work[-1])
        click.echo(f"{name}: 4 cells charged to {reached:.3f} of 4")
        if name != "noisy" and abs(reached - battery.capacity) > TOLERANCE * battery.capacity:
            raise RunFailed(
                f"{name} charged 4 cells to {reached:.3f} instead of 4. "
                "Reinstall qiskit-aer, or report this with the lines above."
            )
    click.echo(f"all well, {time.perf_counter() - began:.1f} s")
