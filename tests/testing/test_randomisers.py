"""The conformance kit on `dp`, and each of its checks on the bug it is meant for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from backends.dp.plugin import DpParams, register_backends
from backends.dp.scoring.mechanism import ScoringRandomiser
from privacy.errors import BoundaryError, PluginError, UnknownNameError
from privacy.guarantees import OutputPrivacy
from privacy.mechanism import PrivacyCost
from privacy.params import param
from privacy.plugin import check_vector
from privacy.registry import Entry, Registry, discover
from privacy.testing import RANDOMISER_CHECKS, CheckResult, RandomiserBench, check_backend
from privacy.testing.checks.cost import gaussian_epsilon
from privacy.testing.kit import run_check
from privacy.testing.randomiser_bench import randomised_case
from tests.support import PLANTED_DP
from tests.support.conformance import Conformance
from tests.support.soaking import in_soak, sized

CASE = randomised_case("scoring")


def with_dp(**where: Any) -> Registry:
    """All backends, `dp` among them even where the installed metadata is older than it."""
    entries = discover(**where).entries
    (spec,) = register_backends()
    return Registry([e for e in entries if e.id != "dp"] + [Entry("dp", "backends.dp.plugin", True, spec)])


class DpConformance(Conformance):
    backend = "dp"
    plays = sized(40, 400)

    @classmethod
    def registry(cls) -> Registry:
        return with_dp()


OF_SUMS = (
    "aggregation-audit-in_process", "aggregation-monotone-in_process", "aggregation-fresh-in_process", "settings",
)  # fmt: skip
"""Sums are noised alike whatever a release of a taste is noised with: TestResponse checks them."""


class TestResponse(DpConformance):
    soaked = ("settings",)


class TestGaussian(DpConformance):
    params = {"mechanism": "gaussian", "epsilon": 0.5}  # noqa: RUF012
    soaked = OF_SUMS


class TestLaplace(DpConformance):
    params = {"mechanism": "laplace", "epsilon": 8.0}  # noqa: RUF012
    soaked = OF_SUMS


@pytest.fixture(scope="module")
def registry() -> Registry:
    return with_dp(plugins=PLANTED_DP)


def test_a_randomiser_has_checks_of_its_own_kind(registry: Registry) -> None:
    spec = registry.spec("dp")
    report = check_backend(spec, registry, only={"cost", "input"}, primitives={"scoring"})
    assert [r.id for r in report.results] == ["input", "cost"]
    with pytest.raises(UnknownNameError, match="no check named 'game'"):
        check_backend(spec, registry, only={"game"})
    with pytest.raises(UnknownNameError, match="no check named 'audit'"):
        check_backend(registry.spec("plain"), registry, only={"audit"})
    with pytest.raises(PluginError, match="is not a Mechanism"):
        registry.mechanism(spec, "scoring", DpParams())


@dataclass(frozen=True)
class ToyParams:
    epsilon: float = param(1.0, help="Privacy loss.", low=0.1, high=10.0)


class Toy(ScoringRandomiser):
    """The backend's randomised response, for small bugs to be put in."""

    def __init__(self, params: Any) -> None:
        super().__init__(DpParams(epsilon=params.epsilon))


def outcome(check: str, *, params: Any = None, plays: int = 4000, **parts: Any) -> CheckResult:
    """One check on `Toy` with some of its methods replaced."""
    kind = type("Changed", (Toy,), parts)
    return run_check(check, RandomiserBench(kind, params or ToyParams(), CASE, plays=plays, seed=1))


def bound(**changes: Any) -> Any:
    parts = {
        "epsilon": 1.0, "delta": 0.0, "unit": "user", "neighbours": "any two", "model": "local", "accountant": "pure"
    } | changes  # fmt: skip
    return lambda self, task: OutputPrivacy(**parts)


def cost(epsilon: float, rho: float = 0.0) -> Any:
    return lambda self, task: PrivacyCost(epsilon, rho)


def careless(self: Any, value: Any, seat: Any) -> Any:
    flat = np.nan_to_num(np.asarray(value, dtype=np.float64)).ravel()
    return self._mechanism.release(seat.task, np.resize(flat, seat.task.dims).astype(np.int64))


def crashing(self: Any, value: Any, seat: Any) -> Any:
    return check_vector(seat.task, np.asarray(value) // np.int64(1))


def seeded(self: Any, value: Any, seat: Any) -> Any:
    check_vector(seat.task, value)
    return np.random.randint(-9, 9, seat.task.dims)


def from_seat(self: Any, value: Any, seat: Any) -> Any:
    if seat.random.seeded:
        raise ZeroDivisionError
    return Toy.randomise(self, value, seat)


def shifted(by: int) -> Any:
    return lambda self, value, seat: Toy.randomise(self, value, seat) + by


INF = float("inf")


@pytest.mark.parametrize(
    ("check", "parts", "words"),
    [
        ("audit", {"randomise": lambda s, v, seat: check_vector(seat.task, v)}, "above the declared 1"),
        ("audit", {"cost": cost(1.0, 1e-6)}, "is spent, 1e-06 charged"),
        ("audit", {"cost": cost(0.1)}, "spent without delta, 0.1 charged"),
        ("input", {"randomise": careless}, "NaN: released"),
        ("input", {"randomise": crashing}, "text: "),
        ("bounds", {"randomise": shifted(256)}, "exceeds the bound 256"),
        ("bounds", {"randomise": lambda s, v, seat: Toy.randomise(s, v, seat)[:-1]}, "has shape (31,)"),
        ("bounds", {"randomise": lambda s, v, seat: Toy.randomise(s, v, seat) / 256}, "float64, not int64"),
        ("bounds", {"randomise": lambda s, v, seat: Toy.randomise(s, v, seat).tolist()}, "is list, not int64"),
        ("fresh", {"randomise": seeded}, "repeat each other"),
        ("fresh", {"randomise": from_seat}, "ZeroDivisionError"),
        ("monotone", {"cost": lambda s, t: PrivacyCost(1 / s.params.epsilon)}, "charged falls while epsilon grows"),
        ("monotone", {"output": bound()}, "does not follow the parameter"),
        ("monotone", {"cost": lambda s, t: PrivacyCost(INF, s.params.epsilon),
                      "output": lambda s, t: bound(epsilon=s.params.epsilon, delta=1e-5, accountant="Gaussian")(s, t)},
         "accountants differ"),
        ("cost", {"output": bound(unit=" ")}, "its unit is not named"),
        ("cost", {"output": bound(epsilon=INF)}, "is no bound"),
        ("cost", {"cost": cost(0.5)}, "epsilon 0.5 is charged for a bound of 1"),
        ("cost", {"cost": cost(INF)}, "none in rho either"),
        ("cost", {"cost": cost(INF, 1e-3), "output": bound(delta=1e-5)}, "too little for epsilon 1"),
        ("cost", {"statement": lambda s, t: " "}, "statement is empty"),
        ("cost", {"cost": lambda s, t: 1 / 0}, "ZeroDivisionError"),
    ],
)  # fmt: skip
def test_check_fails_for_what_it_is_meant_for(check: str, parts: dict[str, Any], words: str) -> None:
    result = outcome(check, **parts)
    assert result.passed is False
    assert words in result.detail


@pytest.mark.parametrize(
    "check",
    [
        in_soak("planted", one) if one == "settings" else one
        for one in sorted(set(RANDOMISER_CHECKS) - {"float", "noise"})
    ],
)
def test_check_passes_without_a_bug(check: str) -> None:
    assert outcome(check).passed is True


def test_what_does_not_apply_says_so() -> None:
    @dataclass(frozen=True)
    class Bare:
        level: int = 1

    assert outcome("float").passed is None
    still = outcome("fresh", randomise=lambda s, v, seat: check_vector(seat.task, v) * 0)
    assert (still.passed, "shows nothing" in still.detail) == (None, True)
    bench = RandomiserBench(lambda _: Toy(ToyParams()), Bare(), CASE)
    assert run_check("monotone", bench).detail == "it has no parameter named epsilon"


def test_an_audit_needs_an_input_that_is_admitted() -> None:
    def refusing(self: Any, value: Any, seat: Any) -> Any:
        raise BoundaryError("no")

    result = outcome("audit", randomise=refusing)
    assert (result.passed, "refuses every input" in result.detail) == (False, True)


def test_global_generators_are_left_as_they_were() -> None:
    np.random.seed(5)
    outcome("fresh")
    assert np.random.randint(10**6) == np.random.RandomState(5).randint(10**6)


def test_the_second_accountant_knows_the_gaussian() -> None:
    assert gaussian_epsilon(1 / 3.730631634, delta=1e-5) == pytest.approx(1.0, rel=1e-5)
    assert gaussian_epsilon(1e-6, delta=0.5) == 0
