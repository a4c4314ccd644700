"""The events of our contracts on one chain, each asked for once while the chain grows.

A block that a fork replaced is noticed by its hash: what came after the last known one is dropped and asked for again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact
from privacy.chains.errors import ChainRefused
from privacy.chains.happening import Happening, happenings
from privacy.chains.types import Block, Log

SPAN = 20_000
"""Blocks that one question for logs covers at most; a node that refuses so many is asked for fewer."""

_MARKS = 64
"""Blocks whose hash is remembered: a fork that is older makes the book start again."""


class EventBook:
    """What is known of the events. One thread reads on by `refresh`; any number look."""

    def __init__(self, chain: Chain, *, span: int = SPAN) -> None:
        self.chain, self._span = chain, span
        self._contracts: Mapping[str, Artifact] = {}
        self._marks: list[tuple[int, bytes]] = []
        self._lock = Lock()
        self._begin()

    def _begin(self) -> None:
        self._events: list[Happening] = []
        self._about: dict[bytes | str, list[int]] = defaultdict(list)
        self._marks = []

    def __len__(self) -> int:
        return len(self._events)

    def all(self) -> tuple[Happening, ...]:
        """Every event, oldest first."""
        with self._lock:
            return tuple(self._events)

    def newest(self, most: int, *, before: int | None = None) -> list[Happening]:
        """The newest events, or those before a place, newest first."""
        with self._lock:
            end = len(self._events) if before is None else min(before, len(self._events))
            return self._events[max(0, end - most) : end][::-1]

    def about(self, thing: bytes | str) -> list[Happening]:
        """The events that name a digest or an id, or an account by its address with checksum, oldest first."""
        with self._lock:
            return [self._events[at] for at in self._about.get(thing, ())]

    def refresh(self, contracts: Mapping[str, Artifact], head: Block, *, first: Callable[[], int]) -> None:
        """Read on to a block. `contracts` are ours by address, `first` says in which block the oldest was created.

        ChainError where the node does not answer; what was read by then stays, and the next refresh goes on from there.
        """
        if contracts.keys() != self._contracts.keys():
            with self._lock:
                self._contracts = dict(contracts)
                self._begin()
        self._fall_back(head)
        at = self._marks[-1][0] + 1 if self._marks else first()
        while contracts and at <= head.number:
            end = min(at + self._span - 1, head.number)
            try:
                found = self.chain.logs(address=list(contracts), first=at, last=end)
            except ChainRefused:
                if end == at:
                    raise
                self._span = max(1, (end - at + 1) // 2)
                continue
            self._add(found, end, head)
            at = end + 1

    def _fall_back(self, head: Block) -> None:
        """Forget what is not on the chain of this head."""
        while self._marks:
            number, mark = self._marks[-1]
            if (number, mark) in ((head.number, head.hash), (head.number - 1, head.parent)):
                return
            there = self.chain.block(number) if number < head.number else None
            if there is not None and mark == there.hash:
                return
            self._marks.pop()
            self._cut(self._marks[-1][0] if self._marks else -1)

    def _cut(self, last: int) -> None:
        with self._lock:
            kept = [one for one in self._events if one.block <= last]
            self._events, self._about = [], defaultdict(list)
            self._extend(kept)

    def _add(self, logs: Sequence[Log], end: int, head: Block) -> None:
        with self._lock:
            self._extend(happenings(logs, self._contracts))
        if end < head.number:
            there = self.chain.block(end)
            mark = there.hash if there is not None else b""
        else:
            mark = head.hash
        self._marks = [*self._marks[1 - _MARKS :], (end, mark)]

    def _extend(self, found: Iterable[Happening]) -> None:
        for one in found:
            named: tuple[bytes | str, ...] = (*one.digests, *one.addresses)
            for thing in dict.fromkeys(named):
                self._about[thing].append(len(self._events))
            self._events.append(one)
