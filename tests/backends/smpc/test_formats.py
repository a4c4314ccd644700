"""Wire bodies: what is written is read back, and anything else is refused with a typed error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.smpc import formats
from backends.smpc.formats import CIPHERTEXT_BYTES, Entry, Parcel, Reader
from backends.smpc.shamir import ELEMENT_BYTES, PRIME
from privacy.plugin import WireError

N = 19
MEMBERS = st.sets(st.integers(1, N), max_size=N)


def some(count: int, fill: int) -> bytes:
    return bytes([fill % 251]) * count


def parcels(members: set[int]) -> dict[int, Parcel]:
    return {i: Parcel(some(16, i), some(16, i + 1), some(CIPHERTEXT_BYTES, i + 2)) for i in members}


@given(members=MEMBERS)
def test_sets_round_trip(members):
    reader = Reader(formats.pack_members(members, n=N), "a set")
    assert formats.read_members(reader, n=N) == tuple(sorted(members))
    reader.end()


def test_a_set_beyond_the_roster_is_refused():
    with pytest.raises(WireError, match="not of the roster"):
        formats.read_members(Reader(b"\xff\xff\xff", "a set"), n=N)


@given(members=MEMBERS)
def test_bundles_round_trip(members):
    body = formats.pack_bundle(some(16, 9), parcels(members))
    assert formats.read_bundle(body, sorted(members)) == (some(16, 9), parcels(members))
    assert formats.read_forwarded(formats.pack_forwarded(parcels(members), n=N), n=N) == parcels(members)


@given(members=MEMBERS)
def test_listings_round_trip(members):
    digests, identities = ({i: some(32, i + k) for i in members} for k in (0, 1))
    body = formats.pack_listing(digests, identities, n=N)
    assert len(body) == formats.listing_bytes(len(members), n=N)
    assert formats.read_listing(Reader(body, "a listing"), n=N) == (digests, identities)


def test_entries_round_trip_with_and_without_identity():
    entry = Entry(*(some(32, i) for i in range(4)), some(64, 9))
    assert formats.read_entry(Reader(entry.body, "keys")) == entry
    assert formats.read_entry(Reader(formats.pack_neighbours({3: entry}), "keys"), identity=some(32, 0)) == entry


@given(members=MEMBERS)
def test_shares_and_signatures_round_trip(members):
    shares = {i: some(ELEMENT_BYTES - 1, i).rjust(ELEMENT_BYTES, b"\0") for i in members}
    assert formats.read_shares(formats.pack_each(shares, n=N), n=N, dealers=members) == shares
    signatures = {i: some(64, i) for i in members}
    assert formats.read_signatures(formats.pack_each(signatures, n=N), n=N) == signatures


def test_shares_of_strangers_and_values_past_the_prime_are_refused():
    body = formats.pack_each({4: bytes(ELEMENT_BYTES)}, n=N)
    with pytest.raises(WireError, match="never dealt"):
        formats.read_shares(body, n=N, dealers={3})
    body = formats.pack_each({4: PRIME.to_bytes(ELEMENT_BYTES, "big")}, n=N)
    with pytest.raises(WireError, match="no element"):
        formats.read_shares(body, n=N, dealers={4})


READERS = {
    "bundle": lambda body: formats.read_bundle(body, [2, 5]),
    "forwarded": lambda body: formats.read_forwarded(body, n=N),
    "shares": lambda body: formats.read_shares(body, n=N, dealers=range(1, N + 1)),
    "signatures": lambda body: formats.read_signatures(body, n=N),
}


@pytest.mark.parametrize("kind", READERS)
@given(body=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(kind, body):
    try:
        READERS[kind](body)
    except WireError:
        return
    with pytest.raises(WireError, match="too many"):
        READERS[kind](body + b"\0")


@pytest.mark.parametrize("kind", READERS)
def test_short_bodies_are_refused(kind):
    with pytest.raises(WireError, match="too few"):
        READERS[kind](b"\1")
