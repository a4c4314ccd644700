"""Blob stores: an adapter keeps blocks and pins; this base class does what must be the same everywhere."""

import contextlib
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from privacy.stores import car, unixfs
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMismatch, BlobMissing, CannotCollect, NotAFile
from privacy.stores.node import Link
from privacy.stores.unixfs import UNIXFS_V1_2025, Profile, Source


@dataclass(frozen=True)
class Blob:
    """A blob that a store keeps: its CID and its length in bytes, None where its first block cannot be read."""

    cid: CID
    size: int | None


@dataclass(frozen=True)
class Health:
    """What reading all of a blob found: its distinct blocks, the bytes in them, and those that are not sound."""

    cid: CID
    blocks: int
    size: int
    missing: tuple[CID, ...] = ()
    damaged: tuple[CID, ...] = ()

    @property
    def ok(self) -> bool:
        return not (self.missing or self.damaged)


@dataclass(frozen=True)
class Collected:
    """What a collection dropped, or would: blocks, and the bytes in them, None where the store does not say."""

    blocks: int
    size: int | None


class BlobStore(ABC):
    """A place for blobs, each under the CID of its content.

    An author writes the eight methods that keep blocks and pins, and `collect` where the store can do it. A blob is
    acknowledged, and must then outlive any crash, once `put` or `import_car` has returned. Any method may raise a
    StoreError.
    """

    @abstractmethod
    def put_block(self, cid: CID, data: bytes) -> None:
        """Keep a block of at most 2 MiB; one that is there already, and is sound, stays as it is."""

    @abstractmethod
    def get_block(self, cid: CID) -> bytes:
        """The bytes that are kept for a CID, whatever they are. BlobMissing if there are none."""

    @abstractmethod
    def has_block(self, cid: CID) -> bool:
        """Whether a block is here."""

    @abstractmethod
    def flush(self) -> None:
        """Return once every block that was put through this object outlives a crash."""

    @abstractmethod
    def pin(self, cid: CID) -> None:
        """Keep a blob that is here whole, until it is unpinned. BlobMissing if a block of it is not here."""

    @abstractmethod
    def unpin(self, cid: CID) -> None:
        """Unpin a blob, so that the store may drop its blocks. BlobMissing if it was not pinned."""

    @abstractmethod
    def pins(self) -> Iterator[CID]:
        """The CIDs of all pinned blobs."""

    @abstractmethod
    def close(self) -> None:
        """Give back connections and files."""

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """What is held from the first block of a blob to its pin, so that none of them is collected in between."""
        return contextlib.nullcontext()

    def collect(self, *, dry: bool = False) -> Collected:
        """Drop the blocks that no pin reaches; with `dry`, only say how many.

        CannotCollect where the store cannot, BlobMissing or BlobMismatch where a pinned blob is not sound, so that it
        is not known what it reaches; nothing is dropped then. The blocks that a kill leaves go the next time.
        """
        raise CannotCollect("this store does not drop blocks on demand", then="see the tools of what keeps its blocks")

    def reached(self) -> set[CID]:
        """The blocks of all pinned blobs; leaves are not read for it.

        BlobMissing or BlobMismatch where a tree cannot be read.
        """
        seen = set[CID]()
        for root in self.pins():
            waiting = [root]
            while waiting:
                one = waiting.pop()
                if one in seen:
                    continue
                seen.add(one)
                if one.is_tree:
                    waiting += [link.cid for link in self._links(one, root)]
        return seen

    def _links(self, cid: CID, root: CID) -> tuple[Link, ...]:
        try:
            return unixfs.parts(cid, self.block(cid))[1]
        except (BlobMissing, BlobMismatch) as error:
            text = f"what belongs to {root} is not known: its block {cid} is missing or damaged"
            raise type(error)(text, then="put the blob again, import it, or unpin it; nothing was dropped") from error

    def put(self, source: bytes | Source, *, profile: Profile = UNIXFS_V1_2025) -> CID:
        """Keep a blob, pinned, and return its CID. A stream is read once, in pieces of a chunk."""
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        with self.writing():
            cid = unixfs.write(stream, self.put_block, profile=profile)
            self.flush()
            self.pin(cid)
        return cid

    def get(self, cid: CID) -> Iterator[bytes]:
        """The bytes of a blob, in order, each block held against its CID before any of it is given.

        BlobMissing and NotAFile come at once where the first block shows it, else when the bytes before were given.
        """
        first = self.block(cid)
        unixfs.parts(cid, first)
        return unixfs.content(cid, lambda one: first if one == cid else self.block(one))

    def size(self, cid: CID) -> int:
        """The bytes of a blob, as its first block says."""
        return unixfs.size_of(cid, self.block)

    def has(self, cid: CID) -> bool:
        """Whether every block of a blob is here; leaves are not read for it."""
        waiting, seen = [cid], {cid}
        while waiting:
            one = waiting.pop()
            if not self.has_block(one):
                return False
            if one.is_tree:
                _, links = unixfs.parts(one, self.block(one))
                new = {link.cid for link in links} - seen
                waiting += new
                seen |= new
        return True

    def ls(self) -> Iterator[Blob]:
        """The pinned blobs, by CID."""
        for cid in sorted(self.pins()):
            try:
                yield Blob(cid, self.size(cid))
            except NotAFile:  # somebody else's, in a store that is shared
                continue
            except (BlobMissing, BlobMismatch):  # `verify` says which block
                yield Blob(cid, None)

    def verify(self, cid: CID) -> Health:
        """Read every block of a blob and hold it against its CID."""
        blocks, size, missing, damaged = 0, 0, list[CID](), list[CID]()
        waiting, seen = [cid], {cid}
        while waiting:
            one = waiting.pop()
            try:
                data, links = unixfs.parts(one, self.block(one))
            except BlobMissing:
                missing.append(one)
                continue
            except BlobMismatch:
                damaged.append(one)
                continue
            blocks, size = blocks + 1, size + len(data)
            new = {link.cid for link in links} - seen
            waiting += new
            seen |= new
        return Health(cid, blocks, size, tuple(sorted(missing)), tuple(sorted(damaged)))

    def export_car(self, cid: CID) -> Iterator[bytes]:
        """A blob as a CAR file (version 1), in pieces of a block: its blocks in the order of the file, each once."""
        first = self.block(cid)
        unixfs.parts(cid, first)
        return car.write(cid, unixfs.walk(cid, lambda one: first if one == cid else self.block(one)))

    def import_car(self, source: Source) -> list[CID]:
        """Keep the blobs of a CAR file, pinned, and return their CIDs.

        BlobMismatch where a block is not what its CID says, BlobMissing where the file lacks one, CarError where it is
        cut short; then nothing is pinned.
        """
        reader = car.Reader(source)
        with self.writing():
            for cid, data in reader.blocks():
                self._check(cid, data, whose="the CAR file")
                self.put_block(cid, data)
            self.flush()
            for root in reader.roots:
                if not self.has(root):
                    raise BlobMissing(f"the CAR file lacks blocks of {root}", then="export it again where it is whole")
            for root in reader.roots:
                self.pin(root)
        return list(reader.roots)

    def block(self, cid: CID) -> bytes:
        """A block that matches its CID. BlobMissing or BlobMismatch otherwise."""
        data = self.get_block(cid)
        self._check(cid, data, whose="the store")
        return data

    @staticmethod
    def _check(cid: CID, data: bytes, *, whose: str) -> None:
        if not cid.names(data):
            text = f"{whose} has other bytes for {cid} than those that it names"
            raise BlobMismatch(text, then="nothing of them is used: put the blob again, or get it elsewhere")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
