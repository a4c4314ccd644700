"""Features of a view that lie between its words: what two places say together that neither says alone.

A mask that serves twice hides every word and no difference. So words are set against each other: within one body at
`LAGS`, and between bodies of one kind or of one length, whoever sent them. Single bits at both ends, parities and
counts of ones show what hides in a nonce. The features of `privacy.attacks.features` read each word by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from privacy.boundary.transcript import Message

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

LAGS = range(1, 33)
BODIES, PAIRS = 3, 3
_HEAD, _TAIL, _ROWS = 32, 16, 32
_NONCE = 16
_VALUES, _COMPARED, _BITS = 24, 40, 320
_WIDTHS = (4, 8)
_ROW_BYTES = (8, 16, 40)
_WINDOW = 8 * 1024

INSIDE = 8 * (_HEAD + _TAIL) + 2 * _ROWS * len(_ROW_BYTES) + 2 + len(_WIDTHS) * (2 * len(LAGS) + 1) * _VALUES
INSIDE += 8 * _NONCE * (_NONCE - 1) // 2
BETWEEN = 1 + 2 * len(_WIDTHS) * _COMPARED + 8 * _BITS
WORD_RELATIONS = BODIES * INSIDE + PAIRS * BETWEEN


def word_relations(messages: Sequence[Message]) -> Floats:
    """A fixed-length vector (`WORD_RELATIONS`,) of finite numbers: of the first bodies, and of pairs of bodies.

    Places of bodies and pairs that there are not are 0.
    """
    parts = [inside(m.sample) for m in messages[:BODIES]]
    parts += [np.zeros((BODIES - len(parts)) * INSIDE, dtype=np.float32)]
    pairs = list(_pairs(messages))[:PAIRS]
    parts += [between(a, b) for a, b in pairs]
    parts += [np.zeros((PAIRS - len(pairs)) * BETWEEN, dtype=np.float32)]
    return np.concatenate(parts)


@lru_cache(maxsize=64)
def inside(body: bytes) -> Floats:
    """A fixed-length vector (`INSIDE`,): bits, parities and counts of ones, and words against those behind them.

    A long body is read at both of its ends.
    """
    if not body:
        return np.zeros(INSIDE, dtype=np.float32)
    raw = np.frombuffer(_ends(body), dtype=np.uint8)
    parts = [_padded(np.unpackbits(raw[:_HEAD]), 8 * _HEAD), _padded(np.unpackbits(raw[-_TAIL:]), 8 * _TAIL)]
    ones = np.bitwise_count(raw)
    for width in _ROW_BYTES:
        rows = ones[len(ones) % width :].reshape(-1, width).sum(axis=1)
        parts += [_padded(rows[:_ROWS] % 2, _ROWS), _padded(rows[:_ROWS], _ROWS)]
    parts.append(np.array([ones[:16].sum() % 2, ones.sum() % 2], dtype=np.float32))
    # Each of the first bytes against each other: what hides in two of them, and in neither.
    head = np.concatenate([raw[:_NONCE], np.zeros(max(0, _NONCE - len(raw)), dtype=np.uint8)])
    pairs = np.concatenate([head[lag:] ^ head[:-lag] for lag in range(1, _NONCE)])
    parts.append(np.unpackbits(pairs).astype(np.float32))
    parts += [_bent(_words(raw, width)) for width in _WIDTHS]
    for width in _WIDTHS:
        parts += _lagged(_words(raw, width))
    return np.concatenate(parts)


def between(a: bytes, b: bytes) -> Floats:
    """A fixed-length vector (`BETWEEN`,): differences and exclusive ors of the words of two bodies, from their ends."""
    x, y = (np.frombuffer(_ends(body), dtype=np.uint8) for body in (a, b))
    size = min(len(x), len(y))
    x, y = x[len(x) - size :], y[len(y) - size :]
    parts = [np.array([len(a) - len(b)], dtype=np.float32)]
    for width in _WIDTHS:
        parts += _compared(_words(x, width), _words(y, width), _COMPARED)
    parts.append(_padded(np.unpackbits((x ^ y)[-_BITS:]), 8 * _BITS))
    return np.concatenate(parts)


def _pairs(messages: Sequence[Message]) -> Iterable[tuple[bytes, bytes]]:
    """The last two bodies of each kind, then the first and the last of each length that several kinds share."""
    kinds, sizes = defaultdict(list), defaultdict(list)
    for m in messages:
        kinds[m.kind].append(m)
        sizes[len(m.sample)].append(m)
    # Whoever sends most of a kind, the many who hold inputs, comes first.
    for same in sorted((k for k in kinds.values() if len(k) > 1), key=len, reverse=True):
        yield same[-2].sample, same[-1].sample
    for alike in sizes.values():
        if len({m.kind for m in alike}) > 1:
            yield alike[0].sample, alike[-1].sample


def _ends(body: bytes) -> bytes:
    return body if len(body) <= 2 * _WINDOW else body[:_WINDOW] + body[-_WINDOW:]


def _words(raw: Bytes, width: int) -> npt.NDArray[np.int64]:
    """Little-endian words, counted from the end: what stands before them is a header."""
    words: npt.NDArray[np.int64] = raw[len(raw) % width :].view(f"<i{width}")
    return words


def _lagged(words: npt.NDArray[np.int64]) -> list[Floats]:
    """The last `_VALUES` words against those that stand 1 to 32 before them: 0 where there are none."""
    places = len(words) - _VALUES + np.arange(_VALUES)
    before = places - np.array(LAGS)[:, None]
    if not len(words):
        return [np.zeros(2 * before.size, dtype=np.float32)]
    x, y = words[np.maximum(places, 0)], words[np.maximum(before, 0)]
    return [np.where(before >= 0, _logs(change), np.float32(0)).ravel() for change in (x - y, x ^ y)]


def _bent(words: npt.NDArray[np.int64]) -> Floats:
    """The last `_VALUES` second differences: a mask that grows evenly from word to word falls out of them."""
    bent = words[2:] - 2 * words[1:-1] + words[:-2] if len(words) > 2 else words[:0]
    return _padded(_logs(bent[-_VALUES:]), _VALUES)


def _compared(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], count: int) -> list[Floats]:
    x, y = x[-count:], y[-count:]
    return [_padded(_logs(x - y), count), _padded(_logs(x ^ y), count)]


def _logs(words: npt.NDArray[np.int64]) -> Floats:
    floats = words.astype(np.float32)
    logs: Floats = np.sign(floats) * np.log1p(np.abs(floats))
    return logs


def _padded(values: npt.NDArray[np.generic], length: int) -> Floats:
    padded = np.zeros(length, dtype=np.float32)
    padded[: len(values)] = values
    return padded
