"""Unanimous counts: where all of a small cohort gave the same answer, the count alone shows each one's answer."""

import numpy as np

from privacy.attacks.aggregation.kinds import Ints, Kinds, Source
from privacy.stats import Interval, mean

AGREE = 0.8
"""How often a device gives the cohort's most likely answer, in the scenario of these figures."""

CLASSES = 3


def opinions(kinds: Kinds, *, cohort: int, count: int, rng: np.random.Generator) -> Ints:
    """Kinds (count, cohort): in each cohort one answer is right, given by `AGREE` of the devices, the others alike."""
    classes = min(CLASSES, len(kinds.prior))
    right = rng.integers(classes, size=(count, 1))
    strays = (right + rng.integers(1, classes, size=(count, cohort))) % classes
    return np.asarray(np.where(rng.random((count, cohort)) < AGREE, right, strays))


def unanimous_share(source: Source, kinds: Kinds, *, cohort: int, count: int, seed: int) -> Interval | None:
    """The share of cohorts named rightly as unanimous, less those named wrongly; None where no sum is released.

    The attacker names a cohort when its count is nearer to a unanimous one than half of what one other answer changes.
    """
    rng = np.random.default_rng([seed, 3])
    classes = min(CLASSES, len(kinds.prior))
    vectors = kinds.vectors[:classes]
    near = Kinds(vectors, np.full(classes, 1.0 / classes)).spacing / 2
    earned = []
    for devices in opinions(kinds, cohort=cohort, count=count, rng=rng):
        total = source(kinds.vectors[devices])
        if total is None:
            continue
        apart = np.sqrt(((total[None, :] - cohort * vectors).astype(np.float64) ** 2).sum(axis=1))
        named = int(apart.argmin())
        claimed = bool(apart[named] < near)
        earned.append((1.0 if (devices == named).all() else -1.0) if claimed else 0.0)
    if not earned:
        return None
    value, low, high = mean((np.array(earned) + 1) / 2) if min(earned) < 0 else mean(np.array(earned))
    return (2 * value - 1, 2 * low - 1, 2 * high - 1) if min(earned) < 0 else (value, low, high)
