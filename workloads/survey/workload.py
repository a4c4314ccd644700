"""The survey: one question about a cell that each device holds, answered by a sum over many devices."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from privacy.plugin import (
    OPEN,
    RELEASED,
    Account,
    Case,
    Findings,
    Held,
    Live,
    Metric,
    RunRequest,
    Seats,
    Stack,
    Tell,
    Value,
    Workload,
)
from privacy.plugin.running import most_simulated
from workloads.survey.attacks import Target, alone, differencing, disaggregation, reading, unanimous
from workloads.survey.data import column_of, columns, hash_of, open_cells
from workloads.survey.live import live
from workloads.survey.measure import round_of
from workloads.survey.options import HEAVY, QUESTIONS, WORDS, SurveyOptions
from workloads.survey.round import Question, SurveyRound, hold, read

_ATTACKS: tuple[tuple[str, Callable[[Target], Metric | list[Metric]]], ...] = (
    ("the aggregator's view", reading),
    ("two cohorts", differencing),
    ("a cohort of one", alone),
    ("unanimous counts", unanimous),
    ("many rounds", disaggregation),
)


_BEAT = 0.5
HEAVIEST = 10_000
"""The most devices of a survey whose vectors are long."""


def most_of(stack: Stack, options: SurveyOptions) -> int:
    """How many devices are simulated where the options do not say it."""
    most = most_simulated(stack)
    return min(most, HEAVIEST) if options.question == HEAVY else most


class _Beat:
    """Says again, every half second at most, which attack is under way: a sign of life."""

    def __init__(self, tell: Tell, done: int, label: str) -> None:
        self._said, self._last = partial(tell, done, len(_ATTACKS), label), time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._last >= _BEAT:
            self._last = time.monotonic()
            self._said()


class SurveyWorkload(Workload):
    """A private sum over one column, from simulated devices."""

    round_class = SurveyRound

    def open(
        self, request: RunRequest, stack: Stack, options: SurveyOptions, *, tell: Tell, private: Any = None
    ) -> Case:
        """Open the column and put the question to it. A survey has no input beside its data."""
        cells = open_cells(request, options, most=most_of(stack, options), tell=tell)
        question = read(options, cells, stack)
        # The question's stack: its noise knows how many devices there are.
        return Case(request, question.stack, options, cells.data_hash, question, simulated=cells.generated)

    def data_hash(self, request: RunRequest, options: SurveyOptions) -> str:
        """That of the file's bytes. DataError where the column must be named first."""
        column_of(request, options)
        return hash_of(request)

    def account(self, case: Case) -> Account:
        """That of the file: all surveys of it draw on one, whatever they are about. A file that was changed in one
        byte is another to it."""
        return Account(f"survey of {case.data_hash[:16]}", simulated=case.simulated)

    def rounds(self, case: Case, seats: Seats) -> Iterator[SurveyRound]:
        """One: a cohort, its sum, and the answer."""
        question: Question = case.inner
        result = hold(question, seats, seed=case.request.seed)
        yield round_of(result, seats.channel.transcript, stack=case.request.stack)

    def attacks(self, case: Case, seats: Seats, *, tell: Tell) -> Findings:
        """Every attack on the stack, on simulated devices: none of whose budget is anyone's."""
        target = Target.of(case.inner, seats, seed=case.request.seed)
        metrics: list[Metric] = []
        for done, (label, attack) in enumerate(_ATTACKS):
            tell(done, len(_ATTACKS), f"attack by {label}")
            found = attack(replace(target, beat=_Beat(tell, done, f"attack by {label}")))
            metrics += found if isinstance(found, list) else [found]
        tell(len(_ATTACKS), len(_ATTACKS), "attacks")
        return Findings(metrics)

    def held(self, round_: SurveyRound) -> Held:
        """Each device's own vector, what it sent in its place, and the released sum."""
        own = [Value("vector", f"{n}'s own vector", v, OPEN, sender=n) for n, v in round_.vectors.items()]
        sent = [
            Value("sent", f"what {n} sent in place of its vector", v, RELEASED, sender=n)
            for n, v in round_.sent.items()
        ]
        total = Value("sum", "the released sum", round_.total, RELEASED)
        return Held((*own, *sent, total), none="neither a vector of a device nor the released sum")

    def live(self, question: Mapping[str, Any]) -> Live | None:
        """Real devices answer the same questions, encoded alike."""
        return live(question)

    def choices(self, request: RunRequest, options: SurveyOptions) -> Mapping[str, Mapping[str, str]]:
        """The questions in words, and the columns of the data in use."""
        usual = "choose a column" if request.data else f"{column_of(request, options)} (default)"
        return {
            "question": {one: WORDS[one] for one in QUESTIONS},
            "column": {"": usual} | {name: name for name in columns(request)},
        }
