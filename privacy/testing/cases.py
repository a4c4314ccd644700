"""Small seeded inputs for each primitive: what every backend of that primitive is checked on."""

from collections.abc import Callable
from typing import Any

import numpy as np

from privacy.boundary.party import SERVER
from privacy.errors import ParamError
from privacy.primitives import lookup, scoring
from privacy.primitives.aggregation import AggregationTask
from privacy.testing.aggregation import sum_case
from privacy.testing.case import Array, Case

__all__ = ["Array", "Case", "case_for", "other_cases", "supported"]

_SEED = 20_240_229

ITEMS, DIMS = 300, 32
RECORDS, RECORD_BYTES, FETCHED = 300, 64, 10
LONG = ", words alone"
"""How the name of a size ends at which no game is played."""


def case_for(primitive: str) -> Case:
    """The case of `primitive`; ParamError where the kit has none yet."""
    if primitive not in _CASES:
        raise ParamError(f"the conformance kit has no case for the primitive {primitive!r}")
    return _CASES[primitive]()


def other_cases(primitive: str) -> dict[str, Case]:
    """The same primitive at other sizes, by what they are: small ones with odd numbers, and as an app has them."""
    return {name: make() for name, make in _OTHERS.get(primitive, {}).items()}


def supported() -> tuple[str, ...]:
    """The primitives that the kit can check."""
    return tuple(_CASES)


def _unit(rng: np.random.Generator, *shape: int) -> Array:
    """Quantised vectors of unit norm, int64 `shape`."""
    floats = rng.normal(size=shape)
    return scoring.quantise(floats / np.linalg.norm(floats, axis=-1, keepdims=True))


def _lopsided(rng: np.random.Generator, dims: int) -> Array:
    """A vector with more positive than negative entries, so that it and its negative differ in their counts too."""
    while True:
        vector = _unit(rng, dims)
        if (vector > 0).sum() >= (vector < 0).sum() + min(4, dims // 2):
            return vector


def _scoring(items: int = ITEMS, dims: int = DIMS, *, unlike: bool = False) -> Case:
    """With `unlike` the two inputs of the game differ in norm and in low bits; else in signs alone."""
    rng = np.random.default_rng(_SEED)
    task = scoring.ScoringTask(items=items, dims=dims)
    catalogue = _unit(rng, items, dims)
    x0 = _lopsided(rng, dims)
    x0 = x0 & ~1 if unlike else x0
    one_hot = np.zeros(dims, dtype=np.int64)
    one_hot[-1] = task.bound
    return Case(
        primitive="scoring",
        task=task,
        own={SERVER: catalogue},
        x0=x0,
        x1=(x0 // 4) | 1 if unlike else -x0,
        extremes=(x0, -x0, one_hot, -one_hot, np.zeros(dims, dtype=np.int64)),
        edges=(np.full(dims, task.bound), np.full(dims, -task.bound), x0.astype(np.int16)),
        bad=_bad_vectors(task, x0),
        draw=lambda r: _unit(r, dims),
        compute=lambda secret: scoring.reference(catalogue, secret),
        telling=_telling_vectors(task, x0),
        places=tuple(_one_hot(task, place, sign) for sign in (1, -1) for place in range(dims)),
        spoil=lambda good: _bad_vectors(task, good),
    )


def _one_hot(task: scoring.ScoringTask, place: int, sign: int) -> Array:
    vector: Array = np.where(np.arange(task.dims) == place, sign * task.bound, 0)
    return vector


def _telling_vectors(task: scoring.ScoringTask, good: Array) -> tuple[Array, ...]:
    """Equal halves, one entry for all, and one place alone: the first, those in the middle, and the last but one."""
    half = task.dims // 2
    places = sorted({0, 1, half - 1, half, task.dims - 2})
    alone = [np.where(np.arange(task.dims) == place, task.bound, 0) for place in places]
    return np.concatenate([good[:half], good[:half]]), np.full(task.dims, 1), np.full(task.dims, -1), *alone


def _telling_indices(task: lookup.LookupTask, good: Array) -> tuple[Array, ...]:
    """The same record again and again, every record twice, in order, and both ends of the range in turn."""
    ends = np.where(np.arange(task.count) % 2, task.items - 1, 0)
    half = np.resize(good[: task.count // 2], task.count)
    return np.full(task.count, int(good[0])), half, np.repeat(good, 2)[: task.count], np.sort(good), ends


def _bad_vectors(task: scoring.ScoringTask, good: Array) -> dict[str, Any]:
    floats = good.astype(np.float64)
    return {
        "NaN": np.where(np.arange(task.dims) == 0, np.nan, floats),
        "infinity": np.where(np.arange(task.dims) == 0, np.inf, floats),
        "floats": floats / scoring.SCALE,
        "nothing": None,
        "text": "a vector",
        "objects": good.astype(object),
        "empty": good[:0],
        "one entry short": good[:-1],
        "one entry long": np.append(good, 0),
        "two axes": good[None, :],
        "very long": np.ones(1_000_000, dtype=np.int64),
        "past the bound": np.where(np.arange(task.dims) == 0, task.bound + 1, good),
        "past the negative bound": np.where(np.arange(task.dims) == 0, -task.bound - 1, good),
        # Its absolute value overflows to itself, so that it slips below a bound on np.abs.
        "the least int64": np.where(np.arange(task.dims) == 0, np.iinfo(np.int64).min, good),
        "unsigned that wraps": np.full(task.dims, np.iinfo(np.uint64).max, dtype=np.uint64),
    }


def _lookup(
    items: int = RECORDS, record_bytes: int = RECORD_BYTES, count: int = FETCHED, *, alike: bool = False
) -> Case:
    """With `alike` the second input of the game wants one record again and again; else other records."""
    rng = np.random.default_rng(_SEED + 1)
    task = lookup.LookupTask(items=items, record_bytes=record_bytes, count=count)
    records = rng.integers(0, 256, (items, record_bytes), dtype=np.uint8)
    picked = rng.permutation(items).astype(np.int64)
    x0, x1 = np.resize(picked[:count], count), np.resize(picked[count : 2 * count], count)
    x1 = np.full(count, x1[0]) if alike else x1
    return Case(
        primitive="lookup",
        task=task,
        own={SERVER: records},
        x0=x0,
        x1=x1,
        extremes=(x0, x1, np.arange(count), np.arange(items - count, items), picked[:count][::-1]),
        edges=(np.zeros(count, dtype=np.int64), np.full(count, items - 1), x0.astype(np.uint16)),
        bad=_bad_indices(task, x0),
        draw=lambda r: r.choice(items, count, replace=False).astype(np.int64),
        compute=lambda secret: lookup.reference(records, secret),
        telling=_telling_indices(task, x0),
        places=tuple((np.arange(count) + first) % items for first in range(0, items, count)),
        spoil=lambda good: _bad_indices(task, good),
    )


def _bad_indices(task: lookup.LookupTask, good: Array) -> dict[str, Any]:
    first = np.arange(task.count) == 0
    return {
        "NaN": np.where(first, np.nan, good),
        "infinity": np.where(first, np.inf, good),
        "floats": good.astype(np.float64),
        "nothing": None,
        "text": "the first",
        "objects": good.astype(object),
        "empty": good[:0],
        "one index short": good[:-1],
        "one index long": np.append(good, 0),
        "two axes": good[None, :],
        "very long": np.zeros(1_000_000, dtype=np.int64),
        "negative": np.where(first, -1, good),
        "past the last": np.where(first, task.items, good),
        "unsigned that wraps": np.full(task.count, np.iinfo(np.uint64).max, dtype=np.uint64),
    }


_CASES: dict[str, Callable[[], Case]] = {"scoring": _scoring, "lookup": _lookup, "aggregation": sum_case}
_OTHERS: dict[str, dict[str, Callable[[], Case]]] = {
    "scoring": {
        "8 dimensions": lambda: _scoring(31, 8),
        "64 dimensions, as in the app": lambda: _scoring(200, 64, unlike=True),
        f"256 dimensions{LONG}": lambda: _scoring(40, 256),
    },
    "lookup": {
        "3 of 65 records": lambda: _lookup(65, 24, 3),
        "20 of 1000 records": lambda: _lookup(1000, 40, 20, alike=True),
        f"1 of 2 records{LONG}": lambda: _lookup(2, 16, 1),
        # So many short ones that a layout may put several together.
        "30 of 5000 short records": lambda: _lookup(5000, 4, 30),
    },
    "aggregation": {
        "5 contributors": lambda: sum_case(AggregationTask(5, 3, 100, 3)),
        "10 contributors, 64 entries": lambda: sum_case(AggregationTask(10, 64, 1 << 20, 5)),
        f"4 contributors, 1500 entries{LONG}": lambda: sum_case(AggregationTask(4, 1500, 1000, 2)),
    },
}
