"""Arrays that are derived from public data: made once, kept in a file under the state folder, mapped where large.

A file is named by what it is derived from, so nothing in it can be out of date. It holds a digest of its content, and
one that does not match is made again. It is a comfort: where nothing can be written, the array is made in memory.
"""

import contextlib
import hashlib
import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.home import cache_dir, locked

Array = npt.NDArray[Any]

_MAGIC = b"VBKEPT1\n"
# Magic, SHA-256 of the content, its size: 64 bytes, so that the content is aligned.
_HEADER = struct.Struct("<8s32sQ16x")
_CHUNK = 1 << 24
SMALL = 1 << 24
"""Bytes below which an array is made in memory each time: that takes no longer than to read and check it."""
READ = 1 << 28
"""Bytes up to which a file is read into memory: a mapped one has small pages, and a sweep takes a third longer."""
MOST = 1 << 34
"""Bytes that all kept arrays may take on the disk; beyond it, those that were used longest ago go first."""


def kept(
    name: str,
    *,
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
    fill: Callable[[Array], None],
    least: int | None = None,
) -> Array:
    """The array of this name, shape and type, to be read only; where it is not kept yet, `fill` writes it.

    `name` must say all that the content follows from, such as digests and parameters. `fill` gets an array of zeros,
    which may lie in a file, so that more can be made than fits into memory. What has fewer than `least` bytes is not
    kept; `SMALL` is usual.
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    folder = _folder(size) if size >= (SMALL if least is None else least) else None
    if folder is None:
        return _in_memory(shape, dtype, fill)
    path = folder / hashlib.sha256(f"{name}|{shape}|{np.dtype(dtype).str}".encode()).hexdigest()
    with locked(path):
        found = _opened(path, shape, dtype)
        if found is None:
            try:
                _make(path, shape, dtype, fill)
            except OSError:  # such as a disk that filled up meanwhile
                return _in_memory(shape, dtype, fill)
            found = _opened(path, shape, dtype)
    if found is None:
        return _in_memory(shape, dtype, fill)
    if size > READ:
        return found
    copy = np.array(found)
    copy.flags.writeable = False
    return copy


def _in_memory(shape: tuple[int, ...], dtype: npt.DTypeLike, fill: Callable[[Array], None]) -> Array:
    made = np.zeros(shape, dtype=dtype)
    fill(made)
    made.flags.writeable = False
    return made


def _folder(size: int) -> Path | None:
    """Where an array of this size goes, with room made for it; None where it stays in memory."""
    cache = cache_dir()
    if size > MOST or cache is None:
        return None
    folder = cache / "arrays"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _make_room(folder, size)
        return folder if shutil.disk_usage(folder).free > size + size // 10 else None
    except OSError:
        return None


def _make_room(folder: Path, size: int) -> None:
    files = sorted((p.stat().st_mtime, p.stat().st_size, p) for p in folder.iterdir() if p.suffix != ".lock")
    total = sum(one for _, one, _ in files)
    for _, one, path in files:
        if total + size <= MOST:
            break
        path.unlink(missing_ok=True)  # whoever has it mapped keeps it
        total -= one


def _make(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike, fill: Callable[[Array], None]) -> None:
    size = prod(shape) * np.dtype(dtype).itemsize
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "r+b") as file:
            file.truncate(_HEADER.size + size)
            made = np.memmap(file, dtype=dtype, mode="r+", offset=_HEADER.size, shape=shape)
            fill(made)
            made.flush()
            file.seek(0)
            file.write(_HEADER.pack(_MAGIC, _digest(made), size))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _opened(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array | None:
    """The array of a file that is whole; None where there is none, and what is not whole is removed."""
    size = prod(shape) * np.dtype(dtype).itemsize
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
            if len(head) == _HEADER.size and os.fstat(file.fileno()).st_size == _HEADER.size + size:
                magic, digest, length = _HEADER.unpack(head)
                found = np.memmap(file, dtype=dtype, mode="r", offset=_HEADER.size, shape=shape)
                if (magic, length) == (_MAGIC, size) and digest == _digest(found):
                    os.utime(path)
                    return found
        path.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    return None


def _digest(array: Array) -> bytes:
    content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    found = hashlib.sha256()
    for start in range(0, len(content), _CHUNK):
        found.update(content[start : start + _CHUNK])
    return found.digest()
