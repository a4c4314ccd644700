"""A crowd's contracts on an EVM in memory, with people who can sign; each contract can be a mutant of itself."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account as Keys
from eth_utils.crypto import keccak

from privacy.chains.contracts import FOLDER, Artifact, Contract, named
from privacy.chains.errors import Reverted
from privacy.chains.sender import Intent
from privacy.chains.types import Receipt
from tests.support import evm
from tests.support.crowd_trees import Tree, added, earned, in_batch, in_set, label, share

NOTHING = bytes(32)
UNIT = 10**18
DAY = 86_400
FAR = 2**40
"""A time that does not come."""
OPERATOR, ADA, BEN, CAT, EVE, REQUESTER, PUBLISHER, BUYER, TRAINER, OWNER = range(10)
"""The operator; three labelers; one with bad intentions; who asks for labels, sells, buys, trains, and owns images."""
LABELERS = (ADA, BEN, CAT)
PURSE = 100_000 * UNIT
STAKE, BUDGET = 100 * UNIT, 900 * UNIT
DOMAIN, ITEMS, VOTES, CONTENT, CONSENSUS, MANIFEST, CONSENT = (bytes([at]) * 32 for at in range(0x21, 0x28))
SEED = b"\x31" * 32
IMAGES = tuple(bytes([at]) * 32 for at in range(0x41, 0x45))


def mutant(name: str) -> Artifact:
    """A contract without one guard: `contracts/mutants/NAME.json` says which."""
    found = json.loads((FOLDER / "mutants" / f"{name}.json").read_text())
    return replace(evm.artifact(found["of"]), bytecode=bytes.fromhex(found["bytecode"][2:]))


@dataclass(frozen=True)
class Labels:
    """What a labeler committed to in a round."""

    labeler: str
    values: tuple[bytes, ...]
    secret: bytes
    round: bytes

    @property
    def leaves(self) -> list[bytes]:
        every = enumerate(self.values)
        return [label(self.round, self.labeler, place, value, self.secret) for place, value in every]

    @property
    def root(self) -> bytes:
        return Tree(self.leaves).root

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def entry(self) -> tuple[str, bytes, int]:
        return (self.labeler, self.root, self.count)

    @property
    def shown(self) -> tuple[list[int], list[bytes], bytes]:
        """What `reveal` takes: places and values in the order of the leaves, and the secret."""
        places = sorted(range(self.count), key=lambda place: self.leaves[place])
        return places, [self.values[place] for place in places], self.secret


@dataclass
class Crowd:
    """The contracts, as `town` builds them. `patched` are artifacts in the place of our own, by the contract's name."""

    chain: evm.Evm = field(default_factory=evm.Evm)
    patched: Mapping[str, Artifact] = field(default_factory=dict)
    acc: dict[bytes, bytes] = field(default_factory=dict)
    """What the rounds' digests of commitments should be."""

    def __post_init__(self) -> None:
        operator = self.address(OPERATOR)
        self.crol = self.made("Crol", operator)
        self.stakes = self.made("StakeRegistry", self.crol.address, operator)
        self.gate = self.made("DomainGate", operator)
        self.images = self.made("ImageRegistry")
        self.payouts = self.made("Payouts", self.crol.address, operator)
        four = [one.address for one in (self.crol, self.stakes, self.gate, self.payouts)]
        self.rounds = self.made("LabelRounds", *four, operator)
        self.market = self.made("DatasetMarket", self.crol.address, self.images.address)
        self.consortia = self.made("Consortia", self.crol.address, self.market.address)
        self.do(OPERATOR, self.payouts, "setRounds", self.rounds.address)
        for contract, role, account in (
            (self.stakes, "SLASHER_ROLE", self.rounds.address), (self.gate, "ATTESTOR_ROLE", operator),
            (self.rounds, "AGGREGATOR_ROLE", operator),
        ):  # fmt: skip
            self.do(OPERATOR, contract, "grantRole", keccak(text=role), account)
        for who in range(1, 10):
            self.do(OPERATOR, self.crol, "transfer", self.address(who), PURSE)
            for spender in (self.stakes, self.rounds, self.market, self.consortia):
                self.do(who, self.crol, "approve", spender.address, 2**256 - 1)

    def made(self, name: str, *args: Any) -> Contract:
        """A new contract."""
        found = self.patched.get(name, evm.artifact(name))
        return Contract(self.chain, self.chain.create(found, *args), found)

    def account(self, who: int) -> evm.Account:
        return self.chain.person(who)

    def address(self, who: int) -> str:
        return _person(who).address

    def do(self, who: int | evm.Account, contract: Contract, function: str, *args: Any, value: int = 0) -> Receipt:
        """Call a contract as somebody. Reverted with the name of whatever contract's error it is."""
        sender = self.account(who) if isinstance(who, int) else who
        try:
            return sender.send(Intent(contract.address, contract.encode(function, *args), value=value))
        except Reverted as error:
            raise named(error) from None

    def balance(self, who: int | str) -> int:
        return int(self.crol.read("balanceOf", self.address(who) if isinstance(who, int) else who))

    # What people sign.

    def signed(self, who: int, contract: Contract, kind: str, *, chain_id: int | None = None, **message: Any) -> bytes:
        """Somebody's signature on typed data of a contract of ours, as a wallet makes it."""
        return signature(who, contract, kind, message, chain_id=chain_id or self.chain.chain_id)

    def permit(self, who: int, spender: Contract, amount: int) -> tuple[int, int, bytes, bytes]:
        """The last arguments of what takes a signed allowance: deadline, v, r, s."""
        nonce = self.crol.read("nonces", self.address(who))
        made = self.signed(
            who, self.crol, "Permit", owner=self.address(who), spender=spender.address, value=amount, nonce=nonce,
            deadline=FAR,
        )  # fmt: skip
        return FAR, made[64], made[:32], made[32:64]

    def attestation(self, who: int, *, by: int = OPERATOR, seen: int = 10, right: int = 9, until: int = FAR) -> Any:
        """All arguments of `qualify`."""
        account = self.address(who)
        message = {"account": account, "domain": DOMAIN, "seen": seen, "right": right, "validUntil": until}
        nonce = self.gate.read("nonceOf", account, DOMAIN)
        signed = self.signed(by, self.gate, "Qualification", **message, nonce=nonce)
        return (account, DOMAIN, seen, right, until, signed)

    def receipt(self, id_: int, total: int, *, by: int = TRAINER, buyer: int = BUYER) -> Any:
        """All arguments of `meter`."""
        run, result = b"\x71" * 32, bytes(keccak(b"result %d" % total))
        message = {"dataset": id_, "buyer": self.address(buyer), "total": total, "run": run, "result": result}
        return (id_, self.address(buyer), total, run, result, self.signed(by, self.market, "Use", **message))

    # What people do, one after the other.

    def qualify(self, *people: int) -> None:
        for who in people:
            self.do(OPERATOR, self.gate, "qualify", *self.attestation(who))
            self.do(who, self.stakes, "stake", STAKE)

    def open(
        self, salt: int = 1, *, who: int = REQUESTER, budget: int = BUDGET, window: int = DAY, seconds: int = DAY
    ) -> bytes:
        """The id of a new round."""
        seed_hash = bytes(keccak(encode(["bytes32"], [SEED])))
        end = self.chain.now + seconds
        key = salt.to_bytes(32, "big")
        self.do(who, self.rounds, "open", key, DOMAIN, ITEMS, budget, end, window, STAKE, seed_hash)
        made: bytes = self.rounds.read("roundId", self.address(who), key)
        self.acc[made] = NOTHING
        return made

    def round(self, round_: bytes) -> dict[str, Any]:
        """What the contract keeps of a round, by the names of its fields."""
        fields = next(one for one in self.rounds.artifact.abi if one.get("name") == "roundOf")["outputs"][0]
        names = [one["name"] for one in fields["components"]]
        return dict(zip(names, self.rounds.read("roundOf", round_), strict=True))

    def beacon(self, round_: bytes) -> bytes:
        """What the audit of a round is drawn by."""
        found: bytes = self.round(round_)["beacon"]
        assert found == self.rounds.events("AuditDrawn", round=round_)[-1].args["beacon"]
        return found

    def labels(self, who: int, round_: bytes, *, count: int = 3) -> Labels:
        values = tuple((who + place).to_bytes(32, "big") for place in range(count))
        return Labels(self.address(who), values, bytes(keccak(b"secret %d" % who)), round_)

    def commit(self, round_: bytes, *people: int) -> None:
        for who in people:
            made = self.labels(who, round_)
            self.do(who, self.rounds, "commit", round_, made.root, made.count)
            self.acc[round_] = added(self.acc[round_], *made.entry)

    def commitment(self, who: int, round_: bytes, *, over: bytes | None = None) -> Any:
        """A commitment for `commitMany`, whose signature names the round `over`."""
        made = self.labels(who, round_)
        signed = self.signed(who, self.rounds, "Labels", round=over or round_, root=made.root, count=made.count)
        return (*made.entry, signed)

    def seal(self, round_: bytes, *, who: int = REQUESTER) -> None:
        self.do(who, self.rounds, "seal", round_, self.acc[round_], VOTES, self.round(round_)["committed"])

    def draw(self, round_: bytes) -> None:
        self.chain.mine()
        self.do(EVE, self.rounds, "draw", round_, SEED)

    def pay(self, earnings: Mapping[str, int]) -> Tree:
        return Tree([earned(account, amount) for account, amount in earnings.items()])

    def propose(self, round_: bytes, root: bytes, paid: int, *, epoch: int | None = None) -> None:
        epoch = epoch or self.payouts.read("epoch") + 1
        self.do(OPERATOR, self.rounds, "propose", round_, CONSENSUS, root, paid, epoch, CONTENT)

    def finalize(self, round_: bytes) -> None:
        self.chain.wait(DAY + 1)
        self.do(EVE, self.rounds, "finalize", round_)

    def paid_round(self, earnings: Mapping[str, int], paid: int, *, salt: int = 1) -> bytes:
        """A finalized round that paid so much; labelers are qualified before."""
        round_ = self.open(salt)
        self.commit(round_, ADA, BEN)
        self.seal(round_)
        self.draw(round_)
        self.propose(round_, self.pay(earnings).root, paid)
        self.finalize(round_)
        return round_

    def claim(self, who: int, account: str, earnings: Mapping[str, int]) -> Receipt:
        tree, amount = self.pay(earnings), earnings[account]
        return self.do(who, self.payouts, "claim", account, amount, tree.proof(earned(account, amount)))

    def batch(self, who: int, images: Sequence[bytes] = IMAGES, *, consent: bytes = CONSENT) -> Tree:
        return Tree([in_batch(image, self.address(who), consent) for image in images])

    def register(self, who: int, images: Sequence[bytes] = IMAGES) -> bytes:
        """The id of a new batch."""
        root = self.batch(who, images).root
        self.do(who, self.images, "register", root, len(images), CONTENT)
        return bytes(self.images.read("batchId", self.address(who), root))

    def claim_image(self, who: int, batch: bytes, image: bytes, *, of: int, images: Sequence[bytes] = IMAGES) -> None:
        tree = self.batch(of, images)
        proof = tree.proof(in_batch(image, self.address(of), CONSENT))
        self.do(who, self.images, "claim", batch, image, CONSENT, proof)

    def set_tree(self) -> Tree:
        return Tree([in_set(image, self.address(OWNER)) for image in IMAGES])

    def share_tree(self, shares: Mapping[str, int]) -> Tree:
        return Tree([share(account, number) for account, number in shares.items()])

    @property
    def shares(self) -> dict[str, int]:
        """Whose images are in a data set, and how many."""
        return {self.address(OWNER): 3, self.address(ADA): 1}

    def terms(self, **changed: Any) -> tuple[Any, ...]:
        found = {
            "imageRoot": self.set_tree().root, "shareRoot": self.share_tree(self.shares).root, "shares": 4,
            "manifestDigest": MANIFEST, "round": ITEMS, "price": 1_000 * UNIT, "pricePerIteration": 10 * UNIT,
            "publisherBps": 2_000, "royaltyBps": 250, "trainer": self.address(TRAINER),
        }  # fmt: skip
        return tuple((found | changed).values())

    def publish(self, salt: int = 1, *, who: int = PUBLISHER, **changed: Any) -> int:
        """The id of a new data set."""
        key = salt.to_bytes(32, "big")
        self.do(who, self.market, "publish", key, self.terms(**changed))
        return int(self.market.read("datasetId", self.address(who), key))

    def withdraw(self, who: int, id_: int, account: str, shares: Mapping[str, int] | None = None) -> Receipt:
        shares = shares or self.shares
        proof = self.share_tree(shares).proof(share(account, shares[account]))
        return self.do(who, self.market, "withdraw", id_, account, shares[account], proof)

    def revoke(self, image: bytes = IMAGES[0]) -> None:
        """Images are registered and claimed, and the consent to one is taken back."""
        self.claim_image(EVE, self.register(OWNER), image, of=OWNER)
        self.do(OWNER, self.images, "revokeConsent", image)

    def suspend(self, who: int, id_: int, image: bytes = IMAGES[0]) -> Receipt:
        owner = self.address(OWNER)
        return self.do(who, self.market, "suspend", id_, image, owner, self.set_tree().proof(in_set(image, owner)))


def signature(who: int, contract: Contract, kind: str, message: Mapping[str, Any], *, chain_id: int) -> bytes:
    """Somebody's signature on typed data."""
    name = contract.artifact.name
    domain = {"name": DOMAINS[name], "version": "1", "chainId": chain_id, "verifyingContract": contract.address}
    made = Keys.sign_typed_data(_person(who).key, domain, {kind: TYPES[kind]}, dict(message))
    return bytes(made.signature)


def signed_hash(who: int, digest: bytes) -> bytes:
    """Somebody's signature on a digest as it is."""
    return bytes(Keys.unsafe_sign_hash(digest, _person(who).key).signature)


def refused(work: Callable[[], Any]) -> str:
    """The name of the contract's error."""
    with pytest.raises(Reverted) as caught:
        work()
    return caught.value.name


DOMAINS = {
    "Crol": "Crowd Label", "HookedToken": "Crowd Label", "DomainGate": "Crowd domain gate",
    "LabelRounds": "Crowd label rounds", "DatasetMarket": "Crowd data sets",
}  # fmt: skip
"""The name in each contract's typed data."""


def _fields(text: str) -> list[dict[str, str]]:
    return [dict(zip(("type", "name"), one.split(), strict=True)) for one in text.split(",")]


TYPES = {
    "Permit": _fields("address owner,address spender,uint256 value,uint256 nonce,uint256 deadline"),
    "Qualification": _fields(
        "address account,bytes32 domain,uint32 seen,uint32 right,uint64 validUntil,uint64 nonce"
    ),
    "Labels": _fields("bytes32 round,bytes32 root,uint32 count"),
    "Use": _fields("uint256 dataset,address buyer,uint64 total,bytes32 run,bytes32 result"),
}  # fmt: skip
"""What is signed."""


@cache
def _person(who: int) -> evm.Account:
    return evm.Evm().person(who)
