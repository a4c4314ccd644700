"""Batches and the best alone, held against numpy: carried by the mechanism, or by the host around it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.plain.mechanism import PlainScoring
from privacy.aggregate import Shape, SumService
from privacy.boundary.channel import Channel
from privacy.errors import BoundaryError, MechanismError, ParamError
from privacy.outputs import best_of, scores_of
from privacy.plugin import SERVER, AggregationTask, ScoringTask, Sum, Top
from privacy.primitives.aggregation import contributor, flattened, unflattened
from privacy.protocol import Session
from privacy.registry import discover
from privacy.scoring import ScoringService
from privacy.services.releases import Rehearsal
from tests.support.toys import SharedScoring

ITEMS, DIMS = 9, 4
RNG = np.random.default_rng(5)
CATALOGUE = RNG.integers(-256, 256, (ITEMS, DIMS), endpoint=True)


def expected(scores: np.ndarray, k: int) -> Top:
    order = np.argsort(-scores, axis=-1, kind="stable")[..., :k]
    return Top(order, np.take_along_axis(scores, order, axis=-1))


@pytest.mark.parametrize("kind", [PlainScoring, SharedScoring])
@given(batch=st.integers(1, 4), top=st.integers(0, ITEMS), seed=st.integers(0, 2**32 - 1))
def test_scores_are_those_of_numpy(kind: type, batch: int, top: int, seed: int) -> None:
    task = ScoringTask(ITEMS, DIMS, batch=batch, top=top)
    vectors = np.random.default_rng(seed).integers(-9, 9, task.input_shape, endpoint=True)
    service = ScoringService(kind(), task, {SERVER: CATALOGUE}, who="it")
    service.publish(channel := Channel())
    found, scores = service.score(vectors, channel), vectors @ CATALOGUE.T
    runs = 1 if kind is PlainScoring else batch
    assert len(channel.transcript.messages) == 2 * runs * (1 if kind is PlainScoring else 2)
    if not top:
        assert isinstance(found, np.ndarray)
        assert np.array_equal(found, scores)
    else:
        assert isinstance(found, Top)
        assert all(np.array_equal(a, b) for a, b in zip(found, expected(scores, top), strict=True))


def test_the_best_alone_are_fewer_bytes() -> None:
    sizes = {}
    for top in (0, 2):
        service = ScoringService(PlainScoring(), ScoringTask(ITEMS, DIMS, top=top), {SERVER: CATALOGUE}, who="plain")
        service.score(CATALOGUE[0], channel := Channel())
        sizes[top] = channel.transcript.messages[-1].body_bytes
    assert sizes[2] < sizes[0]


@pytest.mark.parametrize("more", [{"batch": 2}, {"top": 3}])
def test_a_mechanism_is_given_no_task_that_it_does_not_carry(more: dict[str, int]) -> None:
    task = ScoringTask(ITEMS, DIMS, **more)
    Session(PlainScoring(), task, {SERVER: CATALOGUE})
    with pytest.raises(ParamError, match="SharedScoring"):
        Session(SharedScoring(), task, {SERVER: CATALOGUE})


@pytest.mark.parametrize("more", [{"batch": 0}, {"top": -1}, {"top": ITEMS + 1}])
def test_sizes_out_of_range_are_refused(more: dict[str, int]) -> None:
    with pytest.raises(ParamError):
        ScoringTask(ITEMS, DIMS, **more)
    with pytest.raises(ParamError):
        AggregationTask(3, 4, 5, batch=0)


def test_a_batch_of_another_shape_is_refused_before_any_wire() -> None:
    service = ScoringService(SharedScoring(), ScoringTask(ITEMS, DIMS, batch=2), {SERVER: CATALOGUE}, who="it")
    channel = Channel()
    for bad in (CATALOGUE[0], CATALOGUE[:3], CATALOGUE[:2] * 1.5, CATALOGUE[:2] * 300):
        with pytest.raises(BoundaryError):
            service.score(bad, channel)
    assert not channel.transcript.messages


def test_outputs_are_held_against_the_task() -> None:
    task = ScoringTask(ITEMS, DIMS, batch=2, top=3)
    good = np.zeros((2, 3), dtype=np.int64)
    assert np.array_equal(best_of(task, (good, good), who="it").indices, good)
    for bad in (None, good, (good, good[0]), (good + ITEMS, good), (good - 1, good), (good, good + np.nan), (1, 2, 3)):
        with pytest.raises(MechanismError):
            best_of(task, bad, who="it")
    with pytest.raises(MechanismError):
        scores_of(replace(task, top=0), np.zeros(ITEMS), who="it")


@pytest.mark.parametrize("stack", ["plain", "smpc"])
def test_a_batch_of_vectors_is_summed_whoever_carries_it(stack: str) -> None:
    registry = discover()
    service = SumService(
        Shape(length=5, bound=100, unit=1.0, batch=3), registry, registry.stack(stack), contributors=4, minimum=2,
        purse=Rehearsal(),
    )  # fmt: skip
    rows = {contributor(i): RNG.integers(-100, 100, (3, 5)) for i in range(1, 5)}
    service.publish(channel := Channel())
    release = service.release(rows, channel)
    assert np.array_equal(release.sum.total, sum(rows.values()))
    with pytest.raises(BoundaryError):
        service.release({p: v[:2] for p, v in rows.items()}, channel)


@given(batch=st.integers(1, 5), length=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
def test_flattening_comes_back(batch: int, length: int, seed: int) -> None:
    task = AggregationTask(3, length, 50, batch=batch)
    value = np.random.default_rng(seed).integers(-50, 50, task.shape)
    flat = flattened(task, value)
    assert flat.shape == (task.flat.length,) == (batch * length,)
    assert np.array_equal(unflattened(task, Sum(flat, (1,), {})).total, value)
