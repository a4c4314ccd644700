"""Envelopes, the channel that carries them, and its transcript."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.boundary.channel import Channel
from privacy.boundary.envelope import Envelope
from privacy.boundary.transcript import SAMPLE_BYTES, Transcript, entropy
from privacy.errors import BoundaryError, IntegrityError, VeilbenchError, WireError
from privacy.plugin import CLIENT, PLAINTEXT, PUBLIC, SERVER, SHARE, Party, Wire

KEY = bytes(range(32))
RELAY = Party("aggregator")


# envelopes


def envelope(session="s", run=1, key=KEY):
    return Envelope(key=key, session=session, run=run)


WIRE = Wire(SERVER, "vector", PLAINTEXT, b"body", via=RELAY)


@given(st.binary(max_size=200), st.integers(0, 9), st.sampled_from([None, RELAY]))
def test_an_envelope_opens_to_what_was_sealed(body, round_, via):
    wire = Wire(SERVER, "vector", SHARE, body, via=via)
    binding, opened = envelope().open(envelope().seal(wire, sender=CLIENT, round_=round_), receiver=SERVER)
    assert (opened.to, opened.kind, opened.exposure, opened.body, opened.sender, opened.via) == (
        SERVER, "vector", SHARE, body, CLIENT, via,
    )  # fmt: skip
    assert (binding.session, binding.run, binding.round, binding.seq) == ("s", 1, round_, 0)


@given(st.data())
def test_a_flipped_bit_anywhere_is_refused(data):
    sealed = bytearray(envelope().seal(WIRE, sender=CLIENT, round_=1))
    place = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(IntegrityError):
        envelope().open(bytes(sealed), receiver=SERVER)


@given(st.binary(max_size=300))
def test_bytes_without_the_key_are_refused(junk):
    with pytest.raises(IntegrityError):
        envelope().open(junk, receiver=SERVER)


@given(st.data())
def test_a_cut_or_extended_envelope_is_refused(data):
    sealed = envelope().seal(WIRE, sender=CLIENT, round_=1)
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    for altered in (cut, sealed + b"\0", sealed + sealed):
        with pytest.raises(IntegrityError):
            envelope().open(altered, receiver=SERVER)


@pytest.mark.parametrize(
    "other", [envelope(session="t"), envelope(run=2), envelope(key=bytes(32))], ids=["session", "run", "key"]
)
def test_an_envelope_belongs_to_one_session_and_run(other):
    with pytest.raises(IntegrityError):
        other.open(envelope().seal(WIRE, sender=CLIENT, round_=1), receiver=SERVER)


def test_a_long_envelope_is_verified_again_wherever_it_could_be_another():
    ours, wire = envelope(), Wire(SERVER, "vector", PLAINTEXT, bytes(2**18))
    sealed = ours.seal(wire, sender=CLIENT, round_=1)
    with pytest.raises(IntegrityError, match="altered"):
        envelope(key=bytes(32)).open(sealed)
    altered = bytearray(sealed)
    altered[len(altered) // 2] ^= 1
    with pytest.raises(IntegrityError, match="altered"):
        envelope().open(bytes(altered), receiver=SERVER)
    receiver = envelope()
    assert receiver.open(sealed, receiver=SERVER)[1].body == wire.body
    with pytest.raises(IntegrityError, match="replayed"):
        receiver.open(sealed, receiver=SERVER)


def test_digests_of_long_bodies_are_there_when_they_are_looked_at():
    channel = Channel()
    ours = channel.envelope(channel.open_run())
    bodies = [bytes([n]) * 2**19 for n in range(4)] + [b"short"]
    for body in bodies:
        sealed = ours.seal(Wire(SERVER, "vector", PLAINTEXT, body), sender=CLIENT, round_=1)
        channel.carry(sealed, sender=CLIENT, opener=channel.envelope(1), phase="run")
    wanted = [hashlib.blake2b(body, key=channel.key, digest_size=16).hexdigest() for body in bodies]
    assert [m.digest for m in channel.transcript.view([SERVER]).messages] == wanted
    assert [m.digest for m in channel.seal().messages] == wanted


def test_an_envelope_belongs_to_one_receiver():
    with pytest.raises(IntegrityError, match="for server reached client"):
        envelope().open(envelope().seal(WIRE, sender=CLIENT, round_=1), receiver=CLIENT)


def test_replayed_and_reordered_wires_are_refused():
    ours, theirs = envelope(), envelope()
    sealed = [ours.seal(WIRE, sender=CLIENT, round_=1) for _ in range(3)]
    theirs.open(sealed[1], receiver=SERVER)
    for again in (sealed[1], sealed[0]):
        with pytest.raises(IntegrityError, match="replayed"):
            theirs.open(again, receiver=SERVER)
    theirs.open(sealed[2], receiver=SERVER)
    other = envelope().seal(WIRE, sender=RELAY, round_=1)  # another sender counts by itself
    assert theirs.open(other, receiver=SERVER)[0].seq == 0


# channel and transcript


def carried(channel, wires):
    run = channel.open_run()
    sealer, opener = channel.envelope(run), channel.envelope(run)
    for sender, wire in wires:
        sealed = sealer.seal(wire, sender=sender, round_=1)
        assert channel.carry(sealed, sender=sender, opener=opener, phase="run")[1] == sealed
    return channel.transcript


def test_a_channel_knows_who_sends():
    channel = Channel()
    run = channel.open_run()
    sealed = channel.envelope(run).seal(WIRE, sender=CLIENT, round_=1)
    with pytest.raises(IntegrityError, match="in the name of client"):
        channel.carry(sealed, sender=RELAY, opener=channel.envelope(run), phase="run")
    with pytest.raises(BoundaryError, match="to itself"):
        carried(channel, [(SERVER, WIRE)])
    assert channel.transcript.messages == ()


def test_a_view_is_what_a_coalition_received_or_relayed_and_owns():
    first, second = Party("server", 1), Party("server", 2)
    transcript = carried(
        Channel(),
        [
            (CLIENT, Wire(first, "share", SHARE, b"to one")),
            (CLIENT, Wire(second, "share", SHARE, b"to two")),
            (first, Wire(CLIENT, "answer", SHARE, b"back", via=RELAY)),
        ],
    )
    transcript.own_input(first, "catalogue")

    def seen(*coalition):
        return [m.sample for m in transcript.view(coalition).messages]

    assert seen(first) == [b"to one"]
    assert seen(first, second) == [b"to one", b"to two"]
    assert seen(RELAY) == seen(CLIENT) == [b"back"]
    assert seen() == []
    assert transcript.view([first, second]).own == {first: "catalogue"}
    assert transcript.view([second]).own == {}
    assert b"to one" in transcript.view([first]).serialised()
    assert transcript.view([first]).of_kind("answer") == ()


def test_a_relayed_wire_counts_twice_and_bytes_filter():
    transcript = carried(Channel(), [(CLIENT, WIRE), (CLIENT, Wire(SERVER, "vector", PLAINTEXT, b"body"))])
    relayed, direct = transcript.messages
    assert transcript.bytes() == 2 * relayed.bytes + direct.bytes
    assert transcript.bytes(sender=CLIENT, receiver=SERVER, phase="run") == transcript.bytes()
    assert transcript.bytes(sender=SERVER) == transcript.bytes(phase="setup") == 0
    assert direct.bytes > direct.body_bytes == 4


def test_digests_are_keyed_and_records_hold_no_body():
    wires = [
        (CLIENT, Wire(SERVER, "vector", PLAINTEXT, b"puccini")),
        (CLIENT, Wire(SERVER, "vector", PUBLIC, b"puccini")),
    ]
    one, two = carried(Channel(), wires).messages
    other = carried(Channel(), wires).messages[0]
    assert one.digest == two.digest != other.digest
    assert "puccini" not in json.dumps(one.public())


def test_long_bodies_are_sampled_unless_kept_whole():
    wires = [(CLIENT, Wire(SERVER, "vector", PLAINTEXT, bytes(SAMPLE_BYTES + 1)))]
    (message,) = carried(Channel(), wires).messages
    assert (len(message.sample), message.body_bytes) == (SAMPLE_BYTES, SAMPLE_BYTES + 1)
    (message,) = carried(Channel(transcript=Transcript(sample_bytes=None)), wires).messages
    assert len(message.sample) == SAMPLE_BYTES + 1


def test_a_sealed_transcript_takes_no_more():
    channel = Channel()
    carried(channel, [(CLIENT, WIRE)])
    sealed = channel.seal()
    with pytest.raises(RuntimeError, match="sealed"):
        carried(channel, [(CLIENT, WIRE)])
    assert len(sealed.messages) == 1


def test_entropy_is_in_bits_per_byte():
    assert entropy(b"") == entropy(b"aaaa") == 0
    assert entropy(bytes(range(256))) == pytest.approx(8)


def test_every_error_of_the_boundary_is_one_that_a_person_may_see():
    assert issubclass(BoundaryError, VeilbenchError)
    assert issubclass(IntegrityError, WireError)
    assert issubclass(WireError, VeilbenchError)
