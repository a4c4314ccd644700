"""The privacy ledger: what it records, when it refuses, and that no race and no kill makes it grant more."""

import contextlib
import json
import math
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from privacy.errors import BudgetError, ParamError, StateError
from privacy.mechanism import PrivacyCost
from privacy.services import ledger as ledgers
from privacy.services.accounting import MICRO, Price, converted, micro_up, price_of, rho_limit
from privacy.services.ledger import Budget, Ledger, Spent, ledger_for
from privacy.workloads.request import OWN

NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)
INF = math.inf
GAUSSIAN = PrivacyCost(epsilon=INF, rho=0.02)
positive = st.floats(min_value=0, max_value=1e6, exclude_min=True, allow_subnormal=True)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite", patience=0.2)


def pay(ledger, cost, *, budget, token, user="ada", now=NOON):
    return ledger.charge(user, cost, budget=budget, token=token, now=now)


# What is recorded


@given(positive)
def test_a_price_is_never_below_the_cost(value):
    assert Decimal(micro_up(value)) >= Decimal(repr(value)) * MICRO
    assert micro_up(value) - 1 < Decimal(repr(value)) * MICRO
    price = price_of(PrivacyCost(epsilon=value))
    assert Decimal(price.epsilon) >= Decimal(repr(value)) * MICRO
    assert price.rho >= 1
    assert price_of(PrivacyCost(INF, value)) == Price(None, micro_up(value))


def test_a_float_counts_as_the_decimal_that_it_prints_as():
    assert [micro_up(v) for v in (0.1, 0.25, 1.1, 1e-7, 5e-324, 0.0)] == [100_000, 250_000, 1_100_000, 1, 1, 0]


def randomised_response(epsilon: float, alpha: float) -> float:
    """Renyi divergence of order alpha of a coin flipped with odds e^epsilon, by summing over its two sides."""
    p = np.array([1 / (1 + math.exp(-epsilon)), 1 / (1 + math.exp(epsilon))])
    q = p[::-1]
    return float(np.log(np.sum(p**alpha * q ** (1 - alpha))) / (alpha - 1))


@pytest.mark.parametrize("epsilon", [0.05, 0.25, 1, 2, 4, 8])
def test_the_rho_of_a_pure_epsilon_covers_randomised_response_at_every_order(epsilon):
    rho = price_of(PrivacyCost(epsilon=epsilon)).rho / MICRO
    orders = 1 + np.logspace(-4, 1.5, 200)
    worst = max(randomised_response(epsilon, alpha) / alpha for alpha in orders)
    assert worst <= rho <= epsilon**2 / 2 + 1e-6
    assert rho == pytest.approx(worst, rel=1e-3, abs=2e-6)


def test_the_smaller_of_declared_and_implied_rho_is_charged():
    assert price_of(PrivacyCost(1.0, 0.1)) == Price(1_000_000, 100_000)
    assert price_of(PrivacyCost(1.0, 0.5)) == price_of(PrivacyCost(1.0)) == Price(1_000_000, 462_118)


@pytest.mark.parametrize(
    ("cost", "reason"),
    [
        (PrivacyCost(math.nan), "nan"), (PrivacyCost(-1.0), "-1.0"), (PrivacyCost(1.0, math.nan), "nan"),
        (PrivacyCost(1.0, -0.1), "-0.1"), (PrivacyCost(INF, INF), "rho of a cost is inf"),
        (PrivacyCost(INF), "no bound in pure epsilon"), (PrivacyCost(0.0, 0.5), "infinite"), (PrivacyCost(-INF), "inf"),
        (PrivacyCost(1e7), "1,000,000"), (PrivacyCost(10**400), "1,000,000"), (PrivacyCost(True), "True"),
        (PrivacyCost("1"), "'1'"), (PrivacyCost(None), "None"),
    ],
)  # fmt: skip
def test_a_cost_that_is_none_is_refused_and_nothing_recorded(ledger, cost, reason):
    with pytest.raises(ParamError, match=reason):
        pay(ledger, cost, budget=Budget(epsilon=8), token="t")
    assert ledger.lifetime("ada").charges == 0


# Conversion


def independent_conversion(rho: float, delta: float) -> float:
    """The same bound from its other end: the epsilon at which the least delta over all orders is `delta`."""

    def log_delta(epsilon: float) -> float:
        def at(log_less: float) -> float:
            less = math.exp(log_less)
            alpha = 1 + less
            return less * (alpha * rho - epsilon) - log_less + alpha * math.log1p(-1 / alpha)

        return float(minimize_scalar(at, bounds=(-9, 12), method="bounded", options={"xatol": 1e-9}).fun)

    if log_delta(0) <= math.log(delta):
        return 0.0
    return float(brentq(lambda e: log_delta(e) - math.log(delta), 0, rho + 60 * math.sqrt(rho) + 60))


def gaussian_epsilon(rho: float, delta: float) -> float:
    """The exact epsilon of one Gaussian mechanism (Balle and Wang 2018, Theorem 8), by its two normal tails."""
    mu = math.sqrt(2 * rho)

    def excess(e: float) -> float:
        return float(norm.cdf(mu / 2 - e / mu) - math.exp(e + norm.logcdf(-mu / 2 - e / mu)) - delta)

    return float(brentq(excess, 0, 200)) if excess(0) > 0 else 0.0


@pytest.mark.parametrize("delta", [1e-9, 1e-5, 1e-2])
@pytest.mark.parametrize("rho", [1e-4, 0.02, 0.5, 3.0, 40.0])
def test_the_conversion_agrees_with_an_independent_one(rho, delta):
    found = converted(micro_up(rho), delta=delta) / MICRO
    assert found == pytest.approx(independent_conversion(rho, delta), rel=1e-4, abs=2e-6)
    assert found >= independent_conversion(rho, delta) - 1e-9
    assert found >= gaussian_epsilon(rho, delta)
    assert found < rho + 2 * math.sqrt(rho * math.log(1 / delta))  # Bun and Steinke 2016, Proposition 1.3


def test_the_conversion_of_a_known_case():
    assert 0.5 + 2 * math.sqrt(0.5 * math.log(1e5)) == pytest.approx(5.298526, abs=1e-6)
    assert converted(500_000, delta=1e-5) / MICRO == pytest.approx(4.728387, abs=1e-4)
    assert gaussian_epsilon(0.5, 1e-5) == pytest.approx(4.377177, abs=1e-5)
    assert converted(0, delta=1e-5) == 0


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from([1e-9, 1e-5, 0.1]))
def test_more_rho_never_converts_to_less(first, second, delta):
    low, high = sorted((first, second))
    assert converted(low, delta=delta) <= converted(high, delta=delta)


@given(st.integers(1, 64 * MICRO), st.sampled_from([1e-9, 1e-5, 0.1]))
def test_the_limit_of_rho_is_the_last_within_epsilon(epsilon, delta):
    rho = rho_limit(epsilon, delta=delta)
    assert converted(rho, delta=delta) <= epsilon < converted(rho + 1, delta=delta)


# Spending and refusal


def test_a_budget_is_spent_to_the_end_and_the_refusal_says_when_it_frees(ledger):
    budget = Budget(epsilon=2.0)
    for i in range(4):
        balance = pay(ledger, PrivacyCost(0.5), budget=budget, token=str(i))
    assert (balance.bound, balance.remaining, balance.spent.charges) == (2.0, 0.0, 4)
    assert (balance.start, balance.end) == (date(2025, 6, 1), date(2025, 7, 1))
    with pytest.raises(BudgetError) as caught:
        pay(ledger, PrivacyCost(0.5), budget=budget, token="one more")
    assert str(caught.value) == (
        "0 is left of this month's privacy budget of epsilon 2, and this run (epsilon 0.5) would take what is spent "
        "from 2 to 2.5; it frees on 2025-07-01 (UTC): wait until then, or choose a larger budget."
    )
    assert caught.value.frees == date(2025, 7, 1)
    assert ledger.balance("ada", budget=budget, now=NOON).spent.charges == 4


def test_a_run_dearer_than_the_whole_budget_is_told_that_waiting_is_no_help(ledger):
    with pytest.raises(BudgetError, match=r"\(epsilon 3\).* no wait would help") as caught:
        pay(ledger, PrivacyCost(3.0), budget=Budget(epsilon=2.0), token="t")
    assert caught.value.frees is None


def test_the_decimals_of_a_cost_add_up_without_a_rest(ledger):
    for i in range(8):
        balance = pay(ledger, PrivacyCost(0.1), budget=Budget(epsilon=0.8, delta=1e-9), token=str(i))
    assert balance.remaining == 0


def test_many_tiny_charges_never_pass_the_limit(ledger):
    budget, granted = Budget(epsilon=2e-5, delta=1e-9), 0
    for i in range(30):
        with contextlib.suppress(BudgetError):
            pay(ledger, PrivacyCost(1.1e-6), budget=budget, token=str(i))
            granted += 1
    assert granted == 10  # each is 2 micro-units


def test_many_small_releases_are_held_by_their_zcdp_bound(ledger):
    budget = Budget(epsilon=2.0)
    for i in range(60):
        balance = pay(ledger, PrivacyCost(0.05), budget=budget, token=str(i))
    assert balance.spent.epsilon == 3.0
    assert balance.spent.which == "zCDP"
    assert balance.bound == balance.spent.converted < 2.0
    assert balance.remaining == pytest.approx(2.0 - balance.bound)


def test_a_mechanism_without_a_pure_bound_leaves_only_zcdp(ledger):
    budget = Budget(epsilon=5.0)
    before = pay(ledger, PrivacyCost(1.0), budget=budget, token="k-RR")
    assert (before.spent.which, before.bound) == ("pure", 1.0)
    after = pay(ledger, GAUSSIAN, budget=budget, token="Gaussian")
    assert (after.spent.epsilon, after.spent.which) == (INF, "zCDP")
    assert after.spent.rho == pytest.approx(0.482118)
    assert 4.0 < after.bound == after.spent.converted < 5.0
    assert after.remaining == pytest.approx(5.0 - after.bound)


def test_both_bounds_must_pass_the_limit_for_a_refusal(ledger):
    # After the Gaussian there is no pure total left: what fits the other limit is granted, and no more.
    budget = Budget(epsilon=1.0)
    limit = budget.rho_limit
    pay(ledger, PrivacyCost(INF, (limit - 100) / MICRO), budget=budget, token="a")
    with pytest.raises(BudgetError, match=r"\(rho 0.000101\)"):
        pay(ledger, PrivacyCost(INF, 101e-6), budget=budget, token="b")
    with pytest.raises(BudgetError, match=r"\(epsilon 0.9\)"):
        pay(ledger, PrivacyCost(0.9), budget=budget, token="c")
    balance = pay(ledger, PrivacyCost(0.01), budget=budget, token="d")
    assert balance.spent.rho == (limit - 50) / MICRO
    assert balance.bound <= 1.0


def test_a_gaussian_first_is_refused_after_a_pure_total_that_filled_rho(ledger):
    budget = Budget(epsilon=4.0)
    for i in range(4):
        pay(ledger, PrivacyCost(1.0), budget=budget, token=str(i))
    with pytest.raises(BudgetError):
        pay(ledger, GAUSSIAN, budget=budget, token="Gaussian")
    assert ledger.lifetime("ada").epsilon == 4.0


costs = st.one_of(
    st.floats(0.001, 3).map(PrivacyCost), st.floats(1e-6, 0.5).map(lambda rho: PrivacyCost(INF, rho))
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(costs, max_size=12), st.floats(0.1, 6))
def test_no_sequence_of_grants_passes_the_limit_and_none_that_fits_is_refused(tmp_path_factory, charges, epsilon):
    ledger, budget = Ledger(tmp_path_factory.mktemp("l") / "l.sqlite"), Budget(epsilon=epsilon)
    pure, rho = Decimal(0), Decimal(0)
    for i, cost in enumerate(charges):
        price = price_of(cost)
        new = (pure + (Decimal("Infinity") if price.epsilon is None else price.epsilon), rho + price.rho)
        fits = new[0] <= budget.epsilon_limit or converted(int(new[1]), delta=budget.delta) <= budget.epsilon_limit
        try:
            balance = pay(ledger, cost, budget=budget, token=str(i))
        except BudgetError:
            assert not fits
        else:
            assert fits
            assert balance.bound <= epsilon
            pure, rho = new
    assert Decimal(str(ledger.lifetime("ada").rho)) * MICRO == rho


def test_users_do_not_share_a_budget(ledger):
    for user in ("ada", "chika"):
        pay(ledger, PrivacyCost(1.0), budget=Budget(epsilon=1.0), token="t", user=user)
    assert ledger.lifetime("ada").epsilon == ledger.lifetime("chika").epsilon == 1.0


def test_what_costs_nothing_is_not_recorded(ledger):
    assert pay(ledger, PrivacyCost(), budget=Budget(epsilon=1.0), token="t").charged is False
    assert ledger.lifetime("ada") == Spent(0.0, 0.0, 0.0, 0)


# Tokens


def test_the_same_draw_is_charged_once_even_when_the_budget_is_spent(ledger):
    budget = Budget(epsilon=1.0)
    found = [pay(ledger, PrivacyCost(1.0), budget=budget, token="t").charged for _ in range(3)]
    assert found == [True, False, False]
    assert ledger.balance("ada", budget=budget, now=NOON).spent.charges == 1


def test_a_token_cannot_carry_a_dearer_draw(ledger):
    budget = Budget(epsilon=8.0)
    pay(ledger, PrivacyCost(1.0), budget=budget, token="t")
    for dearer in (PrivacyCost(2.0), PrivacyCost(INF, 0.01), PrivacyCost(1.000001, 0.01)):
        with pytest.raises(ParamError, match="give a new draw a new token"):
            pay(ledger, dearer, budget=budget, token="t")
    assert pay(ledger, PrivacyCost(0.5), budget=budget, token="t").charged is False
    assert ledger.lifetime("ada").epsilon == 1.0
    pay(ledger, PrivacyCost(INF, 0.1), budget=budget, token="Gaussian")
    with pytest.raises(ParamError, match="give a new draw a new token"):
        pay(ledger, PrivacyCost(INF, 0.100001), budget=budget, token="Gaussian")
    assert pay(ledger, PrivacyCost(0.1), budget=budget, token="Gaussian").charged is False


def test_the_same_token_in_the_next_period_is_a_new_charge(ledger):
    budget = Budget(epsilon=1.0)
    pay(ledger, PrivacyCost(1.0), budget=budget, token="t")
    later = pay(ledger, PrivacyCost(1.0), budget=budget, token="t", now=NOON + timedelta(days=20))
    assert later.charged
    assert (later.bound, later.lifetime.bound, later.lifetime.charges) == (1.0, 2.0, 2)


# Periods


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


# Two files


def test_a_persona_pays_from_the_demo_and_the_person_from_their_own(state):
    assert ledger_for("ada").path == state / "ledger-demo.sqlite"
    assert ledger_for(OWN).path == state / "ledger.sqlite"


def test_a_reset_of_the_demo_leaves_the_persistent_file_as_it_is(state):
    budget = Budget(epsilon=8.0)
    pay(ledger_for("ada"), PrivacyCost(1.0), budget=budget, token="t")
    pay(ledger_for(OWN), PrivacyCost(2.0), budget=budget, token="t", user=OWN)
    before = (state / "ledger.sqlite").read_bytes()
    ledger_for("ada").reset()
    assert (state / "ledger.sqlite").read_bytes() == before
    assert ledger_for("ada").lifetime("ada").charges == 0
    assert ledger_for(OWN).lifetime(OWN).epsilon == 2.0
    for path in state.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_persistent_ledger_cannot_be_reset_not_even_as_a_demo(state):
    pay(ledger_for(OWN), PrivacyCost(1.0), budget=Budget(epsilon=8), token="t", user=OWN)
    with pytest.raises(StateError, match="cannot be reset"):
        ledger_for(OWN).reset()
    with pytest.raises(StateError, match="not a demo ledger"):
        Ledger(state / "ledger.sqlite", resettable=True).reset()
    assert ledger_for(OWN).lifetime(OWN).charges == 1


# Files that cannot be used


def test_a_damaged_ledger_grants_nothing_and_only_the_demos_is_replaced(state):
    budget = Budget(epsilon=8)
    for ledger in (ledger_for("ada"), ledger_for(OWN)):
        pay(ledger, PrivacyCost(1.0), budget=budget, token="t")
        ledger.path.write_bytes(b"no database " * 400)
        with pytest.raises(StateError, match="damaged, so nothing can be charged"):
            pay(ledger, PrivacyCost(1.0), budget=budget, token="u")
        assert ledger.path.read_bytes() == b"no database " * 400
    ledger_for("ada").reset()
    assert pay(ledger_for("ada"), PrivacyCost(1.0), budget=budget, token="t").charged
    assert (state / "ledger.sqlite").read_bytes() == b"no database " * 400


def test_a_locked_ledger_grants_nothing_and_says_so(ledger):
    budget = Budget(epsilon=8)
    pay(ledger, PrivacyCost(1.0), budget=budget, token="t")
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match="nother process holds the privacy ledger"):
        pay(ledger, PrivacyCost(1.0), budget=budget, token="u")
    other.execute("ROLLBACK")
    other.close()
    assert ledger.lifetime("ada").charges == 1


def test_a_full_disk_grants_nothing_and_loses_nothing(ledger, monkeypatch):
    budget, granted, connect = Budget(epsilon=100), 0, sqlite3.connect
    pay(ledger, PrivacyCost(0.1), budget=budget, token="first")

    def nearly_full(*args, **kwargs):
        connection = connect(*args, **kwargs)
        connection.execute("PRAGMA max_page_count = 6")
        return connection

    monkeypatch.setattr(sqlite3, "connect", nearly_full)
    while granted < 200:
        try:
            pay(ledger, PrivacyCost(0.1), budget=budget, token=f"{granted:0200}")
        except StateError as error:
            assert "disk is full, so nothing was charged" in str(error)  # noqa: PT017
            break
        granted += 1
    monkeypatch.undo()
    assert 0 < granted < 200
    assert granted == ledger.lifetime("ada").charges - 1


def test_a_file_of_another_kind_is_left_alone(ledger):
    other = sqlite3.connect(ledger.path)
    other.executescript("PRAGMA user_version = 9; CREATE TABLE charges (a);")
    other.close()
    before = ledger.path.read_bytes()
    with pytest.raises(StateError, match="not a persistent ledger of this version"):
        ledger.lifetime("ada")
    assert ledger.path.read_bytes() == before


def test_a_folder_in_the_place_of_the_file_is_one_sentence(ledger):
    ledger.path.mkdir()
    with pytest.raises(StateError, match="cannot be used: SQLITE_CANTOPEN"):
        ledger.lifetime("ada")


# Races


def soak(*arguments: str) -> dict:
    command = [sys.executable, Path(__file__).with_name("soak_ledger.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_eight_processes_racing_for_eight_grants_get_exactly_eight():
    found = soak("--rounds", "8", "--kills", "0")
    assert found["granted"] == found["recorded"] == [8] * 8


def test_a_kill_at_any_moment_neither_loses_a_grant_nor_adds_one():
    found = soak("--rounds", "20")
    assert found["killed"] >= 20
    assert all(granted <= kept <= 8 for granted, kept in zip(found["granted"], found["recorded"], strict=True))


HALF = """
import os, signal, sys
from pathlib import Path
from privacy.services.ledger_store import Store
with Store(Path(sys.argv[1]), kind="persistent", patience=1)._open() as connection:
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN")
    for i in range(400):
        connection.execute("INSERT INTO charges VALUES ('ada', 'month', ?, '2025-06-15', 1, 1, 1)", (f"{i:0200}",))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_in_the_middle_of_a_write_leaves_nothing_of_it(ledger):
    pay(ledger, PrivacyCost(1.0), budget=Budget(epsilon=8), token="before")
    before = ledger.path.stat().st_size
    done = subprocess.run([sys.executable, "-c", HALF, ledger.path], cwd=Path(__file__).parents[1], check=False)
    assert done.returncode == -signal.SIGKILL
    assert ledger.path.stat().st_size > before  # part of it had reached the file
    assert ledger.lifetime("ada").charges == 1
    assert ledger.path.stat().st_size == before


def test_threads_racing_for_one_draw_charge_it_once_and_for_eight_grants_get_eight(ledger):
    patient, budget, charged, refused = Ledger(ledger.path), Budget(epsilon=9, delta=1e-9), [], []
    barrier = threading.Barrier(8)

    def run(number: int) -> None:
        barrier.wait()
        charged.append(pay(patient, PrivacyCost(1.0), budget=budget, token="the same").charged)
        for i in range(2):
            try:
                pay(patient, PrivacyCost(1.0), budget=budget, token=f"{number} {i}")
            except BudgetError:
                refused.append(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(charged), len(charged), len(refused)) == (1, 8, 8)
    assert patient.lifetime("ada").charges == 9
