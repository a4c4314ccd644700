"""The check of a randomiser's other parameters and other tasks: its claims hold for each of them, not for one alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from privacy.attacks.audit import audit_randomiser
from privacy.attacks.audit_sum import audit_sum, released_sums
from privacy.errors import VeilbenchError
from privacy.primitives.aggregation import AggregationTask, contributor
from privacy.randomiser import SumRandomiser
from privacy.testing.aggregation import votes_case
from privacy.testing.aggregation_noise import audit_reach, audit_sums, check_observers
from privacy.testing.bench import TOO_FEW, CheckResult
from privacy.testing.case import Case
from privacy.testing.checks.cost import check_cost
from privacy.testing.other_params import other_params
from privacy.testing.randomiser_bench import RandomiserBench, randomised_case, scored_topics, verdict
from privacy.testing.sum_law import check_noise

_PLAYS, _SUMS, _BRIEF = 6000, 1600, 600
"""Releases of an audit: of one client's value, of sums, which take longer, and in a quick look."""
_STATISTICAL = 4
"""Results of one setting that rest on chance, at most: an audit, and the noise in two models."""
_TOPICS = (2, 24)
_SHARES = 3
_SUM_ALONE = ("clip", "rounds", "sampling", "population", "colluders")
"""Parameters of sums of vectors by the names that they usually have: votes are not tried with them."""

Check = Callable[[RandomiserBench], CheckResult]


def check_settings(bench: RandomiserBench) -> CheckResult:
    """With every other choice of a parameter, at both ends of every number, and for other tasks the claims hold.

    Each has its cost held against its bound, its bounds for each observer, a shorter audit, and the law of its noise
    where that is declared. A setting that is refused claims nothing.
    """
    title = "the same with other parameters and for other tasks"
    settings, found, refused = dict(_settings(bench)), list[str](), list[str]()
    alpha, short = bench.alpha / max(1, _STATISTICAL * len(settings)), 0
    for name, (params, case, checks) in settings.items():
        usual = _SUMS if isinstance(bench.task, AggregationTask) else _PLAYS
        plays = min(bench.plays, _BRIEF if bench.brief else usual)
        one = replace(bench, params=params, case=case, alpha=alpha, plays=plays, brief=True)
        try:
            bound = one.randomiser().output(one.task)
        except VeilbenchError:
            refused.append(name)
            continue
        results = [check(one) for check in checks]
        found += [f"{name}: {r.detail}" for r in results if r.passed is False]
        short += audit_reach(plays, alpha=alpha) <= bound.epsilon
    told = f"{len(settings) - len(refused)} of {len(settings)} settings: {', '.join(settings)}"
    told += f"; refused: {', '.join(refused)}" if refused else ""
    told += f"; {short} audits are too short to tell of their epsilon" if short else ""
    if not found and short == len(settings) - len(refused):
        return CheckResult("settings", title, None, f"{TOO_FEW}{told}")
    return verdict("settings", title, found[:4], told)


def _settings(bench: RandomiserBench) -> Iterator[tuple[str, tuple[Any, Case, tuple[Check, ...]]]]:
    """Each other setting by name: parameters, case, and the checks that are made with it."""
    sums = isinstance(bench.task, AggregationTask)
    primitive = bench.case.primitive
    usual: tuple[Check, ...] = (_sums, check_cost) if sums else (_audited, check_cost, check_observers)
    for name, params in other_params(bench.params, primitive):
        yield name, (params, bench.case, usual)
        if sums and not name.startswith(_SUM_ALONE):
            yield f"{name}, votes", (params, votes_case(), (_votes, check_cost))
    if sums:
        yield "votes", (bench.params, votes_case(), (_votes, check_cost))
        return
    for topics in _TOPICS:
        yield f"{topics} topics", (bench.params, scored_topics(randomised_case(primitive), topics), usual)


def _audited(bench: RandomiserBench) -> CheckResult:
    """The audit of one client's value."""
    found = audit_randomiser(
        bench.randomiser(), bench.task, plays=bench.plays, confidence=1 - bench.alpha, seconds=float("inf"),
        seed=bench.seed or 0,
    )  # fmt: skip
    text = f"epsilon is at least {found.lower:.2f}, {found.declared or 0:g} declared"
    return CheckResult("settings", "", not found.refuted, text)


def _sums(bench: RandomiserBench) -> CheckResult:
    """The audit of a sum, who is told what, and the law of its noise, in both models."""
    found = []
    for shares in (0, _SHARES):
        part = replace(bench, case=replace(bench.case, task=replace(bench.task, noise_shares=shares)))
        try:
            results = [check(part) for check in (check_observers, check_noise, audit_sums)]
        except VeilbenchError:
            continue
        found += [r.detail for r in results if r.passed is False]
    return CheckResult("settings", "", not found, "; ".join(found))


def _votes(bench: RandomiserBench) -> CheckResult:
    """The audit of counted votes: one vote against another, where all others cast none."""
    randomiser, task = bench.randomiser(), bench.task
    if not isinstance(randomiser, SumRandomiser):
        return CheckResult("settings", "", None, "")
    bound = randomiser.output_for("collector", task)
    if bound is None:
        return CheckResult("settings", "", False, "nothing is claimed towards the collector")
    zeros = np.zeros(task.length, dtype=np.int64)
    roster = dict.fromkeys(task.roster, zeros)

    def counts(vote: Any) -> Any:
        return lambda count: released_sums(randomiser, task, roster | {contributor(1): vote}, count=count)

    # Whose neighbours are those with and without a client is not held to another vote of hers.
    other = bench.case.x1 if "replace" in bound.neighbours else zeros
    found = audit_sum(
        counts(bench.case.x0), counts(other), plays=bench.plays, delta=bound.delta, confidence=1 - bench.alpha,
        declared=bound.epsilon, directions=[other - bench.case.x0], seed=bench.seed or 0,
    )  # fmt: skip
    return CheckResult("settings", "", not found.free_refutes, found.sentence())
