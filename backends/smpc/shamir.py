"""Shamir's secret sharing (Communications of the ACM 22(11), 1979) of 32-byte secrets.

The field is that of the smallest prime above 2^256: every 32-byte secret is an element, and an element takes 33 bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import prod

from privacy.plugin import WireError

PRIME = 2**256 + 297
ELEMENT_BYTES = 33
SECRET_BYTES = 32

Draw = Callable[[int], bytes]
"""A source of random bytes: `seat.random.bytes`."""


def element(data: bytes) -> int:
    """A field element from its 33 bytes; WireError for any other length or a value past the prime."""
    value = int.from_bytes(data, "big")
    if len(data) != ELEMENT_BYTES or value >= PRIME:
        raise WireError("a share is no element of the field")
    return value


def split(secret: bytes, *, threshold: int, points: Iterable[int], draw: Draw) -> dict[int, bytes]:
    """Runs on the dealer: a share of `secret` (32 bytes) for every point; any `threshold` of them give it back.

    Points are distinct and lie between 1 and the prime. Fewer shares say nothing at all about the secret.
    """
    if len(secret) != SECRET_BYTES or threshold < 2:
        raise ValueError("a secret has 32 bytes, and at least two shares give it back")
    # The highest coefficient may be zero: a polynomial of degree below `threshold`, uniformly drawn.
    falling = [*_uniform(threshold - 1, draw), int.from_bytes(secret, "big")]
    shares = {}
    for x in points:
        value = 0
        for coefficient in falling:
            value = (value * x + coefficient) % PRIME
        shares[x] = value.to_bytes(ELEMENT_BYTES, "big")
    return shares


def combine(shares: Mapping[int, bytes]) -> bytes:
    """Runs on the aggregator: the secret of exactly `threshold` shares, by point.

    WireError for a share that is no field element, or for shares that lie on no polynomial through a 32-byte secret.
    With wrong shares the result is some other value: compare it with what the dealer committed to.
    """
    points = tuple(sorted(shares))
    values = zip(points, at_zero(points), strict=True)
    secret = sum(element(shares[x]) * weight for x, weight in values) % PRIME
    if secret >= 2 ** (8 * SECRET_BYTES):
        raise WireError("shares belong to no secret")
    return secret.to_bytes(SECRET_BYTES, "big")


@lru_cache(maxsize=256)
def at_zero(points: tuple[int, ...]) -> tuple[int, ...]:
    """Lagrange weights: a polynomial's value at zero is the sum of its values at `points` times these."""
    weights = []
    for x in points:
        others = [other for other in points if other != x]
        below = prod(other - x for other in others)
        weights.append(prod(others) * pow(below, -1, PRIME) % PRIME)
    return tuple(weights)


def _uniform(count: int, draw: Draw) -> list[int]:
    """Uniform field elements by rejection: 257 bits each, of which a little less than half lie past the prime."""
    found: list[int] = []
    while len(found) < count:
        data = draw(ELEMENT_BYTES * 2 * (count - len(found)))
        for start in range(0, len(data), ELEMENT_BYTES):
            value = int.from_bytes(data[start : start + ELEMENT_BYTES], "big") >> 7
            if value < PRIME and len(found) < count:
                found.append(value)
    return found
