"""``qbcircuit plot``: the figures of a run again, without running."""

from __future__ import annotations

import json
from pathlib import Path

import click

from qbcircuit.errors import InvalidRequest


@click.command("plot")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Draw the figures of the run in FOLDER again from its result.json."""
    from qbcircuit.plot import write_figures

    file = folder / "result.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidRequest(
            f"There is no result.json in {folder}. Give the folder of a finished run."
        ) from None
    except NotADirectoryError:
        raise InvalidRequest(f"{folder} is a file. Give the folder of a finished run.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidRequest(
            f"{file} cannot be read as a result document: {error}. Run it again."
        ) from None
    if not isinstance(document, dict) or document.get("schema") != "qbcircuit.comparison/1":
        raise InvalidRequest(f"{file} is not a qbcircuit.comparison/1 document.")
    try:
        written = write_figures(document, folder)
    except (LookupError, TypeError, AttributeError) as error:
        raise InvalidRequest(
            f"{file} is damaged ({type(error).__name__}: {error}). Run it again to write it anew."
        ) from None
    for path in written:
        click.echo(path)
