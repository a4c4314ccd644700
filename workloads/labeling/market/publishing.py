"""Publishing a round that is final: its images and labels are sealed, its manifest kept, its roots put on the chain.

A draft is named by what it is made of, so that publishing goes on where it was killed, and the same offer of the same
round is published once.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from privacy.plugin import DataError
from privacy.plugin.contracts import identity
from privacy.plugin.host import guarded, locked, room, write_atomic
from privacy.plugin.running import StateError
from privacy.plugin.stores import BlobStore
from workloads.labeling.images.album import Album
from workloads.labeling.market.acts import Act
from workloads.labeling.market.consent import DIGEST
from workloads.labeling.market.documents import get_document, has_document, put_document
from workloads.labeling.market.manifest import Manifest, Piece, Quality, groups_of
from workloads.labeling.market.owners import Owned, Owners
from workloads.labeling.market.registering import Registered, Registry
from workloads.labeling.market.sealed import draw_key, sealed, sealed_labels
from workloads.labeling.market.shelf import Offer, Shelf
from workloads.labeling.onchain.agreed import agreed
from workloads.labeling.rounds.service import Round, Rounds
from workloads.labeling.rounds.terms import BOXES, FINAL

Tell = Callable[[int, int], None]
_SOME = 3


class Publisher:
    """Publishes rounds of a book for one account; `trainer` signs receipts of training on them here."""

    def __init__(
        self, rounds: Rounds, album: Album, shelf: Shelf, registry: Registry, *, account: str, trainer: str
    ) -> None:
        self._rounds, self._shelf, self._registry = rounds, shelf, registry
        self._account, self._trainer = account, trainer
        self.owners = Owners(album)

    def missing(self, number: int) -> list[Owned]:
        """The images of a round that their owners have not registered."""
        known = self._registry.all()
        owned = [self.owners.of(image) for _, image in self._rounds.images(number)]
        return [one for one in owned if one.digest not in known or known[one.digest].owner != one.owner]

    def act(self, number: int, offer: Offer, *, on_chain: bytes = b"", tell: Tell = lambda done, of: None) -> Act:
        """What publishes a round under an offer; images, labels and manifest are in the store when this returns.

        `on_chain` is the round's id on the chain, if it is there. StateError before the round is final; DataError
        where an image is not registered by its owner, or the consent to one was taken back.
        """
        one = self._rounds.round(number)
        if one.state != FINAL:
            raise StateError(f"round {number} is {one.state}: its labels are not final", then="make it final first")
        if missing := self.missing(number):
            raise DataError(
                f"{len(missing)} of {one.items} images are not registered by their owners",
                then="register them on the page Owner",
            )
        known = self._registry.all()
        owned = [self.owners.of(image) for _, image in self._rounds.images(number)]
        if len({image.digest for image in owned}) < len(owned):
            raise DataError(
                "the round has the same image under two names", then="publish a round that has the image once"
            )
        self._consented(owned, known)
        draft = self._draft(one, offer, on_chain)
        with locked(_path(draft)):
            digest = _kept(self._shelf.store, draft)
            if digest is None:
                manifest = self._manifest(one, owned, draft, on_chain, tell)
                digest = put_document(self._shelf.store, manifest.as_dict()).digest
                write_atomic(_path(draft), json.dumps({"manifest": digest.hex()}).encode())
        manifest = Manifest.read(get_document(self._shelf.store, digest))
        shares = sum(manifest.shares.values())
        terms = (
            manifest.image_tree.root, manifest.share_tree.root, shares, digest, on_chain or bytes(32), offer.price,
            offer.per_iteration, offer.holder_cut, offer.resale_cut, self._trainer,
        )  # fmt: skip
        return self._shelf.published(bytes.fromhex(draft), terms)

    def _consented(self, owned: Sequence[Owned], known: dict[bytes, Registered]) -> None:
        taken = [one.image for one in owned if self._registry.revoked(one.digest)]
        if taken:
            named = ", ".join(image[:12] for image in taken[:_SOME])
            what = f"the owners of {len(taken)} images took their consent back: {named}"
            raise DataError(what, then="publish a round without these images")

    def _draft(self, one: Round, offer: Offer, on_chain: bytes) -> str:
        """The name of a draft: all that it is made of."""
        place = (identity(self._shelf.market.chain), self._shelf.market.address, str(self._rounds.book.path))
        made_of = (*place, one.id, one.seal, json.dumps(one.result, sort_keys=True), self._account, on_chain.hex())
        return hashlib.sha256(json.dumps([*made_of, self._trainer, *vars(offer).values()]).encode()).hexdigest()

    def _manifest(self, one: Round, owned: Sequence[Owned], draft: str, on_chain: bytes, tell: Tell) -> Manifest:
        store, key = self._shelf.store, draw_key(draft)
        result, boxes = one.result, one.domain.kind == BOXES
        given = result["boxes"] if boxes else result["labels"]
        said = {"kind": one.domain.kind, "classes": one.domain.classes, "labels": given}
        if on_chain:
            # What the root of the round's labels on the chain is made of: whoever has the key can check it.
            rows = agreed(self._rounds.book, one.id, result).rows
            said["agreed"] = [[place, value.hex(), salt.hex()] for place, value, salt in rows]
        labels = store.put(sealed_labels(key, said))
        pieces = []
        for at, image in enumerate(owned):
            tell(at, len(owned))
            cid = store.put(sealed(key, self.owners.png(image.image), about=image.digest))
            pieces.append(Piece(image.digest.hex(), image.owner, cid.text))
        each = [[box["label"] for box in some] for some in given] if boxes else [[x] if x >= 0 else [] for x in given]
        sure = [min(some, default=1.0) for some in result["sure"]] if boxes else result["sure"]
        images = [image.image for image in owned]
        groups, counts = groups_of(self.owners.groups(), images, each, sure, one.domain)
        return Manifest(
            title=one.title, domain=one.domain.id, kind=one.domain.kind, classes=one.domain.classes,
            round=on_chain.hex(), method=result["method"], stack=one.terms.stack,
            images=tuple(pieces), labels=labels.text, key_name=draft, consent=DIGEST.hex(),
            quality=self._quality(one, given, sure), counts=counts, groups=groups,
        )  # fmt: skip

    def _quality(self, one: Round, given: Sequence[Any], sure: Sequence[float]) -> Quality:
        gold = {item.place: answer for item, answer, _ in self._rounds.items(one.id) if answer is not None}
        right = sum(self._rounds.right(one.domain, given[place], answer) for place, answer in gold.items())
        return Quality(
            one.labelers, one.votes, sum(sure) / len(sure), min(sure), len(gold), right, len(one.result["audited"])
        )


def _kept(store: BlobStore, draft: str) -> bytes | None:
    """The digest of a draft's manifest; None where none was finished, or the store in use is another."""
    path = _path(draft)
    if not path.exists():
        return None
    try:
        digest = bytes.fromhex(json.loads(guarded(lambda: path.read_text(encoding="utf-8"), path))["manifest"])
    except (ValueError, KeyError, TypeError):
        return None
    return digest if has_document(store, digest) else None


def _path(draft: str) -> Path:
    folder = room("labeling") / "datasets"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{draft}.json"
