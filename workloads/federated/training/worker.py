"""The process that trains: `python -P -m workloads.federated.training.worker`, spoken to by frames on its streams.

A frame names an operation and what it is given. The process ends with its standard input.
"""

import contextlib
from typing import Any, BinaryIO

import numpy as np

from privacy.plugin import processes
from workloads.federated.training.kinds import from_fields, module_of


class Worker:
    """What a process has of a team, and one method for each operation; each yields its answers."""

    def __init__(self) -> None:
        self.shape: Any = None
        self.rows: list[np.ndarray] = []

    def begin(self, shape: dict[str, Any], rows: np.ndarray, counts: list[int]) -> Any:
        """Take the sizes of a model and the rows of all devices, end to end."""
        self.shape = from_fields(shape)
        self.rows = np.split(rows, np.cumsum(counts)[:-1])
        yield from ()

    def forget(self) -> Any:
        """Drop what the team gave."""
        self.shape, self.rows = None, []
        yield from ()

    def train(self, devices: list[int], weights: np.ndarray, training: dict[str, Any]) -> Any:
        """The update and the loss of each of these devices."""
        for device in devices:
            train_client = module_of(self.shape).train_client
            update, loss = train_client(self.shape, weights, self.rows[device].copy(), **training)
            yield {"device": device, "loss": loss, "update": update}

    def measure(self, devices: list[int], weights: np.ndarray) -> Any:
        """What the model's loss says of each of these devices' rows."""
        model = module_of(self.shape).Model(self.shape, weights.copy())
        yield [model.loss(_tensor(self.rows[device])) for device in devices]

    def next_words(self, ids: list[int], weights: np.ndarray, most: int) -> Any:
        """The likeliest next words after these."""
        yield module_of(self.shape).Model(self.shape, weights.copy()).next_words(ids, most=most)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer one host until it goes."""
    waiting = processes.requests(source)
    import torch  # after the streams are safe, and while somebody listens

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    worker = Worker()
    while True:
        operation, given = processes.decode(*waiting.get())
        for answer in getattr(worker, operation)(**given):
            processes.write(sink, answer)


def _tensor(rows: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(rows.copy())


def main() -> None:
    source, sink = processes.streams()
    with contextlib.suppress(BrokenPipeError):  # the host died between a question and its answer
        serve(source, sink)
    processes.leave(4)


if __name__ == "__main__":
    main()
