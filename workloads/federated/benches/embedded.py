"""The embedded engine's rounds, timed: with every contribution recorded, as the workload has them, and without."""

import time
from types import TracebackType
from typing import Self

import numpy as np

from privacy.plugin.running import Channel, Registry
from workloads.federated.benches.made import Made
from workloads.federated.round import STEPS, UNIT, new_version, sum_updates
from workloads.federated.training.shape import begin
from workloads.federated.training.team import Team


class Embedded:
    """A training under `plain`, twice: `recorded` and `unrecorded` each go on with weights of their own."""

    def __init__(self, registry: Registry, made: Made, *, seed: int, processes: int = 2) -> None:
        self._registry, self._opened, self._plan, self._seed, self._index = registry, made.opened, made.plan, seed, 0
        self.weights = begin(self._plan.shape, seed=seed)
        self.unrecorded_weights = self.weights.copy()
        self.team = Team(self._plan.found.rows, shape=self._plan.shape, size=processes)

    def recorded(self) -> tuple[float, float]:
        """One round, its seconds and the clients' mean loss: the round of the workload, on a channel that records."""
        start = time.perf_counter()
        self._index += 1
        seats = self._opened.seats(self._registry, channel=Channel())
        places = list(range(self._plan.devices))
        made = sum_updates(
            self._plan, self.team, self.weights, seats, places=places, seed=self._seed, index=self._index
        )  # fmt: skip
        self.weights = new_version(self._plan, self.weights, made, noised=False)
        seats.channel.seal()
        made.service.close()
        assert made.loss is not None
        return time.perf_counter() - start, made.loss

    def unrecorded(self) -> tuple[float, float]:
        """The same without a channel: each process writes, reads and adds up what its clients contribute."""
        start = time.perf_counter()
        places = list(range(self._plan.devices))
        total, losses = self.team.total(places, self.unrecorded_weights, self._plan.training, steps=STEPS)
        mean = total.astype(np.float64) * (UNIT / len(places))
        self.unrecorded_weights = (self.unrecorded_weights + mean).astype(np.float32)
        return time.perf_counter() - start, float(np.mean(list(losses.values())))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.team.close()
