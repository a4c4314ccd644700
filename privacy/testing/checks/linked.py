"""Checks over several runs of the same person: do they tell together what none of them tells alone?"""

from dataclasses import replace
from typing import Any

import numpy as np

from privacy.boundary.transcript import Message
from privacy.guarantees import Strength
from privacy.mechanism import Mechanism, PrivacyCost
from privacy.testing.bench import TOO_FEW, Bench, CheckResult, Sitting
from privacy.testing.case import Case
from privacy.testing.game import (
    Coins,
    GameResult,
    Observer,
    Recorder,
    hidden_from,
    judge,
    observers,
    sent_in_run,
    shared_plays,
    toss,
)
from privacy.testing.relations import Floats

_REPEATS = 64
_MEMO_PLAYS = 120
_LOOKS = 3
_READ = 4096
_ROWS = 2**16
_ONE_RUN = frozenset({"run", "query", "request", "release", "message", "vector", "session", "example", "vote"})


def bounded_for_long(mechanism: Mechanism[Any], case: Case) -> list[Observer]:
    """The single parties towards whom a differential claim covers all runs of a person, by the unit that it names."""
    alone = [o for o in observers(mechanism, case) if not o.silent and len(o.members) == 1]
    found = [o for o in alone if o.claim is not None and o.claim.strength == Strength.DIFFERENTIAL]
    return [o for o in found if o.claim and o.claim.output and not _ONE_RUN & set(o.claim.output.unit.lower().split())]


def check_linked(bench: Bench) -> CheckResult:
    """Two runs of the same seats do not tell whether their inputs were equal: no mask, nonce or token serves twice."""
    title = "two runs do not tell whether their inputs were equal"
    watchers = hidden_from(bench.mechanism, bench.case)
    if not watchers:
        return CheckResult("linked", title, None, "nothing is claimed that hides a repetition")
    pairs = shared_plays(bench)[2]
    return _reply("linked", title, bench, list(pairs.watching), list(pairs.recorders), pairs.equal)


def _reply(
    id_: str, title: str, bench: Bench, watchers: list[Observer], kept: list[Recorder], coins: Coins
) -> CheckResult:
    results = [judge(bench, o, r, coins) for o, r in zip(watchers, kept, strict=True)]
    text = "; ".join(map(_sentence, results))
    if any(r.beaten for r in results):
        return CheckResult(id_, title, False, text)
    if not all(r.telling for r in results):
        return CheckResult(id_, title, None, f"{TOO_FEW}{text}")
    return CheckResult(id_, title, True, text)


def _sentence(r: GameResult) -> str:
    return (
        f"{r.observer}: advantage {r.advantage:.2f} [{r.low:.2f}, {r.high:.2f}] in {r.n} guesses, "
        f"{r.threshold:.2f} admitted"
    )


def check_memoised(bench: Bench) -> CheckResult:
    """Where a differential claim is for a person, and not for one run, all runs of a person together stay within it.

    A value that is sent again as it was adds nothing. Fresh noise averages out: then the game is played on many runs,
    unless the host was seen to charge the budget for every one of them. A claim without a cost never runs for a person.
    """
    title = "a differential claim for a person holds over many runs"
    watchers = bounded_for_long(bench.mechanism, bench.case)
    if not watchers:
        return CheckResult("memoised", title, None, "no differential claim covers more than one run")
    anew, charges = changing(bench, watchers)
    if not anew:
        return CheckResult("memoised", title, True, "the same input is sent as the same value, run after run")
    if charges:
        return _charged(title, charges, watchers)
    plays = max(40, min(bench.plays, _MEMO_PLAYS))
    coins = toss(plays, seed=bench.seed)
    recorders = [Recorder(plays=_ROWS) for _ in watchers]
    for coin in coins:
        sitting, value = Sitting(bench), bench.case.x1 if coin else bench.case.x0
        runs = [sitting.run(value)[1] for _ in range(_REPEATS)]
        for observer, recorder in zip(watchers, recorders, strict=True):
            recorder.keep(_averaged([sent_in_run(t, observer) for t in runs]), b"")
    result = _reply("memoised", title, bench, watchers, recorders, coins)
    return replace(result, detail=f"fresh noise in every run; {_REPEATS} runs together: {result.detail}")


def _charged(title: str, charges: list[PrivacyCost], watchers: list[Observer]) -> CheckResult:
    """The verdict where the host charged every run: it must have charged as much as is claimed."""
    cost = min(charges, key=lambda c: (c.epsilon, c.rho))
    declared = max(o.claim.output.epsilon for o in watchers if o.claim and o.claim.output)
    text = f"every run is charged for, epsilon {cost.epsilon:g} and rho {cost.rho:g}, under a bound of {declared:g}"
    # Where rho alone is charged the bound has a delta too, and follows from it.
    short = cost.epsilon < declared and not cost.rho
    return CheckResult("memoised", title, not short, text)


def changing(bench: Bench, watchers: list[Observer]) -> tuple[bool, list[PrivacyCost]]:
    """Whether the same seats send something else for the same input, and what each run was charged, if each was."""
    sitting, before = Sitting(bench), len(bench.tab.charges)
    runs = [sitting.run(bench.case.x0)[1] for _ in range(_LOOKS)]
    charges = bench.tab.charges[before:]
    holders = bench.case.holders
    sent = [[[m.sample for m in sent_in_run(t, o) if m.sender in holders] for o in watchers] for t in runs]
    return any(one != sent[0] for one in sent), charges if len(charges) >= _LOOKS else []


def _averaged(runs: list[list[Message]]) -> Floats:
    """The mean over runs of what their first body holds as numbers, read in four ways; places where it is too short."""
    rows = []
    for messages in runs:
        body = messages[0].sample if messages else b""
        body = body[len(body) % 8 :][:_READ]
        row = [np.frombuffer(body, dtype=kind).astype(np.float64) for kind in ("<i8", "<i4", "<i2", "u1")]
        with np.errstate(all="ignore"):
            floats = [np.nan_to_num(np.frombuffer(body, dtype=kind).astype(np.float64)) for kind in ("<f8", "<f4")]
        rows.append(np.concatenate([np.clip(part, -1e12, 1e12) for part in (*row, *floats)]))
    widest = max(len(row) for row in rows)
    mean: Floats = np.mean([np.pad(row, (0, widest - len(row))) for row in rows], axis=0)
    return mean
