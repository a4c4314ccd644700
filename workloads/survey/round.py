"""One round of a survey: who is in its cohort, who falls silent, and what is released of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from privacy.plugin import ParamError, Party, Release, Round, Seats, Stack, SumService, contributor
from privacy.plugin.running import Ints, counted, drawn, exact, sampling_of, silent
from workloads.survey.asker import Span, range_of, survey_of
from workloads.survey.data import Cells
from workloads.survey.options import SurveyOptions
from workloads.survey.questions import Answer, Histogram, Survey
from workloads.survey.ranges import FOUND_SHARE, ladder, range_in

SHOWN = 200
"""Contributors whose own vectors and wires a round keeps; of more, the first so many."""


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
    def devices(self) -> int:
        return len(self.cells.devices)

    @property
    def sampling(self) -> float:
        """The share of devices that the noise counts on; 1 where it counts on none being left out."""
        return sampling_of(self.stack)

    def vector(self, device: int) -> Ints:
        """Runs on a device: what it contributes, int64 (length,)."""
        return self.survey.vector([self.cells.whole.forms[c] for c in self.cells.devices[device]])


@dataclass(frozen=True, repr=False)
class Result:
    """One round: the cohort's devices and vectors (private), what was released, and the exact sum of the included."""

    question: Question
    service: SumService
    places: tuple[int, ...]
    vectors: Mapping[Party, Ints]
    release: Release
    answer: Answer
    total: Ints

    @property
    def included(self) -> list[int]:
        """The devices whose vectors are in the sum."""
        return [self.places[i - 1] for i in self.release.sum.included]


@dataclass(kw_only=True)
class SurveyRound(Round):
    """A round as pages show it. It stays on the device: `vectors`, `sent` and the samples hold what devices hold.

    `vectors` are the devices' own, in steps, by party name; `sent` what each sent, the same unless it was clipped or
    noised on the device; both of the first contributors alone where there are many. `total` is the sum as released.
    `exact` is the answer over the whole file, nothing sampled, clipped or noised; `bars` are the ends of the 95%
    interval of each value. `devices` are those in the survey of `population`, `cohort` how many were in the round.
    """

    question: str = ""
    column: str = ""
    kind: str = ""
    exact: dict[str, float] = field(default_factory=dict)
    bars: dict[str, list[float]] = field(default_factory=dict)
    bar_note: str = ""
    devices: int = 0
    population: int = 0
    cohort: int = 0
    minimum: int = 0
    outside: int = 0
    dropped: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, list[int]] = field(default_factory=dict)
    sent: dict[str, list[int]] = field(default_factory=dict)
    total: list[int] = field(default_factory=list)
    noised_on_device: bool = False


def read(options: SurveyOptions, cells: Cells, stack: Stack) -> Question:
    """Put the question to the cells. ParamError or DataError for what cannot be answered."""
    stack = counted(stack, share=options.share, minimum=options.minimum, devices=len(cells.devices))
    noised = stack.randomiser is not None
    if noised and range_of(options) is not None and not hasattr(stack.release_params, "epsilon"):
        raise ParamError("this noise has no epsilon to find a range with", then="declare the range")
    # Where a part of the budget finds the range, the public one stands for it until then.
    survey, notes = survey_of(options, cells, noised=noised, found=range_of(options) if noised else None)
    who = "Devices are simulated: each holds one row of the column."
    if cells.persons:
        who = f"Devices are simulated: each holds the rows of one person, {options.rows_each} at most."
    elif noised:
        who += " Epsilon protects one row. If a person has several rows, name the column that says whose they are."
    return Question(options, cells, survey, stack, noised, (who, *cells.notes, *notes))


def divisor(question: Question, total: Ints, *, count: int) -> float:
    """What a sum is divided by: the noised number of rows in it, or of a noised sum of all devices how many those are,
    which is public. How many are in a noised sum, `count`, stays hidden."""
    if question.survey.counted:
        return max(1.0, float(total[-1]) / question.survey.amount)
    return float(question.devices if question.noised else max(count, 1))


def answer_of(question: Question, total: Ints, *, count: int) -> Answer:
    """The answer from a released sum."""
    out_of = divisor(question, total, count=count)
    return question.survey.estimate(np.asarray(total, dtype=np.float64), out_of=out_of)


def hold(question: Question, seats: Seats, *, seed: int) -> Result:
    """Gather one cohort and release the answer. ProtocolAborted where too few stay, BudgetError before any noise."""
    options = question.options
    places = drawn(
        question.devices, share=options.share, minimum=options.minimum, noised=question.noised, seed=f"cohort {seed}"
    )  # fmt: skip
    public = range_of(question.options)
    if question.noised and public is not None:
        question = _ranged(question, places, seats, public)
    service = _service(question, places, seats)
    vectors = {contributor(i): question.vector(p) for i, p in enumerate(places, start=1)}
    service.publish(seats.channel)
    rounds = service.mechanism.rounds(service.carried) - 1
    faults = silent(vectors, share=options.dropouts, rounds=rounds, seed=(seed, 17))
    released = service.release(vectors, seats.channel, silent=faults)
    total = exact(vectors, released.sum.included)
    answer = answer_of(question, released.sum.total, count=len(released.sum.included))
    service.close()
    return Result(question, service, tuple(places), vectors, released, answer, total)


def _service(question: Question, places: list[int], seats: Seats) -> SumService:
    seats = replace(seats, stack=question.stack)
    return seats.sums(question.survey, contributors=len(places), minimum=question.options.minimum)


def _ranged(question: Question, places: list[int], seats: Seats, public: Span) -> Question:
    """The question over a range that a part of the budget found: one noised sum over a public ladder of ranges."""
    edges = ladder(public)
    fine = round(1 / question.survey.unit)
    counts = Histogram([f"range {i}" for i in range(1, len(edges))], edges=edges, fine=fine, rows=question.survey.rows)
    first = replace(question, survey=counts, stack=_spending(question.stack, FOUND_SHARE))
    service = _service(first, places, seats)
    vectors = {contributor(i): first.vector(p) for i, p in enumerate(places, start=1)}
    service.publish(seats.channel)
    total = service.release(vectors, seats.channel).sum.total
    deviation = service.deviation(contributors=len(places)) or 0.0
    service.close()
    found = range_in(edges, total[: counts.width], deviation=deviation)
    survey, notes = survey_of(question.options, question.cells, noised=True, found=found)
    kept = tuple(n for n in question.notes if "A part of the budget" not in n)
    spent = f"{FOUND_SHARE:.0%} of epsilon was spent on finding the range."
    return replace(
        question, survey=survey, stack=_spending(question.stack, 1 - FOUND_SHARE), notes=(*kept, *notes, spent)
    )


def _spending(stack: Stack, part: float) -> Stack:
    params: Any = stack.release_params
    return replace(stack, release_params=replace(params, epsilon=params.epsilon * part))
