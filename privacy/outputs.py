"""Checks of a mechanism's output against its task, before anyone computes with it.

A wrong shape is the mechanism's mistake and is named as such, wherever the run was started from.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from privacy.debugging import tell
from privacy.errors import MechanismError, VeilbenchError
from privacy.primitives.aggregation import AggregationTask, Sum
from privacy.primitives.lookup import LookupTask, Records
from privacy.primitives.scoring import ScoringTask, Top

T = TypeVar("T")
_MEND = "fix the plugin; `veilbench check` shows where"


def scores_of(task: ScoringTask, output: object, *, who: str) -> npt.NDArray[Any]:
    """Scores as they came, finite numbers (items,), or (b, items) of a batch. MechanismError for anything else."""
    return _finite(output, who, shape=task.scores_shape)


def best_of(task: ScoringTask, output: object, *, who: str) -> Top:
    """The best items as they came: indices of the catalogue, and finite scores. MechanismError for anything else."""
    try:
        indices, scores = Top.of(output)
    except VeilbenchError as error:
        raise MechanismError(f"{who} returned {_name(output)}, where a Top was expected", then=_MEND) from error
    found = _array(indices, who, "the indices of the best", kinds="iu", shape=task.top_shape).astype(np.int64)
    if found.min() < 0 or found.max() >= task.items:
        raise MechanismError(f"{who} returned an index outside 0 to {task.items - 1}", then=_MEND)
    return Top(found, _finite(scores, who, shape=task.top_shape))


def _finite(output: object, who: str, *, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    scores = _array(output, who, "scores", kinds="iuf", shape=shape)
    if not np.isfinite(scores).all():
        raise MechanismError(f"{who} returned scores that are not finite", then=_MEND)
    return scores


def records_of(task: LookupTask, output: object, *, who: str) -> Records:
    """Fetched records as they came, uint8 (count, record_bytes). MechanismError for anything else."""
    return _array(output, who, "records", kinds="u", shape=(task.count, task.record_bytes)).astype(np.uint8, copy=False)


def sum_of(task: AggregationTask, output: object, *, who: str) -> Sum:
    """A released sum: whole numbers (length,), and whose contributions are in it. MechanismError for anything else."""
    try:
        total, included, refused = Sum.of(output)
        left_in = tuple(int(i) for i in included)
        reply = {str(name): str(reason) for name, reason in refused.items()}
    except Exception as error:
        raise MechanismError(f"{who} returned {_name(output)}, where a Sum was expected", then=_MEND) from error
    checked = _array(total, who, "a sum", kinds="iu", shape=(task.length,))
    if not set(left_in) <= set(range(1, task.contributors + 1)) or len(left_in) < task.minimum:
        raise MechanismError(
            f"{who} says that {len(left_in)} contributions are in its sum, where {task.minimum} to "
            f"{task.contributors} of the roster were expected", then=_MEND,
        )  # fmt: skip
    return Sum(checked.astype(np.int64), left_in, reply)


def hear(call: Callable[[], T], *, who: str, what: str) -> T:
    """What a mechanism says of itself. MechanismError where it raises something untyped instead."""
    try:
        return call()
    except VeilbenchError:
        raise
    except Exception as error:
        tell(error, who=f"{who} (asked for {what})")
        raise MechanismError(f"{who} raised {type(error).__name__} when it was asked for {what}", then=_MEND) from error


def _array(output: object, who: str, what: str, *, kinds: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    try:
        array = np.asarray(output)
    except Exception as error:
        raise MechanismError(f"{who} returned {_name(output)} for {what}", then=_MEND) from error
    if array.dtype.kind not in kinds:
        raise MechanismError(f"{who} returned {what} of type {array.dtype}, where numbers were expected", then=_MEND)
    if array.shape != shape:
        raise MechanismError(f"{who} returned {what} of shape {array.shape}, where {shape} was expected", then=_MEND)
    return array


def _name(output: object) -> str:
    return "nothing" if output is None else f"a {type(output).__name__}"
