"""Client-level differential privacy of sums: what is declared, carried, refused and released."""

import importlib
import json
import math
from dataclasses import asdict, fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from backends.dp.plugin import DpParams, register_backends
from backends.dp.sum_accounting import epsilon_of
from backends.dp.sum_clip import clip_steps
from backends.dp.sum_noise import reach
from backends.dp.sum_randomiser import SumNoise
from backends.dp.sum_table import SMOOTH
from privacy.errors import BoundaryError, ParamError, VeilbenchError
from privacy.params import owners
from privacy.plugin import AggregationTask, Seat
from privacy.primitives.aggregation import AGGREGATOR, contributor
from privacy.randomiser import SumRandomiser, under_sum
from privacy.services.accounting import MICRO, converted, micro_up, price_of
from privacy.testing.checks_cost import gaussian_epsilon

TASK = AggregationTask(contributors=30, length=5, bound=5000, unit=1e-3, minimum=20)
SHARED = replace(TASK, noise_shares=18)
LONG = replace(SHARED, length=40_000)
VALUE = np.array([3000, -4000, 0, 1, 2])


def made(**params: object) -> SumNoise:
    return SumNoise(DpParams(**params))


def seat(task: AggregationTask = TASK, index: int = 1) -> Seat[AggregationTask]:
    return Seat(contributor(index), task)


class Still:
    seeded = True

    def bytes(self, count: int) -> bytes:
        return bytes(count)


def test_it_is_registered_with_parameters_of_its_own() -> None:
    (spec,) = register_backends()
    module, name = spec.implements["aggregation"].split(":")
    assert getattr(importlib.import_module(module), name) is SumNoise
    assert issubclass(SumNoise, SumRandomiser)
    own = {"clip", "rounds", "sampling", "population", "colluders"}
    assert set(owners(DpParams, primitives=["aggregation"])) == own | {"epsilon", "delta"}
    assert set(owners(DpParams, primitives=["scoring"])) == {"mechanism", "epsilon", "delta"}
    assert {f.name for f in fields(DpParams)} == own | {"mechanism", "epsilon", "delta"}


vectors = st.lists(st.integers(-5000, 5000), min_size=5, max_size=5).map(lambda v: np.array(v, dtype=np.int64))


@settings(max_examples=100)
@given(vectors, st.floats(1e-3, 20))
def test_what_leaves_the_device_is_within_the_declared_sensitivity(vector: np.ndarray, clip: float) -> None:
    randomiser = made(clip=clip)
    out = randomiser.randomise(vector, seat())
    assert sum(int(x) ** 2 for x in out) <= clip_steps(clip, unit=TASK.unit) ** 2
    assert np.abs(out).max() <= randomiser.carried(TASK).bound
    central = randomiser.central(TASK)
    assert central is not None
    assert central.variance >= (randomiser.plan(TASK).z * clip_steps(clip, unit=TASK.unit)) ** 2 + SMOOTH


def test_central_noise_is_the_aggregators_own_and_the_devices_add_none() -> None:
    randomiser = made(epsilon=1.0)
    one, two = (randomiser.randomise(VALUE, seat(index=i)) for i in (1, 2))
    assert np.array_equal(one, two)
    assert one.tolist() == [599, -799, 0, 0, 0]
    central = randomiser.central(TASK)
    # Numbers alone, so that it can move to another process.
    assert asdict(central) == json.loads(json.dumps(asdict(central)))
    kind = type(central)
    assert getattr(importlib.import_module(kind.__module__), kind.__qualname__)(**asdict(central)) == central
    noised = np.array([central.add(one, Seat(AGGREGATOR, TASK)) - one for _ in range(300)]).ravel()
    low, high = (chi2.ppf(p, len(noised)) * central.variance for p in (1e-7, 1 - 1e-7))
    assert low < (noised**2.0).sum() < high
    assert math.sqrt(central.variance) == pytest.approx(3730.63, rel=1e-3)


def test_shares_of_those_who_are_counted_on_add_up() -> None:
    randomiser = made(epsilon=1.0, colluders=2)
    assert randomiser.central(LONG) is None
    plan = randomiser.plan(LONG)
    assert plan.share * LONG.noise_shares == pytest.approx(plan.variance)
    assert plan.variance >= (plan.z * plan.clip) ** 2
    value = np.zeros(LONG.length, dtype=np.int64)
    shares = [randomiser.randomise(value, seat(LONG, i)) for i in range(1, LONG.noise_shares + 1)]
    total = np.sum(shares, axis=0)
    low, high = (chi2.ppf(p, len(total)) * plan.variance for p in (1e-7, 1 - 1e-7))
    assert low < (total**2.0).sum() < high
    for one in shares:
        assert np.abs(one).max() <= randomiser.carried(LONG).bound
    # No two contributors draw the same, and none repeats itself.
    assert len({one.tobytes() for one in shares}) == len(shares)


def test_the_carried_task_has_room_for_the_clip_and_the_noise_and_nothing_else_changes() -> None:
    randomiser = made(epsilon=1.0, clip=2.0)
    assert randomiser.carried(TASK) == replace(TASK, bound=2000)
    plan = randomiser.plan(SHARED)
    assert randomiser.carried(SHARED) == replace(SHARED, bound=2000 + reach(plan.share))
    assert randomiser.carried(SHARED).sum_bound < 2**31
    assert made(clip=50.0).carried(TASK).bound == TASK.bound


BAD = {
    "nan": np.array([math.nan, 0, 0, 0, 0]),
    "infinity": np.array([math.inf, 0, 0, 0, 0]),
    "floats": np.zeros(5),
    "short": np.zeros(4, dtype=int),
    "nested": np.zeros((5, 1), dtype=int),
    "past the bound": np.array([5001, 0, 0, 0, 0]),
    "least of all": np.array([np.iinfo(np.int64).min, 0, 0, 0, 0]),
    "nothing": None,
    "text": "12345",
}


@pytest.mark.parametrize("task", [TASK, SHARED], ids=["central", "shares"])
@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_vectors_are_refused_before_any_noise(
    task: AggregationTask, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.dp.sum_randomiser.draw", lambda *_, **__: pytest.fail("noise was drawn"))
    with pytest.raises(BoundaryError):
        made().randomise(BAD[name], seat(task))


@pytest.mark.parametrize("task", [SHARED, LONG], ids=["short", "long"])
def test_seeded_seats_are_refused_wherever_noise_is_drawn(task: AggregationTask) -> None:
    value = np.zeros(task.length, dtype=np.int64)
    with pytest.raises(BoundaryError, match="operating system"):
        made().randomise(value, Seat(contributor(1), task, random=Still()))
    alone = replace(task, noise_shares=0)
    with pytest.raises(BoundaryError, match="operating system"):
        made().central(alone).add(value, Seat(AGGREGATOR, alone, random=Still()))


@pytest.mark.parametrize(
    ("params", "changes", "words"),
    [
        ({}, {"weights": (2,) * 30}, "drop the weights"),
        ({}, {"weights": (1,) * 29 + (3,)}, "drop the weights"),
        ({}, {"bound": 2**31}, "coarser unit"),
        ({}, {"unit": 10.0}, "finer unit"),
        ({}, {"unit": 1e-10}, "coarser unit"),
        ({"clip": 100.0}, {"unit": 1e-6}, "lower clip, raise epsilon, or sum in a unit coarser than 1e-06"),
        ({"epsilon": 0.05, "delta": 1e-9}, {"unit": 1e-6, "noise_shares": 18}, "would wrap at 2,147,483,648"),
        ({"colluders": 13}, {"noise_shares": 18}, "lower colluders"),
        ({"epsilon": 8.0, "clip": 1.0}, {"unit": 1.0, "noise_shares": 18}, "finer unit, or lower epsilon"),
        ({"epsilon": 0.05, "clip": 5e8}, {"unit": 1.0, "contributors": 2, "minimum": 2}, "lower clip"),
        (
            {"epsilon": 64.0, "delta": 1e-9, "rounds": 10_000, "clip": 1e-3},
            {"length": 10_000_000, "contributors": 20_000, "noise_shares": 10_000, "unit": 1e-6, "bound": 5},
            "drawn exactly enough",
        ),
    ],
)
def test_what_does_not_fit_says_what_to_change(params: dict, changes: dict, words: str) -> None:
    randomiser, task = made(**params), replace(TASK, bound=changes.pop("bound", 2**31 - 1), **changes)
    for attempt in (randomiser.carried, randomiser.central, randomiser.output, randomiser.cost):
        with pytest.raises(ParamError, match=words):
            attempt(task)


def test_weights_of_one_are_no_weights() -> None:
    assert made().carried(replace(TASK, weights=(1,) * 30)).bound == 1000


def test_noise_falls_as_epsilon_grows_and_what_is_declared_follows() -> None:
    sweep = [made(epsilon=e) for e in (0.05, 0.2, 1.0, 5.0, 20.0, 64.0)]
    for task in (TASK, replace(SHARED, unit=1e-4)):
        plans, costs = [r.plan(task) for r in sweep], [r.cost(task) for r in sweep]
        assert all(a.z > b.z and a.variance > b.variance for a, b in pairwise(plans))
        assert all(a.rho < b.rho for a, b in pairwise(costs))
        for r, cost in zip(sweep, costs, strict=True):
            bound = r.output(task)
            assert bound.epsilon == r.params.epsilon
            assert bound.rho == cost.rho
            assert math.isinf(cost.epsilon)
            # As the conformance kit asks: what is charged covers the claim, and a second curve agrees.
            assert converted(price_of(cost).rho, delta=bound.delta) / MICRO >= bound.epsilon
            assert gaussian_epsilon(math.sqrt(2 * cost.rho), delta=bound.delta) == pytest.approx(
                bound.epsilon, rel=1e-3
            )


def test_rounds_are_charged_together_and_never_amplified() -> None:
    one, many, sampled = made(), made(rounds=50), made(rounds=50, sampling=0.1)
    assert sampled.plan(TASK).z < many.plan(TASK).z / 4
    assert many.plan(TASK).z == pytest.approx(one.plan(TASK).z * math.sqrt(50), rel=1e-5)
    assert many.cost(TASK).rho == pytest.approx(one.cost(TASK).rho, rel=1e-5)
    for r in (one, many, sampled):
        assert r.cost(TASK).rho >= r.params.rounds / (2 * r.plan(TASK).z ** 2)
        assert micro_up(r.cost(TASK).rho) > 0
    assert sampled.cost(TASK).rho > 10 * many.cost(TASK).rho


def test_each_observer_has_its_own_bound() -> None:
    plain = made(epsilon=2.0)
    assert plain.output_for("aggregator", TASK) is None
    assert plain.output_for("collector", TASK) == plain.output_for("public", TASK) == plain.output(TASK)
    assert plain.output_for("aggregator", SHARED) == plain.output(SHARED)
    assert (plain.output(TASK).model, plain.output(SHARED).model) == ("central", "distributed")
    assert plain.output(TASK).neighbours == "add or remove one client"
    assert plain.output(SHARED).neighbours == "zero-out one client"
    assert plain.output(TASK).unit == "client"


def test_sampling_amplifies_only_towards_those_who_do_not_know_the_cohort() -> None:
    randomiser = made(epsilon=2.0, rounds=20, sampling=0.1)
    z = randomiser.plan(TASK).z
    secret, known = (randomiser.output_for(o, TASK) for o in ("public", "collector"))
    assert secret == randomiser.output(TASK)
    assert secret.sampler == "Poisson q=0.1, cohort secret"
    assert known.sampler == "none"
    assert known.epsilon == pytest.approx(epsilon_of(z, q=1.0, rounds=20, delta=1e-5), rel=1e-4)
    assert known.epsilon > 4 * secret.epsilon
    assert "if it is not told who took part" in randomiser.statement(TASK)
    # A share of noise says that its owner took part: nothing is amplified, and the noise is that of all rounds.
    assert randomiser.plan(SHARED).z == made(epsilon=2.0, rounds=20).plan(SHARED).z
    assert randomiser.output(SHARED).sampler == "none"
    # Past all use the bound towards who knows the cohort is given up, not understated.
    loose = made(epsilon=8.0, rounds=1000, sampling=0.05)
    assert math.isinf(loose.output_for("collector", TASK).epsilon)


def test_the_statement_says_how_and_whether_it_means_anything() -> None:
    central, shared = made(epsilon=1.0).statement(TASK), made(epsilon=1.0).statement(SHARED)
    assert "at most epsilon 1, delta 1e-05, from one release:" in central
    assert "the aggregator, who reads every vector, adds the noise (3.73 times the clip norm)" in central
    assert "18 of them add enough" in shared
    assert "with 30 clients the noise drowns what they share" in central
    many = made(epsilon=1.0, population=5000, rounds=3).statement(TASK)
    assert "3 releases together" in many
    assert "Not meaningful" not in many
    assert "Not meaningful: at epsilon 20" in made(epsilon=20.0, population=5000).statement(TASK)


def test_the_guarantee_of_a_carrier_names_the_bound_of_each_observer() -> None:
    from privacy.guarantees import Guarantee, Strength

    carried = Guarantee((*Guarantee.none(towards="aggregator").towards, *Guarantee.none(towards="collector").towards))
    rows = under_sum(made(epsilon=1.0), TASK, carried)
    assert rows.observer("aggregator").output is None
    assert rows.observer("aggregator").strength == Strength.NONE
    assert rows.observer("collector").output.epsilon == 1.0
    assert "epsilon 1, delta 1e-05 for one client (central model)" in rows.observer("collector").statement


def test_an_unknown_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from backends.dp import sum_accounting

    def missing(name: str) -> None:
        raise ImportError(name)

    sum_accounting._library.cache_clear()
    monkeypatch.setattr(sum_accounting, "import_module", missing)
    with pytest.raises(VeilbenchError, match="pip install dp-accounting"):
        sum_accounting._library()
