"""A For-You-Page service: the sessions of scoring and lookup, and one person's request through both."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, SERVER, Party
from privacy.boundary.secret import Secret
from privacy.boundary.transcript import View
from privacy.errors import IntegrityError
from privacy.guarantees import Guarantee, weakest
from privacy.mechanism import Mechanism
from privacy.primitives.lookup import Records
from privacy.primitives.scoring import Floats, Ints, top_k
from privacy.protocol import Outcome, Session
from privacy.registry import Registry, Stack
from privacy.transports.base import Transport
from privacy.workloads.world import SHOWN, Taste, World

STEPS = ("scoring", "lookup")


@dataclass(frozen=True)
class Served:
    """One request: what the device got, and what it took. `views` holds one server's view of each step."""

    scores: Floats
    shown: Ints
    records: Records
    seconds: Mapping[Party, float]
    views: Mapping[str, View]


def choose(registry: Registry, stack: Stack) -> tuple[dict[str, Mechanism[Any]], dict[str, str]]:
    """The mechanism of each step, and which steps fall back to plain, with the sentence that says so."""
    mechanisms, fallbacks = {}, {}
    for step in STEPS:
        spec, params = stack.carrier, stack.params
        if step not in spec.implements:
            fallbacks[step] = f"{stack.name} has no {step}: this step runs under plain."
            spec, params = registry.spec("plain"), None
        mechanisms[step] = registry.mechanism(spec, step, params)
    return mechanisms, fallbacks


class Deployment:
    """The computing parties of one stack, set up once, serving one person after another."""

    def __init__(
        self,
        world: World,
        registry: Registry,
        stack: Stack,
        *,
        transports: Mapping[str, Transport] | None = None,
    ) -> None:
        self.world = world
        self.mechanisms, self.fallbacks = choose(registry, stack)
        tasks = {"scoring": world.scoring_task, "lookup": world.lookup_task}
        own: dict[str, dict[Party, Any]] = {"scoring": {SERVER: world.items}, "lookup": {SERVER: world.records}}
        start = time.perf_counter()
        self.sessions = {
            step: Session(self.mechanisms[step], tasks[step], own[step], transports=transports) for step in STEPS
        }
        self._seating = time.perf_counter() - start
        self.setup_seconds = 0.0
        self.guarantees = {step: self.mechanisms[step].guarantee(tasks[step]) for step in STEPS}

    @property
    def guarantee(self) -> Guarantee:
        return weakest(self.guarantees)

    def observer(self, step: str) -> Party:
        """Who the attacks look through: one computing party of the step.

        Where several answer, they are assumed not to collude; whoever answers the fetch is taken to be one of them.
        """
        return next(p for p in self.sessions[step].endpoints if p != CLIENT)

    def publish(self, channel: Channel) -> None:
        """Set the servers up and carry what they publish; `setup_seconds` then holds what all of it took."""
        spent = [s for session in self.sessions.values() for s in session.publish(channel).values()]
        self.setup_seconds = self._seating + sum(spent)

    def next_person(self) -> None:
        """Seat another person: fresh keys; what servers published stays on the device."""
        for session in self.sessions.values():
            session.reseat(CLIENT)

    def serve(self, taste: Taste, channel: Channel) -> Served:
        """Score, pick the best that are not liked already, and fetch what is shown."""
        spent: dict[Party, float] = {}
        views: dict[str, View] = {}
        scores = self._step("scoring", taste.vector, channel, spent, views)
        start = time.perf_counter()
        shown = top_k(scores, k=SHOWN, exclude=taste.liked)
        spent[CLIENT] += time.perf_counter() - start
        records = self._step("lookup", shown, channel, spent, views)
        return Served(np.asarray(scores, dtype=np.float64), shown, records, spent, views)

    def _step(
        self, step: str, private: Ints, channel: Channel, spent: dict[Party, float], views: dict[str, View]
    ) -> Any:
        before = len(channel.transcript.messages)
        outcome = self._run(step, private, channel)
        for party, seconds in outcome.seconds.items():
            spent[party] = spent.get(party, 0.0) + seconds
        view = channel.transcript.view({self.observer(step)})
        views[step] = View(view.coalition, tuple(m for m in view.messages if m.seq >= before), view.own)
        return outcome.output

    def _run(self, step: str, private: Ints, channel: Channel) -> Outcome:
        session = self.sessions[step]
        try:
            return session.run({CLIENT: Secret(private, owner=CLIENT)}, channel)
        except IntegrityError:
            # The keys are gone; one more try with fresh ones, as a wire may have been altered by accident.
            session.reseat(CLIENT)
            return session.run({CLIENT: Secret(private, owner=CLIENT)}, channel)
