"""The backend `dp`: exact noise, honest costs, strict inputs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from backends.dp import opendp_glue
from backends.dp.opendp_glue import rho_of_pure
from backends.dp.plugin import DpParams, register_backends
from backends.dp.scoring import krr
from backends.dp.scoring.calibration import delta_of, noise_for
from backends.dp.scoring.mechanism import ScoringRandomiser
from backends.dp.scoring.subspace import RADIUS, subspace_of
from privacy.errors import BoundaryError, ParamError
from privacy.params import build
from privacy.plugin import CLIENT, ScoringTask, Seat
from privacy.services.accounting import MICRO, converted, micro_up
from privacy.testing.cases import case_for
from privacy.testing.randomiser_bench import randomised_case

CASE = randomised_case("scoring")
TASK: ScoringTask = CASE.task
SEAT = Seat(CLIENT, TASK)
CENTRES = np.array(TASK.centres)
MECHANISMS = ("krr", "gaussian", "laplace")


def made(mechanism: str = "krr", *, epsilon: float = 2.0, delta: float = 1e-5) -> ScoringRandomiser:
    return ScoringRandomiser(DpParams(mechanism, epsilon, delta))


def test_it_is_a_randomiser_with_bounded_parameters() -> None:
    (spec,) = register_backends()
    assert (spec.id, spec.kind, spec.modules) == ("dp", "randomiser", ("opendp",))
    assert build(spec.params, {}, owner="dp") == DpParams("krr", 2.0, 1e-5)
    for name, value in [("mechanism", "uniform"), ("epsilon", 0.01), ("epsilon", 65), ("epsilon", "nan"), ("delta", 0)]:
        with pytest.raises(ParamError):
            build(spec.params, {name: value}, owner="dp")


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("name", sorted(CASE.bad))
def test_bad_values_are_refused_before_any_noise(mechanism: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    randomiser = made(mechanism)
    monkeypatch.setattr(randomiser._mechanism, "release", lambda *_: pytest.fail("noise was drawn"))
    with pytest.raises(BoundaryError):
        randomiser.randomise(CASE.bad[name], SEAT)


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize(
    ("centres", "words"),
    [
        ((), "names no topic centres"),
        (TASK.centres[:1], "names 1 topic centre,"),
        ((TASK.centres[0], TASK.centres[1][:-1]), "not made of 32 whole numbers"),
        ((TASK.centres[0], (0.5,) * 32), "not made of 32 whole numbers"),
        ((TASK.centres[0], (257,) * 32), "not made of 32 whole numbers"),
    ],
)
def test_a_task_without_topics_is_refused_with_a_sentence(mechanism: str, centres: tuple, words: str) -> None:
    task = replace(TASK, centres=centres)
    for attempt in (lambda r: r.randomise(CASE.x0, Seat(CLIENT, task)), lambda r: r.cost(task)):
        with pytest.raises(ParamError, match=words):
            attempt(made(mechanism))


def test_equal_centres_span_nothing() -> None:
    with pytest.raises(ParamError, match="are the same"):
        subspace_of(replace(TASK, centres=TASK.centres[:1] * 3))


def test_a_seeded_seat_is_refused() -> None:
    class Still:
        seeded = True

        def bytes(self, count: int) -> bytes:
            return bytes(count)

    with pytest.raises(BoundaryError, match="operating system"):
        made().randomise(CASE.x0, Seat(CLIENT, TASK, random=Still()))


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("epsilon", [0.05, 2.0, 64.0])
def test_releases_are_quantised_vectors_of_norm_256(mechanism: str, epsilon: float) -> None:
    randomiser = made(mechanism, epsilon=epsilon)
    for value in (*CASE.extremes, *CASE.edges):
        released = randomiser.randomise(value, SEAT)
        assert released.dtype == np.int64
        assert np.linalg.norm(released) == pytest.approx(256, abs=3)


def test_a_release_under_little_noise_points_where_the_taste_does() -> None:
    taste = 3 * CENTRES[1] + CENTRES[4]
    taste = np.rint(taste / np.linalg.norm(taste) * 256).astype(np.int64)
    for mechanism in ("gaussian", "laplace"):
        randomiser = made(mechanism, epsilon=64)
        released = np.mean([randomiser.randomise(taste, SEAT) @ taste for _ in range(40)])
        assert released > 0.7 * 256 * 256
    assert np.array_equal(made(epsilon=64).randomise(taste, SEAT), CENTRES[1])


def test_a_topic_comes_out_as_often_as_declared() -> None:
    n, epsilon = 4000, 2.0
    randomiser = made(epsilon=epsilon)
    released = np.array([randomiser.randomise(CENTRES[3], SEAT) for _ in range(n)])
    counts = [(released == c).all(axis=1).sum() for c in CENTRES]
    assert sum(counts) == n
    for topic, count in enumerate(counts):
        chance = (math.exp(epsilon) if topic == 3 else 1) / (math.exp(epsilon) + len(CENTRES) - 1)
        assert binom.ppf(1e-7, n, chance) <= count <= binom.ppf(1 - 1e-7, n, chance)


def test_ties_go_to_the_first_topic() -> None:
    twice = replace(TASK, centres=(TASK.centres[0], TASK.centres[1], TASK.centres[0]))
    assert (krr.centres_of(twice) @ CENTRES[0]).argmax() == 0


def test_costs_of_response_stay_finite_where_floats_end() -> None:
    assert made(epsilon=2).cost(TASK).epsilon == 2.0
    assert 37 < made(epsilon=64).cost(TASK).epsilon < 40
    assert made(epsilon=64).output(TASK).epsilon == made(epsilon=64).cost(TASK).epsilon


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_costs_are_declared_in_full_and_grow_with_epsilon(mechanism: str) -> None:
    sweep = [0.05, 0.25, 1.0, 2.3456789, 16.0, 64.0]
    costs = [made(mechanism, epsilon=e).cost(TASK) for e in sweep]
    bounds = [made(mechanism, epsilon=e).output(TASK) for e in sweep]
    assert sorted(c.rho for c in costs) == [c.rho for c in costs]
    assert sorted(b.epsilon for b in bounds) == [b.epsilon for b in bounds]
    for epsilon, cost, bound in zip(sweep, costs, bounds, strict=True):
        assert (bound.unit, bound.neighbours, bound.model) == ("user and period", "replace-one", "local")
        assert bound.epsilon <= epsilon + 1e-9
        assert (bound.delta == 0) == math.isfinite(cost.epsilon)
        assert bound.rho == cost.rho
        if bound.delta == 0:
            assert cost.epsilon == bound.epsilon


vectors = st.lists(st.integers(-256, 256), min_size=32, max_size=32).map(lambda v: np.array(v, dtype=np.int64))


@settings(max_examples=60)
@given(vectors, vectors)
def test_no_two_vectors_lie_further_apart_than_the_noise_is_for(a: np.ndarray, b: np.ndarray) -> None:
    space = subspace_of(TASK)
    left, right = space.inner(a), space.inner(b)
    for side in (left, right):
        assert sum(x * x for x in side) <= RADIUS**2
    assert sum((x - y) ** 2 for x, y in zip(left, right, strict=True)) <= space.l2**2
    assert sum(abs(x - y) for x, y in zip(left, right, strict=True)) <= space.l1


def test_scaling_to_the_rim_loses_next_to_nothing_and_the_mean_stays() -> None:
    space = subspace_of(TASK)
    assert space.dims == len(CENTRES) - 1
    assert math.isqrt(sum(x * x for x in space.inner(CENTRES[0]))) > RADIUS * (1 - 1e-6)
    same = replace(TASK, centres=(tuple(CENTRES[0].tolist()), tuple((-CENTRES[0]).tolist())))
    assert subspace_of(same).inner(np.zeros(32, dtype=np.int64)) == [0]


@pytest.mark.parametrize(("epsilon", "delta", "known"), [(1.0, 1e-5, 3.730632), (0.5, 1e-6, 8.057), (8.0, 1e-5, 0.6)])
def test_gaussian_noise_is_the_analytic_one(epsilon: float, delta: float, known: float) -> None:
    sigma = noise_for(epsilon=epsilon, delta=delta, sensitivity=2.0**40, dims=12) / 2.0**40
    assert sigma == pytest.approx(known, rel=2e-3)
    mu = 1 / sigma
    exact = norm.cdf(mu / 2 - epsilon / mu) - math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu)
    assert exact == pytest.approx(delta_of(epsilon, shift=mu), rel=1e-6)
    assert delta * (1 - 1e-4) < exact <= delta


@pytest.mark.parametrize(("epsilon", "sensitivity"), [(0.5, 2000), (2.0, 5000)])
def test_what_is_set_aside_covers_the_lattice(epsilon: float, sensitivity: int) -> None:
    delta = 0.05
    sigma = noise_for(epsilon=epsilon, delta=delta, sensitivity=sensitivity, dims=1)
    steps = np.arange(-int(12 * sigma), int(12 * sigma) + sensitivity)
    p = np.exp(-(steps**2) / (2 * sigma**2))
    q = np.exp(-((steps - sensitivity) ** 2) / (2 * sigma**2))
    found = np.maximum(p / p.sum() - math.exp(epsilon) * q / q.sum(), 0).sum()
    assert 0.9 * delta < found <= delta


def test_the_conversion_from_rho_agrees_and_is_looser() -> None:
    dp, space = opendp_glue._library(), subspace_of(TASK)
    for epsilon in (0.25, 1.0, 4.0, 16.0):
        rho = made("gaussian", epsilon=epsilon).cost(TASK).rho
        scale = noise_for(epsilon=epsilon, delta=1e-5, sensitivity=float(space.l2), dims=space.dims)
        noise, declared = opendp_glue.gaussian(scale=scale, sensitivity=space.l2)
        theirs = dp.c.make_zCDP_to_approxDP(noise).map(float(space.l2)).epsilon(1e-5)
        assert declared == rho
        assert epsilon <= theirs <= 1.25 * epsilon
        assert converted(micro_up(rho), delta=1e-5) / MICRO == pytest.approx(theirs, rel=2e-3)


@pytest.mark.parametrize("epsilon", [0.05, 0.5, 1.0, 2.0, 4.0, 8.0, 20.0])
def test_rho_of_a_pure_epsilon_covers_the_worst_mechanism_of_all(epsilon: float) -> None:
    p = 1 / (1 + math.exp(-epsilon))
    logs = math.log(p), math.log1p(-p)
    for alpha in 1 + np.geomspace(1e-6, 1e4, 300):
        a, b = alpha * logs[0] + (1 - alpha) * logs[1], alpha * logs[1] + (1 - alpha) * logs[0]
        divergence = np.logaddexp(a, b) / (alpha - 1)
        assert divergence / alpha <= rho_of_pure(epsilon) * (1 + 1e-6) + 1e-9
    assert rho_of_pure(epsilon) <= epsilon**2 / 2 + 1e-9


def test_kit_case_without_topics_is_the_carriers_own() -> None:
    assert case_for("scoring").task.centres == ()
    assert len(TASK.centres) == 8
