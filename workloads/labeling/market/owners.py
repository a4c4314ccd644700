"""Whose an image is: the account of whoever brought it, or for one that ships a demo labeler's, in turn.

An image that ships has no owner in the world. Each demo labeler owns some, so that there is somebody to be paid.
"""

import hashlib
from dataclasses import dataclass

from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album
from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.rounds.demo import LABELERS


@dataclass(frozen=True)
class Owned:
    """An image: its id in the album or among those that ship, the SHA-256 of its PNG, and the owner's address."""

    image: str
    digest: bytes
    owner: str


class Owners:
    """Who owns the images of an album, and those that ship."""

    def __init__(self, album: Album) -> None:
        self._album, self._demo = album, [account_of(labeler) for labeler in LABELERS]

    def of(self, image: str) -> Owned:
        """The owner of an image. UnknownNameError for one that is not here."""
        if "-" in image:
            turn = int(image.rpartition("-")[2]) % len(self._demo)
            return Owned(image, hashlib.sha256(shipped.png(image)).digest(), self._demo[turn])
        known = self._album.picture(image)
        return Owned(image, bytes.fromhex(known.id), account_of(known.owner))

    def png(self, image: str) -> bytes:
        """The image as PNG, decrypted."""
        return shipped.png(image) if "-" in image else self._album.png(image)

    def groups(self) -> dict[str, str]:
        """The group that its owner declared of each image that was brought."""
        return {picture.id: picture.group for picture in self._album.all()}
