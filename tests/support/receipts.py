"""A book of receipts on a stage, with proofs by somebody who kept the secrets of the key: they are made in no time."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from privacy.chains.contracts import Artifact
from privacy.chains.sender import Intent
from privacy.services.forging import Forger
from privacy.services.receipts import CONTRACT, ORDER, SUBMIT_GAS, Book, Kept, Model
from tests.support.chains import Stage

ADA, BEN, EVE = 1, 2, 3
"""Who has a profile; another registrar; one with bad intentions. Account 0 registers the model."""
FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583
OUTSIDE = b"".join(
    number.to_bytes(32, "big")
    for number in (
        0, 1, 5912654199736721486680175016176231956195085055698687135131307249486702594212,
        18278151005453108793778860132295291098363647455926340152056652516292830556603,
    )
)  # fmt: skip
"""A point on the curve over the larger field that is not in the group."""


@dataclass
class Desk:
    """A book on a stage, where account 0 has registered a model with a forger's key. It may be a mutant, or given."""

    on: Stage
    forger: Forger = field(default_factory=Forger)
    artifact: Artifact | None = None
    given: Book | None = None

    @cached_property
    def book(self) -> Book:
        return self.given or self.opened()

    @cached_property
    def model(self) -> Model:
        return self.book.register(self.on.account(0), root=77, key=self.forger.key, kind="dev")

    def opened(self) -> Book:
        """Another book on the same chain."""
        creation = (self.artifact or Artifact.load(CONTRACT)).creation()
        return Book(self.on.chain, self.on.account(0).send(Intent(None, creation)).contract)

    def count(self, who: int) -> int:
        return self.book.count(self.on.address(who))

    def commit(self, who: int, profile: int = 5) -> None:
        if self.book.profile(self.on.address(who)) != profile:
            self.book.commit_profile(self.on.account(who), profile)

    def proof(self, who: int, *, number: int, profile: int = 5, shown: int = 9, again: int = 0) -> bytes:
        """A good proof of an account for this place in its row, whatever a mutant takes for its context."""
        id_: bytes = self.book.contract.read("receiptId", self.on.address(who), self.model.id, number)
        return self.forger.proof([self.model.root, profile, shown, int.from_bytes(id_, "big") % ORDER], again)

    def keep(self, who: int, *, profile: int = 5, shown: int = 9) -> Kept:
        """The next receipt of an account."""
        self.commit(who, profile)
        number = self.count(who)
        proof = self.proof(who, number=number, profile=profile, shown=shown)
        return self.submit(who, number=number, shown=shown, proof=proof)

    def submit(self, who: int, *, number: int, proof: bytes, shown: int = 9, **other: Any) -> Kept:
        book, model = other.get("book", self.book), other.get("model", self.model)
        return book.submit(self.on.account(who), model, number=number, shown=shown, proof=proof)

    def send(self, who: int, body: bytes) -> None:
        """A call as somebody would make it without the client."""
        with self.book.contract.naming():
            self.on.account(who).send(Intent(self.book.contract.address, body, gas=SUBMIT_GAS))
