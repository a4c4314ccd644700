"""A market on the embedded chain: the crowd's contracts, a final round of digits, and five demo labelers."""

import contextlib
import shutil
from dataclasses import dataclass

import pytest

from privacy.chains.sender import Sender
from privacy.registry import discover
from privacy.stores.choice import store_in_use
from tests.support.chains import embedded
from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album
from workloads.labeling.market.acts import Act, allowance
from workloads.labeling.market.publishing import Publisher
from workloads.labeling.market.registering import Registry
from workloads.labeling.market.shelf import Offer, Shelf
from workloads.labeling.onchain import town
from workloads.labeling.onchain.staking import sender_of
from workloads.labeling.rounds.demo import LABELERS, CrowdOf, fill, ready
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import Terms

ONE = 10**18
OFFER = Offer(price=100 * ONE, per_iteration=2 * ONE, holder_cut=1000)


@dataclass
class Stall:
    """All that a test of the market needs; account 0 is the operator, publisher and trainer, 1 to 5 own the images."""

    rounds: Rounds
    album: Album
    shelf: Shelf
    registry: Registry
    town: town.Town
    senders: list[Sender]
    number: int

    def address(self, number: int) -> str:
        return self.senders[number].signer.address

    @property
    def publisher(self) -> Publisher:
        return Publisher(
            self.rounds, self.album, self.shelf, self.registry, account=self.address(0), trainer=self.address(0)
        )

    def register_all(self) -> None:
        """Every owner registers the images of the round that are its own."""
        missing = self.publisher.missing(self.number)
        for sender in self.senders:
            mine = [one.digest for one in missing if one.owner == sender.signer.address]
            if mine:
                self.registry.register(sender.signer.address, mine).by(sender)

    def published(self):
        """The listing of the round."""
        self.register_all()
        self.publisher.act(self.number, OFFER).by(self.senders[0])
        return self.shelf.listings()[0]

    def give(self, number: int, amount: int) -> None:
        """Give an account CROL, and let the market take it."""
        Act(self.town.crol, "transfer", (self.address(number), amount)).by(self.senders[0])
        allowance(self.town.crol, self.town.market, amount).by(self.senders[number])

    def balance(self, who: str) -> int:
        return self.town.crol.read("balanceOf", who)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """A home with the contracts and a final round of twenty digits."""
    home = tmp_path_factory.mktemp("market") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(home))
        with embedded(home / "chain") as chain:
            operator = Sender(chain, chain.signers()[0])
            made = town.build(operator)
            for labeler in LABELERS:
                sender_of(made, operator, labeler)
        rounds = ready(Rounds())
        images, gold = shipped.for_round("digits", 20, gold=10, nth=0)
        number = rounds.publish("Twenty digits", "digits", images, Terms(votes=3), gold=gold)
        fill(rounds, number, CrowdOf(labelers=5, skill=(40.0, 1.0)), seed=1)
        rounds.seal(number)
        rounds.finalize(number, {
            "labels": [shipped.truth(image) for image in images], "sure": [0.9] * 19 + [0.5],
            "gold": [place for place, image in enumerate(images) if image in gold], "audited": [], "method": "robust",
            "points": {},
        })  # fmt: skip
    return home


@contextlib.contextmanager
def opened(home):
    """The stall of a home: one process at a time has its chain."""
    registry = discover()
    with embedded(home / "chain") as chain, store_in_use(registry) as store:
        made = town.standing(chain)
        operator = Sender(chain, chain.signers()[0])
        senders = [operator, *(sender_of(made, operator, labeler) for labeler in LABELERS)]
        yield Stall(
            Rounds(), Album(registry, store=store), Shelf(made.market, store), Registry(made.images, store), made,
            senders, 1,
        )  # fmt: skip


@pytest.fixture
def home(base, tmp_path, monkeypatch):
    """A copy of the home for one test."""
    shutil.copytree(base, tmp_path / "home")
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def stall(base, tmp_path_factory):
    own = tmp_path_factory.mktemp("stall") / "home"
    shutil.copytree(base, own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(own))
        with opened(own) as found:
            yield found


@pytest.fixture
def own_stall(home):
    """One that nobody else has touched."""
    with opened(home) as found:
        yield found
