"""A team of processes that train beside the host: persistent, one thread each, started again where one dies."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from privacy.plugin import MissingModuleError, ProtocolAborted
from workloads.federated.training import idle
from workloads.federated.training.how import Training
from workloads.federated.training.idle import Process
from workloads.federated.training.kinds import as_fields
from workloads.federated.training.shape import Weights

_LIVES = 3
"""How often the process of one place is started."""


@dataclass(frozen=True)
class Trained:
    """What one device made of the weights: its update, float32 (length,), and the loss that it saw."""

    device: int
    update: Weights
    loss: float


class _Worker:
    """One process, and what it must be told again where it is started again."""

    def __init__(self, begin: dict[str, Any]) -> None:
        self._begin, self._lives, self._whole = begin, 0, True
        self.process: Process | None = None

    def _started(self) -> Process:
        if self.process is not None and self.process.alive:
            return self.process
        self.close()
        self._lives += 1
        if self._lives > _LIVES:
            raise ProtocolAborted("the process that trains ends again and again", then="free some memory, or take less")
        self.process = idle.taken() or Process()
        self.process.tell("begin", **self._begin)
        return self.process

    def ask(self, operation: str, *, answers: int, **given: Any) -> Iterator[Any]:
        """What it answers, one by one; EOFError where it ends before."""
        try:
            process = self._started()
            self._whole = False
            process.tell(operation, **given)
        except OSError as error:
            raise EOFError from error
        for _ in range(answers):
            yield process.answer()
        self._whole = True

    def close(self) -> None:
        """Let the process go: to the next team, or where it is in the midst of something, for good."""
        process, self.process = self.process, None
        if process is not None:
            idle.give(process, whole=self._whole)


class Team:
    """Trains devices' rows, which it is given once. MissingModuleError where torch is not installed.

    `shape` has the sizes of the model, of any of the `kinds`. Rows are arrays of one type, and of one shape beside
    their first axis.
    """

    def __init__(self, rows: Sequence[np.ndarray], *, shape: Any, size: int = 2) -> None:
        import importlib.util

        if importlib.util.find_spec("torch") is None:
            raise MissingModuleError("training needs torch", then="pip install torch==2.13.0")
        begin = {"shape": as_fields(shape), "rows": np.concatenate([*rows]), "counts": [len(one) for one in rows]}
        self._workers = [_Worker(begin) for _ in range(max(1, size))]

    def train(
        self, devices: Sequence[int], weights: Weights, training: Training, *,
        tell: Callable[[int], None] = lambda done: None,
    ) -> dict[int, Trained]:  # fmt: skip
        """What each of these devices makes of the weights. A device whose process ends is trained by another."""
        found: dict[int, Trained] = {}
        errors: list[BaseException] = []
        lock = threading.Lock()
        given = {"weights": np.ascontiguousarray(weights, dtype=np.float32), "training": asdict(training)}
        shares = [list(devices[at :: len(self._workers)]) for at in range(len(self._workers))]

        def work(worker: _Worker, share: list[int]) -> None:
            left = share
            try:
                while left:
                    with contextlib.suppress(EOFError):
                        for answer in worker.ask("train", answers=len(left), devices=left, **given):
                            with lock:
                                found[answer["device"]] = Trained(**answer)
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

    def measure(self, devices: Iterable[int], weights: Weights) -> tuple[float, float, int]:
        """Mean negative log-likelihood, share of right guesses, and words: over these devices' rows together."""
        rows = self._one("measure", devices=list(devices), weights=np.asarray(weights, dtype=np.float32))
        loss, right, words = (sum(row[at] for row in rows) for at in range(3))
        return (loss / words, right / words, int(words)) if words else (float("nan"), float("nan"), 0)

    def next_words(self, ids: Sequence[int], weights: Weights, *, most: int = 5) -> list[tuple[int, float]]:
        """The likeliest next words after these, each with its chance."""
        found = self._one("next_words", ids=list(ids), weights=np.asarray(weights, dtype=np.float32), most=most)
        return [(int(i), float(c)) for i, c in found]

    def _one(self, operation: str, **given: Any) -> Any:
        while True:
            with contextlib.suppress(EOFError):
                (answer,) = self._workers[0].ask(operation, answers=1, **given)
                return answer

    def close(self) -> None:
        for one in self._workers:
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
