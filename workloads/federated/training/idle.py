"""Processes that train, and those that no team has now: importing torch takes seconds, so they serve the next one."""

import atexit
import contextlib
import os
import subprocess
import threading
import weakref
from typing import Any

from privacy.plugin import processes
from workloads.federated.training.area import Area, nameless

_MOST = 2
_idle: list["Process"] = []
_lock = threading.Lock()


class Process:
    """One process that trains, the streams to and from it, and the memory that it shares with the host.

    It ends with the host, if not before.
    """

    def __init__(self) -> None:
        file = nameless()
        try:
            self._process, self._sink, self._source, home = processes.start(
                threads=1, module="workloads.federated.training.worker", files=(file,)
            )
        except BaseException:
            os.close(file)
            raise
        self.area = Area(file)
        self.end = weakref.finalize(self, _end, self._process, home, file)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self.end.alive and self._process.poll() is None

    def tell(self, operation: str, **given: Any) -> None:
        """Ask for an operation; OSError where the process has ended."""
        processes.write(self._sink, (operation, given))

    def answer(self) -> Any:
        """The next answer; EOFError where the process has ended."""
        return processes.decode(*processes.read(self._source))


def _end(process: "subprocess.Popen[bytes]", home: str, file: int) -> None:
    processes.end(process, home)
    os.close(file)


def prepare(count: int = _MOST) -> None:
    """Start processes for the teams to come, where fewer wait: torch is imported while texts are read."""
    with _lock:
        while len(_idle) < min(count, _MOST):
            _idle.append(Process())


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
    """End the processes that no team has."""
    with _lock:
        while _idle:
            _idle.pop().end()


atexit.register(end_all)
