"""What a survey asks: the cells of a column, what is refused of them, and how an answer is encoded."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import lab
from privacy.errors import DataError, ParamError, UnknownNameError
from tests.support.rounds import question as read
from tests.support.survey_requests import request
from workloads.survey.asker import survey_of
from workloads.survey.data import Tally, open_cells
from workloads.survey.options import QUESTIONS, SurveyOptions
from workloads.survey.questions import FINE, Heavy, Histogram, Mean


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


# Data


def test_cells_without_a_value_are_counted_and_said(people: str) -> None:
    cells = open_cells(request(data=people), SurveyOptions(column="age", devices=4))
    assert [cells.whole.forms[c] for device in cells.devices for c in device] == ["36", "41", "29", "55"]
    assert cells.missing == 2
    assert any("2 cells hold no value" in note for note in cells.notes)
    assert "36" not in repr(cells)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"column": "agee"}, "column 'agee'"),
        ({}, "name one of name, age, town"),
        ({"column": "town", "question": "mean"}, "row 2 first"),
    ],
)
def test_a_column_that_cannot_be_asked_about_is_one_sentence(people: str, options: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(request(data=people, minimum=2, **options))


def test_a_column_of_one_value_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("a,b\n1,2\n,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds one value"):
        read(request(data=str(path), column="a", minimum=2))


@pytest.mark.parametrize(
    "options",
    [{"span": "9..1", "question": "mean"}, {"span": "x..y", "question": "mean"}, {"values": "one"}, {"minimum": 31}],
)
def test_options_that_contradict_are_refused(options: dict) -> None:
    with pytest.raises(ParamError):
        read(request(**options))


def test_an_unknown_option_or_question_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="question"):
        lab.run(request(qestion="mean"))
    with pytest.raises(ParamError, match="histogram, mean, heavy"):
        lab.run(request(question="median"))


# Encodings


def tally(cells: list[str]) -> Tally:
    counts = Counter(cells)
    return Tally(tuple(counts), np.array(list(counts.values()), dtype=np.int64))


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=40), st.sampled_from([1, FINE]))
def test_a_histogram_of_everybody_is_exact(cells: list[str], fine: int) -> None:
    survey = Histogram(["a", "b", "other"], fine=fine)
    total = np.sum([survey.encode(c) for c in cells], axis=0)
    assert survey.accuracy(survey.estimate(total, out_of=len(cells)), tally(cells)) == pytest.approx(1.0)


@given(st.lists(st.floats(-50, 150, allow_nan=False), min_size=1, max_size=40))
def test_a_mean_is_within_its_declared_rounding(numbers: list[float]) -> None:
    survey, cells = Mean((0.0, 100.0)), [str(n) for n in numbers]
    total = np.sum([survey.encode(c) for c in cells], axis=0)
    found = survey.estimate(total, out_of=len(cells)).values[0]
    assert abs(found - np.mean(np.clip(numbers, 0, 100))) <= survey.scale * survey.unit / 2 + 1e-9


def test_heavy_values_are_found_in_a_long_list() -> None:
    cells = ["top"] * 40 + ["second"] * 25 + [f"rare {i}" for i in range(60)]
    survey = Heavy(sorted(set(cells)), most=2)
    answer = survey.estimate(np.sum([survey.encode(c) for c in cells], axis=0), out_of=len(cells))
    assert answer.labels == ("top", "second")
    assert answer.values[0] == pytest.approx(40 / 125, abs=0.05)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_device_never_has_more_than_a_whole_part(question: str) -> None:
    options = SurveyOptions(question=question, devices=50)
    cells = open_cells(request(), options)
    for noised in (False, True):
        survey, _ = survey_of(options, cells, noised=noised)
        whole = 1.0 / survey.unit
        vectors = [survey.vector([cells.whole.forms[c] for c in device]) for device in cells.devices]
        assert max(np.abs(v).max() for v in vectors) <= survey.bound
        assert not noised or max(np.linalg.norm(v) for v in vectors) <= whole
