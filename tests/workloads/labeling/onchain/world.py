"""What tests of rounds on a chain act on: the chain, its contracts, the book, the store, and one round with votes."""

from typing import Any, Self

from privacy.chains.opening import open_chain, signer
from privacy.chains.sender import Intent, Sender
from privacy.registry import Registry
from privacy.stores.choice import store_in_use
from workloads.labeling.onchain.amounts import ONE
from workloads.labeling.onchain.kept import keeping
from workloads.labeling.onchain.opening import terms_on
from workloads.labeling.onchain.steps import Course
from workloads.labeling.onchain.town import build
from workloads.labeling.rounds.book import Book, book
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import Domain, Terms

DOMAIN = Domain("pets", "Pets", "classes", ("cat", "dog", "owl"))
GOLD = {f"g{i}": i % 3 for i in range(12)}
NAMES = ("ann", "bob", "cid")
BUDGET = 10 * ONE + 1
POINTS = {"ann": 500, "bob": 300, "cid": 200}
RESULT: dict[str, Any] = {
    "labels": [0, 1, 2, -1], "sure": [1.0, 1.0, 1.0, 0.0], "gold": [], "audited": [], "method": "by hand",
    "points": POINTS, "answer": {},
}  # fmt: skip


class World:
    """All of it, opened; close it after use, or use it in a `with`."""

    def __init__(self, registry: Registry, operator: Sender | None = None) -> None:
        self.chain = operator.chain if operator else open_chain(registry)
        self.store = store_in_use(registry)
        self.rounds = Rounds(Book(book().path))
        self.operator = operator or Sender(self.chain, signer(self.chain))
        self.town = build(self.operator)

    def course(self, number: int = 1) -> Course:
        return Course(self.rounds, number, self.town, self.store, operator=self.operator)

    def publish(
        self, *, title: str = "One", budget: int = BUDGET, stake: int = 0, window: int = 1, votes: int = 3
    ) -> int:
        """Publish a round on the chain; it is in the book alone until its course opens it."""
        terms = terms_on(self.town, self.operator.signer, budget=budget, stake=stake, window=window, seconds=3600)
        return self.rounds.publish(
            title, DOMAIN.id, [f"i{i}" for i in range(4)], Terms(votes=3), beside=keeping(terms)
        )  # fmt: skip

    def vote(self, number: int) -> None:
        """Ann, Bob and Cid vote on the first three items; Cid is wrong on the last of them."""
        for name in NAMES:
            self.rounds.vote_all(name, number, {0: 0, 1: 1, 2: 2 if name != "cid" else 0})

    def give(self, account: str, *, wei: int = 10**18) -> None:
        """Give an account ether, as wallets have it."""
        self.operator.send(Intent(account, b"", wei))

    def close(self) -> None:
        self.store.close()
        self.chain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def begun(world: World) -> None:
    """Three labelers who qualified, and one round with their votes."""
    world.rounds.add_domain(DOMAIN, GOLD)
    for name in NAMES:
        world.rounds.join(name, name=name.title(), kind="demo")
        while (image := world.rounds.next_gold(name, DOMAIN.id)) is not None:
            world.rounds.answer_gold(name, DOMAIN.id, image, GOLD[image])
    world.vote(world.publish())


def drawn(world: World, number: int = 1) -> Course:
    course = world.course(number)
    course.open()
    course.commit()
    course.draw()
    return course


def paid(world: World, number: int = 1) -> Course:
    course = drawn(world, number)
    course.propose(RESULT)
    course.finalize()
    return course
