"""How a device trains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """How often a device goes through its rows, how many are one step, and the learning rate."""

    epochs: int
    batch: int
    rate: float
