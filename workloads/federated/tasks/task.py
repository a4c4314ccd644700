"""A task: the sizes of its model, how its figures are called, and what an update of it gives away."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from privacy.plugin.running import Ints
from workloads.federated.training.shape import Weights


class Task(ABC):
    """What the devices of one training have in common, all of it public."""

    kind: ClassVar[str]
    unit: ClassVar[str]
    """Of its loss."""
    noun: ClassVar[str]
    """What it guesses, of which the measured ones are counted."""
    rate: ClassVar[float]
    """The learning rate of a device where none is set."""
    attacked: ClassVar[bool] = True
    """Whether there is an attack on its updates."""
    reads: ClassVar[str]
    """How an attacker reads from an update what its device has."""

    @property
    @abstractmethod
    def shape(self) -> Any:
        """The sizes of its model."""

    @abstractmethod
    def begin(self, *, seed: int) -> Weights:
        """Random weights from a seed."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What a model's file says beside its tensors."""

    @classmethod
    @abstractmethod
    def of(cls, about: Mapping[str, Any]) -> "Task":
        """The task that `about` wrote; ValueError, KeyError or TypeError for anything else."""

    def items(self, rows: Any) -> set[int]:
        """What a device has that an update of it may give away, by number. Private."""
        return set()

    def read(self, update: Ints) -> set[int] | None:
        """What an update, in steps, gives away; None where it tells no one thing from another."""
        return None

    def common(self) -> set[int]:
        """What an attacker guesses who has read nothing."""
        return set()

    def called(self, item: int) -> str:
        """An item as people know it."""
        return str(item)
