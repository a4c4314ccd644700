"""What a mechanism hands back, held against its task before anyone computes with it.

A wrong shape is the mechanism's mistake and is named as such, wherever the run was started from.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from privacy.errors import MechanismError, VeilbenchError
from privacy.primitives.aggregation import AggregationTask, Sum
from privacy.primitives.lookup import LookupTask, Records
from privacy.primitives.scoring import ScoringTask

T = TypeVar("T")
_MEND = "mend the plugin; `veilbench check` shows where"


def scores_of(task: ScoringTask, output: object, *, who: str) -> npt.NDArray[Any]:
    """Scores as they came, finite numbers (items,). MechanismError for anything else."""
    scores = _array(output, who, "scores", kinds="iuf", shape=(task.items,))
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
        told = {str(name): str(reason) for name, reason in refused.items()}
    except Exception as error:
        raise MechanismError(f"{who} returned {_name(output)}, where a Sum was expected", then=_MEND) from error
    checked = _array(total, who, "a sum", kinds="iu", shape=(task.length,))
    if not set(left_in) <= set(range(1, task.contributors + 1)) or len(left_in) < task.minimum:
        raise MechanismError(
            f"{who} says that {len(left_in)} contributions are in its sum, where {task.minimum} to "
            f"{task.contributors} of the roster were expected", then=_MEND,
        )  # fmt: skip
    return Sum(checked.astype(np.int64), left_in, told)


def asked(call: Callable[[], T], *, who: str, what: str) -> T:
    """What a mechanism says of itself. MechanismError where it raises something untyped instead."""
    try:
        return call()
    except VeilbenchError:
        raise
    except Exception as error:
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
