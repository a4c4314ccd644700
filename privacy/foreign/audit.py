"""The audit of a foreign step: import it in a process of its own, play, look, charge, and come to a verdict."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.attacks.audit import audit
from privacy.foreign import charges, game
from privacy.foreign.claim import Claim, claim_of
from privacy.foreign.finding import CONFIDENCE, Charge, Check, Finding
from privacy.foreign.outside import Foreign
from privacy.services.evaluations import now

Array = npt.NDArray[Any]
Tell = Callable[[int, int, str], None]

_CHUNK = 0.5
"""Seconds between two signs of progress."""
_TRIED = 0.2
"""The part of the time that goes into the choice of inputs."""
_SEEDS, _TRIAL = 64, 8
_BEGINNING = 5.0
_VALUES = 2**26
"""Numbers that the releases of one input may have in all: half a gigabyte."""


@dataclass(frozen=True)
class Order:
    """What to audit and how: `claim` are parts of a claim in place of the step's own, None where it is left to that.

    `folder` is where `target` is looked for first, and `python` the interpreter that has what it imports: this one's
    where it is empty. `plays` are of both inputs together, or as many as fit in about
    `seconds`; as many as the claim takes where it is None. `dims` is the length of an update.
    """

    target: str
    folder: str
    claim: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    form: str = ""
    batch: bool | None = None
    plays: int | None = None
    seconds: float = 60.0
    dims: int = 16
    patience: float = 60.0
    seed: int = 0
    python: str = ""


def audit_foreign(order: Order, tell: Tell | None = None) -> Finding:
    """Audit one step. VeilbenchError, in one sentence, for one that cannot be found, imported, called or waited for."""
    game.check_sizes(plays=order.plays, dims=order.dims, seconds=order.seconds, patience=order.patience)
    report = tell or (lambda done, total, label: None)
    report(0, 1, "importing the step")
    with Foreign(order.target, patience=order.patience, python=order.python) as foreign:
        began = time.perf_counter()
        answer = _opened(foreign, order)
        if "configuration" in answer:
            return _configured(order, dict(answer["configuration"]), began)
        claim = claim_of(answer["claims"], order.claim)
        first = _first(foreign, claim, order)
        found = _played(foreign, claim, order, report)
    report(found.plays, found.plays, "a second process")
    with Foreign(order.target, patience=order.patience, python=order.python) as other:
        _opened(other, order)
        again = _first(other, claim, order)
    check, charge = _seeded(first, again)
    checks, charged = (*found.checks, check), (*charges.declared(claim), *charge, *found.charges)
    return replace(found, checks=checks, charges=charged, seconds=time.perf_counter() - began)


def _opened(foreign: Foreign, order: Order) -> Mapping[str, Any]:
    return foreign.open(
        Path(order.folder).expanduser().resolve(), settings=dict(order.settings), form=order.form, batch=order.batch
    )


def _first(foreign: Foreign, claim: Claim, order: Order) -> Array:
    """What a step releases when it has released nothing yet."""
    update = game.pairs(claim, dims=order.dims)[0].one
    return foreign.play(update, count=_SEEDS, releases=1, seconds=_BEGINNING)


def _played(foreign: Foreign, claim: Claim, order: Order, report: Tell) -> Finding:
    """The game: a few releases of every pair of inputs, many of the most telling one."""
    found = game.pairs(claim, dims=order.dims)

    def play(update: Array, count: int) -> Array:
        return _exactly(foreign, update, count, releases=claim.releases)

    start = time.perf_counter()
    play(found[0].one, _TRIAL)
    pace = (time.perf_counter() - start) / _TRIAL
    few = min(game.FEW, max(game.FEWEST_TRIED, int(_TRIED * order.seconds / pace / (2 * len(found)))))
    report(0, 1, "choosing two inputs")
    tried = game.ranked(play, found, few=few)
    pair, plays = tried[0][0], order.plays or game.usual_plays(claim)
    sides = _sides(foreign, pair, min(plays // 2, _VALUES // order.dims), order, claim.releases, report)
    told = audit(*sides, delta=claim.delta, confidence=CONFIDENCE, seed=order.seed, directions=[pair.gap])
    return Finding(
        order.target, claim, now(), bound=told.lower, plays=told.n, event=told.event, inputs=pair.words,
        power=game.power(told.n, delta=claim.delta), needed=game.needed(claim),
        checks=tuple(game.looks(claim, pair, sides, [(pair, sides), *tried[1:]])),
        charges=charges.measured(sides[0], sides[1], pair.gap, claim),
    )  # fmt: skip


def _sides(foreign: Foreign, pair: game.Pair, count: int, order: Order, releases: int, report: Tell) -> list[Array]:
    """The releases of both inputs, as many of one as of the other, in turns: a step may change as time passes."""
    rows: list[list[Array]] = [[], []]
    made, began = 0, time.perf_counter()
    while made < count and (made < game.FEWEST_TRIED or time.perf_counter() - began < order.seconds):
        report(2 * made, 2 * count, f"playing: {pair.words}")
        rows[0].append(foreign.play(pair.zero, count=count - made, releases=releases, seconds=_CHUNK))
        rows[1].append(_exactly(foreign, pair.one, len(rows[0][-1]), releases=releases))
        made += len(rows[0][-1])
    return [np.concatenate(side) for side in rows]


def _exactly(foreign: Foreign, update: Array, count: int, *, releases: int) -> Array:
    """So many plays of one update, asked for a little at a time: a slow step is no silent one."""
    rows, made = list[Array](), 0
    while made < count:
        rows.append(foreign.play(update, count=count - made, releases=releases, seconds=_CHUNK))
        made += len(rows[-1])
    return np.concatenate(rows)


def _seeded(first: Array, again: Array) -> tuple[Check, tuple[Charge, ...]]:
    """Whether a new process draws the very noise of the one before: then whoever has the code takes it off."""
    n = min(len(first), len(again))
    if len(np.unique(first[:n], axis=0)) < min(_SEEDS, n) // 4 + 2:
        return Check("seed", None, "too few different releases to tell whether a new process draws other noise"), ()
    if (first[:n] != again[:n]).any():
        return Check("seed", True, "a new process draws other noise"), ()
    text = "a new process draws the same noise: whoever has the code takes it off"
    return Check("seed", False, text), (Charge("measured", math.inf, text),)


def _configured(order: Order, values: dict[str, Any], began: float) -> Finding:
    """The audit of a configuration: no game, as arithmetic says what such noise bounds."""
    named = {"epsilon": ("target_epsilon", "epsilon"), "delta": ("target_delta", "delta"), "clip": ("max_grad_norm",)}
    own = {part: values[name] for part, names in named.items() for name in names if values.get(name) is not None}
    claim = claim_of({"unit": "example of the training", **own}, order.claim)
    return Finding(
        order.target, claim, now(), charges=(charges.configured(values, claim),), seconds=time.perf_counter() - began
    )
