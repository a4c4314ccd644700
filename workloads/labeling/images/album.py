"""Images that people bring: encrypted at rest, under a key that this machine keeps, and owned by whoever brought them.

The ciphertext lies in the blob store in use, so that whoever serves blobs sees none of it. Whoever has the state folder
has the key.
"""

import base64
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.plugin import DataError, ParamError, UnknownNameError
from privacy.plugin.host import locked, room, write_atomic
from privacy.plugin.running import Registry, StateError
from privacy.plugin.stores import CID, BlobStore, store_in_use
from workloads.labeling.images import shipped
from workloads.labeling.images.intake import NEAR, Taken, apart, take
from workloads.labeling.rounds.book import Book, book

CUSTODIAN = "this machine, in the file images.key of its state folder"
_KEY_BYTES, _NONCE_BYTES = 32, 12
_LONGEST_GROUP = 40


@dataclass(frozen=True)
class Picture:
    """What is known of an image: who owns it, its domain, and the group that its owner declared, if any."""

    id: str
    cid: str
    name: str
    owner: str
    domain: str
    group: str
    width: int
    height: int
    look: int


@dataclass(frozen=True)
class Added:
    """An image that was taken in, and the ids of those that look nearly the same."""

    picture: Picture
    near: tuple[str, ...]


class Album:
    """The images of a book; close it after use, or use it in a `with`."""

    def __init__(self, registry: Registry, kept: Book | None = None, store: BlobStore | None = None) -> None:
        self.book, self._registry, self._store = kept or book(), registry, store

    @property
    def store(self) -> BlobStore:
        """The blob store in use, opened when it is first needed."""
        if self._store is None:
            self._store = store_in_use(self._registry)
        return self._store

    def __enter__(self) -> "Album":
        return self

    def __exit__(self, *error: object) -> None:
        if self._store is not None:
            self._store.close()

    def add(self, data: bytes, *, name: str, owner: str, domain: str, consent: bool, group: str = "") -> Added:
        """Take an image in for its owner.

        DataError where it is none or is here already, whoever owns it; ParamError without the owner's consent.
        """
        if not consent:
            raise ParamError("the owner has not consented to its use", then="ask the owner, and confirm the consent")
        if not owner:
            raise ParamError("an image has an owner", then="choose a labeler, or sign in")
        if len(group) > _LONGEST_GROUP:
            raise ParamError(f"a group has at most {_LONGEST_GROUP} letters", then="shorten it")
        taken = take(data, name=name)
        there = self.book.one("SELECT owner FROM image WHERE id = ?", taken.digest)
        if there is not None:
            whose = "yours" if there["owner"] == owner else "somebody else's"
            raise DataError(f"this image is here already, and is {whose}", where=name, then="choose another")
        near = tuple(one.id for one in self.all() if apart(one.look, taken.look) <= NEAR)
        with self.store.writing():
            cid = self.store.put(_sealed(taken))
            self.store.pin(cid)
            self.store.flush()
        made = Picture(taken.digest, str(cid), name, owner, domain, group, taken.width, taken.height, taken.look)

        def work(db: sqlite3.Connection) -> None:
            try:
                db.execute(
                    "INSERT INTO image VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (made.id, made.cid, name, owner, domain, group, made.width, made.height, f"{made.look:016x}"),
                )
            except sqlite3.IntegrityError:
                raise DataError("this image is here already", where=name, then="choose another") from None

        self.book.write(work)
        return Added(made, near)

    def all(self, domain: str = "") -> list[Picture]:
        """All images, or those of a domain, in the order of their ids."""
        rows = self.book.read("SELECT * FROM image WHERE ? IN ('', domain) ORDER BY id", domain)
        return [_picture(row) for row in rows]

    def picture(self, image: str) -> Picture:
        """What is known of an image. UnknownNameError for one that is not here."""
        row = self.book.one("SELECT * FROM image WHERE id = ?", image)
        if row is None:
            raise UnknownNameError("image", image[:12], [])
        return _picture(row)

    def png(self, image: str) -> bytes:
        """An image, decrypted. StateError where the key is another, or the bytes are not those that were kept."""
        known = self.picture(image)
        body = b"".join(self.store.get(CID.parse(known.cid)))
        try:
            return AESGCM(_key()).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], image.encode())
        except InvalidTag:
            then = "bring back the file images.key of the state folder that the image was kept with"
            raise StateError("an image cannot be decrypted", where=known.name, then=then) from None

    def url(self, image: str) -> str:
        """An image for a page, shipped or brought, as a data URL."""
        if "-" in image:
            return shipped.url(image)
        return _url(image, self.png(image))

    def size(self, image: str) -> tuple[int, int]:
        """Width and height of an image, shipped or brought."""
        if "-" in image:
            return shipped.size(image)
        known = self.picture(image)
        return known.width, known.height


class Sizes(Mapping[str, tuple[int, int]]):
    """Width and height of the images of an album and of those that ship; others have none."""

    def __init__(self, album: Album) -> None:
        self._album = album

    def __getitem__(self, image: str) -> tuple[int, int]:
        try:
            return self._album.size(image)
        except UnknownNameError:
            raise KeyError(image) from None

    def __iter__(self) -> Iterator[str]:
        return (picture.id for picture in self._album.all())

    def __len__(self) -> int:
        return len(self._album.all())


@lru_cache(maxsize=256)
def _url(image: str, png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _picture(row: sqlite3.Row) -> Picture:
    return Picture(
        row["id"], row["cid"], row["name"], row["owner"], row["domain"], row["grouped"], row["width"], row["height"],
        int(row["look"], 16),
    )  # fmt: skip


def _sealed(taken: Taken) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_key()).encrypt(nonce, taken.png, taken.digest.encode())


def _key() -> bytes:
    """The key of all images, drawn when the first is kept; its owner's alone to read."""
    path: Path = room("labeling") / "images.key"
    with locked(path):
        if not path.exists():
            write_atomic(path, os.urandom(_KEY_BYTES))
        key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise StateError("the key of the images is damaged", where=str(path), then="bring back a copy of it")
    return key
