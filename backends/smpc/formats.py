"""Wire bodies of masked aggregation: fixed lengths throughout, checked before anything is read.

Contributors are counted from 1. A set of them is a bitmap over the roster, contributor 1 in the lowest bit of the
first byte, unused bits zero: every set has one form.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from backends.smpc.keys import COMMITMENT_BYTES, PUBLIC_BYTES, SIGNATURE_BYTES
from backends.smpc.shamir import ELEMENT_BYTES, element
from privacy.plugin import WireError

DIGEST_BYTES = 32
CIPHERTEXT_BYTES = 2 * ELEMENT_BYTES + 16
PARCEL_BYTES = 2 * COMMITMENT_BYTES + CIPHERTEXT_BYTES


class Reader:
    """Reads a body from front to end; WireError when it is shorter or longer than what is read."""

    def __init__(self, body: bytes, what: str) -> None:
        self._body, self._at, self._what = body, 0, what

    def take(self, count: int) -> bytes:
        part = self._body[self._at : self._at + count]
        if len(part) != count:
            raise WireError(f"{self._what}: {len(self._body)} bytes are too few")
        self._at += count
        return part

    def end(self) -> None:
        if self._at != len(self._body):
            raise WireError(f"{self._what}: {len(self._body) - self._at} bytes too many")


def pack_members(members: Iterable[int], *, n: int) -> bytes:
    """A subset of the roster of `n` as a bitmap."""
    return sum(1 << (i - 1) for i in set(members)).to_bytes(-(-n // 8), "little")


def read_members(reader: Reader, *, n: int) -> tuple[int, ...]:
    """The members of a bitmap, ascending; WireError if it has bits beyond the roster."""
    bits = int.from_bytes(reader.take(-(-n // 8)), "little")
    if bits >> n:
        raise WireError("a set of contributors names some who are not of the roster")
    return tuple(i for i in range(1, n + 1) if bits >> (i - 1) & 1)


@dataclass(frozen=True)
class Entry:
    """What a contributor makes known in a run: its keys and the commitment to its self-mask seed, signed."""

    identity: bytes
    mask_key: bytes
    share_key: bytes
    seed: bytes
    signature: bytes = b""

    @property
    def signed_part(self) -> bytes:
        return self.identity + self.mask_key + self.share_key + self.seed

    @property
    def body(self) -> bytes:
        return self.signed_part + self.signature

    def with_signature(self, signature: bytes) -> "Entry":
        return replace(self, signature=signature)


def read_entry(reader: Reader, *, identity: bytes | None = None) -> Entry:
    """An entry; with `identity`, one that was sent without it because the reader knows it."""
    known = identity if identity is not None else reader.take(PUBLIC_BYTES)
    mask_key, share_key, seed = (reader.take(PUBLIC_BYTES) for _ in range(3))
    return Entry(known, mask_key, share_key, seed, reader.take(SIGNATURE_BYTES))


def pack_listing(digests: Mapping[int, bytes], identities: Mapping[int, bytes], *, n: int) -> bytes:
    """The part of a directory that all contributors get alike: sorted by index."""
    ordered = sorted(digests)
    return pack_members(ordered, n=n) + b"".join(digests[i] for i in ordered) + b"".join(identities[i] for i in ordered)


def listing_bytes(count: int, *, n: int) -> int:
    """How long the listing of `count` contributors is."""
    return -(-n // 8) + count * (DIGEST_BYTES + PUBLIC_BYTES)


def pack_neighbours(entries: Mapping[int, Entry]) -> bytes:
    """The neighbours' entries, without the identities that the listing has."""
    return b"".join(entries[i].body[PUBLIC_BYTES:] for i in sorted(entries))


def read_listing(reader: Reader, *, n: int) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Digests and identities by index."""
    members = read_members(reader, n=n)
    digests = {i: reader.take(DIGEST_BYTES) for i in members}
    return digests, {i: reader.take(PUBLIC_BYTES) for i in members}


@dataclass(frozen=True)
class Parcel:
    """One dealer's message to one holder: commitments to the two shares, and both shares encrypted."""

    seed_share: bytes
    key_share: bytes
    ciphertext: bytes

    @property
    def commitments(self) -> bytes:
        return self.seed_share + self.key_share

    @property
    def body(self) -> bytes:
        return self.commitments + self.ciphertext


def _read_parcel(reader: Reader) -> Parcel:
    return Parcel(reader.take(COMMITMENT_BYTES), reader.take(COMMITMENT_BYTES), reader.take(CIPHERTEXT_BYTES))


def pack_bundle(own: bytes, parcels: Mapping[int, Parcel]) -> bytes:
    """A dealer's parcels by holder, and the commitment to the share of its seed that it keeps itself."""
    return own + b"".join(parcels[i].body for i in sorted(parcels))


def read_bundle(body: bytes, holders: Sequence[int]) -> tuple[bytes, dict[int, Parcel]]:
    """Runs on the aggregator: the commitment and the parcels of a bundle for exactly these holders, ascending."""
    reader = Reader(body, "a bundle of shares")
    own = reader.take(COMMITMENT_BYTES)
    parcels = {i: _read_parcel(reader) for i in holders}
    reader.end()
    return own, parcels


def pack_forwarded(parcels: Mapping[int, Parcel], *, n: int) -> bytes:
    """The parcels for one holder, by dealer."""
    return pack_members(parcels, n=n) + b"".join(parcels[i].body for i in sorted(parcels))


def read_forwarded(body: bytes, *, n: int) -> dict[int, Parcel]:
    """Runs on a contributor: the parcels for it, by dealer."""
    reader = Reader(body, "a bundle of shares")
    parcels = {i: _read_parcel(reader) for i in read_members(reader, n=n)}
    reader.end()
    return parcels


def pack_each(values: Mapping[int, bytes], *, n: int) -> bytes:
    """One value of fixed length for each of some contributors: signatures, or shares."""
    return pack_members(values, n=n) + b"".join(values[i] for i in sorted(values))


def read_signatures(body: bytes, *, n: int) -> dict[int, bytes]:
    """Signatures by signer."""
    reader = Reader(body, "a set of signatures")
    signatures = {i: reader.take(SIGNATURE_BYTES) for i in read_members(reader, n=n)}
    reader.end()
    return signatures


def read_shares(body: bytes, *, n: int, dealers: Collection[int]) -> dict[int, bytes]:
    """Shares by dealer, each a field element; WireError if one is of nobody among `dealers`."""
    reader = Reader(body, "an answer of shares")
    shares = {i: reader.take(ELEMENT_BYTES) for i in read_members(reader, n=n)}
    reader.end()
    if not shares.keys() <= set(dealers):
        raise WireError("an answer holds shares that its sender was never dealt")
    for share in shares.values():
        element(share)
    return shares
