"""Bells: wake the requests that wait for one contributor's mail, from any thread."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


class Bells:
    """Waiting requests by contributor; 0 is everybody's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    def ring(self, index: int = 0) -> None:
        """Wake who waits for this contributor's mail; with 0, all."""
        with self._lock:
            keys = [index] if index else list(self._waiting)
            woken = [one for key in keys for one in self._waiting.pop(key, [])]
        for loop, event in woken:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it who waited
                loop.call_soon_threadsafe(event.set)

    async def until(self, ready: Callable[[], bool], index: int, *, seconds: float) -> bool:
        """Wait until `ready`, at the longest so many seconds; returns whether it is."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            event = asyncio.Event()
            entry = (loop, event)
            with self._lock:
                self._waiting.setdefault(index, []).append(entry)
            try:
                if ready():  # after entering, so that no ring is missed
                    return True
                left = end - loop.time()
                if left <= 0:
                    return False
                await asyncio.wait_for(event.wait(), left)
            except TimeoutError:
                return ready()
            finally:
                self._leave(index, entry)

    def _leave(self, index: int, entry: tuple[asyncio.AbstractEventLoop, asyncio.Event]) -> None:
        with self._lock:
            entries = self._waiting.get(index, [])
            if entry in entries:
                entries.remove(entry)
            if not entries:
                self._waiting.pop(index, None)
