"""``python -m tests.standin --port 0 --folder DIR [--faults FILE]``, from the repository root."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import threading
from pathlib import Path

from tests.standin import devices
from tests.standin.faults import Fault
from tests.standin.server import HOST, Server
from tests.standin.settings import Settings, SettingsFile
from tests.standin.standin import environment


def main() -> None:
    """Serve until interrupted, or until the parent goes."""
    given = _arguments()
    folder: Path = given.folder
    folder.mkdir(parents=True, exist_ok=True)
    if given.child:
        server = Server(folder, given.port)
        server.start()
        print(json.dumps({"port": server.port}), flush=True)
        sys.stdin.read()
        return
    chosen = {
        field.name: getattr(given, field.name)
        for field in dataclasses.fields(Settings)
        if getattr(given, field.name, None) is not None
    }
    settings = SettingsFile(folder)
    settings.change(chosen)
    server = Server(folder, given.port)
    if given.faults is not None:
        server.faults.add([Fault(**row) for row in json.loads(given.faults.read_text())])
    server.start()
    print(_instructions(server, settings.now), flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.kill()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="jobs, faults and journal")
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; 0 for any free one")
    parser.add_argument("--faults", type=Path, help="JSON list of rules: see tests/standin/faults")
    parser.add_argument("--seed", type=int, help="of the shots")
    parser.add_argument("--noise-free", dest="noisy", action="store_false", default=None)
    parser.add_argument("--queue-seconds", type=float, help="a job waits at least so long")
    parser.add_argument("--run-seconds", type=float, help="a job runs at least so long")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _instructions(server: Server, settings: Settings) -> str:
    found = environment(server.port, settings)
    lines = [f"export {name}='{value}'" for name, value in found.items()]
    arguments = (
        f"QiskitRuntimeService(channel='ibm_quantum_platform', token='{settings.api_key}',\n"
        f"    instance='{found['QISKIT_IBM_INSTANCE']}',\n"
        f"    url='http://{HOST}:{server.port}/api/v1', url_resolver=lambda url, *_: url)"
    )
    return "\n".join(
        [
            f"A stand-in for IBM Quantum on {HOST}:{server.port}; nothing else can reach it.",
            f"Devices: {', '.join(devices.SNAPSHOTS)}. Stop it with Ctrl-C.",
            "",
            *lines,
            "",
            "Then QiskitRuntimeService() finds it; with the first three alone:",
            arguments,
        ]
    )


if __name__ == "__main__":
    main()
