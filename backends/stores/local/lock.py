"""Who may touch a folder of blocks: any number of writers at once, or one collector alone.

    gate   held for a moment by a writer that comes, and by a collector for as long as it waits and works
    lock   held by writers together, or by the collector alone

The gate lets a collector in beside writers that never pause. What is held ends with its process.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from privacy.plugin.stores import CannotCollect, StoreBusy

_PAUSE = 0.005


class Lock:
    """The right to write or to collect in a folder; an object for each store that is open."""

    def __init__(self, folder: Path, *, patience: float) -> None:
        self._folder, self._patience, self._mine = folder, patience, threading.local()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Write beside others; a thread that writes already goes on. Waits while somebody collects."""
        try:
            import fcntl
        except ImportError:  # there is no collector on Windows
            yield
            return
        depth = getattr(self._mine, "depth", 0)
        with contextlib.ExitStack() as held:
            if not depth:
                with self._open("gate") as gate:
                    fcntl.flock(gate, fcntl.LOCK_SH)
                    fcntl.flock(held.enter_context(self._open("lock")), fcntl.LOCK_SH)
            self._mine.depth = depth + 1
            try:
                yield
            finally:
                self._mine.depth = depth

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Collect while nobody writes. StoreBusy where somebody writes for longer than there is patience."""
        try:
            import fcntl
        except ImportError:
            text = "blocks cannot be collected here: this system has no lock that ends with its process"
            raise CannotCollect(text, where=str(self._folder), then="export what is kept to a new store") from None
        until = time.monotonic() + self._patience
        with self._open("gate") as gate, self._open("lock") as lock:
            for handle in (gate, lock):
                self._patiently(partial(fcntl.flock, handle, fcntl.LOCK_EX | fcntl.LOCK_NB), until)
            yield

    def _patiently(self, take: Callable[[], None], until: float) -> None:
        while True:
            try:
                return take()
            except BlockingIOError:
                if time.monotonic() > until:
                    text = "somebody writes to the blob store or collects its blocks, and does not end"
                    raise StoreBusy(text, where=str(self._folder), then="try again; nothing was dropped") from None
            time.sleep(_PAUSE)

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[int]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._folder / name, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            yield handle
        finally:
            os.close(handle)
