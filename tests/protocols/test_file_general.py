"""Protocol files of sites, modes, resets and drives: what they mean, and every mistake at once."""

import math

import numpy as np
import pytest

from qbcircuit import protocols
from qbcircuit.battery import Battery, Role, Site
from qbcircuit.charging import ChargingProtocol, Evolve, Reset
from qbcircuit.errors import InvalidRequest
from qbcircuit.reference import simulate
from qbcircuit.starts import BasisStart, GroundStart, MixedStart, ProductStart, PureStart
from qbcircuit.terms import Term

CAVITY = """
[battery]
start = [0, 0, 2]
[[battery.sites]]
role = "cell"
levels = [0.0, 0.4, 1.0]
copies = 2
[[battery.sites]]
role = "mode"
quanta = 3
frequency = 0.5
[[battery.interactions]]
cells = [0, 1]
operators = "|1><0||0><1|"
strength = [0.1, 0.2]
[charging]
include_internal = true
[[charging.terms]]
cells = [0, 2]
operators = "|2><0|a"
strength = 0.3
[[charging.terms]]
cells = [1, 2]
operators = ["|2><0|", "a"]
strength = 0.3
"""

COLLISIONS = """
[battery]
start = {populations = [[0.25, 0.75], [1, 0]]}
[[battery.sites]]
[[battery.sites]]
role = "ancilla"
[charging]
[[charging.steps]]
reset = [1]
amplitudes = [0.6, [0.0, 0.8]]
[[charging.steps]]
duration = 1.0
terms = [{cells = [0, 1], operators = "+-", strength = 0.7}]
[[charging.steps]]
reset = [1]
populations = [0.4, 0.6]
probability = 0.5
"""

DRIVEN = """
[battery]
cells = 2
[charging]
duration = 3.0
error = 1e-4
judged = "end"
[[charging.terms]]
cells = [0]
operators = "Z"
strength = 0.4
[[charging.drives]]
shape = "sin2"
[[charging.drives.terms]]
cells = [0, 1]
operators = "++"
[[charging.drives]]
values = [0.0, 1.0, 0.0]
[[charging.drives.terms]]
cells = [1]
operators = "X"
strength = 0.5
"""


def lines_of(text):
    """The mistakes of a file, one line each, without the heading."""
    with pytest.raises(InvalidRequest) as caught:
        protocols.parse(text, "my.toml")
    return str(caught.value).split("\n  ")[1:]


def test_cells_of_levels_beside_a_mode_that_interact():
    cell = Site(levels=(0.0, 0.4, 1.0))
    mode = Site(levels=(0.0, 0.5, 1.0, 1.5), role=Role.MODE)
    expected = ChargingProtocol.constant(
        Battery(
            sites=(cell, cell, mode),
            start=BasisStart(levels=(0, 0, 2)),
            interactions=(Term(("|1><0|", "|0><1|"), (0, 1), 0.1 + 0.2j),),
        ),
        [Term(("|2><0|", "a"), (0, 2), 0.3), Term(("|2><0|", "a"), (1, 2), 0.3)],
        include_internal=True,
    )
    assert protocols.parse(CAVITY).protocol == expected


def test_steps_that_are_resets():
    protocol = protocols.parse(COLLISIONS).protocol
    assert protocol.battery.sites == (Site(), Site(levels=(0.0, 0.0), role=Role.ANCILLA))
    assert protocol.battery.start == MixedStart(populations=((0.25, 0.75), (1.0, 0.0)))
    assert protocol.schedule == (
        Reset(sites=(1,), amplitudes=(0.6, 0.8j)),
        Evolve(terms=(Term("+-", (0, 1), 0.7),), duration=1.0),
        Reset(sites=(1,), populations=(0.4, 0.6), probability=0.5),
    )


def test_drives_by_shape_and_by_values():
    protocol = protocols.parse(DRIVEN).protocol
    expected = protocols.driven(
        Battery.qubits(2),
        [
            protocols.Drive(
                terms=(Term("++", (0, 1)),), amplitude=lambda t: math.sin(math.pi * t / 3) ** 2
            ),
            protocols.Drive(
                terms=(Term("X", (1,), 0.5),), amplitude=lambda t: 1 - abs(t - 1.5) / 1.5
            ),
            protocols.Drive(terms=(Term("Z", (0,), 0.4),)),
        ],
        duration=3.0,
        slicing=protocols.Slicing(error=1e-4, judged="end"),
    )
    assert len(protocol.schedule) == 2 * expected.n_slices
    assert protocol.notes == expected.protocol.notes
    times = np.linspace(0, 3, 7)
    np.testing.assert_allclose(
        simulate(protocol, times).work, simulate(expected.protocol, times).work, atol=1e-12
    )
    (four,) = protocols.parse(DRIVEN.replace("error = 1e-4", "slices = 2")).protocol.notes
    assert four.startswith("The drive is sampled in 2 slices; W is within ")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ('"ground-state"', GroundStart()),
        ("[2, 1]", BasisStart(levels=(2, 1))),
        ('"12"', BasisStart(levels=(2, 1))),
        ("{amplitudes = [[1, 0, [0, 1]], [0, 1, 0]]}",
         ProductStart(amplitudes=((1, 0, 1j), (0, 1, 0)))),
        ("{populations = [[0.5, 0.5, 0], [1, 0, 0]]}",
         MixedStart(populations=((0.5, 0.5, 0.0), (1.0, 0.0, 0.0)))),
        ("{state = [0, 0, 0, 0, [0.6, 0], 0, 0, [0, 0.8], 0]}",
         PureStart(amplitudes=(0, 0, 0, 0, 0.6, 0, 0, 0.8j, 0))),
    ],
)  # fmt: skip
def test_every_start_can_be_written(start, expected):
    text = (
        f"[battery]\ncells = 2\nlevels = [0, 1, 2]\nstart = {start}\n[charging]\n"
        '[[charging.terms]]\ncells = [1]\noperators = "|2><0|"\n'
    )
    assert protocols.parse(text).protocol.battery.start == expected


def test_all_mistakes_at_once_each_with_its_place():
    text = """
[battery]
cells = 2
start = {populations = [[0.5, "x"]], thermal = 1}
[[battery.sites]]
role = "cel"
[[battery.sites]]
role = "mode"
[[battery.sites]]
levels = [0.0]
[[battery.sites]]
role = "mode"
quanta = 0
levels = [0, 1]
[[battery.sites]]
frequency = 1.0
copies = 0
[[battery.interactions]]
cells = [0]
operators = ["Q"]
[charging]
slices = 3
[[charging.steps]]
reset = [0]
duration = 1.0
amplitudes = "x"
[[charging.steps]]
probability = 0.5
terms = []
[[charging.steps]]
reset = [0]
populations = [0.5, 0.6]
[[charging.steps]]
reset = [0]
probability = 2.0
"""
    assert sorted(lines_of(text)) == [
        "battery.cells: is written in [[battery.sites]] where that is given. Drop it.",
        "battery.interactions[0].operators: unknown operator 'Q'. Use X, Y, Z, + or -; a, c, n or "
        "|2><0|.",
        "battery.sites[0].role: unknown role 'cel'. Closest: cell.",
        "battery.sites[1].quanta: missing. Add quanta = 10 (the most that are kept), or levels.",
        "battery.sites[2].levels: must be two numbers or more, got [0.0]. Write [0.0, 1.0].",
        "battery.sites[3].quanta: must be a whole number in 1..10000, got 0.",
        "battery.sites[3].quanta: stands instead of levels. Drop one of them.",
        "battery.sites[4].copies: must be a whole number in 1..100000, got 0.",
        "battery.sites[4].frequency: is that of a mode with quanta. Add quanta = 10, or drop it.",
        "battery.start: needs one of thermal, populations, amplitudes, state, got 2.",
        "charging.slices: belongs to [[charging.drives]], and there are none. Drop it.",
        "charging.steps[0].amplitudes: must be a list of numbers or [re, im] pairs, got 'x'.",
        "charging.steps[0].duration: belongs to a step of its own: a reset takes no time. Move it "
        "there.",
        "charging.steps[1].probability: belongs to a step with reset = [...]. Add that, or drop "
        "it.",
        "charging.steps[2].reset: Populations of a fresh site must be 0 or more and add up to 1, "
        "got [0.5, 0.6].",
        "charging.steps[3].reset: A reset happens with a probability above 0 and up to 1, got 2.0.",
    ]


def with_start(start):
    return (
        f"[battery]\ncells = 1\nstart = {start}\n[charging]\n"
        '[[charging.terms]]\ncells = [0]\noperators = "X"\n'
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (with_start("{populations = [[0.5, 0.5]], thermal = 1}"),
         "battery.start: needs one of thermal, populations, amplitudes, state, got 2."),
        (with_start("{}"),
         "battery.start: needs one of thermal, populations, amplitudes, state, got 0."),
        (with_start("{populations = 3}"),
         "battery.start.populations: must be a list of rows, one a site, got a whole number."),
        (with_start("{populations = [[[1, 2], 0]]}"),
         "battery.start.populations: must be real numbers."),
        (with_start("{amplitudes = [[1, 0, 0]]}"),
         "battery.start: The start gives [3] levels to the sites, which have [2]."),
        (with_start("{state = []}"),
         "battery.start.state: must be a list of numbers or [re, im] pairs, got []."),
        (with_start("[3]"), "battery.start: Site 0 has levels 0..1 but starts in level 3."),
        (CAVITY.replace("cells = [0, 1]", "cells = [0, 2]").replace("|0><1|", "a"),
         "battery.interactions: Internal term '|1><0|a' acts on a site that is no cell."),
        (CAVITY.replace('role = "cell"', 'role = "charger"').split("[[battery.interactions")[0]
         + '[charging]\n[[charging.terms]]\ncells = [2]\noperators = "n"',
         "battery.sites: A battery needs at least 1 cell, got 0."),
        (COLLISIONS.replace("reset = [1]\npop", "reset = [1, 1, 7]\npop"),
         "charging.steps[2].reset: cell 1 is named 2 times. Name it once."),
        (COLLISIONS.replace("[0.6, [0.0, 0.8]]", "[1, 0, 0]"),
         "charging: A reset gives 3 levels to site 1, which has 2."),
        (DRIVEN.replace("duration = 3.0", ""), "charging.duration: missing. Add duration = 1.0."),
        (DRIVEN.replace("sin2", "sin3"), "charging.drives[0].shape: unknown shape 'sin3'. Closest"),
        (DRIVEN.replace("values", 'shape = "linear"\nvalues'),
         "charging.drives[1].shape: stands instead of values. Drop one of them."),
        (DRIVEN.replace("[0.0, 1.0, 0.0]", "[1.0]"),
         "charging.drives[1].values: must be 2 numbers or more, got 1."),
        (DRIVEN.replace("[0.0, 1.0, 0.0]", "[1.0, nan]"),
         "charging.drives[1].values: must be a list of numbers, got [1.0, nan]. Write values = "),
        (DRIVEN.replace("error = 1e-4", "error = -1"),
         "charging.error: must be a positive number, got -1.0."),
        (DRIVEN.replace("error = 1e-4", "slices = 0"),
         "charging.slices: must be a whole number in 1..4096, got 0."),
        (DRIVEN.replace('judged = "end"', 'judged = "ends"'),
         "charging.judged: unknown judged 'ends'. Closest: end."),
        (DRIVEN.replace("error", "shift = 1.0\nerror"),
         "charging.shift: cannot stand beside charging.drives. Drop it."),
        (DRIVEN + "[[charging.steps]]\nterms = []",
         "charging.steps: cannot stand beside charging.drives. Write one or the other."),
        ("[battery]\ncells = 1\n[charging]\nduration = 1\ndrives = []",
         "charging.drives: needs at least one drive. Add [[charging.drives]]."),
        (DRIVEN.replace('operators = "++"', 'operators = "+"'),
         "charging.drives[0].terms[0].operators: 1 letters for 2 cells. Give one letter a cell."),
        ("[battery]\nsites = []\n[charging]\nterms = []",
         "battery.sites: needs at least one site. Add [[battery.sites]]."),
    ],
)  # fmt: skip
def test_single_mistakes(text, line):
    found = lines_of(text)
    assert any(one.startswith(line) for one in found), found
