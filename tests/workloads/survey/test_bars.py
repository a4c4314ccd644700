"""Error bars: of a noised answer 95% of the intervals hold the truth of the clipped column; clipping stands apart."""

from pathlib import Path

import numpy as np
import pytest

from privacy.boundary.channel import Channel
from privacy.lab import opened
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.seats import Seats
from privacy.services.releases import Rehearsal
from tests.support import ROOT
from workloads.survey.measure import errors_of, interval
from workloads.survey.round import Result, hold

CASES = ROOT / "tests" / "cases" / "survey"

SURVEYS = {
    "mean": ("f25_ok", "dp", {"column": "age", "question": "mean", "span": "0..60"}, 0, 1000),
    "share": ("f04_likert_skewed", "dp", {"column": "q", "span": "1..5"}, 3, 1000),
    "several": ("f14_select_all_that_apply", "dp", {"column": "lang", "values": "Python|SQL|R", "answers": 2}, 1, 1000),
    "shared noise": ("f25_ok", "dp+he", {"column": "age", "question": "mean", "span": "0..100"}, 0, 250),
    "dropouts": ("f04_likert_skewed", "dp", {"column": "q", "span": "1..5", "dropouts": 0.2}, 3, 500),
}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def releases(name: str, stack: str, options: dict, *, count: int) -> list[Result]:
    """Releases of a survey, each with fresh noise, of simulated people: nobody's budget is spent."""
    registry = discover()
    wanted = RunRequest(
        workload="survey", stack=stack, data=str(CASES / f"{name}.csv"), options={"minimum": 1} | options
    )
    case = opened(wanted, registry).case
    return [
        hold(case.inner, Seats(registry, case.stack, Rehearsal(), Channel()), seed=seed) for seed in range(count)
    ]  # fmt: skip


def held(results: list[Result], place: int) -> int:
    """How many intervals hold the truth of the clipped column."""
    inner = results[0].question
    truth = inner.survey.clipped(inner.cells.whole).values[place]
    ends = [interval(one) for one in results]
    return sum(low[place] <= truth <= high[place] for low, high in ends)


@pytest.mark.soak("planted")
@pytest.mark.parametrize("survey", list(SURVEYS))
def test_the_interval_holds_the_truth_of_the_clipped_column_in_95_of_100(survey: str) -> None:
    name, stack, options, place, count = SURVEYS[survey]
    found = held(releases(name, stack, options, count=count), place)
    # Of 1,000 that is 930 to 970; of fewer the same three deviations of a binomial count.
    slack = 2.9 * (0.95 * 0.05 * count) ** 0.5
    assert 0.95 * count - slack <= found
    # Where some fall silent the spread of the column stays hidden, and the interval is for the widest: never too short.
    assert found <= 0.95 * count + slack or survey == "dropouts"


def test_an_interval_is_as_wide_as_its_noise_and_clipping_stands_apart() -> None:
    name, stack, options, place, _ = SURVEYS["mean"]
    (one,) = releases(name, stack, options, count=1)
    low, high = interval(one)
    deviation = one.service.deviation(contributors=60) / one.question.survey.amount * one.question.survey.scale / 60
    assert high[place] - low[place] == pytest.approx(2 * 1.959964 * deviation)
    whole = one.question.cells.whole
    bias = float(np.dot(np.clip(whole.numbers, 0, 60), whole.counts) / 60 - np.dot(whole.numbers, whole.counts) / 60)
    assert errors_of(one)["clipping"] == pytest.approx(bias)
    assert bias < 0


def test_without_noise_and_with_everybody_there_is_no_bar() -> None:
    (one,) = releases("f25_ok", "plain", {"column": "age", "question": "mean"}, count=1)
    low, high = interval(one)
    assert low[0] == high[0] == pytest.approx(41.166667)
