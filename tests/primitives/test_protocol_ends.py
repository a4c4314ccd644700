"""How runs end: typed errors, silent, late and faulty parties, and wires that are altered, replayed or mixed up."""

import numpy as np
import pytest

from backends.local.mechanism import LocalScoring
from backends.plain.mechanism import PlainScoring
from privacy.boundary.channel import Channel
from privacy.errors import BoundaryError, IntegrityError, MechanismError, ProtocolAborted, WireError
from privacy.plugin import CLIENT, PLAINTEXT, SERVER, Done, Party, Role, Secret, Wire
from privacy.protocol import Faults, Outcome, Session
from tests.support.protocol_runs import CATALOGUE, SUM, TASK, VECTOR, VECTORS, mine, scored, total
from tests.support.toys import CONTRIBUTORS, SERVERS, Fault, Faulty, NoOutput, Relay, SharedScoring
from tests.support.toys_aggregation import PaddedSum


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
    session.reseat(CLIENT, channel=channel)
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
