"""The round: every labeler's votes end to end as one contribution, and what a sum of them is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from privacy.plugin import ParamError, Party, Release, Seats, Shape, Stack, SumService, contributor
from privacy.plugin.running import Ints, reads_vectors, silent
from workloads.labeling.consensus.gate import on_gold
from workloads.labeling.consensus.levels import FEWEST, LEVELS, levels_from
from workloads.labeling.consensus.names import SINGLE
from workloads.labeling.found import Found
from workloads.labeling.options import LabelingOptions
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.votes.table import Votes

MOST_ENTRIES = 200_000_000
"""Entries of all contributions together that one machine holds."""
_SILENT = 31


@dataclass(frozen=True, repr=False)
class Labeling:
    """A request, read: its options, the votes (private) and what is known of them, and the stack.

    `single` says that whoever counts reads single votes, `weights` (workers,) what each labeler's votes count.
    """

    options: LabelingOptions
    found: Found
    stack: Stack
    single: bool
    weights: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def votes(self) -> Votes:
        return self.found.votes

    @property
    def shape(self) -> Shape:
        """Votes on all items, one after the other."""
        return shape_of(self.votes, self.weights)


def shape_of(votes: Votes, weights: tuple[int, ...] = ()) -> Shape:
    """The vectors of a sum of these votes."""
    return Shape(votes.tasks * votes.classes, 1, 1.0, one_hot=votes.classes, weights=weights)


def read(options: LabelingOptions, found: Found, stack: Stack) -> Labeling:
    """Put the options to the votes. ParamError for a consensus that the stack does not allow."""
    votes = found.votes
    if votes.workers < max(2, options.minimum):
        text = f"{votes.workers} labelers are fewer than the {max(2, options.minimum)} of a tally that is released"
        raise ParamError(text, then="lower minimum, or take more labelers")
    if votes.workers * votes.tasks * votes.classes > MOST_ENTRIES:
        text = f"{votes.tasks:,} items for {votes.workers:,} labelers are more than one machine holds here"
        raise ParamError(text, then="take fewer items, by the option items")
    weights: tuple[int, ...] = ()
    notes = list(found.notes)
    if options.weighted:
        weights = weights_of(found, least=int(votes.per_task.min()) if votes.tasks else 0)
        notes.append(f"{weights.count(LEVELS[1])} of {votes.workers} labelers count twice, by opened gold.")
    single = reads_single(stack, shape_of(votes), contributors=votes.workers)
    if options.consensus in SINGLE and not single:
        raise ParamError(
            f"the consensus {options.consensus} needs single votes, and this stack shows only tallies",
            then="choose majority or automatic, or a stack whose aggregator reads votes",
        )
    return Labeling(options, found, stack, single, weights, tuple(notes))


def weights_of(found: Found, *, least: int) -> tuple[int, ...]:
    """Two whole weights, from opened gold. ParamError where an item has too few votes to hide any behind weights."""
    if least < FEWEST:
        raise ParamError(
            f"weights on {least} votes would give most of them away",
            then=f"take at least {FEWEST} votes on each item, or weigh all alike",
        )
    return tuple(int(level) for level in levels_from(*on_gold(found.votes, found.gold)))


def reads_single(stack: Stack, shape: Shape, *, contributors: int) -> bool:
    """Whether whoever makes the consensus reads single votes, be they randomised on the device."""
    if not reads_vectors(stack, shape, contributors=contributors):
        return False
    return stack.randomiser is None or str(getattr(stack.release_params, "sum_noise", "krr")) in ("automatic", "krr")


@dataclass(frozen=True, repr=False)
class Counted:
    """A tally as it was released: int64 (tasks, classes), weighted, and the votes that whoever counts read, if any.

    `exact` is the plain tally of the included.
    """

    labeling: Labeling
    service: SumService
    vectors: Mapping[Party, Ints]
    release: Release
    tally: Ints
    exact: Ints
    read: Votes | None


def ballots(votes: Votes) -> dict[Party, Ints]:
    """Runs on each labeler: its votes end to end, int64 (tasks * classes,)."""
    found = np.zeros((votes.workers, votes.tasks * votes.classes), dtype=np.int64)
    found[votes.worker, votes.cell] = 1
    return {contributor(i + 1): found[i] for i in range(votes.workers)}


def count(labeling: Labeling, seats: Seats, *, seed: int) -> Counted:
    """Count all votes. ProtocolAborted where too few labelers stay, BudgetError before any noise."""
    votes, options = labeling.votes, labeling.options
    service = replace(seats, stack=labeling.stack).sums(
        labeling.shape, contributors=votes.workers, minimum=options.minimum
    )
    service.publish(seats.channel)
    vectors = ballots(votes)
    rounds = service.mechanism.rounds(service.carried) - 1
    gone = silent(vectors, share=options.dropouts, rounds=rounds, seed=(seed, _SILENT))
    kept = labeling.found.kept.get(noise_of(labeling.stack), {}) if service.repeats else {}
    again = {contributor(i + 1): sheet for i, sheet in kept.items()}
    release = service.release(vectors, seats.channel, silent=gone, before=again)
    if service.repeats and options.round:
        keep(labeling, release)
    shape = (votes.tasks, votes.classes)
    exact = np.zeros(votes.tasks * votes.classes, dtype=np.int64)
    for index in release.sum.included:
        exact += vectors[contributor(index)] * (labeling.weights[index - 1] if labeling.weights else 1)
    read_ = votes_in(release, votes) if labeling.single else None
    service.close()
    return Counted(labeling, service, vectors, release, release.sum.total.reshape(shape), exact.reshape(shape), read_)


def noise_of(stack: Stack) -> str:
    """What randomises a vote, as text: what one noise released stands for no other's claim."""
    return f"{stack.randomiser.id if stack.randomiser else ''} {json.dumps(vars(stack.release_params), sort_keys=True)}"


def keep(labeling: Labeling, release: Release) -> None:
    """Runs on each labeler of a round: keep what was released in place of its votes, to send it again."""
    votes = labeling.votes
    found = {}
    for place, worker in zip(votes.task.tolist(), votes.worker.tolist(), strict=True):
        sheet = release.sent[contributor(worker + 1)].reshape(votes.tasks, votes.classes)
        found[place, votes.name_of_worker(worker)] = int(sheet[place].argmax())
    Rounds().keep_released(labeling.options.round, noise_of(labeling.stack), found)


def votes_in(release: Release, votes: Votes) -> Votes:
    """Runs on an aggregator that reads contributions: the votes in what it received, of those in the sum."""
    found: list[tuple[Ints, Ints, Ints]] = []
    for index in release.sum.included:
        task, label = np.nonzero(release.sent[contributor(index)].reshape(votes.tasks, votes.classes))
        found.append((task, np.full(len(task), index - 1), label))
    task, worker, label = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return replace(votes, task=task, worker=worker, label=label)
