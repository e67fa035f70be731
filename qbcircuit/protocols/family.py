"""What a charging family is: its texts, its options, and how it is built by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qbcircuit.battery import Battery
from qbcircuit.charging import ChargingProtocol
from qbcircuit.errors import InvalidRequest, unknown_name

Value = float | int | str


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """An option of one family.

    Args:
        name: as it is written on the command line, ``--set name=value``.
        default: its value where none is given; its type is what is asked for.
        help: one line, with the unit.
        choices: the values it may have; any where empty.
    """

    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()

    def checked(self, value: Value) -> Value:
        """The value in the type of the default, from a text or a number.

        Raises:
            InvalidRequest: no such number or choice.
        """
        if isinstance(self.default, str):
            if self.choices and value not in self.choices:
                raise unknown_name(self.name, str(value), self.choices)
            return str(value)
        whole = isinstance(self.default, int)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or (whole and number != int(number)):
            need = "a whole number" if whole else "a finite number"
            raise InvalidRequest(
                f"{self.name} must be {need}, got {value}. Use --set {self.name}={self.default}."
            )
        return int(number) if whole else number


STRENGTH = Parameter(name="strength", default=1.0, help="of all terms but the field, an energy")
"""The option that every family has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A charging family as a reader meets it.

    Args:
        name: its name on the command line.
        summary: one sentence.
        hamiltonian: the charger as plain text, without the optional field.
        order: k in words.
        participation: m in words.
        bound: what is known of its advantage, as plain text.
        reference: where it comes from.
        constructor: called as ``constructor(battery, **options)``.
        takes_order: whether k is chosen by the user.
        takes_stride: whether windows may be spaced.
        takes_field: whether a uniform field may be added.
        fixed_order: k for N cells where the family fixes it; unused otherwise.
        parameters: options of its own.
    """

    name: str
    summary: str
    hamiltonian: str
    order: str
    participation: str
    bound: str
    reference: str
    constructor: Callable[..., ChargingProtocol]
    takes_order: bool = False
    takes_stride: bool = False
    takes_field: bool = True
    fixed_order: Callable[[int], int] | None = int
    parameters: tuple[Parameter, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options it takes besides the battery."""
        chosen = (
            ("order", self.takes_order),
            ("stride", self.takes_stride),
            ("field", self.takes_field),
        )
        own = (one.name for one in self.parameters)
        return (*(name for name, taken in chosen if taken), "strength", *own)

    def build(
        self,
        battery: Battery,
        *,
        order: int | None = None,
        stride: int | None = None,
        field: float = 0.0,
        strength: float = 1.0,
        parameters: Mapping[str, Value] | None = None,
    ) -> ChargingProtocol:
        """The family's protocol for a battery.

        Args:
            battery: what is charged.
            order: k; needed where the family takes it, else ``None`` or the family's own k.
            stride: spacing of windows, where the family takes it.
            field: h of an added h * sum_j Z_j.
            strength: an energy, not 0.
            parameters: the family's own options by name, as values or texts; ``strength`` too.

        Raises:
            InvalidRequest: a missing, unfitting or out-of-range option.
        """
        given = dict(parameters or {})
        strength = float(STRENGTH.checked(given.pop(STRENGTH.name, strength)))
        options: dict[str, Any] = {"strength": strength, **self._own(given)}
        n = battery.n_cells
        if self.takes_field:
            options["field"] = field
        elif field:
            raise InvalidRequest(f"{self.name} takes no field, got {field:g}. Leave --field out.")
        if self.takes_order:
            if order is None:
                raise InvalidRequest(f"{self.name} needs an interaction order. Use -k 1..{n}.")
            options["order"] = order
        elif order is not None and (self.fixed_order is None or order != self.fixed_order(n)):
            own = "of its own" if self.fixed_order is None else f"k={self.fixed_order(n)}"
            raise InvalidRequest(
                f"{self.name} has order {own} for N={n}, got -k {order}. Leave -k out."
            )
        if stride is not None:
            if not self.takes_stride and stride != 1:
                raise InvalidRequest(
                    f"{self.name} takes no stride, got {stride}. Leave the stride out."
                )
            if self.takes_stride:
                options["stride"] = stride
        return self.constructor(battery, **options)

    def _own(self, given: Mapping[str, Value]) -> dict[str, Value]:
        known = {one.name: one for one in self.parameters}
        for name in given:
            if name not in known:
                if not known:
                    raise InvalidRequest(
                        f"{self.name} has no options of its own, got --set {name}. Leave it out."
                    )
                raise unknown_name("option", name, known, see=f"qbcircuit protocols {self.name}")
        return {
            name.replace("-", "_"): one.checked(given.get(name, one.default))
            for name, one in known.items()
        }
