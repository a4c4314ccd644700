"""A team of processes that train beside the host: persistent, one thread each, started again where one dies."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from privacy.plugin import MissingModuleError, ProtocolAborted
from workloads.federated.training import idle
from workloads.federated.training.area import SLOTS
from workloads.federated.training.how import Training
from workloads.federated.training.idle import Process
from workloads.federated.training.kinds import as_fields
from workloads.federated.training.memory import keep_freed
from workloads.federated.training.shape import Weights
from workloads.federated.training.steps import Steps

_LIVES = 3
"""How often the process of one place is started."""


@dataclass(frozen=True)
class Trained:
    """What one device made of the weights: its update (length,), and the loss that it saw.

    The update is float32, or in steps of an integer type where steps were asked for and it has them.
    """

    device: int
    update: np.ndarray
    loss: float


class _Worker:
    """One process, and what it must be told again where it is started again."""

    def __init__(self, shape: Any, begin: dict[str, Any]) -> None:
        self._shape, self._begin, self._lives, self._waiting = shape, begin, 0, 0
        self._closed = False
        self.process: Process | None = None

    def ready(self, weights: Weights) -> Process:
        """The process, started where it has none, with these weights. ProtocolAborted where it ends again and again."""
        if self.process is None or not self.process.alive:
            self.end()
            self._lives += 1
            if self._lives > _LIVES or self._closed:
                text = "the training process keeps ending"
                raise ProtocolAborted(text, then="free some memory, or train a smaller model")
            self.process = idle.taken() or Process()
            self.process.area.fit(self._shape.length)
            with self._telling():
                self.process.tell("begin", **self._begin)
        self.process.area.weights[:] = weights
        return self.process

    def tell(self, operation: str, **given: Any) -> None:
        """Ask for an operation; EOFError where the process has ended."""
        with self._telling():
            self._live().tell(operation, **given)
        self._waiting += 1

    def answer(self) -> Any:
        """The answer to the oldest operation without one; EOFError where the process has ended."""
        found = self._live().answer()
        self._waiting -= 1
        return found

    def slot(self, number: int, dtype: Any) -> np.ndarray:
        """A copy of what lies in a slot: the process writes there again."""
        return self._live().area.slot(number, dtype).copy()

    def close(self) -> None:
        """Let the process go: to the next team, or where it is in the midst of something, for good."""
        process, self.process, self._closed = self.process, None, True
        if process is not None:
            idle.give(process, whole=not self._waiting)

    def end(self) -> None:
        """End the process for good, whatever it is doing."""
        process, self.process, self._waiting = self.process, None, 0
        if process is not None:
            process.end()

    def _live(self) -> Process:
        if self.process is None:
            raise EOFError
        return self.process

    @contextlib.contextmanager
    def _telling(self) -> Any:
        try:
            yield
        except OSError as error:
            raise EOFError from error


class _Work:
    """Devices to be trained, which workers take one by one, and what has been made of them."""

    def __init__(self, devices: Sequence[int], tell: Callable[[int], None]) -> None:
        self._left, self._lock, self._tell = deque(devices), threading.Lock(), tell
        self.found: dict[int, Trained] = {}
        self.errors: list[BaseException] = []

    def take(self) -> int | None:
        """The next device; None where there is none, or where something went wrong."""
        with self._lock:
            return self._left.popleft() if self._left and not self.errors else None

    def give_back(self, devices: Iterable[int]) -> None:
        """Devices that must be trained again."""
        with self._lock:
            for one in devices:
                self.found.pop(one, None)
                self._left.append(one)

    def done(self, made: Trained) -> None:
        with self._lock:
            self.found[made.device] = made
            self._tell(len(self.found))


class Team:
    """Trains devices' rows, which it is given once. MissingModuleError where torch is not installed.

    `shape` has the sizes of the model, of any of the `kinds`. Rows are arrays of one type, and of one shape beside
    their first axis.
    """

    def __init__(self, rows: Sequence[np.ndarray], *, shape: Any, size: int = 2) -> None:
        import importlib.util

        if importlib.util.find_spec("torch") is None:
            raise MissingModuleError("training needs torch", then="pip install torch==2.13.0")
        keep_freed()
        begin = {"shape": as_fields(shape), "rows": np.concatenate([*rows]), "counts": [len(one) for one in rows]}
        self._shape = shape
        self._workers = [_Worker(shape, begin) for _ in range(max(1, size))]

    def train(
        self, devices: Sequence[int], weights: Weights, training: Training, *, steps: Steps | None = None,
        tell: Callable[[int], None] = lambda done: None,
    ) -> dict[int, Trained]:  # fmt: skip
        """What each of these devices makes of the weights, in steps where they are given.

        A device whose process ends is trained again, by whichever is free.
        """
        given = {"training": asdict(training), "steps": None if steps is None else asdict(steps)}

        def work(worker: _Worker, work: _Work) -> None:
            under_way: deque[tuple[int, int]] = deque()
            slot = 0
            try:
                while True:
                    while len(under_way) < SLOTS and (device := work.take()) is not None:
                        under_way.append((device, slot))
                        worker.tell("train", device=device, slot=slot, **given)
                        slot = (slot + 1) % SLOTS
                    if not under_way:
                        return
                    found = worker.answer()
                    device, place = under_way[0]
                    made = Trained(device, worker.slot(place, found["type"]), found["loss"])
                    under_way.popleft()
                    work.done(made)
            finally:
                work.give_back(device for device, _ in under_way)

        return self._shared(devices, weights, tell, work)

    def total(
        self, devices: Sequence[int], weights: Weights, training: Training, *, steps: Steps
    ) -> tuple[np.ndarray, dict[int, float]]:
        """The sum of the devices' updates in steps, int64 (length,), and their losses: for measuring alone.

        Each process adds up its own devices', which it writes as a wire and reads again. Nothing of a single device
        reaches the host: no channel carries it and no transcript has it.
        """
        given = {"training": asdict(training), "steps": asdict(steps)}
        parts: list[np.ndarray] = []
        nothing = np.zeros(0)

        def work(worker: _Worker, work: _Work) -> None:
            taken: list[int] = []
            whole = False
            try:
                waiting = 0
                while True:
                    while waiting < SLOTS and (device := work.take()) is not None:
                        taken.append(device)
                        worker.tell("add", device=device, **given)
                        waiting += 1
                    if not waiting:
                        break
                    found = worker.answer()
                    work.done(Trained(found["device"], nothing, found["loss"]))
                    waiting -= 1
                worker.tell("total", slot=0)
                parts.append(worker.slot(0, worker.answer()["type"]))
                whole = True
            finally:
                # The part of a process that ended is lost, with all that was in it.
                work.give_back(() if whole else taken)

        found = self._shared(devices, weights, lambda done: None, work)
        whole = np.zeros(len(weights), dtype=np.int64)
        for part in parts:
            whole += part
        return whole, {device: one.loss for device, one in found.items()}

    def _shared(
        self, devices: Sequence[int], weights: Weights, tell: Callable[[int], None],
        work: Callable[[_Worker, _Work], None],
    ) -> dict[int, Trained]:  # fmt: skip
        """Share work out among all processes, each with a thread of the host. EOFError in it is a process's end."""
        shared = _Work(devices, tell)

        def keep_at_it(worker: _Worker) -> None:
            try:
                again = True
                while again:
                    try:
                        worker.ready(weights)
                        work(worker, shared)
                        again = False
                    except EOFError:
                        worker.end()
            except BaseException as error:
                worker.end()
                shared.errors.append(error)

        threads = [threading.Thread(target=keep_at_it, args=(one,), daemon=True) for one in self._workers]
        for one in threads:
            one.start()
        try:
            for one in threads:
                one.join()
        except BaseException as error:  # an interrupt: nobody takes another device
            shared.errors.append(error)
            raise
        if shared.errors:
            raise shared.errors[0]
        return shared.found

    def measure(self, devices: Iterable[int], weights: Weights) -> tuple[float, float, int]:
        """Mean negative log-likelihood, share of right guesses, and words: over these devices' rows together."""
        rows = self._one("measure", weights, devices=list(devices))
        loss, right, words = (sum(row[at] for row in rows) for at in range(3))
        return (loss / words, right / words, int(words)) if words else (float("nan"), float("nan"), 0)

    def next_words(self, ids: Sequence[int], weights: Weights, *, most: int = 5) -> list[tuple[int, float]]:
        """The likeliest next words after these, each with its chance."""
        return [(int(i), float(c)) for i, c in self._one("next_words", weights, ids=list(ids), most=most)]

    def _one(self, operation: str, weights: Weights, **given: Any) -> Any:
        worker = self._workers[0]
        while True:
            try:
                worker.ready(weights)
                worker.tell(operation, **given)
                return worker.answer()
            except EOFError:
                worker.end()

    def close(self) -> None:
        for one in self._workers:
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
