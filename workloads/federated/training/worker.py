"""The process that trains, spoken to by frames on its streams.

It is forked from `nursery`; where nothing forks, it is `python -P -m workloads.federated.training.worker FILE`. A frame
names an operation and what it is given; every operation has one answer, but those that only take something. Weights
come, and what is made of them goes, by the shared memory of FILE. The process ends with its standard input.
"""

import contextlib
import sys
from typing import Any, BinaryIO

import numpy as np

from privacy.plugin import pack, processes, unpack
from workloads.federated.training.area import Area
from workloads.federated.training.kinds import from_fields, module_of
from workloads.federated.training.local import settle, trained
from workloads.federated.training.memory import keep_freed
from workloads.federated.training.steps import Steps, narrowest


class Worker:
    """What a process has of a team, and one method for each operation."""

    def __init__(self, area: Area) -> None:
        self._area = area
        self._shape: Any = None
        self._rows: list[np.ndarray] = []
        self._partial: np.ndarray | None = None

    def begin(self, shape: dict[str, Any], rows: np.ndarray, counts: list[int]) -> None:
        """Take the sizes of a model and the rows of all devices, end to end."""
        self._shape = from_fields(shape)
        self._rows = np.split(rows, np.cumsum(counts)[:-1])
        self._area.fit(self._shape.length)

    def forget(self) -> None:
        """Drop what the team gave."""
        self._shape, self._rows, self._partial = None, [], None
        self._area.forget()

    def train(self, device: int, slot: int, training: dict[str, Any], steps: dict[str, Any] | None) -> dict[str, Any]:
        """Lay the update of a device into a slot, as floats or as steps of the narrowest type."""
        made, loss = self._trained(device, training)
        found = made if steps is None else Steps(**steps).of(made)
        self._area.slot(slot, found.dtype)[:] = found
        return {"device": device, "loss": loss, "type": found.dtype.str}

    def add(self, device: int, training: dict[str, Any], steps: dict[str, Any]) -> dict[str, Any]:
        """Add a device's steps to the sum of this process, decoded from the wire that they are written as."""
        made, loss = self._trained(device, training)
        found = Steps(**steps).of(made)
        wire = pack(found)
        if self._partial is None:
            # In 32 bits it is a third of the time, and they hold the sum of everybody's.
            most = steps["bound"] * len(self._rows)
            self._partial = np.zeros(self._shape.length, dtype=narrowest(-most, most))
        self._partial += unpack(wire, shape=self._partial.shape, dtype=found.dtype)
        return {"device": device, "loss": loss}

    def total(self, slot: int) -> dict[str, Any]:
        """Lay the sum of this process into a slot, and begin another."""
        found = np.zeros(self._shape.length, np.int16) if self._partial is None else self._partial
        self._area.slot(slot, found.dtype)[:] = found
        self._partial = None
        return {"type": found.dtype.str}

    def measure(self, devices: list[int]) -> list[Any]:
        """What the model's loss says of each of these devices' rows."""
        import torch

        model = module_of(self._shape).Model(self._shape, self._area.weights.copy())
        return [model.loss(torch.from_numpy(self._rows[device].copy())) for device in devices]

    def next_words(self, ids: list[int], most: int) -> Any:
        """The likeliest next words after these."""
        return module_of(self._shape).Model(self._shape, self._area.weights.copy()).next_words(ids, most=most)

    def _trained(self, device: int, training: dict[str, Any]) -> tuple[np.ndarray, float]:
        return trained(self._shape, self._area.weights, self._rows[device], training)


def serve(source: BinaryIO, sink: BinaryIO, area: Area) -> None:
    """Answer one host until it goes."""
    waiting = processes.requests(source)
    settle()  # after the streams are safe, and while somebody listens
    worker = Worker(area)
    while True:
        operation, given = processes.decode(*waiting.get())
        answer = getattr(worker, operation)(**given)
        if answer is not None:
            processes.write(sink, answer)


def run(file: int) -> None:
    """Serve the host that has the other ends of this process' streams and of the memory in `file`."""
    source, sink = processes.streams()
    keep_freed()
    with contextlib.suppress(BrokenPipeError):  # the host died between a question and its answer
        serve(source, sink, Area(file))
    processes.leave(4)


if __name__ == "__main__":
    run(int(sys.argv[1]))
