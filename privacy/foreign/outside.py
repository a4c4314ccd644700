"""The host's end of a process that runs a foreign step: what it says is checked, and its silence has an end."""

import contextlib
import os
import signal
import subprocess
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from privacy.deadline import Aside
from privacy.errors import DataError, PluginError, VeilbenchError
from privacy.transports import framing
from privacy.transports.process import end, start
from privacy.transports.spawned import raised

Array = npt.NDArray[Any]
MODULE = "privacy.foreign.inside"
MEMORY = 8 * 2**30
"""Bytes that the process may map: importing torch alone maps several of these gigabytes."""
_LOOK = 0.25


class Foreign:
    """A foreign step in a process of its own.

    The process is ended when it says nothing for `patience` seconds in which the machine let it run.
    """

    def __init__(self, target: str, *, patience: float, python: str = "") -> None:
        self._target, self._patience, self._python = target, patience, _interpreter(python)
        self._process, self._sink, self._source, home = start(
            threads=1, memory_bytes=MEMORY, module=MODULE, python=self._python
        )
        self._end = weakref.finalize(self, _end, self._process, home)

    @property
    def pid(self) -> int:
        return self._process.pid

    def open(self, folder: Path, **how: Any) -> Mapping[str, Any]:
        """Import it there. PluginError, DataError or ParamError for one that is not there or cannot be used."""
        answer = self._ask("open", "importing it", target=self._target, folder=str(folder), **how)
        if not isinstance(answer, dict):
            raise self._error("its process gave a malformed answer")
        return answer

    def play(self, value: Array, *, count: int, releases: int, seconds: float) -> Array:
        """At most `count` plays (n, d) of one update (d,), in about so many seconds. PluginError as in `open`."""
        rows = self._ask("play", "a release", value=value, count=count, releases=releases, seconds=seconds)
        if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1:] != value.shape or not len(rows):
            raise self._error("its process gave a malformed answer")
        return rows

    def close(self) -> None:
        """End the process, and remove its home folder."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, operation: str, doing: str, **given: Any) -> Any:
        try:
            answer = self._answer(operation, doing, given)
        except (EOFError, OSError):
            needs = f"see that {self._python} has numpy, and is Python 3.11 or newer"
            then = needs if self._python else "fix it"
            raise self._error(self._obituary(doing), then=then) from None
        if isinstance(answer, dict) and "error" in answer:
            raise self._named(raised(answer["error"]))
        return answer.get("result") if isinstance(answer, dict) else None

    def _answer(self, operation: str, doing: str, given: dict[str, Any]) -> Any:
        def exchange() -> Any:
            framing.write(self._sink, (operation, given))
            return framing.decode(*framing.read(self._source))

        aside, began, starved = Aside(exchange), time.monotonic(), self._starved()
        while not aside.over(_LOOK):
            if time.monotonic() - began - (self._starved() - starved) > self._patience:
                self.close()
                then = "fix it, or allow more by --patience"
                raise self._error(
                    f"{doing} took longer than {self._patience:g} s, and its process was ended", then=then
                )
        return aside.result()

    def _starved(self) -> float:
        """Seconds in which the process was ready to run and the machine ran others, where the system tells."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9
        return 0.0

    def _obituary(self, doing: str) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._process.wait(timeout=5)
            how = f"was ended by signal {-status}" if status < 0 else f"ended by itself with exit status {status}"
            return f"its process {how} during {doing}"
        return f"its process closed its streams during {doing}"

    def _error(self, what: str, *, then: str = "fix it") -> PluginError:
        return PluginError(what, where=self._target, then=then)

    def _named(self, error: VeilbenchError) -> VeilbenchError:
        return type(error)(error.what, where=error.where or self._target, then=error.then)


def _interpreter(python: str) -> str:
    """The path of another interpreter. DataError where nothing can be run there."""
    if not python:
        return ""
    # Not resolved: an environment's interpreter is a link, and knows its packages by where it stands.
    path = Path(python).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.X_OK):
        raise DataError(f"there is no Python at {path}", then="name one such as .venv-flower/bin/python")
    return str(path)


def _end(process: "subprocess.Popen[bytes]", home: str) -> None:
    # It leads a group of its own: what it started ends with it.
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    end(process, home)
