"""Purses: they charge a run's account before a release with noise, and keep the released values.

A release begins as a file with a random token; then the budget is charged under that token, which makes a second
charge for the same release a no-op; then the value is drawn and kept; only then is it sent. So a crash at any point
loses neither a charge nor a value that was sent, and a repeated request sends the same value again: fresh noise for
each would average out. A file that is deleted means a new token, and so a new charge.
"""

import hashlib
import json
import math
import secrets
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.boundary.seat import Seat
from privacy.debugging import hear_from
from privacy.errors import BudgetError, ConsentError, StateError
from privacy.home import guarded, home, locked, write_atomic
from privacy.mechanism import PrivacyCost
from privacy.randomiser import Randomiser
from privacy.services.ledger import Balance, Budget, Ledger, demo, persistent
from privacy.workload import Account

BUDGETS = {
    "own": Budget(epsilon=16.0, delta=1e-5, period="month"),
    "demo": Budget(epsilon=128.0, delta=1e-5, period="day"),
}
"""What a person may spend in a period, and a simulated one, who is there to be spent and reset."""

_NAMES = {"backends.dp.scoring.mechanism": "backends.dp.mechanism"}
"""Modules that have moved, by the name under which their releases are kept: what was paid for stays paid for."""


def budget_for(account: Account) -> Budget:
    """The budget of an account: a person's own, or a simulated one's."""
    return BUDGETS["demo" if account.simulated else "own"]


def ledger_for(account: Account) -> Ledger:
    """Who pays: a person from the persistent ledger, a simulated one from the demo's."""
    return demo() if account.simulated else persistent()


def balance(account: Account) -> Balance:
    """What an account has spent and has left now, without spending anything."""
    return ledger_for(account).balance(account.owner, budget=budget_for(account))


def period_start(account: Account) -> date:
    """The first day of the period that a budget is in now: what was released before it is not fresh."""
    return budget_for(account).days(datetime.now(UTC).date())[0]


class Purse:
    """The account of one run. Every cost is charged before noise is drawn."""

    real = True

    def __init__(self, account: Account, *, consent: bool = True) -> None:
        self.account, self._consent = account, consent

    def charge(self, cost: PrivacyCost) -> None:
        """Spend a cost anew, as its noise is drawn afresh. BudgetError, with when it frees, if refused.

        ConsentError for a person's own budget where `consent` was not given.
        """
        self._agree(cost)
        self._charge(cost, token=secrets.token_hex(16))

    def release(self, randomiser: Randomiser[Any], value: Any, seat: Seat[Any]) -> npt.NDArray[np.int64]:
        """The value that stands in for a private one, int64 of its shape.

        For an account with a private value it is the kept one of this period, or a new one whose cost is charged now.
        BudgetError, with the date when it frees, if the period's budget does not admit another.
        """
        cost = randomiser.cost(seat.task)
        if self.account.private is None:
            self.charge(cost)
            return np.asarray(hear_from(randomiser, "randomise", value, seat), dtype=np.int64)
        path = _path(self.account, randomiser)
        with locked(path):
            kept = _kept(path)
            if kept is None or kept["value"] is None:
                self._agree(cost)
            if kept is None:
                kept = {"token": secrets.token_hex(16), "value": None}
                _keep(path, kept)
            try:
                self._charge(cost, token=kept["token"])
            except BudgetError:
                path.unlink(missing_ok=True)
                raise
            if kept["value"] is None:
                kept["value"] = [int(v) for v in hear_from(randomiser, "randomise", value, seat)]
                _keep(path, kept)
            return np.array(kept["value"], dtype=np.int64)

    def _agree(self, cost: PrivacyCost) -> None:
        if self._consent or self.account.simulated or cost.free:
            return
        left = balance(self.account)
        spends = f"epsilon {cost.epsilon:g}" if math.isfinite(cost.epsilon) and cost.epsilon else f"rho {cost.rho:.3g}"
        raise ConsentError(
            f"this run would spend at least {spends} of your own budget, of which epsilon {left.remaining:.3g} of "
            f"{left.budget.epsilon:g} is left until {left.end}",
            then="press the button to spend it",
        )

    def _charge(self, cost: PrivacyCost, *, token: str) -> None:
        ledger_for(self.account).charge(self.account.owner, cost, budget=budget_for(self.account), token=token)


class Rehearsal(Purse):
    """The purse of simulated people under attack. It spends nothing, as nobody's data is released."""

    real = False

    def __init__(self) -> None:
        super().__init__(Account("rehearsal"))

    def _charge(self, cost: PrivacyCost, *, token: str) -> None:
        return None


def reset_demo() -> None:
    """Forget what simulated people spent and released; a person's own ledger and releases stay."""
    demo().reset()
    for path in _folder(simulated=True).glob("*.json"):
        guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]


def _folder(*, simulated: bool) -> Path:
    folder = home() / "releases" / ("demo" if simulated else "own")
    guarded(lambda: folder.mkdir(parents=True, exist_ok=True, mode=0o700), folder)
    return folder


def _path(account: Account, randomiser: Randomiser[Any]) -> Path:
    """The file of a release: named by owner, data, randomiser, parameters, value and period under a key of this device.

    The key keeps the name from being tried against a list of values.
    """
    module = type(randomiser).__module__
    settings = [
        account.owner,
        *account.about,
        _NAMES.get(module, module),
        vars(randomiser.params) if randomiser.params else {},
        budget_for(account).period,
        str(period_start(account)),
    ]
    named = json.dumps(settings, sort_keys=True, default=str).encode() + (account.private or b"")
    name = hashlib.blake2b(named, key=_device_key(), digest_size=20).hexdigest()
    return _folder(simulated=account.simulated) / f"{name}.json"


def _device_key() -> bytes:
    path = home() / "device.key"
    with locked(path):
        if not path.exists():
            write_atomic(path, secrets.token_bytes(32))
        return guarded(path.read_bytes, path)


def _keep(path: Path, kept: dict[str, Any]) -> None:
    write_atomic(path, json.dumps(kept).encode())


def _kept(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        kept: dict[str, Any] = json.loads(guarded(path.read_bytes, path))
        if not isinstance(kept["token"], str) or not isinstance(kept["value"], list | None):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise StateError(
            "a kept release cannot be read", where=str(path), then="delete that file to draw, and pay, anew"
        ) from None
    return kept
