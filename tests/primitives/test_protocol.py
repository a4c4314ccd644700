"""The driver and the contract: what they carry between parties, past dropouts and delays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.local.mechanism import LocalScoring
from privacy.boundary.channel import Channel
from privacy.errors import ProtocolAborted
from privacy.plugin import SERVER, Secret, unpack
from privacy.protocol import Faults, Session
from privacy.transports.station import MaterialCache
from tests.support.protocol_runs import CATALOGUE, SUM, TASK, VECTOR, VECTORS, mine, scored, total
from tests.support.toys import AGGREGATOR, CONTRIBUTORS, SERVERS, Broadcast, Chain, Relay, SharedScoring
from tests.support.toys_aggregation import COLLECTOR, PRIME, MaskedSum, PaddedSum


def test_several_servers_each_see_a_share_and_the_client_adds_them():
    channel = Channel()
    session = Session(SharedScoring(), TASK, {SERVER: CATALOGUE})
    assert np.array_equal(scored(session, channel), CATALOGUE @ VECTOR)
    for server in SERVERS:
        view = channel.transcript.view([server])
        assert [m.kind for m in view.messages] == ["share"]
        assert not np.array_equal(unpack(view.messages[0].sample).astype(np.int64), VECTOR)
        assert np.array_equal(view.own[server], CATALOGUE)
    both = channel.transcript.view(SERVERS)
    assert np.array_equal(sum(unpack(m.sample) for m in both.messages).astype(np.int64), VECTOR)


def published(cache: MaterialCache):
    channel = Channel()
    session = Session(LocalScoring(), TASK, {SERVER: CATALOGUE}, cache=cache)
    session.publish(channel)
    assert np.array_equal(scored(session, channel), CATALOGUE @ VECTOR)
    return channel.transcript


def test_published_material_is_transferred_once_and_then_only_offered():
    cache: MaterialCache = {}
    first, second = published(cache), published(cache)
    assert [m.kind for m in first.messages] == ["offer", "want", "catalogue"]
    assert [m.kind for m in second.messages] == ["offer"]
    assert {m.phase for m in first.messages + second.messages} == {"setup"}
    assert first.bytes(phase="run") == 0
    assert first.bytes(phase="setup") > second.bytes(phase="setup") > 0


def test_changed_material_is_transferred_again():
    cache: MaterialCache = {}
    published(cache)
    channel = Channel()
    session = Session(LocalScoring(), TASK, {SERVER: CATALOGUE + 1}, cache=cache)
    session.publish(channel)
    assert np.array_equal(scored(session, channel), (CATALOGUE + 1) @ VECTOR)
    assert "catalogue" in [m.kind for m in channel.transcript.messages]


@pytest.mark.parametrize("cache", [None, {}])
def test_the_same_material_reaches_every_party_from_every_server(cache):
    session = Session(Broadcast(), None, {}, cache=cache)
    channel = Channel()
    session.publish(channel)
    outputs = session.run({}, channel).outputs
    for contributor in CONTRIBUTORS:
        assert outputs[contributor] == [(str(s), str(contributor), b"the same for all") for s in SERVERS]


def test_an_aggregator_relays_between_contributors_and_sees_what_it_relays():
    channel = Channel()
    outcome = Session(Relay(), None, {}).run(mine(b"hello", CONTRIBUTORS[0]), channel)
    assert outcome.output == [("contributor-1", "aggregator", b"hello")]
    (seen,) = channel.transcript.view([AGGREGATOR]).messages
    assert (seen.sender, seen.receiver, seen.sample) == (*CONTRIBUTORS, b"hello")
    assert channel.transcript.bytes() == 2 * seen.bytes  # the wire crosses twice


def test_a_relay_that_dropped_out_relays_nothing():
    with pytest.raises(ProtocolAborted, match="Aggregator dropped out"):
        Session(Relay(), None, {}).run(mine(b"hello", CONTRIBUTORS[0]), Channel(), faults=Faults(drops={AGGREGATOR: 2}))


def test_servers_write_to_one_another():
    channel = Channel()
    outcome = Session(Chain(), None, {SERVERS[0]: 10, SERVERS[1]: 100}).run(mine(np.int64(1)), channel)
    assert outcome.output == 111
    assert [(m.sender, m.receiver) for m in channel.transcript.messages][1] == SERVERS


def aggregate(drops, task=SUM, mechanism=None):
    secrets = {p: Secret(VECTORS[p], owner=p) for p in task.parties}
    return Session(mechanism or MaskedSum(), task, {}).run(secrets, Channel(), faults=Faults(drops=drops))


@given(rounds=st.lists(st.none() | st.integers(1, 5), min_size=5, max_size=5))
@settings(max_examples=60, deadline=None)
def test_four_rounds_survive_dropouts_in_any_round_up_to_the_threshold(rounds):
    drops = {p: r for p, r in zip(SUM.parties, rounds, strict=True) if r is not None}
    expected = total(VECTORS[p] for p in SUM.parties if drops.get(p, 9) > 2)
    # From round 5 on only the aggregator has work left, so those who drop out then are missed by nobody.
    left = [p for p in SUM.parties if drops.get(p, 9) > 4]
    if len(left) < SUM.threshold:
        with pytest.raises(ProtocolAborted, match="needed"):
            aggregate(drops)
        return
    session_drops = {p: r for p, r in drops.items() if r < 5}
    outcome = aggregate(session_drops)
    assert np.array_equal(outcome.output, expected % PRIME)
    assert outcome.dropped == session_drops


def test_a_driver_refuses_a_result_from_too_few():
    class Strict(PaddedSum):
        def threshold(self, task):
            return 4

    stay = aggregate({SUM.parties[0]: 2}, mechanism=Strict())
    assert np.array_equal(stay.output, total(list(VECTORS.values())[1:]))
    with pytest.raises(ProtocolAborted, match="3 of 5 stayed and 4 are needed"):
        aggregate({SUM.parties[0]: 2, SUM.parties[1]: 2}, mechanism=Strict())


def test_shares_that_come_late_still_count():
    late = Faults(delays={(SUM.parties[1], 1): 1})
    secrets = {p: Secret(VECTORS[p], owner=p) for p in SUM.parties}
    outcome = Session(MaskedSum(), SUM, {}).run(secrets, Channel(), faults=late)
    assert np.array_equal(outcome.output, total(VECTORS.values()))


def test_a_key_holder_apart_from_the_aggregator():
    channel, session = Channel(), Session(PaddedSum(), SUM, {})
    secrets = {p: Secret(VECTORS[p], owner=p) for p in SUM.parties}
    assert np.array_equal(session.run(secrets, channel).output, total(VECTORS.values()))
    holders = [p for p, e in session.endpoints.items() if e.role.seat.keys.material()]
    assert holders == [session.mechanism.key_holder(SUM)] == [COLLECTOR]
    padded = {m.sender: unpack(m.sample) for m in channel.transcript.view([AGGREGATOR]).of_kind("padded")}
    assert set(padded) == set(SUM.parties)
    assert not any(np.array_equal(padded[p], VECTORS[p]) for p in SUM.parties)
    assert channel.transcript.view([AGGREGATOR]).of_kind("pad") == ()
    pads = {m.receiver: unpack(m.sample) for m in channel.transcript.view(SUM.parties).of_kind("pad")}
    assert all(np.array_equal((padded[p] - pads[p]) % PRIME, VECTORS[p]) for p in SUM.parties)
