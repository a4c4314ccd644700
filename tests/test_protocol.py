"""The driver and the contract: what they carry, and how runs end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import AGGREGATOR, CONTRIBUTORS, SERVERS, Broadcast, Chain, Fault, Faulty, NoOutput, Relay, SharedScoring
from toys_aggregation import COLLECTOR, PRIME, MaskedSum, PaddedSum, SumTask

from backends.local.mechanism import LocalScoring
from backends.plain.mechanism import PlainScoring
from privacy.boundary.channel import Channel
from privacy.errors import BoundaryError, IntegrityError, MechanismError, ProtocolAborted, WireError
from privacy.plugin import CLIENT, PLAINTEXT, SERVER, Done, Party, Role, ScoringTask, Secret, Wire, unpack
from privacy.protocol import Faults, Outcome, Session
from privacy.transports.station import MaterialCache

TASK = ScoringTask(items=6, dims=4)
CATALOGUE = np.arange(-12, 12).reshape(6, 4)
VECTOR = np.array([3, -250, 0, 17])
SUM = SumTask(contributors=5, dims=3, threshold=3)
VECTORS = {p: np.array([p.index, 10 * p.index, 7]) for p in SUM.parties}


def mine(value, party=CLIENT):
    return {party: Secret(value, owner=party)}


def scored(session, channel=None):
    return session.run(mine(VECTOR), channel or Channel()).output


def total(vectors):
    return sum(vectors, np.zeros(SUM.dims, dtype=np.int64))


class Tampering(Channel):
    """Flips one bit of each wire of one kind, on its way."""

    def __init__(self, place=-1, *, after=0):
        super().__init__()
        self.place, self.after = place, after

    def transport(self, sealed):
        self.after -= 1
        if self.after >= 0:
            return sealed
        altered = bytearray(sealed)
        altered[self.place] ^= 1
        return bytes(altered)


class Replaying(Channel):
    """Delivers the first wire in place of every other."""

    first = None

    def transport(self, sealed):
        self.first = self.first or sealed
        return self.first


# what the contract carries


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


# how runs end


def faulty(kind, faults=None):
    session = Session(Faulty(Fault(kind=kind)), None, {})
    return session.run(mine(b"how are you?"), Channel(), faults=faults)


def test_an_unfaulty_run_reports_seconds_of_every_party():
    outcome = faulty("none")
    assert isinstance(outcome, Outcome)
    assert outcome.output == b"how are you?"
    assert set(outcome.seconds) == {CLIENT, SERVER}
    assert all(s > 0 for s in outcome.seconds.values())


@pytest.mark.parametrize(
    ("kind", "error", "says"),
    [
        ("raise", MechanismError, "FaultyServer raised KeyError"),
        ("malformed", WireError, "question mark"),
        ("astray", MechanismError, "addressed to nobody"),
        ("itself", BoundaryError, "to itself"),
        ("twice", WireError, "answered twice"),
        ("abort", ProtocolAborted, r"catalogue is being rebuilt \(server, round 2\)"),
    ],
)
def test_a_faulty_server_ends_the_run_with_a_typed_error(kind, error, says):
    with pytest.raises(error, match=says) as caught:
        faulty(kind)
    assert type(caught.value) is error
    assert "how are you" not in str(caught.value)


@pytest.mark.parametrize("faults", [Faults(drops={SERVER: 2}), Faults(delays={(SERVER, 2): 1})])
def test_a_silent_server_is_named(faults):
    with pytest.raises(ProtocolAborted, match="0 of 1 servers answered"):
        faulty("none", faults)


def test_a_result_party_that_dropped_out_is_no_bug_of_the_backend():
    with pytest.raises(ProtocolAborted, match="Client dropped out"):
        faulty("none", Faults(drops={CLIENT: 3}))


def test_a_party_without_output_is_a_bug_of_the_backend():
    with pytest.raises(MechanismError, match="contributor-2 had no output"):
        Session(NoOutput(), None, {}).run({}, Channel())


def test_the_answers_of_those_in_time_are_counted():
    late = Faults(delays={(SERVERS[0], 2): 1})
    with pytest.raises(ProtocolAborted, match="1 of 2 servers answered"):
        Session(SharedScoring(), TASK, {SERVER: CATALOGUE}).run(mine(VECTOR), Channel(), faults=late)


class Diary(Relay):
    """One contributor writes in rounds 1 and 2, the other reads both."""

    def rounds(self, task):
        return 5

    def role(self, seat):
        return Diarist(seat)


class Diarist(Role):
    def step(self, round_, inbox):
        if self.seat.party == CONTRIBUTORS[0] and round_ < 3:
            return [Wire(CONTRIBUTORS[1], "page", PLAINTEXT, b"%d" % round_)]
        self.read = [*getattr(self, "read", []), *((round_, w.body) for w in inbox)]
        return Done(self.read) if len(self.read) == 2 else ()


@pytest.mark.parametrize(
    ("delay", "read"), [(0, [(2, b"1"), (3, b"2")]), (1, [(3, b"1"), (3, b"2")]), (2, [(4, b"1"), (4, b"2")])]
)
def test_a_delay_holds_back_what_follows_and_never_reorders(delay, read):
    faults = Faults(delays={(CONTRIBUTORS[0], 1): delay})
    assert Session(Diary(), None, {}).run({}, Channel(), faults=faults).output == read


def test_a_secret_goes_only_to_its_owner():
    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE})
    with pytest.raises(BoundaryError, match="Server was given a secret of client"):
        session.run({SERVER: Secret(VECTOR, owner=CLIENT)}, Channel())
    with pytest.raises(BoundaryError, match="takes no part"):
        session.run(mine(VECTOR, Party("nobody")), Channel())
    with pytest.raises(BoundaryError, match="needs a private input"):
        session.run({}, Channel())


@pytest.mark.parametrize("place", [0, 40, -40, -1])
def test_an_altered_wire_ends_the_run_and_all_keys(place):
    session = Session(PaddedSum(), SUM, {})
    secrets = {p: Secret(VECTORS[p], owner=p) for p in SUM.parties}
    with pytest.raises(IntegrityError, match="altered"):
        session.run(secrets, Tampering(place, after=7))
    assert not any(e.role.seat.keys.material() for e in session.endpoints.values())
    assert np.array_equal(session.run(secrets, Channel()).output, total(VECTORS.values()))


def test_altered_material_ends_all_keys_too():
    session = Session(LocalScoring(), TASK, {SERVER: CATALOGUE})
    key = session.endpoints[CLIENT].role.seat.keys
    key.put("any", bytes(16))
    with pytest.raises(IntegrityError):
        session.publish(Tampering())
    assert key.material() == {}


def test_a_replayed_wire_is_refused():
    with pytest.raises(IntegrityError, match=r"replayed|reached"):
        Session(PaddedSum(), SUM, {}).run({p: Secret(VECTORS[p], owner=p) for p in SUM.parties}, Replaying())


@pytest.mark.parametrize("mechanism", [PlainScoring, LocalScoring, SharedScoring])
def test_a_retry_after_a_new_seat_works(mechanism):
    session, channel = Session(mechanism(), TASK, {SERVER: CATALOGUE}), Channel()
    session.publish(channel)
    bad = Tampering()
    if mechanism is not LocalScoring:
        with pytest.raises(IntegrityError):
            scored(session, bad)
    before = session.endpoints[CLIENT]
    session.reseat(CLIENT)
    assert session.endpoints[CLIENT] is not before
    sent = channel.transcript.bytes(phase="setup")
    assert np.array_equal(scored(session, channel), CATALOGUE @ VECTOR)
    assert channel.transcript.bytes(phase="setup") == sent


def test_runs_of_one_session_cannot_be_mixed():
    channel = Channel()
    session = Session(PlainScoring(), TASK, {SERVER: CATALOGUE})
    kept = []

    class Keeping(Channel):
        def transport(self, sealed):
            kept.append(sealed)
            return kept[0]

    channel = Keeping()
    with pytest.raises(IntegrityError):
        scored(session, channel)
    with pytest.raises(IntegrityError, match="another run"):
        scored(session, channel)
