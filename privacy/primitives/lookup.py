"""Lookup: k records by index from a public table, the indices private."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.errors import BoundaryError, IntegrityError

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[np.uint8]

DIGEST_BYTES = 8


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


def with_digests(records: Records, *, first: int = 0) -> Records:
    """Records with a digest of place and content behind each: uint8 (N, R + 8), the first being record `first`.

    A scheme that adds up noise or shares has answers that nothing speaks for: one flipped bit gives a wrong byte. With
    the digest the client notices every accident, but for a chance of 2^-64. It is public: a server that makes a record
    up can make up its digest too.
    """
    count, size = records.shape
    out = np.empty((count, size + DIGEST_BYTES), dtype=np.uint8)
    out[:, :size] = records
    digests = b"".join(_digest(first + place, row.tobytes()) for place, row in enumerate(records))
    out[:, size:] = np.frombuffer(digests, dtype=np.uint8).reshape(count, DIGEST_BYTES)
    return out


def without_digests(found: Records, indices: Ints) -> Records:
    """Fetched records (k, R + 8) as uint8 (k, R); IntegrityError if one is not the record of its index."""
    records = np.ascontiguousarray(found[:, :-DIGEST_BYTES])
    for index, row, digest in zip(indices, records, found[:, -DIGEST_BYTES:], strict=True):
        if digest.tobytes() != _digest(int(index), row.tobytes()):
            # Which of them is not said: an index is private.
            text = "a fetched record contradicts its digest: the answer was altered, or made from another table"
            raise IntegrityError(text, then="nothing of it was used; fetch again with fresh randomness")
    return records


def _digest(place: int, record: bytes) -> bytes:
    # SHA-256, as every browser has it.
    return hashlib.sha256(place.to_bytes(8, "little") + record).digest()[:DIGEST_BYTES]
