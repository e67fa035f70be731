"""Charging protocols: which Hamiltonian acts on the battery, and for how long."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from qbcircuit import hypergraph
from qbcircuit.battery import Battery
from qbcircuit.errors import InvalidRequest
from qbcircuit.hypergraph import Interaction
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
    """Sites put back to level 0 (a collision with a fresh ancilla); takes no time."""

    sites: tuple[int, ...]


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

    Raises:
        InvalidRequest: no term at all, a term on a site the battery lacks, or an open-ended
            step that is not the last.
    """

    battery: Battery
    schedule: tuple[Step, ...]
    include_internal: bool = False
    name: str = field(default="protocol", compare=False)

    def __post_init__(self) -> None:
        n = self.battery.n_sites
        if not any(step.terms for step in self.evolutions):
            raise InvalidRequest(
                "A charging protocol needs at least one term, got none. Add a term."
            )
        for step in self.evolutions:
            for term in step.terms:
                if max(term.sites) >= n:
                    raise InvalidRequest(
                        f"Term {''.join(term.operators)!r} acts on cell {max(term.sites)} but the "
                        f"battery has cells 0..{n - 1}."
                    )
        if any(math.isinf(step.duration) for step in self.evolutions[:-1]):
            raise InvalidRequest(
                "Only the last step may go on for ever. Give the others a duration."
            )
        for reset in self.schedule:
            if isinstance(reset, Reset) and not set(reset.sites) <= set(range(n)):
                raise InvalidRequest(f"A reset names sites {list(reset.sites)} outside 0..{n - 1}.")

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

        With ``include_internal`` this is V + I, where a two-level site with levels (l0, l1)
        contributes (l0 + l1)/2 - (l1 - l0)/2 Z.
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
    """The internal Hamiltonian of two-level sites as Z terms and a multiple of the identity."""
    terms = []
    for j, site in enumerate(battery.sites):
        if site.dimension != 2:
            raise InvalidRequest(f"Site {j} has {site.dimension} levels; a Z term needs two.")
        if site.splitting:
            terms.append(Term("Z", (j,), -site.splitting / 2))
    return tuple(terms), math.fsum(sum(site.levels) / 2 for site in battery.sites)


def _scaled(step: Step, alpha: float) -> Step:
    if isinstance(step, Reset):
        return step
    return Evolve(
        terms=tuple(term.scaled(alpha) for term in step.terms),
        duration=step.duration / alpha,
        shift=step.shift * alpha,
    )
