"""What owners were paid, and for what: from the chain's events, image by image.

An owner's part of a payment is its shares of all; of what does not divide, the contract pays out whole units as they
come together. So the parts here are rounded down, and what can be withdrawn is what the contract says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from privacy.plugin.contracts import Contract, Event
from workloads.labeling.market.acts import Act
from workloads.labeling.market.manifest import Manifest
from workloads.labeling.market.shelf import Listing, Shelf

PURCHASE, ITERATION = "purchase", "iteration"


@dataclass(frozen=True)
class Paid:
    """What an owner has of one purchase, or of the iterations of one receipt: amounts in the smallest units of CROL.

    `whole` is what all owners have of it, `part` this one's, `each` what that is for one of its images. `images` are
    the digests that it was paid for, `count` the iterations, 1 for a purchase.
    """

    kind: str
    dataset: int
    title: str
    by: str
    whole: int
    part: int
    each: int
    count: int
    images: tuple[str, ...]
    block: int
    transaction: bytes


@dataclass(frozen=True)
class Account:
    """An owner's account of one data set: its images there, what it earned and could withdraw now, and each payment."""

    listing: Listing
    title: str
    images: tuple[str, ...]
    shares: int
    due: int
    withdrawn: int
    payments: tuple[Paid, ...]

    @property
    def earned(self) -> int:
        """What has come for it so far."""
        return self.due + self.withdrawn

    def of_kind(self, kind: str) -> int:
        """What came of purchases, or of iterations."""
        return sum(one.part for one in self.payments if one.kind == kind)


class Income:
    """Who is paid for what, on the data sets of a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def account(self, owner: str, listing: Listing, manifest: Manifest) -> Account | None:
        """The account of an owner of one data set; None where none of its images is the owner's."""
        images = tuple(manifest.owned(owner))
        if not images:
            return None
        market, key, shares = self._shelf.market, listing.id.to_bytes(32, "big"), len(images)
        bought = market.events("DatasetBought", dataset=key)
        used = market.events("DatasetUsed", dataset=key)
        payments = [self._paid(e, listing, manifest, images) for e in _ordered([*bought, *used])]
        return Account(
            listing, manifest.title, images, shares, int(market.read("dueOf", listing.id, owner, shares)),
            sum(e.args["paid"] for e in market.events("OwnerPaid", dataset=key, owner=owner)), tuple(payments),
        )  # fmt: skip

    def withdraw(self, owner: str, listing: Listing, manifest: Manifest) -> Act:
        """What pays an owner all that is due. Whoever sends it: it goes to the owner."""
        shares = manifest.shares
        proof = manifest.share_tree.proof(list(shares).index(owner))
        due = self._shelf.market.read("dueOf", listing.id, owner, shares[owner])
        once = f"{listing.name} {owner} {due} {self._taken(listing, owner)}"
        return Act(self._shelf.market, "withdraw", (listing.id, owner, shares[owner], proof), once=once)

    def _taken(self, listing: Listing, owner: str) -> int:
        return len(self._shelf.market.events("OwnerPaid", dataset=listing.id.to_bytes(32, "big"), owner=owner))

    def _paid(self, event: Event, listing: Listing, manifest: Manifest, images: tuple[str, ...]) -> Paid:
        args, bought = event.args, event.name == "DatasetBought"
        whole = int(args["toOwners"] if bought else args["paid"])
        part = whole * len(images) // listing.shares
        return Paid(
            PURCHASE if bought else ITERATION, listing.id, manifest.title, args["buyer"], whole, part,
            part // len(images), 1 if bought else int(args["iterations"]), images, event.log.block,
            event.log.transaction,
        )  # fmt: skip


def suspend(market: Contract, listing: Listing, manifest: Manifest, digest: str) -> Act:
    """What stops a data set with an image whose consent was taken back."""
    place = [one.digest for one in manifest.images].index(digest)
    args = (listing.id, bytes.fromhex(digest), manifest.images[place].owner, manifest.image_tree.proof(place))
    return Act(market, "suspend", args)


def show(market: Contract, listing: Listing, manifest: Manifest, digest: str) -> Act:
    """What puts on the chain that an image is in a data set, for all who look at its story."""
    place = [one.digest for one in manifest.images].index(digest)
    args = (listing.id, bytes.fromhex(digest), manifest.images[place].owner, manifest.image_tree.proof(place))
    return Act(market, "show", args, once=f"{listing.name} {digest}")


def resume(market: Contract, listing: Listing, digest: str) -> Act:
    """What lets it be sold again, once the consent is there again."""
    return Act(market, "resume", (listing.id, bytes.fromhex(digest)))


def _ordered(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda one: (one.log.block, one.log.index))
