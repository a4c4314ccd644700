"""The Compare page through Streamlit's own test harness: settings, links, saved records, runs and refusals."""

import html as markup
import time
from pathlib import Path

import pytest
from saved import bound, metrics, record
from streamlit.testing.v1 import AppTest

from privacy.comparison import Plan
from privacy.mechanism import PrivacyCost
from privacy.registry import discover
from privacy.services import releases
from privacy.services.comparisons import Comparisons, run_id
from privacy.services.ledger import ledger_for
from privacy.services.runs import RunShelf
from privacy.workloads.request import RunRequest

ROOT = Path(__file__).resolve().parents[1]
MAIN = str(ROOT / "ui" / "main.py")
COMPARE = "../pages/compare.py"


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


def opened(query: dict[str, str] | None = None) -> AppTest:
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.run()
    for name, value in (query or {}).items():
        at.query_params[name] = value
    at.switch_page(COMPARE).run()
    assert not at.exception, at.exception
    return at


def asked(at: AppTest) -> dict[str, str]:
    """The settings in the address."""
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def shown(at: AppTest) -> str:
    parts = [str(e.proto.body) for e in at.get("html")] + [e.value for e in at.markdown]
    return markup.unescape("\n".join(parts))


def sentences(at: AppTest) -> str:
    return " ".join(e.value for e in [*at.warning, *at.error]).replace("\\", "")


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label.startswith(label))


def labels(at: AppTest) -> list[str]:
    return [b.label for b in at.button]


def widget(kind, name: str):
    return next(w for w in kind if str(w.key).startswith(f"compare.{name}."))


def keep(plan: Plan, *, most: int = 64) -> None:
    """Made-up records in the place of the plan's first cells."""
    registry, shelf = discover(), RunShelf()
    for cell in plan.cells(registry)[:most]:
        output = None if cell.swept is None else bound(cell.swept)
        found = record(cell.request.stack, output=output)
        shelf.save(run_id(cell, registry), found | {"metrics": metrics(utility=0.5, attack=0.25)})


def finished(at: AppTest, plan: Plan) -> AppTest:
    """The page once the plan's worker has ended."""
    from ui import resources

    for _ in range(600):
        if resources.comparisons().progress(plan).state not in ("running", "absent"):
            return at.run()
        time.sleep(0.1)
    raise AssertionError(resources.comparisons().progress(plan))


SMALL = RunRequest(cohort=20, items=100)
LINK = {"stacks": "plain,local", "items": "100", "cohort": "20"}


def test_the_first_view_has_three_stacks_and_one_thing_to_do() -> None:
    at = opened()
    assert at.title[0].value == "Compare"
    assert asked(at)["stacks"] == "plain,local,he"
    assert labels(at) == ["Run the comparison (3 runs)"]
    assert "No run of these settings is saved" in shown(at)
    assert not sentences(at)


def test_a_link_shows_saved_records_at_once_and_runs_nothing() -> None:
    from ui import resources

    plan = Plan(SMALL, ("plain", "local", "dp"), "epsilon", (0.5, 2.0))
    keep(plan)
    at = opened({"stacks": "dp,local,plain", "sweep": "epsilon=2,0.5", "items": "100", "cohort": "20"})
    page = shown(at)
    assert resources.comparisons().progress(plan).state == "absent"
    assert "4 runs saved" in page
    assert page.count("<svg") == 4
    assert "random feed" in page
    assert "plain control" in page
    assert "0.25[0.050, 0.30]" in page.replace("<br><span class='vb-note'>", "")
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
    assert asked(at)["stacks"] == "plain,dp,dp+he"
    widget(at.selectbox, "sweep").set_value("epsilon").run()
    assert asked(at)["sweep"] == "epsilon=0.25,0.5,1,2,4,8,16"
    widget(at.text_input, "values.epsilon").set_value("4, 1").run()
    widget(at.selectbox, "user").set_value("chika").run()
    widget(at.number_input, "seed").set_value(7).run()
    widget(at.number_input, "cohort").set_value(60).run()
    widget(at.number_input, "items").set_value(300).run()
    widget(at.number_input, "dims").set_value(32).run()
    widget(at.button_group, "param.mechanism").set_value("laplace").run()
    assert not sentences(at)
    query = asked(at)
    assert query == {
        "stacks": "plain,dp,dp+he", "sweep": "epsilon=1,4", "workload": "fyp", "user": "chika", "seed": "7",
        "items": "300", "dims": "32", "cohort": "60", "param.mechanism": "laplace",
    }  # fmt: skip
    other = opened(query)
    assert asked(other) == query
    assert widget(other.text_input, "values.epsilon").value == "1, 4"
    assert labels(other) == ["Run the comparison (5 runs)"]
    assert not sentences(other)


def test_the_settings_are_there_after_a_visit_to_another_page() -> None:
    at = opened(LINK)
    at.switch_page("../pages/home.py").run()
    at.switch_page(COMPARE)
    at.query_params.clear()
    at.run()
    assert asked(at)["stacks"] == "plain,local"
    assert asked(at)["items"] == "100"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"stacks": "plain,hee"}, "did you mean he"),
        ({"stacks": "dp+local"}, "drop one"),
        ({"cohort": "5000"}, "between 20 and 2000"),
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
        ({"data": "/etc/passwd"}, "no file"),
        ({"mapping": "/etc/passwd"}, "no file"),
    ],
)
def test_a_bad_value_in_a_link_is_a_sentence_and_a_default(query: dict[str, str], says: str) -> None:
    at = opened(query)
    assert says in sentences(at), sentences(at)
    assert labels(at)[0].startswith("Run the comparison")
    assert not {"data", "mapping", "nonsense", "param.colour"} & set(at.query_params)


def test_values_that_are_no_numbers_leave_the_sweep_as_it_was() -> None:
    at = opened({"stacks": "dp", "sweep": "epsilon=1,2"})
    widget(at.text_input, "values.epsilon").set_value("1, many").run()
    assert "is not a sweep" in sentences(at)
    assert asked(at)["sweep"] == "epsilon=1,2"


def test_no_stack_at_all_is_a_sentence() -> None:
    at = opened()
    widget(at.button_group, "stacks").set_value([]).run()
    assert "There is no stack to compare" in sentences(at)
    assert labels(at) == []


def test_a_run_is_made_outside_and_kept() -> None:
    plan = Plan(SMALL, ("plain", "local"))
    at = opened(LINK)
    button(at, "Run the comparison (2 runs)").click().run()
    assert not at.exception
    at = finished(at, plan)
    assert "2 runs saved" in shown(at)
    assert "The server reads the taste vector in the clear." in shown(at)
    # Another process: what it needs is in the records.
    assert Comparisons().open(plan, discover()).done == 2
    at.toggle(key="compare every").set_value(True).run()
    assert "Every figure" in shown(at)


def test_cancel_keeps_what_has_run_and_says_so() -> None:
    from ui import resources

    plan = Plan(SMALL, ("plain", "local", "he"))
    keep(plan, most=1)
    at = opened(LINK | {"stacks": "plain,local,he"})
    resources.comparisons().start(plan, discover())
    button(at.run(), "Cancel").click().run()
    at.run()
    assert "Cancelled." in shown(at)
    assert any(label.startswith("Resume: ") for label in labels(at))


def test_a_spent_demo_budget_is_a_sentence_and_can_be_reset() -> None:
    plan = Plan(SMALL, ("dp",))
    cost = PrivacyCost(epsilon=127.9, rho=127.9**2 / 2)
    ledger_for("ada").charge("ada", cost, budget=releases.budget_for("ada"), token="spent elsewhere")
    at = opened(LINK | {"stacks": "dp"})
    button(at, "Run the comparison").click().run()
    at = finished(at, plan)
    assert "budget" in sentences(at)
    button(at, "Reset demo").click().run()
    assert not sentences(at)
    assert "whole again" in at.success[0].value
    assert ledger_for("ada").balance("ada", budget=releases.budget_for("ada")).remaining == pytest.approx(128)
    assert labels(at)[0] == "Run the comparison (1 run)"


def test_saved_comparisons_are_listed_and_opened() -> None:
    jobs = Comparisons()
    jobs.save(Plan(RunRequest(cohort=20, items=100, seed=3), ("plain", "dp"), "epsilon", (1.0, 2.0)))
    jobs.save(Plan(RunRequest(cohort=20, data="/home/someone/likes.csv"), ("local",)))
    at = opened()
    assert "plain, dp; epsilon 1, 2; ada; 20 people; 100 items; 64 dims; seed 3" in shown(at)
    assert "someone" not in shown(at)
    button(at, "Open").click().run()
    assert asked(at)["stacks"] == "plain,dp"
    assert asked(at)["seed"] == "3"
    assert widget(at.button_group, "stacks").value == ["plain", "dp"]
    assert labels(at)[0] == "Run the comparison (3 runs)"
    assert "shown above" in shown(at)


def test_a_saved_comparison_that_cannot_be_read_leaves_the_others(state: Path) -> None:
    jobs = Comparisons()
    jobs.save(Plan(RunRequest(cohort=20), ("local",)))
    (state / "comparisons" / "broken.json").write_text("{")
    at = opened()
    assert "cannot be read" in sentences(at)
    assert "Open" in labels(at)


def test_a_record_that_cannot_be_read_is_run_again(state: Path) -> None:
    plan = Plan(SMALL, ("plain", "local"))
    keep(plan)
    next((state / "runs").glob("*.json")).write_text("{")
    assert labels(opened(LINK)) == ["Resume: 1 of 2 done"]


def test_a_hostile_record_is_shown_as_text() -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    registry, plan = discover(), Plan(SMALL, ("plain",))
    found = record("plain", failure=hostile)
    RunShelf().save(run_id(plan.cells(registry)[0], registry), found)
    at = opened(LINK | {"stacks": "plain"})
    raw = "\n".join(str(e.proto.body) for e in at.get("html")) + "\n".join(e.value for e in at.markdown)
    assert "&lt;script&gt;alert(1)" in raw
    assert "<script" not in raw
    assert "<img" not in raw
    assert labels(at) == ["Run the failed ones again"]


def test_a_persons_own_file_is_compared_where_they_chose_it_and_is_in_no_link() -> None:
    import io

    from privacy.data.generator import generate_profiles
    from privacy.services import datasets

    frame = generate_profiles(rows=120, seed=5)
    body = frame.to_csv(index=False, na_rep="null", quoting=1).encode()
    brought = datasets.bring(io.BytesIO(body), "my profiles.csv")
    datasets.use(brought, None, settings=RunRequest())
    at = opened({"stacks": "plain,local"})
    assert "my_profiles.csv" in shown(at)
    next(b for b in at.button if b.label.startswith("Run the comparison")).click().run()
    for _ in range(240):
        time.sleep(0.25)
        at.run()
        if "2 runs saved" in shown(at):
            break
    assert "2 runs saved" in shown(at), shown(at)[-800:]
    assert not at.error
    assert "my_profiles" not in " ".join(asked(at).values())
    (plan,) = (Comparisons().plan(i) for i in Comparisons().ids())
    assert plan.base.data is not None
