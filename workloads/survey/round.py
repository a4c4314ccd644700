"""One round of a survey: who is in its cohort, who falls silent, and what is released of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom

import numpy as np

from privacy.plugin import ParamError, Party, ProtocolAborted, Release, Round, Seats, Stack, SumService, contributor
from privacy.plugin.running import Ints, exact
from workloads.survey.asker import survey_of
from workloads.survey.data import Cells
from workloads.survey.options import SurveyOptions
from workloads.survey.questions import Answer, Survey


@dataclass(frozen=True, repr=False)
class Question:
    """A request, read: its options, the devices' cells (private), the survey and the stack."""

    options: SurveyOptions
    cells: Cells
    survey: Survey
    stack: Stack
    noised: bool
    notes: tuple[str, ...]

    @property
    def expected(self) -> float:
        """How many devices are in a cohort on average: public."""
        return self.options.share * len(self.cells.cells)

    @property
    def sampling(self) -> float:
        """The share of devices that the noise counts on; 1 where it counts on none being left out."""
        return float(getattr(self.stack.release_params, "sampling", 1.0))


@dataclass(frozen=True, repr=False)
class Result:
    """One round: the cohort's vectors (private), what was released, the answer, and the exact sum of the included."""

    question: Question
    service: SumService
    vectors: Mapping[Party, Ints]
    release: Release
    answer: Answer
    total: Ints


@dataclass(kw_only=True)
class SurveyRound(Round):
    """A round as pages show it. It stays on the device: `vectors`, `sent` and the samples hold what devices hold.

    `vectors` are the devices' own, in steps, by party name; `sent` what each sent, the same unless it was clipped or
    noised on the device; `total` the sum as released. `exact` is the answer over all devices, without sampling or
    noise. `devices` is the population, `cohort` how many of them were in the round.
    """

    question: str = ""
    column: str = ""
    exact: dict[str, float] = field(default_factory=dict)
    devices: int = 0
    cohort: int = 0
    minimum: int = 0
    dropped: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, list[int]] = field(default_factory=dict)
    sent: dict[str, list[int]] = field(default_factory=dict)
    total: list[int] = field(default_factory=list)
    noised_on_device: bool = False


def read(options: SurveyOptions, cells: Cells, stack: Stack) -> Question:
    """Put the question to the cells. ParamError or DataError for what cannot be answered."""
    _check(options, cells, stack)
    if getattr(stack.release_params, "population", None) == 0:
        # Not the cohort's size, which a bound may rest on: the devices are as many as everybody knows.
        stack = replace(stack, release_params=replace(stack.release_params, population=len(cells.cells)))
    noised = stack.randomiser is not None
    survey, notes = survey_of(options, cells, noised=noised)
    who = "Devices are simulated: each holds one cell of the column."
    return Question(options, cells, survey, stack, noised, (who, *cells.notes, *notes))


def _check(options: SurveyOptions, cells: Cells, stack: Stack) -> None:
    if options.minimum > len(cells.cells):
        text = f"a minimum cohort of {options.minimum:,} is more than the {len(cells.cells):,} devices"
        raise ParamError(text, then="lower minimum or take more devices")
    sampling = float(getattr(stack.release_params, "sampling", 1.0))
    if sampling < 1.0 and sampling != options.share:
        text = f"the noise is for a sampling of {sampling:g} and the survey's share is {options.share:g}"
        raise ParamError(text, then="set both alike")


def cohort(question: Question, *, seed: int) -> list[int]:
    """Which devices are in a round: each alone, with chance `share` (Poisson sampling).

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
    """The answer from a released sum. Where it is noised, a public number divides it: what `count` was stays hidden."""
    out_of = question.expected if question.noised else float(max(count, 1))
    return question.survey.estimate(np.asarray(total, dtype=np.float64), out_of=out_of)


def hold(question: Question, seats: Seats, *, seed: int) -> Result:
    """Gather one cohort and release the answer. ProtocolAborted where too few stay, BudgetError before any noise."""
    places, options = cohort(question, seed=seed), question.options
    if len(places) < options.minimum:
        raise ProtocolAborted(f"{len(places)} devices are in the round and {options.minimum} are needed")
    seats = replace(seats, stack=question.stack)
    service = seats.sums(question.survey, contributors=len(places), minimum=options.minimum)
    vectors = {contributor(i): question.survey.encode(question.cells.cells[p]) for i, p in enumerate(places, start=1)}
    service.publish(seats.channel)
    rounds = service.mechanism.rounds(service.carried) - 1
    faults = silent(list(vectors), share=options.dropouts, rounds=rounds, seed=seed)
    released = service.release(vectors, seats.channel, silent=faults)
    total = exact(vectors, released.sum.included)
    answer = answer_of(question, released.sum.total, count=len(released.sum.included))
    service.close()
    return Result(question, service, vectors, released, answer, total)
