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
        self._native = 0
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    def over(self, seconds: float) -> bool:
        """Wait so long at most; whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def starved(self) -> float:
        """Seconds in which its thread was ready to run and the machine ran others; 0 where the system does not tell.

        The second number of Linux's /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst).
        """
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/self/task/{self._native}/schedstat").read_text().split()[1]) / 1e9
        return 0.0

    def result(self) -> T:
        """What the work returned, or what it raised, once it is over."""
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _run(self) -> None:
        self._native = threading.get_native_id()
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


def patiently(
    work: Callable[[], T], *, who: str, pulse: Pulse | None = None, seconds: float | None = None,
    builtin: bool = False,
) -> T:  # fmt: skip
    """What `work` returns. MechanismError where it shows no sign of life for `seconds`, or asks the process to end.

    Time in which a busy machine does not let it run does not count. `who` is said as it stands, such as `stack 'he'`;
    of a built-in one nobody is told to fix it.
    """
    limit, beat = run_seconds() if seconds is None else seconds, pulse or Pulse()
    beat.at = seen = time.monotonic()
    aside, wait, starved = Aside(work, name=f"run {who}"), 0.0, 0.0
    while not aside.over(wait):
        if beat.at != seen:
            seen, starved = beat.at, aside.starved()
        left = seen + limit + aside.starved() - starved - time.monotonic()
        if left <= 0:
            raise _silent(who, limit, beat.label, builtin=builtin)
        wait = left if pulse is None else min(left, _LOOK)
    try:
        return aside.result()
    except Exception:
        raise
    except BaseException as error:
        # SystemExit and its like are for whoever runs the process, never for a mechanism.
        raise MechanismError(f"{who} raised {type(error).__name__}", then="fix the plugin") from error


def _silent(who: str, limit: float, label: str, *, builtin: bool) -> MechanismError:
    """The error of work that showed no sign of life for so long; `label` is what it was at."""
    during = f", while: {label}" if label else ""
    mend = "run it again when the machine is less busy, choose another stack" if builtin else "fix the plugin"
    return MechanismError(
        f"{who} showed no sign of life for {limit:g} s{during}", then=f"{mend}, or allow more by {VARIABLE}"
    )
