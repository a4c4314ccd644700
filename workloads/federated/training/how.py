"""How a device trains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """How often a device goes through its rows, how many are one step, and the learning rate.

    With `noise` above 0 every step is differentially private for one row: clipped to `clip`, with Gaussian noise of
    `noise` times that.
    """

    epochs: int
    batch: int
    rate: float
    noise: float = 0.0
    clip: float = 1.0
