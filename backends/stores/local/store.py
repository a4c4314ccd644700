"""The store `local`: a file for each block and for each pin.

    blocks/<2 letters>/<CID>   a block; the letters are those before the last, as kubo's flatfs has them
    pins/<CID>                 empty: this blob is kept
    tmp/                       files that are being written
    lock, gate                 empty: who writes holds them, or who collects (lock.py)

A block is written beside, made durable, and renamed into its place: whoever looks sees all of it or nothing, also
after kill -9 or a power cut. A pin is written once every block below it is durable, and a blob is acknowledged once its
pin is.
"""

import contextlib
import errno
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from backends.stores.local.lock import Lock
from backends.stores.local.plugin import LocalParams
from privacy.plugin.stores import (
    CID,
    BlobMissing,
    BlobStore,
    Collected,
    ParamError,
    StateError,
    StoreError,
    StoreFull,
    StoreReadOnly,
    room,
)

T = TypeVar("T")
_STALE = 3600.0
"""Seconds after which a file in tmp/ belongs to nobody: writing a block takes a fraction of one."""
_PATIENCE = 30.0
"""Seconds that a collection waits for writers."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


class LocalStore(BlobStore):
    """Blocks and pins as files; any number of processes and threads may use one folder at once."""

    def __init__(self, params: LocalParams) -> None:
        self.folder = Path(params.folder).expanduser() if params.folder else _own_room()
        self._blocks, self._pins, self._tmp = (self.folder / name for name in ("blocks", "pins", "tmp"))
        self._loose: set[Path] = set()
        """Folders that got a name which may not be durable yet."""
        self._naming, self._flushing = threading.Lock(), threading.Lock()
        self._lock = Lock(self.folder, patience=_PATIENCE)
        self._drop_stale()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        with contextlib.ExitStack() as held:
            self._guarded(lambda: held.enter_context(self._lock.writing()))
            yield

    def put_block(self, cid: CID, data: bytes) -> None:
        path = self._path(cid)
        # A damaged block is written again. A sound one may be another writer's, so its name is made durable here too.
        found = self._read(path)
        if found is None or not cid.names(found):
            self._write(path, data)
        self._loosen(path.parent, self._blocks, self.folder, self.folder.parent)

    def get_block(self, cid: CID) -> bytes:
        data = self._read(self._path(cid))
        if data is None:
            raise BlobMissing(f"the block {cid} is not here", where=str(self.folder), then="get it from another store")
        return data

    def has_block(self, cid: CID) -> bool:
        return self._path(cid).is_file()

    def flush(self) -> None:
        # Who comes second waits for the first: its own names may be among those that are being made durable.
        with self._flushing:
            with self._naming:
                names, self._loose = self._loose, set()
            try:
                for folder in names:
                    self._guarded(partial(_sync, folder))
            except BaseException:
                self._loosen(*names)
                raise

    def pin(self, cid: CID) -> None:
        with self.writing():
            if not self.has(cid):
                raise BlobMissing(f"the blob {cid} is not here whole", where=str(self.folder), then="put it again")
            if not (self._pins / cid.text).exists():
                self._write(self._pins / cid.text, b"")
            self._loosen(self._pins, self.folder, self.folder.parent)
            self.flush()

    def unpin(self, cid: CID) -> None:
        path = self._pins / cid.text
        if not path.exists():
            raise BlobMissing(f"the blob {cid} is not pinned", where=str(self.folder), then="`ls` names those that are")
        self._guarded(lambda: path.unlink(missing_ok=True))
        self._loosen(self._pins)
        self.flush()

    def pins(self) -> Iterator[CID]:
        names = self._guarded(lambda: os.listdir(self._pins)) if self._pins.exists() else []
        for name in names:
            with contextlib.suppress(ParamError):  # a desktop's own files
                yield CID.parse(name)

    def collect(self, *, dry: bool = False) -> Collected:
        """Drop what no pin reaches. Writers wait meanwhile; StoreBusy where one of them writes for long."""
        blocks = size = 0
        with contextlib.ExitStack() as held:
            self._guarded(lambda: held.enter_context(self._lock.alone()))
            kept = self.reached()
            for path, cid in self._kept_blocks():
                if cid not in kept:
                    blocks, size = blocks + 1, size + self._guarded(path.stat).st_size
                    if not dry:
                        self._guarded(path.unlink)
        return Collected(blocks, size)

    def _kept_blocks(self) -> Iterator[tuple[Path, CID]]:
        for folder in self._guarded(lambda: sorted(self._blocks.iterdir()) if self._blocks.exists() else []):
            for name in self._guarded(partial(_names, folder)):
                with contextlib.suppress(ParamError):
                    yield folder / name, CID.parse(name)

    def close(self) -> None:
        self._loose.clear()

    def _loosen(self, *folders: Path) -> None:
        with self._naming:
            self._loose.update(folders)

    def _path(self, cid: CID) -> Path:
        return self._blocks / cid.text[-3:-1] / cid.text

    def _read(self, path: Path) -> bytes | None:
        def read() -> bytes | None:
            with contextlib.suppress(FileNotFoundError):
                return path.read_bytes()
            return None

        return self._guarded(read)

    def _write(self, path: Path, data: bytes) -> None:
        """Put a file in its place, whole and durable but for its name, which `flush` makes so."""

        def write() -> None:
            for folder in (self._tmp, path.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._tmp)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

        self._guarded(write)

    def _drop_stale(self) -> None:
        """Delete what killed writers left behind."""
        with contextlib.suppress(OSError):
            for path in self._tmp.iterdir():
                with contextlib.suppress(OSError):  # another process deletes it too
                    if time.time() - path.stat().st_mtime > _STALE:
                        path.unlink()

    def _guarded(self, work: Callable[[], T]) -> T:
        """Run `work`; the operating system's errors become sentences."""
        try:
            return work()
        except OSError as error:
            raise _sentence(error, str(self.folder)) from error


def _sentence(error: OSError, folder: str) -> StoreError:
    if error.errno in _FULL:
        return StoreFull("the disk of the blob store is full", where=folder, then="free some space, then put it again")
    if error.errno in _CLOSED:
        text = "the blob store can only be read" if error.errno == errno.EROFS else "the blob store is not open to you"
        return StoreReadOnly(text, where=folder, then="fix the folder's permissions, or choose another store")
    reason = error.strerror or type(error).__name__
    return StoreError(f"the blob store cannot be used: {reason}", where=folder, then="choose another folder for it")


def _own_room() -> Path:
    try:
        return room("blobs")
    except StateError as error:
        if isinstance(error.__cause__, OSError):
            raise _sentence(error.__cause__, error.where) from error
        raise


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # the one above the store's may be closed to its owner
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot do this
            raise
    finally:
        os.close(handle)
