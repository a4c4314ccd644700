"""The check of words that come again: what is hidden is hidden anew in every entry, run, session and person."""

from collections.abc import Iterator
from typing import Any

from privacy.testing.bench import Bench, CheckResult, Sitting
from privacy.testing.hidden_words import Usual
from privacy.testing.tour import Leg, flat_legs, guarded, leg, tour_of

_AGAIN = 4
_FEW, _SHORT = 8, 3


def check_anew(bench: Bench) -> CheckResult:
    """No word of a ciphertext or a share comes again: not for one input, nor within a wire, nor for another person.

    Certain, no statistics: what is found must be found again in further runs.
    """
    title = "no word of what is hidden comes again"
    if not guarded(bench):
        return CheckResult("anew", title, None, "nothing is claimed to be hidden")
    tour = tour_of(bench)
    usual = Usual([one.bodies for one in tour.usual])
    if not usual.looked_at:
        return CheckResult("anew", title, None, "no wire of a holder of an input has words that look random")
    found = [*_in_place(bench, usual, tour.special), *_anywhere(bench, usual, tour.flat)]
    fine = f"{usual.looked_at} words on {len(tour.special)} unlike inputs and in {len(tour.flat)} runs on a flat one"
    fine += f"; {tour.left_out} inputs were left out, as runs are slow" if tour.left_out else ""
    return CheckResult("anew", title, not found, "; ".join(found[:4]) or fine)


def faults_of(bench: Bench) -> list[str]:
    """What comes again in a few runs at one size, or with one set of parameters: everything that every run gives away.

    Empty where nothing is claimed to be hidden.
    """
    if not guarded(bench):
        return []
    sitting = Sitting(bench)
    usual = Usual([leg(bench, sitting, value, newcomers=True).bodies for value in bench.secrets(_FEW)])
    special = [(leg(bench, sitting, bench.case.x0), leg(bench, sitting, bench.case.x0, newcomers=True))]
    flat = flat_legs(bench, runs=_SHORT, persons=1)
    return [*_in_place(bench, usual, special), *_anywhere(bench, usual, flat)]


def _in_place(bench: Bench, usual: Usual, pairs: list[tuple[Leg, Leg]]) -> Iterator[str]:
    for pair in pairs:
        if not list(usual.in_place([one.bodies for one in pair])):
            continue
        sitting = Sitting(bench)
        more = [leg(bench, sitting, pair[0].value, newcomers=True) for _ in range(_AGAIN)]
        for again in usual.in_place([one.bodies for one in (*pair, *more)]):
            yield f"{again} are the same in {_AGAIN + 2} runs on one input ({_short(pair[0].value)})"


def _anywhere(bench: Bench, usual: Usual, flat: list[Leg]) -> Iterator[str]:
    if not list(usual.anywhere([one.bodies for one in flat])):
        return
    for again in usual.anywhere([one.bodies for one in flat_legs(bench)]):
        yield f"{again} stand in another place, run or wire too, on an input that is the same everywhere"


def _short(value: Any) -> str:
    places = [int(i) for i in value.reshape(-1).nonzero()[0][:3]]
    return f"first entries that are not 0: {', '.join(map(str, places)) or 'none'}"
