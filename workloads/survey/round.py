"""One round of a survey: who is asked, who answers, and what is released of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random, SystemRandom

import numpy as np

from privacy import stacks
from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.errors import BoundaryError, ParamError, ProtocolAborted
from privacy.mechanism import PrivacyCost
from privacy.params import build
from privacy.primitives.aggregation import Ints, contributor
from privacy.registry import Registry, Stack
from privacy.request import RunRequest
from privacy.transports.base import Transport
from workloads.survey.asker import survey_of
from workloads.survey.data import Cells, open_cells
from workloads.survey.deployment import Deployment, Release, exact
from workloads.survey.options import TallyOptions
from workloads.survey.questions import Answer, Survey

PRIMITIVES = ("aggregation",)
Charge = Callable[[RunRequest, Cells, PrivacyCost], None]
"""What the host does before a noised answer is released: charge the budget of the data's owners, or refuse."""


@dataclass(frozen=True, repr=False)
class Question:
    """A request, read: its options, the devices' cells (private), the survey and the stack."""

    options: TallyOptions
    cells: Cells
    survey: Survey
    stack: Stack
    noised: bool
    notes: tuple[str, ...]

    @property
    def expected(self) -> float:
        """How many devices are asked on average: public."""
        return self.options.share * len(self.cells.cells)


@dataclass(frozen=True, repr=False)
class Asked:
    """One round: the cohort's vectors (private), what was released, the answer, and the exact one of the included."""

    question: Question
    deployment: Deployment
    vectors: Mapping[Party, Ints]
    release: Release
    answer: Answer
    total: Ints


def options_of(request: RunRequest) -> TallyOptions:
    """The request's options, checked and typed."""
    options: TallyOptions = build(TallyOptions, request.options, owner="tally")
    return options


def read(request: RunRequest, registry: Registry) -> Question:
    """Open the data and put the question. ParamError or DataError for what cannot be asked."""
    options, stack = options_of(request), stacks.resolve(request, registry, PRIMITIVES)
    cells = open_cells(request, options)
    _check(options, cells, stack)
    if getattr(stack.release_params, "population", None) == 0:
        # Not the cohort's size, which a bound may rest on: the devices are as many as everybody knows.
        stack = replace(stack, release_params=replace(stack.release_params, population=len(cells.cells)))
    survey, notes = survey_of(options, cells, noised=stack.randomiser is not None)
    who = "Devices are simulated: each holds one cell of the column."
    return Question(options, cells, survey, stack, stack.randomiser is not None, (who, *cells.notes, *notes))


def _check(options: TallyOptions, cells: Cells, stack: Stack) -> None:
    if options.minimum > len(cells.cells):
        text = f"a minimum cohort of {options.minimum:,} is more than the {len(cells.cells):,} devices"
        raise ParamError(text, then="lower minimum or ask more devices")
    sampling = float(getattr(stack.release_params, "sampling", 1.0))
    if sampling < 1.0 and sampling != options.share:
        text = f"the noise is for a sampling of {sampling:g} and the survey's share is {options.share:g}"
        raise ParamError(text, then="set both alike")


def cohort(question: Question, *, seed: int) -> list[int]:
    """Which devices are asked: each alone, with chance `share` (Poisson sampling).

    Under a randomiser from the operating system's randomness, as the bound may rest on it; otherwise from the seed.
    """
    draw: Random = SystemRandom() if question.noised else Random(f"cohort {seed}")
    return [i for i in range(len(question.cells.cells)) if draw.random() < question.options.share]


def silent(parties: list[Party], *, share: float, rounds: int, seed: int) -> dict[Party, int]:
    """The devices that fall silent, each with the round from which it is: simulated, from the seed."""
    rng = np.random.default_rng([seed, 17])
    gone = rng.random(len(parties)) < share
    when = rng.integers(1, max(rounds, 1), len(parties), endpoint=True)
    return {p: int(r) for p, r, out in zip(parties, when, gone, strict=True) if out}


def answer_of(question: Question, total: Ints, *, count: int) -> Answer:
    """The answer from a released sum. Where it is noised, a public number divides it: what `count` was is not told."""
    out_of = question.expected if question.noised else float(max(count, 1))
    return question.survey.estimate(np.asarray(total, dtype=np.float64), out_of=out_of)


def ask(
    question: Question, request: RunRequest, registry: Registry, channel: Channel, *,
    transports: Mapping[str, Transport] | None = None, charge: Charge | None = None,
) -> Asked:  # fmt: skip
    """Ask one cohort and release the answer. ProtocolAborted where too few stay.

    Under a randomiser `charge` is required: nothing is released without its budget being charged first.
    """
    places = cohort(question, seed=request.seed)
    if len(places) < question.options.minimum:
        raise ProtocolAborted(f"{len(places)} devices are in the round and {question.options.minimum} are needed")
    deployment = Deployment(
        question.survey, registry, question.stack, contributors=len(places), minimum=question.options.minimum,
        transports=transports,
    )  # fmt: skip
    vectors = {contributor(i): question.survey.encode(question.cells.cells[p]) for i, p in enumerate(places, start=1)}
    cost = deployment.cost
    if cost is not None:
        if charge is None:
            raise BoundaryError(f"{request.stack} was run without a budget to charge", then="run it through the lab")
        charge(request, question.cells, cost)
    deployment.publish(channel)
    rounds = deployment.mechanism.rounds(deployment.carried) - 1
    faults = silent(list(vectors), share=question.options.dropouts, rounds=rounds, seed=request.seed)
    released = deployment.release(vectors, channel, silent=faults)
    total = exact(question.survey, vectors, released.sum.included)
    answer = answer_of(question, released.sum.total, count=len(released.sum.included))
    return Asked(question, deployment, vectors, released, answer, total)
