"""The Compare page through Streamlit's own test harness: settings, links, saved records and bad values."""

import re
from pathlib import Path

import pytest

from privacy.compare.plan import Plan
from tests.support.app_pages import COMPARE, address, drawn, labels, sentences, shown, widget
from tests.support.compare_page import LINK, SMALL, keep, opened


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def test_the_first_view_has_three_stacks_and_one_thing_to_do() -> None:
    at = opened()
    assert at.title[0].value == "Compare"
    assert widget(at.button_group, "stacks").value == ["plain", "local", "he"]
    assert address(at) == {}
    assert labels(at) == ["Run the comparison (3 runs)"]
    assert "No run with these settings is saved" in shown(at)
    assert not sentences(at)


def test_a_link_shows_saved_records_at_once_and_runs_nothing() -> None:
    from ui import resources

    plan = Plan(SMALL, ("plain", "local", "dp"), "epsilon", (0.5, 2.0))
    keep(plan)
    at = opened({"stacks": "dp,local,plain", "sweep": "epsilon=2,0.5", "items": "100", "cohort": "20"})
    page = shown(at)
    assert resources.comparisons().progress(plan).state == "absent"
    assert "4 runs saved" in page
    charts = drawn(at)
    assert len(charts) == 6
    assert "chance" in "".join(charts)
    assert "plain control" in "".join(charts)
    assert "0.25[0.050,0.30]" in re.sub(r"<[^>]+>|\s", "", page)
    assert "measured, simulated" in page
    assert "What dp promises, for epsilon 0.5." in page
    assert "A failed attack is no guarantee" in page
    assert [d.label for d in at.get("download_button")] == [
        "Download CSV", "Download JSON", "Download report (HTML)",
    ]  # fmt: skip
    assert not sentences(at)


def test_some_records_are_shown_while_others_wait() -> None:
    keep(Plan(SMALL, ("plain", "local")), most=1)
    at = opened(LINK)
    assert "not run yet" in shown(at)
    assert labels(at) == ["Resume: 1 of 2 done"]


def test_every_setting_goes_into_the_link_and_comes_back() -> None:
    at = opened()
    widget(at.button_group, "stacks").set_value(["plain", "dp+he", "dp"]).run()
    assert set(address(at)["stacks"].split(",")) == {"plain", "dp", "dp+he"}
    widget(at.selectbox, "sweep").set_value("epsilon").run()
    assert address(at)["sweep"] == "epsilon"
    assert labels(at) == ["Run the comparison (15 runs)"]
    widget(at.text_input, "values").set_value("4, 1").run()
    widget(at.selectbox, "option.user").set_value("chika").run()
    widget(at.number_input, "seed").set_value(7).run()
    widget(at.number_input, "option.cohort").set_value(60).run()
    widget(at.number_input, "option.items").set_value(300).run()
    widget(at.slider, "option.dims").set_value(32).run()
    widget(at.button_group, "param.mechanism").set_value("laplace").run()
    assert not sentences(at)
    query = address(at)
    assert query == {
        "stacks": query["stacks"], "sweep": "epsilon", "values": "4, 1", "option.user": "chika", "seed": "7",
        "option.items": "300", "option.dims": "32", "option.cohort": "60", "param.mechanism": "laplace",
    }  # fmt: skip
    other = opened(query)
    assert address(other) == query
    assert widget(other.text_input, "values").value == "4, 1"
    assert labels(other) == ["Run the comparison (5 runs)"]
    assert not sentences(other)


def test_the_settings_are_there_after_a_visit_to_another_page() -> None:
    at = opened(LINK)
    at.switch_page("../pages/home.py").run()
    at.switch_page(COMPARE)
    at.query_params.clear()
    at.run()
    assert address(at)["stacks"] == "plain,local"
    assert address(at)["option.items"] == "100"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"stacks": "plain,hee"}, "did you mean he"),
        ({"stacks": "dp+local"}, "drop one"),
        ({"cohort": "9000"}, "between 20 and 5000"),
        ({"seed": "nan"}, "seed"),
        ({"items": "-4"}, "items"),
        ({"user": "<script>alert(1)</script>"}, "user"),
        ({"workload": "nothing"}, "workload"),
        ({"sweep": "epsilon=1,2"}, "sweep"),
        ({"stacks": "dp", "sweep": "epsilon=1,999"}, "epsilon"),
        ({"stacks": "dp", "sweep": "mechanism=1"}, "mechanism"),
        ({"stacks": "dp", "sweep": "=;"}, "sweep"),
        ({"stacks": "dp", "param.epsilon": "-1"}, "epsilon"),
        ({"param.colour": "1"}, "colour"),
        ({"nonsense": "1"}, "nonsense"),
        ({"data": "/etc/passwd"}, "no setting named"),
        ({"mapping": "/etc/passwd"}, "no setting named"),
    ],
)
def test_a_bad_value_in_a_link_is_a_sentence_and_a_default(query: dict[str, str], says: str) -> None:
    at = opened(query)
    assert says in sentences(at), sentences(at)
    assert labels(at)[0].startswith("Run the comparison")
    assert "passwd" not in " ".join(c.value for c in at.code)


def test_values_that_are_no_numbers_leave_the_usual_ones() -> None:
    at = opened({"stacks": "dp", "sweep": "epsilon=1,2"})
    widget(at.text_input, "values").set_value("1, many").run()
    assert "is not a sweep" in sentences(at)
    assert labels(at) == ["Run the comparison (7 runs)"]


def test_no_stack_at_all_is_a_sentence() -> None:
    at = opened()
    widget(at.button_group, "stacks").set_value([]).run()
    assert "There is no stack to compare" in sentences(at)
    assert labels(at) == []
