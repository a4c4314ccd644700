"""Commitments to contributions: every leaf leads to the root, and nothing else does."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.rooms.contributions import Opening, leads, opening, ordered, path, root


def leaves_of(count: int) -> list[bytes]:
    return [hashlib.sha256(bytes([n])).digest() for n in range(count)]


def test_the_root_is_that_of_rfc_6962() -> None:
    """The tree of its section 2.1: D[0:4] and D[4:7], each the hash of its halves."""

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\1" + left + right).digest()

    a, b, c, d, e, f, g = leaves_of(7)
    assert root([a]) == a
    assert root([a, b, c]) == node(node(a, b), c)
    assert root([a, b, c, d, e, f, g]) == node(node(node(a, b), node(c, d)), node(node(e, f), g))
    assert root([]) == hashlib.sha256(b"").digest()


@given(st.integers(1, 40), st.data())
def test_every_leaf_leads_to_the_root_from_its_place_alone(count: int, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    place = data.draw(st.integers(0, count - 1))
    beside, top = path(leaves, place), root(leaves)
    assert leads(leaves[place], beside, place=place, count=count, to=top)
    assert not leads(bytes(32), beside, place=place, count=count, to=top)
    assert not leads(leaves[place], beside[:-1] if beside else [top], place=place, count=count, to=top)
    for other in {0, count - 1, count} - {place}:
        assert not leads(leaves[place], beside, place=other, count=count, to=top)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_salt_hides_what_was_sent_and_binds_it(one: bytes, other: bytes) -> None:
    first, again = opening(one), opening(one)
    assert first.leaf != again.leaf
    assert first.leaf == hashlib.sha256(b"\0" + first.salt + one).digest()
    if one != other:
        assert Opening(first.salt, other).leaf != first.leaf
    assert ordered([first, again]) == ordered([again, first])


def test_a_leaf_is_no_inner_node() -> None:
    a, b = leaves_of(2)
    top = root([a, b])
    assert not leads(top, [], place=0, count=2, to=top)
    with pytest.raises(AssertionError):
        assert hashlib.sha256(b"\0" + a + b).digest() == top
