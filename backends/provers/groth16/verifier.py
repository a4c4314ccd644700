"""Checking a proof by the verification key alone, in Python's integers: no compiled loop, so that it runs anywhere.

Keys and proofs are bytes, words of 32 in the order that EIP-196 and EIP-197 read: a point of G1 is x, y; one of G2 is
the imaginary part of x, its real part, and the same of y. A verification key is alpha, beta, gamma, delta and the
points of one and of the public inputs; a proof is A, B and C.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from backends.provers.groth16.curve import G1Point, Pair, add1, in_group2, mul1, neg1, on_curve1
from backends.provers.groth16.field import R
from backends.provers.groth16.pairing import product_is_one

WORD = 32
PROOF_BYTES = 8 * WORD
_HEAD = 14 * WORD
"""Bytes of a verification key before the points of its inputs."""

One = tuple[int, int]
Two = tuple[Pair, Pair]


@dataclass(frozen=True)
class VerificationKey:
    """The public key of a circuit: `ic` has a point for one, and then one for each public input."""

    alpha: One
    beta: Two
    gamma: Two
    delta: Two
    ic: tuple[One, ...]

    def encode(self) -> bytes:
        """Its bytes."""
        twos = b"".join(encode2(point) for point in (self.beta, self.gamma, self.delta))
        return encode1(self.alpha) + twos + b"".join(map(encode1, self.ic))

    @classmethod
    @lru_cache(maxsize=8)
    def decode(cls, data: bytes) -> "VerificationKey | None":
        """The key of those bytes, or None where a point is not in its group."""
        rest = len(data) - _HEAD
        if rest < 2 * WORD or rest % (2 * WORD):
            return None
        alpha, ic = _one(data), [_one(data[at:]) for at in range(_HEAD, len(data), 2 * WORD)]
        beta, gamma, delta = (_two(data[at * WORD :]) for at in (2, 6, 10))
        if alpha is None or beta is None or gamma is None or delta is None or None in ic:
            return None
        return cls(alpha, beta, gamma, delta, tuple(one for one in ic if one is not None))


def verify(key: bytes, public: Sequence[int], proof: bytes) -> bool:
    """Whether a proof of 256 bytes proves the public inputs under a verification key's bytes.

    False for anything malformed: coordinates of Q or more, points off the curve or, of G2, outside the group, points at
    infinity, inputs of R or more, another count of them.
    """
    found = VerificationKey.decode(key)
    if found is None or len(proof) != PROOF_BYTES or len(public) != len(found.ic) - 1:
        return False
    if not all(0 <= value < R for value in public):
        return False
    a, b, c = _one(proof), _two(proof[2 * WORD :]), _one(proof[6 * WORD :])
    if a is None or b is None or c is None:
        return False
    inputs: G1Point = found.ic[0]
    for value, point in zip(public, found.ic[1:], strict=True):
        inputs = add1(inputs, mul1(point, value))
    return product_is_one(
        ((neg1(a), b), (found.alpha, found.beta), (inputs, found.gamma), (c, found.delta))
    )  # fmt: skip


def encode1(point: One) -> bytes:
    """A point of G1 in two words."""
    return b"".join(part.to_bytes(WORD, "big") for part in point)


def encode2(point: Two) -> bytes:
    """A point of G2 in four words."""
    return b"".join(part.to_bytes(WORD, "big") for pair in point for part in reversed(pair))


def _words(data: bytes, count: int) -> list[int]:
    return [int.from_bytes(data[at : at + WORD], "big") for at in range(0, count * WORD, WORD)]


def _one(data: bytes) -> One | None:
    x, y = _words(data, 2)
    return (x, y) if on_curve1((x, y)) else None


def _two(data: bytes) -> Two | None:
    x1, x0, y1, y0 = _words(data, 4)
    point = (x0, x1), (y0, y1)
    return point if in_group2(point) else None
