"""Seats: where the parties of a run sit, the channel that carries their wires, and what the run may spend."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from privacy.aggregate import Summed, SumService
from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.dishonest import Bend
from privacy.errors import Cancelled
from privacy.registry import Registry, Stack
from privacy.services.releases import Purse, Rehearsal
from privacy.transports.base import Transport


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True)
class Seats:
    """Seats and budget that the lab gives a workload for a run.

    `places` says where computing parties sit, by role; None is this process. `purse` is charged before any noise is
    drawn. `resume` is the state that the last finished round left, where a run goes on. `cancelled` is asked between
    rounds.
    """

    registry: Registry
    stack: Stack
    purse: Purse
    channel: Channel = field(default_factory=Channel)
    places: Mapping[str, Transport] | None = None
    resume: Mapping[str, Any] | None = None
    cancelled: Callable[[], bool] = never

    def rehearsal(self, stack: Stack | None = None) -> "Seats":
        """Seats for simulated people: in this process, on their own channel, with nobody's budget.

        `stack` is another to sit under, such as a plain control.
        """
        return replace(self, stack=stack or self.stack, purse=Rehearsal(), channel=Channel(), places=None, resume=None)

    def sums(
        self, shape: Summed, *, contributors: int, minimum: int, bends: Mapping[Party, Bend] | None = None,
        unchecked: Collection[Party] = (),
    ) -> SumService:  # fmt: skip
        """The stack's aggregation for cohorts of that many, which charges the purse by itself.

        `bends` are what dishonest devices send in place of their wires; `unchecked` hold their vectors to nothing.
        """
        return SumService(
            shape, self.registry, self.stack, contributors=contributors, minimum=minimum, purse=self.purse,
            places=self.places, bends=bends, unchecked=unchecked,
        )  # fmt: skip

    def check(self) -> None:
        """Between rounds: Cancelled where somebody ended the run."""
        if self.cancelled():
            raise Cancelled("the run was cancelled", then="what it had finished is kept; run it again to go on")
