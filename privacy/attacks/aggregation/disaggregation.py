"""Disaggregation: many sums over known, changing cohorts are equations, and enough equations have one solution.

The attacker knows who was in each round's cohort and that devices hardly change their answer. It fits to every device a
mixture of the known kinds, by least squares with each mixture in the simplex and pulled to the prior by as much as the
declared noise warrants, and names a device once its mixture is nearly pure. Cohorts that stay the same give the same
equation again and again: no number of rounds separates their members.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from privacy.attacks.aggregation.kinds import Floats, Ints, Kinds, Source, noise_of
from privacy.stats import mean

SURE = 0.9
"""A device is named once this much of its mixture is one kind."""

CHANGE = 0.005
"""How often a device's answer is another than its usual one, in a round."""

_STEPS = (150, 40, 40, 40, 40, 40)
"""Of the first fit and of those that go on from it."""


class Point(NamedTuple):
    """The share of devices that are named rightly by this round, with its 95% interval over simulated populations."""

    round: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Setting:
    """A population of `devices`, cohorts of `cohort`, drawn afresh in each round, or `fixed` as a partition."""

    devices: int = 30
    cohort: int = 10
    rounds: int = 20
    worlds: int = 16
    fixed: bool = False

    def cohorts(self, rng: np.random.Generator) -> Floats:
        """Who is in the sum of each round: 0 and 1, (rounds, devices)."""
        rows = np.zeros((self.rounds, self.devices))
        parts = np.array_split(rng.permutation(self.devices), max(1, self.devices // self.cohort))
        for r in range(self.rounds):
            chosen = parts[r % len(parts)] if self.fixed else rng.choice(self.devices, self.cohort, replace=False)
            rows[r, chosen] = 1.0
        return rows


def disaggregation_curve(
    source: Source, kinds: Kinds, setting: Setting, *, seed: int, last: bool = False
) -> list[Point]:
    """The share of devices named rightly by each round from 1 to `setting.rounds`, or by the `last` alone.

    Empty where nothing is released.
    """
    rng = np.random.default_rng([seed, 4])
    noise = noise_of(source, cohort=setting.cohort, length=kinds.vectors.shape[1])
    members, sums, truth = [], [], []
    for _ in range(setting.worlds):
        rows, usual = setting.cohorts(rng), kinds.draw(setting.devices, rng)
        released = [_round(source, kinds, row, usual, rng) for row in rows]
        if any(total is None for total in released):
            return []
        members.append(rows)
        sums.append(np.stack([t for t in released if t is not None]).astype(np.float64))
        truth.append(usual)
    known = np.stack(members), np.stack(sums), np.stack(truth)
    shown = range(setting.rounds if last else 1, setting.rounds + 1)
    return [Point(r, *mean(_named(kinds, known, r, noise))) for r in shown]


def _round(source: Source, kinds: Kinds, row: Floats, usual: Ints, rng: np.random.Generator) -> Ints | None:
    chosen = np.flatnonzero(row)
    now = np.where(rng.random(len(chosen)) < CHANGE, kinds.draw(len(chosen), rng), usual[chosen])
    return source(kinds.vectors[now])


def _named(kinds: Kinds, known: tuple[Floats, Floats, Ints], rounds: int, noise: float) -> Floats:
    """The share of devices named rightly in each world, (worlds,), from the first `rounds` rounds."""
    members, sums, truth = known
    mixtures = fit(members[:, :rounds], sums[:, :rounds], kinds, noise=noise)
    right = (mixtures.max(axis=2) >= SURE) & (mixtures.argmax(axis=2) == truth)
    return np.asarray(right.mean(axis=1), dtype=np.float64)


def fit(members: Floats, sums: Floats, kinds: Kinds, *, noise: float) -> Floats:
    """Mixtures (worlds, devices, k) that explain `sums` (worlds, rounds, L) of cohorts (worlds, rounds, devices).

    Rounds that fit badly, as when a device changed its answer, count for less in the next fits. One unit is
    the least distance between two kinds.
    """
    scale = kinds.spacing
    centre = kinds.prior @ (kinds.vectors / scale)
    vectors = kinds.vectors / scale - centre
    # Centred: a sum is that of its cohort's deviations from the mean device.
    target = sums / scale - members.sum(axis=2, keepdims=True) * centre
    pull = max((noise / scale) ** 2, 1e-4)
    weight = np.ones(members.shape[:2])
    mixtures = np.broadcast_to(kinds.prior, (*members.shape[::2], len(kinds.prior)))
    for steps in _STEPS:
        root = np.sqrt(weight)[..., None]
        mixtures = _mixtures(members * root, target * root, vectors, kinds.prior, mixtures, pull=pull, steps=steps)
        left = np.square(members @ (mixtures @ vectors) - target).sum(axis=2) / vectors.shape[1]
        weight = 1.0 / (1.0 + left / max(pull, 0.01))
    return mixtures


def _mixtures(
    members: Floats, target: Floats, vectors: Floats, prior: Floats, now: Floats, *, pull: float, steps: int
) -> Floats:
    """Accelerated projected gradient from the mixtures `now` (Beck and Teboulle 2009)."""
    gram = vectors @ vectors.T
    pairs = np.einsum("wrd,wre->wde", members, members)
    pulled = np.einsum("wrd,wrl,kl->wdk", members, target, vectors)
    top = np.linalg.eigvalsh(pairs)[:, -1].max() * np.linalg.eigvalsh(gram)[-1] + pull
    ahead, momentum = now, 1.0
    for _ in range(steps):
        after = simplex(ahead - (pairs @ ahead @ gram - pulled + pull * (ahead - prior)) / top)
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = after + (momentum - 1) / faster * (after - now)
        now, momentum = after, faster
    return np.asarray(now, dtype=np.float64)


def simplex(values: Floats) -> Floats:
    """The nearest mixture to each last axis: no entry below 0, sum 1 (Duchi et al. 2008)."""
    ranked = -np.sort(-values, axis=-1)
    excess = np.cumsum(ranked, axis=-1) - 1.0
    count = np.arange(1, values.shape[-1] + 1)
    last = (ranked - excess / count > 0).sum(axis=-1, keepdims=True)
    shift = np.take_along_axis(excess, last - 1, axis=-1) / last
    return np.asarray(np.maximum(values - shift, 0.0), dtype=np.float64)
