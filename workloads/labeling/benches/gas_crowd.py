"""A crowd that is made to be measured: contracts of its own, guests, and what each act of theirs cost."""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from privacy.plugin.contracts import Artifact, BadAnswer, Chain, Contract, Intent, KeySigner, Sender, Signer
from workloads.labeling.onchain.stage import stage_of
from workloads.labeling.onchain.town import role
from workloads.labeling.onchain.trees import Tree, leaves
from workloads.labeling.onchain.typed import LABELS, PERMIT, QUALIFICATION, Kind, Signing, parts_of

UNIT = 10**18
STAKE = 10 * UNIT
GUESTS = 3
"""Who labels the naive way; the first buys too."""
DAY = 86_400
FAR = 2**40 - 1
"""A time that does not come, without a byte of zeros where it is written."""
_PRICE = 3
"""How many times today's price the ether of guests would pay."""
_LIMIT = 500_000
_GUEST_GAS, _LABELER_GAS = 3_000_000, 400_000
_USE: Kind = (
    "Use",
    (("dataset", "uint256"), ("buyer", "address"), ("total", "uint64"), ("run", "bytes32"), ("result", "bytes32")),
)
_NOTHING = bytes(32)


def fresh(number: int) -> bytes:
    """The key of a guest: nobody else's, and forgotten."""
    return secrets.token_bytes(32)


@dataclass(frozen=True)
class Labeler:
    """A guest who labels."""

    sender: Sender

    @property
    def address(self) -> str:
        return self.sender.signer.address


class GasCrowd:
    """The contracts and who uses them; `payer` runs all, and pays. Every act answers the gas that it used."""

    def __init__(self, chain: Chain, signer: Signer, *, seed: int, key: Callable[[int], bytes]) -> None:
        self.chain, self.payer, self._seed, self._key = chain, Sender(chain, signer), seed, key
        self.created: dict[str, int] = {}
        """The gas of each contract's creation, by its name."""
        me = self.payer.signer.address
        self.crol = self._made("Crol", me)
        self.stakes = self._made("StakeRegistry", self.crol.address, me)
        self.gate = self._made("DomainGate", me)
        self.registry = self._made("ImageRegistry")
        self.payouts = self._made("Payouts", self.crol.address, me)
        four = [one.address for one in (self.crol, self.stakes, self.gate, self.payouts)]
        self.rounds = self._made("LabelRounds", *four, me)
        self.market = self._made("DatasetMarket", self.crol.address, self.registry.address)
        self.consortia = self._made("Consortia", self.crol.address, self.market.address)
        self.attestor = KeySigner(key(0), label="attestor", demo=True)
        self.guests = self._funded(range(1, 1 + GUESTS), gas=_GUEST_GAS)
        for contract, name, account in (
            (self.stakes, "SLASHER_ROLE", self.rounds.address), (self.gate, "ATTESTOR_ROLE", self.attestor.address),
            (self.rounds, "AGGREGATOR_ROLE", me),
        ):  # fmt: skip
            self.spent(self.payer, contract, "grantRole", role(name), account)
        self.spent(self.payer, self.payouts, "setRounds", self.rounds.address)
        self.spent(self.payer, self.crol, "approve", self.rounds.address, 2**256 - 1)
        self._acc: dict[bytes, tuple[bytes, int]] = {}
        self._epoch = 0

    def probe(self, name: str, *args: object) -> Contract:
        """A contract that is there to be measured alone."""
        return self._made(f"probes/{name}", *args)

    def spent(self, who: Sender, contract: Contract, function: str, *args: object, limit: int | None = None) -> int:
        """The gas of one call. With a `limit` no node is asked what it takes, which looks at the newest block."""
        return who.send(Intent(contract.address, contract.encode(function, *args), gas=limit)).gas_used

    def digest(self, what: str) -> bytes:
        """Bytes that stand for something, without zeros: those are cheaper, and would make the figures vary."""
        found = hashlib.sha256(f"{self._seed} {what}".encode()).digest()
        return bytes(byte or 1 for byte in found)

    # Labelers.

    def labelers(self, count: int) -> tuple[list[Labeler], list[int], list[int]]:
        """New labelers, who are qualified, staked and keep some of the token; the gas of each attestation and stake."""
        people = [Labeler(one) for one in self._funded(range(10, 10 + count), gas=_LABELER_GAS)]
        gifts = [self._intent(self.crol, "transfer", one.address, 2 * STAKE) for one in people]
        signing, domain = Signing(self.gate), self.digest("domain")
        bodies = [(one.address, domain, 20, 19, FAR) for one in people]
        attested = [
            self._intent(self.gate, "qualify", *body, signing.signed(self.attestor, QUALIFICATION, *body, 0))
            for body in bodies
        ]
        self.payer.send_all(gifts)
        qualified = [receipt.gas_used for receipt in self.payer.send_all(attested)]
        allowing = Signing(self.crol)
        staked = []
        for one in people:
            body = (one.address, self.stakes.address, STAKE, 0, FAR)
            v, r, s = parts_of(allowing.signed(one.sender.signer, PERMIT, *body))
            staked.append(self.spent(one.sender, self.stakes, "stakeWithPermit", STAKE, FAR, v, r, s))
        return people, qualified, staked

    # A round.

    def open(self, name: str) -> tuple[bytes, int]:
        """The id of a new round, and its gas."""
        salt = self.digest(f"round {name}")
        end = (self.chain.head().time + DAY) | 0x010101
        seed = bytes(keccak(encode(["bytes32"], [self.digest("seed")])))
        values = (self.digest("domain"), self.digest("items"), 5_000 * UNIT, end, 1, STAKE, seed)
        gas = self.spent(self.payer, self.rounds, "open", salt, *values)
        made: bytes = self.rounds.read("roundId", self.payer.signer.address, salt)
        self._acc[made] = (_NOTHING, 0)
        return made, gas

    def commit(self, round_: bytes, people: Sequence[Labeler], *, count: int) -> int:
        """The signed commitments of some labelers, in one transaction."""
        signing = Signing(self.rounds)
        entries = [(one.address, self.digest(f"labels of {one.address}"), count) for one in people]
        signed = [
            (*entry, signing.signed(one.sender.signer, LABELS, round_, *entry[1:]))
            for one, entry in zip(people, entries, strict=True)
        ]
        self._count(round_, entries)
        return self.spent(self.payer, self.rounds, "commitMany", round_, signed)

    def commit_alone(self, round_: bytes, who: Labeler, *, count: int) -> int:
        entry = (who.address, self.digest(f"labels of {who.address}"), count)
        self._count(round_, [entry])
        return self.spent(who.sender, self.rounds, "commit", round_, *entry[1:])

    def _count(self, round_: bytes, entries: Sequence[tuple[str, bytes, int]]) -> None:
        acc, number = self._acc[round_]
        for entry in entries:
            acc = bytes(keccak(encode(["bytes32", "address", "bytes32", "uint32"], [acc, *entry])))
        self._acc[round_] = (acc, number + len(entries))

    def closed(self, round_: bytes, earned: Mapping[str, int]) -> list[int]:
        """A round from its seal to its end: the gas of seal, draw, proposal and release."""
        acc, count = self._acc[round_]
        me, rounds = self.payer, self.rounds
        found = [self.spent(me, rounds, "seal", round_, acc, self.digest("votes"), count)]
        me.send(Intent(me.signer.address, b""))  # the block that draws the audit
        found.append(self.spent(me, rounds, "draw", round_, self.digest("seed"), limit=_LIMIT))
        self._epoch += 1
        roots = (self.digest("consensus"), self._pay(earned).root)
        content = self.digest(f"pay {self._epoch}")
        found.append(self.spent(me, rounds, "propose", round_, *roots, sum(earned.values()), self._epoch, content))
        until = stage_of(rounds, round_).until
        while time.time() <= until + 1:  # the least window, and a second for a chain whose clock is behind
            time.sleep(0.2)
        found.append(self.spent(me, rounds, "finalize", round_, limit=_LIMIT))
        return found

    def claim(self, people: Sequence[Labeler], earned: Mapping[str, int]) -> int:
        """The claims of some, in one transaction."""
        return self.spent(self.payer, self.payouts, "claimMany", self._claims(people, earned))

    def claim_alone(self, who: Labeler, earned: Mapping[str, int]) -> int:
        return self.spent(who.sender, self.payouts, "claim", *self._claims([who], earned)[0])

    def _claims(self, people: Sequence[Labeler], earned: Mapping[str, int]) -> list[tuple[str, int, list[bytes]]]:
        tree, places = self._pay(earned), {account: at for at, account in enumerate(earned)}
        return [(one.address, earned[one.address], tree.proof(places[one.address])) for one in people]

    def _pay(self, earned: Mapping[str, int]) -> Tree:
        return Tree(leaves(["address", "uint256"], list(earned.items())))

    # Images and data sets.

    def images(self) -> dict[str, int]:
        """A batch of a thousand images, one of which is claimed, and its consent taken back."""
        owner, consent = self.payer.signer.address, self.digest("consent")
        hashes = [self.digest(f"image {at}") for at in range(1_000)]
        tree = Tree(leaves(["bytes32", "address", "bytes32"], [(one, owner, consent) for one in hashes]))
        batch = self.registry.read("batchId", owner, tree.root)
        acts: list[tuple[str, str, tuple[object, ...]]] = [
            ("register a batch of 1,000 images", "register", (tree.root, 1_000, self.digest("batch"))),
            ("claim an image", "claim", (batch, hashes[0], consent, tree.proof(0))),
            ("revoke a consent", "revokeConsent", (hashes[0],)),
            ("consent again", "giveConsent", (hashes[0], consent)),
        ]
        return {action: self.spent(self.payer, self.registry, function, *args) for action, function, args in acts}

    def sold(self, owners: int) -> dict[str, int]:
        """A data set of so many owners: published, bought, prepaid, used for three iterations, and again for three."""
        id_, published = self._published(owners)
        buyer = self.guests[0]
        self.spent(self.payer, self.crol, "transfer", buyer.signer.address, 10_000 * UNIT)
        self.spent(buyer, self.crol, "approve", self.market.address, 2**256 - 1)
        found = {"publish": published, "buy": self.spent(buyer, self.market, "buy", id_)}
        found["prepay"] = self.spent(buyer, self.market, "prepay", id_, 100)
        self._use(id_, 3)
        found["use three iterations of"] = self._use(id_, 6)
        return found

    def withdrawn(self, owners: int) -> int:
        """The gas of one owner's withdrawal, after a first one."""
        id_, _ = self._published(owners)
        buyer = self.guests[0]
        rows = self._owners(owners)
        proof = Tree(leaves(["address", "uint64"], rows)).proof(0)
        self.spent(buyer, self.market, "prepay", id_, 100)
        gas = 0
        for total in (1, 2):
            self._use(id_, total)
            gas = self.spent(self.payer, self.market, "withdraw", id_, *rows[0], proof)
        return gas

    def _published(self, owners: int) -> tuple[int, int]:
        salt = self.digest(f"data set {self.market.read('balanceOf', self._me)}")
        tree = Tree(leaves(["address", "uint64"], self._owners(owners)))
        terms = (
            self.digest("images"), tree.root, 257 * owners, self.digest("manifest"), self.digest("round"), 1_000 * UNIT,
            UNIT, 2_000, 250, self.attestor.address,
        )  # fmt: skip
        gas = self.spent(self.payer, self.market, "publish", salt, terms)
        return int(self.market.read("datasetId", self._me, salt)), gas

    @property
    def _me(self) -> str:
        return self.payer.signer.address

    def _owners(self, count: int) -> list[tuple[str, int]]:
        return [("0x" + self.digest(f"owner {at}")[:20].hex(), 257) for at in range(count)]

    def _use(self, id_: int, total: int) -> int:
        buyer = self.guests[0].signer.address
        values = (id_, buyer, total, self.digest("run"), self.digest(f"result {total}"))
        signed = Signing(self.market).signed(self.attestor, _USE, *values)
        return self.spent(self.payer, self.market, "meter", *values, signed)

    def _made(self, name: str, *args: object) -> Contract:
        artifact = Artifact.load(name)
        receipt = self.payer.send(Intent(None, artifact.creation(*args)))
        if receipt.contract is None:
            raise BadAnswer(f"{name} was created without an address", then="name another node")
        self.created[name.rpartition("/")[2]] = receipt.gas_used
        return Contract(self.chain, receipt.contract, artifact)

    def _funded(self, numbers: Sequence[int], *, gas: int) -> list[Sender]:
        people = [Sender(self.chain, KeySigner(self._key(at), label=f"guest {at}", demo=True)) for at in numbers]
        price = max(self.chain.head().base_fee or 0, 10**9) * _PRICE
        self.payer.send_all([Intent(one.signer.address, b"", value=gas * price) for one in people])
        return people

    @staticmethod
    def _intent(contract: Contract, function: str, *args: object) -> Intent:
        return Intent(contract.address, contract.encode(function, *args))
