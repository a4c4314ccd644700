"""Hierarchical Dawid-Skene: error rates of each worker, drawn towards the worker's one skill and the crowd's errors.

A worker with few votes is judged by one number and by what the whole crowd confuses; one with many by the own error
rates. How hard all are drawn is found from the votes: by how well what is left of a task predicts each of its votes.
A vote never speaks for its own worker: each is weighed by what the worker did elsewhere. Otherwise, where votes are
few, a crowd talks itself into whatever class it began with. Trust multiplies what a vote says, so that a crowd cannot
lend weight to whom gold does not.

Source: Asuncion, Welling, Smyth and Teh 2009, "On smoothing and inference for topic models" (CVB0), for the inference.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from workloads.labeling.consensus.expectation import Design, normalised, shares
from workloads.labeling.consensus.gate import trust_from
from workloads.labeling.consensus.result import Consensus, finished, pinned
from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Gold, Votes, as_gold

KAPPAS = (300.0, 30.0, 8.0, 1.0)
"""Votes that the prior of a worker's error rates is worth, for each true class; which of these is found."""
_STRENGTH = (6.0, 100.0)
"""Votes that the prior of a worker's skill is worth, at least and at most; how many is found."""
_CROWD = 20.0
"""Errors of each kind that the crowd's pattern begins with."""
_GOLD = 3.0
"""What a vote on gold counts for a worker's error rates: its truth is known."""
_HARD, _HARD_WORTH, _LEFT = 0.2, 20.0, 0.4
"""The share of tasks that are hard, to begin with; the tasks that this is worth; and what is left of a skill there."""
_DOUBT, _DOUBT_MOST = 12.0, 3.0
"""Votes for each class at which a worker's errors are known as well as the shares of votes say how common classes are;
and the most that these shares count, in tables of tasks."""
_SETTLING, _CHOOSING = 3, 10
"""Steps in which the prior's worth may change."""
_MARGIN, _RICH, _MANY = 0.2, 5.0, 5
"""How much better a weaker prior must predict, as a log-likelihood for each error rate, as it fits noise as well; and
the votes for each error rate, and on each task, from which it need not, and the search begins with a weak one."""

Single = np.ndarray[Any, np.dtype[np.float32]]


def hierarchical(
    votes: Votes,
    *,
    gold: Gold = None,
    trust: Floats | None = None,
    kappas: tuple[float, ...] = KAPPAS,
    most: int = 40,
    tolerance: float = 1e-4,
) -> Consensus:
    """The most probable class; tasks of known class stay what they are.

    `trust` (workers,) is that of the gold gate unless it is given. Ends after `most` steps, or where the mean posterior
    moves by less than `tolerance`.
    """
    known = as_gold(votes, gold)
    trusted = trust_from(votes, known) if trust is None else trust
    # Never nothing, so that votes of the distrusted alone still decide their task.
    easy = pinned(shares(votes, trusted[votes.worker] + 1e-9), known)
    begun = easy.sum(axis=0) * _doubt(votes)
    state = np.concatenate((easy * (1 - _HARD), easy * _HARD), axis=1)
    every = _Every(votes, known, trusted)
    # The weakest prior is for tables that are rich alone: with few votes of a task it predicts well and decides badly.
    kappas = kappas if every.rich or len(kappas) < 2 else kappas[:-1]
    kappa, steps, skill = kappas[-2 if every.rich and len(kappas) > 1 else 0], 0, np.zeros(votes.workers)
    last: Single | None = None
    while steps < most:
        elsewhere, skill = every.elsewhere(state)
        if last is not None and len(kappas) > 1 and _SETTLING <= steps <= _CHOOSING:
            kappa = every.best(elsewhere, state, last, kappas)
        rates = elsewhere.rates(kappa)
        np.log(rates, out=rates)
        rates *= every.trust
        new = _pinned(normalised(every.support(rates) + _prior(state, begun))[0], known)
        moved = float(np.abs(new - state).mean())
        state, last = new, rates
        steps += 1
        if moved < tolerance:
            break
    posterior = state[:, : votes.classes] + state[:, votes.classes :]
    return Consensus(finished(votes, posterior, known), posterior, skill, trusted, steps=steps)


def _doubt(votes: Votes) -> float:
    """What the shares of votes count for how common classes are, beside what is found of tasks.

    Much where workers gave few votes for each class: their errors are hardly known, and how common classes are would
    be read out of itself.
    """
    each = len(votes) / max(int((votes.per_worker > 0).sum()), 1)
    return min(_DOUBT_MOST, _DOUBT * votes.classes / max(each, 1.0))


def _prior(state: Floats, begun: Floats) -> Floats:
    """The log-prior of each class, easy and hard, from all other tasks: (tasks, 2 classes)."""
    tasks, both = state.shape
    classes = both // 2
    each = state[:, :classes] + state[:, classes:]
    hard = state[:, classes:].sum(axis=1)
    share = (hard.sum() - hard + _HARD * _HARD_WORTH) / (tasks - 1 + _HARD_WORTH)
    common = np.log(each.sum(axis=0) - each + 1 + begun)
    return np.concatenate((common + np.log(1 - share)[:, None], common + np.log(share)[:, None]), axis=1)


def _pinned(state: Floats, known: Ints) -> Floats:
    """The state with tasks of known class at that class, easy or hard as the votes say, in place."""
    classes = state.shape[1] // 2
    places = np.flatnonzero(known != UNKNOWN)
    column = known[places]
    easy, hard = state[places, column], state[places, column + classes]
    total = np.maximum(easy + hard, 1e-300)
    state[places] = 0.0
    state[places, column] = easy / total
    state[places, column + classes] = 1 - easy / total
    return state


@dataclass(frozen=True, eq=False)
class _Elsewhere:
    """What is known of each vote's worker from all other tasks, for each true class: float32 (n, classes)."""

    said: Single
    seen: Single
    prior: Single

    def rates(self, kappa: float) -> Single:
        """The chance of the vote under each true class of an easy task and of a hard one: float32 (n, 2 classes)."""
        easy = self.said + np.float32(kappa) * self.prior
        easy /= self.seen + np.float32(kappa)
        hard = easy * np.float32(_LEFT)
        hard += np.float32((1 - _LEFT) / easy.shape[1])
        return np.concatenate((easy, hard), axis=1)


class _Every:
    """What stays the same of a table of votes while its consensus is found."""

    def __init__(self, votes: Votes, known: Ints, trust: Floats) -> None:
        self.votes, self._design, self._workers_trust = votes, Design(votes), trust
        self._pair = votes.worker.astype(np.int64) * votes.classes + votes.label
        self._worth = np.where(known != UNKNOWN, _GOLD, 1.0)[:, None]
        self._counts_for = self._worth[votes.task].astype(np.float32)
        self._open = known[votes.task] == UNKNOWN
        there = int((votes.per_worker > 0).sum())
        each = there * votes.classes * (votes.classes - 1) / max(len(votes), 1)
        self.rich = each * _RICH < 1 and len(votes) >= _MANY * votes.tasks
        self._margin = 0.0 if self.rich else _MARGIN * each
        self.trust = trust[votes.worker, None].astype(np.float32)
        start = np.concatenate(([0], np.cumsum(votes.per_task)))
        order = np.argsort(votes.task, kind="stable")
        ones = np.ones(len(votes), dtype=np.float32)
        self._sum: Any = sparse.csr_matrix((ones, order, start), shape=(votes.tasks, len(votes)))

    def support(self, logs: Single) -> Floats:
        """The sum over the votes of each task, float64 (tasks, classes)."""
        return np.asarray(self._sum @ logs, dtype=np.float64)

    def elsewhere(self, state: Floats) -> tuple[_Elsewhere, Floats]:
        """What is known of each vote's worker elsewhere, and the skills of workers, (workers,)."""
        votes, classes = self.votes, np.arange(self.votes.classes)
        posterior = state[:, : votes.classes] + _LEFT * state[:, votes.classes :]
        counts = self._design.counts(posterior * self._worth)
        right, given = counts[:, classes, classes].sum(axis=1), counts.sum(axis=(1, 2))
        a, b = self._skills(right, given)
        own = posterior.astype(np.float32)[votes.task] * self._counts_for
        said = counts.astype(np.float32).reshape(-1, votes.classes)[self._pair]
        said -= own
        seen = counts.sum(axis=1).astype(np.float32)[votes.worker]
        seen -= own
        np.maximum(said, 0, out=said)
        np.maximum(seen, 0, out=seen)
        mine = posterior.reshape(-1)[votes.cell] * self._counts_for[:, 0]
        skill = (right[votes.worker] - mine + a) / (np.maximum(given[votes.worker] - own.sum(axis=1), 0) + a + b)
        prior = self._pattern(counts).astype(np.float32)[votes.label]
        prior *= (1 - skill).astype(np.float32)[:, None]
        prior[np.arange(len(votes)), votes.label] = skill
        return _Elsewhere(said, seen, prior), (right + a) / (given + a + b)

    def best(self, elsewhere: _Elsewhere, state: Floats, last: Single, kappas: tuple[float, ...]) -> float:
        """The worth of the prior under which what is left of a task best predicts each of its votes."""
        rest = state.astype(np.float32)[self.votes.task]
        rest /= np.exp(last)
        rest /= rest.sum(axis=1, keepdims=True)

        def score(kappa: float) -> float:
            said = np.einsum("ij,ij->i", rest, elsewhere.rates(kappa))
            logs = np.log(np.maximum(said, 1e-30)) * self.trust[:, 0]
            return float(logs[self._open].mean()) - (self._margin if kappa < kappas[0] else 0.0)

        return max(kappas, key=score) if self._open.any() else kappas[0]

    def _skills(self, right: Floats, given: Floats) -> tuple[float, float]:
        """The Beta of skills: its mean, and how far workers differ beyond chance (method of moments)."""
        there = given > 0
        n, weight = given[there], self._workers_trust[there]
        if not len(n):
            return 4.0, 2.0
        total = float((weight * n).sum())
        mean = float((weight * right[there]).sum()) / total
        spread = float((weight * n * (right[there] / n - mean) ** 2).sum())
        chance = (float(weight.sum()) - 1) * mean * (1 - mean)
        worth = total - float((weight * n**2).sum()) / total
        between = min(max((spread - chance) / max(worth, 1.0), 1e-6), mean * (1 - mean) / 2)
        low, high = _STRENGTH
        strength = float(np.clip(mean * (1 - mean) / max(between, 1e-9) - 1, low, high))
        centre = float(np.clip(mean, 1 / self.votes.classes + 0.1, 0.9))
        return centre * strength, (1 - centre) * strength

    def _pattern(self, counts: Floats) -> Floats:
        """What the crowd says when it is wrong, (reported, true), columns of which sum to one."""
        classes = np.arange(self.votes.classes)
        pooled = np.tensordot(self._workers_trust, counts, axes=1) + _CROWD
        pooled[classes, classes] = 0
        return np.asarray(pooled / pooled.sum(axis=0, keepdims=True), dtype=np.float64)
