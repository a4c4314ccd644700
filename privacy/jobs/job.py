"""Jobs: long work in a process of its own, so that it never slows the pages and can be ended at any moment.

The host writes one JSON request to the worker's stdin and reads JSON lines from its stdout. What is to outlive the host
the worker keeps in files; what only the host wants comes back as its result. A worker whose host is gone ends within a
second.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TextIO

from privacy.errors import VeilbenchError
from privacy.pace import Pace, words

State = Literal["absent", "running", "done", "failed", "cancelled"]
Report = Callable[[int, int, str], None]
_LOOK = 0.5


@dataclass(frozen=True)
class Progress:
    """How far a job is: `done` of `total` steps, what it is doing, and the sentence and class of its error.

    `rate` is in steps a second, 0 where it is not known yet.
    """

    state: State
    done: int = 0
    total: int = 0
    label: str = ""
    error: str = ""
    kind: str = ""
    rate: float = 0.0

    @property
    def steps(self) -> str:
        """How many of how many, the rate, and an estimate of the rest, in words; empty before the first step."""
        return words(done=self.done, total=self.total, rate=self.rate)

    @property
    def share(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0


class Job:
    """A running worker: `python -m module arguments`, with `request` on its stdin.

    `heard` is when the worker last said anything, by `time.monotonic`. `rows` are what the worker's body told in
    between, in order. `result` is what it returned, once it has ended; None until then, or where it returned nothing.
    """

    def __init__(self, module: str, request: Mapping[str, Any], *arguments: str) -> None:
        self.progress = Progress("running")
        self.heard = time.monotonic()
        self._pace = Pace()
        self.result: Any = None
        self.rows: list[Any] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(request).encode())
            self.process.stdin.close()
        self._follower = threading.Thread(target=self._follow, daemon=True, name=f"job-{module}")
        self._follower.start()

    def cancel(self) -> None:
        """End the worker now; what it kept so far stays kept."""
        if self.progress.state == "running":
            self.progress = Progress("cancelled", self.progress.done, self.progress.total)
            self.process.kill()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the worker to be gone."""
        self._follower.join(timeout)

    def close(self) -> None:
        """End the worker and wait for it to be gone."""
        self.cancel()
        self.join()

    def _follow(self) -> None:
        with self.process as process:
            for line in process.stdout or ():
                values, self.heard = json.loads(line), time.monotonic()
                if "row" in values:
                    self.rows.append(values["row"])
                elif "result" in values:
                    self.result = values["result"]
                elif self.progress.state == "running":
                    self.progress = self._reported(values)
        if self.progress.state == "running":
            last = self.progress
            if process.returncode == 0:
                self.progress = Progress("done", last.total, last.total)
            else:
                text = f"The work ended early (exit status {process.returncode}); start it again."
                self.progress = Progress("failed", last.done, last.total, error=text)

    def _reported(self, values: dict[str, Any]) -> Progress:
        if "error" in values:
            return Progress("failed", error=values["error"], kind=values.get("kind", ""))
        rate = self._pace.note(values["done"], values["total"])
        return Progress("running", values["done"], values["total"], values["label"], rate=rate)


class Telling:
    """Runs in the worker: how it reports progress, and hands its host rows of JSON in between."""

    def __init__(self, channel: TextIO) -> None:
        self._channel = channel

    def __call__(self, done: int, total: int, label: str) -> None:
        _say(self._channel, {"done": done, "total": total, "label": label})

    def row(self, values: Any) -> None:
        """Hand one row to the host."""
        _say(self._channel, {"row": values})


def work(body: Callable[[dict[str, Any], Any], Any]) -> NoReturn:
    """Runs in the worker: read the request, do the work at low priority, report progress or one sentence, and end.

    What the body returns, unless None, is JSON and goes to the host.

    What a plugin prints, here or in processes of its own, goes to stderr: stdout is the host's.
    """
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threading.Thread(target=_outlive_no_host, args=(os.getppid(),), daemon=True, name="host").start()
    request = json.load(sys.stdin)
    os.nice(10)
    status = 0
    try:
        made = body(request, Telling(channel))
        if made is not None:
            _say(channel, {"result": made})
    except VeilbenchError as error:
        _say(channel, {"error": str(error), "kind": type(error).__name__})
        status = 2
    except Exception as error:
        text = f"The work failed inside Veilbench ({type(error).__name__}). Start it again, or choose other settings."
        _say(channel, {"error": text})
        status = 1
    # A plugin's thread that never ends must not keep the worker. Parties' processes end with their input.
    os._exit(status)


def _say(channel: TextIO, values: Mapping[str, Any]) -> None:
    try:
        channel.write(json.dumps(values) + "\n")
        channel.flush()
    except BrokenPipeError:
        # Whoever asked is gone, and so is the reason to go on.
        os._exit(1)


def _outlive_no_host(host: int) -> None:
    while os.getppid() == host:
        time.sleep(_LOOK)
    os._exit(1)
