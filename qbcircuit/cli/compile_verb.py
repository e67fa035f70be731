"""``qbcircuit compile``: circuits of a protocol and what they cost."""

from __future__ import annotations

import json
import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qbcircuit.cli import options
from qbcircuit.cli.inputs import BatteryWords, one_protocol, parse_constraint
from qbcircuit.errors import InvalidRequest

if TYPE_CHECKING:
    from qbcircuit.charging import ChargingProtocol
    from qbcircuit.plan import CircuitPlan
    from qbcircuit.target import DeviceTarget

SCHEMA = "qbcircuit.compilation/1"
"""Schema of ``compile --json``."""


@click.command("compile")
@click.argument("protocol")
@options.cells
@options.order
@options.battery
@options.constraint
@click.option(
    "--target",
    default="all-to-all",
    help="all-to-all, line, heavy-hex, or a device such as fake_torino.",
)
@click.option("--gates", help="cx, cz or rzz, for the built-in targets.")
@click.option("--qubits", type=int, help="Width of the line, or of all-to-all.")
@click.option("--ancillas", type=int, default=0, help="Clean qubits that all-to-all may use.")
@click.option("--time", "at", type=float, help="Protocol time; the first maximum by default.")
@options.start
@options.formula
@options.registers
@click.option("--qpy", type=click.Path(path_type=Path), help="Write the circuits as QPY.")
@click.option("--qasm", type=click.Path(path_type=Path), help="Write OpenQASM 3.")
@click.option("--draw", is_flag=True, help="Draw the k-local and the native circuit.")
@click.option("--json", "as_json", is_flag=True, help="Print the compilation document only.")
@click.option("-v", "--verbose", is_flag=True, help="Tracebacks too.")
def command(**words: Any) -> None:
    """Compile PROTOCOL (a family, see qbcircuit protocols, or a TOML file)."""
    from qbcircuit.compile import writable, write_qasm, write_qpy

    for file in (words["qpy"], words["qasm"]):
        if file is not None:
            writable(file)
    if words["qpy"] is not None and words["qpy"] == words["qasm"]:
        raise InvalidRequest(
            f"--qpy and --qasm would both write {words['qpy']}. Give them two names."
        )
    began = clock.process_time()
    plan, document = _compiled(words)
    document["seconds"] = clock.process_time() - began
    if words["qpy"] is not None:
        write_qpy(plan, words["qpy"])
    if words["qasm"] is not None:
        write_qasm(plan, words["qasm"])
    if words["as_json"]:
        click.echo(json.dumps(document, indent=1))
        return
    _print(plan, document)
    if words["draw"]:
        _draw(plan)


def _compiled(words: dict[str, Any]) -> tuple[CircuitPlan, dict[str, Any]]:
    from qbcircuit.comparison import under
    from qbcircuit.compile import compile_protocol, n_wires
    from qbcircuit.constraints import Constraint

    asked = BatteryWords(
        cells=words["cells"],
        field=words["field"],
        stride=words["stride"],
        initial=words["initial"],
        levels=words["levels"],
        settings=words["settings"],
    )
    given, wanted = one_protocol(words["protocol"], words["order"], asked)
    protocol = under(given, parse_constraint(words["constraint"], wanted or Constraint.NONE))
    plan = compile_protocol(
        protocol,
        times=_time(protocol, words["at"]),
        target=_target(
            words,
            n_wires(protocol, words["encoding"], words["mixed"]) + max(0, words["ancillas"]),
        ),
        start=words["start"],
        formula=int(words["formula"]) if words["formula"] else None,
        steps=words["steps"],
        error=words["error"],
        error_kind=words["error_kind"],
        optimise=words["optimise"],
        ancillas=words["ancillas"],
        encoding=words["encoding"],
        mixed=words["mixed"],
    )
    return plan, _document(plan)


def _document(plan: CircuitPlan) -> dict[str, Any]:
    """What ``--json`` prints; the seconds are filled in later."""
    from qbcircuit.compile import layouts, plan_cost

    cost, made = plan_cost(plan, len(plan.experiments) - 1), plan.compilation
    layout, final_layout = layouts(plan)
    return {
        "schema": SCHEMA,
        "two_qubit_gates": cost.two_qubit_gates,
        "two_qubit_depth": cost.two_qubit_depth,
        "depth": cost.depth,
        "size": cost.size,
        "seconds": 0.0,
        "method": made.method,
        "steps": made.steps,
        "formula": made.formula,
        "error_bound": made.error,
        "error_kind": made.error_kind,
        "assumes_start": made.assumes_start,
        "layout": list(layout),
        "final_layout": list(final_layout),
        "duration_seconds": cost.seconds,
    }


def _time(protocol: ChargingProtocol, at: float | None) -> float:
    from qbcircuit.reference import first_maximum

    if at is not None:
        return at
    peak = first_maximum(protocol)
    if peak.time is None or peak.ill_posed:
        raise InvalidRequest(
            f"{protocol.name} has no clear first maximum to compile for. Give --time."
        )
    return float(peak.time)


def _target(words: dict[str, Any], n_sites: int) -> DeviceTarget:
    from qbcircuit import machines
    from qbcircuit.compile import resolve_target

    name: str = words["target"]
    if machines.is_device(name):
        for option in ("gates", "qubits"):
            if words[option] is not None:
                raise InvalidRequest(
                    f"--{option} is for the built-in targets; {name} brings its own. Leave it out."
                )
        return machines.resolve(name, n_sites).target(n_sites)
    return resolve_target(name, n_sites, gates=words["gates"], n_qubits=words["qubits"])


def _print(plan: CircuitPlan, document: dict[str, Any]) -> None:
    from qbcircuit.report import console
    from qbcircuit.report.numbers import seconds

    out, protocol = console(), plan.protocol
    promised = (
        "exact at any time"
        if document["error_kind"] == "exact"
        else f"{document['steps']} steps of order {document['formula']}, distance from the exact "
        f"evolution at most {document['error_bound']:.2g} ({document['error_kind']})"
    )
    start = "from any start"
    if document["assumes_start"]:
        known = getattr(protocol.battery.start, "bits", None)
        start = (
            f"from the start state |{known}⟩ only" if known else "each from its own sampled start"
        )
    for line in (
        f"{protocol.name} · N={protocol.battery.n_cells} · k={protocol.order} · "
        f"m={protocol.participation} · time {plan.times[-1]:.6g} · target {plan.target.name} "
        f"({', '.join(plan.target.gates)})",
        f"method: {document['method']}, {start}; {promised}",
        f"two-qubit gates {document['two_qubit_gates']}, two-qubit depth "
        f"{document['two_qubit_depth']}, depth {document['depth']}, gates {document['size']}, "
        f"device time {seconds(document['duration_seconds'])}",
        f"cells on qubits {document['layout']}, at the end {document['final_layout']}",
    ):
        out.print(line, markup=False)


def _draw(plan: CircuitPlan) -> None:
    from qbcircuit.report import console

    out, last = console(), plan.experiments[-1]
    out.print("k-local circuit, layer by layer (cells in brackets):", markup=False)
    number = 0
    for piece in last.pieces:
        for layer in plan.local_layers[piece.template]:
            number += 1
            blocks = "  ".join(f"{one.label}{list(one.sites)}" for one in layer)
            out.print(f"{number:4d}: {blocks}", markup=False)
    out.print("native circuit:", markup=False)
    drawing = plan.circuit(len(plan.experiments) - 1).draw("text", idle_wires=False, fold=120)
    out.print(str(drawing), markup=False)
