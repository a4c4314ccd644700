"""Receipts on a chain: proofs that a list came from a model, checked and kept by a contract.

A client of `contracts/ReceiptBook.sol`. Histories, lists and scores never come here: a root, two commitments, a proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Contract, Event
from privacy.chains.errors import BadAnswer, Reverted
from privacy.chains.sender import Intent, Sender
from privacy.chains.types import Receipt
from privacy.errors import DataError

CONTRACT = "ReceiptBook"
DEV, CEREMONY = "dev", "ceremony"
KINDS = ("", DEV, CEREMONY)
"""How a key was made, in the order of the contract."""
ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""The order of the groups of BN254: a public input is below it."""
SUBMIT_GAS = 400_000
"""Gas that a proof is sent with: to estimate it would check the proof twice more."""
_KEY, _PROOF = (2, 4, 4, 4, (2, 2, 2, 2, 2)), (2, 4, 2)
"""How many words the parts of a key and of a proof have."""


@dataclass(frozen=True)
class Model:
    """A model as it was registered. `root` is the public input, `key` the 24 words that proofs are checked with."""

    id: bytes
    registrar: str
    root: int
    key_digest: bytes
    kind: str
    key: bytes = field(repr=False)
    block: int
    transaction: bytes


@dataclass(frozen=True)
class Profile:
    """A commitment to the history that an account's receipts are about."""

    commitment: int
    account: str
    block: int
    transaction: bytes


@dataclass(frozen=True)
class Kept:
    """A receipt that the contract checked. `shown` is the commitment to the list; `number` counts the account's."""

    id: bytes
    model: bytes
    account: str
    number: int
    profile: int
    shown: int
    block: int
    transaction: bytes

    @property
    def context(self) -> int:
        """The public input that binds the proof to its chain, contract, account, model and number."""
        return int.from_bytes(self.id, "big") % ORDER


@dataclass(frozen=True)
class Place:
    """A place in an account's row of receipts: what a proof is bound to, beside its model."""

    chain_id: int
    contract: str
    account: str
    number: int

    def receipt_id(self, model: bytes) -> bytes:
        """The id of the receipt: Keccak-256 of where it is, as the contract makes it."""
        types = ("uint256", "address", "address", "bytes32", "uint256")
        return _keccak(types, (self.chain_id, self.contract, self.account, model, self.number))

    def context(self, model: bytes) -> int:
        """The public input that a proof for this place is made for."""
        return int.from_bytes(self.receipt_id(model), "big") % ORDER


class Book:
    """The book of receipts at an address of a chain.

    What a method sends is refused by the contract as Reverted, whose `name` is the contract's own error.
    """

    def __init__(self, chain: Chain, address: str) -> None:
        self.contract = Contract(chain, address, Artifact.load(CONTRACT))

    def register(self, sender: Sender, *, root: int, key: bytes, kind: str) -> Model:
        """Register a model with its key, once for each account; `key` is the 24 words of a prover's `verifier`."""
        body = self.register_call(root=root, key=key, kind=kind)
        try:
            receipt = self._send(sender, f"register {root} {kind} {key.hex()}", body)
        except Reverted as error:
            there = self.model(self.model_id(sender.signer.address, root, key, kind))
            if error.name != "ModelExists" or there is None:
                raise
            return there
        return _model(self._said(receipt, "ModelRegistered"))

    def commit_profile(self, sender: Sender, commitment: int) -> Profile:
        """Commit to a profile; a later one takes its place."""
        return _profile(self._said(self._send(sender, "", self.profile_call(commitment)), "ProfileCommitted"))

    def register_call(self, *, root: int, key: bytes, kind: str) -> bytes:
        """The call that registers a model, as a wallet sends it. DataError for what is no root, key or kind."""
        if kind not in KINDS[1:]:
            raise DataError(f"a key is of the kind dev or ceremony, not {kind[:40]!r}", then="say how it was made")
        return self.contract.encode("register", word(root), KINDS.index(kind), key_parts(key))

    def profile_call(self, commitment: int) -> bytes:
        """The call that commits to a profile, as a wallet sends it."""
        return self.contract.encode("commitProfile", word(commitment))

    def submit(self, sender: Sender, model: Model, *, number: int, shown: int, proof: bytes) -> Kept:
        """Have a proof checked and its receipt kept; the same number of an account is kept once."""
        body = self.call_of(model, number=number, shown=shown, proof=proof)
        name = f"{self.contract.address} {sender.signer.address} submit {model.id.hex()} {number} {proof.hex()}"
        with self.contract.naming():
            receipt = sender.send(Intent(self.contract.address, body, gas=SUBMIT_GAS, id=name))
        return _kept(self._said(receipt, "ReceiptKept"))

    def refusal(self, account: str, model: Model, *, number: int, shown: int, proof: bytes) -> Reverted | None:
        """What the contract would refuse a proof with now, executed without a transaction; None where it takes it."""
        body = self.call_of(model, number=number, shown=shown, proof=proof)
        try:
            with self.contract.naming():
                self.contract.chain.call(self.contract.address, body, sender=account)
        except Reverted as error:
            return error
        return None

    def call_of(self, model: Model, *, number: int, shown: int, proof: bytes) -> bytes:
        """The call that submits a proof, as a wallet sends it."""
        proved = _parts(proof, _PROOF, "proof")
        return self.contract.encode("submit", model.id, number, word(shown), key_parts(model.key), proved)

    def model(self, id_: bytes) -> Model | None:
        """A registered model; None where there is none."""
        return next((_model(event) for event in self.contract.events("ModelRegistered", model=id_)), None)

    def models(self, *, root: int | None = None) -> list[Model]:
        """Every registered model, or those of a root, oldest first."""
        wanted: dict[str, Any] = {} if root is None else {"root": word(root)}
        return [_model(event) for event in self.contract.events("ModelRegistered", **wanted)]

    def receipt(self, id_: bytes) -> Kept | None:
        """A receipt; None where there is none."""
        return next((_kept(event) for event in self.contract.events("ReceiptKept", receipt=id_)), None)

    def found(self, id_: bytes) -> tuple[Kept, Model] | None:
        """A receipt with its model; None where there is none."""
        kept = self.receipt(id_)
        model = None if kept is None else self.model(kept.model)
        return None if kept is None or model is None else (kept, model)

    def proof(self, kept: Kept) -> bytes:
        """The proof of a receipt, from the transaction that sent it: with the event all that a check takes.

        BadAnswer where the node does not have it, or another contract sent it on.
        """
        found = self.contract.chain.transaction(kept.transaction)
        called = None if found is None else self.contract.artifact.called(found.data)
        if called is None or called.name != "submit":
            text = "the node does not show the call that sent this receipt"
            raise BadAnswer(text, where="0x" + kept.transaction.hex(), then="ask another node of the chain")
        return _flat(called.args["proof"])

    def receipts(self, *, account: str | None = None, model: bytes | None = None) -> list[Kept]:
        """The receipts of an account or of a model, or all, oldest first."""
        named: dict[str, Any] = {"account": account, "model": model}
        wanted = {name: one for name, one in named.items() if one is not None}
        return [_kept(event) for event in self.contract.events("ReceiptKept", **wanted)]

    def profile(self, account: str) -> int | None:
        """The commitment that an account's receipts are about now; None where it has committed to none."""
        found: bytes = self.contract.read("profileOf", account)
        return int.from_bytes(found, "big") if any(found) else None

    def count(self, account: str) -> int:
        """How many receipts an account has: the number of its next one."""
        return int(self.contract.read("countOf", account))

    def place(self, account: str, number: int | None = None) -> Place:
        """A place in an account's row: the next one where no number is named."""
        number = self.count(account) if number is None else number
        return Place(self.contract.chain.chain_id, self.contract.address, account, number)

    @staticmethod
    def model_id(registrar: str, root: int, key: bytes, kind: str) -> bytes:
        """The id of a model: Keccak-256 of who registered it and what, as the contract makes it."""
        from eth_utils.crypto import keccak

        values = (registrar, word(root), bytes(keccak(key)), KINDS.index(kind))
        return _keccak(("address", "bytes32", "bytes32", "uint8"), values)

    def _send(self, sender: Sender, name: str, body: bytes) -> Receipt:
        """Mine one call; a `name` is what makes it the same intent when it is repeated."""
        intent = Intent(self.contract.address, body)
        if name:
            intent = Intent(self.contract.address, body, id=f"{self.contract.address} {sender.signer.address} {name}")
        with self.contract.naming():
            return sender.send(intent)

    def _said(self, receipt: Receipt, name: str) -> Event:
        for event in map(self.contract.artifact.decode, receipt.logs):
            if event is not None and event.name == name:
                return event
        raise BadAnswer(f"the transaction is mined without its event {name}", where=self.contract.address)


def word(number: int) -> bytes:
    """A public input as 32 bytes. DataError where it is not below the groups' order."""
    if not 0 <= number < ORDER:
        text = "a public input is not below the order of the curve's groups"
        raise DataError(text, then="take it as the prover gives it")
    return number.to_bytes(32, "big")


def key_parts(key: bytes) -> tuple[Any, ...]:
    """The 24 words of a key as the contract takes them. DataError for another length."""
    return _parts(key, _KEY, "key")


def _parts(body: bytes, shape: Sequence[Any], what: str) -> tuple[Any, ...]:
    """Words nested like `shape`."""
    wanted = 32 * sum(sum(one) if isinstance(one, tuple) else one for one in shape)
    if len(body) != wanted:
        raise DataError(f"a {what} has {wanted} bytes, and this has {len(body)}", then="take it as the prover made it")
    words = iter(int.from_bytes(body[at : at + 32], "big") for at in range(0, len(body), 32))

    def taken(of: Any) -> Any:
        return tuple(map(taken, of)) if isinstance(of, tuple) else tuple(next(words) for _ in range(of))

    return tuple(map(taken, shape))


def _flat(value: Any) -> bytes:
    return value.to_bytes(32, "big") if isinstance(value, int) else b"".join(map(_flat, value))


def _model(event: Event) -> Model:
    args, log = event.args, event.log
    return Model(
        args["model"], args["registrar"], int.from_bytes(args["root"], "big"), args["keyDigest"], KINDS[args["kind"]],
        _flat(args["key"]), log.block, log.transaction,
    )  # fmt: skip


def _profile(event: Event) -> Profile:
    args, log = event.args, event.log
    return Profile(int.from_bytes(args["profile"], "big"), args["account"], log.block, log.transaction)


def _kept(event: Event) -> Kept:
    args, log = event.args, event.log
    profile, shown = (int.from_bytes(args[name], "big") for name in ("profile", "shown"))
    return Kept(
        args["receipt"], args["model"], args["account"], args["number"], profile, shown, log.block, log.transaction,
    )  # fmt: skip


def _keccak(types: Sequence[str], values: Sequence[Any]) -> bytes:
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    return bytes(keccak(encode(list(types), values)))
