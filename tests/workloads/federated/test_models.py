"""The models beside that of words: digits and series, from shipped, made-up and own data."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.errors import DataError
from privacy.registry import Registry
from privacy.request import RunRequest
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import Plan, read
from workloads.federated.sources.values import WINDOW, windows
from workloads.federated.training.autograd import Model, train_client
from workloads.federated.training.files import from_file, to_file

pytestmark = pytest.mark.usefixtures("home")

DIGITS: dict[str, Any] = {"model": "digits", "devices": 10, "width": 24, "sentences": 100, "rate": 0.1, "minimum": 2}
SERIES: dict[str, Any] = {"model": "series", "devices": 8, "width": 8, "rate": 0.05, "minimum": 2}


def plan_of(options: dict[str, Any], data: Path | None = None) -> Plan:
    path = None if data is None else str(data)
    return read(RunRequest(workload="federated", data=path), FederatedOptions(**options))


def trained(registry: Registry, stack: str = "plain", data: Path | None = None, **options: Any) -> Any:
    path = None if data is None else str(data)
    request = RunRequest(workload="federated", stack=stack, options=options, data=path)
    case = lab.opened(request, registry)
    *_, last = case.workload.rounds(case.case, case.seats(registry, channel=Channel()))
    return last


@pytest.mark.parametrize("options", [DIGITS, SERIES], ids=["digits", "series"])
def test_a_model_learns_and_every_exact_stack_makes_the_same_one(registry: Registry, options: dict[str, Any]) -> None:
    plain = trained(registry, **options, rounds=3)
    assert plain.history[-1]["nll"] < 0.98 * plain.history[0]["nll"]
    assert plain.history[-1]["right"] > plain.history[0]["right"]
    assert trained(registry, "smpc", **options, rounds=3).version == plain.version


@pytest.mark.parametrize("options", [DIGITS, SERIES], ids=["digits", "series"])
def test_a_model_comes_back_bit_for_bit_from_its_file(options: dict[str, Any]) -> None:
    task = plan_of(options).task
    weights = task.begin(seed=3)
    again, found = from_file(to_file(task, weights))
    assert again == task
    assert found.tobytes() == weights.tobytes()


def test_devices_have_few_kinds_of_digits_and_no_image_is_on_two() -> None:
    found = plan_of(DIGITS).found
    rows = np.concatenate([*found.rows, found.held_out])
    assert len(np.unique(rows, axis=0)) == len(rows) == 10 * 100 + 360
    shares = [np.bincount(one[:, -1].astype(int), minlength=10).max() / len(one) for one in found.rows]
    assert np.mean(shares) > 0.3
    with pytest.raises(DataError):
        plan_of(DIGITS | {"devices": 2000})


def test_an_update_gives_away_which_digits_a_device_has(registry: Registry) -> None:
    plan = plan_of(DIGITS)
    with plan.team() as team:
        done = team.train(range(plan.devices), plan.base(team, seed=0), plan.training)
    hits, guessed = 0, 0
    for place, one in done.items():
        read_ = plan.task.read(np.rint(one.update * 2**16).astype(np.int64)) or set()
        hits, guessed = hits + len(read_ & plan.items_of(place)), guessed + len(read_)
    assert hits / guessed > 0.9


def test_a_window_is_scaled_by_public_bounds() -> None:
    found = windows(np.arange(20.0), low=0.0, high=19.0)
    assert found.shape == (20 - WINDOW, WINDOW + 1)
    assert (found[0, 0], found[-1, -1]) == (-1.0, 1.0)
    assert np.allclose(found[2], 2 * np.arange(2, 3 + WINDOW) / 19 - 1)
    assert len(windows(np.arange(10.0), low=0.0, high=1.0)) == 0


def test_training_on_series_is_gradient_descent_on_the_squared_error() -> None:
    task = plan_of(SERIES).task
    weights, rows = task.begin(seed=1), plan_of(SERIES).found.rows[0][:4]
    update, loss = train_client(task.shape, weights, rows, epochs=1, batch=4, rate=0.1)
    model = Model(task.shape, weights.copy())
    lstm = torch.nn.LSTM(1, 8, batch_first=True)
    parts = {k: v.clone().requires_grad_() for k, v in model.tensors.items()}
    named = {
        "weight_ih_l0": parts["input"], "weight_hh_l0": parts["hidden"], "bias_ih_l0": parts["gates"],
        "bias_hh_l0": torch.zeros(32),
    }  # fmt: skip
    data = torch.from_numpy(rows)
    states = torch.func.functional_call(lstm, named, (data[:, :-1, None],))[0]
    guess = data[:, -2] + (states[:, -1] @ parts["output"].t() + parts["bias"])[:, 0]
    wanted = torch.nn.functional.mse_loss(guess, data[:, -1])
    wanted.backward()
    expected = np.concatenate([-0.1 * parts[n].grad.numpy().reshape(-1) for n, _ in task.shape.parts])  # type: ignore[union-attr]
    assert loss == pytest.approx(float(wanted.detach()), rel=1e-5)
    assert np.allclose(update, expected, atol=1e-6)


def test_a_csv_of_series_is_read_by_its_columns(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    rng = np.random.default_rng(4)
    lines = ["person,day,steps"]
    for day in range(40):
        lines += [f"{who},{day},{1000 * who + 10 * day + rng.integers(50)}" for who in (1, 2, 3)]
    path.write_text("\n".join(lines))
    found = plan_of(SERIES, path).found
    assert len(found.rows) == 3
    assert not found.simulated
    windows_each = 40 - WINDOW
    assert [len(one) for one in found.rows] == [min(24, windows_each - windows_each // 5)] * 3
    assert len(found.held_out) == 3 * (windows_each // 5)
    row = trained(registry, data=path, **SERIES, rounds=1).history[-1]
    assert np.isfinite(row["nll"])


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("person,steps\n1,2\n1,3\n2,4\n", {}),
        ("person,steps\n" + "".join(f"{who},x\n" for who in (1, 2)), {}),
        ("person,steps\n" + "".join(f"{who},5\n" for who in (1, 2) for _ in range(40)), {}),
        ("person,steps\n" + "".join(f"1,{day}\n" for day in range(40)), {}),
        ("person,steps\n1,2\n", {"column": "pace"}),
        ("steps\n1\n2\n", {}),
        ("", {}),
    ],
    ids=["short", "words", "constant", "one device", "no such column", "one column", "empty"],
)  # fmt: skip
def test_a_csv_that_cannot_be_trained_on_is_a_sentence(tmp_path: Path, text: str, options: dict[str, Any]) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(DataError):
        plan_of(SERIES | options, path)


def test_a_version_of_another_model_is_refused(registry: Registry) -> None:
    version = trained(registry, **DIGITS, rounds=1).version
    with pytest.raises(DataError):
        trained(registry, **SERIES, rounds=1, version=version)
