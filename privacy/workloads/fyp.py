"""The For-You-Page workload: a person's feed, its evaluation, and the run record of both."""

import contextlib
from collections.abc import Mapping

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Transcript
from privacy.data import Histories, Persona
from privacy.errors import MechanismError, ParamError, ProtocolAborted, VeilbenchError, WireError
from privacy.guarantees import Guarantee
from privacy.registry import Registry, Stack
from privacy.results import Metric, RunRecord
from privacy.transports.base import Transport
from privacy.workloads.deployment import STEPS, Deployment, choose
from privacy.workloads.evaluation import (
    Attack,
    Progress,
    accuracy_metrics,
    attack,
    attack_metrics,
    send_cohort,
)
from privacy.workloads.feed import FeedRun, feed_run
from privacy.workloads.request import OWN, RunRequest
from privacy.workloads.world import Taste, World, open_world

PRIMITIVES = STEPS


def offered(registry: Registry) -> list[str]:
    """The stacks that have at least one of this workload's primitives."""
    return [s for s in registry.stacks() if set(registry.spec(s).implements) & set(PRIMITIVES)]


def preload(registry: Registry) -> None:
    """Import the mechanisms of every stack on offer, so that the first switch to one does not wait for it."""
    for name in offered(registry):
        with contextlib.suppress(VeilbenchError):
            choose(registry, registry.stack(name))


def world_of(request: RunRequest) -> World:
    """The world that a request names."""
    return open_world(data=request.data, items=request.items, dims=request.dims, seed=request.seed)


def resolve(request: RunRequest, registry: Registry) -> Stack:
    """The request's stack, refused if it has none of this workload's primitives."""
    stack = registry.stack(request.stack, dict(request.params))
    if not set(stack.primitives()) & set(PRIMITIVES):
        raise ParamError(f"{stack.name} has none of {', '.join(PRIMITIVES)}", then="choose another stack for fyp")
    return stack


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
    transports: Mapping[str, Transport] | None = None, channel: Channel | None = None,
) -> tuple[FeedRun, Transcript]:  # fmt: skip
    """One person's feed, measured. The attack comes later, from `evaluate`."""
    resolve(request, registry)
    taste, truth = who(request, world_of(request), own)
    deployment = deploy(request, registry, transports=transports)
    return feed_run(deployment, taste, channel or Channel(), stack=request.stack, user=request.user, truth=truth)


def evaluate(request: RunRequest, registry: Registry, *, progress: Progress) -> tuple[list[Metric], Attack]:
    """Accuracy, times and the attack over simulated people, with the plain control of the same run."""
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
    metrics = accuracy_metrics(tally, half=request.cohort) + attack_metrics(found, control, n=request.cohort)
    return metrics, found


def run(
    request: RunRequest, registry: Registry, *, progress: Progress, own: Taste | None = None,
    transports: Mapping[str, Transport] | None = None,
) -> RunRecord:  # fmt: skip
    """One person's feed and its evaluation, as a run record; of a run that broke off, a record of the failure."""
    stack, channel = resolve(request, registry), Channel()
    record = RunRecord(
        workload="fyp",
        stack=request.stack,
        params=vars(stack.params).copy(),
        seed=request.seed,
        data_hash=world_of(request).data_hash,
        guarantee=Guarantee(()),
        metrics=[],
        transcript=channel.transcript,
        settings={k: v for k, v in request.as_dict().items() if k in ("user", "items", "dims", "cohort")},
    )
    try:
        one, _ = feed(request, registry, own=own, transports=transports, channel=channel)
        metrics, _ = evaluate(request, registry, progress=progress)
    except (ProtocolAborted, MechanismError, WireError) as error:
        record.failure = str(error)
        return record
    measured = {m.key for m in metrics}
    record.metrics = [m for m in one.metrics if m.key not in measured] + metrics
    record.guarantee, record.fallbacks = one.guarantee, one.fallbacks
    record.notes = [*one.notes, "Histories and people are simulated; the transcript is that of the shown user."]
    return record
