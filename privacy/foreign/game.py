"""The two-input game on a foreign step: which inputs, how many plays, and the cheap looks beside it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.attacks.audit import separation
from privacy.attacks.evidence import clopper_pearson, epsilon_between
from privacy.attacks.float_leak import float_leak, is_float
from privacy.errors import ParamError
from privacy.foreign.claim import Claim
from privacy.foreign.finding import CONFIDENCE, Check, written

Array = npt.NDArray[Any]
Play = Callable[[Array, int], Array]
"""(an update (d,), how many) -> releases (n, d), as many as were wanted."""

PILOT = 0.25
"""The part of the plays on which `audit` chooses its event."""
BEYOND = 100.0
"""How many times the clip the longest input has."""
FEWEST, MOST = 2_000, 400_000
_USUAL = 20_000
FEWEST_TRIED, FEW = 16, 400
_MARGIN = 1.3
_PREFERRED = 1.2
_BITS = 20_000
_SURE = 4.5
_SLACK = 1.02


@dataclass(frozen=True)
class Pair:
    """Two neighbouring updates (d,), and in words what they are. `beyond`: the second is longer than the clip."""

    zero: Array
    one: Array
    words: str
    beyond: bool = False

    @property
    def gap(self) -> Array:
        return np.asarray(self.one - self.zero)


def pairs(claim: Claim, *, dims: int) -> list[Pair]:
    """Neighbouring inputs far apart: along one entry and along all, as long as the clip and a hundred times that."""
    along = {"one entry": np.eye(dims)[0], "all entries alike": np.full(dims, 1 / math.sqrt(dims))}
    found = []
    for name, axis in along.items():
        for times in (1.0, BEYOND):
            update = axis * claim.clip * times
            other = -update if claim.neighbours == "replacement" else np.zeros(dims)
            against = "its opposite" if claim.neighbours == "replacement" else "zeros"
            found.append(Pair(other, update, f"an update of length {claim.clip * times:g} in {name}, or {against}",
                              beyond=times > 1))  # fmt: skip
    return found


def power(plays: int, *, delta: float) -> float:
    """The largest bound that so many plays of both inputs could give: that of inputs which never look alike."""
    held = int(plays // 2 * (1 - PILOT))
    low, high = clopper_pearson((held, held), (0, held), level=(1 - CONFIDENCE) / 2)
    return float(epsilon_between(low, high, delta=delta))


def needed(claim: Claim) -> int:
    """How many plays of both inputs it takes to refute the claim, where they never look alike."""
    level = (1 - CONFIDENCE) / 4
    held = -math.log(level) * (math.exp(min(claim.epsilon, 60.0)) + 1)
    return int(2 * math.ceil(_MARGIN * held / (1 - PILOT)))


def usual_plays(claim: Claim) -> int:
    """As many plays as the claim takes, and no fewer than tell a small epsilon; those where it takes more than MOST."""
    return needed(claim) if _USUAL < needed(claim) <= MOST else _USUAL


def ranked(play: Play, found: list[Pair], *, few: int) -> list[tuple[Pair, list[Array]]]:
    """The pairs with `few` releases of each input, most telling first."""
    tried = [(pair, [play(pair.zero, few), play(pair.one, few)]) for pair in found]

    def telling(one: tuple[Pair, list[Array]]) -> float:
        pair, sides = one
        # Where a step clips, the longer input tells no less, and of the clip as well.
        return separation(sides[0], sides[1], pair.gap) * (_PREFERRED if pair.beyond else 1.0)

    return sorted(tried, key=telling, reverse=True)


def looks(claim: Claim, pair: Pair, sides: list[Array], tried: list[tuple[Pair, list[Array]]]) -> list[Check]:
    """What is seen at once: whether there is noise, of how many values, whether it is clipped, what last bits show."""
    return [_noise(sides), _clip(claim, tried), _bits(claim, pair, sides)]


def _noise(sides: list[Array]) -> Check:
    counts = [len(np.unique(side, axis=0)) for side in sides]
    few, n = min(counts), min(map(len, sides))
    if few == 1:
        return Check("noise", False, f"every one of {n:,} releases of an input is the same")
    if few < n // 2:
        return Check("noise", None, f"only {few:,} different releases of an input among {n:,}")
    return Check("noise", True, f"{few:,} different releases of an input among {n:,}")


def _clip(claim: Claim, tried: list[tuple[Pair, list[Array]]]) -> Check:
    """Whether an input far beyond the clip moves the mean of the releases by more than neighbours are apart."""
    tells: list[tuple[float, float, float]] = []
    for pair, (zero, one) in tried:
        if pair.beyond:
            axis = pair.gap / np.linalg.norm(pair.gap)
            parts = [side.astype(np.float64) @ axis for side in (zero, one)]
            error = math.sqrt(sum(float(part.var()) / len(part) for part in parts))
            moved = float(parts[1].mean() - parts[0].mean())
            tells.append((error, moved - _SURE * error, moved + _SURE * error))
    # The best measured one says that it is clipped, any one that it is not.
    high, low, most = min(tells)[2], max(t[1] for t in tells), claim.sensitivity * _SLACK
    beyond = f"an input {BEYOND:g} times as long as the clip"
    if low > most:
        return Check(
            "clip", False, f"{beyond} moves the mean by {written(low)} at least; {claim.sensitivity:g} is said"
        )
    if high > most:
        return Check("clip", None, f"too few releases to tell how far {beyond} moves the mean")
    return Check("clip", True, f"{beyond} moves the mean by {written(max(high, 0.0))} at most")


def _bits(claim: Claim, pair: Pair, sides: list[Array]) -> Check:
    if not all(map(is_float, sides)):
        return Check("bits", None, "releases of whole numbers have no last bits to read")
    if claim.releases > 1:
        return Check("bits", None, "last bits are read in single releases alone")
    values = [_clipped(v, claim.clip) for v in (pair.zero, pair.one)]
    some = [side[:_BITS] for side in sides]
    bound = float_leak(some[0], some[1], values[0], values[1], delta=claim.delta, confidence=CONFIDENCE).lower
    words = f"the last bits of the floats alone bound epsilon at {written(bound)} from below"
    if bound > claim.epsilon:
        return Check("bits", False, f"{words}: round releases to a grid that does not depend on the input")
    return Check("bits", True if bound == 0 else None, words)


def _clipped(value: Array, clip: float) -> Array:
    length = float(np.linalg.norm(value))
    return np.asarray(value * min(1.0, clip / length)) if length else value


def check_sizes(*, plays: int | None, dims: int, seconds: float, patience: float) -> None:
    """ParamError for a game that cannot be played."""
    if plays is not None and not FEWEST <= plays <= 10 * MOST:
        raise ParamError(f"a game has {FEWEST:,} to {10 * MOST:,} plays", then="leave --plays out")
    if not 4 <= dims <= 512:
        raise ParamError("an update of the game has 4 to 512 entries", then="leave --dims out")
    if not (0 < seconds < 1e6 and 0 < patience < 1e6):
        raise ParamError("a game needs some seconds", then="give a number above 0")
