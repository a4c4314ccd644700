"""The next value of a series, such as the steps of a day: an LSTM over the values before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workloads.federated.tasks.task import Task
from workloads.federated.training.shape import Weights
from workloads.federated.training.sizes import SeriesShape, begin_parts


@dataclass(frozen=True)
class Series(Task):
    """The units of the LSTM. Values are scaled by public bounds to -1..1."""

    kind = "series"
    unit = "squared error a value, in units of the public range"
    noun = "values"
    rate = 0.05
    attacked = False
    reads = "Veilbench has no attack on updates of a series; that does not prove that they tell nothing"
    width: int

    @property
    def shape(self) -> SeriesShape:
        return SeriesShape(self.width)

    def begin(self, *, seed: int) -> Weights:
        return begin_parts(self.shape, seed=seed)

    def about(self) -> dict[str, Any]:
        return {"format": "veilbench series model 1", "width": self.width}

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> "Series":
        return cls(int(about["width"]))
