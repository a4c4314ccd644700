"""The For-You-Page: a person's feed of ten items from a private taste, and how good and how leaky it is over many."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from privacy.plugin import (
    CLIENT,
    OPEN,
    RELEASED,
    Account,
    Case,
    DataError,
    Findings,
    Held,
    Listing,
    ParamError,
    RunRequest,
    Seats,
    Stack,
    Tell,
    Value,
    Workload,
    check_vector,
)
from privacy.plugin.running import Channel, seat_for
from workloads.fyp.cohort import released
from workloads.fyp.data.histories import Histories, Persona
from workloads.fyp.deployment import STEPS, Deployment
from workloads.fyp.evaluation import Attack, Visits, accuracy_metrics, attack, attack_metrics, send_cohort
from workloads.fyp.model import model_bytes
from workloads.fyp.options import BY_ID, OWN, PRIVATE, FypOptions
from workloads.fyp.round import FeedRound, feed_round
from workloads.fyp.world import Taste, World, open_world

_OBSERVED = {"scoring": "scores", "lookup": "answers the fetch"}


@dataclass(frozen=True, repr=False)
class Viewer:
    """Whose feed it is: the world of the data, the taste (private), and what is true of its owner."""

    world: World
    taste: Taste
    user: str
    truth: dict[str, int]


def world_of(request: RunRequest, options: FypOptions, *, tell: Tell | None = None) -> World:
    """The world that a request names, kept once it is made; `tell` reports its making."""
    return open_world(
        data=request.data, items=options.first_items, dims=options.dims, seed=request.seed, mapping=request.mapping,
        progress=tell,
    )  # fmt: skip


class FypWorkload(Workload):
    """Ten items for one person, scored and fetched without showing the taste to whoever serves them."""

    round_class = FeedRound

    def open(self, request: RunRequest, stack: Stack, options: FypOptions, *, tell: Tell, private: Any = None) -> Case:
        """Open the catalogue and find whose feed it is; `private` is a `Taste` of the person at the screen."""
        world = world_of(request, options, tell=tell)
        viewer = _viewer(world, options.user, private)
        notes = (*world.catalogue.notes, *_people_notes(world, options))
        return Case(request, stack, options, world.data_hash, viewer, notes, simulated=world.simulated)

    def unattended(self, options: FypOptions) -> None:
        """A taste of one's own is in no request."""
        if options.user == OWN:
            raise ParamError("your own taste stays on the page", then="choose a persona")

    def data_hash(self, request: RunRequest, options: FypOptions) -> str:
        """That of the catalogue's features."""
        return world_of(request, options).data_hash

    def account(self, case: Case) -> Account:
        """The viewer's: a taste is released once in a period, whoever wants it again."""
        viewer: Viewer = case.inner
        private = viewer.taste.vector.tobytes()
        return Account(viewer.user, simulated=viewer.user != OWN, about=(viewer.world.data_hash,), private=private)

    def rounds(self, case: Case, seats: Seats) -> Iterator[FeedRound]:
        """One: the taste is scored, ten items are fetched. Under a randomiser its release is charged first."""
        viewer: Viewer = case.inner
        deployment = Deployment(
            viewer.world, seats.registry, seats.stack, fetch=case.options.fetch, payer=seats.purse,
            transports=seats.places,
        )  # fmt: skip
        sent = viewer.taste.vector
        if deployment.randomiser is not None:
            task = viewer.world.scoring_task
            value = seats.purse.release(deployment.randomiser, sent, seat_for(CLIENT, task, None))
            sent = check_vector(task, value)
        yield feed_round(
            deployment, viewer.taste, seats.channel, sent=sent, stack=case.request.stack, user=viewer.user,
            truth=viewer.truth,
        )  # fmt: skip

    def attacks(self, case: Case, seats: Seats, *, tell: Tell) -> Findings:
        """Accuracy, times and the attack over many people, with the plain control of the same run.

        People are simulated, unless the data has real ones; then there may be fewer than wanted, as `n` says.
        """
        world, options, name = case.inner.world, case.options, case.request.stack
        deployment = Deployment(world, seats.registry, seats.stack, fetch=options.fetch, payer=seats.purse)
        histories: Histories = world.histories(users=2 * options.cohort)
        # The people of the control count among all: an estimate is of the whole.
        tastes = [world.taste(liked) for liked in histories.liked]
        people, total = len(histories), len(histories) * (1 if name == "plain" else 2)

        def through(one: Deployment, *, before: int, label: str) -> tuple[Visits, Attack]:
            tell(before, total, f"setting up {label}")
            one.publish(Channel())
            sent = released(
                one, tastes, seats.stack, seats.registry, tell=lambda: tell(before, total, "drawing what is released")
            )
            visits = send_cohort(
                one, histories, sent=sent,
                progress=lambda done, _, said: tell(before + done, total, said), label=f"people through {label}",
            )  # fmt: skip
            at = min(before + people, total)
            seed = case.request.seed
            return visits, attack(visits, histories, seed=seed, tell=lambda: tell(at, total, "training the attacker"))

        visits, found = through(deployment, before=0, label=name)
        control = found
        if name != "plain":
            plain = Deployment(world, seats.registry, seats.registry.stack("plain"))
            control = through(plain, before=people, label="the plain control")[1]
        half, simulated = len(histories) // 2, histories.simulated
        metrics = accuracy_metrics(visits, half=half, simulated=simulated)
        metrics += attack_metrics(found, control, n=len(histories) - half, simulated=simulated)
        return Findings(metrics, {"readers": {name: vars(reader) for name, reader in found.readers.items()}})

    def held(self, round_: FeedRound) -> Held:
        """The taste, what was released of it, and the places of the items shown."""
        values = (
            Value("taste", "the taste", round_.vector, OPEN),
            Value("release", "what was released of the taste; not the taste", round_.sent, RELEASED),
            Value("items", "the chosen items", round_.shown, ("plaintext", "randomised"), among="lookup"),
        )
        return Held(values, none="neither the taste nor the list of chosen items")

    def listing(self, request: RunRequest, options: FypOptions, round_: FeedRound) -> Listing:
        """The items shown, by the ids that their cards show, and the catalogue's quantised vectors as the model."""
        world = world_of(request, options)
        return Listing(tuple(str(one["account_id"]) for one in round_.cards), model_bytes(world))

    def choices(self, request: RunRequest, options: FypOptions) -> Mapping[str, Mapping[str, str]]:
        """The personas of the data."""
        return {"user": viewers(world_of(request, options))}

    def describe(self, options: FypOptions) -> str:
        items = f", {options.items} items" if options.items else ""
        fetch = f", fetch {options.fetch}" if options.fetch != PRIVATE else ""
        return f"{options.user}, {options.cohort} people{items}, {options.dims} dims{fetch}"

    def division(self, stack: Stack, options: FypOptions) -> str:
        """A randomiser over a carrier: which observer each is for, where the carrier hides something."""
        if stack.randomiser is None:
            return ""
        noise, carrier = stack.randomiser.title, stack.carrier.title
        if stack.carrier.id == "plain":
            return f"The server scores the value that {noise} released, and serves the fetch that follows from it."
        clear_steps = [s for s in STEPS if s not in stack.carrier.implements or (s, options.fetch) == ("lookup", BY_ID)]
        hidden = [_OBSERVED[s] for s in STEPS if s not in clear_steps]
        clear = [_OBSERVED[s] for s in clear_steps]
        text = f"With {carrier}, whoever {' and '.join(hidden)} reads nothing while its assumption holds"
        if not clear:
            return f"{text}. If it fails, they read only what {noise} released."
        return (
            f"{noise}'s noise is against whoever {' and '.join(clear)}, who reads what follows from the released "
            f"value. {text}, and the released value if it fails."
        )


def viewers(world: World) -> dict[str, str]:
    """The personas of a world by id, each with its name."""
    kind = "simulated" if world.simulated else "pseudonym"
    return {p.id: f"{p.name}, {kind}" for p in world.personas}


def _viewer(world: World, user: str, own: Taste | None) -> Viewer:
    """Whose taste it is, and what is true of its owner (no attribute for a real person)."""
    if user == OWN:
        if own is None:
            raise ParamError("your own taste stays on the page", then="choose a persona, or cards on the page")
        return Viewer(world, own, user, {"topic": _favourite(world, own)})
    persona: Persona = world.persona(user)
    taste = world.taste(np.array(persona.liked, dtype=np.int64))
    return Viewer(world, taste, user, {"topic": _favourite(world, taste), "attribute": int(persona.attribute)})


def _favourite(world: World, taste: Taste) -> int:
    return int(np.bincount(world.features.topics[taste.liked]).argmax())


def _people_notes(world: World, options: FypOptions) -> list[str]:
    """Who the figures are over: simulated people or real ones, and what became of what was wanted."""
    notes = [world.people_note]
    if options.user != OWN and (persona := world.persona(options.user)).id != options.user:
        notes.append(f"{options.user} is {persona.name} in this data.")
    wanted = 2 * options.cohort
    # Too few for any evaluation refuse that, and not a feed.
    with contextlib.suppress(DataError):
        if not world.simulated and (found := len(world.histories(users=wanted))) < wanted:
            notes.append(f"{wanted:,} people were asked for and {found:,} have enough ratings.")
    return [*notes, "The transcript is of the shown person only."]


def as_own(request: RunRequest) -> RunRequest:
    """The same request for the person at the screen."""
    return replace(request, options={**request.options, "user": OWN})
