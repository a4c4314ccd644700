"""What a chain shows to anybody: blocks, transactions and events of our contracts in words, and the story of a thing.

A log counts as ours where its address is that of a contract of ours on this chain, whatever its bytes say.
"""

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from privacy.chains import types
from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Refusal
from privacy.chains.deploying import Deployment, deployments, recorded
from privacy.chains.errors import BadAnswer, ChainError, Reverted
from privacy.chains.eventbook import EventBook
from privacy.chains.gas_used import EACH, GasBook, GasUse, pairs
from privacy.chains.happening import Happening, happenings
from privacy.chains.refusals import why_failed
from privacy.chains.sender import identity
from privacy.chains.story import Story, story_of
from privacy.chains.types import Block, Receipt, Transaction, read
from privacy.chains.types import address as checked
from privacy.errors import DataError, ParamError
from privacy.stores.cid import CID

_DIGITS = 18
"""A number with more is no block's."""


@dataclass(frozen=True)
class Action:
    """A mined transaction in words: the function that it called, what that cost, and what the contract said."""

    transaction: Transaction
    receipt: Receipt
    contract: str
    function: str
    args: Mapping[str, Any]
    events: tuple[Happening, ...]
    time: int

    @property
    def words(self) -> str:
        """What it did, shortly."""
        if self.function:
            return f"{self.contract}.{self.function}"
        if self.transaction.to is None:
            return f"new contract {self.contract}".rstrip()
        return "call" if self.transaction.data else "transfer"


@dataclass(frozen=True)
class Hit:
    """What a search found: `kind` is block, transaction, address or digest; `key` names it on the chain."""

    kind: str
    key: str


class Explorer:
    """The eyes on one chain, for any number of threads. Events are asked for once, as `EventBook` says.

    ChainError from any method, where the chain cannot be looked at.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain, self.book = chain, EventBook(chain)
        self.head: Block | None = None
        self.contracts: dict[str, Artifact] = {}
        self.names: dict[str, str] = {}
        """What people call an address: that of a contract of ours, or of an account that signs here."""
        self._created: dict[bytes, str] = {}
        self._gas = GasBook(chain, lambda transaction, receipt: self._action(transaction, receipt, 0).words)
        self._where, self._turn, self._times = "", Lock(), dict[int, int]()

    def refresh(self) -> bool:
        """Look what is new on the chain: whether there is a block, or a contract of ours, that was not known."""
        with self._turn:
            head = self.chain.head()
            new = self.head is None or head.hash != self.head.hash
            if not self._where or (new and self.head is not None and head.parent != self.head.hash):
                self._where = identity(self.chain)
                self._times.clear()
            made = recorded(self._where)
            contracts = {one.address: Artifact.load(name) for name, one in made.items()}
            if not new and contracts.keys() == self.contracts.keys():
                return False
            self.contracts = contracts
            self._created = {bytes.fromhex(one.transaction[2:]): name for name, one in made.items() if one.transaction}
            labels = {one.address: one.label for one in self.chain.signers()}
            self.names = labels | {address: artifact.name for address, artifact in contracts.items()}
            self.book.refresh(contracts, head, first=lambda: _first(self.chain, made.values(), head))
            self.head = head
            return True

    def blocks(self, *, newest: int | None = None, most: int = 20) -> list[Block]:
        """The newest blocks, or those from a number down, newest first."""
        last = self.chain.head().number if newest is None else newest
        numbers = range(last, max(-1, last - most), -1)
        answers = self.chain.requests([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        return [read(types.block, one) for one in answers if _there(one)]

    def actions(self, block: Block, *, most: int | None = None) -> list[Action]:
        """The transactions of a block in words, the first ones where `most` says how many."""
        found = pairs(self.chain, block.transactions[:most])
        return [self._action(transaction, receipt, block.time) for _, transaction, receipt in found]

    def latest(self, *, most: int = 10, each: int = 8) -> list[tuple[Block, list[Action]]]:
        """The newest blocks, each with its first transactions in words."""
        blocks = self.blocks(most=most)
        hashes = [one for block in blocks for one in block.transactions[:each]]
        found = {hash_: (transaction, receipt) for hash_, transaction, receipt in pairs(self.chain, hashes)}
        return [
            (block, [self._action(*found[one], block.time) for one in block.transactions[:each] if one in found])
            for block in blocks
        ]

    def action(self, which: bytes) -> Action | None:
        """A mined transaction in words; None where there is none."""
        self.refresh()
        for _, transaction, receipt in pairs(self.chain, [which]):
            block = self.chain.block(receipt.block)
            return self._action(transaction, receipt, block.time if block is not None else 0)
        return None

    def refusal(self, action: Action) -> ChainError:
        """Why a transaction failed."""
        sent = action.transaction
        return why_failed(self.chain, action.receipt, data=sent.data, value=sent.value, gas=sent.gas)

    def refused(self, why: Reverted) -> Refusal | None:
        """The custom error of a contract of ours, with its arguments; None where it is none."""
        for artifact in self.contracts.values():
            with contextlib.suppress(BadAnswer):
                if (found := artifact.refusal(why.data)) is not None:
                    return found
        return None

    def about(self, thing: bytes) -> list[Happening]:
        """The events that have a digest, an id or an account among their arguments, oldest first, without times."""
        self.refresh()
        return self.book.about(checked("0x" + thing.hex()) if len(thing) == 20 else thing)

    def story(self, thing: bytes) -> Story:
        """Where a thing is from and what became of it, from first to last."""
        self.refresh()
        found = story_of(thing, self.book.all())
        return replace(found, events=tuple(self.timed(found.events)))

    def search(self, text: str) -> Hit | None:
        """What somebody looks for: a block's number, a hash, an address, a digest or a CID; None where there is none.

        DataError where the text is none of them.
        """
        text = text.strip()
        if text.isascii() and text.isdigit() and len(text) <= _DIGITS:
            return Hit("block", str(int(text))) if self.chain.block(int(text)) is not None else None
        body = _parsed(text)
        if body is None:
            what = "this is no block's number, hash, address, digest or CID"
            raise DataError(what, then="write a number, 0x and 40 or 64 digits, or a CID as a store prints it")
        if len(body) == 20:
            return Hit("address", checked("0x" + body.hex()))
        if self.chain.transaction(body) is not None:
            return Hit("transaction", "0x" + body.hex())
        block = self.chain.block(body)
        if block is not None:
            return Hit("block", str(block.number))
        return Hit("digest", "0x" + body.hex()) if self.about(body) else None

    def look_at_gas(self, *, most: int = 200) -> bool:
        """Measure what the newest transactions with each event of ours cost; whether some are left for another look."""
        count, hashes = Counter[str](), list(self._created)
        for one in reversed(self.book.all()):
            count[one.name] += 1
            if count[one.name] <= EACH:
                hashes.append(one.transaction)
        return self._gas.look(hashes, most=most)

    def gas(self) -> list[GasUse]:
        """What each action of our contracts cost, as far as `look_at_gas` has come."""
        return self._gas.found()

    def timed(self, found: Sequence[Happening]) -> list[Happening]:
        """The same events with the times of their blocks."""
        missing = sorted({one.block for one in found} - self._times.keys())
        answers = self.chain.requests([("eth_getBlockByNumber", [hex(number), False]) for number in missing])
        self._times |= {n: read(types.block, one).time for n, one in zip(missing, answers, strict=True) if _there(one)}
        return [replace(one, time=self._times.get(one.block)) for one in found]

    def _action(self, transaction: Transaction, receipt: Receipt, time: int) -> Action:
        artifact, called = self.contracts.get(transaction.to or ""), None
        if artifact is not None:
            try:
                called = artifact.called(transaction.data)
            except BadAnswer:
                called = None
        contract = artifact.name if artifact else self._created.get(transaction.hash, "")
        return Action(
            transaction, receipt, contract, called.name if called else "", called.args if called else {},
            tuple(happenings(receipt.logs, self.contracts)), time,
        )  # fmt: skip


def events_of(chain: Chain, *, first: int = 0, last: int | None = None, contract: str = "") -> list[Happening]:
    """The events of our contracts in these blocks of a chain, with their times, oldest first."""
    made = {name: one for name, one in deployments(chain).items() if contract in ("", name)}
    head = chain.head()
    if last is not None and last < head.number:
        head = chain.block(max(0, last)) or head
    explorer = Explorer(chain)
    contracts = {one.address: Artifact.load(name) for name, one in made.items()}
    explorer.book.refresh(contracts, head, first=lambda: max(first, _first(chain, made.values(), head)))
    return explorer.timed(explorer.book.all())


def _first(chain: Chain, made: Iterable[Deployment], head: Block) -> int:
    """The block before which none of these contracts was there: a public chain has millions of blocks before it."""
    return min((_born(chain, one, head) for one in made), default=0)


def _born(chain: Chain, made: Deployment, head: Block) -> int:
    if made.block is not None:
        return made.block
    if chain.local:
        return 0
    low, high = 0, head.number
    try:
        while low < high:
            middle = (low + high) // 2
            if chain.request("eth_getCode", [made.address, hex(middle)]) in ("0x", None):
                low = middle + 1
            else:
                high = middle
    except ChainError:  # a node that keeps no old states: every block may have an event
        return 0
    return low


def _there(answer: Any) -> bool:
    """Whether an answer of several is one; the error that stands for it is raised."""
    if isinstance(answer, ChainError):
        raise answer
    return answer is not None


def _parsed(text: str) -> bytes | None:
    """20 or 32 bytes of hexadecimal, or a CID's digest."""
    try:
        body = bytes.fromhex(text.removeprefix("0x"))
        return body if len(body) in (20, 32) else None
    except ValueError:
        pass
    try:
        return CID.parse(text).digest
    except ParamError:
        return None
