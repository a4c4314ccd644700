"""The For-you page under a randomiser, and what its releases cost, through Streamlit's own test harness."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from app_pages import FYP, html, opened, pick

from privacy.params import owners
from privacy.registry import discover
from privacy.request import OWN, RunRequest
from privacy.services import releases
from privacy.services.ledger import Budget, persistent
from workloads.fyp import tastes
from workloads.fyp import workload as fyp
from workloads.fyp.book import FeedBook


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


@pytest.mark.parametrize("stack", ["dp", "dp+he"])
def test_a_randomised_stack_works_like_any_other(stack: str) -> None:
    at = opened(FYP, stack=stack)
    assert not at.error
    assert not at.warning
    page = html(at)
    assert page.count("class='vb-rank'") == 10
    assert "200 candidates came back as whole records" in page
    assert "the released vector" in page
    assert "Spent today" in page
    assert at.query_params["stack"] == stack


def test_the_form_has_the_parameters_of_both_and_they_are_in_the_link() -> None:
    at = opened(FYP, **{"stack": "dp+he", "dp+he.epsilon": "3", "dp+he.preset": "roomy"})
    assert at.segmented_control(key="fyp.dp+he.preset").value == "roomy"
    epsilon = at.select_slider(key="fyp.dp+he.epsilon")
    assert (epsilon.value, "3" in epsilon.options) == (3.0, True)
    epsilon.set_value(8.0).run()
    assert not at.exception
    assert at.query_params["dp+he.epsilon"] == "8.0"
    assert at.query_params["dp+he.preset"] == "roomy"
    assert "3" not in at.select_slider(key="fyp.dp+he.epsilon").options
    assert "ε 11" in html(at)  # both releases of today were charged


def test_an_address_typed_with_a_plus_sign_is_understood() -> None:
    at = opened(FYP, **{"stack": "dp he", "dp he.epsilon": "4"})
    assert not at.warning
    assert at.query_params == {"stack": "dp+he", "dp+he.epsilon": "4.0"}


def test_dp_he_says_which_observer_each_is_for() -> None:
    page = html(opened(FYP, stack="dp+he")).replace("&#x27;", "'")
    assert "DP's noise is for whoever answers the fetch" in page
    assert "HE is for whoever scores" in page
    registry = discover()
    assert fyp.division(registry, "dp") == fyp.division(registry, "he") == ""


def test_under_he_a_released_vector_is_shown_beside_the_taste() -> None:
    run = FeedBook().get(RunRequest(stack="dp+he"), discover())
    assert run.randomised
    assert run.fetched == 200
    assert run.sent != run.vector
    assert not FeedBook().get(RunRequest(stack="plain"), discover()).randomised


def test_reset_demo_draws_and_charges_anew_and_leaves_ones_own_alone() -> None:
    tastes.set_liked(fyp.world_of(RunRequest()), 17, on=True)
    own = opened(FYP, stack="dp", user=OWN)
    assert "nothing resets it" in html(own)
    assert "Reset demo" not in [b.label for b in own.button]
    at = opened(FYP, stack="dp")
    at.select_slider(key="fyp.dp.epsilon").set_value(16.0).run()
    assert releases.account("ada").spent.epsilon == 18
    pick(at, "Reset demo")
    assert releases.account("ada").spent.epsilon == 16
    assert releases.account("ada").lifetime.charges == 1
    assert releases.account(OWN).spent.epsilon == 2


def test_a_spent_budget_is_a_sentence_with_its_date_and_the_page_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(releases.BUDGETS, "demo", Budget(epsilon=3.0, period="month"))
    at = opened(FYP, stack="dp")
    at.select_slider(key="fyp.dp.epsilon").set_value(4.0).run()
    assert "no wait would help" in at.error[0].value.replace("\\", "")
    at.select_slider(key="fyp.dp.epsilon").set_value(1.0).run()
    assert not at.error
    at.select_slider(key="fyp.dp.epsilon").set_value(0.5).run()
    frees = str(releases.account("ada").end)
    assert frees in at.error[0].value.replace("\\", "")
    assert "class='vb-rank'" not in html(at)
    assert "Privacy ledger" in [s.value for s in at.subheader]
    assert at.title[0].value == "For you"
    pick(at, "Reset demo")
    assert not at.error
    assert html(at).count("class='vb-rank'") == 10


def test_a_feed_of_an_earlier_period_is_not_shown_as_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    from workloads.fyp import book as feeds

    book, registry = FeedBook(), discover()
    for stack in ("dp", "plain"):
        book.get(RunRequest(stack=stack), registry)
    assert book.runs == 2
    later = releases.period_start("ada") + timedelta(days=1)
    monkeypatch.setattr(feeds, "period_start", lambda user: later)
    for stack in ("dp", "plain"):
        book.get(RunRequest(stack=stack), registry)
    assert book.runs == 3


def test_an_account_is_read_without_a_charge() -> None:
    assert releases.account("ada").spent.charges == 0
    assert releases.account(OWN).spent.charges == 0
    assert releases.period_start(OWN) == datetime.now(UTC).date().replace(day=1)
    assert isinstance(releases.account(OWN).end, date)
    assert persistent().lifetime(OWN).charges == 0


def test_a_stack_has_the_fields_of_its_members_and_the_first_has_a_shared_name() -> None:
    @dataclass(frozen=True)
    class One:
        a: int = 1
        b: int = 2

    @dataclass(frozen=True)
    class Two:
        b: int = 3
        c: int = 4

    assert owners(One, Two) == {"a": One, "b": One, "c": Two}
    registry = discover()
    assert set(registry.fields("dp+he")) == {*registry.fields("dp"), *registry.fields("he")}
    assert [s.id for s in registry.members("dp+he")] == ["dp", "he"]
    assert registry.fields("plain") == {}
    for stack in fyp.offered(registry):
        for name, kind in registry.fields(stack).items():
            suggested = kind.__dataclass_fields__[name].metadata["suggested"]
            for value in suggested:
                registry.stack(stack, {name: value})
