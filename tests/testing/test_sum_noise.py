"""The conformance kit on randomisers of sums: the built-in one, and each planted bug caught by its check."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backends.dp.aggregation.clip import clipped
from backends.dp.aggregation.noise import CentralNoise, draw
from backends.dp.aggregation.randomiser import SumNoise
from backends.dp.plugin import DpParams
from privacy.plugin import PrivacyCost, check_contribution
from privacy.testing import RANDOMISER_CHECKS, CheckResult, RandomiserBench
from privacy.testing.kit import run_check
from privacy.testing.randomiser_bench import randomised_case
from tests.support.soaking import in_soak

CASE = randomised_case("aggregation")
SOAK = pytest.mark.soak("planted")


def found(check: str, *, plays: int = 6000, **parts: Any) -> CheckResult:
    kind = type("Changed", (SumNoise,), parts)
    bench = RandomiserBench(kind, DpParams(epsilon=2.0), CASE, plays=plays, seed=1, seconds=30.0)
    return run_check(check, bench)


@pytest.mark.parametrize(
    "check",
    [in_soak("planted", c) if c == "audit" else c for c in sorted(set(RANDOMISER_CHECKS) - {"float", "settings"})],
)
def test_the_built_in_noise_passes_in_both_models(check: str) -> None:
    result = found(check)
    assert result.passed is True, result.detail
    assert "central noise: " in result.detail
    assert "distributed noise: " in result.detail


def quieter(by: float) -> dict[str, Any]:
    """All noise smaller than it is declared, in both models."""

    def randomise(self: Any, value: Any, seat: Any) -> Any:
        plan = self.plan(seat.task)
        out = clipped(check_contribution(seat.task, seat.party, value), most=plan.clip)
        return out + draw(seat, length=len(out), variance=plan.share / by**2) if plan.shares else out

    def central(self: Any, task: Any) -> Any:
        noise = SumNoise.central(self, task)
        return noise and replace(noise, variance=noise.variance / by**2)

    return {"randomise": randomise, "central": central}


def unclipped(self: Any, value: Any, seat: Any) -> Any:
    plan = self.plan(seat.task)
    out = check_contribution(seat.task, seat.party, value).copy()
    return out + draw(seat, length=len(out), variance=plan.share) if plan.shares else out


def doubled(self: Any, value: Any, seat: Any) -> Any:
    """The clip norm is twice what the noise was made for."""
    plan = self.plan(seat.task)
    out = clipped(check_contribution(seat.task, seat.party, value), most=2 * plan.clip)
    return out + draw(seat, length=len(out), variance=plan.share) if plan.shares else out


def clipped_by_entry(self: Any, value: Any, seat: Any) -> Any:
    """Each entry is clipped, and not the norm: a vector may be longer by the root of its length."""
    plan = self.plan(seat.task)
    out = np.clip(check_contribution(seat.task, seat.party, value), -plan.clip, plan.clip)
    return out + draw(seat, length=len(out), variance=plan.share) if plan.shares else out


def silent_devices(self: Any, value: Any, seat: Any) -> Any:
    return clipped(check_contribution(seat.task, seat.party, value), most=self.plan(seat.task).clip)


class SeededNoise(CentralNoise):
    """Noise from a generator that the whole process shares."""

    def add(self, total: object, seat: Any) -> Any:
        return np.asarray(total) + np.random.normal(0, self.variance**0.5, self.length).round().astype(np.int64)


class FloatNoise(CentralNoise):
    """Noise that is no whole number."""

    def add(self, total: object, seat: Any) -> Any:
        return super().add(total, seat) + 0.5


def with_noise(kind: Any) -> Any:
    def central(self: Any, task: Any) -> Any:
        noise = SumNoise.central(self, task)
        return noise and kind(noise.variance, noise.length)

    return central


def accepting(self: Any, value: Any, seat: Any) -> Any:
    flat = np.nan_to_num(np.asarray(value, dtype=np.float64)).ravel()
    return SumNoise.randomise(self, np.resize(flat, seat.task.length).clip(-9, 9).astype(np.int64), seat)


def to_everybody(self: Any, observer: str, task: Any) -> Any:
    return self.output(task)


def without_noise(self: Any, task: Any) -> Any:
    return None


@pytest.mark.parametrize(
    ("check", "parts", "words"),
    [
        pytest.param("audit", quieter(4), "2 is declared", marks=SOAK),
        pytest.param("audit", {"randomise": doubled}, "2 is declared", marks=SOAK),
        pytest.param("audit", {"randomise": unclipped}, "2 is declared", marks=SOAK),
        pytest.param("audit", {"randomise": clipped_by_entry}, "2 is declared", marks=SOAK),
        pytest.param("audit", {"randomise": silent_devices}, "distributed noise: epsilon is at least", marks=SOAK),
        ("audit", {"output_for": lambda s, o, t: None}, "nothing is claimed towards the collector"),
        ("input", {"randomise": accepting}, "NaN: released"),
        ("bounds", {"randomise": lambda s, v, seat: SumNoise.randomise(s, v, seat) + 10**8}, "exceeds the bound"),
        ("bounds", {"central": with_noise(FloatNoise)}, "a noised sum is float64"),
        ("bounds", {"carried": lambda s, t: replace(SumNoise.carried(s, t), minimum=1)}, "in more than its bound"),
        ("fresh", {"central": with_noise(SeededNoise)}, "repeat each other"),
        ("monotone", {"cost": lambda s, t: PrivacyCost(float("inf"), 1 / s.params.epsilon)}, "falls while epsilon"),
        ("cost", {"cost": lambda s, t: PrivacyCost(float("inf"), 1e-3)}, "too little for epsilon 2"),
        ("observers", {"output_for": to_everybody}, "towards the aggregator, who reads every vector"),
        ("observers", {"central": without_noise}, "nobody adds the noise"),
        ("observers", {"output_for": lambda s, o, t: None}, "no bound is claimed towards the collector"),
    ],
)
def test_check_fails_for_what_it_is_meant_for(check: str, parts: dict[str, Any], words: str) -> None:
    result = found(check, **parts)
    assert result.passed is False, result.detail
    assert words in result.detail


def test_whole_numbers_have_no_low_order_bits() -> None:
    assert found("float").passed is None


@pytest.mark.parametrize("seed", [0, in_soak("planted", 1)])
def test_an_honest_sum_is_not_accused(seed: int) -> None:
    bench = RandomiserBench(SumNoise, DpParams(epsilon=0.5), CASE, plays=2000, seed=seed)
    assert run_check("audit", bench).passed is True
