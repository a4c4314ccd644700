"""The check of other sizes and other parameters: what holds for the one task of all other checks must hold for each."""

import time
from dataclasses import replace

from privacy.boundary.wire import Exposure
from privacy.errors import VeilbenchError
from privacy.guarantees import Strength
from privacy.testing.bench import TOO_FEW, Bench, CheckResult, Sitting
from privacy.testing.cases import LONG
from privacy.testing.checks.algebra import looked_inside
from privacy.testing.checks.anew import faults_of
from privacy.testing.game import DISTINGUISHERS, GameResult, observers, played

_INPUTS = 3
_PLAYS, _FEW, _BRIEF = 240, 48, 8
_SLOW, _GAME = 0.7, 10.0
"""Seconds of one run past which there are no more, and of the runs of a short game past which there is none."""
_LONG = 3.0
"""Seconds past which a game has `_FEW` plays, of each party alone: enough for what every run gives away."""


def check_variants(bench: Bench) -> CheckResult:
    """At other sizes, and with every other choice of a parameter, outputs are right and the game finds nothing.

    These games are short: they see what every run gives away, and say that they are too few to tell of less. Where
    runs are slow there are none at the ends of numbers; words that come again are looked for everywhere. With
    `thorough` all games are long.
    """
    title = "the same at other sizes and with other parameters"
    if not bench.variants:
        return CheckResult("variants", title, None, "there is no other size or parameter")
    found, refused, results, slow = list[str](), list[str](), list[GameResult](), list[str]()
    for name, make in bench.variants.items():
        try:
            one = make()
            # What a mechanism refuses to be set up for is not claimed.
            Sitting(one)
        except VeilbenchError:
            refused.append(name)
            continue
        faults, games, whole = _looked_at(
            one, words_alone=name.endswith(LONG), end=_is_end(name), thorough=bench.thorough
        )
        found += [f"{name}: {fault}" for fault in faults]
        results += games
        slow += [] if whole else [name]
    tried = f"{len(bench.variants) - len(refused)} of {len(bench.variants)} variants: {', '.join(bench.variants)}"
    tried += f"; refused: {', '.join(refused)}" if refused else ""
    if found:
        return CheckResult("variants", title, False, "; ".join(found[:6]))
    fewest = min((r.n for r in results), default=0)
    text = f"{tried}; no word comes again, and {len(results)} games of {fewest} guesses or more find nothing"
    text += f"; too slow for more than a few runs: {', '.join(slow)}" if slow else ""
    if slow or not all(r.telling for r in results):
        return CheckResult("variants", title, None, f"{TOO_FEW}{text}")
    return CheckResult("variants", title, True if results else None, text)


def _is_end(name: str) -> bool:
    """Whether a variant is named after a parameter's number rather than a choice or a size."""
    try:
        float(name.partition("=")[2])
    except ValueError:
        return False
    return True


def _looked_at(
    bench: Bench, *, words_alone: bool, end: bool, thorough: bool
) -> tuple[list[str], list[GameResult], bool]:
    """What is wrong with one variant, its games, one for each party and coalition with a claim, and if that was all."""
    watching = [o for o in observers(bench.mechanism, bench.case) if not o.silent]
    watching = [o for o in watching if not o.lesser and o.claim and o.claim.strength > Strength.NONE]
    sitting, began, found = Sitting(bench), time.monotonic(), list[str]()
    inputs = [bench.case.x0, *bench.secrets(_INPUTS - 1)]
    for made, secret in enumerate(inputs):
        if made and time.monotonic() - began > _SLOW and not thorough:
            return list(dict.fromkeys(found)), [], False
        outcome, transcript = sitting.run(secret, newcomers=True)
        if not bench.whole(outcome.output, secret):
            found.append(f"off by {bench.distance(outcome.output, secret):g}")
        claimed = {p for o in watching if len(o.members) == 1 for p in o.members}
        sent = [m for m in transcript.messages if m.sender in bench.case.holders and m.receiver in claimed]
        found += [f"{m.receiver} is sent plaintext" for m in sent if m.exposure == Exposure.PLAINTEXT]
    pace = (time.monotonic() - began) / len(inputs)
    slow = pace * _PLAYS > _LONG and not thorough
    plays = bench.plays if thorough else min(bench.plays, _FEW if slow else _PLAYS)
    plays = min(plays, _BRIEF) if bench.brief else plays
    found += faults_of(bench)
    found += looked_inside(bench)[0] if bench.place.here else []
    if found or words_alone or (slow and end):
        return list(dict.fromkeys(found)), [], True
    if pace * _FEW > _GAME and not thorough:
        return [], [], False
    # The false alarms of this variant are shared out over all that could be played, whoever is.
    level = bench.alpha / (len(DISTINGUISHERS) * max(1, len(watching)))
    watching = [o for o in watching if len(o.members) == 1] if slow else watching
    results = played(replace(bench, plays=plays, alpha=level), watching, plays, None) if watching else []
    found += [f"{r.observer}: advantage {r.advantage:.2f} in {r.n} guesses" for r in results if r.beaten]
    return list(dict.fromkeys(found)), results, True
