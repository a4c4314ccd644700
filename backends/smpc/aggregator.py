"""The aggregator of masked aggregation: relays, adds what arrives, and takes the masks off the sum."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from backends.smpc.formats import (
    Entry,
    Parcel,
    Reader,
    pack_each,
    pack_forwarded,
    pack_listing,
    pack_members,
    pack_neighbours,
    read_bundle,
    read_entry,
    read_shares,
)
from backends.smpc.keys import agree, private_key, signed_by
from backends.smpc.masking import add_masks, from_ring
from backends.smpc.refusals import Refusals
from backends.smpc.rules import Rules
from backends.smpc.unmasking import Unmasking
from privacy.plugin import (
    COLLECTOR,
    PLAINTEXT,
    PUBLIC,
    SHARE,
    Abort,
    AggregationTask,
    Done,
    Role,
    Seat,
    Secret,
    StepResult,
    Wire,
    WireError,
    contributor,
    pack,
    pack_roll,
    unpack,
)

DUE = {2: "keys", 4: "bundle", 6: "masked", 8: "signature", 10: "unmasking"}
"""What contributors send, by the round in which it reaches the aggregator."""


class Aggregator(Role[AggregationTask]):
    """Runs on the aggregator: it holds no key. Who sends anything amiss is refused by name; the others go on."""

    tolerant = True

    def __init__(self, seat: Seat[AggregationTask], rules: Rules) -> None:
        super().__init__(seat)
        self._rules = rules
        self._probe = private_key(seat.random.bytes(32))
        self._wipe()

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on the aggregator: a new run, with nothing left of the last one."""
        super().begin(secret)
        self._wipe()

    def forget(self) -> None:
        super().forget()
        self._wipe()

    def _wipe(self) -> None:
        self._refusals = Refusals(self._rules.n)
        self._entries: dict[int, Entry] = {}
        self._parcels: dict[int, dict[int, Parcel]] = {}
        self._own: dict[int, bytes] = {}
        self._graph = self._rules.graph(b"")
        self._directory = b""
        self._sum = np.zeros(0, dtype=np.uint32)
        self._survivors: set[int] = set()
        self._signatures: dict[int, bytes] = {}
        self._shares: dict[int, dict[int, bytes]] = {}
        self._round = 0

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the aggregator: act in even rounds on what the contributors sent."""
        self._round = round_
        read: dict[int, Callable[[int, bytes], None]] = {
            2: self._read_keys, 4: self._read_bundle, 6: self._add, 8: self._read_signature, 10: self._read_answer,
        }  # fmt: skip
        due = self._refusals.admit(inbox, kind=DUE.get(round_, ""))
        for index, body in due.items():
            try:
                read[round_](index, body)
            except WireError as error:
                self._refusals.add(index, error.what)
        act = {2: self._list, 4: self._forward, 6: self._close, 8: self._relay, 10: self._unmask}.get(round_)
        return act() if act else ()

    def take(self, wire: Wire) -> None:
        """Runs on the aggregator: add one masked vector as it arrives."""
        index = self._refusals.sender(wire)
        if index is None:
            return
        if wire.kind != DUE[6] or self._round not in (4, 5):
            self._refusals.add(index, f"its {wire.kind} did not come in its round")
            return
        try:
            self._add(index, wire.body)
        except WireError as error:
            self._refusals.add(index, error.what)

    def _short(self, staying: Collection[int], did: str, *, needed: int) -> Abort | None:
        if len(staying) >= needed:
            return None
        refused = self._refusals.summary()
        return Abort(f"{len(staying)} of {self._rules.n} contributors {did} and {needed} are needed{refused}")

    def _read_keys(self, index: int, body: bytes) -> None:
        reader = Reader(body, "its keys")
        entry = read_entry(reader)
        reader.end()
        self._rules.check_entry(index, entry)
        for public in (entry.mask_key, entry.share_key):
            agree(self._probe, public)  # refuses a point of small order before anyone relies on it
        self._entries[index] = entry

    def _list(self) -> StepResult:
        """Round 2: send everyone the directory, with the keys of its own neighbours."""
        rules, entries = self._rules, self._entries
        if short := self._short(entries, "sent their keys", needed=rules.stay):
            return short
        digests = {i: rules.entry_digest(i, entry) for i, entry in entries.items()}
        listing = pack_listing(digests, {i: entry.identity for i, entry in entries.items()}, n=rules.n)
        self._directory = rules.directory_hash(listing)
        self._graph = rules.graph(self._directory)
        return [
            Wire(
                contributor(i), "directory", PUBLIC, listing + pack_neighbours({j: entries[j] for j in self._around(i)})
            )
            for i in sorted(entries)
        ]

    def _around(self, index: int, among: Collection[int] | None = None) -> list[int]:
        """The neighbours of a contributor, ascending, among those of the directory or of a later set."""
        present = self._entries if among is None else among
        return [i for i in self._graph[index] if i in present]

    def _read_bundle(self, index: int, body: bytes) -> None:
        if index not in self._entries:
            raise WireError("it sent shares and is not in the directory")
        self._own[index], self._parcels[index] = read_bundle(body, self._around(index))

    def _forward(self) -> StepResult:
        """Round 4: hand everyone the parcels that its neighbours dealt to it."""
        if short := self._short(self._parcels, "dealt their shares", needed=self._rules.stay):
            return short
        self._sum = np.zeros(self.seat.task.length, dtype=np.uint32)
        return [
            Wire(contributor(i), "shares", SHARE, pack_forwarded(self._for(i), n=self._rules.n))
            for i in sorted(self._parcels)
        ]

    def _for(self, holder: int) -> dict[int, Parcel]:
        return {dealer: self._parcels[dealer][holder] for dealer in self._around(holder, self._parcels)}

    def _add(self, index: int, body: bytes) -> None:
        if index not in self._parcels:
            raise WireError("it sent a vector and dealt no shares")
        if index in self._survivors:
            raise WireError("it sent a second vector; the first is in the sum")
        vector = unpack(body, shape=(self.seat.task.length,), dtype=np.uint32)
        np.add(self._sum, vector, out=self._sum)
        self._survivors.add(index)

    def _close(self) -> StepResult:
        """Round 6: tell the survivors who they are."""
        if short := self._short(self._survivors, "sent a vector", needed=self._rules.stay):
            return short
        body = pack_members(self._survivors, n=self._rules.n)
        return [Wire(contributor(i), "survivors", PUBLIC, body) for i in sorted(self._survivors)]

    def _read_signature(self, index: int, body: bytes) -> None:
        survivors = pack_members(self._survivors, n=self._rules.n)
        message = self._rules.survivors_message(self._directory, survivors)
        if index not in self._survivors or not signed_by(self._entries[index].identity, body, message):
            raise WireError("its signature over the set of survivors is wrong")
        self._signatures[index] = body

    def _relay(self) -> StepResult:
        """Round 8: show the survivors that enough of them were told the same."""
        if short := self._short(self._signatures, "signed the set of survivors", needed=self._rules.stay):
            return short
        enough = sorted(self._signatures)[: self._rules.plan.quorum]
        body = pack_each({i: self._signatures[i] for i in enough}, n=self._rules.n)
        return [Wire(contributor(i), "signatures", PUBLIC, body) for i in sorted(self._signatures)]

    def _unmasking(self) -> Unmasking:
        return Unmasking(
            self._rules.plan.threshold, self._directory, self._graph, self._entries, self._own, self._parcels,
            frozenset(self._survivors),
        )  # fmt: skip

    def _read_answer(self, index: int, body: bytes) -> None:
        if index not in self._signatures:
            raise WireError("it gave shares and did not sign the set of survivors")
        dealers = {index, *self._around(index, self._parcels)}
        shares = read_shares(body, n=self._rules.n, dealers=dealers)
        self._unmasking().check(index, shares)
        self._shares[index] = shares

    def _unmask(self) -> StepResult:
        """Round 10: rebuild the seeds of survivors and the mask keys of the dropped, and take their masks off."""
        if short := self._short(self._shares, "gave their shares", needed=self._rules.stay):
            return short
        try:
            add, subtract = self._unmasking().keys(self._shares)
        except WireError as error:
            return Abort(error.what)
        add_masks(self._sum, add=add, subtract=subtract)
        total = from_ring(self._sum)
        task, included = self.seat.task, tuple(sorted(self._survivors))
        bound = task.bound * sum(task.weight(contributor(i)) for i in included)
        if total.min() < -bound or total.max() > bound:
            return Abort("the sum exceeds its bound: someone sent something else than a masked vector within bounds")
        body = pack_roll(included, self._refusals.by_name(), body=pack(total.astype(np.int32)))
        self._wipe()
        return Done(wires=(Wire(COLLECTOR, "sum", PLAINTEXT, body),))
