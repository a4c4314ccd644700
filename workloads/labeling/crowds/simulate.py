"""A crowd drawn with a seed: its truth, its gold, and its votes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workloads.labeling.crowds.plan import (
    COLLUDERS,
    COPYCATS,
    GOLD_AWARE,
    HONEST,
    KINDS,
    LAZY,
    SLEEPERS,
    SLOPPY,
    SPAMMERS,
    TARGETED,
    CrowdPlan,
)
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Votes

ATTACKERS = (SPAMMERS, LAZY, COLLUDERS, GOLD_AWARE, TARGETED, COPYCATS, SLEEPERS)
_HARD = 0.45
"""How much of a skill above chance is left on a hard task."""
_AWAKE = 0.4
"""The share of tasks on which sleepers are honest."""
_CARELESS = 0.55
"""The skill of the one whom copycats copy."""
_MOST_KEYS = 8_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Crowd:
    """What was drawn: `truth` int32 (tasks,); `gold` the same with UNKNOWN where it is not opened.

    Of workers, (workers,): `kind`, a place in KINDS, and `skill`, the chance of a right vote on an easy task where one
    is honest. `target` (tasks,) is where a targeted ring lies.
    """

    votes: Votes
    truth: Ints
    gold: Ints
    kind: Ints
    skill: Floats
    target: Bools

    def of(self, *kinds: str) -> Bools:
        """Which workers are of these kinds, (workers,)."""
        return np.isin(self.kind, [KINDS.index(k) for k in kinds])

    def audit(self, tasks: Ints) -> Ints:
        """What an expert says of some tasks: their truth."""
        return self.truth[tasks]


def simulate(plan: CrowdPlan, *, seed: int) -> Crowd:
    """Draw the crowd of a plan; the same seed draws the same."""
    rng = np.random.default_rng(seed)
    k, tasks, workers = plan.classes, plan.tasks, plan.workers
    common = np.exp(-plan.skew * np.arange(k))
    common /= common.sum()
    truth = rng.choice(k, tasks, p=common).astype(np.int32)
    gold = np.where(rng.random(tasks) < plan.gold, truth, UNKNOWN).astype(np.int32)
    kind = kinds_of(KINDS, plan.shares, workers=plan.workers, rng=rng)
    skill = rng.beta(*plan.skill, workers)
    sloppy = kind == KINDS.index(SLOPPY)
    skill[sloppy] = 1 / k + (skill[sloppy] - 1 / k) * rng.uniform(0.2, 0.6, int(sloppy.sum()))
    task, worker = _assigned(plan, rng)
    label = _honest(plan, truth, skill, task, worker, rng)
    wrong = ((truth + rng.integers(1, k, tasks)) % k).astype(np.int32)
    careless = np.where(rng.random(tasks) < _CARELESS, truth, (truth + rng.integers(1, k, tasks)) % k)
    target = rng.random(tasks) < plan.targets
    there = gold != UNKNOWN
    late = np.arange(tasks) > _AWAKE * tasks
    lies = {
        COLLUDERS: wrong,
        GOLD_AWARE: np.where(there, truth, wrong),
        COPYCATS: careless,
        LAZY: np.full(tasks, int(np.argmax(common))),
    }
    for name, answer in lies.items():
        mine = kind[worker] == KINDS.index(name)
        label[mine] = answer[task[mine]]
    for name, where in ((TARGETED, target), (SLEEPERS, late)):
        mine = (kind[worker] == KINDS.index(name)) & where[task]
        label[mine] = wrong[task[mine]]
    mine = kind[worker] == KINDS.index(SPAMMERS)
    label[mine] = rng.integers(0, k, int(mine.sum()))
    votes = Votes(task, worker, label, tasks, workers, k)
    return Crowd(votes, truth, gold, kind, skill, target)


def kinds_of(names: Sequence[str], shares: Mapping[str, float], *, workers: int, rng: np.random.Generator) -> Ints:
    """Which of the named kinds each worker is, int64 (W,): a share of each that is said, and all others honest."""
    kind = np.full(workers, names.index(HONEST))
    start = 0
    for name, share in shares.items():
        end = min(workers, start + round(share * workers))
        kind[start:end] = names.index(name)
        start = end
    rng.shuffle(kind)
    return kind


def _assigned(plan: CrowdPlan, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Tasks and workers of all votes: each task has as many different workers, busy ones more often."""
    pull = np.log(np.exp(plan.uneven * rng.standard_normal(plan.workers)))
    each = max(1, _MOST_KEYS // plan.workers)
    found = []
    for start in range(0, plan.tasks, each):
        rows = min(each, plan.tasks - start)
        keys = pull + rng.gumbel(size=(rows, plan.workers)) if plan.uneven else rng.random((rows, plan.workers))
        found.append(np.argpartition(-keys, plan.votes - 1, axis=1)[:, : plan.votes])
    worker = np.concatenate(found).astype(np.int32).ravel()
    return np.repeat(np.arange(plan.tasks, dtype=np.int32), plan.votes), worker


def _honest(plan: CrowdPlan, truth: Ints, skill: Floats, task: Ints, worker: Ints, rng: np.random.Generator) -> Ints:
    """What each vote would be if its worker were honest, int32 (n,)."""
    k, count = plan.classes, len(task)
    right = skill[worker]
    if plan.hard:
        hard = rng.random(plan.tasks) < plan.hard
        right = np.where(hard[task], 1 / k + (right - 1 / k) * _HARD, right)
    other = (truth[task] + rng.integers(1, k, count)) % k
    if plan.alike:
        # Classes come in pairs that look alike; the last of an odd number looks like the first.
        twin = np.where(np.arange(k) ^ 1 < k, np.arange(k) ^ 1, 0)
        other = np.where(rng.random(count) < plan.alike, twin[truth[task]], other)
    label = np.where(rng.random(count) < right, truth[task], other)
    if plan.own:
        theirs = rng.random(plan.workers) < plan.own
        rates = rng.dirichlet(np.full(k, 0.6), (plan.workers, k)) * 0.7
        rates[:, np.arange(k), np.arange(k)] += 0.3
        upto = np.cumsum(rates, axis=2)
        mine = np.flatnonzero(theirs[worker])
        draw = rng.random(len(mine))[:, None]
        label[mine] = np.minimum((draw > upto[worker[mine], truth[task[mine]]]).sum(axis=1), k - 1)
    return np.asarray(label, dtype=np.int32)
