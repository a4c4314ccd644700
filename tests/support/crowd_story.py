"""The story of a crowd, from a first image to an owner's income, by five wallets: the same script on every chain.

Ann, Bob and Cid own images, qualify and label; Dee publishes the data set; Eve buys it and trains on it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.chains.accounts import KeySigner, Signer
from privacy.chains.chain import Chain
from privacy.chains.sender import Intent, Sender
from privacy.stores.store import BlobStore
from tests.support.chains import NodeChain
from tests.support.nodes import Node
from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album
from workloads.labeling.market.acts import Act, allowance
from workloads.labeling.market.income import Income
from workloads.labeling.market.publishing import Publisher
from workloads.labeling.market.registering import Registry
from workloads.labeling.market.shelf import Listing, Offer, Shelf
from workloads.labeling.market.training import Trainer, Training
from workloads.labeling.onchain.amounts import ONE
from workloads.labeling.onchain.ballots import ballot_of
from workloads.labeling.onchain.claims import claim
from workloads.labeling.onchain.kept import keeping
from workloads.labeling.onchain.opening import terms_on
from workloads.labeling.onchain.staking import stake
from workloads.labeling.onchain.steps import Course
from workloads.labeling.onchain.town import Town, build
from workloads.labeling.rounds.demo import ready
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import Terms

NAMES = ("ann", "bob", "cid", "dee", "eve")
BUDGET, PRICE, EACH = 30 * ONE, 90 * ONE, 3 * ONE
OFFER = Offer(PRICE, EACH, holder_cut=1000)
IMAGES = 12


class OfAnvil(NodeChain):
    """A node whose one funded account runs the crowd."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.own = KeySigner(bytes([77]) * 32, label="operator")
        node.fund(self.own.address)

    def signers(self) -> list[Signer]:
        return [self.own]


@dataclass
class Story:
    """Who and what it is about; `number` is the round's, `listing` the data set's, once they are there."""

    chain: Chain
    store: BlobStore
    rounds: Rounds
    album: Album
    town: Town
    operator: Sender
    wallets: dict[str, Sender]
    number: int = 0
    listing: Listing | None = None
    training: Training | None = None

    def address(self, name: str) -> str:
        return self.wallets[name].signer.address

    def balance(self, name: str) -> int:
        return int(self.town.crol.read("balanceOf", self.address(name)))

    @property
    def course(self) -> Course:
        return Course(self.rounds, self.number, self.town, self.store)

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.town.market, self.store)

    @property
    def registry(self) -> Registry:
        return Registry(self.town.images, self.store)

    def upload(self) -> list[str]:
        """Each owner brings four digits with consent, and registers them by a transaction of its own."""
        found = []
        for at, name in enumerate(NAMES[:3]):
            mine = []
            for image in shipped.some("digits", IMAGES // 3, first=200 + at * 40):
                added = self.album.add(
                    shipped.png(image), name=image, owner=self.address(name), domain="digits", consent=True
                )
                mine.append(added.picture.id)
            self.registry.register(self.address(name), [bytes.fromhex(one) for one in mine]).by(self.wallets[name])
            found += mine
        return found

    def truth(self, image: str) -> int:
        return int(shipped.truth(self.album.picture(image).name))

    def label(self, images: list[str]) -> None:
        """Three qualify, are attested, stake, vote on a new round on the chain, and commit to their votes."""
        terms = terms_on(
            self.town, self.operator.signer, budget=BUDGET, stake=ONE, window=1, seconds=3600
        )  # fmt: skip
        self.number = self.rounds.publish("Digits", "digits", images, Terms(votes=3), beside=keeping(terms))
        self.course.open()
        for name in NAMES[:3]:
            who, wallet = self.address(name), self.wallets[name]
            self.rounds.join(who, name=name, kind="wallet")
            while (image := self.rounds.next_gold(who, "digits")) is not None:
                self.rounds.answer_gold(who, "digits", image, shipped.truth(image))
            assert self.course.qualify([who]) == 1
            Act(self.town.crol, "transfer", (who, ONE)).by(self.operator)
            stake(self.town, wallet, ONE)
            self.rounds.vote_all(who, self.number, {p: self.truth(i) for p, i in self.rounds.images(self.number)})
            ballot = ballot_of(self.rounds.book, self.course.terms, self.number, who)
            Act(self.town.rounds, "commit", (self.course.terms.id, ballot.root, ballot.count)).by(wallet)

    def pay(self) -> None:
        """The round is sealed, drawn, counted, proposed and released, and three claim."""
        course = self.course
        course.seal()
        course.draw()
        labels = [self.truth(image) for _, image in self.rounds.images(self.number)]
        points = {self.address(name): 500 - 100 * at for at, name in enumerate(NAMES[:3])}
        course.propose({
            "labels": labels, "sure": [1.0] * IMAGES, "gold": [], "audited": [], "method": "by hand",
            "points": points, "answer": {},
        })  # fmt: skip
        course.finalize()
        for name in NAMES[:3]:
            claim(self.town, self.store, self.wallets[name], self.address(name))

    def publish(self) -> Listing:
        """Dee publishes the round."""
        publisher = Publisher(
            self.rounds, self.album, self.shelf, self.registry, account=self.address("dee"),
            trainer=self.operator.signer.address,
        )  # fmt: skip
        publisher.act(self.number, OFFER, on_chain=self.course.terms.id).by(self.wallets["dee"])
        self.listing = self.shelf.listings()[0]
        return self.listing

    def buy(self, listing: Listing) -> None:
        """Eve has the price from somewhere, and buys."""
        Act(self.town.crol, "transfer", (self.address("eve"), 200 * ONE)).by(self.operator)
        allowance(self.town.crol, self.town.market, 200 * ONE).by(self.wallets["eve"])
        self.shelf.buy(listing).by(self.wallets["eve"])

    def train(self, listing: Listing) -> Training:
        """Three iterations are prepaid and made."""
        self.shelf.prepay(listing, self.address("eve"), 3).by(self.wallets["eve"])
        trainer = Trainer(self.shelf, self.operator.signer, self.operator)
        self.training = trainer.train(trainer.begin(listing, self.address("eve"), iterations=3, seed=0))
        return self.training

    def withdraw(self, listing: Listing) -> None:
        """The three owners have their income."""
        income, manifest = Income(self.shelf), self.shelf.manifest(listing)
        for name in NAMES[:3]:
            income.withdraw(self.address(name), listing, manifest).by(self.wallets[name])


def begin(chain: Chain, store: BlobStore, registry: Any, folder: Path) -> Story:
    """The contracts, and five wallets with some ether."""
    operator = Sender(chain, chain.signers()[0])
    town = build(operator)
    wallets = {name: Sender(chain, KeySigner(bytes([at + 21]) * 32, label=name)) for at, name in enumerate(NAMES)}
    operator.send_all([Intent(one.signer.address, b"", 10**18) for one in wallets.values()])
    return Story(chain, store, ready(Rounds()), Album(registry, store=store), town, operator, wallets)
