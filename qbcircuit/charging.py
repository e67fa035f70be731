"""Charging protocols: which Hamiltonian acts on the battery, and for how long."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from qbcircuit import hypergraph
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import Interaction
from qbcircuit.starts import check_populations, normalised
from qbcircuit.terms import Term

RESET_SLACK = 1e-12
"""Fraction of a time by which it may come too early for a reset and still count as after it:
sums of durations round."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evolve:
    """Evolution under a constant sum of terms.

    Args:
        terms: the user's terms V; the internal Hamiltonian is not among them.
        duration: how long; infinite for a protocol whose curve may be asked for at any time.
        shift: a multiple of the identity added to V. It changes no state, only the raw norm.
    """

    terms: tuple[Term, ...]
    duration: float = math.inf
    shift: float = 0.0

    def __post_init__(self) -> None:
        if math.isnan(self.duration) or self.duration <= 0:
            raise InvalidRequest(f"A duration must be positive, got {self.duration}.")
        if not math.isfinite(self.shift):
            raise InvalidRequest(f"An identity shift must be finite, got {self.shift}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reset:
    """Sites replaced by fresh ones (a collision with a new ancilla); takes no time.

    rho -> (1 - p) rho + p (fresh x tr_site rho), site by site.

    Args:
        sites: which.
        amplitudes: pure state of a fresh site by level; level 0 where neither is given.
        populations: mixture of levels of a fresh site, instead of amplitudes.
        probability: p, with which a site is replaced at all.
    """

    sites: tuple[int, ...]
    amplitudes: tuple[complex, ...] = ()
    populations: tuple[float, ...] = ()
    probability: float = 1.0

    def __post_init__(self) -> None:
        if self.amplitudes:
            object.__setattr__(self, "amplitudes", normalised(self.amplitudes, "a fresh site"))
        if self.populations:
            check_populations(self.populations, "a fresh site")
        if self.amplitudes and self.populations:
            raise InvalidRequest("A fresh site has amplitudes or populations, got both. Give one.")
        if not 0 < self.probability <= 1:
            raise InvalidRequest(
                f"A reset happens with a probability above 0 and up to 1, got {self.probability}."
            )

    @property
    def is_plain(self) -> bool:
        """Whether it surely leaves level 0."""
        return not self.amplitudes and not self.populations and self.probability == 1.0


Step = Evolve | Reset


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargingProtocol:
    """A battery and the schedule that charges it.

    With ``include_internal`` off (the letter's convention) the schedule's terms are the whole
    generator; with it on, the battery's internal Hamiltonian is added at every time.

    Args:
        battery: what is charged.
        schedule: steps in time order.
        include_internal: whether I is part of the generator.
        name: the family or file it came from, for reports.
        notes: what a reader of its results must know, e.g. how well a drive is sampled; one
            sentence each.

    Raises:
        InvalidRequest: no term at all, a term on a site the battery lacks, or an open-ended
            step that is not the last.
    """

    battery: Battery
    schedule: tuple[Step, ...]
    include_internal: bool = False
    name: str = field(default="protocol", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        dimensions = self.battery.dimensions
        if not any(step.terms for step in self.evolutions):
            raise InvalidRequest(
                "A charging protocol needs at least one term, got none. Add a term."
            )
        for term in dict.fromkeys(term for step in self.evolutions for term in step.terms):
            if misfit := term.misfit(dimensions):
                raise InvalidRequest(f"Term {''.join(term.operators)!r} {misfit}")
        if any(math.isinf(step.duration) for step in self.evolutions[:-1]):
            raise InvalidRequest(
                "Only the last step may go on for ever. Give the others a duration."
            )
        for reset in {step for step in self.schedule if isinstance(step, Reset)}:
            self._check_reset(reset)

    def _check_reset(self, reset: Reset) -> None:
        n = self.battery.n_sites
        if not set(reset.sites) <= set(range(n)):
            raise InvalidRequest(f"A reset names sites {list(reset.sites)} outside 0..{n - 1}.")
        given = len(reset.amplitudes or reset.populations)
        for site in reset.sites:
            if given and given != self.battery.sites[site].dimension:
                raise InvalidRequest(
                    f"A reset gives {given} levels to site {site}, which has "
                    f"{self.battery.sites[site].dimension}."
                )

    @classmethod
    def constant(
        cls,
        battery: Battery,
        terms: Iterable[Term],
        *,
        include_internal: bool = False,
        duration: float = math.inf,
        shift: float = 0.0,
        name: str = "protocol",
    ) -> ChargingProtocol:
        """A protocol with one Hamiltonian that is switched on at time 0."""
        step = Evolve(terms=tuple(terms), duration=duration, shift=shift)
        return cls(battery=battery, schedule=(step,), include_internal=include_internal, name=name)

    @property
    def evolutions(self) -> tuple[Evolve, ...]:
        """The steps that evolve, in time order."""
        return tuple(step for step in self.schedule if isinstance(step, Evolve))

    @property
    def is_constant(self) -> bool:
        """Whether one Hamiltonian acts throughout."""
        return len(self.schedule) == 1

    @property
    def duration(self) -> float:
        """Total duration; infinite for open-ended protocols."""
        return math.fsum(step.duration for step in self.evolutions)

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Merged interactions of the whole schedule (user terms only)."""
        return hypergraph.interactions(term for step in self.evolutions for term in step.terms)

    @property
    def order(self) -> int:
        """k: the most sites in one interaction."""
        return hypergraph.order(self.interactions)

    @property
    def participation(self) -> int:
        """m: the most interactions of one step that share one site."""
        return max(
            hypergraph.participation(hypergraph.interactions(step.terms))
            for step in self.evolutions
        )

    @property
    def n_interactions(self) -> int:
        """The most interactions in one step."""
        return max(len(hypergraph.interactions(step.terms)) for step in self.evolutions)

    @property
    def n_layers(self) -> int:
        """The most layers of disjoint interactions that one step needs."""
        return max(
            len(hypergraph.layers([one.sites for one in hypergraph.interactions(step.terms)]))
            for step in self.evolutions
        )

    def generator(self, step: Evolve) -> tuple[tuple[Term, ...], float]:
        """The total generator H of one step: its terms and its multiple of the identity.

        With ``include_internal`` this is V + I; see :func:`internal_terms`.
        """
        if not self.include_internal:
            return step.terms, step.shift
        terms, shift = internal_terms(self.battery)
        return step.terms + terms, step.shift + shift

    def scaled(self, alpha: float) -> ChargingProtocol:
        """User terms times ``alpha``, durations over ``alpha``: the same angles, another speed."""
        if not math.isfinite(alpha) or alpha <= 0:
            raise InvalidRequest(f"A protocol is scaled by a positive number, got {alpha}.")
        return replace(self, schedule=tuple(_scaled(step, alpha) for step in self.schedule))


def internal_terms(battery: Battery) -> tuple[tuple[Term, ...], float]:
    """The internal Hamiltonian of all sites as terms and a multiple of the identity.

    Levels (l0, l1) are (l0 + l1)/2 - (l1 - l0)/2 Z, evenly spaced ones l0 + spacing n, any
    others sum_l l |l><l|; interactions come after the levels.
    """
    return _internal(battery, range(battery.n_sites))


def cell_terms(battery: Battery) -> tuple[tuple[Term, ...], float]:
    """The internal Hamiltonian of the cells alone, whose mean is the battery's energy."""
    return _internal(battery, battery.cells)


def _internal(battery: Battery, sites: Iterable[int]) -> tuple[tuple[Term, ...], float]:
    terms: list[Term] = []
    shifts = []
    for j in sites:
        levels = battery.sites[j].levels
        spacing = levels[1] - levels[0]
        if len(levels) == 2:
            shifts.append(sum(levels) / 2)
            terms += [Term("Z", (j,), -spacing / 2)] if spacing else []
        elif battery.sites[j].is_ladder:
            shifts.append(levels[0])
            terms += [Term("n", (j,), spacing)] if spacing else []
        else:
            terms += [Term((f"|{i}><{i}|",), (j,), one) for i, one in enumerate(levels) if one]
    return (*terms, *battery.interactions), math.fsum(shifts)


def _scaled(step: Step, alpha: float) -> Step:
    if isinstance(step, Reset):
        return step
    return Evolve(
        terms=tuple(term.scaled(alpha) for term in step.terms),
        duration=step.duration / alpha,
        shift=step.shift * alpha,
    )
