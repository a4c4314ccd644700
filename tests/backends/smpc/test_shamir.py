"""Secret sharing: a vector worked by hand, and what holds of all secrets."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.smpc import shamir
from backends.smpc.shamir import ELEMENT_BYTES, PRIME
from privacy.plugin import WireError

SECRETS = st.binary(min_size=32, max_size=32)


def scripted(*values: int):
    """A source that yields these field elements, then zeros."""
    source = io.BytesIO(b"".join((value << 7).to_bytes(ELEMENT_BYTES, "big") for value in values))
    return lambda count: source.read(count).ljust(count, b"\0")


def test_the_modulus_is_prime_and_holds_every_secret():
    assert PRIME > 2**256
    assert PRIME.bit_length() == 257
    assert all(pow(base, PRIME - 1, PRIME) == 1 for base in (2, 3, 5, 7, 11, 13))


def test_shares_of_a_known_polynomial():
    # 1234 + 166 x + 94 x^2
    shares = shamir.split((1234).to_bytes(32, "big"), threshold=3, points=range(1, 7), draw=scripted(94, 166))
    values = {x: int.from_bytes(share, "big") for x, share in shares.items()}
    assert values == {1: 1494, 2: 1942, 3: 2578, 4: 3402, 5: 4414, 6: 5614}
    assert int.from_bytes(shamir.combine({x: shares[x] for x in (2, 4, 5)}), "big") == 1234


def test_what_lies_past_the_prime_is_drawn_again():
    shares = shamir.split(bytes(32), threshold=2, points=[1], draw=scripted(2**257 - 1, PRIME, 2**257 - 1, PRIME - 1))
    assert int.from_bytes(shares[1], "big") == PRIME - 1


@given(secret=SECRETS, threshold=st.integers(2, 9), more=st.integers(0, 6), seed=st.integers(0, 2**32))
def test_any_threshold_of_shares_gives_the_secret_back(secret, threshold, more, seed):
    rng = random.Random(seed)
    points = rng.sample(range(1, 2000), threshold + more)
    shares = shamir.split(secret, threshold=threshold, points=points, draw=rng.randbytes)
    chosen = rng.sample(points, threshold)
    assert shamir.combine({x: shares[x] for x in chosen}) == secret


@given(secret=SECRETS, other=SECRETS, threshold=st.integers(2, 6), seed=st.integers(0, 2**32))
def test_fewer_shares_agree_with_every_secret(secret, other, threshold, seed):
    rng = random.Random(seed)
    shares = shamir.split(secret, threshold=threshold, points=range(1, threshold), draw=rng.randbytes)
    # The share at the next point under which the shares at hand belong to `other`: it always exists.
    points = tuple(range(1, threshold + 1))
    *weights, last = shamir.at_zero(points)
    known = sum(w * int.from_bytes(shares[x], "big") for w, x in zip(weights, points, strict=False))
    missing = (int.from_bytes(other, "big") - known) * pow(last, -1, PRIME) % PRIME
    assert shamir.combine({**shares, threshold: missing.to_bytes(ELEMENT_BYTES, "big")}) == other


@pytest.mark.parametrize("bad", [b"", bytes(32), bytes(34), PRIME.to_bytes(33, "big"), b"\xff" * 33])
def test_what_is_no_field_element_is_refused(bad):
    with pytest.raises(WireError, match="no element of the field"):
        shamir.combine({1: bytes(33), 2: bad})


def test_shares_of_a_value_that_is_no_secret_are_refused():
    beyond = (2**256).to_bytes(ELEMENT_BYTES, "big")
    with pytest.raises(WireError, match="no secret"):
        shamir.combine({1: beyond, 2: beyond})


@pytest.mark.parametrize(("secret", "threshold"), [(bytes(31), 2), (bytes(33), 2), (bytes(32), 1)])
def test_a_secret_of_another_length_and_a_threshold_of_one_are_refused(secret, threshold):
    with pytest.raises(ValueError, match="a secret has 32 bytes"):
        shamir.split(secret, threshold=threshold, points=[1, 2], draw=scripted())
