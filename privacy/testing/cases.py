"""Small seeded inputs for each primitive: what every backend of that primitive is checked on."""

from collections.abc import Callable
from typing import Any

import numpy as np

from privacy.boundary.party import SERVER
from privacy.errors import ParamError
from privacy.primitives import lookup, scoring
from privacy.testing.aggregation import sum_case
from privacy.testing.case import Array, Case

__all__ = ["Array", "Case", "case_for", "supported"]

_SEED = 20_240_229

ITEMS, DIMS = 300, 32
RECORDS, RECORD_BYTES, FETCHED = 300, 64, 10


def case_for(primitive: str) -> Case:
    """The case of `primitive`; ParamError where the kit has none yet."""
    if primitive not in _CASES:
        raise ParamError(f"the conformance kit has no case for the primitive {primitive!r}")
    return _CASES[primitive]()


def supported() -> tuple[str, ...]:
    """The primitives that the kit can check."""
    return tuple(_CASES)


def _unit(rng: np.random.Generator, *shape: int) -> Array:
    """Quantised vectors of unit norm, int64 `shape`."""
    floats = rng.normal(size=shape)
    return scoring.quantise(floats / np.linalg.norm(floats, axis=-1, keepdims=True))


def _lopsided(rng: np.random.Generator) -> Array:
    """A vector with more positive than negative entries, so that it and its negative differ in their counts too."""
    while True:
        vector = _unit(rng, DIMS)
        if (vector > 0).sum() >= (vector < 0).sum() + 4:
            return vector


def _scoring() -> Case:
    rng = np.random.default_rng(_SEED)
    task = scoring.ScoringTask(items=ITEMS, dims=DIMS)
    catalogue = _unit(rng, ITEMS, DIMS)
    x0 = _lopsided(rng)
    one_hot = np.zeros(DIMS, dtype=np.int64)
    one_hot[-1] = task.bound
    return Case(
        primitive="scoring",
        task=task,
        own={SERVER: catalogue},
        x0=x0,
        x1=-x0,
        extremes=(x0, -x0, one_hot, -one_hot, np.zeros(DIMS, dtype=np.int64)),
        edges=(np.full(DIMS, task.bound), np.full(DIMS, -task.bound), x0.astype(np.int16)),
        bad=_bad_vectors(task, x0),
        draw=lambda r: _unit(r, DIMS),
        compute=lambda secret: scoring.reference(catalogue, secret),
    )


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


def _lookup() -> Case:
    rng = np.random.default_rng(_SEED + 1)
    task = lookup.LookupTask(items=RECORDS, record_bytes=RECORD_BYTES, count=FETCHED)
    records = rng.integers(0, 256, (RECORDS, RECORD_BYTES), dtype=np.uint8)
    picked = rng.permutation(RECORDS).astype(np.int64)
    x0, x1 = picked[:FETCHED], picked[FETCHED : 2 * FETCHED]
    return Case(
        primitive="lookup",
        task=task,
        own={SERVER: records},
        x0=x0,
        x1=x1,
        extremes=(x0, x1, np.arange(FETCHED), np.arange(RECORDS - FETCHED, RECORDS), picked[:FETCHED][::-1]),
        edges=(np.zeros(FETCHED, dtype=np.int64), np.full(FETCHED, RECORDS - 1), x0.astype(np.uint16)),
        bad=_bad_indices(task, x0),
        draw=lambda r: r.choice(RECORDS, FETCHED, replace=False).astype(np.int64),
        compute=lambda secret: lookup.reference(records, secret),
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
