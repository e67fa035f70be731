"""The command line: one file per verb, imported when invoked."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import click

from qbcircuit.errors import MissingExtra, QbcircuitError, RunFailed, unknown_name

VERBS = {
    "protocols": "List the charging families, or explain one.",
    "bounds": "Theory limits as numbers, with the constraint each assumes.",
    "certificate": "Every bound on a protocol beside what it reaches.",
    "merit": "List the figures of merit of a state, or explain one.",
    "compile": "Circuits of a protocol and what they cost.",
    "run": "Run one protocol: work, charging time, power.",
    "compare": "Several orders k against parallel charging under one constraint.",
    "optimise": "Search for the best k-local pulse under one constraint.",
    "jobs": "The hardware ledger of a run: list, wait, fetch, cancel.",
    "plot": "Draw the figures of a run again, without running.",
    "devices": "What can be run on.",
    "doctor": "Versions, simulator methods and a two-second smoke run.",
}


class Verbs(click.Group):
    """Subcommands that are imported when invoked, so that ``--help`` stays light."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The verb's command; an unknown verb is answered with the closest one."""
        if cmd_name not in VERBS:
            raise unknown_name("command", cmd_name, VERBS, see="qbcircuit --help")
        module = importlib.import_module(f"qbcircuit.cli.{cmd_name}_verb")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="qbcircuit")
def cli() -> None:
    """Quantum-battery charging protocols as circuits: compile, run, compare by order k."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed run, 2 bad request, 130 interrupted."""
    # Many small matrices: more BLAS threads only cost CPU. Must be set before numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    words = list(sys.argv[1:] if arguments is None else arguments)
    _prepare_streams()
    try:
        with _plain_warnings():
            sys.exit(
                cli.main(args=words, prog_name="qbcircuit", standalone_mode=False, obj=words) or 0
            )
    except click.ClickException as error:
        _say(error.format_message())
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        _say("Interrupted. What was finished is kept; the same command goes on from there.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except QbcircuitError as error:
        _fail(error, words, 1 if isinstance(error, RunFailed | MissingExtra) else 2)
    except OSError as error:
        place = error.filename or "The output"
        _fail(f"{place} cannot be read or written: {error.strerror}.", words, 1)
    except Exception as error:
        _fail(
            f"An error in qbcircuit itself: {type(error).__name__}: {error}. "
            "What was finished is kept. Run again with -v for the details.",
            words,
            1,
        )


def _prepare_streams() -> None:
    """Letters that the terminal lacks print as ``?``; a closed stream swallows what it is told."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def _plain_warnings() -> Iterator[None]:
    """Warnings meant for the user are told as sentences, without the line that gave them."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
            if category is UserWarning:
                _say(str(message))
            else:
                usual(message, category, *rest, **named)

        warnings.showwarning = tell
        yield


def _fail(message: Any, words: Sequence[str], code: int) -> None:
    _say(str(message))
    if "-v" in words or "--verbose" in words:
        traceback.print_exc()
    sys.exit(code)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
