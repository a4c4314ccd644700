"""Crowds without an attacker: chosen ones, and ones that are drawn, for the worst that a consensus does to them."""

import numpy as np

from workloads.labeling.crowds.plan import SLOPPY, SPAMMERS, CrowdPlan

CHOSEN = {
    "plain": CrowdPlan(),
    "two classes": CrowdPlan(classes=2),
    "20 classes": CrowdPlan(classes=20),
    "2 votes a task": CrowdPlan(votes=2),
    "9 votes a task": CrowdPlan(votes=9),
    "skewed classes": CrowdPlan(skew=1.5),
    "2 classes, 2 votes, skewed": CrowdPlan(classes=2, votes=2, skew=1.5),
    "workers with 1 or 2 votes": CrowdPlan(workers=3000),
    "workers with 1 or 2 votes, 20 classes": CrowdPlan(workers=3000, classes=20),
    "10 workers with many votes": CrowdPlan(tasks=3000, workers=10, votes=9),
    "classes that look alike": CrowdPlan(alike=0.9),
    "errors of one's own": CrowdPlan(own=0.5),
    "hard tasks": CrowdPlan(hard=0.6),
    "hard tasks, few workers, 10 classes": CrowdPlan(tasks=3000, workers=10, classes=10, votes=9, hard=0.6, uneven=1.5),
    "some vote much more": CrowdPlan(uneven=1.5),
    "sloppy 40%": CrowdPlan(shares={SLOPPY: 0.4}),
    "guessing 40%": CrowdPlan(shares={SPAMMERS: 0.4}),
    "no gold": CrowdPlan(gold=0.0),
    "no gold, guessing 30%, hard tasks": CrowdPlan(gold=0.0, hard=0.3, shares={SPAMMERS: 0.3}),
}


def drawn(rng: np.random.Generator) -> CrowdPlan:
    """A crowd of any size and mixture, with nobody who lies."""
    tasks = int(rng.choice([300, 1000, 3000]))
    votes = int(rng.choice([2, 3, 5, 9]))
    workers = int(rng.choice([10, 30, 100, min(tasks * votes // 8, 2000), min(int(tasks * votes / 1.5), 2000)]))
    shares = [{}, {}, {SLOPPY: 0.4}, {SPAMMERS: 0.3}, {SLOPPY: 0.3, SPAMMERS: 0.2}]
    return CrowdPlan(
        tasks=tasks, votes=votes, workers=max(workers, votes + 1), classes=int(rng.choice([2, 3, 5, 10, 20])),
        shares=shares[int(rng.integers(len(shares)))], skill=((8.0, 2.0), (8.0, 2.0), (4.0, 3.0))[int(rng.integers(3))],
        gold=float(rng.choice([0.0, 0.02, 0.1])), skew=float(rng.choice([0.0, 0.7, 1.5])),
        alike=float(rng.choice([0.0, 0.5, 0.9])), own=float(rng.choice([0.0, 0.0, 0.5])),
        hard=float(rng.choice([0.0, 0.3, 0.6])), uneven=float(rng.choice([0.0, 1.5])),
    )  # fmt: skip
