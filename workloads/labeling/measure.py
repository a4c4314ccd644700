"""What a round of labeling is shown and recorded as: its labels, how good they are, and what it cost each party."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from privacy.plugin import Metric, Round, parts, shown
from privacy.plugin.measuring import mean
from privacy.plugin.running import PRIMITIVE, Transcript, cost_of_sum
from workloads.labeling.consensus.majority import majority
from workloads.labeling.consensus.methods import METHODS, consensus
from workloads.labeling.consensus.result import Consensus
from workloads.labeling.consensus.robust import robust
from workloads.labeling.consensus.tallies import from_tally
from workloads.labeling.options import AUTOMATIC
from workloads.labeling.pay.points import points
from workloads.labeling.pay.scores import of_workers, scores
from workloads.labeling.pay.tallies import earned, score_vectors
from workloads.labeling.tally import Counted, Labeling
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.table import UNKNOWN

SHOWN = 200
"""Contributors, and items, of which a round keeps wires and rows; of more, the first so many."""
TALLIES = "majority of tallies"


@dataclass(kw_only=True)
class LabelingRound(Round):
    """A round as pages show it. It stays on the device: `vectors` and `sent` hold what labelers hold.

    `labels`, `truth` (-1 where it is not known) and `sure` are of all items; `items` and `tally` are the names and
    the released counts of the first. `method` made the labels. `audited` and `gold` are places of items. `confusion`
    counts items by true class and label. `labelers` says of each how many votes it gave, what it is paid in points,
    and, where the method has it, how far it is trusted.
    """

    method: str = ""
    classes: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    truth: list[int] = field(default_factory=list)
    sure: list[float] = field(default_factory=list)
    tally: list[list[int]] = field(default_factory=list)
    gold: list[int] = field(default_factory=list)
    audited: list[int] = field(default_factory=list)
    expelled: list[str] = field(default_factory=list)
    confusion: list[list[int]] = field(default_factory=list)
    labelers: list[dict[str, Any]] = field(default_factory=list)
    points: int = 0
    counted: int = 0
    weighted: bool = False
    single: bool = False
    vectors: dict[str, list[int]] = field(default_factory=dict)
    sent: dict[str, list[int]] = field(default_factory=dict)
    total: list[int] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)


def agreed(counted: Counted, *, seed: int) -> tuple[str, Consensus]:
    """The name of the consensus and what it found: from single votes where they are read, else from the tally."""
    labeling = counted.labeling
    options, found = labeling.options, labeling.found
    name = options.consensus
    if name == AUTOMATIC:
        # A randomised vote makes everybody look careless: who is trusted by gold is then mostly chance.
        name = "robust" if labeling.single and labeling.stack.randomiser is None else "majority"
    if counted.read is None or (name == "majority" and labeling.weights):
        # Who votes on what is public: how many votes an item has is too.
        return TALLIES, from_tally(counted.tally, found.gold, votes=labeling.votes.per_task)
    if name == "robust":
        expert = found.audit if (found.truth != UNKNOWN).any() else None
        made = robust(counted.read, gold=found.gold, audit=expert, audits=options.audits, seed=seed)
        return METHODS[name].name, made
    return METHODS[name].name, consensus(name, counted.read, gold=found.gold, seed=seed)


def round_of(counted: Counted, transcript: Transcript, *, stack: str, seed: int) -> LabelingRound:
    """A round with all that pages show of it."""
    labeling, release, service = counted.labeling, counted.release, counted.service
    votes, found = labeling.votes, labeling.found
    method, made = agreed(counted, seed=seed)
    few = {p: v for i, (p, v) in enumerate(counted.vectors.items()) if i < SHOWN}
    others = {p.name for p in counted.vectors} - {p.name for p in few}
    kept = [m for m in transcript.messages if m.sender.name not in others and m.receiver.name not in others]
    classes = [votes.name_of_class(k) for k in range(votes.classes)]
    held = held_against(labeling, made)
    rows = min(SHOWN, votes.tasks)
    guarantee = service.guarantee
    names = [votes.name_of_worker(i) for i in range(votes.workers)]
    expelled = np.flatnonzero(made.expelled).tolist() if made.expelled is not None else []
    return LabelingRound(
        stack=stack,
        answer=shares_of(made.labels, classes),
        metrics=[*quality(counted, made, held), *cost_of_sum(counted.vectors, release, transcript.messages)],
        messages=[shown(m, PRIMITIVE if m.phase == "run" else "") for m in kept],
        guarantee=guarantee,
        steps={PRIMITIVE: guarantee},
        notes=[*labeling.notes, f"Consensus: {method[0].lower()}{method[1:]}."],
        included=list(release.sum.included),
        everyone=[p.name for p in few],
        randomised=labeling.stack.randomiser is not None,
        data_hash=found.data_hash,
        settings={
            "method": method, "items": votes.tasks, "labelers": votes.workers, "votes": len(votes),
            "truth": shares_of(found.truth, classes) if (found.truth != UNKNOWN).all() else {},
        },
        method=method, classes=classes, items=[votes.name_of_task(i) for i in range(rows)],
        labels=parts(made.labels), truth=parts(found.truth),
        sure=[round(float(p), 4) for p in made.posterior.max(axis=1)],
        tally=[parts(row) for row in counted.tally[:rows]],
        gold=parts(np.flatnonzero(found.gold != UNKNOWN)), audited=parts(made.audited),
        expelled=[names[i] for i in expelled],
        labelers=labelers_of(counted, made), points=found.budget,
        confusion=confusion(found.truth, made.labels, held, classes=votes.classes),
        counted=int(held.sum()), weighted=bool(labeling.weights), single=labeling.single,
        vectors={p.name: parts(v) for p, v in few.items()} if votes.tasks * votes.classes <= 20_000 else {},
        sent={p.name: parts(release.sent[p]) for p in few} if votes.tasks * votes.classes <= 20_000 else {},
        total=parts(release.sum.total[:20_000]),
        dropped={p.name: why for p, why in release.outcome.reasons.items()} | dict(release.sum.refused),
    )  # fmt: skip


def paid(counted: Counted, made: Consensus) -> Floats:
    """What each labeler earned, float64 (workers,): from single votes where they are read, else from the tally."""
    labeling = counted.labeling
    if counted.read is not None and made.skill is not None:
        return of_workers(counted.read, scores(counted.read, made, gold=labeling.found.gold))
    return earned(labeling.votes, score_vectors(counted.tally, labeling.found.gold))


def labelers_of(counted: Counted, made: Consensus) -> list[dict[str, Any]]:
    """Votes, trust and points of each labeler."""
    votes = counted.labeling.votes
    given = points(paid(counted, made), budget=counted.labeling.found.budget)
    return [
        {
            "name": votes.name_of_worker(i), "votes": int(votes.per_worker[i]), "points": int(given[i]),
            "trust": None if made.trust is None else round(float(made.trust[i]), 3),
        }
        for i in range(votes.workers)
    ]  # fmt: skip


def pay_metric(counted: Counted, made: Consensus) -> Metric:
    """How the pay of one vote goes with how often an honest labeler is right, of simulated labelers."""
    found, votes = counted.labeling.found, counted.labeling.votes
    if found.skill is None or found.dishonest is None:
        return Metric("pay_correlation", None, None, None, 0, "correlation", "higher", "measured", False,
                      "true skill is known only of simulated labelers")  # fmt: skip
    honest = ~found.dishonest & (votes.per_worker > 0)
    each = paid(counted, made)[honest] / votes.per_worker[honest]
    if honest.sum() < 3 or np.ptp(each) == 0:
        return Metric("pay_correlation", None, None, None, int(honest.sum()), "correlation", "higher", "measured", True,
                      "too few to tell")  # fmt: skip
    value = float(np.corrcoef(each, found.skill[honest])[0, 1])
    return Metric("pay_correlation", value, None, None, int(honest.sum()), "correlation", "higher", "measured", True,
                  "pay of one vote against true skill, of honest labelers")  # fmt: skip


def shares_of(labels: Ints, classes: list[str]) -> dict[str, float]:
    """How many items have each class."""
    known = labels[labels != UNKNOWN]
    counts = np.bincount(known, minlength=len(classes))
    return {name: float(count) for name, count in zip(classes, counts, strict=True)}


def held_against(labeling: Labeling, made: Consensus) -> Bools:
    """Items whose label says something of the consensus: of known class, neither gold nor audited, with a vote."""
    held = labeling.found.counted & (labeling.votes.per_task > 0)
    held[made.audited] = False
    return held


def quality(counted: Counted, made: Consensus, held: Bools) -> list[Metric]:
    """How good the labels are, and what they took."""
    labeling, votes, truth = counted.labeling, counted.labeling.votes, counted.labeling.found.truth
    simulated = labeling.found.simulated

    def share(key: str, labels: Ints, note: str) -> Metric:
        if not held.any():
            return Metric(key, None, None, None, 0, "share", "higher", "measured", simulated, "no truth is given")
        value, low, high = mean(labels[held] == truth[held])
        return Metric(key, value, low, high, int(held.sum()), "share", "higher", "measured", simulated, note)

    without = "gold and audited items left out"
    error = float(np.abs(counted.tally - counted.exact).max(initial=0))
    return [
        share("label_accuracy", made.labels, without),
        share("majority_accuracy", majority(votes, gold=labeling.found.gold).labels, f"of the true votes; {without}"),
        Metric("tally_error", error, n=1, unit="votes", better="lower", simulated=simulated),
        Metric("included", float(len(counted.release.sum.included)), n=1, unit="labelers", better="higher"),
        Metric("votes", float(len(votes)), n=1, unit="votes", better="lower"),
        pay_metric(counted, made),
        Metric("audits", float(len(made.audited)), n=1, unit="items", better="lower", note="by an expert, as a cost"),
    ]


def confusion(truth: Ints, labels: Ints, held: Bools, *, classes: int) -> list[list[int]]:
    """Items by true class (rows) and label (columns)."""
    rows = held & (labels != UNKNOWN)
    found = np.bincount(truth[rows].astype(np.int64) * classes + labels[rows], minlength=classes * classes)
    return [parts(row) for row in found.reshape(classes, classes)]
