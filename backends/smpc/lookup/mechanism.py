"""The roles of a lookup from two servers: each gets keys that say nothing alone, and returns shares of the records."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from backends.smpc.lookup.dpf import SEED_BYTES, Octets, expand, joined, keys_for, roots_of
from backends.smpc.lookup.scan import selected, words_of
from backends.smpc.lookup.shown import shown_keys
from backends.smpc.plugin import SmpcParams
from privacy.plugin import (
    DIGEST_BYTES,
    SHARE,
    Guarantee,
    KnownAnswer,
    KnownRun,
    LookupTask,
    Message,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Seat,
    Secret,
    Strength,
    Towards,
    Wire,
    WireError,
    check_indices,
    pack,
    reply_to,
    unpack,
    with_digests,
    without_digests,
)

SERVERS = (Party("server", 1), Party("server", 2))
SECURITY_BITS = 128


class SmpcLookup(QueryMechanism[LookupTask]):
    """Two servers and distributed point functions (Boyle, Gilboa and Ishai 2016)."""

    servers = len(SERVERS)

    def __init__(self, params: SmpcParams | None = None) -> None:
        super().__init__(params or SmpcParams())

    def client(self, seat: Seat[LookupTask]) -> "PointFetcher":
        return PointFetcher(seat)

    def server(self, seat: Seat[LookupTask]) -> "PointTable":
        return PointTable(seat)

    def known_answers(self, task: LookupTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
        """What both keys of every record say together, their seeds, and how these differ on the way to it."""
        return shown_keys(task, [m.sample for s in SERVERS for m in messages if m.receiver == s], run)

    def guarantee(self, task: LookupTask) -> Guarantee:
        return Guarantee(tuple(
            Towards(
                server.name, Strength.NON_COLLUSION,
                "Each server receives one key of a distributed point function for every record, which says nothing "
                "of the record alone.",
                "the two servers do not collude, and neither reads the other's messages; AES-128 under fixed keys is "
                "as good as a random permutation; both are semi-honest: a digest in each record notices accidents, "
                "and not servers that make records up",
                SECURITY_BITS, ("that a fetch was made, and when", "how many records were fetched, which is public"),
                collusion=len(SERVERS),
            )
            for server in SERVERS
        ))  # fmt: skip


class PointFetcher(QueryClient[LookupTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: two keys for each index, int64 (count,), from fresh seeds; one to each server."""
        task = self.seat.task
        self._indices = check_indices(task, private.open(self.seat))
        keys = keys_for(self._indices, self.seeds(), task.items)
        for server, body in zip(SERVERS, keys, strict=True):
            yield Wire(to=server, kind="keys", exposure=SHARE, body=body)

    def seeds(self) -> Octets:
        """Runs on the client: root seeds for one batch of keys, uint8 (count, 2, 16), and for no other."""
        shape = (self.seat.task.count, len(SERVERS), SEED_BYTES)
        return np.frombuffer(self.seat.random.bytes(math.prod(shape)), dtype=np.uint8).reshape(shape)

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: join the shares and hold each record against its digest, uint8 (count, record_bytes)."""
        shape = (self.seat.task.count, self.seat.task.record_bytes + DIGEST_BYTES)
        shares = [np.asarray(unpack(a.body, shape=shape, dtype=np.uint8), dtype=np.uint8) for a in answers]
        return without_digests(joined(shares), self._indices)


class PointTable(QueryServer[LookupTask]):
    """Runs on a computing party: its own input is the table, uint8 (N, record_bytes)."""

    def publish(self) -> Iterable[Wire]:
        """Runs on a server: lay the table out; nothing is published."""
        self._words = words_of(with_digests(np.asarray(self.seat.own, dtype=np.uint8)))
        return ()

    def answer(self, query: Wire) -> Wire:
        """Runs on a server: expand the keys, and add up the records that they select, by exclusive or."""
        task, (first, _) = self.seat.task, SERVERS
        if query.kind != "keys":
            raise WireError(f"a server of records was sent {query.kind!r}, not keys")
        party = 0 if self.seat.party == first else 1
        bits = expand(query.body, party=party, items=task.items, count=task.count)
        # The other server must never have them: the conformance kit searches its wires for what stands in this box.
        self.seat.keys.discard()
        for i, root in enumerate(roots_of(query.body, count=task.count)):
            self.seat.keys.put(f"root seed of record {i}", root)
        shares = selected(self._words, bits).view(np.uint8)[:, : task.record_bytes + DIGEST_BYTES]
        return Wire(to=reply_to(query), kind="record-shares", exposure=SHARE, body=pack(shares))
