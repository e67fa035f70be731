"""Plans read in other bases than Z: one experiment per time and measurement setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qiskit import QuantumCircuit

from qbcircuit.compile.templates import TemplateBook
from qbcircuit.errors import InvalidRequest
from qbcircuit.plan import CircuitPlan, Experiment, ExperimentRole, Piece, Setting

Turn = tuple[tuple[int, str], ...]
"""Wires that are turned before they are read, with the letter that becomes Z."""


def with_settings(plan: CircuitPlan, bases: Sequence[Sequence[str]]) -> CircuitPlan:
    """The plan with every circuit read in each of several product Pauli bases, and no others.

    The turn into a basis is a closing piece without free angles, so that zero-angle twins keep
    it. An outcome 0 is the letter's eigenvalue +1. What comes back is sorted by
    :func:`qbcircuit.estimate.readings_by_setting`.

    Args:
        plan: whose circuits are read in Z; what it reads in other bases is left out.
        bases: letters X, Y, Z, one a qubit that is read, those of the first cell first.

    Returns:
        The experiments in the order of the plan, each once for every basis; those of a
        calibration stay as they are.

    Raises:
        InvalidRequest: no basis, the same one twice, other letters or another number of them,
            or a plan that is read in other bases only.
    """
    settings = [Setting(bases=tuple(basis)) for basis in bases]
    known = [one for one in plan.experiments if _is_kept(one)]
    _check(settings, plan, known)
    turns = {
        _turn(one, setting): None
        for one in known
        for setting in settings
        if one.role is not ExperimentRole.CALIBRATION
    }
    turns.pop((), None)
    book = TemplateBook(plan.target, plan.qubits, plan.options.optimise)
    finished = book.finished([((), (_draft(book, turn),)) for turn in turns])
    first = len(plan.templates)
    pieces: dict[Turn, tuple[Piece, ...]] = {
        turn: tuple(replace(one, template=first + one.template) for one in closing)
        for turn, (_, closing) in zip(turns, finished.pieces, strict=True)
    }
    return replace(
        plan,
        templates=plan.templates + finished.templates,
        local_layers=plan.local_layers + finished.local_layers,
        experiments=tuple(read for one in known for read in _in_settings(one, settings, pieces)),
    )


def _is_kept(experiment: Experiment) -> bool:
    return experiment.role is ExperimentRole.CALIBRATION or set(experiment.setting.bases) == {"Z"}


def _check(settings: Sequence[Setting], plan: CircuitPlan, known: Sequence[Experiment]) -> None:
    if not settings or len(set(settings)) < len(settings):
        raise InvalidRequest(
            f"Settings are one basis or more, each once, got {len(settings)}. Name each once."
        )
    if not known:
        raise InvalidRequest(
            "Settings are for a plan that is read in Z, and this one is read in "
            f"{''.join(plan.experiments[0].setting.bases)} only. Ask for all of them at once."
        )
    for one in known:
        if one.role is ExperimentRole.CALIBRATION:
            continue
        for setting in settings:
            if len(setting.bases) != len(one.readout) or set(setting.bases) - set("XYZ"):
                raise InvalidRequest(
                    f"A setting has {len(one.readout)} letters X, Y or Z here, one a qubit that "
                    f"is read, got {''.join(setting.bases)!r}."
                )


def _turn(experiment: Experiment, setting: Setting) -> Turn:
    placed = zip(experiment.readout, setting.bases, strict=True)
    return tuple(sorted((wire, letter) for wire, letter in placed if letter != "Z"))


def _draft(book: TemplateBook, turn: Turn) -> Piece:
    """Gates that take a letter's eigenstates to levels: H for X, H S^dag for Y."""
    circuit = QuantumCircuit(len(book.qubits))
    for wire, letter in turn:
        if letter == "Y":
            circuit.sdg(wire)
        circuit.h(wire)
    return book.piece(f"read {turn}", lambda: ((circuit,), ()))


def _in_settings(
    experiment: Experiment, settings: Sequence[Setting], pieces: Mapping[Turn, tuple[Piece, ...]]
) -> list[Experiment]:
    if experiment.role is ExperimentRole.CALIBRATION:
        return [experiment]
    return [
        replace(
            experiment,
            setting=setting,
            closing=experiment.closing + pieces.get(_turn(experiment, setting), ()),
        )
        for setting in settings
    ]
