"""The Compare page and what it runs: cancelled, kept, listed, damaged, refused, on a person's own file."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from privacy import lab
from privacy.compare.book import Comparisons, run_id
from privacy.compare.plan import Plan
from privacy.jobs.book import JobBook
from privacy.mechanism import PrivacyCost
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services import releases
from privacy.services.runs import RunShelf
from privacy.workload import Account
from tests.support.app_pages import address, button, labels, sentences, shown, widget
from tests.support.compare_page import LINK, SMALL, keep, opened
from tests.support.saved import record
from tests.support.waiting import wait_until

ADA = Account("ada")


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def finished(at: AppTest, plan: Plan) -> AppTest:
    """The page once the plan's worker has ended."""
    from ui import resources

    # Asked of the worker, not of the page: to draw that again and again takes from the worker what it needs.
    wait_until(lambda: resources.comparisons().progress(plan).state not in ("running", "absent"), every=0.05)
    return at.run()


def planned() -> Plan:
    """The one plan that the page has kept."""
    (found,) = (Comparisons(JobBook()).plan(i, discover()) for i in Comparisons(JobBook()).ids())
    return found


def test_a_run_is_made_outside_and_kept() -> None:
    plan = Plan(SMALL, ("plain", "local"))
    at = opened(LINK)
    button(at, "Run the comparison (2 runs)").click().run()
    assert not at.exception
    at = finished(at, plan)
    assert "2 runs saved" in shown(at)
    # Another process: what it needs is in the records.
    assert Comparisons(JobBook()).open(plan, discover()).done == 2
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
    releases.ledger_for(ADA).charge("ada", cost, budget=releases.budget_for(ADA), token="spent elsewhere")
    at = opened(LINK | {"stacks": "dp"})
    button(at, "Run the comparison").click().run()
    at = finished(at, plan)
    assert "budget" in sentences(at)
    button(at, "Reset demo").click().run()
    assert not sentences(at)
    assert "is reset" in at.success[0].value
    assert releases.balance(ADA).remaining == pytest.approx(128)
    assert labels(at)[0] == "Run the comparison (1 run)"


def test_saved_comparisons_are_listed_and_opened() -> None:
    jobs = Comparisons(JobBook())
    jobs.save(Plan(RunRequest(options={"cohort": 20, "items": 100}, seed=3), ("plain", "dp"), "epsilon", (1.0, 2.0)))
    jobs.save(Plan(RunRequest(options={"cohort": 20}, data="/home/someone/likes.csv"), ("local",)))
    at = opened()
    for words in ("plain, dp; epsilon 1, 2", "ada", "20 people", "100 items", "64 dims", "seed 3"):
        assert words in shown(at)
    assert "someone" not in shown(at)
    button(at, "Open").click().run()
    assert address(at)["stacks"] == "plain,dp"
    assert address(at)["seed"] == "3"
    assert widget(at.button_group, "stacks").value == ["plain", "dp"]
    assert labels(at)[0] == "Run the comparison (3 runs)"
    assert "shown above" in shown(at)


def test_a_saved_comparison_that_cannot_be_read_leaves_the_others(state: Path) -> None:
    jobs = Comparisons(JobBook())
    jobs.save(Plan(RunRequest(options={"cohort": 20}), ("local",)))
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

    from privacy.services import datasets
    from tools.profiles.generator import generate_profiles

    frame = generate_profiles(rows=120, seed=5)
    body = frame.to_csv(index=False, na_rep="null", quoting=1).encode()
    brought = datasets.bring(io.BytesIO(body), "my profiles.csv")
    datasets.use(brought, None, check=lambda choice: None)
    at = opened({"stacks": "plain,local"})
    assert "my_profiles.csv" in shown(at)
    next(b for b in at.button if b.label.startswith("Run the comparison")).click().run()
    plan = planned()
    assert "2 runs saved" in shown(finished(at, plan))
    assert not at.error
    assert "my_profiles" not in " ".join(address(at).values())
    assert plan.base.data is not None


def test_a_comparison_spends_a_persons_own_budget_by_a_press_that_says_how_much(tmp_path: Path) -> None:
    from privacy.services import datasets

    table = tmp_path / "ages.csv"
    table.write_text("age\n" + "".join(f"{20 + i % 50}\n" for i in range(200)))
    with table.open("rb") as body:
        datasets.use(datasets.bring(body, "ages.csv"), None, check=lambda choice: None, workload="survey")
    at = opened({
        "workload": "survey", "stacks": "plain,dp", "option.column": "age", "option.devices": "20",
        "option.minimum": "3", "option.rounds": "2", "option.span": "0..100",
    })  # fmt: skip
    button(at, "Run the comparison (2 runs)").click().run()
    plan = planned()
    assert "Spend it and run the rest" in labels(finished(at, plan))
    assert "dp: this run would spend at least " in " ".join(i.value for i in at.info)
    account = lab.opened(plan.base, discover()).account
    assert releases.persistent().lifetime(account.owner).charges == 0
    button(at, "Spend it and run the rest").click().run()
    assert "2 runs saved" in shown(finished(at, plan))
    assert releases.persistent().lifetime(account.owner).charges == 1
