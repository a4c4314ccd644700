"""Masked aggregation end to end: exact sums whoever drops out when, and aborts below the threshold."""

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backends.smpc.plugin import SmpcParams
from privacy.errors import ParamError, ProtocolAborted
from privacy.plugin import AGGREGATOR, COLLECTOR, AggregationTask, Sum, contributor
from privacy.transports.spawned import Spawned
from tests.support.smpc_runs import drive, inputs, run, session, silent, whole
from tests.support.soaking import in_soak

FIFTY = AggregationTask(contributors=50, length=20, bound=1000)
FIVE = AggregationTask(contributors=5, length=30, bound=1000)
SENT = 6
"""From this round on a vector is in the sum, whatever its owner does."""


def test_nobody_drops_out():
    out, outcome = run(FIFTY)
    assert out.included == tuple(range(1, 51))
    assert out.refused == {}
    assert outcome.dropped == {}


@pytest.mark.parametrize("round_", [in_soak("conformance", r) if r not in (1, 5, 7) else r for r in range(1, 12)])
def test_sixteen_of_fifty_drop_out_in_any_round(round_):
    out, _ = run(FIFTY, drops=silent(16, round_))
    assert out.included == tuple(range(1 if round_ >= SENT else 17, 51))


@pytest.mark.parametrize("round_", [1, *(in_soak("conformance", r) for r in (3, 5, 7)), 9])
def test_seventeen_of_fifty_end_the_run(round_):
    with pytest.raises(ProtocolAborted, match=r"33 of 50 contributors .* and 34 are needed"):
        run(FIFTY, drops=silent(17, round_))


@pytest.mark.parametrize("count", [*(in_soak("conformance", count) for count in (1, 6, 11)), 15])
def test_fewer_drop_out_in_mixed_rounds(count):
    task = AggregationTask(contributors=50, length=3, bound=1000)
    out, _ = run(task, drops=silent(count, 9, 5, 7, 3, 1))
    assert len(out.included) >= 50 - count


def test_seventeen_in_mixed_rounds_end_the_run():
    with pytest.raises(ProtocolAborted, match="33 of 50 contributors gave their shares"):
        run(FIFTY, drops=silent(17, 9, 5, 7, 3, 1))


def test_a_graph_of_neighbours_with_dropouts_is_exact():
    task = AggregationTask(contributors=120, length=5, bound=1000)
    made = session(task)
    assert made.mechanism.threshold(task) == 96
    out, _ = run(task, drops=silent(24, 5, 3, 7, 9))
    assert len(out.included) == 120 - 12
    with pytest.raises(ProtocolAborted, match="95 of 120 contributors sent their keys and 96"):
        run(task, drops=silent(25, 1))


@pytest.mark.parametrize(("n", "gone"), [(2, 0), (3, 1)])
def test_the_smallest_rosters(n, gone):
    out, _ = run(AggregationTask(contributors=n, length=1, bound=1), drops=silent(gone, 5))
    assert len(out.included) == n - gone


def test_public_weights():
    out, _ = run(AggregationTask(contributors=4, length=9, bound=10, weights=(1, 2, 3, 1000)), drops=silent(1, 5))
    assert out.included == (2, 3, 4)


def test_the_extremes_of_the_ring():
    task = AggregationTask(contributors=3, length=2, bound=(2**31 - 1) // 3)
    ends = {p: np.array([task.bound, -task.bound]) for p in task.roster}
    assert list(Sum.of(drive(session(task), ends).output).total) == [3 * task.bound, -3 * task.bound]


def test_a_minimum_cohort_above_the_threshold():
    task = AggregationTask(contributors=6, length=3, bound=5, minimum=6)
    assert run(task)[0].included == tuple(range(1, 7))
    with pytest.raises(ProtocolAborted, match="5 of 6 contributors sent a vector and 6 are needed"):
        run(task, drops=silent(1, 5))


def test_vectors_longer_than_a_block():
    out, _ = run(AggregationTask(contributors=3, length=140_001, bound=1000), drops=silent(1, 5))
    assert out.included == (2, 3)


def test_registered_identities():
    signing = [bytes([i]) * 32 for i in range(1, 5)]
    public = [Ed25519PrivateKey.from_private_bytes(s).public_key().public_bytes_raw().hex() for s in signing]
    task = AggregationTask(contributors=4, length=3, bound=5, identities=tuple(public))
    own = {contributor(i + 1): key for i, key in enumerate(signing)}
    assert run(task, own=own)[0].included == (1, 2, 3, 4)
    out, outcome = run(task, own={**own, contributor(2): bytes(32)})
    assert out.included == (1, 3, 4)
    assert "not the one that was registered" in outcome.reasons[contributor(2)]
    out, outcome = run(task, own={**own, contributor(3): None})
    assert "no Ed25519 signing key" in outcome.reasons[contributor(3)]


def test_what_is_no_number_never_leaves_the_device():
    values = {p: v.astype(float) for p, v in inputs(FIVE).items() if p == contributor(4)}
    values[contributor(4)][3] = np.nan
    channel = whole()
    outcome = drive(session(FIVE), inputs(FIVE) | values, channel=channel)
    assert Sum.of(outcome.output).included == (1, 2, 3, 5)
    assert contributor(4) in outcome.dropped
    assert channel.transcript.bytes(sender=contributor(4)) == 0


def test_keys_are_fresh_in_every_run_and_gone_after_it():
    made, seen = session(FIVE), []
    seat = made.endpoints[contributor(1)].role.seat
    original = seat.keys.put
    seat.keys.put = lambda name, material: (seen.append((name, material)), original(name, material))
    for _ in range(2):
        drive(made, inputs(FIVE))
        assert set(seat.keys.material()) == {"identity"}
    for name in ("mask key", "share key", "self-mask seed"):
        drawn = [material for put, material in seen if put == name]
        assert len(drawn) == len(set(drawn)) == 2


def test_no_wire_shows_a_vector_a_key_or_the_same_bytes_twice():
    made, bodies = session(FIVE), []
    values = {p: np.zeros(FIVE.length, dtype=np.int64) for p in FIVE.roster}
    for _ in range(2):
        channel = whole()
        drive(made, values, channel=channel)
        masked = channel.transcript.view({AGGREGATOR}).of_kind("masked")
        bodies += [m.sample[-4 * FIVE.length :] for m in masked]
    assert len(set(bodies)) == len(bodies) == 10
    assert all(len(set(body)) > 60 for body in bodies)


def test_the_aggregator_in_a_process_of_its_own():
    with Spawned() as processes:
        placed = {AGGREGATOR.role: processes, COLLECTOR.role: processes}
        out, _ = run(FIVE, drops=silent(1, 5), transports=placed)
    assert out.included == (2, 3, 4, 5)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (AggregationTask(contributors=2, length=1, bound=2**30), "masked sums stay below 2"),
        (AggregationTask(contributors=1, length=1, bound=1, minimum=1), "at least two"),
        (AggregationTask(contributors=2, length=1, bound=1, identities=("aa", "zz")), "no Ed25519"),
        (AggregationTask(contributors=2, length=1, bound=1, identities=("aa", "bb")), "no Ed25519"),
    ],
)
def test_tasks_that_masks_cannot_serve(task, message):
    with pytest.raises(ParamError, match=message):
        session(task)


def test_the_upload_is_at_most_one_percent_over_a_vector_of_a_million():
    channel, million = whole(), 4 * 1_000_000
    drive(session(FIFTY), inputs(FIFTY), channel=channel)
    for party in FIFTY.roster:
        # What comes on top of the vector does not depend on its length.
        assert 0 < channel.transcript.bytes(sender=party) - 4 * FIFTY.length <= 0.01 * million


def test_parameters_are_for_aggregation_alone():
    fields = SmpcParams.__dataclass_fields__.values()
    assert all(one.metadata["primitives"] == ("aggregation",) for one in fields)
