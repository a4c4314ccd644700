"""The For-You-Page workload: a person's feed, its evaluation, and the run record of both."""

from collections.abc import Mapping

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Transcript
from privacy.data import Histories, Persona
from privacy.errors import ParamError
from privacy.registry import Registry, Stack
from privacy.results import Metric, RunRecord
from privacy.transports.base import Transport
from privacy.workloads.deployment import STEPS, Deployment
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
    transports: Mapping[str, Transport] | None = None,
) -> tuple[FeedRun, Transcript]:  # fmt: skip
    """One person's feed, measured. The attack comes later, from `evaluate`."""
    resolve(request, registry)
    taste, truth = who(request, world_of(request), own)
    deployment = deploy(request, registry, transports=transports)
    return feed_run(deployment, taste, stack=request.stack, user=request.user, truth=truth)


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
    """One person's feed and its evaluation, as a run record."""
    one, transcript = feed(request, registry, own=own, transports=transports)
    metrics, _ = evaluate(request, registry, progress=progress)
    measured = {m.key for m in metrics}
    return RunRecord(
        workload="fyp",
        stack=request.stack,
        params=vars(resolve(request, registry).params).copy(),
        seed=request.seed,
        data_hash=one.data_hash,
        guarantee=one.guarantee,
        metrics=[m for m in one.metrics if m.key not in measured] + metrics,
        transcript=transcript,
        settings={k: v for k, v in request.as_dict().items() if k in ("user", "items", "dims", "cohort")},
        notes=[*one.notes, "Histories and people are simulated; the transcript is that of the shown user."],
        fallbacks=one.fallbacks,
    )
