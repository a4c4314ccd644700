"""What can go wrong with a blob store, classed by what the person can do about it.

StoreError
  BlobMissing        ask another store, or put the blob again
  BlobMismatch       the store gave other bytes than those of the CID: nothing of them is passed on
  NotAFile           the CID names something else than one file, such as a folder
  CarError           the file is no CAR that can be read: get it again
  StoreFull          free some space
  StoreReadOnly      fix permissions, or choose another store
  StoreUnreachable   start the service, or fix its address
  StoreBusy          somebody else uses the store: try again
  CannotCollect      the store does not collect, or not like this: its own tools may
"""

from privacy.errors import VeilbenchError


class StoreError(VeilbenchError):
    """A blob store cannot do what it should."""


class BlobMissing(StoreError):
    """A block that the blob needs is not in the store."""


class BlobMismatch(StoreError):
    """A block's bytes do not match its CID: damaged on disk, or changed by who serves them."""


class NotAFile(StoreError):
    """The CID names no file: a folder, another format, or a tree of blocks that contradicts itself."""


class CarError(StoreError):
    """A file is no CAR archive, or one that is cut short or of a kind that is not read here."""


class StoreFull(StoreError):
    """There is no space left where the store keeps its blocks."""


class StoreReadOnly(StoreError):
    """The store can be read, and nothing can be written to it."""


class StoreUnreachable(StoreError):
    """The service that keeps the blobs does not answer, or not as it should."""


class StoreBusy(StoreError):
    """Others use the store in a way that this cannot be done beside, and did not end in time."""


class CannotCollect(StoreError):
    """The store cannot drop unpinned blocks on demand, or cannot say beforehand which."""
