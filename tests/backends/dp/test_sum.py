"""Client-level differential privacy of sums: what is declared, charged and said of a release."""

import importlib
import math
from dataclasses import fields, replace
from itertools import pairwise

import pytest

from backends.dp.aggregation.release import SumRelease
from backends.dp.plugin import DpParams, register_backends
from privacy.accountant import epsilon_of
from privacy.errors import ParamError, VeilbenchError
from privacy.params import owners
from privacy.randomiser import SumRandomiser, under_sum
from privacy.services.accounting import MICRO, converted, micro_up, price_of
from privacy.testing.checks.cost import gaussian_epsilon
from tests.support.dp_sums import SHARED, TASK, made


def test_it_is_registered_with_parameters_of_its_own() -> None:
    (spec,) = register_backends()
    module, name = spec.implements["aggregation"].split(":")
    assert getattr(importlib.import_module(module), name) is SumRelease
    assert issubclass(SumRelease, SumRandomiser)
    own = {"clip", "rounds", "sampling", "population", "colluders", "sum_noise"}
    assert set(owners(DpParams, primitives=["aggregation"])) == own | {"epsilon", "delta"}
    assert set(owners(DpParams, primitives=["scoring"])) == {"mechanism", "epsilon", "delta"}
    assert {f.name for f in fields(DpParams)} == own | {"mechanism", "epsilon", "delta"}


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
    assert "epsilon 1, delta 1e-05" in central
    assert "3.73 times the clip norm" in central
    assert "18 of them add enough" in shared
    assert "30 clients" in central
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
    assert "epsilon 1, delta 1e-05" in rows.observer("collector").statement


def test_an_unknown_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy import accountant

    def missing(name: str) -> None:
        raise ImportError(name)

    accountant._library.cache_clear()
    monkeypatch.setattr(accountant, "import_module", missing)
    with pytest.raises(VeilbenchError, match="pip install dp-accounting"):
        accountant._library()
