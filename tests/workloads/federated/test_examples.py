"""Example-level differential privacy: steps of DP-SGD, noise that is what it says, and an epsilon of its own unit."""

import numpy as np
import pytest

from privacy import lab
from privacy.accountant import epsilon_of
from privacy.boundary.channel import Channel
from privacy.errors import ParamError
from privacy.registry import discover
from privacy.request import RunRequest
from workloads.federated import example_level
from workloads.federated.cohort import cohort, taken
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import read
from workloads.federated.text.vocabulary import Vocabulary
from workloads.federated.training import examples, lstm
from workloads.federated.training.shape import Shape, begin

WORDS = Vocabulary.of(["the cat sat", "a dog ran home", "the dog sat"], most=20)
ROWS = WORDS.encode(["the cat sat", "a dog ran", "home", "the zebra ran home a dog sat"])
SHAPE = Shape(len(WORDS), 8)
WEIGHTS = begin(SHAPE, seed=1)
SMALL = {"devices": 4, "rounds": 2, "sentences": 6, "words": 60, "width": 4, "pretrained": False, "batch": 3}


def alone(row: np.ndarray, rate: float) -> np.ndarray:
    """What one sentence says, by the training that has no noise."""
    return lstm.train_client(SHAPE, WEIGHTS, row[None], epochs=1, batch=1, rate=rate)[0]


def test_without_noise_and_clipping_a_step_is_the_mean_of_what_sentences_say() -> None:
    how = {"epochs": 1, "batch": 4, "rate": 0.5}
    update, loss = examples.train_client(SHAPE, WEIGHTS, ROWS, noise=0.0, clip=1e9, **how)
    each = [alone(row, 0.5) for row in ROWS]
    assert np.allclose(update, np.mean(each, axis=0), atol=1e-6)
    assert np.isfinite(loss)
    norms = [np.linalg.norm(one) / 0.5 for one in each]
    clip = float(np.median(norms))
    clipped, _ = examples.train_client(SHAPE, WEIGHTS, ROWS, noise=0.0, clip=clip, **how)
    scaled = [one * min(1.0, clip / norm) for one, norm in zip(each, norms, strict=True)]
    assert np.allclose(clipped, np.mean(scaled, axis=0), atol=1e-5)


def test_noise_is_gaussian_of_noise_times_clip_and_drawn_anew() -> None:
    how = {"epochs": 1, "batch": 4, "rate": 1.0}
    drawn = [examples.train_client(SHAPE, WEIGHTS, ROWS, noise=3.0, clip=1e-6, **how)[0] for _ in range(40)]
    entries = np.concatenate(drawn) * 4 / 1e-6
    assert len(entries) > 20_000
    assert entries.std() == pytest.approx(3.0, rel=0.03)
    assert abs(entries.mean()) < 0.15
    assert not np.array_equal(drawn[0], drawn[1])


def test_epsilon_of_a_sentence_is_that_of_its_steps_and_of_no_device() -> None:
    options = FederatedOptions(**SMALL, example_noise=1.5)
    plan = read(RunRequest(workload="federated"), options)
    rows = len(plan.found.rows[0])
    expected = epsilon_of(1.5, q=3 / rows, rounds=2 * 3 * -(-rows // 3), delta=1e-5)
    twice, once = [2] * plan.devices, [1] * plan.devices
    assert example_level.spent(plan, taken=twice) == pytest.approx(expected)
    assert example_level.spent(plan, taken=once) < expected  # type: ignore[operator]
    # It is that of whoever was in most rounds; of somebody who was in none, nothing is known.
    assert example_level.spent(plan, taken=[2, *once[1:]]) == pytest.approx(expected)
    assert example_level.spent(plan, taken=[0] * plan.devices) == 0.0
    assert example_level.spent(read(RunRequest(workload="federated"), FederatedOptions(**SMALL)), taken=twice) is None


def test_rounds_that_a_device_was_not_in_cost_it_nothing() -> None:
    plan = read(RunRequest(workload="federated"), FederatedOptions(**SMALL | {"share": 0.5, "minimum": 1}))
    found = taken(plan, noised=False, seed=3, rounds=4)
    cohorts = [cohort(plan, noised=False, seed=3, index=at) for at in (1, 2, 3, 4)]
    assert found == [sum(at in one for one in cohorts) for at in range(plan.devices)]
    assert len(set(found)) > 1
    # Who takes part under noise is drawn in secret, and could have been in all.
    assert taken(plan, noised=True, seed=3, rounds=4) == [4] * plan.devices


def test_a_training_with_noise_says_what_a_sentence_has_spent(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    registry = discover()
    request = RunRequest(workload="federated", options=SMALL | {"example_noise": 1.5})
    case = lab.opened(request, registry)
    *_, last = case.workload.rounds(case.case, case.seats(registry, channel=Channel()))
    spent = [row["sentence_epsilon"] for row in last.history[1:]]  # type: ignore[attr-defined]
    everybody = case.case.inner.devices
    assert spent == [example_level.spent(case.case.inner, taken=[at] * everybody) for at in (1, 2)]
    assert "epsilon" not in last.history[-1]  # type: ignore[attr-defined]
    assert last.entry["facts"]["noise"]["sentence"]["epsilon_so_far"] == spent[-1]  # type: ignore[index]
    for model in ("digits", "series"):
        with pytest.raises(ParamError):
            lab.opened(RunRequest(workload="federated", options={"model": model, "example_noise": 1.0}), registry)
