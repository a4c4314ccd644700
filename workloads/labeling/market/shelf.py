"""The data sets that are on a chain: what each is, on what terms, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privacy.plugin import DataError, UnknownNameError
from privacy.plugin.contracts import Contract, Event, address
from privacy.plugin.stores import BlobStore
from workloads.labeling.market.acts import Act
from workloads.labeling.market.documents import get_document
from workloads.labeling.market.manifest import Manifest

_WHOLE = 10_000


@dataclass(frozen=True)
class Offer:
    """What a publisher asks: CROL in its smallest units for all, and for each iteration of training on it.

    `holder_cut` is the part of a purchase that the holder of the data set has, `resale_cut` what the publisher has of
    a resale, both in ten thousandths. What is left goes to the owners of the images, and all of what training pays.
    """

    price: int
    per_iteration: int
    holder_cut: int = 1000
    resale_cut: int = 250

    @classmethod
    def of(cls, price: int, per_iteration: int, *, holder_percent: int) -> "Offer":
        """An offer whose holder has so many per cent of a purchase."""
        return cls(price, per_iteration, holder_cut=holder_percent * _WHOLE // 100)

    def training(self, iterations: int) -> int:
        """What so many iterations of training cost."""
        return self.per_iteration * iterations

    def owners_part(self) -> int:
        """What the owners have of one purchase."""
        return self.price - self.price * self.holder_cut // _WHOLE


@dataclass(frozen=True)
class Listing:
    """A data set as it was published; `id` is its number in the market's contract."""

    id: int
    publisher: str
    manifest: bytes
    round: bytes
    image_root: bytes
    share_root: bytes
    shares: int
    offer: Offer
    trainer: str
    block: int
    transaction: bytes

    @property
    def name(self) -> str:
        """The id in hexadecimal, as the chain's events have it."""
        return f"{self.id:064x}"


@dataclass(frozen=True)
class Meter:
    """What a buyer prepaid and used, in iterations; `refund_at` is 0 where no refund was requested."""

    prepaid: int
    used: int
    refund_at: int

    @property
    def left(self) -> int:
        return self.prepaid - self.used


@dataclass(frozen=True)
class Happened:
    """What came of a data set so far: amounts in the smallest units of CROL."""

    purchases: int
    iterations: int
    to_owners: int
    to_holder: int
    suspended: tuple[bytes, ...]


class Shelf:
    """The market's contract at an address of a chain, and the store that has the manifests."""

    def __init__(self, market: Contract, store: BlobStore) -> None:
        self.market, self.store = market, store

    def listings(self) -> list[Listing]:
        """Every data set, the newest first."""
        return [_listing(event) for event in self.market.events("DatasetPublished")][::-1]

    def listing(self, id_: int) -> Listing:
        """A data set by its number. UnknownNameError where there is none."""
        found = self.market.events("DatasetPublished", dataset=id_.to_bytes(32, "big"))
        if not found:
            raise UnknownNameError("data set", f"{id_:x}"[:12], [one.name[:12] for one in self.listings()])
        return _listing(found[0])

    def manifest(self, listing: Listing) -> Manifest:
        """What its publisher says of it. DataError where that is not what the chain has; BlobMissing without it."""
        found = Manifest.read(get_document(self.store, listing.manifest))
        same = (
            found.image_tree.root == listing.image_root
            and found.share_tree.root == listing.share_root
            and sum(found.shares.values()) == listing.shares
        )
        if not same:
            what = "the manifest names other images or owners than the chain does"
            raise DataError(what, where=found.title[:60], then="do not buy this data set")
        return found

    def happened(self, listing: Listing) -> Happened:
        """What came of it so far, from its events."""
        key = listing.id.to_bytes(32, "big")
        bought = self.market.events("DatasetBought", dataset=key)
        used = self.market.events("DatasetUsed", dataset=key)
        owners = sum(e.args["toOwners"] for e in bought) + sum(e.args["paid"] for e in used)
        return Happened(
            len(bought), sum(e.args["iterations"] for e in used), owners, sum(e.args["toHolder"] for e in bought),
            tuple(self.market.read("suspendedFor", listing.id)),
        )  # fmt: skip

    def holder(self, listing: Listing) -> str:
        """Who holds the data set now, and sells it."""
        return str(self.market.read("ownerOf", listing.id))

    def meter(self, listing: Listing, buyer: str) -> Meter:
        """What a buyer prepaid and used."""
        return Meter(*self.market.read("meterOf", listing.id, buyer))

    def may_read(self, listing: Listing, account: str, *, consortia: Contract | None = None) -> bool:
        """Whether an account may have the key: its holder, who bought it, and who is of a group that did."""
        if self.market.read("mayRead", listing.id, account):
            return True
        if consortia is None:
            return False
        groups = {e.args["consortium"] for e in consortia.events("MemberAllowed", account=account)}
        return any(consortia.read("mayRead", group, account, listing.id) for group in groups)

    def published(self, salt: bytes, terms: Sequence[Any]) -> Act:
        """What publishes a data set; the same salt of one account once."""
        return Act(self.market, "publish", (salt, tuple(terms)), once=salt.hex())

    def buy(self, listing: Listing) -> Act:
        """What buys a data set, whose price the market may take."""
        return Act(self.market, "buy", (listing.id,), once=listing.name)

    def withdraw_income(self, listing: Listing) -> Act:
        """What pays the sender its part of the purchases that were made while it held the data set."""
        return Act(self.market, "withdrawIncome", (listing.id,))

    def prepay(self, listing: Listing, buyer: str, iterations: int) -> Act:
        """What prepays iterations, whose price the market may take; once for what the buyer has prepaid so far."""
        before = len(self.market.events("IterationsPrepaid", dataset=listing.id.to_bytes(32, "big"), buyer=buyer))
        return Act(self.market, "prepay", (listing.id, iterations), once=f"{listing.name} {iterations} {before}")


def _listing(event: Event) -> Listing:
    args, log = event.args, event.log
    terms = args["terms"]
    image_root, share_root, shares, manifest, round_, price, each, holder_cut, resale_cut, trainer = terms
    return Listing(
        int.from_bytes(args["dataset"], "big"), args["publisher"], manifest, round_, image_root, share_root, shares,
        Offer(price, each, holder_cut, resale_cut), address(trainer), log.block, log.transaction,
    )  # fmt: skip
