"""The secrets of one encryption, in the distributions that SEAL draws from and the 128-bit parameters assume.

The bytes are AES-256 in counter mode under a key that is fresh from the party's randomness for each encryption.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Integers = npt.NDArray[np.int64]

# The lower 21 bits count for the error, the next 21 against it: flipped, they count for it but for a constant.
_KEPT, _FLIPPED, _HALF = np.uint64((1 << 42) - 1), np.uint64(((1 << 21) - 1) << 21), 21


class Sampler:
    """Runs on whoever encrypts: draws for one query or contribution, then is dropped with its key.

    `draw` gives fresh random bytes, as many as it is told.
    """

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        # The key encrypts nothing else, so the counter may start at zero.
        self._stream = Cipher(algorithms.AES256(draw(32)), modes.CTR(bytes(16))).encryptor()

    def ternary(self, shape: tuple[int, ...]) -> Integers:
        """Uniform on {-1, 0, 1}: a byte modulo 3, without the byte 255 that would favour 0."""
        count = int(np.prod(shape))
        found = np.empty(0, dtype=np.uint8)
        while len(found) < count:
            drawn = np.frombuffer(self._bytes(count + count // 64 + 64), dtype=np.uint8)
            found = np.concatenate([found, drawn[drawn < 255]])
        return (found[:count] % np.uint8(3)).astype(np.int64).reshape(shape) - 1

    def errors(self, shape: tuple[int, ...]) -> Integers:
        """Centred binomial of 42 coins: within 21 of zero, variance 21 / 2."""
        words = np.frombuffer(self._bytes(8 * int(np.prod(shape))), dtype="<u8").reshape(shape)
        heads: Integers = np.bitwise_count((words & _KEPT) ^ _FLIPPED).astype(np.int64)
        return heads - _HALF

    def _bytes(self, count: int) -> bytes:
        return self._stream.update(bytes(count))
