"""Checks of what a randomiser claims, spends and lets through: one function for each property.

As everywhere in the kit, `None` means that a check does not apply, with the reason. Four checks rest on chance: they
accuse an honest randomiser with probability `alpha` at most. A passing audit is weak evidence: Laplace noise of half
the size is not noticed, and with an epsilon beyond about 8 no bug is.
"""

from collections.abc import Callable

import numpy as np

from privacy.attacks.audit import AuditResult, audit_randomiser, releases
from privacy.attacks.float_leak import float_leak, is_float
from privacy.errors import VeilbenchError
from privacy.primitives.aggregation import AggregationTask
from privacy.primitives.scoring import ScoringTask, check_vector
from privacy.services.accounting import MICRO, price_of
from privacy.testing.aggregation_noise import (
    audit_reach,
    audit_sums,
    bound_faults,
    check_observers,
    in_both_models,
    seeded_release,
    summing,
    sums,
)
from privacy.testing.bench import CheckResult
from privacy.testing.case import Array
from privacy.testing.checks.cost import check_cost, check_monotone
from privacy.testing.checks.settings import check_settings
from privacy.testing.randomiser_bench import RandomiserBench, verdict
from privacy.testing.seeds import global_seeds
from privacy.testing.sum_law import check_noise

_RELEASES = 200
_EACH = 10
_FLOAT_PLAYS = 4000


def check_audit(bench: RandomiserBench) -> CheckResult:
    """The audited lower bounds of epsilon and rho lie at or under what is declared."""
    title = "audited epsilon at or under the declared"
    if isinstance(bench.task, AggregationTask):
        return audit_sums(bench)
    randomiser = bench.randomiser()
    price = price_of(randomiser.cost(bench.task))
    result = audit_randomiser(
        randomiser,
        bench.task,
        plays=bench.plays,
        confidence=1 - bench.alpha,
        seconds=bench.seconds,
        seed=bench.seed or 0,
    )
    found = [f"it is above the declared {result.declared:g}"] if result.refuted else []
    if price.epsilon is not None and result.pure_lower > price.epsilon / MICRO:
        found.append(f"epsilon {result.pure_lower:.2f} is spent without delta, {price.epsilon / MICRO:g} charged")
    if result.rho_lower > price.rho / MICRO:
        found.append(f"rho {result.rho_lower:.3f} is spent, {price.rho / MICRO:g} charged")
    if not found and bench.brief and audit_reach(result.n, alpha=bench.alpha) <= randomiser.output(bench.task).epsilon:
        return CheckResult("audit", title, None, f"too few to tell: {_sentence(result)}")
    return verdict("audit", title, [_sentence(result), *found] if found else [], _sentence(result))


def _sentence(r: AuditResult) -> str:
    return (
        f"epsilon is at least {r.lower:.2f} ({r.n} releases, {r.event}, false alarm {1 - r.confidence:.0e}); "
        f"{r.declared:g} is declared"
    )


def check_float(bench: RandomiserBench) -> CheckResult:
    """The low-order bits of a float release tell two inputs apart no better than epsilon allows."""
    title = "no trace of floating-point noise"
    randomiser, seat = bench.randomiser(), bench.seat()
    if not is_float(randomiser.randomise(bench.case.x0, seat)):
        return CheckResult("float", title, None, "releases are whole numbers, which have no low-order bits")
    bound = randomiser.output(bench.task)
    count = max(200, min(_FLOAT_PLAYS, bench.plays) // 4)
    pairs = [(bench.case.x0, x) for x in (bench.case.x1, np.zeros_like(bench.case.x0))]
    results = []
    for pair in pairs:
        sides = [releases(randomiser, value, seat, count=count) for value in pair]
        results.append(
            float_leak(
                sides[0],
                sides[1],
                pair[0],
                pair[1],
                delta=bound.delta,
                confidence=1 - bench.alpha / len(pairs),
                seed=bench.seed or 0,
                declared=bound.epsilon,
            )
        )
    worst = max(results, key=lambda r: r.lower)
    text = f"low-order bits alone show that {_sentence(worst)}"
    return CheckResult("float", title, not worst.refuted, text)


def check_input(bench: RandomiserBench) -> CheckResult:
    """A bad value (NaN, infinity, a wrong shape or type, out of bounds) is refused with a typed error."""
    title = "bad values refused with a typed error"
    randomiser, seat, found = bench.randomiser(), bench.seat(), []
    for name, value in bench.case.bad.items():
        fault = _fault(lambda v=value: randomiser.randomise(v, seat))  # type: ignore[misc]
        found += [f"{name}: {fault or 'released'}"] if fault != "refused" else []
    for i, value in enumerate(bench.case.edges, start=1):
        fault = _fault(lambda v=value: randomiser.randomise(v, seat))  # type: ignore[misc]
        found += [f"admitted edge {i}: {fault}"] if fault not in ("", "refused") else []
    fine = f"{len(bench.case.bad)} bad values refused; {len(bench.case.edges)} admitted edges released or refused"
    return verdict("input", title, found, fine)


def _fault(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except VeilbenchError:
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def check_bounds(bench: RandomiserBench) -> CheckResult:
    """A released value is of the same type, shape and bounds as the value itself."""
    title = "released values as admitted by the task"
    if isinstance(bench.task, AggregationTask):
        faults, looked = bound_faults(bench, each=_EACH)
        return verdict("bounds", title, faults, f"{looked} releases")
    if not isinstance(bench.task, ScoringTask):
        return CheckResult("bounds", title, None, f"no bounds are known for {type(bench.task).__name__}")
    randomiser, seat, found, count = bench.randomiser(), bench.seat(), [], 0
    for value in bench.inputs(_EACH):
        for _ in range(_EACH):
            released, count = randomiser.randomise(value, seat), count + 1
            kind = getattr(released, "dtype", None)
            if kind != value.dtype:
                found.append(f"a release is {kind or type(released).__name__}, not {value.dtype}")
                continue
            try:
                check_vector(bench.task, released)
            except VeilbenchError as error:
                found.append(str(error))
    return verdict("bounds", title, list(dict.fromkeys(found))[:4], f"{count} releases")


class _Constant:
    """A source of random bytes that repeats itself, and says so."""

    seeded = True

    def bytes(self, count: int) -> bytes:
        return (b"veilbench" * count)[:count]


def check_fresh(bench: RandomiserBench) -> CheckResult:
    """Releases do not follow a seed: three runs from the same seeds of Python's and NumPy's generators differ."""
    title = "noise from the operating system"
    runs = []
    with global_seeds() as reset:
        for _ in range(3):
            reset()
            runs.append(_drawn(bench))
    rows = len(np.unique(np.concatenate(runs), axis=0))
    if rows == 1:
        return CheckResult("fresh", title, None, f"all {3 * _RELEASES} releases are the same: it shows nothing here")
    if all(np.array_equal(runs[0], r) for r in runs[1:]):
        return CheckResult("fresh", title, False, f"three runs of {_RELEASES} releases repeat each other")
    seeded = _fault(lambda: _seeded(bench))
    words = {"refused": "a seeded seat is refused", "": "a seeded seat is admitted and marks the record"}
    fine = f"{rows} different values in {3 * _RELEASES} releases; {words.get(seeded, seeded)}"
    return CheckResult("fresh", title, seeded in words, fine)


def _drawn(bench: RandomiserBench) -> Array:
    """Some releases of one value by a fresh randomiser."""
    if isinstance(bench.task, AggregationTask):
        return sums(bench, summing(bench), bench.case.x0, count=_RELEASES)
    return releases(bench.randomiser(), bench.case.x0, bench.seat(), count=_RELEASES)


def _seeded(bench: RandomiserBench) -> object:
    if isinstance(bench.task, AggregationTask):
        return seeded_release(bench, _Constant())
    return bench.randomiser().randomise(bench.case.x0, bench.seat(_Constant()))


RANDOMISER_CHECKS: dict[str, Callable[[RandomiserBench], CheckResult]] = {
    "audit": in_both_models(check_audit),
    "noise": in_both_models(check_noise),
    "float": in_both_models(check_float),
    "input": in_both_models(check_input),
    "bounds": in_both_models(check_bounds),
    "fresh": in_both_models(check_fresh),
    "monotone": in_both_models(check_monotone),
    "cost": in_both_models(check_cost),
    "observers": in_both_models(check_observers),
    "settings": check_settings,
}
