"""The two wires of a fetch, in a fixed layout. Every length follows from public numbers.

    query:   for each record wanted, a word of 32 bits for every column
    answer:  for each record wanted, 16 bits for every byte of a column

Both begin with a header that names the table, so that a query made with the hint of another one is refused by name.
"""

import struct

import numpy as np
import numpy.typing as npt

from backends.he.lookup.layout import Layout
from privacy.plugin import WireError

Words = npt.NDArray[np.uint32]
HalfWords = npt.NDArray[np.uint16]

_HEAD = struct.Struct("<4sHHIQ32s")  # magic, version, reserved, records wanted, columns or rows, table
_VERSION = 1
_QUERY, _ANSWER = b"VBLQ", b"VBLA"


def encode_query(name: bytes, words: Words) -> bytes:
    """The wire of queries (k, columns)."""
    return _head(_QUERY, name, words.shape) + np.ascontiguousarray(words, dtype="<u4").tobytes()


def decode_query(body: bytes, layout: Layout, name: bytes, *, count: int) -> Words:
    """The queries (count, columns) of a wire; WireError on any deviation."""
    _check(body, _QUERY, name, (count, layout.columns), width=4, what="a query")
    return np.frombuffer(body, dtype="<u4", offset=_HEAD.size).reshape(count, layout.columns)


def encode_answer(name: bytes, halves: HalfWords) -> bytes:
    """The wire of answers (k, rows)."""
    return _head(_ANSWER, name, halves.shape) + np.ascontiguousarray(halves, dtype="<u2").tobytes()


def decode_answer(body: bytes, layout: Layout, name: bytes, *, count: int) -> HalfWords:
    """The answers (count, rows) of a wire; WireError on any deviation."""
    _check(body, _ANSWER, name, (count, layout.rows), width=2, what="an answer")
    return np.frombuffer(body, dtype="<u2", offset=_HEAD.size).reshape(count, layout.rows)


def _head(magic: bytes, name: bytes, shape: tuple[int, ...]) -> bytes:
    return _HEAD.pack(magic, _VERSION, 0, *shape, name)


def _check(body: bytes, magic: bytes, name: bytes, shape: tuple[int, int], *, width: int, what: str) -> None:
    expected = _HEAD.size + width * shape[0] * shape[1]
    if len(body) != expected:
        raise WireError(f"{what} has {len(body)} bytes; {expected} expected for {shape[0]} records at once")
    head = _head(magic, name, shape)
    if body[: _HEAD.size - len(name)] != head[: -len(name)]:
        raise WireError(f"the header of {what} does not match this table's shape")
    if body[_HEAD.size - len(name) : _HEAD.size] != name:
        raise WireError(f"{what} was made with the hint of another table", then="set up again, with this table's hint")
