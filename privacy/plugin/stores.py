"""Imports for the author of a blob store: the base class, CIDs (content identifiers), typed errors, and where state
lives.

A store is a class derived from `BlobStore`, which keeps blocks and pins; a hook `register_stores` names it.
`backends/stores/local/` is an example, and `veilbench store check` tests it.
"""

from privacy.errors import ParamError, StateError
from privacy.home import room
from privacy.hookspecs import hookimpl
from privacy.params import NoParams, param
from privacy.spec import StoreSpec
from privacy.stores.choice import store_in_use
from privacy.stores.cid import CID, DAG_PB, NAMES, RAW
from privacy.stores.errors import (
    BlobMismatch,
    BlobMissing,
    CannotCollect,
    NotAFile,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnreachable,
)
from privacy.stores.opening import open_store
from privacy.stores.store import Blob, BlobStore, Collected, Health
from privacy.stores.unixfs import UNIXFS_V1_2025, Profile, Source, cid_of

__all__ = [
    "CID",
    "DAG_PB",
    "NAMES",
    "RAW",
    "UNIXFS_V1_2025",
    "Blob",
    "BlobMismatch",
    "BlobMissing",
    "BlobStore",
    "CannotCollect",
    "Collected",
    "Health",
    "NoParams",
    "NotAFile",
    "ParamError",
    "Profile",
    "Source",
    "StateError",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreReadOnly",
    "StoreSpec",
    "StoreUnreachable",
    "cid_of",
    "hookimpl",
    "open_store",
    "param",
    "room",
    "store_in_use",
]
