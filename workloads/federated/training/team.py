"""A team of processes that train beside the host: persistent, one thread each, started again where one dies."""

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import numpy as np

from privacy.plugin import MissingModuleError, ProtocolAborted
from privacy.plugin.running import Ints
from workloads.federated.training.frames import Frame, read, write

Floats32 = np.ndarray
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LIVES = 3
"""How often the process of one place is started."""

_FORGET = Frame({"do": "begin", "words": 1, "width": 1, "columns": 1, "counts": [0]})
"""What a process is told when its team has gone: it keeps nothing of anybody."""

_MOST_IDLE = 2
_idle: list["subprocess.Popen[bytes]"] = []
_lock = threading.Lock()
"""Processes that no team has now: importing torch takes seconds, so they serve the next one. They end with the host."""


@dataclass(frozen=True)
class Trained:
    """What one device made of the weights: its update, float32 (length,), and the loss that it saw."""

    device: int
    update: Floats32
    loss: float


class _Worker:
    """One process, and what it must be told again where it is started again."""

    def __init__(self, begin: Frame) -> None:
        self._begin, self._lives, self._whole = begin, 0, True
        self.process: subprocess.Popen[bytes] | None = None

    def _started(self) -> "subprocess.Popen[bytes]":
        if self.process is not None and self.process.poll() is None:
            return self.process
        self.close()
        self._lives += 1
        if self._lives > _LIVES:
            raise ProtocolAborted("the process that trains ends again and again", then="free some memory, or take less")
        self.process = _taken() or _made()
        write(cast("BinaryIO", self.process.stdin), self._begin)
        return self.process

    def ask(self, frame: Frame, *, answers: int) -> Iterator[Frame]:
        """What it answers, one by one; EOFError where it ends before."""
        try:
            process = self._started()
            self._whole = False
            write(cast("BinaryIO", process.stdin), frame)
        except OSError as error:
            raise EOFError from error
        for _ in range(answers):
            found = read(cast("BinaryIO", process.stdout))
            if found is None:
                raise EOFError
            yield found
        self._whole = True

    def close(self) -> None:
        """Let the process go: to the next team, or where it is in the midst of something, for good."""
        process, self.process = self.process, None
        if process is None:
            return
        with _lock:
            if self._whole and process.poll() is None and len(_idle) < _MOST_IDLE:
                with contextlib.suppress(OSError):
                    write(cast("BinaryIO", process.stdin), _FORGET)
                    _idle.append(process)
                    return
        _end(process)


def _taken() -> "subprocess.Popen[bytes] | None":
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.poll() is None:
                return process
            _end(process)
    return None


def _made() -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(os.path.abspath(p) for p in sys.path)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "workloads.federated.training.worker"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env=kept | dict.fromkeys(_THREADS, "1") | {"PYTHONPATH": path},
        start_new_session=True,
    )  # fmt: skip


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _end_idle() -> None:
    with _lock:
        while _idle:
            _end(_idle.pop())


atexit.register(_end_idle)


class Team:
    """Trains devices' rows, which it is given once. MissingModuleError where torch is not installed."""

    def __init__(self, rows: Sequence[Ints], *, words: int, width: int, size: int = 2) -> None:
        import importlib.util

        if importlib.util.find_spec("torch") is None:
            raise MissingModuleError("training needs torch", then="pip install torch==2.13.0")
        flat = np.concatenate([*rows]) if rows else np.zeros((0, 1), dtype=np.int64)
        head = {
            "do": "begin", "words": words, "width": width, "columns": flat.shape[1], "counts": [len(r) for r in rows],
        }  # fmt: skip
        begin = Frame(head, np.ascontiguousarray(flat, dtype=np.int64).tobytes())
        self._workers = [_Worker(begin) for _ in range(max(1, size))]

    def train(
        self, devices: Sequence[int], weights: Floats32, *, epochs: int, batch: int, rate: float,
        tell: Callable[[int], None] = lambda done: None,
    ) -> dict[int, Trained]:  # fmt: skip
        """What each of these devices makes of the weights. A device whose process ends is trained by another."""
        found: dict[int, Trained] = {}
        errors: list[BaseException] = []
        lock = threading.Lock()
        body = np.ascontiguousarray(weights, dtype=np.float32).tobytes()
        shares = [list(devices[at :: len(self._workers)]) for at in range(len(self._workers))]

        def work(worker: _Worker, share: list[int]) -> None:
            left = share
            try:
                while left:
                    head = {"do": "train", "devices": left, "epochs": epochs, "batch": batch, "rate": rate}
                    with contextlib.suppress(EOFError):
                        for frame in worker.ask(Frame(head, body), answers=len(left)):
                            update = np.frombuffer(frame.body, dtype=np.float32)
                            with lock:
                                found[frame.head["device"]] = Trained(frame.head["device"], update, frame.head["loss"])
                                tell(len(found))
                    left = [one for one in share if one not in found]
            except BaseException as error:
                errors.append(error)

        pairs = [(w, s) for w, s in zip(self._workers, shares, strict=True) if s]
        threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in pairs]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        if errors:
            raise errors[0]
        return found

    def measure(self, devices: Iterable[int], weights: Floats32) -> tuple[float, float, int]:
        """Mean negative log-likelihood, share of right guesses, and words: over these devices' rows together."""
        frame = Frame({"do": "measure", "devices": list(devices)}, np.asarray(weights, dtype=np.float32).tobytes())
        rows = self._one(frame)["found"]
        loss, right, words = (sum(row[at] for row in rows) for at in range(3))
        return (loss / words, right / words, int(words)) if words else (float("nan"), float("nan"), 0)

    def next_words(self, ids: Sequence[int], weights: Floats32, *, most: int = 5) -> list[tuple[int, float]]:
        """The likeliest next words after these, each with its chance."""
        frame = Frame(
            {"do": "next", "ids": list(ids), "most": most}, np.asarray(weights, dtype=np.float32).tobytes()
        )  # fmt: skip
        return [(int(i), float(c)) for i, c in self._one(frame)["found"]]

    def _one(self, frame: Frame) -> dict[str, Any]:
        while True:
            with contextlib.suppress(EOFError):
                return list(self._workers[0].ask(frame, answers=1))[0].head  # noqa: RUF015  (to its end, so that it is whole)

    def close(self) -> None:
        for one in self._workers:
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
