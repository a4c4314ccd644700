"""What a chain shows to anybody: blocks, transactions and events of our contracts in words, and the story of a thing.

A log counts as ours where its address is that of a contract of ours on this chain, whatever its bytes say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Event, shown
from privacy.chains.deploying import deployments
from privacy.chains.errors import BadAnswer, ChainError
from privacy.chains.types import Block, Log, Receipt, Transaction
from privacy.chains.types import address as checked
from privacy.errors import DataError, ParamError
from privacy.stores.cid import CID

SPAN = 20_000
"""Blocks that one question for logs covers: nodes of providers refuse longer ones."""

_SUBJECTS = {
    "RoomCreated": ("room",), "VersionCommitted": ("version", "contentDigest"), "Logged": ("commitment",),
}  # fmt: skip
"""What an event brings about, by its arguments; an event that is not here changes what others brought about."""

MOST_EVENTS = 2000
"""Events of a story at most; the newest are left out, and the story says so."""


@dataclass(frozen=True)
class Happening:
    """An event of a contract of ours, with the block's time in seconds since 1970."""

    contract: str
    name: str
    args: Mapping[str, Any]
    block: int
    index: int
    transaction: bytes
    time: int | None = None

    def sentence(self) -> str:
        """The event as people read it: its name, and its arguments."""
        return f"{self.name}({', '.join(f'{name}={shown(value)}' for name, value in self.args.items())})"

    def as_dict(self) -> dict[str, Any]:
        args = {name: shown(one) if isinstance(one, bytes) else one for name, one in self.args.items()}
        return {
            "contract": self.contract, "event": self.name, "args": args, "block": self.block, "index": self.index,
            "transaction": "0x" + self.transaction.hex(), "time": self.time,
        }  # fmt: skip

    @property
    def digests(self) -> tuple[bytes, ...]:
        """The things that it is about: digests and ids of 32 bytes, but for zeros, which stand for none."""
        return tuple(one for one in self.args.values() if isinstance(one, bytes) and len(one) == 32 and any(one))

    @property
    def subjects(self) -> tuple[bytes, ...]:
        """The things that it brings about."""
        return tuple(self.args[name] for name in _SUBJECTS.get(self.name, ()))

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(one for one in self.args.values() if isinstance(one, str) and one.startswith("0x"))


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
class Story:
    """Where a thing is from and what became of it: its events, oldest first, and how they hang together.

    `links` are pairs of places in `events`, earlier first, with what both are about. `cut` says that there were more.
    """

    what: str
    events: tuple[Happening, ...]
    links: tuple[tuple[int, int, str], ...]
    cut: bool = False


@dataclass(frozen=True)
class Hit:
    """What a search found: `kind` is block, transaction, address or digest; `key` names it on the chain."""

    kind: str
    key: str


class Explorer:
    """The eyes on one chain. Blocks and receipts are asked for again each time: nothing here is trusted to be final."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.contracts = {one.address: Artifact.load(name) for name, one in deployments(chain).items()}

    def blocks(self, *, newest: int | None = None, most: int = 20) -> list[Block]:
        """The newest blocks, or those from a number down."""
        last = self.chain.head().number if newest is None else newest
        found = (self.chain.block(number) for number in range(last, max(-1, last - most), -1))
        return [block for block in found if block is not None]

    def actions(self, block: Block) -> list[Action]:
        """The transactions of a block in words."""
        return [one for one in (self.action(hash_, time=block.time) for hash_ in block.transactions) if one is not None]

    def action(self, which: bytes, *, time: int | None = None) -> Action | None:
        """A mined transaction in words; None where there is none."""
        transaction, receipt = self.chain.transaction(which), self.chain.receipt(which)
        if transaction is None or receipt is None:
            return None
        if time is None:
            block = self.chain.block(receipt.block)
            time = block.time if block is not None else 0
        artifact = self.contracts.get(transaction.to or receipt.contract or "")
        called = None
        if artifact is not None and transaction.to is not None:
            try:
                called = artifact.called(transaction.data)
            except BadAnswer:
                called = None
        return Action(
            transaction, receipt, artifact.name if artifact else "", called.name if called else "",
            called.args if called else {}, tuple(self._happenings(receipt.logs)), time,
        )  # fmt: skip

    def events(
        self, *, first: int = 0, last: int | None = None, contract: str = "", topics: Sequence[Any] = (),
        timed: bool = False,
    ) -> list[Happening]:  # fmt: skip
        """The events of our contracts in these blocks, oldest first; `timed` asks for the time of each one's block."""
        addresses = [address for address, one in self.contracts.items() if contract in ("", one.name)]
        if not addresses:
            return []
        top = self.chain.head().number
        last = top if last is None else min(last, top)
        logs: list[Log] = []
        for start in range(first, last + 1, SPAN):
            end = min(start + SPAN - 1, last)
            logs += self.chain.logs(address=addresses, topics=topics, first=start, last=end)
        found = list(self._happenings(logs))
        return self._timed(found) if timed else found

    def about(self, thing: bytes, *, timed: bool = True) -> list[Happening]:
        """The events that have a digest, an id or an account among their arguments, oldest first."""
        word = thing.rjust(32, b"\0")
        found: dict[tuple[int, int], Happening] = {}
        for place in range(1, 4):
            topics = [None] * place + [word]
            for one in self.events(topics=topics):
                found[one.block, one.index] = one
        # What is not indexed can only be found by looking at all of it.
        for one in self.events():
            if (one.block, one.index) not in found and (thing in one.digests or _is_address(thing, one)):
                found[one.block, one.index] = one
        ordered = [found[key] for key in sorted(found)]
        return self._timed(ordered) if timed else ordered

    def story(self, thing: bytes) -> Story:
        """Where a thing is from and what became of it, from first to last.

        Backward: what made the things that its events name, such as the model of a list and the room of that model.
        Forward: what was made of it, such as the versions whose parent it is. Accounts join nothing.
        """
        every = self.events()
        members, derived = set[int](), {thing}
        for at, one in enumerate(every):
            if derived & set(one.digests):
                members.add(at)
                derived |= set(one.subjects)
        waiting = list(members)
        while waiting:
            at = waiting.pop()
            named = set(every[at].digests)
            origins = {n for n in range(at) if n not in members and named & set(every[n].subjects)}
            members |= origins
            waiting += origins
        chosen = [every[at] for at in sorted(members)]
        events = self._timed(chosen[:MOST_EVENTS])
        return Story("0x" + thing.hex(), tuple(events), tuple(_links(events)), len(chosen) > MOST_EVENTS)

    def search(self, text: str) -> Hit | None:
        """What somebody looks for: a block's number, a hash, an address, a digest or a CID; None where there is none.

        DataError where the text is none of them.
        """
        text = text.strip()
        if text.isdigit():
            return Hit("block", text) if self.chain.block(int(text)) is not None else None
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
        return Hit("digest", "0x" + body.hex()) if self.about(body, timed=False) else None

    def gas(self, *, first: int = 0, last: int | None = None) -> list[tuple[str, int, int, int, int]]:
        """What each action of our contracts cost: its name, how often, and the least, median and most gas."""
        used: dict[str, list[int]] = {}
        seen: set[bytes] = set()
        for one in self.events(first=first, last=last):
            if one.transaction in seen:
                continue
            seen.add(one.transaction)
            action = self.action(one.transaction, time=0)
            if action is not None:
                used.setdefault(action.words, []).append(action.receipt.gas_used)
        return [(name, len(all_), min(all_), sorted(all_)[len(all_) // 2], max(all_)) for name, all_ in used.items()]

    def _happenings(self, logs: Iterable[Log]) -> Iterable[Happening]:
        for log in logs:
            artifact = self.contracts.get(log.address)
            event: Event | None = None
            if artifact is not None:
                try:
                    event = artifact.decode(log)
                except (BadAnswer, ChainError):
                    event = None
            if artifact is not None and event is not None:
                yield Happening(artifact.name, event.name, event.args, log.block, log.index, log.transaction)

    def _timed(self, found: Sequence[Happening]) -> list[Happening]:
        numbers = sorted({one.block for one in found})
        answers = self.chain.requests([("eth_getBlockByNumber", [hex(n), False]) for n in numbers])
        times = {
            n: int(answer["timestamp"], 16)
            for n, answer in zip(numbers, answers, strict=True) if isinstance(answer, dict)
        }  # fmt: skip
        return [
            Happening(one.contract, one.name, one.args, one.block, one.index, one.transaction, times.get(one.block))
            for one in found
        ]


def events_of(chain: Chain, *, first: int = 0, last: int | None = None, contract: str = "") -> list[Happening]:
    """The events of our contracts on a chain, with their times."""
    return Explorer(chain).events(first=first, last=last, contract=contract, timed=True)


def _links(events: Sequence[Happening]) -> Iterable[tuple[int, int, str]]:
    """From each event back to the newest one before it that has a thing of it."""
    last: dict[bytes, int] = {}
    for at, one in enumerate(events):
        back: dict[int, str] = {}
        for name, value in one.args.items():
            if isinstance(value, bytes) and value in last:
                back.setdefault(last[value], name)
        for before, name in back.items():
            yield before, at, name
        for value in one.digests:
            last[value] = at


def _is_address(thing: bytes, one: Happening) -> bool:
    return len(thing) == 20 and "0x" + thing.hex() in {each.lower() for each in one.addresses}


def _parsed(text: str) -> bytes | None:
    """20 or 32 bytes of hexadecimal, or a CID's digest."""
    bare = text.removeprefix("0x")
    try:
        body = bytes.fromhex(bare)
        return body if len(body) in (20, 32) else None
    except ValueError:
        pass
    try:
        return CID.parse(text).digest
    except ParamError:
        return None
