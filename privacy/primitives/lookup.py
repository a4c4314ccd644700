"""Lookup: k records by index from a public table, the indices private."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.errors import BoundaryError

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class LookupTask:
    """Public: how many records there are, how long each is (padded), and how many one query fetches."""

    items: int
    record_bytes: int
    count: int


def check_indices(task: LookupTask, indices: object) -> Ints:
    """A client's input as int64 (count,), each in [0, items); BoundaryError otherwise."""
    array = np.asarray(indices)
    if array.shape != (task.count,) or array.dtype.kind not in "iu":
        raise BoundaryError(f"a lookup takes {task.count} integer indices, not {array.dtype} {array.shape}")
    out = array.astype(np.int64)
    if out.min(initial=0) < 0 or out.max(initial=0) >= task.items:
        raise BoundaryError(f"an index lies outside 0 to {task.items - 1}")
    return out


def reference(records: Records, indices: Ints) -> Records:
    """The plain fetch: uint8 (count, record_bytes)."""
    return records[indices]
