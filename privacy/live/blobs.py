"""Public files that a question is read with: a server gives them as CAR, and a device holds each block to its CID."""

import functools
import io
from typing import TYPE_CHECKING

from privacy.live.versioned import Blobs
from privacy.stores import car, unixfs
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMismatch, BlobMissing

if TYPE_CHECKING:
    from privacy.live.client import Server

MOST = 128 * 2**20
"""Bytes of a file at most, and of what a device takes for one."""
CAR_TYPE = "application/vnd.ipld.car"
_NOTHING = "nothing was sent; ask who runs the server"


def path_of(name: str, cid: str) -> str:
    """Where the server of a live round has a file."""
    return f"/api/live/{name}/blob/{cid}"


def fetched(server: "Server", name: str) -> Blobs:
    """Gets the files of a live round from its server, each once."""

    @functools.cache
    def get(text: str) -> bytes:
        cid = CID.parse(text)
        return content_of(cid, server.body(path_of(name, cid.text), most=MOST))

    return get


def content_of(cid: CID, body: bytes) -> bytes:
    """The bytes of a file, out of a CAR that somebody sent. CarError, BlobMismatch or BlobMissing for any other."""
    reader, blocks = car.Reader(io.BytesIO(body)), dict[CID, bytes]()
    for one, data in reader.blocks():
        if not one.names(data):
            raise BlobMismatch(f"the server sent other bytes for {one} than those that it names", then=_NOTHING)
        blocks[one] = data

    def fetch(one: CID) -> bytes:
        if one not in blocks:
            raise BlobMissing(f"the server sent no block {one} of {cid}", then=_NOTHING)
        return blocks[one]

    if unixfs.size_of(cid, fetch) > MOST:  # one block can be named many times
        raise BlobMismatch(f"{cid} is larger than the {MOST:,} bytes that are taken", then=_NOTHING)
    return b"".join(unixfs.content(cid, fetch))
