"""What tests of both workloads share: a request opened, one round of it with its transcript, and what it charged."""

from typing import Any

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Transcript
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.services.releases import balance
from privacy.services.rounds import Private
from privacy.stacks import options_of
from privacy.workload import Account, Round
from workloads.fyp import tastes
from workloads.fyp.deployment import Deployment
from workloads.fyp.workload import Viewer, world_of
from workloads.fyp.world import World
from workloads.survey.attacks import Target
from workloads.survey.round import Question, Result, hold


def first(
    request: RunRequest, registry: Registry | None = None, *, private: Any = None, channel: Channel | None = None
) -> tuple[Any, Transcript]:
    """The first round of a request, charged as the lab charges it, and all that crossed the channel."""
    found, channel = registry or discover(), channel or Channel()
    case = lab.opened(request, found, private=private)
    one: Round = next(iter(case.workload.rounds(case.case, case.seats(found, channel=channel))))
    return one, channel.transcript


def account(request: RunRequest, registry: Registry | None = None) -> Account:
    return lab.opened(request, registry or discover()).account


def charges(request: RunRequest, registry: Registry | None = None) -> int:
    """How often the account of a request was charged."""
    return balance(account(request, registry)).lifetime.charges


def world(request: RunRequest | None = None) -> World:
    """The world of a request's feed."""
    request = request or RunRequest()
    return world_of(request, options_of(request, discover()))


def own_taste(of: World) -> Private:
    """The taste of the person at the screen, as pages give it to the book of rounds."""
    own = tastes.own_taste(of)
    assert own is not None
    return Private(own, own.liked.tobytes())


def viewer(request: RunRequest) -> Viewer:
    """Whose feed a request is."""
    found: Viewer = lab.opened(request, discover()).case.inner
    return found


def deployed(request: RunRequest, registry: Registry) -> Deployment:
    """The stack of a request over its world."""
    fetch = options_of(request, registry).fetch
    return Deployment(world(request), registry, registry.stack(request.stack, dict(request.params)), fetch=fetch)


def question(request: RunRequest) -> Question:
    """The question of a survey, put to its cells."""
    found: Question = lab.opened(request, discover()).case.inner
    return found


def held(request: RunRequest, channel: Channel | None = None) -> Result:
    """One cohort's sum of a survey, charged as the lab charges it."""
    case, registry = lab.opened(request, discover()), discover()
    seats = case.seats(registry, channel=channel or Channel())
    return hold(case.case.inner, seats, seed=request.seed)


def target(request: RunRequest) -> Target:
    """What the attacks on a survey are made on."""
    case, registry = lab.opened(request, discover()), discover()
    return Target.of(case.case.inner, case.seats(registry).rehearsal(), seed=request.seed)
