"""Audited lower bounds: they find what is there, never more, and read low-order bits."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binomtest, laplace, norm

from backends.dp.plugin import DpParams
from backends.dp.scoring.calibration import delta_of
from backends.dp.scoring.mechanism import ScoringRandomiser
from privacy.attacks.audit import audit, audit_randomiser, neighbours
from privacy.attacks.evidence import choose, clopper_pearson, epsilon_between, hits, rho_between
from privacy.attacks.float_leak import bit_marks, float_leak
from privacy.errors import ParamError
from privacy.primitives.lookup import LookupTask
from privacy.testing.randomiser_bench import FALSE_ALARMS, STATISTICAL, randomised_case
from tests.support.soaking import in_soak, sized

TASK = randomised_case("scoring").task
LEVEL = FALSE_ALARMS / STATISTICAL
COUNT = sized(2_000, 10_000)
Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def response(epsilon: float, *, topics: int = 12) -> Draw:
    """k-ary randomised response, seeded: for these tests alone."""

    def draw(rng: np.random.Generator, side: int, n: int) -> np.ndarray:
        truth = math.exp(epsilon) / (math.exp(epsilon) + topics - 1)
        return np.where(rng.random(n) < truth, side, (side + rng.integers(1, topics, n)) % topics)

    return draw


def noisy(scale: float, kind: str, *, dims: int = 1) -> Draw:
    """A vector of 1 or -1 under noise of a given scale, seeded."""
    return lambda rng, side, n: (2.0 * side - 1) / math.sqrt(dims) + getattr(rng, kind)(0, scale, (n, dims))


def shift_for(epsilon: float, delta: float) -> float:
    low, high = 0.0, 50.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(epsilon, shift=middle) <= delta else (low, middle)
    return low


def found(draw: Draw, *, n: int = 20_000, delta: float = 0.0, confidence: float = 0.95, seed: int = 1):
    rng = np.random.default_rng(seed)
    return audit(draw(rng, 0, n), draw(rng, 1, n), delta=delta, confidence=confidence, seed=seed)


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 2.0, 4.0])
def test_the_bound_comes_close_from_below(epsilon: float) -> None:
    for draw in (response(epsilon), response(epsilon, topics=2), noisy(2 / epsilon, "laplace")):
        assert 0.75 * epsilon - 0.1 < found(draw).lower <= epsilon


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 4.0])
def test_noise_that_is_too_small_is_noticed(epsilon: float) -> None:
    honest = 2 / shift_for(epsilon, 1e-5)
    rho = shift_for(epsilon, 1e-5) ** 2 / 2
    for dims in (1, 12):
        results = {f: found(noisy(honest / f, "normal", dims=dims), delta=1e-5) for f in (1, 2, 4, 8)}
        assert results[1].lower <= epsilon
        assert results[1].rho_lower <= rho
        # Twice too small: through rho, where epsilon shows nothing.
        assert results[2].rho_lower > rho
        assert min(results[4].lower, results[8].lower) > epsilon


def test_delta_is_taken_off() -> None:
    rng = np.random.default_rng(2)
    revealed = np.where(rng.random(20_000) < 0.05, 7, rng.integers(0, 2, 20_000))
    other = rng.integers(0, 2, 20_000)
    assert audit(other, revealed).lower > 3
    assert audit(other, revealed, delta=0.06).lower < 0.5
    assert audit(other, revealed, delta=0.06).pure_lower < 3


def test_equal_releases_prove_nothing() -> None:
    same = np.ones((100, 3), dtype=np.int64)
    result = audit(same, same, declared=1.0)
    assert (result.lower, result.rho_lower, result.refuted) == (0, 0, False)
    assert result.as_dict()["n"] == 200


@pytest.mark.parametrize("releases", [np.zeros((2, 3)), np.zeros(0), np.zeros((9, 2, 2))])
def test_what_cannot_be_audited_is_refused(releases: np.ndarray) -> None:
    with pytest.raises(ValueError, match="release"):
        audit(releases, releases)
    with pytest.raises(ValueError, match="release"):
        audit(np.zeros((9, 2)), np.zeros((9, 3)))


def test_bounds_are_those_of_clopper_and_pearson() -> None:
    low, high = clopper_pearson((30, 100), (5, 80), level=0.1)
    assert float(low) == pytest.approx(binomtest(30, 100).proportion_ci(0.9, "exact").low)
    assert float(high) == pytest.approx(binomtest(5, 80).proportion_ci(0.9, "exact").high)
    assert [float(b) for b in clopper_pearson((0, 9), (9, 9), level=0.1)] == [0, 1]


def test_rho_of_two_coins_is_their_divergence_over_its_order() -> None:
    for low, high in ((0.6, 0.4), (0.3, 0.001), (1.0, 0.5)):
        orders = 1 + np.geomspace(1e-4, 1e3, 2000)
        with np.errstate(divide="ignore"):
            logs = np.log([[low, 1 - low], [high, 1 - high]])
        sums = [np.logaddexp(*(a * logs[0] + (1 - a) * logs[1])) if low < 1 else a * logs[0][0] + (1 - a) * logs[1][0]
                for a in orders]  # fmt: skip
        best = max(s / (a - 1) / a for s, a in zip(sums, orders, strict=True))
        assert rho_between(low, high) == pytest.approx(best, rel=1e-3)
    assert rho_between(0.4, 0.4) == rho_between(0.0, 0.0) == 0


def honest_bins() -> list[tuple[float, float, float, np.ndarray]]:
    """Tight honest releases as bins in the order of the likelihood ratio: epsilon, delta, rho, (2, bins)."""
    cuts = np.linspace(-4, 4, 63)
    rows = []
    for epsilon in (0.25, 1.0, 4.0):
        rho = epsilon * math.tanh(epsilon / 2)
        p = np.full(12, 1 / (math.exp(epsilon) + 11))
        p[-1] *= math.exp(epsilon)
        rows.append((epsilon, 0.0, rho, np.stack([np.roll(p, 1), p])))
        tails = [laplace.cdf(cuts * 2 / epsilon, loc=s, scale=2 / epsilon) for s in (-1, 1)]
        rows.append((epsilon, 0.0, rho, np.diff(tails, prepend=0, append=1)))
        for delta in (1e-5, 1e-2):
            shift = shift_for(epsilon, delta)
            tails = [norm.cdf(cuts, loc=s * shift / 2) for s in (-1, 1)]
            rows.append((epsilon, delta, shift**2 / 2, np.diff(tails, prepend=0, append=1)))
    return rows


@pytest.mark.sized("planted")
def test_no_false_alarm_in_thousands_of_honest_checks() -> None:
    rng, kinds = np.random.default_rng(20_240_601), honest_bins()
    pilot, held, each = 500, 1500, COUNT // len(kinds) + 1
    alarms = checks = loose = 0
    for epsilon, delta, rho, p in kinds:
        counts = [[rng.multinomial(n, side, each) for side in p] for n in (pilot, held)]
        for wanted in (delta, None):
            events = [
                choose(counts[0][0][i], counts[0][1][i], held=held, delta=wanted, level=LEVEL / 2) for i in range(each)
            ]
            seen = np.array([
                (*hits(counts[1][e.often][i], e), *hits(counts[1][1 - e.often][i], e)) for i, e in enumerate(events)
            ]).T  # fmt: skip
            low, high = clopper_pearson((seen[0], seen[1]), (seen[2], seen[3]), level=LEVEL / 2)
            if wanted is None:
                alarms += sum(rho_between(a, b) > rho for a, b in zip(low, high, strict=True))
            else:
                alarms += int((epsilon_between(low, high, delta=delta) > epsilon).sum())
                # The same releases against a claim of half the epsilon: the statistic can speak.
                loose += int((epsilon_between(low, high, delta=delta) > epsilon / 2).sum())
        checks += each
    assert checks >= COUNT
    assert alarms == 0
    assert loose > COUNT / 10


def naive(value: np.ndarray, *, scale: float, kind: type, rng: np.random.Generator, n: int) -> np.ndarray:
    """Planted: NumPy's Laplace noise, added to a float."""
    return value.astype(kind) + rng.laplace(0, scale, (n, len(value))).astype(kind)


def exact(value: np.ndarray, *, scale: float, n: int) -> np.ndarray:
    """OpenDP's Laplace noise on floats."""
    import opendp.prelude as dp  # takes a second, which every process that collects tests would pay

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.l1_distance(T=float)
    release = space >> dp.m.then_laplace(scale=scale)
    return np.array([release([float(x) for x in value]) for _ in range(n)])


def far_apart(dims: int) -> tuple[np.ndarray, np.ndarray]:
    """Two values whose distance in L1 is 256, for noise of scale 256 / epsilon."""
    return np.zeros(dims), np.full(dims, 256.0 / dims)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("dims", [1, 32])
@pytest.mark.parametrize("epsilon", [0.5, 1.0])
def test_naive_floats_are_caught(kind: type, dims: int, epsilon: float) -> None:
    rng, values = np.random.default_rng(3), far_apart(dims)
    sides = [naive(v, scale=256 / epsilon, kind=kind, rng=rng, n=2000) for v in values]
    assert float_leak(*sides, *values, confidence=1 - LEVEL, declared=epsilon).refuted


@pytest.mark.parametrize(("dims", "n"), [(1, 2000), (32, 500)])
def test_floats_of_opendp_are_not(dims: int, n: int) -> None:
    values = far_apart(dims)
    sides = [exact(v, scale=256.0, n=n) for v in values]
    rng = np.random.default_rng(3)
    planted = [naive(v, scale=256, kind=np.float64, rng=rng, n=n) for v in values]
    assert not float_leak(*sides, *values, confidence=1 - LEVEL, declared=1.0).refuted
    assert float_leak(*planted, *values, confidence=1 - LEVEL, declared=1.0).refuted


def test_two_in_five_naive_sums_are_impossible_from_the_other_input() -> None:
    # Mironov 2012; measured as .43 for Laplace noise of scale 1 at 0 against 1.
    rng, values = np.random.default_rng(4), (np.zeros(1), np.ones(1))
    marks = [bit_marks(naive(v, scale=1, kind=np.float64, rng=rng, n=20_000), *values) for v in values]
    assert marks[0][:, 0].mean() == pytest.approx(-0.43, abs=0.03)
    assert (marks[1][:, 0] == 0).all()


def test_whole_numbers_have_no_low_order_bits() -> None:
    with pytest.raises(ValueError, match="not floats"):
        float_leak(np.zeros((9, 2), dtype=int), np.zeros((9, 2)), np.zeros(2), np.zeros(2))


@pytest.mark.parametrize("mechanism", ["krr", "gaussian", in_soak("planted", "laplace")])
def test_the_backend_is_audited_below_its_declaration(mechanism: str) -> None:
    randomiser = ScoringRandomiser(DpParams(mechanism, 8.0))
    result = audit_randomiser(randomiser, TASK, plays=3000, confidence=1 - LEVEL)
    assert 0 < result.lower <= result.declared == 8.0
    assert result.rho_lower <= randomiser.cost(TASK).rho
    assert 2000 <= result.n <= 3000


def test_plays_give_way_to_time() -> None:
    randomiser = ScoringRandomiser(DpParams("krr", 1.0))
    assert audit_randomiser(randomiser, TASK, plays=4000, seconds=0.0).n == 500


def test_neighbours_are_known_for_scoring_alone() -> None:
    assert all((np.abs(side) <= TASK.bound).all() for pair in neighbours(TASK) for side in pair)
    with pytest.raises(ParamError, match="LookupTask"):
        neighbours(LookupTask(items=3, record_bytes=4, count=1))
