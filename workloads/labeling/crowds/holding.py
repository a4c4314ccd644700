"""Which consensus holds and which falls, as more and more of a simulated crowd is dishonest."""

from collections.abc import Callable
from typing import Any

from workloads.labeling.consensus.methods import METHODS, consensus
from workloads.labeling.consensus.result import accuracy
from workloads.labeling.crowds.plan import COLLUDERS, HONEST, CrowdPlan
from workloads.labeling.crowds.simulate import simulate
from workloads.labeling.votes.table import UNKNOWN

SHARES = (0.0, 0.15, 0.3, 0.45, 0.6)
ITEMS, SEEDS = 200, 2


def holding(
    *, kind: str, labelers: int, redundancy: int, classes: int, gold: float, seed: int, beat: Callable[[], None]
) -> list[dict[str, Any]]:
    """The accuracy of each method at each share of dishonest labelers, a row each; of an honest crowd, of colluders.

    Means over a few crowds of the settings; gold and audited items are left out.
    """
    kind = COLLUDERS if kind == HONEST else kind
    rows = []
    for share in SHARES:
        found: dict[str, list[float]] = {name: [] for name in METHODS}
        for number in range(SEEDS):
            plan = CrowdPlan(
                tasks=ITEMS, workers=labelers, classes=classes, votes=redundancy, shares={kind: share}, gold=gold
            )
            crowd = simulate(plan, seed=seed * SEEDS + number)
            for name, done in found.items():
                beat()
                made = consensus(name, crowd.votes, gold=crowd.gold, audit=crowd.audit, seed=seed)
                held = crowd.truth.copy()
                held[crowd.gold != UNKNOWN] = UNKNOWN
                done.append(accuracy(made.labels, held, without=made.audited))
        rows += [
            {"method": METHODS[name].name, "share": share, "accuracy": sum(done) / len(done),
             "single": METHODS[name].single_votes}
            for name, done in found.items()
        ]  # fmt: skip
    return rows
