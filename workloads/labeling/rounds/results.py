"""What a round comes to: it is counted by a run like any other, and what that found becomes final."""

from typing import Any

from privacy.plugin import RunRequest
from workloads.labeling.measure import LabelingRound
from workloads.labeling.rounds.service import Round, Rounds

ID = "labeling"


def counting(one: Round, *, seed: int = 0) -> RunRequest:
    """The run that counts a sealed round under its own stack; `seed` draws what an expert audits."""
    terms = one.terms
    options = {"round": one.id, "weighted": terms.weighted, "minimum": min(terms.minimum, max(2, one.labelers))}
    return RunRequest(workload=ID, stack=terms.stack, params=dict(terms.params), options=options, seed=seed)


def results(run: LabelingRound) -> dict[str, Any]:
    """What a round is final with: labels, how sure they are, and points."""
    return {
        "labels": run.labels, "sure": run.sure, "gold": run.gold, "audited": run.audited, "method": run.method,
        "points": {one["name"]: one["points"] for one in run.labelers}, "answer": run.answer,
    }  # fmt: skip


def confirmed(rounds: Rounds, one: Round, run: LabelingRound) -> None:
    """Make what the run found the result of the round. StateError where it cannot be."""
    rounds.finalize(one.id, results(run))
