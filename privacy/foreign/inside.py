"""The process that runs a foreign step: `python -P -m privacy.foreign.inside`, spoken to by frames on its streams.

It has an empty home folder and no environment of the host's. It makes releases; what they show is worked out outside.
"""

import contextlib
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from privacy.errors import BoundaryError, PluginError, VeilbenchError
from privacy.foreign.subject import Subject, found
from privacy.transports import framing, served
from privacy.transports.worker import cap_memory, describe

_ONCE = 64
"""Releases between two looks at the clock, at most."""


class Inside:
    """The step of this process, and one method for each operation."""

    def __init__(self) -> None:
        self._subject: Subject | None = None

    def open(self, target: str, folder: str, **how: Any) -> dict[str, Any]:
        """Import the step; what it claims, and the form that it takes. Of a configuration, its values."""
        thing = found(target, Path(folder), **how)
        if not isinstance(thing, Subject):
            return {"configuration": dict(thing)}
        self._subject = thing
        return {"claims": dict(thing.claims), "form": thing.form, "batch": thing.batch}

    def play(self, value: np.ndarray, count: int, releases: int, seconds: float) -> np.ndarray:
        """As many of `count` plays (n, d) as there is time for: each the mean of so many releases of one update."""
        if self._subject is None:
            raise BoundaryError("there is no step to play yet")
        began, rows, made, step = time.perf_counter(), list[np.ndarray](), 0, 1
        while made < count and (not made or time.perf_counter() - began < seconds):
            step = min(count - made, 2 * step, _ONCE if not self._subject.batch else count)
            drawn = self._subject.play(value, count=step * releases)
            rows.append(drawn if releases == 1 else drawn.reshape(step, releases, -1).mean(axis=1))
            made += step
        return np.concatenate(rows)


def serve(source: BinaryIO, sink: BinaryIO, *, memory: int) -> None:
    """Answer frames until there are no more; one that ran out of memory ends the process."""
    waiting, inside, exhausted = served.requests(source), Inside(), False
    while not exhausted:
        answer: dict[str, Any]
        try:
            operation, given = framing.decode(*waiting.get())
            if operation not in ("open", "play"):
                raise BoundaryError(f"the process of a foreign step was asked for {operation!r}")
            answer = {"result": getattr(inside, operation)(**given)}
        except MemoryError:
            exhausted = True
            error = PluginError(f"it needs more than {memory / 2**30:g} GiB of memory", then="make it smaller")
            answer = {"error": describe(error)}
        except VeilbenchError as raised:
            answer = {"error": describe(raised)}
        framing.write(sink, answer)


def main() -> None:
    """Take the standard streams, then serve. The argument is the most memory to map, in bytes."""
    memory = int(sys.argv[1])
    cap_memory(memory)
    source, sink = served.streams()
    with contextlib.suppress(BrokenPipeError):
        serve(source, sink, memory=memory)
    served.leave(4)


if __name__ == "__main__":
    main()
