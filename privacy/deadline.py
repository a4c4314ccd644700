"""Work that must end: a plugin that hangs or leaves by the back door costs its own run, and nobody else's."""

import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

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


class Pulse:
    """Passes progress on, and notes when it last came and what was being done."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self.label, self.at = "", time.monotonic()

    def __call__(self, done: int, total: int, label: str) -> None:
        self.at, self.label = time.monotonic(), label
        if self._progress:
            self._progress(done, total, label)


def patiently(work: Callable[[], T], *, who: str, pulse: Pulse | None = None, seconds: float | None = None) -> T:
    """What `work` returns. MechanismError where it shows no sign of life for `seconds`, or asks the process to end.

    It runs in a thread of its own. One that hangs cannot be stopped: it is left behind, and ends with the process.
    """
    limit, beat = run_seconds() if seconds is None else seconds, pulse or Pulse()
    results: list[T] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    beat.at = time.monotonic()
    thread = threading.Thread(target=target, daemon=True, name=f"run {who}")
    thread.start()
    while thread.is_alive():
        left = beat.at + limit - time.monotonic()
        if left <= 0:
            during = f", while: {beat.label}" if beat.label else ""
            raise MechanismError(
                f"{who} gave no answer within {limit:g} s{during}",
                then=f"choose another stack, mend the plugin, or allow more by {VARIABLE}",
            )
        thread.join(left if pulse is None else min(left, _LOOK))
    if errors and not isinstance(errors[0], Exception):
        # SystemExit and its like are for whoever runs the process, never for a mechanism.
        raise MechanismError(f"{who} raised {type(errors[0]).__name__}", then="mend the plugin") from errors[0]
    if errors:
        raise errors[0]
    return results[0]
