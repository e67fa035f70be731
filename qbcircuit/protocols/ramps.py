"""Chargers that change in time: shaped pulses, adiabatic ramps and what makes them fast."""

from __future__ import annotations

import math
from collections.abc import Callable

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import unknown_name
from qbcircuit.protocols.checks import check_order, check_strengths, check_two_levels
from qbcircuit.protocols.drives import JUDGED, SHAPES, Drive, Slicing, check_duration, driven
from qbcircuit.protocols.family import Family, Parameter
from qbcircuit.terms import Term

_BERRY = "Berry, J. Phys. A 42, 365303 (2009)"

_SWEEPS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "linear": (lambda x: x, lambda x: 1.0),
    "smooth": (
        lambda x: math.sin(math.pi * x / 2) ** 2,
        lambda x: math.pi / 2 * math.sin(math.pi * x),
    ),
}
"""theta/pi as a function of x = t/T, and its derivative."""


def pulsed_blocks(
    battery: Battery,
    *,
    order: int = 1,
    shape: str = "sin2",
    duration: float = math.pi,
    slices: int = 0,
    error: float = 1e-3,
    judged: str = "always",
    strength: float = 1.0,
) -> ChargingProtocol:
    """Disjoint blocks flipped by a shaped pulse: H(t) = strength f(t/T) sum_b X^(x k).

    W(t) = N Delta sin^2(strength integral_0^t f) from the ground state; the slices' ends are
    exact, as H commutes with itself. Order k, m = 1; costs are time averages, so constraints
    leave it the advantage of ``blocks``.

    Args:
        battery: N cells of two levels.
        order: k, the number of cells in a block, 1..N.
        shape: f by name, one of :data:`qbcircuit.protocols.drives.SHAPES`.
        duration: T.
        slices: how many; chosen where 0.
        error: largest estimated error of W over the capacity, where slices are chosen.
        judged: ``"always"`` or ``"end"``: when; see :class:`qbcircuit.protocols.Slicing`.
        strength: an energy, not 0.

    Raises:
        InvalidRequest: an unknown shape, cells of more levels, or numbers out of range.

    Reference: Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991 (H(t) of Theorem 1).
    """
    check_strengths(strength, 0.0)
    groups = _blocks(battery, order, "pulsed-blocks")
    drive = Drive(terms=tuple(Term("X" * len(b), b, strength) for b in groups), amplitude=shape)
    slicing = Slicing(slices=slices or None, error=error, judged=judged)
    return driven(
        battery, [drive], duration=duration, slicing=slicing, name="pulsed-blocks"
    ).protocol


def adiabatic_ramp(
    battery: Battery,
    *,
    order: int = 1,
    sweep: str = "linear",
    duration: float = 20.0,
    slices: int = 0,
    error: float = 1e-3,
    judged: str = "always",
    strength: float = 1.0,
) -> ChargingProtocol:
    """Blocks carried over by a field that turns round.

    H(t) = -B sum_b [cos(theta) Z_b + sin(theta) X_b], X_b = |1^k><0^k| + h.c. and
    Z_b = (1/k) sum_(j in b) Z_j; theta runs from 0 to pi in the time T, so that the lowest state
    of a block goes from |0^k> to |1^k>. Linearly, with omega = pi/T and Omega^2 = B^2 +
    omega^2/4, a block's charge is [1 - cos(omega t)(1 - 2 s) - sin(omega t) q]/2,
    s = (omega/2 Omega)^2 sin^2(Omega t), q = (omega/2 Omega) sin(2 Omega t). Order k, m = 1;
    |H| is B a block at all times, so C0 leaves B = N/ceil(N/k).

    Args:
        battery: N cells of two levels.
        order: k, the number of cells in a block, 1..N.
        sweep: ``"linear"``: theta = pi t/T; ``"smooth"``: theta = pi sin^2(pi t/(2 T)).
        duration: T; much longer than 1/B is adiabatic.
        slices: how many; chosen where 0.
        error: largest estimated error of W over the capacity, where slices are chosen.
        judged: ``"always"`` or ``"end"``: when; see :class:`qbcircuit.protocols.Slicing`.
        strength: B, an energy, not 0.

    Raises:
        InvalidRequest: an unknown sweep, cells of more levels, or numbers out of range.

    Reference: Santos et al., PRE 100, 032107 (2019) (adiabatic batteries).
    """
    check_strengths(strength, 0.0)
    groups = _blocks(battery, order, "adiabatic-ramp")
    drives = _turning(groups, sweep, duration, strength)
    slicing = Slicing(slices=slices or None, error=error, judged=judged)
    return driven(
        battery, drives, duration=duration, slicing=slicing, name="adiabatic-ramp"
    ).protocol


def counter_diabatic(
    battery: Battery,
    *,
    order: int = 1,
    sweep: str = "linear",
    duration: float = math.pi,
    slices: int = 0,
    error: float = 1e-3,
    judged: str = "always",
    strength: float = 1.0,
) -> ChargingProtocol:
    """The ramp of :func:`adiabatic_ramp` and what keeps it in its lowest state at any speed.

    H(t) = -B sum_b [cos(theta) Z_b + sin(theta) X_b] + (theta'/2) sum_b Y_b with
    Y_b = i |1^k><0^k| + h.c.; then W(t) = N Delta sin^2(theta(t)/2) exactly. Order k, m = 1;
    |H| is sqrt(B^2 + theta'^2/4) a block, which is what C0 averages, and C1 sees theta'/2 alone.

    Args:
        battery: N cells of two levels.
        order: k, the number of cells in a block, 1..N.
        sweep: ``"linear"``: theta = pi t/T; ``"smooth"``: theta = pi sin^2(pi t/(2 T)).
        duration: T.
        slices: how many; chosen where 0.
        error: largest estimated error of W over the capacity, where slices are chosen.
        judged: ``"always"`` or ``"end"``: when; see :class:`qbcircuit.protocols.Slicing`.
        strength: B, an energy, not 0.

    Raises:
        InvalidRequest: an unknown sweep, cells of more levels, or numbers out of range.

    Reference: Berry, J. Phys. A 42, 365303 (2009); Demirplak and Rice, J. Phys. Chem. A 107,
    9937 (2003).
    """
    check_strengths(strength, 0.0)
    groups = _blocks(battery, order, "counter-diabatic")
    drives = _turning(groups, sweep, duration, strength)
    _, rate = _SWEEPS[sweep]
    turns = tuple(Term("+" * len(b), b, 0.5j * math.pi / duration) for b in groups)
    drives.append(Drive(terms=turns, amplitude=lambda time: rate(time / duration)))
    slicing = Slicing(slices=slices or None, error=error, judged=judged)
    return driven(
        battery, drives, duration=duration, slicing=slicing, name="counter-diabatic"
    ).protocol


def _turning(
    groups: list[tuple[int, ...]], sweep: str, duration: float, strength: float
) -> list[Drive]:
    if sweep not in _SWEEPS:
        raise unknown_name("sweep", sweep, _SWEEPS)
    check_duration(duration)
    angle, _ = _SWEEPS[sweep]
    fields = tuple(Term("Z", (j,), -strength / len(b)) for b in groups for j in b)
    moves = tuple(Term("+" * len(b), b, -strength) for b in groups)
    return [
        Drive(terms=fields, amplitude=lambda time: math.cos(math.pi * angle(time / duration))),
        Drive(terms=moves, amplitude=lambda time: math.sin(math.pi * angle(time / duration))),
    ]


def _blocks(battery: Battery, order: int, name: str) -> list[tuple[int, ...]]:
    check_two_levels(name, battery, "Write others as a protocol file.")
    cells = battery.cells
    k = check_order(order, len(cells))
    return [cells[first : first + k] for first in range(0, len(cells), k)]


_SLICES = (
    Parameter(name="slices", default=0, help="steps the drive is cut into; chosen where 0"),
    Parameter(name="error", default=1e-3, help="of W over the capacity, where slices are chosen"),
    Parameter(name="judged", default="always", help="when the error counts", choices=JUDGED),
)
_SWEEP = Parameter(
    name="sweep", default="linear", help="how the angle runs from 0 to pi", choices=tuple(_SWEEPS)
)

FAMILIES = (
    Family(
        name="pulsed-blocks",
        summary="Disjoint blocks flipped by a pulse of a given shape.",
        hamiltonian="f(t/T) sum_b X^(x k)",
        order="k",
        participation="1",
        bound="as blocks: costs are time averages, so the shape does not matter",
        reference="Campaioli et al., PRL 118, 150601 (2017), arXiv:1612.04991",
        constructor=pulsed_blocks,
        takes_order=True,
        takes_field=False,
        parameters=(
            Parameter(name="shape", default="sin2", help="f(t/T)", choices=tuple(SHAPES)),
            Parameter(name="duration", default=math.pi, help="T, a time"),
            *_SLICES,
        ),
    ),
    Family(
        name="adiabatic-ramp",
        summary="Blocks carried from empty to full by a field that turns round slowly.",
        hamiltonian="-B sum_b [cos(theta) Z_b + sin(theta) (|1^k><0^k| + h.c.)], theta = 0 ... pi",
        order="k",
        participation="1",
        bound="Γ_C0 < gamma k; slow by nature: Γ falls with the duration",
        reference="Santos et al., PRE 100, 032107 (2019)",
        constructor=adiabatic_ramp,
        takes_order=True,
        takes_field=False,
        parameters=(_SWEEP, Parameter(name="duration", default=20.0, help="T, a time"), *_SLICES),
    ),
    Family(
        name="counter-diabatic",
        summary="The adiabatic ramp at any speed: a second field keeps the blocks in their lowest "
        "state.",
        hamiltonian="adiabatic-ramp + (theta'/2) sum_b (i |1^k><0^k| + h.c.)",
        order="k",
        participation="1",
        bound="Γ_C0 < gamma k; the speed is paid for by the second field",
        reference=_BERRY,
        constructor=counter_diabatic,
        takes_order=True,
        takes_field=False,
        parameters=(
            _SWEEP,
            Parameter(name="duration", default=math.pi, help="T, a time"),
            *_SLICES,
        ),
    ),
)
