"""Processes that train, and those that no team has now, which serve the next one.

Importing torch takes seconds: one process does it once, and those that train are forked from it where that works.
"""

import atexit
import contextlib
import importlib.util
import os
import threading
import weakref
from typing import Any

from privacy.plugin import processes
from privacy.plugin.processes import ServiceError
from workloads.federated.training.area import Area, nameless

_MOST = 2
_nursery = processes.Nursery("workloads.federated.training.nursery") if processes.possible() else None
_idle: list["Process"] = []
_lock = threading.Lock()


class Process:
    """One process that trains, the streams to and from it, and the memory that it shares with the host.

    It ends with the host, if not before.
    """

    def __init__(self) -> None:
        file = nameless()
        try:
            self._process, self._sink, self._source, home = _started(file)
        except BaseException:
            os.close(file)
            raise
        self.area = Area(file)
        self.end = weakref.finalize(self, _end, self._process, home, file)

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    @property
    def alive(self) -> bool:
        return self.end.alive and self._process.poll() is None

    def tell(self, operation: str, **given: Any) -> None:
        """Ask for an operation; OSError where the process has ended."""
        processes.write(self._sink, (operation, given))

    def answer(self) -> Any:
        """The next answer; EOFError where the process has ended."""
        global _nursery
        try:
            _ = self._process.pid  # a fork greets first
        except EOFError:  # nothing was forked
            _nursery = None
            raise
        return processes.decode(*processes.read(self._source))


def _started(file: int) -> Any:
    global _nursery
    if _nursery is not None:
        try:
            return _nursery.start((file,))
        except ServiceError:  # such as a temporary folder whose path is too long for a socket
            _nursery.close()
            _nursery = None
    return processes.start(threads=1, module="workloads.federated.training.worker", files=(file,))


def _end(process: Any, home: str, file: int) -> None:
    processes.end(process, home)
    os.close(file)


def prepare(*, shared: bool = False) -> None:
    """Import torch in the nursery while this process does something else, such as reading texts.

    With `shared`, the processes that this one starts from then on have it, too.
    """
    if _nursery is not None and importlib.util.find_spec("torch") is not None:
        with contextlib.suppress(ServiceError):
            _nursery.prepare(shared=shared)


def taken() -> Process | None:
    """A process that no team has, if there is one."""
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.alive:
                return process
            process.end()
    return None


def give(process: Process, *, whole: bool) -> None:
    """Keep a process for the next team, or end it: one that is not `whole` has answers under way."""
    with _lock, contextlib.suppress(OSError):
        if whole and process.alive and len(_idle) < _MOST:
            process.tell("forget")
            process.area.wipe()
            _idle.append(process)
            return
    process.end()


def end_all() -> None:
    """End the processes that no team has, and where they come from."""
    with _lock:
        while _idle:
            _idle.pop().end()
        if _nursery is not None:
            _nursery.close()


atexit.register(end_all)
