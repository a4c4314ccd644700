"""Differencing: two released sums whose cohorts differ by one device show that device's vector.

Hiding each contribution does not help: the attacker only reads sums. A cohort of one is the same with an empty cohort.
"""

from collections.abc import Callable

import numpy as np

from privacy.attacks.aggregation.kinds import Floats, Ints, Kinds, Source, base_of, over_base
from privacy.stats import Interval

Pair = Callable[[Ints], tuple[Ints, Ints] | None]
"""The sums of a cohort (m, L) with its first device and without it; None where one of them is not released."""


def differencing_advantage(
    pair: Pair, kinds: Kinds, *, cohort: int, trials: int, noise: float, seed: int
) -> Interval | None:
    """The advantage of guessing the first device of a cohort from two sums, each with noise of that deviation.

    None where no sum was released at all.
    """
    rng = np.random.default_rng([seed, 1])
    truth, seen = [], []
    for _ in range(trials):
        devices = kinds.draw(cohort, rng)
        sums = pair(kinds.vectors[devices])
        if sums is not None:
            truth.append(int(devices[0]))
            seen.append(sums[0] - sums[1])
    return _measured(kinds, truth, seen, noise=float(np.sqrt(2.0)) * noise)


def alone_advantage(source: Source, kinds: Kinds, *, trials: int, noise: float, seed: int) -> Interval | None:
    """The advantage of guessing a device from a sum that it alone is in; None where no such sum is released."""
    rng = np.random.default_rng([seed, 2])
    devices = kinds.draw(trials, rng)
    found = [(int(k), total) for k in devices if (total := source(kinds.vectors[[k]])) is not None]
    return _measured(kinds, [k for k, _ in found], [t for _, t in found], noise=noise)


def _measured(kinds: Kinds, truth: list[int], seen: list[Ints], *, noise: float) -> Interval | None:
    if not truth:
        return None
    known: Ints = np.array(truth, dtype=np.int64)
    values: Floats = np.stack(seen).astype(np.float64)
    right = kinds.guess(values, noise=noise) == known
    return over_base(right, base=base_of(known))
