"""Who is let in to label, when a task has votes enough, and what both save."""

import math

import numpy as np
import pytest

from privacy.errors import ParamError
from workloads.labeling.gate.policy import AGREEMENT, SKILLS, FixedGate, Policy, Scene, simulate_policy
from workloads.labeling.gate.qualify import ACCEPT, BOUND, CONTINUE, ENOUGH, OPEN, REASONS, REJECT, TOO_MANY, Sprt
from workloads.labeling.gate.stopping import FULL, NEEDS_MORE, SURE, Stopping


def test_the_evidence_is_walds() -> None:
    found = Sprt().after(right=3, seen=4)
    assert found.evidence == pytest.approx(3 * math.log(0.8 / 0.55) + math.log(0.2 / 0.45))
    assert (found.low, found.high) == pytest.approx((-math.log(19), math.log(19)))


@pytest.mark.parametrize(
    ("answers", "verdict", "reason", "seen"),
    [
        ([True] * 8, ACCEPT, ENOUGH, 8),
        ([True] * 12, ACCEPT, ENOUGH, 8),
        ([False] * 4, REJECT, TOO_MANY, 4),
        ([True, False], CONTINUE, OPEN, 2),
        ([], CONTINUE, OPEN, 0),
        ([True, True, False] * 5, REJECT, BOUND, 15),
        ([True, True, True, False] * 3 + [True] * 3, ACCEPT, BOUND, 15),
    ],
    ids=["good", "no longer than needed", "poor", "two", "none", "the bound turns away", "the bound lets in"],
)
def test_a_decision_has_its_reason(answers: list[bool], verdict: str, reason: str, seen: int) -> None:
    found = Sprt().decide(answers)
    assert (found.verdict, found.reason, found.seen) == (verdict, reason, seen)
    assert found.reason in REASONS


def test_errors_of_the_test_are_those_that_were_chosen() -> None:
    rng, test = np.random.default_rng(0), Sprt(most=200)
    let_in = {
        skill: np.mean([test.decide(rng.random(200) < skill).verdict == ACCEPT for _ in range(400)])
        for skill in (0.55, 0.8)
    }
    assert let_in[0.55] < 0.09
    assert let_in[0.8] > 0.91


@pytest.mark.parametrize("settings", [{"poor": 0.8}, {"good": 1.0}, {"lets_in": 0.0}, {"turns_away": 0.6}, {"most": 0}])
def test_settings_that_are_no_test_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ParamError):
        Sprt(**settings)  # type: ignore[arg-type]


def test_a_task_stops_when_it_is_sure_or_full() -> None:
    rule = Stopping(sure=0.9, fewest=2, most=4)
    posterior = np.array([[0.95, 0.05], [0.95, 0.05], [0.5, 0.5], [0.5, 0.5]])
    assert rule.open(posterior, np.array([1, 2, 3, 4])).tolist() == [True, False, True, False]
    reasons = [rule.reason(sure, votes=n) for sure, n in ((0.95, 1), (0.95, 2), (0.5, 3), (0.5, 4))]
    assert reasons == [NEEDS_MORE, SURE, NEEDS_MORE, FULL]
    for bad in ({"sure": 0.5}, {"fewest": 0}, {"fewest": 5, "most": 4}):
        with pytest.raises(ParamError):
            Stopping(**bad)  # type: ignore[arg-type]


def test_the_gate_and_stopping_save_tokens_at_equal_accuracy() -> None:
    scene = Scene(tasks=400)
    found = {
        name: [simulate_policy(policy, scene, seed=seed) for seed in range(4)]
        for name, policy in {
            "fixed": Policy(FixedGate(), AGREEMENT, votes=5),
            "ours": Policy(Sprt(), SKILLS, stopping=Stopping(sure=0.85)),
        }.items()
    }
    mean = {name: np.mean([(o.accuracy, o.tokens) for o in outcomes], axis=0) for name, outcomes in found.items()}
    assert mean["ours"][0] >= mean["fixed"][0]
    assert mean["ours"][1] < 0.65 * mean["fixed"][1]
    assert all(o.tokens == pytest.approx(5 + 30 * 10 / 400) for o in found["fixed"])


def test_one_labeler_left_does_not_end_a_round() -> None:
    outcome = simulate_policy(Policy(FixedGate(share=1.0), SKILLS, votes=5), Scene(labelers=5, tasks=20), seed=1)
    assert outcome.tokens == pytest.approx(3 + 5 * 10 / 20)
