"""What each action on our contracts costs in gas, on a chain that is named, beside figures of an earlier project."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from privacy.chains.accounts import KeySigner, Signer
from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact
from privacy.chains.errors import BadAnswer
from privacy.chains.sender import Intent, Sender
from privacy.jobs.job import Report
from privacy.results import machine, versions
from privacy.services.forging import Forger
from privacy.services.receipts import DEV, Book
from privacy.services.rooms import Rooms
from privacy.services.shown_log import ShownLog
from privacy.stores.cid import CID

GUESTS = 4
"""Accounts that are made for the bench beside the one that pays: with it they are five in a room."""

_GUEST_GAS = 250_000
"""Gas that a guest is given the ether for: it joins, commits once and leaves."""

_ACTIONS = 24
"""How many rows there will be."""

_PRICE = 3
"""How many times today's price that ether would pay."""

_DECLARED = {
    "create a room for 1": 67_864,
    "create a room for 5": 231_872,
    "push 509 characters of weights, the first time": 529_194,
    "push 509 characters of weights": 494_994,
    "push a CID of 59 characters": 176_989,
    "push 1 KiB of weights": 858_000,
    "push 10 KiB of weights": 7_400_000,
    "push 40 KiB of weights": 29_200_000,
}
THEIRS = "MetaCollab (room.sol): read in its source and run on a local EVM without optimizer, before this was written"


@dataclass(frozen=True)
class Row:
    """An action. `gas` is measured, of all its `transactions`.

    `theirs` is what it compares with in the earlier project, and `theirs_gas` is declared; both None for nothing.
    """

    action: str
    gas: int
    transactions: int = 1
    theirs: str | None = None
    theirs_gas: int | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as much theirs costs."""
        return None if self.theirs_gas is None else self.theirs_gas / self.gas


def fresh(number: int) -> bytes:
    """The key of a guest: nobody else's, and forgotten."""
    return secrets.token_bytes(32)


def run(chain: Chain, signer: Signer, report: Report, *, seed: int = 0) -> dict[str, Any]:
    """Every action once, on contracts that are created for it: one JSON document. ChainError where the chain cannot."""
    rows = measure(chain, signer, report, seed=seed)
    return {
        "bench": "gas", "source": "measured", "chain": {"name": chain.name, "chain_id": chain.chain_id}, "seed": seed,
        "compiler": {artifact.name: artifact.solc for artifact in Artifact.all()},
        "theirs": {"source": "declared", "from": THEIRS}, "machine": machine(), "versions": versions(),
        "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
    }  # fmt: skip


def measure(
    chain: Chain, signer: Signer, report: Report, *, seed: int = 0, key: Callable[[int], bytes] = fresh
) -> list[Row]:
    """The gas of every action. The contracts are used once and not recorded, and so are the guests, by their keys.

    An address with a byte of zeros costs 12 gas less wherever it is named: other accounts may differ by as much.
    """
    bench = _Bench(chain, Sender(chain, signer), report, seed, key)
    bench.log()
    bench.rooms()
    bench.receipts()
    return bench.rows


class _Bench:
    def __init__(
        self, chain: Chain, payer: Sender, report: Report, seed: int, key: Callable[[int], bytes]
    ) -> None:  # fmt: skip
        self.chain, self.payer, self._report, self._seed = chain, payer, report, seed
        self.rows: list[Row] = []
        self.guests = self._funded(key)

    def _funded(self, key: Callable[[int], bytes]) -> list[Sender]:
        guests = [Sender(self.chain, KeySigner(key(at), label=f"guest {at}", demo=True)) for at in range(GUESTS)]
        price = max(self.chain.head().base_fee or 0, 10**9) * _PRICE
        gifts = [Intent(one.signer.address, b"", value=_GUEST_GAS * price) for one in guests]
        self.payer.send_all(gifts)
        return guests

    def add(self, action: str, *spent: int, theirs: str | None = None) -> None:
        """Keep what an action cost."""
        declared = None if theirs is None else _DECLARED[theirs]
        self.rows.append(Row(action, sum(spent), len(spent), theirs, declared))
        self._report(len(self.rows), _ACTIONS, action)

    def created(self, name: str) -> str:
        receipt = self.payer.send(Intent(None, Artifact.load(name).creation()))
        if receipt.contract is None:
            raise BadAnswer(f"{name} was created without an address", then="name another node")
        self.add(f"create the contract {name}", receipt.gas_used)
        return receipt.contract

    def spent(self, transaction: bytes) -> int:
        found = self.chain.receipt(transaction)
        if found is None:
            raise BadAnswer("a mined transaction has no receipt", then="name another node")
        return found.gas_used

    def digest(self, what: str) -> bytes:
        """Bytes that stand for something, without zeros: those are cheaper, and would make the figures vary."""
        found = hashlib.sha256(f"{self._seed} {what}".encode()).digest()
        return bytes(byte or 1 for byte in found)

    def log(self) -> None:
        log = ShownLog(self.chain, self.created("RecommendationLog"))
        for action in ("log a list, the first time", "log a list"):
            made = log.log(self.payer, self.digest(action), self.digest("root"))
            self.add(action, self.spent(made.transaction))

    def rooms(self) -> None:
        rooms = Rooms(self.chain, self.created("ModelRegistry"))
        us, them = self.payer, self.guests
        everybody = [one.signer.address for one in them]
        description = self.digest("description")
        alone = rooms.create(us, "Keyboard", description=description, salt=self.digest("alone"))
        self.add("create a room alone", self.spent(alone.transaction), theirs="create a room for 1")
        room = rooms.create(us, "Keyboard", description=description, invited=everybody, salt=self.digest("five"))
        made = self.spent(room.transaction)
        self.add("create a room, four invited", made)
        joined = [rooms.join(one, room.id).gas_used for one in them]
        self.add("join a room", joined[0])
        self.add("have five in a room, each by an own act", made, *joined, theirs="create a room for 5")
        self.add("invite one", rooms.invite(us, alone.id, everybody[:1]).gas_used)
        self.add("take an invitation back", rooms.remove(us, alone.id, everybody[0]).gas_used)
        self._commits(rooms, room.id)
        self.add("leave a room", rooms.leave(them[0], room.id).gas_used)
        self.add("remove a member", rooms.remove(us, room.id, everybody[1]).gas_used)
        self.add("transfer the ownership", rooms.transfer(us, room.id, everybody[2]).gas_used)

    def receipts(self) -> None:
        book, forger = Book(self.chain, self.created("ReceiptBook")), Forger(f"gas {self._seed}")
        account = self.payer.signer.address
        model = book.register(self.payer, root=self._element("root"), key=forger.key, kind=DEV)
        self.add("register a model with its key", self.spent(model.transaction))
        profile = book.commit_profile(self.payer, self._element("profile"))
        self.add("keep the commitment to a profile", self.spent(profile.transaction))
        kept = "check a proof and keep its receipt"
        for number, action in enumerate((f"{kept}, the first time", kept)):
            shown = self._element(action)
            inputs = [model.root, profile.commitment, shown, book.place(account, number).context(model.id)]
            done = book.submit(self.payer, model, number=number, shown=shown, proof=forger.proof(inputs))
            self.add(action, self.spent(done.transaction))

    def _element(self, what: str) -> int:
        """A public input, without zeros among its bytes."""
        return int.from_bytes(b"\1" + self.digest(what)[1:], "big")

    def _commits(self, rooms: Rooms, room: bytes) -> None:
        us, before = self.payer, None
        for action, who, length, theirs in (
            ("commit the first version of a room", us, 509, "push 509 characters of weights, the first time"),
            ("commit a version of 509 bytes", us, 509, "push 509 characters of weights"),
            ("commit a version as a member", self.guests[0], 509, "push a CID of 59 characters"),
            ("commit a version of 1 KiB", us, 1024, "push 1 KiB of weights"),
            ("commit a version of 10 KiB", us, 10 * 1024, "push 10 KiB of weights"),
            ("commit a version of 40 KiB", us, 40 * 1024, "push 40 KiB of weights"),
        ):
            before = rooms.commit(
                who, room, self._content(length), parent=before, contributions=self.digest("contributions"),
                metrics=self.digest("metrics"),
            )  # fmt: skip
            self.add(action, self.spent(before.transaction), theirs=theirs)

    def _content(self, length: int) -> CID:
        """The CID of a model of so many bytes: the digest has no zeros, as a model is found whose digest has none."""
        tried = 0
        while 0 in (found := CID.of(self._model(length, tried))).digest:
            tried += 1
        return found

    def _model(self, length: int, tried: int) -> bytes:
        return hashlib.shake_256(f"{self._seed} {length} {tried}".encode()).digest(length)
