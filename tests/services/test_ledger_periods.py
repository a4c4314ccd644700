"""The ledger's periods and budgets: days, months and years in UTC, and what is out of bounds."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BudgetError, ParamError
from privacy.mechanism import PrivacyCost
from privacy.services import ledger as ledgers
from privacy.services.ledger import Budget
from tests.support.ledger_payments import INF, NOON, pay


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.parametrize(
    ("period", "day", "start", "end"),
    [
        ("day", date(2024, 2, 29), date(2024, 2, 29), date(2024, 3, 1)),
        ("week", date(2025, 1, 1), date(2024, 12, 30), date(2025, 1, 6)),
        ("week", date(2025, 6, 15), date(2025, 6, 9), date(2025, 6, 16)),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1)),
        ("month", date(2025, 12, 31), date(2025, 12, 1), date(2026, 1, 1)),
        ("year", date(2024, 12, 31), date(2024, 1, 1), date(2025, 1, 1)),
        ("year", date(2025, 1, 1), date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_the_period_of_a_day(period, day, start, end):
    assert Budget(epsilon=1, period=period).days(day) == (start, end)


@given(st.dates(date(1970, 1, 1), date(2500, 1, 1)), st.sampled_from(ledgers.PERIODS))
def test_periods_join_without_gap_or_overlap(day, period):
    budget = Budget(epsilon=1, period=period)
    start, end = budget.days(day)
    assert start <= day < end
    assert budget.days(end)[0] == end
    assert budget.days(end - timedelta(days=1)) == (start, end)


def test_a_period_ends_at_midnight_utc_wherever_the_clock_stands(ledger):
    budget, tokyo = Budget(epsilon=1.0, period="day"), timezone(timedelta(hours=9))
    last = datetime(2025, 6, 16, 8, 59, tzinfo=tokyo)
    pay(ledger, PrivacyCost(1.0), budget=budget, token="a", now=datetime(2025, 6, 15, tzinfo=UTC))
    with pytest.raises(BudgetError, match="2025-06-16"):
        pay(ledger, PrivacyCost(1.0), budget=budget, token="b", now=last)
    assert pay(ledger, PrivacyCost(1.0), budget=budget, token="b", now=last + timedelta(minutes=1)).charged


def test_a_clock_set_back_finds_the_older_period_as_it_was_left(ledger):
    budget = Budget(epsilon=1.0)
    pay(ledger, PrivacyCost(1.0), budget=budget, token="june")
    pay(ledger, PrivacyCost(1.0), budget=budget, token="july", now=NOON + timedelta(days=30))
    with pytest.raises(BudgetError):
        pay(ledger, PrivacyCost(1.0), budget=budget, token="june again")


def test_the_first_day_of_the_next_period_is_none_of_this_one(ledger):
    budget = Budget(epsilon=1.0)
    pay(ledger, PrivacyCost(1.0), budget=budget, token="july", now=datetime(2025, 7, 1, tzinfo=UTC))
    june = pay(ledger, PrivacyCost(1.0), budget=budget, token="june", now=datetime(2025, 6, 1, tzinfo=UTC))
    assert (june.charged, june.bound, june.lifetime.bound) == (True, 1.0, 2.0)


def test_another_length_of_period_does_not_forget_what_was_spent(ledger):
    for day in range(3):
        now = NOON + timedelta(days=day)
        pay(ledger, PrivacyCost(1.0), budget=Budget(epsilon=1.0, period="day"), token="t", now=now)
    assert ledger.balance("ada", budget=Budget(epsilon=8.0), now=NOON).bound == 3.0
    with pytest.raises(BudgetError):
        pay(ledger, PrivacyCost(1.0), budget=Budget(epsilon=3.0), token="t2")


@pytest.mark.parametrize(
    "wrong",
    [
        {"epsilon": 0}, {"epsilon": -1}, {"epsilon": math.nan}, {"epsilon": INF}, {"epsilon": True},
        {"epsilon": 1, "delta": 0}, {"epsilon": 1, "delta": 1}, {"epsilon": 1, "period": "fortnight"},
        {"epsilon": "1"},
    ],
)  # fmt: skip
def test_a_budget_out_of_bounds_is_refused(wrong):
    with pytest.raises(ParamError, match="budget's"):
        Budget(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"user": ""}, {"token": ""}, {"user": "a\0b"}, {"token": "\ud800"}, {"now": datetime(2025, 6, 15)}]
)
def test_a_charge_without_a_name_or_a_zone_is_refused(ledger, wrong):
    with pytest.raises(ParamError):
        pay(ledger, PrivacyCost(1.0), **({"budget": Budget(epsilon=1), "token": "t"} | wrong))
