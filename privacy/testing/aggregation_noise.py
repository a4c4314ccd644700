"""What the checks of randomisers do where a sum is randomised: both models of noise, and releases that are sums."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from privacy.attacks.audit_sum import audit_sum, released_sums
from privacy.boundary.party import Party
from privacy.boundary.seat import Randomness, Seat
from privacy.errors import MechanismError, VeilbenchError
from privacy.guarantees import OutputPrivacy
from privacy.primitives.aggregation import AGGREGATOR, AggregationTask, check_contribution, contributor
from privacy.randomiser import SumRandomiser
from privacy.testing.aggregation import SHARES
from privacy.testing.bench import CheckResult
from privacy.testing.case import Array
from privacy.testing.randomiser_bench import RandomiserBench, verdict

_PILOT = 40

RandomiserCheck = Callable[[RandomiserBench], CheckResult]


def in_both_models(check: RandomiserCheck) -> RandomiserCheck:
    """A check that looks at both models where a sum is randomised: central and distributed noise, at half the level."""

    @wraps(check)
    def both(bench: RandomiserBench) -> CheckResult:
        if not isinstance(bench.task, AggregationTask):
            return check(bench)
        results = []
        for model, shares in (("central", 0), ("distributed", SHARES)):
            case = replace(bench.case, task=replace(bench.task, noise_shares=shares))
            part = replace(bench, case=case, alpha=bench.alpha / 2, seconds=bench.seconds / 2, plays=bench.plays // 2)
            results.append((model, check(part)))
        verdicts = {r.passed for _, r in results}
        passed = False if False in verdicts else (True if True in verdicts else None)
        detail = "; ".join(f"{model} noise: {r.detail}" for model, r in results)
        return replace(results[0][1], passed=passed, detail=detail)

    return both


def summing(bench: RandomiserBench) -> SumRandomiser:
    """A fresh randomiser of sums; MechanismError for one that is of another kind."""
    made = bench.randomiser()
    if not isinstance(made, SumRandomiser):
        raise MechanismError(f"{type(made).__name__} randomises an aggregation and is no SumRandomiser")
    return made


def sums(bench: RandomiserBench, randomiser: SumRandomiser, client: Array | None, *, count: int) -> Array:
    """`count` released sums, int64 (count, length): what one client adds, and no more noise than is counted on.

    Everybody else holds zeros. Without the client: it is absent where the aggregator adds the noise, and holds zeros,
    with its share of noise, where contributors do.
    """
    task = bench.task
    zeros = np.zeros(task.length, dtype=np.int64)
    vectors: dict[Party, Array] = dict.fromkeys(task.roster[: task.noise_shares or 2], zeros)
    if client is not None:
        vectors[contributor(1)] = client
    elif not task.noise_shares:
        del vectors[contributor(1)]
    return released_sums(randomiser, task, vectors, count=count)


def audit_sums(bench: RandomiserBench) -> CheckResult:
    """The two-input game on released sums: with and without one client."""
    title = "audited epsilon at or under the declared"
    randomiser = summing(bench)
    bound, cost = randomiser.output_for("collector", bench.task), randomiser.cost(bench.task)
    if bound is None:
        return CheckResult("audit", title, False, "nothing is claimed towards the collector")
    client, pace = _most_telling(bench, randomiser)
    plays = max(500, int(min(bench.plays, bench.seconds / max(pace, 1e-9))))
    found = audit_sum(
        lambda count: sums(bench, randomiser, None, count=count),
        lambda count: sums(bench, randomiser, client, count=count),
        plays=plays,
        delta=bound.delta,
        confidence=1 - bench.alpha,
        declared=bound.epsilon,
        declared_rho=cost.rho if np.isfinite(cost.rho) and cost.rho > 0 else None,
        directions=[client],
        seed=bench.seed or 0,
    )
    gaussian = "gauss" in bound.accountant.lower()
    caught = found.refuted if gaussian else found.free_refutes
    if not caught and bench.brief and audit_reach(plays, alpha=bench.alpha) <= bound.epsilon:
        return CheckResult("audit", title, None, f"too few to tell: {found.sentence()}")
    return CheckResult("audit", title, not caught, found.sentence())


def audit_reach(plays: int, *, alpha: float) -> float:
    """The largest epsilon that an audit of so many releases could show, if no release of one input were the other's.

    Clopper and Pearson's bounds for all and for none of the releases that are not in its pilot.
    """
    tests = max(1.0, 0.75 * plays / 2)
    low = (alpha / 2) ** (1 / tests)
    return float(np.log(low / (1 - low))) if low < 1 else float("inf")


def _most_telling(bench: RandomiserBench, randomiser: SumRandomiser) -> tuple[Array, float]:
    """The client's vector, of those at the ends of the range, that moves sums furthest; seconds for one sum."""
    count = max(8, bench.plays // _PILOT // len(bench.case.extremes))
    # What is imported and worked out once is no part of the pace.
    sums(bench, randomiser, None, count=1)
    start = time.perf_counter()
    without = sums(bench, randomiser, None, count=count).astype(np.float64)
    apart = []
    for client in bench.case.extremes:
        moved = sums(bench, randomiser, client, count=count).mean(axis=0) - without.mean(axis=0)
        # Along its own direction, in which noise does not add up over entries.
        length = float(np.linalg.norm(client))
        apart.append(abs(float(moved @ client)) / length if length else 0.0)
    pace = (time.perf_counter() - start) / (count * (len(bench.case.extremes) + 1))
    return bench.case.extremes[int(np.argmax(apart))], pace


def bound_faults(bench: RandomiserBench, *, each: int) -> tuple[list[str], int]:
    """What is wrong with what contributors and the aggregator release, and how many releases were looked at."""
    randomiser, seat, found, count = summing(bench), bench.seat(), [], 0
    carried = randomiser.carried(bench.task)
    if replace(carried, bound=bench.task.bound) != bench.task:
        found.append("the carried task differs from the task in more than its bound")
    central, aggregator = randomiser.central(bench.task), Seat(AGGREGATOR, bench.task)
    for value in bench.inputs(each):
        for _ in range(each):
            released, count = randomiser.randomise(value, seat), count + 1
            try:
                vector = check_contribution(carried, seat.party, released)
            except VeilbenchError as error:
                found.append(str(error))
                continue
            total = vector if central is None else np.asarray(central.add(vector, aggregator))
            if total.shape != vector.shape or total.dtype != np.int64:
                found.append(f"a noised sum is {total.dtype} {total.shape}, not int64 {vector.shape}")
    return list(dict.fromkeys(found))[:4], count


def seeded_release(bench: RandomiserBench, random: Randomness) -> object:
    """One noised value from a seat with this source of randomness: the contributor's, or the aggregator's."""
    randomiser = summing(bench)
    central = randomiser.central(bench.task)
    if central is None:
        return randomiser.randomise(bench.case.x0, bench.seat(random))
    return central.add(bench.case.x0, Seat(AGGREGATOR, bench.task, random=random))


def check_observers(bench: RandomiserBench) -> CheckResult:
    """Who adds the noise and who is told what: one bound for each observer, none towards who reads the vectors."""
    title = "a bound for each observer, none for who reads the vectors"
    if not isinstance(bench.task, AggregationTask):
        return _on_the_device(bench, title)
    randomiser, task = summing(bench), bench.task
    central = randomiser.central(task)
    found = []
    if (central is None) != bool(task.noise_shares):
        found.append("the aggregator adds noise where contributors do" if central else "nobody adds the noise")
    if not task.noise_shares and randomiser.output_for(AGGREGATOR.role, task) is not None:
        found.append("a bound is claimed towards the aggregator, who reads every vector")
    bound = randomiser.output_for("collector", task)
    if bound is None:
        found.append("no bound is claimed towards the collector")
    else:
        found += _incomplete(bound) + _unlike(bound, randomiser.output(task), task)
    return verdict("observers", title, found, f"epsilon {bound.epsilon if bound else 0:g} towards the collector")


def _on_the_device(bench: RandomiserBench, title: str) -> CheckResult:
    """A value that one client randomises is a release of that client alone, whoever else there is."""
    bound = bench.randomiser().output(bench.task)
    found = [] if bound.model == "local" else [f"it randomises on the device, and its model is {bound.model!r}"]
    return verdict("observers", title, found, f"epsilon {bound.epsilon:g} for one {bound.unit}, in the local model")


def _incomplete(bound: OutputPrivacy) -> list[str]:
    words: dict[str, Any] = {w: getattr(bound, w) for w in ("unit", "neighbours", "model", "accountant")}
    return [f"its {word} is not named" for word, text in words.items() if not str(text).strip()]


def _unlike(bound: OutputPrivacy, widest: OutputPrivacy, task: AggregationTask) -> list[str]:
    """The collector is told who took part: its bound is never the better one; and it names the model of the noise."""
    found = [] if bound.epsilon >= widest.epsilon else ["the collector has a better bound than the public"]
    model = "distributed" if task.noise_shares else "central"
    return found if bound.model == model else [*found, f"its model is {bound.model!r}, not {model!r}"]
