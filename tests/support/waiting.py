"""Waiting for something that will come: what ends the wait is time without progress, as machines may be busy."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

STALL = 90.0
"""Seconds without progress after which it counts as a hang."""
CAP = 900.0
"""Seconds after which it does whatever it says of its progress."""

Found = TypeVar("Found")


def wait_until(
    ready: Callable[[], Found],
    *,
    progress: Callable[[], Any] | None = None,
    stall: float = STALL,
    cap: float = CAP,
    every: float = 0.02,
) -> Found:
    """What `ready` says once that is true. AssertionError where it does not come.

    `progress` says anything that changes while work goes on: by default the processor time of the processes that this
    one has started.
    """
    document = progress or processor_time
    began = moved = looked = time.monotonic()
    before = document()
    while not (found := ready()):
        now = time.monotonic()
        if now - looked >= 1:
            looked, state = now, document()
            if state is None or state != before:
                moved, before = now, state
        assert now - moved < stall, f"it did not come: nothing moved for {stall:g} seconds"
        assert now - began < cap, f"it did not come within {cap:g} seconds"
        time.sleep(every)
    return found


def files_in(folder: Path) -> Callable[[], Any]:
    """The progress of what writes files below `folder`."""

    def state() -> set[tuple[str, int]]:
        found = set()
        for where, _, names in os.walk(folder):  # which passes over what has gone meanwhile
            for path in (where, *(os.path.join(where, name) for name in names)):
                with suppress(OSError):
                    found.add((path, os.stat(path).st_mtime_ns))
        return found

    return state


def processor_time() -> int | None:
    """The ticks that the processes below this one have had; None where the system does not tell."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(folder.name)
        parents[number], ticks[number] = int(fields[1]), int(fields[11]) + int(fields[12])
    if not parents:
        return None
    return sum(ticks[number] for number in parents if number != os.getpid() and _below(number, parents))


def _below(number: int, parents: dict[int, int]) -> bool:
    seen = set()
    while number in parents and number not in seen:
        if number == os.getpid():
            return True
        seen.add(number)
        number = parents[number]
    return False
