"""What attacks on sums share: the kinds of device there are, and the best guess of one from what a sum shows.

Attackers know the encoding, how common each kind of device is, and how strong the declared noise is. Every figure is an
advantage over the guess of who only knows what is most common: 0 is no better, 1 is certainty.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.stats import Interval, mean

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Source = Callable[[Ints], Ints | None]
"""What is released of the vectors (m, L) of one cohort: their sum (L,), or None where none is."""

_CALIBRATIONS = 16


@dataclass(frozen=True)
class Kinds:
    """Kinds of device: `vectors` int64 (k, L), and `prior` (k,), how common each is. Kinds differ in their vectors."""

    vectors: Ints
    prior: Floats

    def draw(self, count: int, rng: np.random.Generator) -> Ints:
        """`count` devices, by kind."""
        return rng.choice(len(self.prior), size=count, p=self.prior)

    def guess(self, values: Floats, *, noise: float) -> Ints:
        """The likeliest kind for each row of values (n, L), each off by Gaussian noise of that deviation an entry."""
        apart = ((values[:, None, :] - self.vectors[None, :, :]).astype(np.float64) ** 2).sum(axis=2)
        return np.asarray((apart / (2 * max(noise, 1e-3) ** 2) - np.log(self.prior)).argmin(axis=1))

    @property
    def spacing(self) -> float:
        """The least distance between two kinds."""
        apart = ((self.vectors[:, None, :] - self.vectors[None, :, :]).astype(np.float64) ** 2).sum(axis=2)
        return float(np.sqrt(apart[~np.eye(len(apart), dtype=bool)].min()))


def noise_of(source: Source, *, cohort: int, length: int) -> float:
    """The deviation of an entry of what is released, as an attacker measures it on devices of its own: they hold 0."""
    zeros = np.zeros((cohort, length), dtype=np.int64)
    found = [total for _ in range(_CALIBRATIONS) if (total := source(zeros)) is not None]
    return float(np.sqrt(np.mean(np.square(np.stack(found), dtype=np.float64)))) if found else 0.0


def over_base(right: npt.ArrayLike, *, base: float) -> Interval:
    """Guesses that were right, as an advantage over guessing what is most common, which is right in a share `base`."""
    value, low, high = mean(right)
    span = max(1.0 - base, 1e-9)
    return tuple(float(np.clip((v - base) / span, -1.0, 1.0)) for v in (value, low, high))  # type: ignore[return-value]


def base_of(kinds: Ints) -> float:
    """The share of the most common kind: what guessing it always earns."""
    return float(np.bincount(kinds).max() / len(kinds))
