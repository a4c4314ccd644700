"""The primitive `aggregation`, its driver and its plainest carrier."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.plain.aggregation import PlainAggregation
from privacy.boundary.channel import Channel
from privacy.boundary.secret import Secret
from privacy.errors import BoundaryError, ParamError, ProtocolAborted, WireError
from privacy.plugin import (
    AGGREGATOR,
    COLLECTOR,
    AggregationTask,
    Sum,
    check_contribution,
    contributor,
    pack_roll,
    steps,
    unpack_roll,
)
from privacy.primitives.aggregation import reference
from privacy.protocol import Faults, Outcome, Session
from privacy.transports.spawned import Spawned

TASK = AggregationTask(contributors=6, length=5, bound=100, minimum=3)


def vectors(task: AggregationTask, seed: int = 0):
    rng = np.random.default_rng(seed)
    return {p: rng.integers(-task.bound, task.bound, task.length, endpoint=True) for p in task.roster}


def run(task=TASK, values=None, *, faults=None, channel=None, transports=None, own=None) -> Outcome:
    session = Session(PlainAggregation(), task, own or {}, transports=transports)
    secrets = {p: Secret(v, owner=p) for p, v in (values or vectors(task)).items()}
    return session.run(secrets, channel or Channel(), faults=faults)


def total(task, values, parties):
    return reference(task, {p: values[p] for p in parties})


def test_a_sum_is_exact_and_says_who_is_in_it():
    values = vectors(TASK)
    result = Sum.of(run(values=values).output)
    assert np.array_equal(result.total, total(TASK, values, TASK.roster))
    assert result.included == (1, 2, 3, 4, 5, 6)
    assert result.refused == {}


def test_public_weights_count_on_the_device():
    task = AggregationTask(contributors=3, length=2, bound=10, weights=(1, 5, 2))
    values = {contributor(i): np.array([i, -i]) for i in (1, 2, 3)}
    assert list(Sum.of(run(task, values).output).total) == [1 + 10 + 6, -17]


def test_whoever_drops_out_before_sending_is_left_out():
    values = vectors(TASK)
    outcome = run(values=values, faults=Faults(drops={contributor(2): 1, contributor(5): 1}))
    result = Sum.of(outcome.output)
    assert result.included == (1, 3, 4, 6)
    assert np.array_equal(result.total, total(TASK, values, [contributor(i) for i in (1, 3, 4, 6)]))
    assert outcome.dropped == {contributor(2): 1, contributor(5): 1}


def test_too_few_contributions_are_never_released():
    with pytest.raises(ProtocolAborted, match="2 contributions came and 3 are needed"):
        run(faults=Faults(drops={contributor(i): 1 for i in (1, 2, 3, 4)}))


def test_a_late_contribution_is_named_and_left_out():
    values = vectors(TASK)
    outcome = run(values=values, faults=Faults(delays={(contributor(4), 1): 1}))
    result = Sum.of(outcome.output)
    assert 4 not in result.included
    assert "late" in result.refused.get("contributor-4", "") or "after" in outcome.reasons[contributor(4)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.array([1.0, np.nan, 0, 0, 0]), "whole steps"),
        (np.array([0, 0, 0, 0, 101]), "bound"),
        (np.array([0, 0]), "shape"),
        (np.full(5, np.iinfo(np.int64).min), "bound"),
    ],
)
def test_what_is_no_contribution_is_refused_on_the_device_and_the_others_go_on(value, words):
    values = vectors(TASK) | {contributor(3): value}
    channel = Channel()
    outcome = run(values=values, channel=channel)
    assert words in outcome.reasons[contributor(3)]
    assert not [m for m in channel.transcript.messages if m.sender == contributor(3)]
    assert Sum.of(outcome.output).included == (1, 2, 4, 5, 6)


class _Forging(Channel):
    """Alters what one party sends."""

    def transport(self, sealed: bytes) -> bytes:
        return sealed[:-1] + bytes([sealed[-1] ^ 1]) if b'"from":"contributor-2"' in sealed else sealed


def test_an_altered_wire_costs_its_sender_alone():
    values = vectors(TASK)
    outcome = run(values=values, channel=_Forging())
    assert "altered" in outcome.reasons[contributor(2)]
    assert np.array_equal(
        Sum.of(outcome.output).total, total(TASK, values, [p for p in TASK.roster if p != contributor(2)])
    )


def test_the_aggregator_may_live_in_a_process_of_its_own():
    values = vectors(TASK)
    with Spawned() as elsewhere:
        outcome = run(values=values, transports={"aggregator": elsewhere, "collector": elsewhere})
    assert np.array_equal(Sum.of(outcome.output).total, total(TASK, values, TASK.roster))


def test_the_aggregator_holds_one_contribution_at_a_time():
    task = AggregationTask(contributors=4, length=3, bound=9)
    session = Session(PlainAggregation(), task, {})
    channel = Channel()
    session.run({p: Secret(v, owner=p) for p, v in vectors(task).items()}, channel)
    order = [(m.sender, m.round) for m in channel.transcript.messages if m.receiver == AGGREGATOR]
    assert order == [(p, 1) for p in task.roster]
    assert channel.transcript.messages[-1].receiver == COLLECTOR


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.floats(1e-3, 10))
def test_fixed_point_is_off_by_half_a_unit_at_most(values, unit):
    whole = steps(values, unit=unit, bound=10**9)
    assert np.abs(whole * unit - np.array(values)).max() <= unit / 2 * (1 + 1e-9)


@pytest.mark.parametrize("unit", [2.0**-16, 1.0, 2.0**-80, 0.003])
def test_steps_of_long_vectors_of_short_floats_are_those_of_long_floats(unit):
    values = (np.random.default_rng(5).normal(size=100_001) * 1000 * unit).astype(np.float32)
    wanted = np.rint(values.astype(np.float64) / unit).astype(np.int64)
    assert np.array_equal(steps(values, unit=unit, bound=10**9), wanted)


@pytest.mark.parametrize(
    "bad", [[np.nan], [np.inf], [], [1e9], [0.0] * 100_000 + [np.nan], np.float32([0] * 100_000 + [3e38])]
)
def test_steps_refuse_what_is_no_vector(bad):
    with pytest.raises(BoundaryError):
        steps(bad, unit=1.0, bound=10)


@pytest.mark.parametrize(
    "fields",
    [
        {"contributors": 0}, {"length": 0}, {"length": 10**7 + 1}, {"bound": 0}, {"minimum": 7}, {"unit": 0.0},
        {"weights": (1, 2)}, {"weights": (1, 1, 1, 1, 1, 0)}, {"bound": 2**60}, {"identities": ("aa",)},
        {"noise_shares": 7},
    ],
)  # fmt: skip
def test_impossible_tasks_are_refused(fields):
    with pytest.raises(ParamError):
        AggregationTask(**({"contributors": 6, "length": 5, "bound": 100, "minimum": 3} | fields))


def test_a_roll_survives_the_wire():
    packed = pack_roll((1, 4), {"contributor-2": "it came late"}, body=b"rest")
    assert unpack_roll(packed, TASK) == ((1, 4), {"contributor-2": "it came late"}, b"rest")


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reading_of_a_roll(data):
    with pytest.raises(WireError):
        unpack_roll(data, TASK)


@pytest.mark.parametrize("included", [(0,), (7,), (2, 1), (1, 1), (True,)])
def test_a_roll_of_strangers_is_refused(included):
    with pytest.raises(WireError):
        unpack_roll(pack_roll(included, {}), TASK)


def test_a_weighted_contribution_keeps_its_range():
    task = AggregationTask(contributors=2, length=1, bound=5, weights=(3, 1))
    assert check_contribution(task, contributor(1), np.array([5])) == 15
