"""Features of two runs side by side: what a distinguisher tries who wants to know if both had the same input."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.attacks.word_relations import BETWEEN, between
from privacy.boundary.transcript import Message

Floats = npt.NDArray[np.float64]

_PAIRS, _CLOSE = 6, 2
_WINDOW = 16_384
_ODD = 0x9E3779B97F4A7C15
_SEGMENTS = 16
_WORDS = ((4, 4), (8, 2), (16, 2))
"""Widths in bytes of the words that are compared, and at how many offsets."""


def run_relations(first: Sequence[Message], second: Sequence[Message]) -> Floats:
    """A fixed-length vector: what the wires of two runs have in common, pair by pair, the first ones and the last."""
    pairs = list(zip(first, second, strict=False))
    chosen = [*pairs[: _PAIRS - 1], *pairs[max(_PAIRS - 1, len(pairs) - 1) :]]
    rows = [body_relations(a.sample, b.sample) for a, b in chosen]
    sizes = np.array([len(first) - len(second), sum(a.bytes - b.bytes for a, b in pairs)], dtype=np.float64)
    blank = [np.zeros_like(body_relations(b"", b""))] * (_PAIRS - len(rows))
    near = [between(a.sample, b.sample) for a, b in pairs[:_CLOSE]]
    near += [np.zeros(BETWEEN, dtype=np.float32)] * (_CLOSE - len(near))
    return np.concatenate([sizes, *rows, *blank, *near])


def body_relations(a: bytes, b: bytes) -> Floats:
    """What two bodies have in common: equal bytes in place, by segment, and words that stand in both, anywhere.

    Equal places show a mask or a nonce that is used again; words in both show tokens that are used again, in any order.
    """
    x, y = (np.frombuffer(body, dtype=np.uint8) for body in (a, b))
    size = min(len(x), len(y))
    same = x[:size] == y[:size]
    segments = [float(part.mean()) if part.size else 0.0 for part in np.array_split(same, _SEGMENTS)]
    near, far = a[:_WINDOW], b[:_WINDOW]
    words = [_common(near, far, width, offset) for width, n in _WORDS for offset in range(n)]
    return np.array([len(a) - len(b), float(a == b), *segments, *words])


def _common(a: bytes, b: bytes, width: int, offset: int) -> float:
    """How many distinct words stand in both."""
    both = np.sort(np.concatenate([_words(a, width, offset), _words(b, width, offset)]))
    return float((both[1:] == both[:-1]).sum())


@lru_cache(maxsize=128)
def _words(body: bytes, width: int, offset: int) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Distinct words as numbers; those of 16 bytes mixed into 8, where different ones are as good as never the same."""
    whole = max(0, (len(body) - offset) // width * width)
    data = body[offset : offset + whole]
    if width < 16:
        return _distinct(np.frombuffer(data, dtype=f"<u{width}"))
    halves = np.frombuffer(data, dtype="<u8").reshape(-1, 2)
    mixed: npt.NDArray[np.uint64] = halves[:, 0] * np.uint64(_ODD) + (halves[:, 1] ^ (halves[:, 1] >> np.uint64(29)))
    return _distinct(mixed)


def _distinct(words: npt.NDArray[Any]) -> npt.NDArray[np.unsignedinteger[Any]]:
    ranked = np.sort(words)
    new = np.ones(len(ranked), dtype=bool)
    np.not_equal(ranked[1:], ranked[:-1], out=new[1:])
    kept: npt.NDArray[np.unsignedinteger[Any]] = ranked[new]
    return kept
