"""Releases: what a randomiser let out of a person's taste, drawn once for a user, a period and a taste, and kept.

A release begins as a file with a random token; then the budget is charged under that token, which makes a second
charge for the same release a no-op; then the value is drawn and kept; only then is it sent. So a crash at any point
loses neither a charge nor a value that was sent, and a repeated request sends the same value again: fresh noise for
each would average out. A file that is deleted means a new token, and so a new charge.
"""

import hashlib
import json
import secrets
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from privacy.errors import BudgetError, StateError
from privacy.home import guarded, home, locked, write_atomic
from privacy.primitives.scoring import Ints, check_vector
from privacy.request import OWN, RunRequest
from privacy.services.ledger import Balance, Budget, ledger_for
from workloads.fyp.deployment import Deployment
from workloads.fyp.world import Taste

BUDGETS = {
    "own": Budget(epsilon=16.0, delta=1e-5, period="month"),
    "demo": Budget(epsilon=128.0, delta=1e-5, period="day"),
}
"""What a person may spend in a period, and a simulated persona, who is there to be spent and reset."""


def budget_for(user: str) -> Budget:
    """The budget of a user: a person's own, or a simulated persona's."""
    return BUDGETS["own" if user == OWN else "demo"]


def account(user: str) -> Balance:
    """What a user has spent and has left now, without spending anything."""
    return ledger_for(user).balance(user, budget=budget_for(user))


def period_start(user: str) -> date:
    """The first day of the period that a user's budget is in now: what was released before it is not fresh."""
    return budget_for(user).days(datetime.now(UTC).date())[0]


def release(request: RunRequest, deployment: Deployment, taste: Taste) -> Ints:
    """The value that stands in for a taste: the kept one of this period, or a new one whose cost is charged now.

    BudgetError, with the date when it frees, if the period's budget does not admit another.
    """
    if deployment.randomiser is None:
        return taste.vector
    task = deployment.tasks["scoring"]
    path = _path(request, deployment, taste)
    with locked(path):
        kept = _kept(path)
        if kept is None:
            kept = {"token": secrets.token_hex(16), "value": None}
            _keep(path, kept)
        try:
            cost = deployment.randomiser.cost(task)
            ledger_for(request.user).charge(request.user, cost, budget=budget_for(request.user), token=kept["token"])
        except BudgetError:
            path.unlink(missing_ok=True)
            raise
        if kept["value"] is None:
            kept["value"] = [int(v) for v in deployment.release(taste)]
            _keep(path, kept)
        return check_vector(task, np.array(kept["value"], dtype=np.int64))


def reset_demo() -> None:
    """Forget what simulated personas spent and released; a person's own ledger and releases stay."""
    ledger_for("anyone").reset()
    for path in _folder("anyone").glob("*.json"):
        guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]


def _folder(user: str) -> Path:
    folder = home() / "releases" / ("own" if user == OWN else "demo")
    guarded(lambda: folder.mkdir(parents=True, exist_ok=True, mode=0o700), folder)
    return folder


def _path(request: RunRequest, deployment: Deployment, taste: Taste) -> Path:
    """The file of a release: named by user, data, randomiser, parameters, taste and period under a key of this device.

    The key keeps the name from being tried against a list of tastes.
    """
    randomiser = deployment.randomiser
    settings = [
        request.user,
        deployment.world.data_hash,
        type(randomiser).__module__,
        vars(randomiser.params) if randomiser and randomiser.params else {},
        budget_for(request.user).period,
        str(period_start(request.user)),
    ]
    named = json.dumps(settings, sort_keys=True, default=str).encode() + taste.vector.tobytes()
    return _folder(request.user) / f"{hashlib.blake2b(named, key=_device_key(), digest_size=20).hexdigest()}.json"


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
