"""Where state lives: `VEILBENCH_HOME`, else `~/.veilbench`, readable by its owner alone."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from privacy.errors import StateError

T = TypeVar("T")


def _path() -> Path:
    return Path(os.environ.get("VEILBENCH_HOME") or Path.home() / ".veilbench").expanduser()


def home() -> Path:
    """The state folder, made if it is absent. StateError if it cannot be made or written."""
    path = _path()

    def make() -> Path:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    return guarded(make, path)


def room(name: str) -> Path:
    """A folder of the state folder, made if it is absent. StateError if it cannot be made."""
    path = _path() / name
    if not path.is_dir():
        home()
        guarded(lambda: path.mkdir(exist_ok=True, mode=0o700), path)
    return path


def cache_dir() -> Path | None:
    """Where derived data may be kept; None if the state folder cannot be written, as a cache is a comfort."""
    try:
        return room("cache")
    except StateError:
        return None


def guarded(work: Callable[[], T], path: Path) -> T:
    """Run `work` on `path`, turning an operating-system error into one sentence."""
    try:
        return work()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StateError(
                "the disk is full", where=str(path), then="free some space, or set VEILBENCH_HOME"
            ) from error
        reason = error.strerror or type(error).__name__
        raise StateError(
            f"the state folder cannot be used: {reason}", where=str(path), then="set VEILBENCH_HOME"
        ) from error


def write_atomic(path: Path, data: bytes | memoryview) -> None:
    """Write `data` so that a reader, or a crash, sees the old file or the new one, never a part."""

    def write() -> None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    guarded(write, path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock beside `path`, so that two tabs or processes do not overwrite each other's work."""
    try:
        import fcntl
    except ImportError:  # Windows has one writer at a time by its file locks
        yield
        return
    lock = path.with_suffix(".lock")
    handle = guarded(lambda: os.open(lock, os.O_CREAT | os.O_RDWR, 0o600), lock)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
