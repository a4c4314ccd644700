"""The For-you page under a randomiser, and what its releases cost, through Streamlit's own test harness."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from privacy.params import owners
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services import releases
from privacy.services.ledger import Budget, persistent
from privacy.services.rounds import RoundBook
from privacy.stacks import code_of, offered
from privacy.workload import Account
from tests.support.app_pages import FYP, html, keyed, opened, pick, shown
from tests.support.rounds import world
from workloads.fyp import tastes
from workloads.fyp.options import OWN

ADA, MINE = Account("ada"), Account("own", simulated=False)


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
    at = opened(FYP, **{"stack": "dp+he", "dp+he.epsilon": "3", "dp+he.preset": "fast"})
    assert keyed(at.segmented_control, "fyp.dp+he.preset").value == "fast"
    epsilon = keyed(at.select_slider, "fyp.dp+he.epsilon")
    assert (epsilon.value, "3" in epsilon.options) == (3.0, True)
    epsilon.set_value(8.0).run()
    assert not at.exception
    assert at.query_params["dp+he.epsilon"] == "8"
    assert at.query_params["dp+he.preset"] == "fast"
    assert "3" not in keyed(at.select_slider, "fyp.dp+he.epsilon").options
    assert "ε 11" in html(at)  # both releases of today were charged


def test_an_address_typed_with_a_plus_sign_is_understood() -> None:
    at = opened(FYP, **{"stack": "dp he", "dp he.epsilon": "4"})
    assert not at.warning
    assert keyed(at.segmented_control, "fyp.stack").value == "dp+he"
    assert keyed(at.select_slider, "fyp.dp+he.epsilon").value == 4.0


def test_dp_he_says_which_observer_each_is_for() -> None:
    page = shown(opened(FYP, stack="dp+he", fetch="by id"))
    assert "DP's noise is against whoever answers the fetch" in page
    assert "With HE, whoever scores reads nothing" in page
    page = shown(opened(FYP, stack="dp+he"))
    assert "With HE, whoever scores and answers the fetch reads nothing" in page
    assert "they read only what DP released" in page
    registry = discover()
    spec = registry.workload("fyp")
    workload, options = code_of(spec), spec.options()
    assert workload.division(registry.stack("he"), options) == ""
    assert "released" in workload.division(registry.stack("dp"), options)


def test_under_he_a_released_vector_is_shown_beside_the_taste() -> None:
    run = RoundBook().get(RunRequest(stack="dp+he"), discover())
    assert run.randomised
    assert run.fetched == 200
    assert run.sent != run.vector
    assert not RoundBook().get(RunRequest(stack="plain"), discover()).randomised


def test_reset_demo_draws_and_charges_anew_and_leaves_ones_own_alone() -> None:
    tastes.set_liked(world(), 17, on=True)
    own = opened(FYP, stack="dp", user=OWN)
    assert "class='vb-rank'" not in html(own)
    assert releases.balance(MINE).spent.epsilon == 0
    pick(own, "Spend it and run")
    assert html(own).count("class='vb-rank'") == 10
    assert "nothing resets it" in html(own)
    assert "Reset demo" not in [b.label for b in own.button]
    at = opened(FYP, stack="dp")
    keyed(at.select_slider, "fyp.dp.epsilon").set_value(16.0).run()
    assert releases.balance(ADA).spent.epsilon == 18
    pick(at, "Reset demo")
    assert releases.balance(ADA).spent.epsilon == 16
    assert releases.balance(ADA).lifetime.charges == 1
    assert releases.balance(MINE).spent.epsilon == 2


def test_a_spent_budget_is_a_sentence_with_its_date_and_the_page_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(releases.BUDGETS, "demo", Budget(epsilon=3.0, period="month"))
    at = opened(FYP, stack="dp")
    keyed(at.select_slider, "fyp.dp.epsilon").set_value(4.0).run()
    assert "waiting does not help" in at.error[0].value.replace("\\", "")
    keyed(at.select_slider, "fyp.dp.epsilon").set_value(1.0).run()
    assert not at.error
    keyed(at.select_slider, "fyp.dp.epsilon").set_value(0.5).run()
    frees = str(releases.balance(ADA).end)
    assert frees in at.error[0].value.replace("\\", "")
    assert "class='vb-rank'" not in html(at)
    assert "Privacy ledger" in [s.value for s in at.subheader]
    assert at.title[0].value == "For you"
    pick(at, "Reset demo")
    assert not at.error
    assert html(at).count("class='vb-rank'") == 10


def test_a_feed_of_an_earlier_period_is_not_shown_as_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.services import rounds

    book, registry = RoundBook(), discover()
    for stack in ("dp", "plain"):
        book.get(RunRequest(stack=stack), registry)
    assert book.runs == 2
    later = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(rounds, "datetime", Mock(now=lambda _: later))
    for stack in ("dp", "plain"):
        book.get(RunRequest(stack=stack), registry)
    assert book.runs == 3


def test_an_account_is_read_without_a_charge() -> None:
    assert releases.balance(ADA).spent.charges == 0
    assert releases.balance(MINE).spent.charges == 0
    assert releases.period_start(MINE) == datetime.now(UTC).date().replace(day=1)
    assert isinstance(releases.balance(MINE).end, date)
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
    for stack in offered(registry.workload("fyp"), registry):
        for name, kind in registry.fields(stack).items():
            suggested = kind.__dataclass_fields__[name].metadata["suggested"]
            for value in suggested:
                registry.stack(stack, {name: value})
