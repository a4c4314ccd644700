"""A blob store behind the recorded channel: each block, pin and list is a wire to the party `store`, and back."""

import contextlib
import json
from collections.abc import Callable, Iterator
from threading import Lock
from typing import TypeVar

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, Party
from privacy.boundary.wire import PUBLIC, Wire
from privacy.stores.cid import CID
from privacy.stores.errors import StoreError
from privacy.stores.store import BlobStore, Collected

T = TypeVar("T")
STORE = Party("store")


class Recorded(BlobStore):
    """Another store, with all that passes to it and from it kept in a channel's transcript.

    `by` is the party that speaks. Whoever keeps a blob reads it, so every wire is declared public: encrypt what is not.
    A block is one wire of its own bytes, at most 2 MiB; the transcript keeps the first part of each (`SAMPLE_BYTES`),
    and the length and digest of the whole.
    """

    def __init__(self, store: BlobStore, channel: Channel, *, by: Party = CLIENT) -> None:
        self.inner, self.channel, self.by = store, channel, by
        run = channel.open_run()
        self._seals, self._opens, self._lock, self._round = channel.envelope(run), channel.envelope(run), Lock(), 0

    def put_block(self, cid: CID, data: bytes) -> None:
        self._call("block", data, lambda: self.inner.put_block(cid, data), lambda _: _text(cid.text))

    def get_block(self, cid: CID) -> bytes:
        return self._call("get", _text(cid.text), lambda: self.inner.get_block(cid), lambda data: data, kind="block")

    def has_block(self, cid: CID) -> bool:
        return self._call("has", _text(cid.text), lambda: self.inner.has_block(cid), _text)

    def flush(self) -> None:
        self._call("flush", b"", self.inner.flush, _text)

    def pin(self, cid: CID) -> None:
        self._call("pin", _text(cid.text), lambda: self.inner.pin(cid), _text)

    def unpin(self, cid: CID) -> None:
        self._call("unpin", _text(cid.text), lambda: self.inner.unpin(cid), _text)

    def pins(self) -> Iterator[CID]:
        found = self._call("pins", b"", lambda: list(self.inner.pins()), lambda cids: _text([c.text for c in cids]))
        return iter(found)

    def writing(self) -> contextlib.AbstractContextManager[None]:
        return self.inner.writing()

    def collect(self, *, dry: bool = False) -> Collected:
        return self._call(
            "collect", _text({"dry": dry}), lambda: self.inner.collect(dry=dry),
            lambda found: _text({"blocks": found.blocks, "bytes": found.size}),
        )  # fmt: skip

    def close(self) -> None:
        self.inner.close()

    def _call(
        self, what: str, body: bytes, work: Callable[[], T], told: Callable[[T], bytes], *, kind: str = "answer"
    ) -> T:
        self._carry(self.by, STORE, what, body, first=True)
        try:
            found = work()
        except StoreError as error:
            self._carry(STORE, self.by, "answer", _text(str(error)))
            raise
        self._carry(STORE, self.by, kind, told(found))
        return found

    def _carry(self, sender: Party, receiver: Party, kind: str, body: bytes, *, first: bool = False) -> None:
        with self._lock:
            self._round += first
            sealed = self._seals.seal(Wire(receiver, kind, PUBLIC, body), sender=sender, round_=self._round)
            self.channel.carry(sealed, sender=sender, opener=self._opens, phase="run")


def _text(found: object) -> bytes:
    return json.dumps(found, separators=(",", ":")).encode()
