"""Generic features of a view: numbers that a distinguisher without knowledge of the protocol would try.

Two kinds. `view_features` reads every body in many ways: byte counts, first and last bytes, ints and floats of
several widths at every alignment, their quantiles (a permutation hides order only), sign bits, and what zlib makes
of it. `sample_bytes` keeps bytes at fixed places, for screening byte by byte. Large bodies are sampled, so a few
secret bytes in the middle of a megabyte can be missed: a game that finds nothing proves nothing.
"""

import zlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from privacy.boundary.transcript import Message, View
from privacy.boundary.wire import Exposure

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

MESSAGES = 4
HEAD, TAIL, VALUES, SEGMENTS = 128, 32, 32, 64
_WINDOW = 16_384
_READ = (("<f4", 4), ("<f8", 8), ("<i2", 2), ("<i4", 4), ("<i8", 8))
_QUANTILES = 9
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float64)
_EXPOSURES = list(Exposure)
_HEADER = 6
_INFLATED = 65_536

BODY_FEATURES = (
    4 + 256 + 8 + HEAD + TAIL + SEGMENTS + sum(width * (VALUES + _QUANTILES) for _, width in _READ) + 2 * VALUES
)
VIEW_FEATURES = 2 + MESSAGES * (_HEADER + BODY_FEATURES) + 1 + BODY_FEATURES


def view_features(view: View) -> Floats:
    """A fixed-length vector (`VIEW_FEATURES`,) of finite floats, not standardised.

    It describes the first messages and the last, and what the first body that inflates holds; absent ones are 0.
    """
    messages = view.messages
    chosen = [*messages[: MESSAGES - 1], *messages[max(MESSAGES - 1, len(messages) - 1) :]]
    parts = [np.array([len(messages), np.log1p(view.bytes)], dtype=np.float64)]
    for message in chosen:
        parts += [_header(message), body_features(message.sample)]
    parts.append(np.zeros((MESSAGES - len(chosen)) * (_HEADER + BODY_FEATURES)))
    inflated = next((found for m in messages if (found := inflate(m.sample))), b"")
    parts += [np.array([len(inflated)], dtype=np.float64), body_features(inflated)]
    return np.concatenate(parts)


@lru_cache(maxsize=64)
def body_features(body: bytes) -> Floats:
    """A fixed-length vector (`BODY_FEATURES`,) of finite floats for one body; zeros where it is too short.

    What several parties read is worked out once: the vector is not to be written to.
    """
    if not body:
        return np.zeros(BODY_FEATURES)
    raw = np.frombuffer(body, dtype=np.uint8)
    sampled = _sampled(raw)
    counts = np.bincount(sampled, minlength=256) / max(1, len(sampled))
    numbers = np.array([np.log1p(len(raw)), counts.max(), (counts > 0).sum() / 256, _mean(sampled)])
    parts = [numbers, counts, counts @ _BITS, _padded(raw[:HEAD] / 127.5 - 1, HEAD)]
    parts += [_padded(raw[-TAIL:] / 127.5 - 1, TAIL), _segments(sampled)]
    with np.errstate(all="ignore"):
        for dtype, width in _READ:
            for offset in range(width):
                parts += _numbers(raw, dtype, offset)
    parts += [_signs(raw, 4), _signs(raw, 8)]
    return np.concatenate(parts)


def sample_bytes(data: bytes, *, limit: int) -> Bytes:
    """`limit` bytes of `data` at places that depend on its length only: its head, its tail, and evenly between."""
    raw = np.frombuffer(data, dtype=np.uint8)
    if len(raw) <= limit:
        return np.pad(raw, (0, limit - len(raw)))
    head, tail = limit // 2, limit // 8
    middle = np.linspace(head, len(raw) - tail - 1, limit - head - tail).astype(np.intp)
    return np.concatenate([raw[:head], raw[middle], raw[len(raw) - tail :]])


def inflate(body: bytes, *, starts: Iterable[int] | None = None, limit: int = _INFLATED) -> bytes:
    """Up to `limit` bytes of the first zlib or gzip stream that begins at one of `starts` (the first 64 places)."""
    for start in starts if starts is not None else _deflated(body):
        if starts is not None and not _looks_deflated(body, start):
            continue
        try:
            found = zlib.decompressobj(wbits=47).decompress(body[start:], limit)
        except zlib.error:
            continue
        if len(found) >= 4:
            return found
    return b""


def _deflated(body: bytes) -> list[int]:
    """Those of the first 64 places that look so, found at once: hardly any does."""
    head = np.frombuffer(body[:65].ljust(2, b"\0"), dtype=np.uint8).astype(np.int32)
    head = np.append(head, 0) if len(body) < 65 else head
    first, second = head[:-1], head[1:]
    zlibs = (first & 0x8F == 0x08) & ((first * 256 + second) % 31 == 0)
    return [int(at) for at in np.flatnonzero(zlibs | ((first == 0x1F) & (second == 0x8B))) if at < len(body)]


def _looks_deflated(body: bytes, start: int) -> bool:
    first, second = body[start], body[start + 1] if start + 1 < len(body) else 0
    return (first & 0x8F == 0x08 and (first * 256 + second) % 31 == 0) or (first, second) == (0x1F, 0x8B)


def _header(message: Message) -> Floats:
    kind = zlib.crc32(message.kind.encode()) / 2**32
    sender = zlib.crc32(message.sender.name.encode()) / 2**32
    exposure = _EXPOSURES.index(message.exposure)
    sizes = (np.log1p(message.bytes), float(message.body_bytes))
    return np.array([kind, sender, exposure, message.round, *sizes], dtype=np.float64)


def _sampled(raw: Bytes) -> Bytes:
    """The whole of a small body, or windows at the start, at the end and between."""
    if len(raw) <= 4 * _WINDOW:
        return raw
    starts = np.linspace(0, len(raw) - _WINDOW, 4).astype(int)
    return np.concatenate([raw[s : s + _WINDOW] for s in starts])


def _mean(raw: Bytes) -> float:
    return float(raw.mean()) / 255 if len(raw) else 0.0


def _segments(raw: Bytes) -> Floats:
    """The mean byte of each of `SEGMENTS` equal parts."""
    size = len(raw) // SEGMENTS
    if not size:
        return np.zeros(SEGMENTS)
    means: Floats = raw[: size * SEGMENTS].reshape(SEGMENTS, size).mean(axis=1) / 255
    return means


def _numbers(raw: Bytes, dtype: str, offset: int) -> list[Floats]:
    """The first values read as `dtype` from `offset`, on a log scale, and quantiles of more of them."""
    width = np.dtype(dtype).itemsize
    count = min((len(raw) - offset) // width, 16 * VALUES)
    if count <= 0:
        return [np.zeros(VALUES), np.zeros(_QUANTILES)]
    values = raw[offset : offset + count * width].view(dtype).astype(np.float64)
    if dtype[1] == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=1e300, neginf=-1e300)
    logs = np.sign(values) * np.log1p(np.abs(values))
    # Values below 1 vanish on a log scale, and unit-norm floats are below 1.
    logs += np.clip(values, -1, 1)
    ranked = np.sort(logs)[_ranks(count)]
    return [_padded(logs[:VALUES], VALUES), ranked]


@lru_cache(maxsize=512)
def _ranks(count: int) -> npt.NDArray[np.intp]:
    """The places of the quantiles among `count` sorted values."""
    return np.linspace(0, count - 1, _QUANTILES).astype(np.intp)


def _signs(raw: Bytes, width: int) -> Floats:
    """The top bits of the first little-endian words."""
    return _padded((raw[width - 1 :: width][:VALUES] >> 7).astype(np.float64), VALUES)


def _padded(values: Floats, length: int) -> Floats:
    if len(values) == length:
        return values
    # numpy.pad takes ten times as long, and a game reads hundreds of thousands of short vectors.
    padded = np.zeros(length)
    padded[: len(values)] = values
    return padded
