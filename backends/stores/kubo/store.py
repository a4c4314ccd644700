"""The store `kubo`: blocks and pins of a daemon, over its RPC.

Files are cut here and held against their CIDs here, so that the daemon's own settings do not change a CID, and a daemon
that serves other bytes is found out.
"""

import io
from collections.abc import Iterator
from typing import Any

from backends.stores.kubo.client import answered, connected
from backends.stores.kubo.plugin import KuboParams
from privacy.plugin.stores import CID, NAMES, BlobMismatch, BlobMissing, BlobStore, CannotCollect, Collected, ParamError


class KuboStore(BlobStore):
    """A daemon, asked at its RPC; it answers for what it has, and asks nobody else unless it may."""

    def __init__(self, params: KuboParams) -> None:
        self._address = params.address
        self._client = connected(params.address, timeout=params.timeout)
        self._here: dict[str, Any] = {"offline": "false" if params.network else "true"}

    def put_block(self, cid: CID, data: bytes) -> None:
        options = {"cid-codec": NAMES[cid.codec], "mhtype": "sha2-256"}
        found = self._ask(lambda: str(self._client.block.put(io.BytesIO(data), opts=options)["Key"]))
        if found != cid.text:
            text = f"kubo gave a block the CID {found[:100]}, not {cid}"
            raise BlobMismatch(text, where=self._address, then="check what answers at this address")

    def get_block(self, cid: CID) -> bytes:
        found: bytes = self._ask(lambda: self._client.block.get(cid, opts=dict(self._here)), cid)
        return found

    def has_block(self, cid: CID) -> bool:
        try:
            self._ask(lambda: self._client.block.stat(cid, opts={"offline": "true"}), cid)
        except BlobMissing:
            return False
        return True

    def flush(self) -> None:
        """Nothing to do: kubo syncs each block before it answers, unless its own settings say otherwise."""

    def pin(self, cid: CID) -> None:
        self._ask(lambda: self._client.pin.add(cid, opts={"offline": "true"}), cid)

    def unpin(self, cid: CID) -> None:
        self._ask(lambda: self._client.pin.rm(cid), cid)

    def pins(self) -> Iterator[CID]:
        for text in self._ask(lambda: [str(key) for key in self._client.pin.ls(type="recursive")["Keys"] or ()]):
            try:
                yield CID.parse(text)
            except ParamError:  # what other programs keep there, under other kinds of CID
                continue

    def collect(self, *, dry: bool = False) -> Collected:
        """Let the daemon collect: what nobody has pinned there goes, also what other programs put."""
        if dry:
            text = "kubo does not say beforehand what it would drop"
            raise CannotCollect(text, where=self._address, then="collect without --dry-run, or leave it")
        dropped = self._ask(lambda: [str(one["Key"]["/"]) for one in self._client.repo.gc()])
        return Collected(len(dropped), None)

    def close(self) -> None:
        self._client.close()

    def _ask(self, work: Any, cid: CID | None = None) -> Any:
        try:
            return answered(work, address=self._address)
        except BlobMissing as error:
            raise (
                BlobMissing(f"kubo does not have {cid}", where=error.where, then=error.then) if cid else error
            ) from error
