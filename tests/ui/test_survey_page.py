"""The survey's own page: question, column, answer with its bars, what a range costs, a file of one's own, ways back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from privacy.services import datasets
from tests.support import ROOT
from tests.support.app_pages import FYP, address, button, drawn, keyed, labels, opened, sentences, shown

PAGE = "survey"
CASES = ROOT / "tests" / "cases" / "survey"


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def own(path: Path) -> None:
    """Make a file the data of surveys, as an upload does."""
    with path.open("rb") as body:
        datasets.use(datasets.bring(body, path.name), None, check=lambda choice: None, workload="survey")


def rows(at: AppTest) -> list[str]:
    page = shown(at)
    return [part.split("</th>")[0] for part in page.split("<th scope='row'>")[1:]]


def test_the_answer_stands_first_with_the_column_as_it_is_read() -> None:
    at = opened(PAGE)
    page = shown(at)
    assert "<b>topic</b> is read as <span class='vb-chip'>category</span>: 927 rows hold a value, 73 hold none" in page
    assert rows(at)[:2] == ["#makeup", "#travel"]
    assert rows(at)[-4:] == ["Sampling", "Clipping", "Binning", "Noise"]
    assert {"Attack this sum", "Attack many rounds"} <= set(labels(at))
    assert not sentences(at)


def test_a_file_of_ones_own_is_asked_about_any_column_and_changes_no_other_page() -> None:
    own(CASES / "f04_likert_skewed.csv")
    at = opened(PAGE)
    assert "name one of" in sentences(at)
    at = opened(PAGE, {"column": "q"})
    assert "is read as <span class='vb-chip'>whole number</span>" in shown(at)
    assert rows(at)[:5] == ["1", "2", "3", "4", "5"]
    assert "f04_likert" not in " ".join(address(at).values())
    assert "f04_likert" not in shown(opened(FYP))
    assert "Back to the shipped data" in labels(at)
    button(at, "Back to the shipped data").click().run()
    assert datasets.chosen("survey").data is None


def test_a_noised_mean_shows_what_a_range_costs_before_it_is_paid_for() -> None:
    own(CASES / "f02_zero_inflated.csv")
    at = opened(PAGE, {"column": "loss", "question": "mean", "stack": "dp"})
    assert "found in 0..1000000" in sentences(at)
    # Before a range is declared the curve is there to choose one by.
    assert any("least at" in chart for chart in drawn(at))
    assert not [b for b in at.button if b.label.startswith("Spend")]
    at = opened(PAGE, {"column": "loss", "question": "mean", "stack": "dp", "span": "0..100000"})
    assert any("least at" in chart for chart in drawn(at))
    assert "Spend it and run" in labels(at)
    assert "mean" not in rows(at)
    button(at, "Spend it and run").click().run()
    assert "mean" in rows(at)
    assert "clipped" in shown(at)


def test_a_bad_setting_of_a_link_is_said_and_left_out() -> None:
    at = opened(PAGE, {"stack": "nope", "seed": "x", "devices": "-3"})
    for words in ("stack", "seed", "devices"):
        assert words in sentences(at)
    assert keyed(at.button_group, "survey.stack").value == "plain"
    assert rows(at)


def test_settings_go_into_the_link() -> None:
    at = opened(PAGE)
    keyed(at.number_input, "survey.devices").set_value(50).run()
    assert address(at)["devices"] == "50"
    assert "50 of 927 rows take part" in shown(at)
