"""Masks on the ring of 32-bit integers: AES-256 in counter mode (NIST SP 800-38A), a fresh key for every mask.

Masks are made and added a block at a time, so that ten million entries need little memory beside the vector itself,
and a block stays in the processor's cache while one mask after the other is added to it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

Ring = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]

BLOCK_BYTES = 2**18
KEY_BYTES = 32
RING_BITS = 32

_AES_BLOCK = 16
_TOGETHER = 256
_ZEROS = memoryview(bytes(BLOCK_BYTES))
_START = bytes(_AES_BLOCK)


class Stream:
    """The key stream of one key, as little-endian words. A key serves one stream only, so the counter starts at 0."""

    def __init__(self, key: bytes, *, counter: bytes = _START) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a mask's key has 32 bytes")
        self._cipher: CipherContext = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()

    def read_into(self, buffer: bytearray, size: int) -> None:
        """Write the next `size` bytes, at most `BLOCK_BYTES`, to the front of a buffer that `blank` made."""
        self._cipher.update_into(_ZEROS[:size], buffer)


def blank(size: int = BLOCK_BYTES) -> tuple[bytearray, Ring]:
    """A buffer for `Stream.read_into` of `size` bytes, which are whole words, and the same memory as words.

    The library wants a cipher block of slack.
    """
    buffer = bytearray(size + _AES_BLOCK)
    return buffer, np.frombuffer(buffer, dtype="<u4", count=size // 4)


def add_masks(vector: Ring, *, add: Sequence[bytes] = (), subtract: Sequence[bytes] = ()) -> None:
    """Change `vector`, uint32 (length,), in place: add the masks of some keys and subtract those of others."""
    signed = [(key, np.add) for key in add] + [(key, np.subtract) for key in subtract]
    buffer, words = blank()
    for first in range(0, len(signed), _TOGETHER):
        streams = [(Stream(key), apply) for key, apply in signed[first : first + _TOGETHER]]
        for start in range(0, len(vector), BLOCK_BYTES // 4):
            part = vector[start : start + BLOCK_BYTES // 4]
            for stream, apply in streams:
                stream.read_into(buffer, part.nbytes)
                apply(part, words[: len(part)], out=part)


def to_ring(vector: Ints) -> Ring:
    """Signed integers modulo 2^32: a fresh uint32 (length,)."""
    return vector.astype(np.uint32)


def from_ring(vector: Ring) -> Ints:
    """The signed integers of least magnitude, int64 (length,): right for sums below 2^31."""
    return vector.view(np.int32).astype(np.int64)
