"""Audited lower bounds on epsilon: the two-input game for differentially private releases.

A release that is (epsilon, delta)-DP obeys P1(E) <= e^epsilon P0(E) + delta for every event E and every two
neighbouring inputs. So an event that is seen often under one input and seldom under the other refutes every smaller
epsilon (Jagielski, Ullman and Oprea, NeurIPS 2020; Nasr et al., IEEE S&P 2021). The event is chosen on one part of
the releases; Clopper-Pearson bounds (Biometrika 26, 1934) on the other part hold whatever was chosen. The bound is a
floor: a better attack may find more.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.attacks.evidence import Ints, choose, clopper_pearson, epsilon_between, hits, rho_between
from privacy.boundary.party import CLIENT
from privacy.boundary.seat import Seat
from privacy.errors import ParamError, VeilbenchError
from privacy.primitives.scoring import SCALE, ScoringTask
from privacy.randomiser import Randomiser

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

_PILOT = 0.25
_BINS = 64
_CATEGORIES = 256
_RIDGE = 1e-3
_FINALISTS = 3
_TOPICS = 32


@dataclass(frozen=True)
class AuditResult:
    """What the game found: with `confidence`, epsilon is at least `lower` and rho at least `rho_lower`, both at once.

    `pure_lower` is the bound where delta is taken as 0: for claims of pure epsilon. `n` counts the releases of both
    inputs. `declared` is the claim that is audited, None where there is none.
    """

    lower: float
    pure_lower: float
    rho_lower: float
    n: int
    delta: float
    confidence: float
    event: str
    declared: float | None = None

    @property
    def refuted(self) -> bool:
        """Whether the declared epsilon lies below what was found."""
        return self.declared is not None and self.lower > self.declared

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"refuted": self.refuted}


def audit(
    release0: npt.ArrayLike,
    release1: npt.ArrayLike,
    *,
    delta: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    directions: Sequence[npt.ArrayLike] = (),
    declared: float | None = None,
) -> AuditResult:
    """Bound epsilon from below, from releases (n, d) or categories (n,) of two neighbouring inputs.

    `directions` (d,) are extra projections to try; `seed` splits the releases. ValueError for empty or unlike arrays.
    """
    sides = [_rows(r) for r in (release0, release1)]
    if sides[0].shape[1:] != sides[1].shape[1:] or min(map(len, sides)) < 8:
        raise ValueError("an audit needs at least 8 releases of each input, all of one shape")
    rng, kind = np.random.default_rng(seed), np.result_type(*sides)
    sides = [side[rng.permutation(len(side))].astype(kind) for side in sides]
    pilots = [side[: int(_PILOT * len(side))] for side in sides]
    tests = [side[int(_PILOT * len(side)) :] for side in sides]
    level = (1 - confidence) / 2
    readings = [
        (name, [_counts(reading(part)) for part in (*pilots, *tests)])
        for name, reading in _readings(pilots[0], pilots[1], directions)
    ]
    name, low, high = _best(readings, delta=delta, level=level)
    _, often, seldom = _best(readings, delta=None, level=level)
    return AuditResult(
        lower=float(epsilon_between(low, high, delta=delta)),
        pure_lower=float(epsilon_between(low, high, delta=0.0)),
        rho_lower=rho_between(often, seldom),
        n=len(sides[0]) + len(sides[1]),
        delta=delta,
        confidence=confidence,
        event=name,
        declared=declared,
    )


def _best(readings: list[tuple[str, list[Ints]]], *, delta: float | None, level: float) -> tuple[str, float, float]:
    """The reading and event that the pilot prefers: its name, and the bounds of its two probabilities."""
    held = min(int(counts.sum()) for _, bins in readings for counts in bins[2:])
    chosen = [(choose(b[0], b[1], held=held, delta=delta, level=level), name, b[2:]) for name, b in readings]
    event, name, tests = max(chosen, key=lambda c: c[0].score)
    low, high = clopper_pearson(hits(tests[event.often], event), hits(tests[1 - event.often], event), level=level)
    return name, float(low), float(high)


def audit_randomiser(
    randomiser: Randomiser[Any],
    task: Any,
    *,
    plays: int = 20_000,
    confidence: float = 0.95,
    seconds: float = 8.0,
    seed: int = 0,
) -> AuditResult:
    """Bound a randomiser's epsilon from below, next to what it declares; noise comes from the operating system.

    `plays` is the number of releases of both inputs together, or as many as fit in about `seconds`; `n` says how many
    there were. Of all pairs that `neighbours` names the most telling is played, by pilots of their own.
    """
    bound = randomiser.output(task)
    seat = Seat(CLIENT, task)
    start = time.perf_counter()
    few = max(8, plays // 40)
    ranked, made = _ranked(randomiser, neighbours(task), seat, count=few)
    # A few releases put a lesser pair first once in some sixty audits; those in front are played again, with more.
    ranked, again = _ranked(randomiser, ranked[:_FINALISTS], seat, count=4 * few)
    pair, pace = ranked[0], (time.perf_counter() - start) / (made + again)
    count = max(500, int(min(plays, seconds / pace))) // 2
    sides = [releases(randomiser, value, seat, count=count) for value in pair]
    gap = np.subtract(pair[1], pair[0])
    return audit(*sides, delta=bound.delta, confidence=confidence, seed=seed, directions=[gap], declared=bound.epsilon)


def _ranked(
    randomiser: Randomiser[Any], pairs: Sequence[tuple[Array, Array]], seat: Seat[Any], *, count: int
) -> tuple[list[tuple[Array, Array]], int]:
    """The pairs of inputs, most telling first, by `count` releases of each input, and how many releases were made.

    ParamError if the randomiser refuses them all.
    """
    found: list[tuple[float, int, tuple[Array, Array]]] = []
    made = 0
    for pair in pairs:
        try:
            played = [releases(randomiser, value, seat, count=count) for value in pair]
        except VeilbenchError:
            # A randomiser may refuse what lies at the edge of its range.
            continue
        made += sum(map(len, played))
        found.append((separation(played[0], played[1], np.subtract(pair[1], pair[0])), len(found), pair))
    if not found:
        raise ParamError("the randomiser refuses every input that the audit tries", then="fix its checks")
    return [pair for _, _, pair in sorted(found, key=lambda f: f[:2], reverse=True)], made


def releases(randomiser: Randomiser[Any], value: Array, seat: Seat[Any], *, count: int) -> Array:
    """`count` releases of one value, stacked: (count, d)."""
    return np.stack([np.asarray(randomiser.randomise(value, seat)) for _ in range(count)])


def neighbours(task: Any) -> list[tuple[Array, Array]]:
    """Pairs of inputs that are as far apart as a task admits. ParamError for a task that has none yet.

    Opposite unit vectors, along a topic and in general; each topic against the next; nothing at all; the diagonal of
    the topics' principal axes, where two unit vectors are furthest apart in L1; two ends of the range, for a randomiser
    that forgets to clip what is longer than a unit vector; and one entry alone, as little as there is and at both ends.
    """
    if not isinstance(task, ScoringTask):
        raise ParamError(f"no neighbouring inputs are known for {type(task).__name__}")
    ends = np.full(task.dims, task.bound, dtype=np.int64)
    centres = [np.array(c, dtype=np.int64) for c in task.centres]
    pairs = [(-ends, ends)]
    # Every topic once in each place: what is told of one topic alone shows in no other.
    around = [*centres[1:], centres[0]] if len(centres) > 1 else []
    pairs += list(zip(centres, around, strict=False))[:_TOPICS]
    pairs += [(np.zeros_like(ends), c) for c in centres[:1]]
    diagonal = _diagonal(task)
    pairs += [(-diagonal, diagonal)] if diagonal is not None else []
    pairs += [(-c, c) for c in centres[:3]]
    # Unlike norms, and one entry alone: noise that follows the size of what it hides, a path for what is sparse.
    first = np.arange(task.dims) == 0
    pairs += [(np.zeros_like(ends), np.where(first, size, 0)) for size in (1, task.bound)]
    return [*pairs, (np.where(first[::-1], -task.bound, 0), np.where(first[::-1], task.bound, 0))]


def _diagonal(task: ScoringTask) -> Array | None:
    """The unit vector with equal parts along every principal axis of the centres, quantised; None without axes."""
    if len(task.centres) < 3:
        return None
    centres = np.array(task.centres, dtype=np.float64)
    _, sizes, axes = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)
    kept = axes[sizes > 1e-6 * max(sizes[0], 1e-12)]
    if not len(kept):
        return None
    return np.asarray(np.rint(kept.sum(axis=0) / np.sqrt(len(kept)) * min(SCALE, task.bound)), dtype=np.int64)


def separation(release0: Array, release1: Array, gap: Array) -> float:
    """How many standard deviations two inputs lie apart, along a direction learned on other releases than it is read.

    It ranks pairs of inputs; a few hundred releases bound no epsilon.
    """
    half = len(release0) // 2
    directions = [direction for _, direction in _directions(release0[:half], release1[:half], [gap])]
    sides = [(r[half:].astype(np.float64) @ np.stack(directions, axis=1)) for r in (release0, release1)]
    spread = np.sqrt((sides[0].var(axis=0) + sides[1].var(axis=0)) / 2)
    apart = sides[1].mean(axis=0) - sides[0].mean(axis=0)
    return float(np.max(apart / np.maximum(spread, 1e-9 + 1e-9 * np.abs(apart))))


def _rows(releases: npt.ArrayLike) -> Array:
    array = np.asarray(releases)
    if array.ndim not in (1, 2) or array.size == 0:
        raise ValueError("releases are an array (n,) or (n, d)")
    return array[:, None] if array.ndim == 1 else array


def _readings(pilot0: Array, pilot1: Array, directions: Sequence[npt.ArrayLike]) -> list[tuple[str, Any]]:
    """Ways to turn releases (n, d) into bins (n,) in an order that tells the inputs apart, learned on the pilot."""
    both = np.concatenate([pilot0, pilot1])
    known = np.unique(both, axis=0)
    if len(known) <= _CATEGORIES:
        return [("a set of released values", _categories(known, pilot0, pilot1))]
    floats = both.astype(np.float64)
    named = _directions(pilot0, pilot1, directions)
    return [(f"a threshold on {name}", _threshold(direction, floats)) for name, direction in named]


def _directions(pilot0: Array, pilot1: Array, given: Sequence[npt.ArrayLike]) -> list[tuple[str, Floats]]:
    gap = pilot1.mean(axis=0, dtype=np.float64) - pilot0.mean(axis=0, dtype=np.float64)
    halves = [np.cov(p.astype(np.float64), rowvar=False).reshape(len(gap), len(gap)) for p in (pilot0, pilot1)]
    spread = (halves[0] + halves[1]) / 2
    ridge = _RIDGE * float(np.trace(spread)) / len(gap) + 1e-12
    whitened = np.linalg.solve(spread + ridge * np.eye(len(gap)), gap)
    named = [("the difference of means", gap), ("Fisher's discriminant", whitened)]
    return named + [("the difference of inputs", np.asarray(d, dtype=np.float64)) for d in given]


def _categories(known: Array, pilot0: Array, pilot1: Array) -> Any:
    place = {row.tobytes(): i for i, row in enumerate(known)}

    def index(rows: Array) -> Ints:
        # What the pilot never showed is a category of its own.
        return np.array([place.get(row.tobytes(), len(place)) for row in rows], dtype=np.int64)

    seen = [np.bincount(index(p), minlength=len(place) + 1) + 0.5 for p in (pilot0, pilot1)]
    rank = np.argsort(np.argsort(seen[1] / seen[1].sum() / (seen[0] / seen[0].sum()), kind="stable"))
    return lambda rows: (rank[index(np.ascontiguousarray(rows))], len(rank))


def _threshold(direction: Floats, pilot: Floats) -> Any:
    cuts = np.unique(np.quantile(pilot @ direction, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return lambda rows: (np.searchsorted(cuts, rows.astype(np.float64) @ direction, side="right"), len(cuts) + 1)


def _counts(binned: tuple[Ints, int]) -> Ints:
    return np.bincount(binned[0], minlength=binned[1]).astype(np.int64)
