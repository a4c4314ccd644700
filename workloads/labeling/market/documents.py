"""Documents that anybody may read: JSON in the blob store, found again by the digest that stands on the chain."""

import json
from typing import Any

from privacy.plugin import DataError
from privacy.plugin.stores import CID, BlobMissing, BlobStore

RAW, DAG_PB = 0x55, 0x70
"""The codecs of a blob of one block, and of a tree of blocks."""
MOST_BYTES = 64 * 2**20


def put_document(store: BlobStore, value: Any) -> CID:
    """Keep a document, pinned; its CID holds the SHA-256 that goes on the chain. The same value has the same CID."""
    return store.put(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def has_document(store: BlobStore, digest: bytes) -> bool:
    """Whether the store has a document of this digest."""
    return any(store.has_block(CID(codec, digest)) for codec in (RAW, DAG_PB))


def cid_of_digest(store: BlobStore, digest: bytes) -> CID:
    """The CID of a document of this digest. BlobMissing where the store has none."""
    for codec in (RAW, DAG_PB):
        if store.has_block(found := CID(codec, digest)):
            return found
    raise BlobMissing(
        f"the document {digest.hex()[:16]} is not in the blob store in use",
        then="choose the store that it was published to, or copy it here: veilbench store get, then store put",
    )


def get_document(store: BlobStore, digest: bytes) -> Any:
    """The document of a digest, held against it. BlobMissing where it is not there, DataError for what is not JSON."""
    cid = cid_of_digest(store, digest)
    if store.size(cid) > MOST_BYTES:
        raise DataError("a document of a data set is larger than 64 MiB", where=str(cid), then="use another data set")
    try:
        return json.loads(b"".join(store.get(cid)))
    except ValueError as error:
        raise DataError("the chain's entry is not one of our documents", where=str(cid)) from error
