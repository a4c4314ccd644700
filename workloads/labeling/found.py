"""What a labeling is about: votes on items, and what is known of them. From a simulated crowd, or from a file."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from privacy.plugin import DataError, ParamError, RunRequest, Tell
from workloads.labeling.crowds.plan import HONEST, CrowdPlan
from workloads.labeling.crowds.simulate import simulate
from workloads.labeling.images import shipped
from workloads.labeling.options import LabelingOptions
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import CLASSES, WALLET
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.csv_files import read_truth
from workloads.labeling.votes.files import open_votes
from workloads.labeling.votes.table import UNKNOWN, Votes

_GOLD = 29
"""Draws which known items of a file are gold, beside the seed."""


@dataclass(frozen=True, repr=False)
class Found:
    """Votes (private), the true classes where they are known, and those of them that are gold, int32 (tasks,).

    Of a simulated crowd `skill` (workers,) is how often an honest vote is right, and `dishonest` who is not honest.
    """

    votes: Votes
    truth: Ints
    gold: Ints
    data_hash: str
    simulated: bool
    notes: tuple[str, ...]
    skill: Floats | None = None
    dishonest: Bools | None = None
    budget: int = 1000
    """Points that labelers are paid together."""
    kept: Mapping[str, Mapping[int, Ints]] = field(default_factory=dict)
    """What labelers released before in place of these votes, by noise and worker: under the same it is sent again."""

    @property
    def counted(self) -> Bools:
        """Items whose label is held against the truth: gold says nothing of a consensus."""
        return np.asarray((self.truth != UNKNOWN) & (self.gold == UNKNOWN))

    def audit(self, tasks: Ints) -> Ints:
        """What an expert says of some items: their true class."""
        return self.truth[tasks]


def find(request: RunRequest, options: LabelingOptions, *, tell: Tell) -> Found:
    """The votes of a request. DataError or ParamError for what cannot be used."""
    if options.round and request.data:
        raise ParamError("the request names both a round and a file of votes", then="name one of them")
    if options.round:
        return _sealed(request, options)
    return _file(request, options, tell) if request.data else _made(request, options)


def _sealed(request: RunRequest, options: LabelingOptions) -> Found:
    """The votes of a round of this machine's. StateError before its seal."""
    rounds = Rounds()
    one = rounds.round(options.round)
    if one.domain.kind != CLASSES:
        raise ParamError("the votes of this round are boxes, which cannot be tallied", then="see its own page")
    cast = rounds.votes(options.round)
    who = sorted({vote.labeler for vote in cast})
    places = {labeler: i for i, labeler in enumerate(who)}
    items = rounds.items(options.round)
    votes = Votes(
        np.array([v.place for v in cast]), np.array([places[v.labeler] for v in cast]),
        np.array([v.value for v in cast]), len(items), len(who), len(one.domain.classes),
        tuple(item.image for item, _, _ in items), tuple(who), one.domain.classes,
    )  # fmt: skip
    gold = np.array([UNKNOWN if known is None else known for _, known, _ in items], dtype=np.int32)
    audited = np.array([UNKNOWN if known is None else known for _, _, known in items], dtype=np.int32)
    known = np.array([_shipped(item.image, one.domain.id) for item, _, _ in items], dtype=np.int32)
    truth = np.where(audited != UNKNOWN, audited, np.where(gold != UNKNOWN, gold, known))
    kept: dict[str, dict[int, Ints]] = {}
    for v in cast:
        for noise, value in v.released.items():
            empty = np.zeros(votes.tasks * votes.classes, dtype=np.int64)
            kept.setdefault(noise, {}).setdefault(places[v.labeler], empty)[v.place * votes.classes + value] = 1
    simulated = all(kind != WALLET for kind in rounds.kinds(who))
    note = f"Votes are those of round {options.round}, {one.title}."
    if (known != UNKNOWN).any():
        note += " The truth of shipped images is known and replaces an expert's answer."
    return Found(
        votes, truth, np.where(audited != UNKNOWN, audited, gold), data_hash(request, options), simulated, (note,),
        budget=one.terms.points, kept=kept,
    )  # fmt: skip


def _made(request: RunRequest, options: LabelingOptions) -> Found:
    if request.mapping:
        raise ParamError("a truth is given without votes", then="name the file of votes too")
    if options.redundancy > options.labelers:
        text = f"{options.redundancy} votes on each item take more than {options.labelers} labelers"
        raise ParamError(text, then="take more labelers or fewer votes")
    if options.items < 1:
        raise ParamError("a simulated crowd labels at least one item", then="set items")
    shares = {} if options.crowd == HONEST else {options.crowd: options.dishonest}
    plan = CrowdPlan(
        tasks=options.items, workers=options.labelers, classes=options.classes, votes=options.redundancy, shares=shares,
        gold=options.gold,
    )  # fmt: skip
    crowd = simulate(plan, seed=request.seed)
    liars = ~crowd.of(HONEST)
    note = f"Labelers are simulated, and {int(liars.sum())} of {options.labelers} are dishonest."
    return Found(
        crowd.votes, crowd.truth, crowd.gold, data_hash(request, options), True, (note,), crowd.skill, liars
    )  # fmt: skip


def _shipped(image: str, domain: str) -> int:
    """The class of an image that ships with its domain; UNKNOWN of any other."""
    return int(shipped.truth(image)) if image.startswith(f"{domain}-") else UNKNOWN


def _file(request: RunRequest, options: LabelingOptions, tell: Tell) -> Found:
    path = Path(request.data or "")
    votes = open_votes(path)
    notes = list(votes.notes)
    truth = np.full(votes.tasks, UNKNOWN, dtype=np.int32)
    if request.mapping:
        truth = read_truth(request.mapping, votes, every_class=False)
    if options.items and options.items < votes.tasks and options.items != _usual("items"):
        votes, truth = first(votes, truth, options.items)
        notes.append(f"Of the file's items the first {options.items:,} are used.")
    rng = np.random.default_rng([request.seed, _GOLD])
    opened = (rng.random(votes.tasks) < options.gold) & (truth != UNKNOWN)
    gold = np.where(opened, truth, UNKNOWN).astype(np.int32)
    if not request.mapping:
        notes.append("No truth is given, so there is no gold and the labels' quality is not known.")
    return Found(votes, truth, gold, data_hash(request, options), False, tuple(notes))


def _usual(name: str) -> int:
    return int(getattr(LabelingOptions(), name))


def first(votes: Votes, truth: Ints, count: int) -> tuple[Votes, Ints]:
    """The votes on the first `count` items alone, and the truth of these."""
    kept = votes.only(votes.task < count)
    names = votes.task_names[:count]
    return Votes(
        kept.task, kept.worker, kept.label, count, votes.workers, votes.classes, names, votes.worker_names,
        votes.class_names, votes.notes,
    ), truth[:count]  # fmt: skip


def data_hash(request: RunRequest, options: LabelingOptions) -> str:
    """A fingerprint of the votes: of made-up ones what they are drawn from, of one's own the files' bytes."""
    found = hashlib.sha256()
    if options.round:
        # A later audit makes other data of the same votes.
        rounds = Rounds()
        audits = [(item.place, known) for item, _, known in rounds.items(options.round) if known is not None]
        found.update(repr((rounds.round(options.round).seal, audits)).encode())
        return found.hexdigest()
    if not request.data:
        drawn = (request.seed, options.labelers, options.items, options.redundancy, options.crowd, options.dishonest,
                 options.classes, options.gold)  # fmt: skip
        found.update(repr(("crowd 1", *drawn)).encode())
        return found.hexdigest()
    for path in filter(None, (request.data, request.mapping)):
        try:
            found.update(hashlib.sha256(Path(path).read_bytes()).digest())
        except OSError as error:
            what = f"the file cannot be read: {error.strerror}"
            raise DataError(what, where=Path(path).name, then="check the path") from None
    return found.hexdigest()
