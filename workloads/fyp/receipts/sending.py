"""From a proof to a receipt on a chain: the model is registered, the profile committed to, and the proof sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from privacy.plugin.contracts import Chain, Sender
from privacy.plugin.receipts import Book, Kept, Model


@dataclass(frozen=True)
class Made:
    """What a worker made under one key: the key, and by their names the proofs, or why there are none."""

    model: bytes
    root: int
    key: bytes
    kind: str
    setup_seconds: float
    proofs: Mapping[str, "Proved"]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """What came from the worker."""
        proofs = {name: Proved.of(one) for name, one in values["proofs"].items()}
        return cls(
            bytes.fromhex(values["model"]), int(values["root"], 16), bytes.fromhex(values["key"]), values["kind"],
            values["setup_seconds"], proofs,
        )  # fmt: skip


@dataclass(frozen=True)
class Proved:
    """A proof with its public inputs, model, profile, list and context; or the sentence why there is none."""

    public: tuple[int, ...]
    seconds: float
    proof: bytes = b""
    refused: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        public = tuple(int(one, 16) for one in values["public"])
        return cls(public, values["seconds"], bytes.fromhex(values.get("proof", "")), values.get("refused", ""))

    @property
    def profile(self) -> int:
        return self.public[1]

    @property
    def shown(self) -> int:
        return self.public[2]


@dataclass(frozen=True)
class Sent:
    """A receipt that was kept, its model, and the gas of each transaction by what it did."""

    kept: Kept
    model: Model
    gas: dict[str, int]


def registered(book: Book, house: Sender, made: Made, gas: dict[str, int]) -> Model:
    """The model in the book; registered now where it was not."""
    found = book.model(made.model)
    if found is None:
        found = book.register(house, root=made.root, key=made.key, kind=made.kind)
        gas["register the model"] = spent(book.contract.chain, found.transaction)
    return found


def send(book: Book, house: Sender, sender: Sender, made: Made, proved: Proved, *, number: int) -> Sent:
    """Send a proof for this place in the account's row, after all that it needs.

    `house` registers models. Reverted, by the contract's own error, where it is refused.
    """
    gas: dict[str, int] = {}
    model = registered(book, house, made, gas)
    committed(book, sender, proved, gas)
    kept = book.submit(sender, model, number=number, shown=proved.shown, proof=proved.proof)
    gas["check the proof"] = spent(book.contract.chain, kept.transaction)
    return Sent(kept, model, gas)


def committed(book: Book, sender: Sender, proved: Proved, gas: dict[str, int]) -> None:
    """Commit to a proof's profile, where the account's is another."""
    if book.profile(sender.signer.address) != proved.profile:
        done = book.commit_profile(sender, proved.profile)
        gas["commit to the profile"] = spent(book.contract.chain, done.transaction)


def spent(chain: Chain, transaction: bytes) -> int:
    """The gas of a transaction that is mined."""
    found = chain.receipt(transaction)
    return found.gas_used if found is not None else 0
