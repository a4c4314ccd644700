"""The survey on Home and Compare through Streamlit's own test harness."""

from pathlib import Path

import pytest

from privacy.compare.book import Comparisons, run_id
from privacy.compare.plan import Plan
from privacy.jobs.book import JobBook
from privacy.registry import discover
from privacy.services import servers
from privacy.services.runs import RunShelf
from privacy.services.servers import Servers
from tests.support.app_pages import (
    COMPARE,
    FYP,
    HOME,
    address,
    button,
    drawn,
    keyed,
    opened,
    own_file,
    sentences,
    shown,
    widget,
)
from tests.support.saved_survey import record, request


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def keep(plan: Plan) -> None:
    registry, shelf = discover(), RunShelf()
    for cell in plan.cells(registry):
        shelf.save(run_id(cell, registry), record(cell.request.stack, plan.base))


def test_home_leads_to_the_survey() -> None:
    at = opened(HOME)
    assert "Survey</h2>" in shown(at)
    assert "On the servers: parties in this process" in shown(at)
    servers.save(Servers(("http://127.0.0.1:8511",), ("",)))
    assert "http://127.0.0.1:8511" in shown(opened(HOME))


def test_a_link_without_a_workload_is_still_that_of_feeds() -> None:
    at = opened(COMPARE, {"stacks": "plain,local", "items": "100", "cohort": "20"})
    assert keyed(at.button_group, "compare.workload").value == "fyp"
    assert widget(at.selectbox, "option.user").value == "ada"
    assert not sentences(at)


def test_the_choice_of_a_workload_changes_stacks_settings_and_link() -> None:
    at = opened(COMPARE)
    keyed(at.button_group, "compare.workload").set_value("survey").run()
    assert not at.exception
    assert address(at)["workload"] == "survey"
    stacks = list(widget(at.button_group, "stacks").options)
    assert "Local" not in stacks
    assert "Plain" in stacks
    assert not [w for w in at.selectbox if str(w.key).startswith("compare.user.")]
    assert not {"user", "items", "dims", "cohort"} & set(address(at))
    assert widget(at.number_input, "option.devices").value == 0
    keyed(at.button_group, "compare.workload").set_value("fyp").run()
    assert "workload" not in address(at)
    assert widget(at.button_group, "stacks").value == ["plain", "local", "he"]
    assert not sentences(at)


def test_every_setting_of_a_survey_goes_into_the_link_and_comes_back() -> None:
    at = opened(COMPARE, {"workload": "survey", "stacks": "plain,he"})
    widget(at.button_group, "option.question").set_value("mean").run()
    widget(at.selectbox, "option.column").set_value("videos_count").run()
    widget(at.number_input, "option.devices").set_value(60).run()
    widget(at.slider, "option.share").set_value(0.5).run()
    widget(at.number_input, "seed").set_value(7).run()
    query = address(at)
    assert {k: query[k] for k in ("workload", "stacks", "seed")} == {
        "workload": "survey", "stacks": "plain,he", "seed": "7",
    }  # fmt: skip
    found = {k.removeprefix("option."): v for k, v in query.items() if k.startswith("option.")}
    assert found["question"] == "mean"
    assert found["column"] == "videos_count"
    assert found["devices"] == "60"
    assert found["share"] == "0.5"
    other = opened(COMPARE, query)
    assert address(other) == query
    assert not sentences(other)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"option.question": "gossip"}, "question"),
        ({"option.devices": "1e9"}, "devices"),
        ({"option.colour": "red"}, "colour"),
        ({"stacks": "plain,local"}, "Local has none of aggregation"),
        ({"param.mechanism": "krr", "stacks": "dp"}, "mechanism"),
        ({"param.preset": "fast", "stacks": "plain"}, "preset"),
    ],
)
def test_a_bad_value_in_a_link_of_a_survey_is_a_sentence(query: dict[str, str], says: str) -> None:
    at = opened(COMPARE, {"workload": "survey"} | query)
    assert says in sentences(at), sentences(at)
    assert button(at, "Run the comparison")


def test_parameters_of_other_primitives_are_on_no_form() -> None:
    registry = discover()
    survey = set(registry.fields("dp", primitives=("aggregation",)))
    feed = set(registry.fields("dp", primitives=("scoring", "lookup")))
    assert survey - feed
    assert feed - survey
    for page, query, mine, others in (
        (COMPARE, {"workload": "survey", "stacks": "dp"}, survey, feed),
        (COMPARE, {"stacks": "dp"}, feed, survey),
        (FYP, {"stack": "dp"}, feed, survey),
    ):
        at = opened(page, query)
        kinds = (at.number_input, at.slider, at.select_slider, at.button_group, at.segmented_control, at.toggle)
        keys = " ".join(str(w.key) for kind in kinds for w in kind)
        assert all(f".{name}" in keys for name in mine)
        assert not any(f".{name}" in keys for name in others - mine), keys


def test_saved_records_of_a_survey_are_drawn_and_told() -> None:
    plan = Plan(request(question="mean"), ("plain", "he"))
    keep(plan)
    at = opened(COMPARE, {"workload": "survey", "stacks": "plain,he", "option.question": "mean"})
    page = shown(at)
    assert "2 runs saved" in page
    charts = drawn(at)
    assert len(charts) == 5
    for words in ("Two sums", "Aggregator", "Many rounds", "Cost"):
        assert words in [t.label for t in at.tabs]
    for words in ("guessed answer", "share of devices told apart"):
        assert words in "".join(charts)
    for words in ("What plain promises of a sum.", "Cohort of one"):
        assert words in page
    assert "random feed" not in "".join(charts)
    assert "survey; question mean" in page or not Comparisons(JobBook()).ids()


def test_a_survey_of_ones_own_file_is_about_one_of_its_columns() -> None:
    own_file()
    at = opened(COMPARE, {"workload": "survey", "stacks": "plain"})
    box = widget(at.selectbox, "option.column")
    assert list(box.options) == ["choose a column", "answer", "years", "<b>note</b>"]
    assert "needs one column" in sentences(at)
    assert not [b for b in at.button if b.label.startswith("Run")]
    box.set_value("answer").run()
    assert not sentences(at)
    assert "my_answers.csv" in shown(at)
    assert "my_answers" not in " ".join(address(at).values())
    assert button(at, "Run the comparison (1 run)")
