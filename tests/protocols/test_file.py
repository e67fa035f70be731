"""Protocol files: what a file says, every mistake at once, and the round trip."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from qbcircuit import protocols
from qbcircuit.battery import BasisStart, Battery, ThermalStart
from qbcircuit.charging import ChargingProtocol, Evolve
from qbcircuit.errors import InvalidRequest
from qbcircuit.terms import Term

EXAMPLE = """
[battery]
cells = 6
levels = [0.0, 1.0]
start = "ground"
[charging]
include_internal = false
constraint = "C0"
duration = 2.0
[[charging.terms]]
cells = [0, 1, 2]
operators = "XXX"
strength = 1.0
[[charging.terms]]
cells = [5, 3]
operators = "+Z"
strength = [0.5, -0.25]
"""

STEPS = """
[battery]
cells = 2
levels = [0.5, 2]
start = "01"
[charging]
include_internal = true
[[charging.steps]]
duration = 1.5
terms = [{cells = [0], operators = "X"}]
[[charging.steps]]
shift = 0.25
terms = [{cells = [1, 0], operators = "ZY", strength = -2}]
"""


def lines_of(text):
    """The mistakes of a file, one line each, without the heading."""
    with pytest.raises(InvalidRequest) as caught:
        protocols.parse(text, "my.toml")
    heading, *lines = str(caught.value).split("\n  ")
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    assert heading == f"my.toml has {count}:"
    return lines


def charging(term, battery="cells = 4"):
    return f"[battery]\n{battery}\n[charging]\n[[charging.terms]]\n{term}\n"


def test_the_example_means_what_it_says():
    read = protocols.parse(EXAMPLE, "folder/mine.toml")
    terms = (Term("XXX", (0, 1, 2)), Term("+Z", (5, 3), 0.5 - 0.25j))
    assert read.protocol == ChargingProtocol.constant(Battery.qubits(6), terms, duration=2.0)
    assert (read.constraint, read.source) == ("C0", "folder/mine.toml")
    assert read.protocol.name == "mine"


def test_steps_one_after_the_other():
    protocol = protocols.parse(STEPS).protocol
    first = Evolve(terms=(Term("X", (0,)),), duration=1.5)
    second = Evolve(terms=(Term("ZY", (1, 0), -2.0),), shift=0.25)
    assert protocol.schedule == (first, second)
    assert protocol.include_internal
    assert protocol.battery.start == BasisStart(levels=(1, 0))
    assert protocol.battery.sites[0].levels == (0.5, 2.0)


def test_defaults():
    read = protocols.parse(charging('cells = [0]\noperators = "Y"'))
    assert read.constraint is None
    assert read.protocol.duration == math.inf
    assert read.protocol.evolutions[0].terms == (Term("Y", (0,)),)


def test_thermal_start_is_an_inverse_temperature():
    text = charging('cells = [0]\noperators = "X"', "cells = 2\nstart = {thermal = 0.5}")
    assert protocols.parse(text).protocol.battery.start == ThermalStart(beta=0.5)


def test_all_mistakes_at_once_each_with_its_place():
    text = """
[battery]
cels = 6
cells = 6
start = "01001x"
[charging]
include_internal = 1
constraint = "C5"
duration = -2.0
[[charging.terms]]
cells = [0, 1, 7]
operators = "XxQ"
strength = nan
[[charging.terms]]
cells = [0, 1, 1]
operators = "XI"
strenth = 1
[[charging.terms]]
cells = [0, 1]
operators = "XX"
strength = [1.0, 2.0]
[extra]
"""
    assert sorted(lines_of(text)) == [
        "battery.cels: unknown key. Closest: cells.",
        'battery.start: A start is "ground", a thermal start or a bit string of 0 and 1, got '
        '"01001x".',
        "charging.constraint: unknown constraint 'C5'. Known: C0, C1, C2, none.",
        "charging.duration: must be a positive number, got -2.0.",
        "charging.include_internal: must be true or false, got 1.",
        "charging.terms[0].cells: there is no cell 7. Cells are 0..5.",
        "charging.terms[0].operators: unknown operator 'Q'. Use X, Y, Z, + or -; a, c, n or "
        "|2><0|.",
        "charging.terms[0].operators: unknown operator 'x'. Closest: X.",
        "charging.terms[0].strength: must be a finite number or [re, im], got nan.",
        "charging.terms[1].cells: cell 1 is named 2 times. Name it once.",
        "charging.terms[1].operators: 2 letters for 3 cells. Give one letter a cell.",
        "charging.terms[1].operators: identity letters are not needed. Drop I and its cell.",
        "charging.terms[1].strenth: unknown key. Closest: strength.",
        "charging.terms[2].strength: the product is Hermitian, so its strength must be real, got "
        "(1+2j). Use a real strength, or + and - letters.",
        "extra: unknown key. Known: battery, charging.",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "battery: missing. Add [battery] with cells = 6."),
        ("battery = 3", "battery: must be a table, got a whole number. Write [battery]."),
        (charging('operators = "X"'), "charging.terms[0].cells: missing. Add cells = [0, 1]."),
        (charging("cells = [0]"), 'charging.terms[0].operators: missing. Add operators = "XX".'),
        (charging('cells = [-1]\noperators = "X"'),
         "charging.terms[0].cells: there is no cell -1. Cells are 0..3."),
        (charging('cells = []\noperators = ""'),
         "charging.terms[0].cells: a term needs at least one cell. Leave the term out."),
        (charging('cells = [0.5]\noperators = "X"'),
         "charging.terms[0].cells: must be a list of whole numbers, got [0.5]. "
         "Write cells = [0, 1]."),
        (charging("cells = [0]\noperators = 3"),
         'charging.terms[0].operators: must be text, got 3. Write operators = "XX".'),
        (charging('cells = [0]\noperators = "X"\nstrength = true'),
         "charging.terms[0].strength: must be a finite number or [re, im], got True."),
        (charging(f'cells = [0]\noperators = "X"\nstrength = 1{"0" * 400}')[:-1],
         "charging.terms[0].strength: must be a finite number or [re, im], got 1"),
        (charging('cells = [0]\noperators = "X"', "cells = 0"),
         "battery.cells: must be a whole number in 1..100000, got 0."),
        (charging('cells = [0]\noperators = "X"', "start = 'ground'"),
         "battery.cells: missing. Add cells = 6."),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nlevels = [1, 0]"),
         "battery.levels: Levels must not decrease, got [1.0, 0.0]. Sort them."),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nlevels = [0]"),
         "battery.levels: must be two numbers or more, got [0]. Write [0.0, 1.0]."),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nlevels = [0, 1, 2]"),
         "charging.terms[0].operators: has 'X' on site 0, which has 3 levels. Use a, c, n or a"),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nstart = '010'"),
         'battery.start: The start "010" has 3 letters but the battery has 2 cells.'),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nstart = 5"),
         "battery.start: must be \"ground\", a bit string or {thermal = 0.5}, or one of the other "
         "forms, got a whole number."),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nstart = {thermal = -1}"),
         "battery.start: An inverse temperature must be finite and not negative, got -1.0."),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nstart = {thermal = 'x'}"),
         "battery.start.thermal: must be a number, got 'x'."),
        (charging('cells = [0]\noperators = "X"', "cells = 2\nstart = {beta = 1}"),
         "battery.start.beta: unknown key. Known: amplitudes, populations, state, thermal."),
        ("[battery]\ncells = 2\n[charging]\nterms = []",
         "charging.terms: needs at least one term. Add [[charging.terms]]."),
        ("[battery]\ncells = 2\n[charging]\nsteps = []",
         "charging.steps: needs at least one step. Add [[charging.steps]]."),
        ("[battery]\ncells = 2\n[charging]\nshift = 'a'\nterms = [1]",
         "charging.shift: must be a finite number, got 'a'."),
        ("[battery]\ncells = 2\n[charging]\nterms = [1]",
         "charging.terms[0]: must be a table, got a whole number."),
        ("[battery]\ncells = 2\n[charging]\n[charging.terms]",
         "charging.terms: must be a list of tables, got a table. Write [[charging.terms]]."),
        ("[battery]\ncells = 2\n[charging]\n[[charging.steps]]\nduration = 1",
         "charging.steps[0].terms: missing. Add [[charging.steps.terms]]."),
        ("[battery]\ncells = 2\n[charging]\n[[charging.steps]]\nterms = []",
         "charging.steps: need at least one term. Add [[charging.steps.terms]]."),
        (STEPS.replace("duration = 1.5", ""),
         "charging.steps[0].duration: missing. Add duration = 1.0."),
        (STEPS.replace("1.5", "inf"),
         "charging.steps[0].duration: must be a positive number, got inf."),
        (STEPS.replace("include_internal", "duration = 3.0\ninclude_internal"),
         "charging.duration: belongs to a step where charging.steps is given. Move it there."),
    ],
)  # fmt: skip
def test_single_mistakes(text, line):
    assert any(one.startswith(line) for one in lines_of(text))


def test_text_that_is_not_toml_is_one_sentence_with_its_place():
    with pytest.raises(
        InvalidRequest,
        match=r"^my\.toml is not valid TOML at line 2, column 8: expected .*declaration\.$",
    ):
        protocols.parse("\n[charge", "my.toml")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InvalidRequest, match=r"^There is no protocol file .*nowhere\.toml"):
        protocols.load(tmp_path / "nowhere.toml")
    with pytest.raises(InvalidRequest, match="is a folder, not a protocol file"):
        protocols.load(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes("# é".encode("latin-1"))
    with pytest.raises(InvalidRequest, match=r"is not UTF-8 text \(byte 2\)"):
        protocols.load(latin)


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(EXAMPLE, encoding="utf-8-sig")
    assert protocols.load(path).protocol == protocols.parse(EXAMPLE).protocol


def test_the_files_of_the_readme_can_be_read():
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    plain, general = (
        protocols.parse(block).protocol
        for block in re.findall(r"```toml\n(.+?)\n```", text, flags=re.DOTALL)
    )
    assert plain.battery == Battery.qubits(6)
    assert general.battery.dimensions == (3, 3, 4)
    assert len(general.notes) == 1
