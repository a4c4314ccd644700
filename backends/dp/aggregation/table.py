"""Discrete Gaussian noise for millions of entries: integers from an AES-CTR stream by way of one exact table.

A table holds the law of a narrow discrete Gaussian in 256-bit integers, as Walker's alias method wants it (1977; Vose
1991). Wider noise is a sum x + k y of such draws, which is again discrete Gaussian (Peikert, CRYPTO 2010; Micciancio
and Walter, CRYPTO 2017): P(z) is the Gaussian weight of z times the mass of a Gaussian of variance s^2 on a shifted
lattice, and that mass is the same for all shifts up to a factor of 1 +- 2 exp(-2 pi^2 s^2). All is integer arithmetic:
there are no low-order bits to leak, and one key gives the same noise on every machine.
"""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Stream = Callable[[int], bytes]

SMOOTH = 3.0
"""The least variance s^2 of the hidden Gaussian at which shifts count as equal: they are up to `RIPPLE`."""
RIPPLE = 2.0001 * math.exp(-2 * math.pi**2 * SMOOTH)
WIDEST = 2.0**56
"""The largest variance of one draw: its standard deviation is 2^28 steps."""

_INDEX, _HIGH, _LOW = 12, 52, 192
_SIZE = 1 << _INDEX
_REACH = _SIZE // 2 - 1
_DIGITS = 110
_BASE = 127.0**2
_GROWTH = 4000.0
_CHUNK = 1 << 15
_KEY, _NONCE = 32, 16


class Table:
    """Draws a discrete Gaussian of a small variance, cut off at 2047 steps, sixteen standard deviations away.

    12 bits of a word choose a column and 52 more decide between its two values. Where these are not enough, one time
    in 2^52, 192 more do: so each probability is right to within 2^-256 apart from the cut.
    """

    def __init__(self, variance: float) -> None:
        thresholds, alias = _columns(_weights(variance))
        self._high = np.array([t >> _LOW for t in thresholds], dtype=np.uint64)
        self._rest = [t & ((1 << _LOW) - 1) for t in thresholds]
        self._alias = np.array(alias, dtype=np.int64)

    def draw(self, words: Words, more: Stream) -> Ints:
        """One draw for each uniform word, int64 (n,); `more` supplies bytes for the undecided."""
        column = (words & np.uint64(_SIZE - 1)).astype(np.int64)
        place, high = words >> np.uint64(_INDEX), self._high[column]
        drawn = np.where(place < high, column, self._alias[column])
        for i in np.flatnonzero(place == high):
            if int.from_bytes(more(_LOW // 8), "little") < self._rest[column[i]]:
                drawn[i] = column[i]
        drawn -= _REACH
        return drawn


def noise(*, length: int, variance: float, key: bytes) -> Ints:
    """int64 (length,) of discrete Gaussian noise of `variance` (steps squared, at most `WIDEST`).

    `key` is 48 fresh random bytes, for this call alone: the same key gives the same noise.
    """
    base, factors = levels(variance)
    table, stream = _table(base), _aes(key)
    out = np.empty(length, dtype=np.int64)
    for start in range(0, length, _CHUNK):
        part = out[start : start + _CHUNK]
        part[:] = table.draw(_words(stream, len(part)), stream)
        for factor in factors:
            part += factor * table.draw(_words(stream, len(part)), stream)
    return out


KEY_BYTES = _KEY + _NONCE


def levels(variance: float) -> tuple[float, tuple[int, ...]]:
    """The variance of the table and the factors k of the draws added to its first: together they have `variance`.

    Each sum keeps s^2 = base v / (v + k^2 base) at `SMOOTH` or more, v being the variance before it.
    """
    if variance <= _BASE:
        return variance, ()
    count = 1
    while variance > _BASE * _GROWTH**count:
        count += 1
    growth, total, factors = (variance / _BASE) ** (1 / count), 1, []
    for _ in range(count):
        factors.append(math.ceil(math.sqrt((growth - 1) * total)))
        total += factors[-1] ** 2
    return variance / total, tuple(factors)


@lru_cache(maxsize=8)
def _table(variance: float) -> Table:
    return Table(variance)


def _weights(variance: float) -> list[int]:
    """exp(-x^2 / 2 variance) for x from -2047 to 2048 (there 0), as integers that add up to 2^256."""
    with localcontext() as context:
        context.prec = _DIGITS
        ratio = (Decimal(-1) / (2 * Decimal(variance))).exp()
        step, half = ratio, [Decimal(1)]
        for _ in range(_REACH):
            half.append(half[-1] * step)
            step *= ratio * ratio
        unit = Decimal(1 << (_INDEX + _HIGH + _LOW)) / (2 * sum(half, Decimal(0)) - 1)
        side = [int(w * unit) for w in half]
    side[0] += (1 << (_INDEX + _HIGH + _LOW)) - (2 * sum(side) - side[0])
    return [*side[:0:-1], *side, 0]


def _columns(weights: list[int]) -> tuple[list[int], list[int]]:
    """Vose's alias columns in exact integers: up to its threshold a column is its own value, above it its alias."""
    full, left = 1 << (_HIGH + _LOW), list(weights)
    thresholds, alias = [full] * len(left), list(range(len(left)))
    small = [i for i, w in enumerate(left) if w < full]
    large = [i for i, w in enumerate(left) if w > full]
    while small:
        i, j = small.pop(), large[-1]
        thresholds[i], alias[i] = left[i], j
        left[j] -= full - left[i]
        if left[j] <= full:
            large.pop()
            if left[j] < full:
                small.append(j)
    return thresholds, alias


def _aes(key: bytes) -> Stream:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CTR

    encryptor = Cipher(AES(key[:_KEY]), CTR(key[_KEY:])).encryptor()
    return lambda count: encryptor.update(bytes(count))


def _words(stream: Stream, count: int) -> Words:
    return np.frombuffer(stream(8 * count), dtype="<u8").astype(np.uint64, copy=False)
