"""A store behind the recorded channel: every block and pin is a wire, with its bytes, and the store works as before."""

import json
from pathlib import Path

import pytest

from backends.stores.local.plugin import LocalParams
from backends.stores.local.store import LocalStore
from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, Party
from privacy.boundary.transcript import SAMPLE_BYTES
from privacy.boundary.wire import Exposure
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMissing
from privacy.stores.recorded import STORE, Recorded
from privacy.stores.unixfs import Profile
from privacy.testing.stores import CHECKS, check_store

SMALL = Profile(chunk=100, links=3)
DATA = bytes(range(256)) * 5


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def store(tmp_path: Path, channel: Channel) -> Recorded:
    return Recorded(LocalStore(LocalParams(folder=str(tmp_path / "blobs"))), channel)


def test_every_block_that_is_put_and_got_is_a_wire(store: Recorded, channel: Channel) -> None:
    cid = store.put(DATA, profile=SMALL)
    sent = channel.transcript.view([STORE]).of_kind("block")
    assert b"".join(one.sample for one in sent if CID.of(one.sample) in store.inner.reached()) == DATA
    assert {one.exposure for one in channel.transcript.messages} == {Exposure.PUBLIC}
    assert [json.loads(one.sample) for one in channel.transcript.view([STORE]).of_kind("pin")] == [cid.text]
    before = len(channel.transcript.messages)
    assert b"".join(store.get(cid)) == DATA
    came = [one for one in channel.transcript.messages[before:] if one.receiver == CLIENT]
    assert sum(one.body_bytes for one in came if one.kind == "block") >= len(DATA)
    rounds = [one.round for one in channel.transcript.messages]
    assert rounds == [one // 2 + 1 for one in range(len(rounds))]


def test_a_large_block_is_counted_whole_and_kept_in_part(store: Recorded, channel: Channel) -> None:
    store.put(bytes(300_000))
    (sent,) = channel.transcript.view([STORE]).of_kind("block")
    assert (sent.body_bytes, len(sent.sample)) == (300_000, SAMPLE_BYTES)


def test_a_refusal_is_an_answer(store: Recorded, channel: Channel) -> None:
    with pytest.raises(BlobMissing):
        store.get(CID.of(b"never put"))
    last = channel.transcript.messages[-1]
    assert (last.sender, last.kind) == (STORE, "answer")
    assert CID.of(b"never put").text in json.loads(last.sample)


def test_who_speaks_is_named(tmp_path: Path, channel: Channel) -> None:
    contributor = Party("contributor", 3)
    inner = LocalStore(LocalParams(folder=str(tmp_path)))
    Recorded(inner, channel, by=contributor).put(b"x")
    assert {one.sender for one in channel.transcript.messages} == {contributor, STORE}


def test_it_passes_the_kit_as_the_store_within_does(tmp_path: Path) -> None:
    def opening() -> Recorded:
        return Recorded(LocalStore(LocalParams(folder=str(tmp_path / "blobs"))), Channel())

    assert {one.id: one.passed for one in check_store(opening, collecting=True)} == dict.fromkeys(CHECKS, True)
