"""What masked aggregation shows of the inside of a test run: every contributor's masks, worked out from its keys.

For the conformance kit alone. The keys come from the parties' key boxes, which no party of a real run can look into.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from backends.smpc import keys as keys_of
from backends.smpc.field import PRIME, SEED_BYTES, Pad
from backends.smpc.formats import Entry, Reader, listing_bytes, read_entry, read_forwarded, read_listing
from backends.smpc.keys import private_key
from backends.smpc.masking import RING_BITS, Ints, Stream, blank
from backends.smpc.rules import Rules
from backends.smpc.two_servers import pad_key
from privacy.plugin import (
    AggregationTask,
    DrawnSeeds,
    KnownAnswer,
    KnownRun,
    MaskedVector,
    Message,
    Party,
    check_contribution,
    unpack,
)

_OWN, _AGREED = "self-mask seed", "mask key"


def masked_vectors(rules: Rules, messages: Sequence[Message], run: KnownRun) -> Iterator[MaskedVector]:
    """Each masked vector with the masks that its owner's secrets give, by the derivations that contributors use."""
    sent = {(m.sender, m.receiver, m.kind): m.sample for m in messages}
    entries = {m.sender.index or 0: read_entry(Reader(m.sample, "its keys")) for m in messages if m.kind == "keys"}
    for m in (m for m in messages if m.kind == "masked"):
        owner, keys = m.sender, run.keys.get(m.sender, {})
        listing = sent.get((m.receiver, owner, "directory"), b"")
        shares = sent.get((m.receiver, owner, "shares"), b"")
        if not listing or not shares or _OWN not in keys or _AGREED not in keys:
            continue
        digests, _ = read_listing(Reader(listing, "the directory"), n=rules.n)
        directory = rules.directory_hash(listing[: listing_bytes(len(digests), n=rules.n)])
        others = sorted(read_forwarded(shares, n=rules.n))
        yield _masked(rules, owner, directory, {i: entries[i] for i in others}, keys, m.sample, run)


def _masked(
    rules: Rules, owner: Party, directory: bytes, others: Mapping[int, Entry], keys: Mapping[str, bytes], body: bytes,
    run: KnownRun,
) -> MaskedVector:  # fmt: skip
    task, index, private = rules.task, owner.index or 0, private_key(keys[_AGREED])
    pairs = {}
    for i, entry in others.items():
        key = keys_of.pair_mask_key(private, entry.mask_key, directory=directory, pair=(index, i))
        pairs[Party(owner.role, i)] = _stream(key, task.length) * (1 if index < i else -1)
    own = keys_of.self_mask_key(keys[_OWN], directory=directory, owner=index)
    return MaskedVector(
        party=owner,
        hidden=unpack(body, shape=(task.length,), dtype=np.uint32).astype(np.int64),
        plain=check_contribution(task, owner, run.inputs[owner]),
        modulus=1 << RING_BITS,
        own=_stream(own, task.length),
        pairs=pairs,
    )


def _stream(key: bytes, length: int) -> Ints:
    buffer, words = blank(4 * length)
    Stream(key).read_into(buffer, 4 * length)
    return words[:length].astype(np.int64)


def padded_vectors(task: AggregationTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
    """Each share that the first of two servers gets, with the pad that the second expands from its seed."""
    seeds = {m.sender: m.sample for m in messages if m.kind == "seed" and len(m.sample) == SEED_BYTES}
    for m in (m for m in messages if m.kind == "share" and m.sender in seeds):
        pad = Pad(pad_key(seeds[m.sender], task, m.sender.index or 0)).read(task.length).astype(np.int64)
        share = unpack(m.sample, shape=(task.length,), dtype=np.uint32).astype(np.int64)
        plain = check_contribution(task, m.sender, run.inputs[m.sender])
        yield MaskedVector(m.sender, share, plain, PRIME, -pad, {})
        yield DrawnSeeds(m.sender, "the seed of its pad", (seeds[m.sender],))
