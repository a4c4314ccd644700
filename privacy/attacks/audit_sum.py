"""What a private sum can be held to: the two-input game on released sums, and a rule for estimators.

The game plays sums with and without one client. One bound is free of any model: Clopper-Pearson intervals of one
event, as in every audit here. The other takes the noise to be Gaussian: then one event, hit with chances a and b,
shows a mu of at least Phi^-1(a) - Phi^-1(b), and mu gives epsilon at delta (Nasr, Hayes, Steinke, Balle, Tramer,
Jagielski, Carlini and Terzis, USENIX Security 2023; Dong, Roth and Su 2022). It is the closer one, and holds no longer
than the assumption does. Both hold at once with the confidence that is asked for.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.attacks.audit import AuditResult, audit
from privacy.attacks.evidence import clopper_pearson
from privacy.boundary.party import Party
from privacy.boundary.seat import Seat
from privacy.errors import ParamError
from privacy.primitives.aggregation import AGGREGATOR, AggregationTask
from privacy.randomiser import SumRandomiser

Array = npt.NDArray[Any]
Sampler = Callable[[int], npt.ArrayLike]
"""A number of releases to play -> releases (n, d) or (n,) of one of the two inputs."""

Estimator = Callable[[npt.NDArray[np.int64], int], npt.ArrayLike]
"""(total in steps, how many contributed) -> what a workload publishes as its estimate."""

_PILOT = 0.25
_CUTS = 33
_COUNTS = (2, 3, 50, 977)


@dataclass(frozen=True)
class SumAudit:
    """What the game found. `free` needs no model; `mu` and `gaussian_epsilon` hold for Gaussian noise alone.

    `declared`, `declared_rho` and `declared_mu` are the claims that are audited: epsilon at the delta of `free`, rho of
    zCDP, and sensitivity over standard deviation; None where there is none.
    """

    free: AuditResult
    mu: float
    gaussian_epsilon: float
    declared: float | None = None
    declared_rho: float | None = None
    declared_mu: float | None = None
    assumption: str = "Gaussian noise (mu-GDP)"

    @property
    def free_refutes(self) -> bool:
        """Whether a claim is refuted whatever the noise is."""
        by_rho = self.declared_rho is not None and self.free.rho_lower > self.declared_rho
        return self.free.refuted or by_rho

    @property
    def gaussian_refutes(self) -> bool:
        """Whether a claim is refuted if the noise is Gaussian."""
        by_epsilon = self.declared is not None and self.gaussian_epsilon > self.declared
        return by_epsilon or (self.declared_mu is not None and self.mu > self.declared_mu)

    @property
    def refuted(self) -> bool:
        return self.free_refutes or self.gaussian_refutes

    def sentence(self) -> str:
        """What was found, with the assumption that each half rests on."""
        claim = "" if self.declared is None else f"; {self.declared:g} is declared"
        return (
            f"epsilon is at least {self.free.lower:.2f} without a model, {self.gaussian_epsilon:.2f} under "
            f"{self.assumption} ({self.free.n} releases, false alarm {1 - self.free.confidence:.0e}){claim}"
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"free": self.free.as_dict(), "refuted": self.refuted}


def audit_sum(
    without: Sampler,
    with_client: Sampler,
    *,
    plays: int = 20_000,
    delta: float,
    confidence: float = 0.95,
    declared: float | None = None,
    declared_rho: float | None = None,
    declared_mu: float | None = None,
    directions: Sequence[npt.ArrayLike] = (),
    seed: int = 0,
) -> SumAudit:
    """Bound a sum's epsilon from below, from `plays` releases of both inputs together; `seed` splits them.

    The client should add the most that it may, in few entries. `directions` (d,) are extra projections to try; along
    the first of them, or the difference of means, the Gaussian bound is taken. ValueError for too few releases.
    """
    sides = [np.asarray(sampler(plays // 2)) for sampler in (without, with_client)]
    sides = [side[:, None] if side.ndim == 1 else side for side in sides]
    half = (1 + confidence) / 2
    free = audit(sides[0], sides[1], delta=delta, confidence=half, seed=seed, directions=directions, declared=declared)
    mu = _mu_lower(sides[0], sides[1], directions=directions, level=1 - half, seed=seed)
    return SumAudit(
        free=AuditResult(**(asdict(free) | {"confidence": confidence})),
        mu=mu,
        gaussian_epsilon=gaussian_epsilon(mu, delta=delta),
        declared=declared,
        declared_rho=declared_rho,
        declared_mu=declared_mu,
    )


def released_sums(
    randomiser: SumRandomiser, task: AggregationTask, vectors: Mapping[Party, Array], *, count: int
) -> npt.NDArray[np.int64]:
    """`count` noised sums of the vectors, int64 (count, length), each randomised anew: what a carrier would deliver."""
    seats = {party: Seat(party, task) for party in vectors}
    central, aggregator = randomiser.central(task), Seat(AGGREGATOR, task)
    out = np.zeros((count, task.length), dtype=np.int64)
    for row in out:
        for party, vector in vectors.items():
            row += randomiser.randomise(vector, seats[party])
        if central is not None:
            row[:] = central.add(row, aggregator)
    return out


def gaussian_epsilon(mu: float, *, delta: float) -> float:
    """The epsilon at `delta` of mu-GDP (Dong, Roth and Su 2022, Corollary 2.13), rounded down; 0 for a mu of 0."""
    from scipy.stats import norm

    def excess(epsilon: float) -> bool:
        near, far = (float(norm.logcdf(x - epsilon / mu)) for x in (mu / 2, -mu / 2))
        return math.exp(near) - math.exp(epsilon + far) > delta

    if mu <= 0 or not excess(0.0):
        return 0.0
    low, high = 0.0, mu * mu / 2 + 40 * mu
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) else (low, middle)
    return low


def divisor_depends_on_count(
    estimator: Estimator, *, length: int = 4, counts: Sequence[int] = _COUNTS, seed: int = 0
) -> bool:
    """Whether equal totals of cohorts of different sizes give different estimates.

    A mean that divides by how many took part tells how many did, and moves with one client by more than its clipped
    vector: the sensitivity that the noise was made for is then another. Dividing by q N, both public, does not. The
    test is exact: what an estimator does with equal totals is compared bit for bit. ParamError for fewer than two
    different counts.
    """
    if len(set(counts)) < 2:
        raise ParamError("a test of what a count changes needs two different ones")
    rng = np.random.default_rng(seed)
    for size in (1, 1000, 2**30):
        total = rng.integers(-size, size, length, endpoint=True).astype(np.int64)
        # Not zero: a quotient of nothing looks the same whatever divides it.
        total[0] = size
        estimates = [np.asarray(estimator(total.copy(), count)) for count in counts]
        if any(e.shape != estimates[0].shape or e.tobytes() != estimates[0].tobytes() for e in estimates[1:]):
            return True
    return False


def _mu_lower(side0: Array, side1: Array, *, directions: Sequence[npt.ArrayLike], level: float, seed: int) -> float:
    """A lower bound of mu but for a chance of `level`, by one threshold that a pilot chose."""
    rng = np.random.default_rng(seed)
    sides = [side[rng.permutation(len(side))].astype(np.float64) for side in (side0, side1)]
    pilots, tests = zip(
        *((side[: int(_PILOT * len(side))], side[int(_PILOT * len(side)) :]) for side in sides), strict=True
    )
    gap = pilots[1].mean(axis=0) - pilots[0].mean(axis=0)
    along = np.asarray(directions[0], dtype=np.float64) if directions else gap
    along = along if along @ gap >= 0 else -along
    pilot0, pilot1, test0, test1 = (part @ along for part in (*pilots, *tests))
    cuts = np.quantile(np.concatenate([pilot0, pilot1]), np.linspace(0.02, 0.98, _CUTS))
    scores = [_mu_between(_hits(pilot1, cut), _hits(pilot0, cut), level=level) for cut in cuts]
    cut = float(cuts[int(np.argmax(scores))])
    return max(0.0, _mu_between(_hits(test1, cut), _hits(test0, cut), level=level))


def _hits(values: Array, cut: float) -> tuple[int, int]:
    return int((values > cut).sum()), len(values)


def _mu_between(often: tuple[int, int], seldom: tuple[int, int], *, level: float) -> float:
    low, high = (float(b) for b in clopper_pearson(often, seldom, level=level))
    if not (0 < low < 1 and 0 < high < 1):
        return -math.inf
    return NormalDist().inv_cdf(low) - NormalDist().inv_cdf(high)
