"""The prime field of two-server sums, and pads that are uniform in it.

A pad is AES-256 in counter mode read as 32-bit words, without the words past the prime: exactly uniform, where a
remainder would favour small values.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backends.smpc.masking import BLOCK_BYTES, Ints, Stream, blank

Residues = npt.NDArray[np.uint32]
Wide = npt.NDArray[np.uint64]

PRIME = 2**32 - 5
LARGEST = (PRIME - 1) // 2
SEED_BYTES = 32

_WORDS = BLOCK_BYTES // 4
_SPARE = 64
"""Bytes read beyond what is needed, as a word past the prime may turn up."""


class Pad:
    """The uniform residues of one key, in order, however they are read."""

    def __init__(self, key: bytes, *, prime: int = PRIME) -> None:
        self._stream, self._prime = Stream(key), prime
        self._left: Residues = np.zeros(0, dtype=np.uint32)

    def read(self, count: int) -> Residues:
        """The next `count` residues, uint32 (count,)."""
        parts, have = [self._left], len(self._left)
        while have < count:
            # No more than is needed: a short vector of each of many contributors would else cost a block each.
            buffer, words = blank(min(BLOCK_BYTES, 4 * (count - have) + _SPARE))
            self._stream.read_into(buffer, words.nbytes)
            parts.append(words[words < self._prime])
            have += len(parts[-1])
        joined = np.concatenate(parts)
        self._left = joined[count:]
        return joined[:count]


def subtract_pad(vector: Ints, key: bytes) -> Residues:
    """Runs on a contributor: signed integers (length,) minus the pad of `key`, modulo the prime."""
    pad, out = Pad(key), np.empty(len(vector), dtype=np.uint32)
    for start in range(0, len(vector), _WORDS):
        part = vector[start : start + _WORDS]
        out[start : start + _WORDS] = (part - pad.read(len(part)).astype(np.int64)) % PRIME
    return out


def sum_of_pads(keys: Sequence[bytes], length: int) -> Wide:
    """Runs on a server: the pads of some keys, added up without reduction, uint64 (length,)."""
    total = np.zeros(length, dtype=np.uint64)
    if length <= _WORDS:
        for key in keys:
            np.add(total, Pad(key).read(length), out=total)
        return total
    pads = [Pad(key) for key in keys]
    for start in range(0, length, _WORDS):
        part = total[start : start + _WORDS]
        for pad in pads:
            np.add(part, pad.read(len(part)), out=part)
    return total


def centred(residues: Wide) -> Ints:
    """Residues as the signed integers of least magnitude, int64."""
    reduced = (residues % PRIME).view(np.int64)
    np.subtract(reduced, PRIME, out=reduced, where=reduced > LARGEST)
    return reduced
