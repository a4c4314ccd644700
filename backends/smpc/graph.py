"""Who shares masks with whom, and how likely that is to go wrong.

Below 100 contributors each shares with all others (Bonawitz et al., CCS 2017). Above, each shares with k neighbours
(Bell et al., CCS 2020) on a Harary graph over a random order of the roster: contributors stand in a circle, each
joined to the k/2 next on either side. What can then fail is computed with exact hypergeometric tails and union bounds.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import comb, exp, inf, lgamma, log2, prod

from privacy.plugin import ParamError

COMPLETE_BELOW = 100
DROPPING = CORRUPT = 5
"""One in five contributors may drop out, and one in five may tell the aggregator all it knows."""

MOST_EXPOSED = 2.0**-40
MOST_STUCK = 2.0**-20


@dataclass(frozen=True)
class Plan:
    """The graph's degree, and the counts that a run keeps to.

    `threshold` shares give a secret back. A run ends below `stay` contributors. A contributor believes a set of
    survivors that `quorum` contributors signed. `colluding` contributors may tell the aggregator all they know.

    Of one run: `exposed` bounds the chance that some contributor's colluding neighbours reach the threshold, `split`
    that the honest survivors fall apart into groups whose separate sums show, `stuck` that some contributor keeps too
    few neighbours for the sum to be unmasked.
    """

    contributors: int
    neighbours: int
    threshold: int
    stay: int
    quorum: int
    colluding: int
    exposed: float = 0.0
    split: float = 0.0
    stuck: float = 0.0

    @property
    def complete(self) -> bool:
        return self.neighbours == self.contributors - 1

    @property
    def fails_safe(self) -> bool:
        """Whether the failure probabilities are within the limits of this module."""
        return self.exposed + self.split <= MOST_EXPOSED and self.stuck <= MOST_STUCK


@lru_cache(maxsize=256)
def plan(*, n: int, neighbours: int = 0) -> Plan:
    """The plan for a roster of `n`; `neighbours` 0 chooses the fewest that keep the failure limits.

    ParamError for fewer than two contributors, or for so few neighbours that the limits are broken.
    """
    if n < 2:
        raise ParamError("a sum of one contributor's vector is that vector", then="ask at least two to contribute")
    if neighbours >= n - 1 or (neighbours == 0 and n < COMPLETE_BELOW):
        return complete(n)
    if neighbours:
        found = sparse(n=n, neighbours=neighbours)
        if not found.fails_safe:
            chosen = plan(n=n).neighbours
            raise ParamError(
                f"with {neighbours} neighbours of {n}, a run may fail with probability {chance(found.stuck)} and show "
                f"a contributor's vector with probability {chance(found.exposed + found.split)}",
                then=f"choose 0, for {chosen} neighbours" if chosen > neighbours else "choose 0",
            )
        return found
    # The limits are met by more neighbours much more easily than by fewer: bisection finds the fewest.
    low, high = 2, (n - 1) // 2
    while low < high:
        middle = (low + high) // 2
        if sparse(n=n, neighbours=2 * middle).fails_safe:
            high = middle
        else:
            low = middle + 1
    candidates = (sparse(n=n, neighbours=2 * half) for half in range(low, (n - 1) // 2 + 1))
    return next((found for found in candidates if found.fails_safe), complete(n))


def complete(n: int) -> Plan:
    """Everyone shares with everyone: two thirds of the roster give a secret back, and must stay."""
    threshold = -(-2 * n // 3)
    return Plan(n, n - 1, threshold, threshold, threshold, threshold - 1)


def sparse(*, n: int, neighbours: int) -> Plan:
    """The plan with that many neighbours (made even), and the smallest threshold that keeps shares from colluders."""
    k = min(neighbours + neighbours % 2, n - 2 + n % 2)
    colluding, dropping = n // CORRUPT, n // DROPPING
    reach = _reaching(n=n, k=k, marked=colluding)
    threshold = next((t for t in range(2, k + 1) if reach[t] <= MOST_EXPOSED / 2), k)
    return Plan(
        contributors=n, neighbours=k, threshold=threshold, stay=n - dropping, quorum=(n + colluding) // 2 + 1,
        colluding=colluding, exposed=reach[threshold],
        split=splitting(n=n, neighbours=k, lost=dropping + colluding),
        stuck=sticking(n=n, neighbours=k, threshold=threshold, dropping=dropping),
    )  # fmt: skip


def sticking(*, n: int, neighbours: int, threshold: int, dropping: int) -> float:
    """At most this is the chance that, of `n`, someone keeps under `threshold` neighbours if `dropping` drop out."""
    return _reaching(n=n, k=neighbours, marked=dropping)[neighbours - threshold + 1]


def splitting(*, n: int, neighbours: int, lost: int) -> float:
    """At most this is the chance that the graph falls apart if `lost` of `n`, at random, leave it.

    The circle must break in two places, and each break is a run of k/2 that all left: a union bound over both places.
    """
    gone = 2 * (neighbours // 2)
    if gone > lost:
        return 0.0
    return min(1.0, comb(n, 2) * prod((lost - i) / (n - i) for i in range(gone)))


@lru_cache(maxsize=1024)
def _reaching(*, n: int, k: int, marked: int) -> tuple[float, ...]:
    """Union bounds, by count from 0 to k + 1: someone of `n` finds at least so many of the `marked` among k neighbours.

    A neighbourhood is a random sample of the n - 1 others: the tails are hypergeometric, summed smallest term first.
    """
    others = n - 1
    total = _log_comb(others, k)
    terms = [exp(_log_comb(marked, x) + _log_comb(others - marked, k - x) - total) for x in range(k + 1)]
    tails = [0.0, *accumulate(reversed(terms))]
    return tuple(min(1.0, n * tail) for tail in reversed(tails))


def _log_comb(n: int, k: int) -> float:
    if not 0 <= k <= n:
        return -inf
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def chance(probability: float) -> str:
    """A probability as text: a power of two where it is small, rounded up."""
    if probability <= 0.0:
        return "0"
    bits = -log2(probability)
    return f"2^-{int(bits)}" if bits >= 7 else f"{probability:.0%}"


class Graph:
    """Everyone's neighbours, ascending: `graph[i]`. Hashes of `seed` and index give the order on the circle."""

    def __init__(self, plan: Plan, *, seed: bytes) -> None:
        everyone = range(1, plan.contributors + 1)
        self._circle: Sequence[int] = everyone
        self._steps: Sequence[int] = range(1, plan.contributors)
        if not plan.complete:
            half = plan.neighbours // 2
            self._circle = sorted(everyone, key=lambda i: hashlib.sha256(seed + i.to_bytes(4, "big")).digest())
            self._steps = (*range(-half, 0), *range(1, half + 1))
        self._places = {i: place for place, i in enumerate(self._circle)}

    def __getitem__(self, index: int) -> tuple[int, ...]:
        place, n = self._places[index], len(self._circle)
        return tuple(sorted(self._circle[(place + step) % n] for step in self._steps))
