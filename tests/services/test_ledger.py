"""The privacy ledger: what it spends, when it refuses, and the tokens that are charged once."""

import contextlib
import math
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import BudgetError, ParamError
from privacy.mechanism import PrivacyCost
from privacy.services.accounting import MICRO, converted, price_of
from privacy.services.ledger import Budget, Ledger, Spent
from tests.support.ledger_payments import GAUSSIAN, INF, NOON, pay


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


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
        "0 is left of this month's privacy budget of epsilon 2, and this run (epsilon 0.5) would raise the spending "
        "from 2 to 2.5; it frees on 2025-07-01 (UTC): wait until then, or choose a larger budget."
    )
    assert caught.value.frees == date(2025, 7, 1)
    assert ledger.balance("ada", budget=budget, now=NOON).spent.charges == 4


def test_a_run_dearer_than_the_whole_budget_is_told_that_waiting_is_no_help(ledger):
    with pytest.raises(BudgetError, match=r"\(epsilon 3\).* waiting does not help") as caught:
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
