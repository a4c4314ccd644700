"""Owners register their images: a batch has one root on the chain, and its list in the blob store.

Nobody's batch helps another: each leaf names the owner, and the contract takes the owner's own batch alone. Of two who
register the same image, it is whose batch was first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.plugin import DataError
from privacy.plugin.contracts import Contract
from privacy.plugin.stores import BlobMissing, BlobStore
from workloads.labeling.market import consent
from workloads.labeling.market.acts import Act
from workloads.labeling.market.documents import get_document, put_document
from workloads.labeling.onchain.trees import Tree, leaf

FORMAT = "veilbench-images-1"
LEAF = ("bytes32", "address", "bytes32")
"""A leaf of a batch: digest of the image, owner, digest of the consent."""


@dataclass(frozen=True)
class Registered:
    """An image on the chain: whose batch it is in, at which place, and the consent that the owner gave for it."""

    digest: bytes
    owner: str
    batch: bytes
    order: int
    place: int
    consent: bytes
    root: bytes
    transaction: bytes


class Registry:
    """The registry's contract at an address of a chain, and the store that has the lists of batches."""

    def __init__(self, images: Contract, store: BlobStore) -> None:
        self.images, self.store = images, store
        self._lists = dict[bytes, tuple[list[bytes], bytes]]()

    def register(self, owner: str, digests: Sequence[bytes]) -> Act:
        """What registers images, each a SHA-256 of 32 bytes, with their owner's consent. Their list is kept first.

        DataError without an image, or for one that is named twice.
        """
        if not digests or len(set(digests)) < len(digests):
            raise DataError("a batch has one image or more, each once", then="choose images that are not registered")
        content = put_document(self.store, _list(owner, digests)).digest
        tree = _tree(owner, digests, consent.DIGEST)
        return Act(self.images, "register", (tree.root, len(digests), content), once=tree.root.hex())

    def all(self) -> dict[bytes, Registered]:
        """Every image that is registered, by its digest, as the first batch with it has it.

        A batch whose list is not in the store, or is not that of its root, counts for nothing.
        """
        found = dict[bytes, Registered]()
        for event in sorted(self.images.events("BatchRegistered"), key=lambda one: int(one.args["order"])):
            args = event.args
            for place, digest in enumerate(self._listed(args)[0]):
                one = Registered(
                    digest, args["owner"], args["batch"], args["order"], place, self._listed(args)[1], args["root"],
                    event.log.transaction,
                )  # fmt: skip
                found.setdefault(digest, one)
        return found

    def revoked(self, digest: bytes) -> bool:
        """Whether the owner of an image took the consent back."""
        return bool(self.images.read("revoked", digest))

    def claimed(self, digest: bytes) -> str:
        """The owner that the contract itself knows of an image: empty before anybody claimed it."""
        found = str(self.images.read("ownerOf", digest))
        return found if int(found, 16) else ""

    def claim(self, one: Registered) -> Act:
        """What writes an image's owner into the contract, by the proof that it is in the batch."""
        digests, agreed = next(self._listed(e.args) for e in self.images.events("BatchRegistered", batch=one.batch))
        proof = _tree(one.owner, digests, agreed).proof(one.place)
        args = (one.batch, one.digest, one.consent, proof)
        return Act(self.images, "claim", args, once=f"{one.batch.hex()} {one.digest.hex()}")

    def revoke(self, digest: bytes) -> Act:
        """What takes the consent to a claimed image back."""
        return Act(self.images, "revokeConsent", (digest,))

    def give(self, digest: bytes) -> Act:
        """What consents again to the use of a claimed image."""
        return Act(self.images, "giveConsent", (digest, consent.DIGEST))

    def _listed(self, args: Any) -> tuple[list[bytes], bytes]:
        """The images of a batch and their consent; none where its list is missing, or another."""
        if args["batch"] not in self._lists:
            self._lists[args["batch"]] = self._read(args)
        return self._lists[args["batch"]]

    def _read(self, args: Any) -> tuple[list[bytes], bytes]:
        try:
            found = get_document(self.store, args["contentDigest"])
            digests = [bytes.fromhex(one) for one in found["images"]]
            agreed = bytes.fromhex(found["consent"])
            if found["format"] != FORMAT or _tree(args["owner"], digests, agreed).root != args["root"]:
                raise ValueError
        except (BlobMissing, DataError, KeyError, TypeError, ValueError, AttributeError):
            return [], b""
        return digests, agreed


def _list(owner: str, digests: Iterable[bytes]) -> dict[str, Any]:
    images = [one.hex() for one in digests]
    return {"format": FORMAT, "owner": owner, "consent": consent.DIGEST.hex(), "images": images}


def _tree(owner: str, digests: Iterable[bytes], agreed: bytes) -> Tree:
    return Tree([leaf(LEAF, (digest, owner, agreed)) for digest in digests])
