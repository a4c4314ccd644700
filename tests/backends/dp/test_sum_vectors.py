"""What of a vector leaves a device under differential privacy, the noise that goes with it, and what is refused."""

import importlib
import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from backends.dp.aggregation.clip import clip_steps
from backends.dp.aggregation.noise import reach
from backends.dp.aggregation.table import SMOOTH
from privacy.errors import BoundaryError
from privacy.plugin import AggregationTask, Seat
from privacy.primitives.aggregation import AGGREGATOR, contributor
from tests.support.dp_sums import SHARED, TASK, made, seat

LONG = replace(SHARED, length=40_000)
VALUE = np.array([3000, -4000, 0, 1, 2])


class Still:
    seeded = True

    def bytes(self, count: int) -> bytes:
        return bytes(count)


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
    monkeypatch.setattr("backends.dp.aggregation.randomiser.draw", lambda *_, **__: pytest.fail("noise was drawn"))
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
