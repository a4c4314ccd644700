"""A round simulated from qualification to consensus: what a label costs in votes and questions, and how good it is."""

from dataclasses import dataclass

import numpy as np

from workloads.labeling.consensus.expectation import normalised
from workloads.labeling.consensus.majority import majority
from workloads.labeling.consensus.weighted import weighted
from workloads.labeling.gate.qualify import Sprt
from workloads.labeling.gate.stopping import Stopping
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.table import Votes

MAJORITY, AGREEMENT, SKILLS = "majority", "agreement", "skills"
_RIGHT, _WRONG = 4.0, 2.0
_STEPS = 12
_LEAST_LABELERS = 3


@dataclass(frozen=True)
class FixedGate:
    """So many questions, and that share of them right."""

    questions: int = 10
    share: float = 0.6


@dataclass(frozen=True)
class Policy:
    """Who may label, and when a task has votes enough: a gate, then constant `votes` or adaptive `stopping`.

    `consensus` says how votes are put together: by majority, agreement weights, or skills from gold and from votes.
    """

    gate: FixedGate | Sprt | None
    consensus: str
    votes: int = 5
    stopping: Stopping | None = None


@dataclass(frozen=True)
class Scene:
    """Whom a policy meets: honest labelers with skills of a Beta, and a share that guesses."""

    labelers: int = 30
    tasks: int = 600
    classes: int = 5
    spammers: float = 0.3
    skill: tuple[float, float] = (6.0, 3.0)


@dataclass(frozen=True)
class Outcome:
    """What a policy came to. `tokens` are votes and questions for each task; shares are of honest and of spammers."""

    accuracy: float
    tokens: float
    questions: float
    honest_away: float
    spammers_in: float


def simulate_policy(policy: Policy, scene: Scene, *, seed: int) -> Outcome:
    """One round of a policy; the same seed draws the same labelers and tasks."""
    rng = np.random.default_rng(seed)
    spam = rng.permutation(scene.labelers) < round(scene.spammers * scene.labelers)
    skill = np.where(spam, 1 / scene.classes, rng.beta(*scene.skill, scene.labelers))
    truth = rng.integers(0, scene.classes, scene.tasks)
    right, seen, let_in = _qualified(policy.gate, skill, rng)
    if let_in.sum() < _LEAST_LABELERS:
        let_in[np.argsort(-right / np.maximum(seen, 1), kind="stable")[:_LEAST_LABELERS]] = True
    most = policy.stopping.most if policy.stopping else policy.votes
    # Every labeler's answer to every task, and an order of labelers for each, drawn at once: rounds only look up.
    errs = rng.random((scene.tasks, scene.labelers)) >= skill
    answers = (truth[:, None] + errs * rng.integers(1, scene.classes, errs.shape)) % scene.classes
    keys = np.where(let_in, rng.random(errs.shape), 2.0)
    order = np.argsort(keys, axis=1)[:, : min(most, int(let_in.sum()))]
    per_task = np.zeros(scene.tasks, dtype=np.int64)
    wants = np.ones(scene.tasks, dtype=bool)
    posterior = np.full((scene.tasks, scene.classes), 1 / scene.classes)
    while (wants & (per_task < order.shape[1])).any():
        per_task[wants & (per_task < order.shape[1])] += 1
        votes = _given(order, answers, per_task, scene)
        posterior = _posterior(policy.consensus, votes, right, seen)
        wants = policy.stopping.open(posterior, per_task) if policy.stopping else per_task < policy.votes
    tokens = (per_task.sum() + seen.sum()) / scene.tasks
    return Outcome(
        float((posterior.argmax(axis=1) == truth).mean()), float(tokens), float(seen.sum() / scene.tasks),
        float((~let_in & ~spam).sum() / max((~spam).sum(), 1)), float((let_in & spam).sum() / max(spam.sum(), 1)),
    )  # fmt: skip


def _qualified(gate: FixedGate | Sprt | None, skill: Floats, rng: np.random.Generator) -> tuple[Ints, Ints, Bools]:
    """Right answers, questions, and who is let in, each (labelers,)."""
    none = np.zeros(len(skill), dtype=np.int64)
    if gate is None:
        return none, none, np.ones(len(skill), dtype=bool)
    if isinstance(gate, FixedGate):
        right = rng.binomial(gate.questions, skill)
        return right, none + gate.questions, right / gate.questions >= gate.share
    up, down = gate.step
    low, high = gate.bounds
    hits = np.cumsum(rng.random((len(skill), gate.most)) < skill[:, None], axis=1)
    asked = np.arange(1, gate.most + 1)
    evidence = hits * up + (asked - hits) * down
    ended = (evidence >= high) | (evidence <= low) | (asked == gate.most)
    last = ended.argmax(axis=1)
    every = np.arange(len(skill))
    return hits[every, last], asked[last], evidence[every, last] > 0


def _given(order: Ints, answers: Ints, per_task: Ints, scene: Scene) -> Votes:
    """The first votes of each task, so many as it has."""
    task = np.repeat(np.arange(scene.tasks), per_task)
    place = np.arange(len(task)) - np.repeat(np.cumsum(per_task) - per_task, per_task)
    worker = order[task, place]
    return Votes.of(
        task, worker, answers[task, worker], tasks=scene.tasks, workers=scene.labelers, classes=scene.classes
    )


def _posterior(consensus: str, votes: Votes, right: Ints, seen: Ints) -> Floats:
    if consensus == MAJORITY:
        return majority(votes).posterior
    if consensus == AGREEMENT:
        return weighted(votes).posterior
    others = votes.classes - 1
    skill: Floats = (right + _RIGHT) / (seen + _RIGHT + _WRONG)
    posterior = np.zeros((votes.tasks, votes.classes))
    for _ in range(_STEPS):
        p = np.clip(skill, 1e-3, 0.995)
        posterior, _ = normalised(votes.tally(np.clip(np.log(p * others / (1 - p)), 0, 4)[votes.worker]))
        hits = posterior.reshape(-1)[votes.cell]
        agreed = np.bincount(votes.worker, weights=hits, minlength=votes.workers)
        skill = (agreed + 2 * right + _RIGHT) / (votes.per_worker + 2 * seen + _RIGHT + _WRONG)
    return posterior
