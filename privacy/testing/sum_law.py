"""The check of a sum's noise entry by entry: its size, its tails, its support, at several lengths of the sum.

The audit bounds epsilon along one direction of a short sum. What goes wrong in one entry of many, past some length, or
in one release of a thousand is seen here: the noise is held against the law that is declared for it.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from privacy.attacks.audit_sum import released_sums
from privacy.boundary.party import Party
from privacy.boundary.seat import Seat
from privacy.errors import VeilbenchError
from privacy.primitives.aggregation import AggregationTask, contributor
from privacy.randomiser import SumRandomiser
from privacy.testing.aggregation_noise import summing
from privacy.testing.bench import TOO_FEW, CheckResult
from privacy.testing.randomiser_bench import RandomiserBench, verdict

Ints = npt.NDArray[np.int64]

LENGTHS = {3: 400, 64: 250, 1500: 240}
"""Entries of a sum, and how many sums are drawn: short ones, those of a form, and long ones."""
_BRIEF, _LONG = 8, 1000
"""A brief look draws a part of it, and no long sums."""
_TAILS = (3.0, 3.5, 4.0)
_PER_LENGTH = 5 + len(_TAILS)
_WIDE = 12.0
"""The standard deviation in steps from which a discrete Gaussian's tails are those of a continuous one."""


def check_noise(bench: RandomiserBench) -> CheckResult:
    """The noise of a sum has in every entry the size, the tails and the values that are declared, at any length."""
    title = "noise in every entry as declared, at any length"
    if not isinstance(bench.task, AggregationTask):
        return CheckResult("noise", title, None, "one client's value is audited, and has no entries of a sum")
    found, looked, alpha = list[str](), 0, bench.alpha / (2 * len(LENGTHS) * _PER_LENGTH)
    lengths = {length: count for length, count in LENGTHS.items() if length < _LONG or not bench.brief}
    for length, count in lengths.items():
        part = replace(bench, alpha=alpha, case=replace(bench.case, task=replace(bench.task, length=length)))
        randomiser, drawn = summing(part), count // (_BRIEF if bench.brief else 1)
        # Where contributors add the noise, each share has a law of its own: a sum of several hides where one ends.
        shares = part.task.noise_shares
        for name, members in [("sums", shares or 2), *([("shares", 1)] if shares else [])]:
            try:
                noise = _drawn(part, randomiser, members=members, count=drawn)
            except VeilbenchError as error:
                return CheckResult("noise", title, None, f"sums of {length} entries are refused: {error}")
            looked += noise.size
            faults = _faults(part, randomiser, noise, members=members)
            found += [f"in {name} of {length} entries {fault}" for fault in faults]
    if not found and bench.brief:
        return CheckResult("noise", title, None, f"{TOO_FEW}{looked} draws")
    return verdict("noise", title, found[:6], f"{looked} draws in sums of {', '.join(map(str, LENGTHS))} entries")


def _drawn(bench: RandomiserBench, randomiser: SumRandomiser, *, members: int, count: int) -> Ints:
    """Noised sums of zeros of so many contributors, int64 (count, length)."""
    zeros = np.zeros(bench.task.length, dtype=np.int64)
    return released_sums(randomiser, bench.task, dict.fromkeys(bench.task.roster[:members], zeros), count=count)


def _faults(bench: RandomiserBench, randomiser: SumRandomiser, noise: Ints, *, members: int) -> Iterator[str]:
    yield from _repeated(noise)
    bound = randomiser.output(bench.task)
    deviation = randomiser.deviation(bench.task, contributors=members)
    if not deviation or "gauss" not in bound.accountant.lower():
        return
    yield from _too_small(noise, deviation, alpha=bench.alpha)
    yield from _tied(noise, deviation, alpha=bench.alpha)
    if deviation >= _WIDE:
        yield from _cut(noise, deviation, alpha=bench.alpha)
        yield from _sparse(noise, deviation, alpha=bench.alpha)
    if not bench.task.noise_shares:
        yield from _too_long(bench, randomiser, noise)


def _repeated(noise: Ints) -> Iterator[str]:
    """Certain: entries without noise, and sums that come again."""
    silent = np.flatnonzero(~noise.any(axis=0))
    if silent.size:
        yield f"{silent.size} entries have no noise, first entry {silent[0] + 1}"
    if noise.shape[1] >= 64 and len(np.unique(noise, axis=0)) < len(noise):
        yield "the noise of one sum comes again in another"


def _too_small(noise: Ints, deviation: float, *, alpha: float) -> Iterator[str]:
    """Per entry: sums of squares are below what chi squared allows."""
    from scipy.stats import chi2

    count, length = noise.shape
    measured = (noise.astype(np.float64) ** 2).sum(axis=0) / deviation**2
    low = np.flatnonzero(measured < chi2.ppf(alpha / length, count))
    if low.size:
        worst = math.sqrt(float(measured.min()) / count)
        yield f"{low.size} entries have too little noise, {worst:.2g} of the declared standard deviation"
    elif measured.sum() < chi2.ppf(alpha, noise.size):
        worst = math.sqrt(float(measured.sum()) / noise.size)
        yield f"all entries together have too little noise, {worst:.3g} of the declared standard deviation"


def _tied(noise: Ints, deviation: float, *, alpha: float) -> Iterator[str]:
    """The sum over entries, with one sign and with alternating ones: entries that share their noise do not cancel."""
    from scipy.stats import chi2

    count, length = noise.shape
    for signs in (np.ones(length), np.where(np.arange(length) % 2, -1.0, 1.0)):
        measured = float(((noise @ signs) ** 2).sum()) / (length * deviation**2)
        if not chi2.ppf(alpha / 4, count) <= measured <= chi2.isf(alpha / 4, count):
            yield "entries share their noise: it does not add up as independent noise does"
            return


def _cut(noise: Ints, deviation: float, *, alpha: float) -> Iterator[str]:
    """Too few draws far out: a tail that ends early makes some inputs tell for sure, past any delta."""
    from scipy.stats import binom, norm

    sizes = np.abs(noise)
    for far in _TAILS:
        chance = 2 * float(norm.sf(far + 1 / deviation))
        seen = int((sizes > far * deviation).sum())
        if binom.cdf(seen, noise.size, chance) < alpha:
            yield f"{seen} of {noise.size} draws lie past {far:g} standard deviations, {chance * noise.size:.0f} should"
            return


def _sparse(noise: Ints, deviation: float, *, alpha: float) -> Iterator[str]:
    """Too few different values: less randomness than the law needs (McDiarmid's inequality)."""
    from scipy.stats import norm

    reach = int(8 * deviation)
    density = norm.pdf(np.arange(-reach, reach + 1) / deviation) / deviation
    expected = float(-np.expm1(noise.size * np.log1p(-density)).sum())
    telling = math.exp(-2 * (expected / 2) ** 2 / noise.size) < alpha
    different = len(np.unique(noise))
    if telling and different < expected / 2:
        yield f"{different} different values in {noise.size} draws, about {expected:.0f} should be there"


def _too_long(bench: RandomiserBench, randomiser: SumRandomiser, noise: Ints) -> Iterator[str]:
    """The longest vector that a client adds against the noise that covers it: no more rho is spent than is charged."""
    from scipy.stats import chi2

    cost = randomiser.cost(bench.task)
    if not 0 < cost.rho < math.inf:
        return
    longest = max(_norm(randomiser, bench.task, vector) for vector in _vectors(bench.task))
    most = float((noise.astype(np.float64) ** 2).sum()) / chi2.ppf(bench.alpha, noise.size)
    spent = max(1, int(randomiser.releases)) * longest**2 / (2 * most) if most else math.inf
    if spent > cost.rho * 1.0001:
        yield f"a client adds {longest:.4g} steps, for which rho {spent:.3g} is spent and {cost.rho:.3g} charged"


def _norm(randomiser: SumRandomiser, task: AggregationTask, vector: Ints) -> float:
    party: Party = contributor(1)
    released = np.asarray(randomiser.randomise(vector, Seat(party, task)), dtype=np.float64)
    return float(np.linalg.norm(released))


def _vectors(task: AggregationTask) -> Iterator[Ints]:
    """Vectors at the ends of the range: all of it, one entry, alternating signs, and just above the middle."""
    full = np.full(task.length, task.bound, dtype=np.int64)
    first = np.arange(task.length) == 0
    yield from (full, -full, np.where(first, full, 0), np.where(~first, full, 0))
    yield np.where(np.arange(task.length) % 2, -full, full)
    yield np.full(task.length, max(1, task.bound // 40), dtype=np.int64)
