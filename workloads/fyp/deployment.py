"""A For-You-Page service: the sessions of scoring and lookup, and one person's request through both."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin import (
    CLIENT,
    PLAINTEXT,
    RANDOMISED,
    SERVER,
    Guarantee,
    IntegrityError,
    Mechanism,
    Party,
    Payer,
    Randomiser,
    ScoringTask,
    Seat,
    Secret,
    Stack,
    check_vector,
)
from privacy.plugin.running import (
    Channel,
    Floats,
    Ints,
    Outcome,
    Records,
    Registry,
    Session,
    Transport,
    View,
    hear,
    hear_from,
    records_of,
    reference,
    scores_of,
    seat_for,
    top_k,
    under,
    weakest,
)
from workloads.fyp.options import BY_ID, PRIVATE
from workloads.fyp.world import SHOWN, Taste, World

STEPS = ("scoring", "lookup")
_NAMES = {"scoring": "scoring", "lookup": "the fetch"}


@dataclass(frozen=True)
class Served:
    """One request: what the device got, and what it took.

    `sent` is what was scored: the taste, or what a randomiser released of it. `views` holds one server's view of each
    step, `together` that of all its servers, `carried` the bytes of all wires of a step.
    """

    sent: Ints
    scores: Floats
    shown: Ints
    records: Records
    seconds: Mapping[Party, float]
    views: Mapping[str, View]
    together: Mapping[str, View]
    carried: Mapping[str, int]


def choose(
    registry: Registry, stack: Stack, *, fetch: str = PRIVATE
) -> tuple[dict[str, Mechanism[Any]], dict[str, str]]:
    """The mechanism of each step, and which steps run under plain, with the sentence that says why.

    A step does where the stack's carrier has none of its own, and the fetch where it is to go by id.
    """
    mechanisms, fallbacks = {}, {}
    for step in STEPS:
        spec, params = stack.carrier, stack.params
        shows = f"; what it shows follows from what {stack.randomiser.id} released" if stack.randomiser else ""
        if step not in spec.implements:
            fallbacks[step] = f"Backend {spec.id} has no {step}: this step runs under plain{shows}."
        elif (step, fetch) == ("lookup", BY_ID) and spec.id != "plain":
            fallbacks[step] = f"The settings fetch items by id: this step runs under plain{shows}."
        if step in fallbacks:
            spec, params = registry.spec("plain"), None
        mechanisms[step] = registry.mechanism(spec, step, params)
    return mechanisms, fallbacks


def _since(before: int, view: View) -> View:
    """A view without the messages that came before."""
    return View(view.coalition, tuple(m for m in view.messages if m.seq >= before), view.own)


class Deployment:
    """The computing parties of one stack, set up once, serving one person after another."""

    def __init__(
        self, world: World, registry: Registry, stack: Stack, *, fetch: str = PRIVATE, payer: Payer | None = None,
        transports: Mapping[str, Transport] | None = None,
    ) -> None:  # fmt: skip
        self.world = world
        self.mechanisms, self.fallbacks = choose(registry, stack, fetch=fetch)
        self._whose = {s: "plain" if s in self.fallbacks else stack.carrier.id for s in STEPS}
        self.randomiser: Randomiser[ScoringTask] | None = None
        if stack.randomiser is not None:
            self.randomiser = registry.randomiser(stack.randomiser, "scoring", stack.release_params)
        again = self.randomiser is not None
        self.tasks: dict[str, Any] = {"scoring": world.scoring_task, "lookup": world.lookup_task(candidates=again)}
        own: dict[str, dict[Party, Any]] = {
            "scoring": {SERVER: world.items},
            "lookup": {SERVER: world.table(vectors=again)},
        }
        self._payer = payer
        self.guarantees = {step: self._guarantee(step) for step in STEPS}
        start = time.perf_counter()
        self.sessions = {step: self._seated(step, own[step], transports) for step in STEPS}
        self._seating = time.perf_counter() - start
        self.setup_seconds = 0.0
        self.published = dict.fromkeys(STEPS, 0)

    def _seated(self, step: str, own: Mapping[Party, Any], transports: Mapping[str, Transport] | None) -> Session[Any]:
        def seat() -> Session[Any]:
            return Session(self.mechanisms[step], self.tasks[step], own, transports=transports, payer=self._payer)

        return hear(seat, who=self._whose[step], what=f"its parties of {step}")

    def _guarantee(self, step: str) -> Guarantee:
        """A step's guarantee. What is fetched follows from what was released, so the release bounds both steps."""
        mechanism, task = self.mechanisms[step], self.tasks[step]
        carried = hear(lambda: mechanism.guarantee(task), who=self._whose[step], what="its guarantee")
        if self.randomiser is None:
            return carried
        return under(self.randomiser, self.tasks["scoring"], carried)

    @property
    def guarantee(self) -> Guarantee:
        return weakest({_NAMES[step]: one for step, one in self.guarantees.items()})

    def servers(self, step: str) -> set[Party]:
        """The computing parties of a step."""
        return {p for p in self.sessions[step].endpoints if p != CLIENT}

    def observer(self, step: str) -> Party:
        """Who the attacks look through: one computing party of the step.

        Where several answer, they are assumed not to collude; whoever answers the fetch is taken to be one of them.
        """
        return next(p for p in self.sessions[step].endpoints if p != CLIENT)

    def publish(self, channel: Channel) -> None:
        """Set the servers up and carry what they publish.

        `setup_seconds` then holds what all of it took, and `published` the bytes of each step.
        """
        spent = 0.0
        for step, session in self.sessions.items():
            before = channel.transcript.bytes(phase="setup")
            spent += sum(session.publish(channel).values())
            self.published[step] = channel.transcript.bytes(phase="setup") - before
        self.setup_seconds = self._seating + spent

    def next_person(self, channel: Channel) -> None:
        """Seat another person: fresh keys, of which `channel` carries what is published; what servers published stays.

        The person is then served on that channel.
        """
        for session in self.sessions.values():
            session.reseat(CLIENT, channel=channel)

    def release(self, taste: Taste) -> Ints:
        """Runs on the device of a simulated person: what is sent in place of the taste, drawn afresh at each call.

        Without a randomiser it is the taste itself. What a person's own budget pays for comes from `Purse.release`.
        """
        if self.randomiser is None:
            return taste.vector
        seat: Seat[ScoringTask] = seat_for(CLIENT, self.tasks["scoring"], None)
        return check_vector(self.tasks["scoring"], hear_from(self.randomiser, "randomise", taste.vector, seat))

    def serve(self, taste: Taste, channel: Channel, *, sent: Ints) -> Served:
        """Score what is sent, fetch, and pick what is shown."""
        spent: dict[Party, float] = {}
        views: dict[str, View] = {}
        together: dict[str, View] = {}
        before = channel.transcript.bytes(phase="run")
        answer = self._step("scoring", sent, channel, spent, views, together)
        scores = scores_of(self.tasks["scoring"], answer, who=self._whose["scoring"])
        scored = channel.transcript.bytes(phase="run")
        start = time.perf_counter()
        wanted = self._wanted(scores, taste)
        spent[CLIENT] += time.perf_counter() - start
        answer = self._step("lookup", wanted, channel, spent, views, together)
        records = records_of(self.tasks["lookup"], answer, who=self._whose["lookup"])
        start = time.perf_counter()
        shown, cards = self._picked(wanted, records, taste)
        spent[CLIENT] += time.perf_counter() - start
        carried = {"scoring": scored - before, "lookup": channel.transcript.bytes(phase="run") - scored}
        return Served(sent, np.asarray(scores, dtype=np.float64), shown, cards, spent, views, together, carried)

    def ranked_again(self, taste: Taste, released: Ints) -> Ints:
        """What a device shows whose candidates follow from `released`, without any wire: randomised stacks alone."""
        wanted = self._wanted(reference(self.world.items, released), taste)
        return wanted[self._places(wanted, self.world.items[wanted], taste)]

    def _wanted(self, scores: Any, taste: Taste) -> Ints:
        """Runs on the device: what to fetch. Under a randomiser it follows from the released value alone."""
        if self.randomiser is None:
            return top_k(scores, k=SHOWN, exclude=taste.liked)
        # In order of index: nothing but the set is fetched, and nothing that is liked is left out.
        return np.sort(top_k(scores, k=self.tasks["lookup"].count))

    def _picked(self, wanted: Ints, records: Records, taste: Taste) -> tuple[Ints, Records]:
        """Runs on the device: rank fetched candidates again with the true taste; nothing of it leaves."""
        if self.randomiser is None:
            return wanted, records
        places = self._places(wanted, self.world.vectors_in(records), taste)
        return wanted[places], records[places][:, 2 * self.world.items.shape[1] :]

    def _places(self, wanted: Ints, vectors: Ints, taste: Taste) -> Ints:
        """Where among what was fetched the best ten are, by the true taste."""
        return top_k(vectors @ taste.vector, k=SHOWN, exclude=np.flatnonzero(np.isin(wanted, taste.liked)))

    def _step(
        self, step: str, private: Ints, channel: Channel, spent: dict[Party, float], views: dict[str, View],
        together: dict[str, View],
    ) -> Any:  # fmt: skip
        before = len(channel.transcript.messages)
        outcome = self._run(step, private, channel)
        for party, seconds in outcome.seconds.items():
            spent[party] = spent.get(party, 0.0) + seconds
        views[step] = _since(before, channel.transcript.view({self.observer(step)}))
        together[step] = _since(before, channel.transcript.view(self.servers(step)))
        return outcome.output

    def _run(self, step: str, private: Ints, channel: Channel) -> Outcome:
        session = self.sessions[step]
        exposure = PLAINTEXT if self.randomiser is None else RANDOMISED
        secret = Secret(private, owner=CLIENT, exposure=exposure)
        try:
            return session.run({CLIENT: secret}, channel)
        except IntegrityError:
            # The keys are gone; one more try with fresh ones, as a wire may have been altered by accident. A
            # randomised value is sent again as it is: drawing another would spend the budget twice.
            session.reseat(CLIENT, channel=channel)
            return session.run({CLIENT: secret}, channel)
