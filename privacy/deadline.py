"""Work that must end: a plugin that hangs or leaves by the back door costs its own run, and nobody else's."""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from privacy.errors import MechanismError, ParamError

T = TypeVar("T")
Progress = Callable[[int, int, str], None]

VARIABLE = "VEILBENCH_RUN_SECONDS"
_SECONDS = 120.0
_LOOK = 0.25


def run_seconds() -> float:
    """How long a run may go without a sign of life: `VEILBENCH_RUN_SECONDS`, else 120. ParamError for no number."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return _SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise ParamError(f"{VARIABLE} is {text[:20]!r}", then="give a number of seconds above 0")
    return seconds


def process_age() -> float:
    """Seconds since this process was started, where the system tells; else 0."""
    with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return 0.0


class Pulse:
    """Passes progress on, and notes when it last came and what was being done."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self.label, self.at = "", time.monotonic()

    def __call__(self, done: int, total: int, label: str) -> None:
        self.at, self.label = time.monotonic(), label
        if self._progress:
            self._progress(done, total, label)


class Aside(Generic[T]):
    """Work in a thread of its own. One that hangs cannot be stopped: it is left behind, and ends with the process."""

    def __init__(self, work: Callable[[], T], *, name: str | None = None) -> None:
        self._work = work
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    def over(self, seconds: float) -> bool:
        """Wait so long at most; whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> T:
        """What the work returned, or what it raised, once it is over."""
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:
            self._error = error


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns; TimeoutError when it takes longer. Its exceptions pass through."""
    aside = Aside(work)
    if not aside.over(seconds):
        raise TimeoutError(f"no answer within {seconds:g} s")
    return aside.result()


def patiently(work: Callable[[], T], *, who: str, pulse: Pulse | None = None, seconds: float | None = None) -> T:
    """What `work` returns. MechanismError where it shows no sign of life for `seconds`, or asks the process to end."""
    limit, beat = run_seconds() if seconds is None else seconds, pulse or Pulse()
    beat.at = time.monotonic()
    aside, wait = Aside(work, name=f"run {who}"), 0.0
    while not aside.over(wait):
        left = beat.at + limit - time.monotonic()
        if left <= 0:
            during = f", while: {beat.label}" if beat.label else ""
            raise MechanismError(
                f"{who} gave no answer within {limit:g} s{during}",
                then=f"choose another stack, mend the plugin, or allow more by {VARIABLE}",
            )
        wait = left if pulse is None else min(left, _LOOK)
    try:
        return aside.result()
    except Exception:
        raise
    except BaseException as error:
        # SystemExit and its like are for whoever runs the process, never for a mechanism.
        raise MechanismError(f"{who} raised {type(error).__name__}", then="mend the plugin") from error
