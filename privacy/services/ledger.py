"""The privacy ledger: what each user's released values have spent. It refuses a run that would spend too much.

The host charges before a run, from the cost that the mechanism declares; a run that then breaks off stays charged.
Everything that one user spends adds up, whatever the workload. Two totals are kept and the smaller bound counts: a
charge is refused only if both pure epsilon and zCDP would pass the limit. That is sound although every cost may depend
on earlier releases: where the pure total is within the limit so is every privacy loss, and all other histories are
those of a run stopped at the limit of rho, so together they pass epsilon with probability delta at most (privacy
filters: Rogers, Roth, Ullman and Vadhan 2016; Whitehouse, Ramdas, Rogers and Wu 2023).

Days are those of UTC. Each charge lies on the day on which it was made, and the days of a period share its limit,
also after the limit or the length of the period was changed. A clock that is set back leads into an older period
with all that was charged in it then, so no period ever grants more than its limit; the lifetime total counts all.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from privacy.errors import BudgetError, ParamError, StateError
from privacy.home import home
from privacy.mechanism import PrivacyCost
from privacy.services.accounting import MICRO, MOST, Price, converted, micro_down, price_of, rho_limit
from privacy.services.ledger_store import Place, Store

Period = Literal["day", "week", "month", "year"]
PERIODS: tuple[Period, ...] = ("day", "week", "month", "year")
PATIENCE = 15.0
"""Seconds that a charge waits for another process to finish its own."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that one user may spend in a period: epsilon, rounded down to micro-units, at `delta`."""

    epsilon: float
    delta: float = 1e-5
    period: Period = "month"

    def __post_init__(self) -> None:
        limits: tuple[tuple[str, Any, float], ...] = (("epsilon", self.epsilon, MOST), ("delta", self.delta, 0.5))
        for name, value, most in limits:
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= most:
                raise ParamError(f"the budget's {name} is {value!r}", then=f"give a number above 0 and up to {most:,}")
        if self.period not in PERIODS:
            raise ParamError(f"the budget's period is {self.period!r}", then=f"choose one of {', '.join(PERIODS)}")

    @property
    def epsilon_limit(self) -> int:
        """Micro-units of epsilon."""
        return micro_down(self.epsilon)

    @property
    def rho_limit(self) -> int:
        """Micro-units of rho, the most that stays within epsilon at delta."""
        return rho_limit(self.epsilon_limit, delta=self.delta)

    def days(self, day: date) -> tuple[date, date]:
        """The period that `day` is in: its first day, and the first of the next."""
        if self.period == "day":
            start, longer = day, timedelta(days=1)
        elif self.period == "week":
            start, longer = day - timedelta(days=day.weekday()), timedelta(days=7)
        elif self.period == "month":
            start, longer = day.replace(day=1), timedelta(days=31)
        else:
            start, longer = day.replace(month=1, day=1), timedelta(days=366)
        later = start + longer
        return start, later if self.period in ("day", "week") else later.replace(day=1)


@dataclass(frozen=True)
class Spent:
    """What was spent: pure epsilon (infinite where a mechanism had none), rho, and their smaller bound at delta."""

    epsilon: float
    rho: float
    converted: float
    charges: int

    @classmethod
    def of(cls, price: Price, charges: int, *, delta: float) -> "Spent":
        pure = math.inf if price.epsilon is None else price.epsilon / MICRO
        return cls(pure, price.rho / MICRO, converted(price.rho, delta=delta) / MICRO, charges)

    @property
    def bound(self) -> float:
        return min(self.epsilon, self.converted)

    @property
    def which(self) -> Literal["pure", "zCDP"]:
        """The total that gives the smaller bound. The pure one holds with delta 0."""
        return "pure" if self.epsilon <= self.converted else "zCDP"


@dataclass(frozen=True)
class Balance:
    """A user's account for the period from `start` until before `end`, and for their lifetime.

    `charged` tells of the call that gave this balance whether it took anything.
    """

    user: str
    budget: Budget
    start: date
    end: date
    spent: Spent
    lifetime: Spent
    charged: bool = False

    @property
    def bound(self) -> float:
        """The epsilon spent in this period: the smaller bound."""
        return self.spent.bound

    @property
    def remaining(self) -> float:
        return max(0.0, round(self.budget.epsilon_limit / MICRO - self.bound, 6))


class Ledger:
    """The account book at `path`. Every call may come from any thread or process, and any may be killed."""

    def __init__(self, path: Path, *, resettable: bool = False, patience: float = PATIENCE) -> None:
        self.path, self.resettable = path, resettable
        self._store = Store(path, kind="demo" if resettable else "persistent", patience=patience)

    def charge(
        self, user: str, cost: PrivacyCost, *, budget: Budget, token: str, now: datetime | None = None
    ) -> Balance:
        """Spend `cost` of the user's budget, once for all charges of `token` in this period, or refuse.

        A new draw of noise is a new token; the same drawn value sent again keeps its token and costs nothing.
        BudgetError if the period has too little left, ParamError for a cost that is none, StateError if the file
        cannot be written: in each case nothing was granted.
        """
        price, place = price_of(cost), _place(user, budget, now)
        _check_name(token, "token")
        if price == Price(0, 0):
            return self._balance(place, budget)
        uses = self._store.charge(
            place, token, price, epsilon_limit=budget.epsilon_limit, rho_limit=budget.rho_limit
        )  # fmt: skip
        if uses is None:
            if self._store.charged(place, token):
                raise ParamError("the same drawn value was charged at a lower cost", then="give a new draw a new token")
            raise self._refusal(place, budget, price)
        return self._balance(place, budget, charged=uses == 1)

    def balance(self, user: str, *, budget: Budget, now: datetime | None = None) -> Balance:
        """What the user has spent and has left in the period of `now`, without spending anything."""
        return self._balance(_place(user, budget, now), budget)

    def lifetime(self, user: str, *, delta: float = 1e-5) -> Spent:
        """Everything that the user ever spent."""
        return Spent.of(*self._store.total(user), delta=delta)

    def reset(self) -> None:
        """Forget all charges of a demo ledger. StateError for a persistent one: what was released stays released."""
        if not self.resettable:
            raise StateError(
                "the privacy ledger of a person's own input cannot be reset", where=str(self.path),
                then="wait for the next period; a release cannot be taken back",
            )  # fmt: skip
        self._store.clear()

    def _balance(self, place: Place, budget: Budget, *, charged: bool = False) -> Balance:
        spent = Spent.of(*self._store.total(place.user, start=place.start, end=place.end), delta=budget.delta)
        start, end = date.fromisoformat(place.start), date.fromisoformat(place.end)
        return Balance(place.user, budget, start, end, spent, self.lifetime(place.user, delta=budget.delta), charged)

    def _refusal(self, place: Place, budget: Budget, price: Price) -> BudgetError:
        before, count = self._store.total(place.user, start=place.start, end=place.end)
        balance = self._balance(place, budget)
        pure = None if before.epsilon is None or price.epsilon is None else before.epsilon + price.epsilon
        after = Spent.of(Price(pure, before.rho + price.rho), count + 1, delta=budget.delta)
        order = f"rho {price.rho / MICRO:.6g}" if price.epsilon is None else f"epsilon {price.epsilon / MICRO:.6g}"
        what = (
            f"{balance.remaining:.6g} is left of this {budget.period}'s privacy budget of epsilon "
            f"{budget.epsilon:g}, and this run ({order}) would raise the spending from {balance.bound:.6g} to "
            f"{after.bound:.6g}"
        )
        alone = Spent.of(price, 1, delta=budget.delta).bound
        if alone > budget.epsilon_limit / MICRO:
            return BudgetError(what, then="waiting does not help; choose a smaller epsilon or a larger budget")
        then = f"it frees on {place.end} (UTC): wait until then, or choose a larger budget"
        return BudgetError(what, then=then, frees=balance.end)


def _place(user: str, budget: Budget, now: datetime | None) -> Place:
    _check_name(user, "user")
    if now is not None and now.tzinfo is None:
        raise ParamError("the time of a charge has no time zone", then="give one, such as UTC")
    day = (now or datetime.now(UTC)).astimezone(UTC).date()
    start, end = budget.days(day)
    return Place(user, f"{budget.period} {start}", day.isoformat(), start.isoformat(), end.isoformat())


def _check_name(name: Any, what: str) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= 200 or not name.isprintable():
        raise ParamError(f"the {what} of a charge is {name!r:.60}", then="give 1 to 200 printable characters")


def persistent() -> Ledger:
    """The ledger of a person's own input: `ledger.sqlite` in the state folder. Nothing resets it."""
    return Ledger(home() / "ledger.sqlite")


def demo() -> Ledger:
    """The ledger of simulated people: `ledger-demo.sqlite` in the state folder."""
    return Ledger(home() / "ledger-demo.sqlite", resettable=True)
