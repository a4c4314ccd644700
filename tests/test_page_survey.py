"""The survey on Compare, Server view and Home through Streamlit's own test harness."""

import html as markup
import io
import time
from pathlib import Path

import pytest
from saved_survey import record, request
from streamlit.testing.v1 import AppTest

from privacy.comparison import Plan
from privacy.plots.disaggregation import Curve, Point
from privacy.registry import discover
from privacy.results import Metric
from privacy.services import datasets, servers
from privacy.services.comparisons import Comparisons, run_id
from privacy.services.evaluations import Evaluation, Evaluations, Snapshot
from privacy.services.rounds import Rounds, RoundsSnapshot
from privacy.services.runs import RunShelf
from privacy.services.servers import Servers
from privacy.workloads.request import RunRequest

ROOT = Path(__file__).resolve().parents[1]
MAIN = str(ROOT / "ui" / "main.py")
HOME, FYP, COMPARE, SERVER = (f"../pages/{name}.py" for name in ("home", "fyp", "compare", "server"))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import streamlit as st

    from ui import resources

    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("VEILBENCH_COHORT", "20")
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    yield tmp_path
    resources.comparisons().close()
    resources.evaluations().close()
    resources.rounds().close()


def opened(page: str, query: dict[str, str] | None = None) -> AppTest:
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.run()
    for name, value in (query or {}).items():
        at.query_params[name] = value
    at.switch_page(page).run()
    assert not at.exception, at.exception
    return at


def asked(at: AppTest) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def shown(at: AppTest) -> str:
    parts = [str(e.proto.body) for e in at.get("html")] + [e.value for e in at.markdown]
    return markup.unescape("\n".join(parts))


def sentences(at: AppTest) -> str:
    return " ".join(e.value for e in [*at.warning, *at.error]).replace("\\", "")


def widget(kind, name: str):
    return next(w for w in kind if str(w.key).startswith(f"compare.{name}."))


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label.startswith(label))


def keep(plan: Plan) -> None:
    registry, shelf = discover(), RunShelf()
    for cell in plan.cells(registry):
        shelf.save(run_id(cell, registry), record(cell.request.stack, plan.base))


def own_file() -> None:
    rows = "".join(f"{'yes' if i % 3 else 'no'},{20 + i % 7},x\n" for i in range(40))
    brought = datasets.bring(io.BytesIO(f"answer,years,<b>note</b>\n{rows}".encode()), "my answers.csv")
    # A survey needs no mapping: the choice alone is what a page reads.
    (datasets.home() / "data-choice.json").write_text(f'{{"data": "{brought.path}", "mapping": null}}')


def test_home_leads_to_the_survey() -> None:
    at = opened(HOME)
    assert "<h2>Survey</h2>" in shown(at)
    assert "On the servers: parties in this process" in shown(at)
    servers.save(Servers(("http://127.0.0.1:8511",), ("",)))
    assert "On the servers: parties at http://127.0.0.1:8511" in shown(opened(HOME))


def test_a_link_without_a_workload_is_still_that_of_feeds() -> None:
    at = opened(COMPARE, {"stacks": "plain,local", "items": "100", "cohort": "20"})
    assert asked(at)["workload"] == "fyp"
    assert widget(at.selectbox, "user").value == "ada"
    assert not sentences(at)


def test_the_choice_of_a_workload_changes_stacks_settings_and_link() -> None:
    at = opened(COMPARE)
    at.button_group(key="compare.workload").set_value("tally").run()
    assert not at.exception
    assert asked(at)["workload"] == "tally"
    stacks = list(widget(at.button_group, "stacks").options)
    assert "Local" not in stacks
    assert "Plain" in stacks
    assert not [w for w in at.selectbox if str(w.key).startswith("compare.user.")]
    assert not {"user", "items", "dims", "cohort"} & set(asked(at))
    assert asked(at)["option.devices"] == "200"
    at.button_group(key="compare.workload").set_value("fyp").run()
    assert asked(at)["workload"] == "fyp"
    assert asked(at)["stacks"] == "plain,local,he"
    assert not sentences(at)


def test_every_setting_of_a_survey_goes_into_the_link_and_comes_back() -> None:
    at = opened(COMPARE, {"workload": "tally", "stacks": "plain,he"})
    widget(at.button_group, "question").set_value("mean").run()
    widget(at.selectbox, "column").set_value("videos_count").run()
    widget(at.number_input, "devices").set_value(60).run()
    widget(at.number_input, "share").set_value(0.5).run()
    widget(at.number_input, "seed").set_value(7).run()
    query = asked(at)
    assert {k: query[k] for k in ("workload", "stacks", "seed")} == {
        "workload": "tally", "stacks": "plain,he", "seed": "7",
    }  # fmt: skip
    found = {k.removeprefix("option."): v for k, v in query.items() if k.startswith("option.")}
    assert found["question"] == "mean"
    assert found["column"] == "videos_count"
    assert found["devices"] == "60"
    assert found["share"] == "0.5"
    other = opened(COMPARE, query)
    assert asked(other) == query
    assert not sentences(other)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"option.question": "gossip"}, "question"),
        ({"option.devices": "1e9"}, "devices"),
        ({"option.colour": "red"}, "colour"),
        ({"stacks": "plain,local"}, "Local has none of aggregation"),
        ({"param.mechanism": "krr", "stacks": "dp"}, "mechanism"),
        ({"param.preset": "roomy", "stacks": "plain"}, "preset"),
    ],
)
def test_a_bad_value_in_a_link_of_a_survey_is_a_sentence(query: dict[str, str], says: str) -> None:
    at = opened(COMPARE, {"workload": "tally"} | query)
    assert says in sentences(at), sentences(at)
    assert button(at, "Run the comparison")


def test_parameters_of_other_primitives_are_on_no_form() -> None:
    registry = discover()
    survey = set(registry.fields("dp", primitives=("aggregation",)))
    feed = set(registry.fields("dp", primitives=("scoring", "lookup")))
    assert survey - feed
    assert feed - survey
    for page, query, mine, others in (
        (COMPARE, {"workload": "tally", "stacks": "dp"}, survey, feed),
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
    at = opened(COMPARE, {"workload": "tally", "stacks": "plain,he", "option.question": "mean"})
    page = shown(at)
    assert "2 runs saved" in page
    assert page.count("<svg") == 4
    for words in ("Two sums", "Aggregator", "Many rounds", "Cost"):
        assert words in [t.label for t in at.tabs]
    for words in ("guessed answer", "share of devices told apart", "What plain promises of a sum.", "Cohort of one"):
        assert words in page
    assert "random feed" not in page
    assert "survey; question mean" in page or not Comparisons().ids()


def test_a_survey_of_ones_own_file_is_about_one_of_its_columns() -> None:
    own_file()
    at = opened(COMPARE, {"workload": "tally", "stacks": "plain"})
    box = widget(at.selectbox, "column")
    assert list(box.options) == ["choose a column", "answer", "years", "<b>note</b>"]
    assert "is about one of its columns" in shown(at)
    assert not [b for b in at.button if b.label.startswith("Run")]
    box.set_value("answer").run()
    assert not sentences(at)
    assert "my_answers.csv" in shown(at)
    assert "my_answers" not in " ".join(asked(at).values())
    assert button(at, "Run the comparison (1 run)")


def test_the_sum_of_ones_own_file_is_drawn_and_forgotten_with_it() -> None:
    from ui import resources

    own_file()
    at = opened(SERVER, {"workload": "tally"})
    assert list(at.selectbox(key="server.column").options) == ["answer", "years", "<b>note</b>"]
    assert "contributor-1's own vector" in shown(at)
    assert not sentences(at)
    assert len(resources.survey_book()._runs) == 1
    assert "Exact, over all devices" in shown(at)
    assert "my_answers" not in str(asked(at))
    resources.survey_book().forget_own()
    assert not resources.survey_book()._runs


def test_the_wires_of_a_sum_are_told_once_for_all_who_are_alike() -> None:
    at = opened(SERVER, {"workload": "tally"})
    page = shown(at)
    assert at.title[0].value == "Server view"
    assert "contributor-1</th>" in page.replace(" <span class='vb-dim'>and 11 more alike</span>", "")
    assert "and 11 more alike, contributor-2 to contributor-12" in page
    assert page.count("<details>") == 2
    assert "contributor-1's own vector, digit for digit" in page
    assert "<b>aggregator</b> received or relayed 12 wires" in page
    at.button_group(key="who").set_value(["aggregator", "contributor-3"]).run()
    assert "hold their own cells" in shown(at)
    at.selectbox(key="server.question").set_value("mean").run()
    assert asked(at)["question"] == "mean"
    assert "Released: mean" in shown(at)
    assert not at.exception
    assert not sentences(at)


def test_another_workload_takes_nothing_of_the_old_link_along() -> None:
    at = opened(SERVER, {"workload": "tally", "stack": "he", "question": "heavy", "who": "collector"})
    assert "ciphertext" in shown(at)
    at.button_group(key="server.workload").set_value("fyp").run()
    assert asked(at) == {}
    assert "the taste, digit for digit" in shown(at)
    at.button_group(key="server.workload").set_value("tally").run()
    assert asked(at) == {"workload": "tally"}
    assert not sentences(at)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"question": "gossip"}, "question"),
        ({"column": "<img src=x>"}, "column"),
        ({"stack": "local"}, "no step of this workload"),
        ({"user": "ada"}, "no setting named"),
        ({"workload": "nothing"}, "no workload"),
    ],
)
def test_a_bad_link_to_a_sum_is_a_sentence_and_a_default(query: dict[str, str], says: str) -> None:
    at = opened(SERVER, {"workload": "tally"} | query)
    assert says in sentences(at)
    assert "<details>" in shown(at)


def test_many_rounds_are_attacked_by_a_button_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.services import rounds
    from ui import resources

    # What is kept is found by the code that made it: here that stays the same, whoever edits it meanwhile.
    monkeypatch.setattr(rounds, "code_fingerprint", lambda _: "code")
    at = opened(SERVER, {"workload": "tally", "question": "mean"})
    assert not list((Path(datasets.home()) / "rounds").glob("*.json"))
    button(at, "Attack many rounds").click().run()
    assert not at.exception
    for _ in range(600):
        if (at := at.run()) and "<svg" in shown(at):
            break
        assert resources.rounds()._jobs
        time.sleep(0.1)
    page = shown(at)
    assert "Plain, changing" in page
    assert "Plain, fixed" in page
    assert "What stops it: cohorts that stay fixed" in page


CURVE = Curve("HE, changing", (Point(1, 0.0, 0.0, 0.1), Point(20, 0.97, 0.9, 1.0)))


def test_kept_results_are_there_without_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Metric("attack_aggregator", 0.0, -0.1, 0.1, 60, "advantage", "lower", "measured", True, "from the wires"),
        Metric("attack_differencing", 1.0, 0.9, 1.0, 40, "advantage", "lower", "measured", True, "<b>two</b>"),
    ]
    monkeypatch.setattr(Evaluations, "snapshot", lambda *_: Snapshot("done", result=Evaluation(found, {}, "today")))
    monkeypatch.setattr(Rounds, "snapshot", lambda *_: RoundsSnapshot("done", curves=(CURVE,), cohort=10, devices=30))
    at = opened(SERVER, {"workload": "tally", "stack": "he"})
    page = shown(at)
    assert "reads it" in page
    assert "at chance" in page
    assert "30 simulated devices, 10 of them in each sum" in page
    assert "HE, changing: 0.97 of the devices told apart" in page
    assert not [b for b in at.button if b.label.startswith("Attack")]


def test_the_servers_are_named_where_parties_run() -> None:
    servers.save(Servers(("http://127.0.0.1:9",), ("",)))
    at = opened(SERVER, {"workload": "tally"})
    assert "Parties of the servers' roles run at http://127.0.0.1:9" in shown(at)
    assert sentences(at)
    button(at, "Stop using servers").click().run()
    assert not sentences(at)
    assert "Everything runs on this machine" in shown(at)


def test_a_budget_that_is_spent_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.errors import BudgetError
    from privacy.services import surveys

    def refused(*_: object) -> None:
        raise BudgetError("the budget of this survey is spent")

    monkeypatch.setattr(surveys, "charge", refused)
    at = opened(SERVER, {"workload": "tally", "stack": "dp"})
    assert "budget of this survey is spent" in sentences(at).lower()
    assert not at.exception


def test_a_noised_round_is_charged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.services import surveys

    charged: list[RunRequest] = []
    monkeypatch.setattr(surveys, "charge", lambda request, *_: charged.append(request))
    at = opened(SERVER, {"workload": "tally", "stack": "dp"})
    at.button_group(key="who").set_value(["collector"]).run()
    opened(SERVER, {"workload": "tally", "stack": "dp"})
    assert [r.stack for r in charged] == ["dp"]
    assert not sentences(at)
