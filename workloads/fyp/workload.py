"""The For-You-Page workload: a person's feed, its evaluation, and the run record of both."""

import contextlib
from collections.abc import Callable, Mapping

import numpy as np

from privacy import stacks
from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Transcript
from privacy.deadline import Pulse, patiently
from privacy.errors import BoundaryError, MechanismError, ParamError, ProtocolAborted, VeilbenchError, WireError
from privacy.guarantees import Guarantee
from privacy.primitives.scoring import Ints
from privacy.registry import Registry, Stack
from privacy.request import OWN, RunRequest
from privacy.results import Metric, RunRecord
from privacy.transports.base import Transport
from workloads.fyp.data import Histories, Persona
from workloads.fyp.deployment import STEPS, Deployment, choose
from workloads.fyp.evaluation import (
    Attack,
    Progress,
    accuracy_metrics,
    attack,
    attack_metrics,
    send_cohort,
)
from workloads.fyp.feed import FeedRun, feed_run
from workloads.fyp.world import Taste, World, open_world

PRIMITIVES = STEPS
_OBSERVED = {"scoring": "scores", "lookup": "answers the fetch"}
Release = Callable[[RunRequest, Deployment, Taste], Ints]
"""What the host does before a randomised value is sent: charge the budget, draw it once, and keep it."""


def offered(registry: Registry) -> list[str]:
    """The stacks that have at least one of this workload's primitives."""
    return stacks.offered(registry, PRIMITIVES)


def division(registry: Registry, name: str) -> str:
    """One sentence of a randomiser over a carrier that hides something: which observer each is for; else empty."""
    stack = registry.stack(name)
    if stack.randomiser is None or stack.carrier.id == "plain":
        return ""
    noise, carrier = stack.randomiser.title, stack.carrier.title
    hidden = [_OBSERVED[s] for s in STEPS if s in stack.carrier.implements]
    clear = [_OBSERVED[s] for s in STEPS if s not in stack.carrier.implements]
    text = f"{carrier} is for whoever {' and '.join(hidden)}, who reads nothing while its assumption holds"
    if not clear:
        return f"{text}; {noise}'s noise is for the day it fails."
    return (
        f"{noise}'s noise is for whoever {' and '.join(clear)}, who reads what follows from the released value; "
        f"{text}, and the released value if it fails."
    )


def preload(registry: Registry) -> None:
    """Import the mechanisms of every stack on offer, so that the first switch to one does not wait for it."""
    for name in offered(registry):
        with contextlib.suppress(VeilbenchError):
            patiently(lambda name=name: choose(registry, registry.stack(name)), who=name)  # type: ignore[misc]


def world_of(request: RunRequest, *, progress: Progress | None = None) -> World:
    """The world that a request names, kept once it is made; `progress` tells of its making."""
    return open_world(
        data=request.data, items=request.items, dims=request.dims, seed=request.seed, mapping=request.mapping,
        progress=progress,
    )  # fmt: skip


def resolve(request: RunRequest, registry: Registry) -> Stack:
    """The request's stack, refused if it has none of this workload's primitives."""
    return stacks.resolve(request, registry, PRIMITIVES)


def who(request: RunRequest, world: World, own: Taste | None) -> tuple[Taste, dict[str, int]]:
    """The taste that asks, and what is true of its owner (empty attribute for a real person)."""
    if request.user == OWN:
        if own is None:
            raise ParamError("a taste of your own has no item yet", then="choose at least one card on the page")
        return own, {"topic": _favourite(world, own)}
    persona: Persona = world.persona(request.user)
    taste = world.taste(np.array(persona.liked, dtype=np.int64))
    return taste, {"topic": _favourite(world, taste), "attribute": int(persona.attribute)}


def _favourite(world: World, taste: Taste) -> int:
    return int(np.bincount(world.features.topics[taste.liked]).argmax())


def deploy(request: RunRequest, registry: Registry, *, transports: Mapping[str, Transport] | None = None) -> Deployment:
    """Set up the computing parties of the request's stack."""
    return Deployment(world_of(request), registry, resolve(request, registry), transports=transports)


def feed(
    request: RunRequest, registry: Registry, *, own: Taste | None = None,
    transports: Mapping[str, Transport] | None = None, channel: Channel | None = None, release: Release | None = None,
) -> tuple[FeedRun, Transcript]:  # fmt: skip
    """One person's feed, measured. The attack comes later, from `evaluate`.

    Under a randomiser the host's `release` is required: no value is drawn without its budget being charged.
    """
    resolve(request, registry)
    taste, truth = who(request, world_of(request), own)
    deployment = deploy(request, registry, transports=transports)
    sent = taste.vector
    if deployment.randomiser is not None:
        if release is None:
            raise BoundaryError(f"{request.stack} was run without a budget to charge", then="run it through the lab")
        sent = release(request, deployment, taste)
    return feed_run(
        deployment, taste, channel or Channel(), sent=sent, stack=request.stack, user=request.user, truth=truth
    )


def evaluate(request: RunRequest, registry: Registry, *, progress: Progress) -> tuple[list[Metric], Attack]:
    """Accuracy, times and the attack over many people, with the plain control of the same run.

    People are simulated, unless the data has real ones; then there may be fewer than asked for, as `n` says.
    """
    world_of(request, progress=progress)
    deployment = deploy(request, registry)
    histories: Histories = deployment.world.histories(users=2 * request.cohort)
    deployment.publish(Channel())
    tally = send_cohort(deployment, histories, progress=progress, label=f"people through {request.stack}")
    found = attack(tally, histories, seed=request.seed)
    control = found
    if request.stack != "plain":
        plain = Deployment(deployment.world, registry, registry.stack("plain"))
        plain.publish(Channel())
        control_tally = send_cohort(plain, histories, progress=progress, label="people through the plain control")
        control = attack(control_tally, histories, seed=request.seed)
    half, simulated = len(histories) // 2, histories.simulated
    metrics = accuracy_metrics(tally, half=half, simulated=simulated)
    metrics += attack_metrics(found, control, n=len(histories) - half, simulated=simulated)
    return metrics, found


def run(
    request: RunRequest, registry: Registry, *, progress: Progress, own: Taste | None = None,
    transports: Mapping[str, Transport] | None = None, release: Release | None = None,
) -> RunRecord:  # fmt: skip
    """One person's feed and its evaluation, as a run record; of a run that broke off, a record of the failure."""
    stack, channel = resolve(request, registry), Channel()
    world = world_of(request, progress=progress)
    record = RunRecord(
        workload="fyp",
        stack=request.stack,
        params=stacks.params_of(stack, registry, PRIMITIVES),
        seed=request.seed,
        data_hash=world.data_hash,
        guarantee=Guarantee(()),
        metrics=[],
        transcript=channel.transcript,
        settings={k: v for k, v in request.as_dict().items() if k in ("user", "items", "dims", "cohort")},
    )
    try:
        one, _ = patiently(
            lambda: feed(request, registry, own=own, transports=transports, channel=channel, release=release),
            who=request.stack,
        )
        pulse = Pulse(progress)
        metrics, _ = patiently(lambda: evaluate(request, registry, progress=pulse), who=request.stack, pulse=pulse)
    except (ProtocolAborted, MechanismError, WireError) as error:
        record.failure = str(error)
        return record
    measured = {m.key for m in metrics}
    record.metrics = [m for m in one.metrics if m.key not in measured] + metrics
    record.guarantee, record.fallbacks, record.steps = one.guarantee, one.fallbacks, one.steps
    record.notes = [*one.notes, *_people_notes(request, world), "The transcript is that of the shown user."]
    return record


def _people_notes(request: RunRequest, world: World) -> list[str]:
    """Who the figures are over: simulated people or real ones, and what became of what was asked for."""
    notes = [world.people_note]
    if request.user != OWN and (persona := world.persona(request.user)).id != request.user:
        notes.append(f"{request.user} stands for {persona.name} of the data.")
    if not world.simulated and (found := len(world.histories(users=2 * request.cohort))) < 2 * request.cohort:
        notes.append(f"{2 * request.cohort:,} people were asked for and {found:,} have enough ratings.")
    return notes
