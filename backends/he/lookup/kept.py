"""Hints on disk, under the state folder and by the table's content hash: what takes seconds is computed once."""

import contextlib
import hashlib
import struct
from pathlib import Path

import numpy as np

from backends.he.lookup.hint import Hint
from backends.he.lookup.layout import DEGREE, Layout
from privacy.plugin.keeping import StateError, cache_dir, write_atomic

_HEAD = struct.Struct("<8sd32s")  # magic with version, bound on failures, check
_MAGIC = b"VBLHint1"
_MOST_FILES = 8


def read(layout: Layout, name: bytes) -> tuple[Hint, float] | None:
    """The hint of a table and the bound on its failures, or None. A file that is not what was written is removed."""
    path = _path(name)
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    found = _parsed(content, layout, name)
    if found is None:
        with contextlib.suppress(OSError):
            path.unlink()
    return found


def write(hint: Hint, bits: float) -> None:
    """Keep a hint, the latest few of all; a disk that is full or not ours only costs the time to compute it again."""
    path = _path(hint.name)
    if path is None:
        return
    body = np.ascontiguousarray(hint.rows, dtype="<i2").tobytes()
    with contextlib.suppress(StateError, OSError):
        write_atomic(path, _HEAD.pack(_MAGIC, bits, _check(hint.name, bits, body)) + body)
        _prune(path.parent)


def _parsed(content: bytes, layout: Layout, name: bytes) -> tuple[Hint, float] | None:
    if len(content) != _HEAD.size + layout.hint_bytes:
        return None
    magic, bits, check = _HEAD.unpack_from(content)
    body = content[_HEAD.size :]
    if magic != _MAGIC or check != _check(name, bits, body):
        return None
    return Hint(layout, name, np.frombuffer(body, dtype="<i2").reshape(layout.rows, DEGREE)), bits


def _check(name: bytes, bits: float, body: bytes) -> bytes:
    return hashlib.blake2b(struct.pack("<d", bits) + body, key=name, digest_size=32).digest()


def _path(name: bytes) -> Path | None:
    cache = cache_dir()
    return None if cache is None else cache / f"lookup-{name.hex()[:32]}.hint"


def _prune(folder: Path) -> None:
    """Remove all but the latest; another process may be doing the same."""

    def age(path: Path) -> float:
        with contextlib.suppress(OSError):
            return path.stat().st_mtime
        return 0.0

    for path in sorted(folder.glob("lookup-*.hint"), key=age)[:-_MOST_FILES]:
        with contextlib.suppress(OSError):
            path.unlink()
