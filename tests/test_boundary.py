"""Parties, secrets, wires, envelopes, the channel and its transcript."""

import copy
import json
import logging
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from privacy.boundary.channel import Channel
from privacy.boundary.envelope import Envelope
from privacy.boundary.seat import KeyBox
from privacy.boundary.transcript import SAMPLE_BYTES, Transcript, entropy
from privacy.errors import BoundaryError, IntegrityError, VeilbenchError, WireError
from privacy.plugin import CLIENT, PLAINTEXT, PUBLIC, SERVER, SHARE, Party, Seat, Secret, Wire, pack, unpack

KEY = bytes(range(32))
RELAY = Party("aggregator")
VALUE = "a taste for puccini"


# secrets


def test_a_secret_opens_for_its_owner_alone():
    secret = Secret(VALUE, owner=CLIENT)
    assert secret.open(Seat(CLIENT, None)) == VALUE
    assert secret.moved_to(CLIENT) == VALUE
    for other in (SERVER, Party("client", 1)):
        with pytest.raises(BoundaryError, match="tried to open a secret of client"):
            secret.open(Seat(other, None))
        with pytest.raises(BoundaryError):
            secret.moved_to(other)


REFUSED = {
    "bool": bool, "hash": hash, "equality": lambda s: s == VALUE, "inequality": lambda s: s != VALUE,
    "order": lambda s: s < VALUE, "membership": lambda s: s in [VALUE], "copy": copy.copy,
    "deepcopy": copy.deepcopy, "pickle": pickle.dumps, "json": json.dumps, "array": np.asarray,
    "array equality": lambda s: np.array([1, 2]) == s, "pack": pack, "list": list, "len": len, "float": float,
    "int": int, "bytes": bytes, "join": lambda s: "".join([s]), "sum": lambda s: s + VALUE, "item": lambda s: s[0],
    "attribute": lambda s: setattr(s, "note", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_secret_is_never_compared_copied_or_converted(name):
    with pytest.raises((BoundaryError, TypeError, AttributeError)) as caught:
        REFUSED[name](Secret(VALUE, owner=CLIENT))
    seen = caught.value
    while seen is not None:
        assert "puccini" not in str(seen)
        seen = seen.__cause__ or seen.__context__


def test_a_secret_has_no_readable_form(caplog):
    secret = Secret(VALUE, owner=CLIENT)
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %r %s", secret, secret, [secret])
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>80}", "{:x}".format(secret)]  # noqa: UP032
    shown += [repr(Seat(CLIENT, None, own=secret)), "%s" % secret, repr({"a": secret}), caplog.text]  # noqa: UP031
    assert not any("puccini" in text for text in shown)
    assert all("Secret of client" in text for text in shown[:5])


def test_a_key_box_shows_only_how_many_keys_it_holds():
    box = KeyBox()
    box.put("mac", b"0123456789abcdef")
    assert box.get("mac") == b"0123456789abcdef"
    assert "0123" not in repr(box) + repr(Seat(CLIENT, None, keys=box))
    with pytest.raises(BoundaryError, match="at least 16"):
        box.put("short", b"123")
    box.discard()
    with pytest.raises(BoundaryError, match="no key 'mac'"):
        box.get("mac")


# parties


@pytest.mark.parametrize("party", [CLIENT, Party("server", 2), Party("key_holder"), Party("contributor", 0)])
def test_a_party_has_a_name_that_is_read_back(party):
    assert Party.parse(party.name) == party


@pytest.mark.parametrize("name", ["", "Server", "server\n", "server-", "server-01", "server--1", "1", "a b"])
def test_other_names_are_no_parties(name):
    with pytest.raises(ValueError, match="is not the name of a party"):
        Party.parse(name)


@pytest.mark.parametrize(("role", "index"), [("Server", None), ("server", -1), ("", None), ("key-holder", None)])
def test_a_party_without_a_name_cannot_be_made(role, index):
    with pytest.raises(BoundaryError, match="is not the name of a party"):
        Party(role, index)


# wires

DTYPES = ("<u1", "<i2", "<i4", "<i8", "<u4", "<u8", "<f4", "<f8", ">i4", ">f8")
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        elements={"allow_nan": False, "allow_infinity": False} if dtype[1] == "f" else None,
    )
)


@given(ARRAYS)
def test_an_array_survives_its_wire(array):
    back = unpack(pack(array), shape=array.shape, dtype=array.dtype.newbyteorder("<"))
    assert back.shape == array.shape
    assert np.array_equal(back, array)
    assert pack(back) == pack(array)


@given(ARRAYS)
def test_a_transposed_array_survives_too(array):
    assert np.array_equal(unpack(pack(array.T)), array.T)


@given(ARRAYS, st.data())
def test_a_mutated_body_is_an_array_or_a_wire_error(array, data):
    body = bytearray(pack(array))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    cut = bytes(body)[: data.draw(st.integers(0, len(body)))]
    for mutated in (bytes(body), cut):
        try:
            found = unpack(mutated)
        except WireError:
            continue
        assert found.size * found.dtype.itemsize < len(mutated)


@given(st.binary(max_size=64))
def test_any_bytes_are_an_array_or_a_wire_error(body):
    with pytest.raises(WireError):
        unpack(body)


def test_a_body_that_announces_an_impossible_array_is_refused():
    for axes in ((0, 2**63), (2**64 - 1, 0), (2**63, 2), (2**32, 2**32)):
        body = b"VBA1i8  \x02" + b"".join(a.to_bytes(8, "little") for a in axes)
        with pytest.raises(WireError):
            unpack(body)


def test_shape_type_and_finiteness_are_checked():
    body = pack(np.zeros((2, 3)))
    assert unpack(body, shape=(None, 3)).shape == (2, 3)
    for wrong in ({"shape": (3, 2)}, {"shape": (6,)}, {"shape": (None,) * 3}, {"dtype": np.int64}):
        with pytest.raises(WireError, match="not"):
            unpack(body, **wrong)
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(WireError, match="NaN or infinity"):
            unpack(pack(np.array([0.0, value])))


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([None]), np.array([1j]), np.zeros((1,) * 9)])
def test_what_has_no_place_on_a_wire_is_not_packed(array):
    with pytest.raises(BoundaryError, match="Cannot pack"):
        pack(array)


@pytest.mark.parametrize("kind", ["", "Vector", "the taste is puccini", "a" * 33, "vector\n", "-"])
def test_a_kind_cannot_carry_data(kind):
    with pytest.raises(BoundaryError, match="kind"):
        Wire(SERVER, kind, PUBLIC, b"")


def test_a_body_is_bytes():
    with pytest.raises(BoundaryError, match="is str"):
        Wire(SERVER, "vector", PUBLIC, "puccini")


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
