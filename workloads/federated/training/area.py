"""Memory that the host shares with a process that trains: the weights, and room for what it makes of them.

It is a file without a name, which the process inherits: it is gone with the last of the two, also where both are
killed, and no tracker has to clean up. Named shared memory would stay behind a host that was killed.
"""

import mmap
import os
import tempfile

import numpy as np
import numpy.typing as npt

from workloads.federated.training.shape import Weights

SLOTS = 2
"""Answers that fit: while the host reads one the process writes the next."""
_WIDEST = 8
"""Bytes of the largest entry of an answer."""


def nameless() -> int:
    """An open file in memory without a name, or on the disk where the system has none in memory."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("veilbench-training")
    with tempfile.TemporaryFile() as made:
        return os.dup(made.fileno())


class Area:
    """One end of the memory that two processes share, over an open file. It has no size before `fit`."""

    def __init__(self, file: int) -> None:
        self.file, self._length = file, 0
        self._map: mmap.mmap | None = None

    def fit(self, length: int) -> None:
        """Make room for weights of that length. The file only grows, and untouched pages take no memory."""
        if length == self._length:
            return
        size = max(1, length) * (4 + SLOTS * _WIDEST) + 8
        if os.fstat(self.file).st_size < size:
            os.ftruncate(self.file, size)
        self._map, self._length = mmap.mmap(self.file, size), length

    @property
    def weights(self) -> Weights:
        """The weights, float32 (length,)."""
        return self._array(0, np.float32)

    def slot(self, number: int, dtype: npt.DTypeLike) -> np.ndarray:
        """Room for an answer, (length,) of any type up to 8 bytes an entry."""
        start = -(-4 * self._length // 8) * 8
        return self._array(start + number * self._length * _WIDEST, dtype)

    def forget(self) -> None:
        """Let go of the memory, which the other end may still have."""
        self._map, self._length = None, 0

    def wipe(self) -> None:
        """Take the memory from both ends; the other one must have let go of it before it looks again."""
        self.forget()
        os.ftruncate(self.file, 0)

    def _array(self, start: int, dtype: npt.DTypeLike) -> np.ndarray:
        if self._map is None:
            raise ValueError("an area without a size holds nothing")
        return np.frombuffer(self._map, dtype=dtype, count=self._length, offset=start)
