"""Decoding a tally: how many ways of voting give the same one, where the weights of voters are public.

Where there is one way alone, the tally says what everybody voted, whatever hid the votes on their way.
"""

from collections.abc import Sequence

import numpy as np

from privacy.plugin.attacks import Floats, Ints

_SCALE = 10**9
"""Real weights are summed as whole billionths."""


def ways(weights: Sequence[float], tally: Sequence[float], *, most: int = 2) -> int:
    """In how many ways voters of these weights give the tally, counted up to `most`."""
    units = [round(w * _SCALE) for w in sorted(weights, reverse=True)]
    states = {tuple(round(t * _SCALE) for t in tally): 1}
    slack = len(units)  # of rounding, each weight and each sum by half a unit
    for unit in units:
        found: dict[tuple[int, ...], int] = {}
        for left, count in states.items():
            for k, rest in enumerate(left):
                if rest >= unit - slack:
                    now = (*left[:k], rest - unit, *left[k + 1 :])
                    found[now] = min(most, found.get(now, 0) + count)
        states = found
    return min(most, sum(count for left, count in states.items() if all(abs(rest) <= slack for rest in left)))


def decoded_share(votes: Ints, weights: Floats, *, classes: int) -> float:
    """The share of items whose tally has one way alone: `votes` (items, voters) are classes, `weights` alike."""
    found = 0
    for row, own in zip(votes, weights, strict=True):
        tally = np.bincount(row, weights=own, minlength=classes)
        found += ways(own.tolist(), [t for t in tally if t > 0]) == 1
    return found / max(len(votes), 1)


def unanimous_share(votes: Ints) -> float:
    """The share of items on which all voters agree: their tally gives all votes away, with any weights."""
    return float((votes == votes[:, :1]).all(axis=1).mean()) if len(votes) else 0.0
