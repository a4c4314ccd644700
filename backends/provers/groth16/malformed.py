"""Bytes as long as a proof that are none: what every verifier must refuse, for the conformance kit."""

from collections.abc import Iterator

from backends.provers.groth16.curve import TWIST, Pair, in_group2, on_curve2, times
from backends.provers.groth16.field import Q
from backends.provers.groth16.verifier import WORD, encode2


def malformed(proof: bytes) -> Iterator[tuple[str, bytes]]:
    """Each with what is wrong: coordinates over the field, points off the curve or outside the group, infinity."""
    words = [proof[at : at + WORD] for at in range(0, len(proof), WORD)]

    def instead(at: int, value: int) -> bytes:
        return b"".join([*words[:at], value.to_bytes(WORD, "big"), *words[at + 1 :]])

    for at, word in enumerate(words):
        value = int.from_bytes(word, "big")
        yield f"word {at} off the curve", instead(at, (value + 1) % Q)
        yield f"word {at} over the field", instead(at, value + Q)
    yield "a point outside the group", b"".join([*words[:2], encode2(outside()), *words[6:]])
    for name, first, count in (("A", 0, 2), ("B", 2, 4), ("C", 6, 2)):
        yield f"infinity for {name}", b"".join([*words[:first], bytes(count * WORD), *words[first + count :]])


def outside() -> tuple[Pair, Pair]:
    """A point on the curve of G2 that is not in the group, which is a tiny part of it: the first that has a y."""
    for a in range(1, 1000):
        x = (a, 1)
        cube = times(times(x, x), x)
        real, imaginary = ((cube[at] + TWIST[at]) % Q for at in range(2))
        norm = _root(real * real + imaginary * imaginary)
        for sign in (1, -1):
            half = None if norm is None else _root((real + sign * norm) * pow(2, -1, Q))
            if half:
                y = (half, imaginary * pow(2 * half, -1, Q) % Q)
                if on_curve2((x, y)) and not in_group2((x, y)):
                    return x, y
    raise AssertionError("no such point is found")


def _root(value: int) -> int | None:
    """A square root modulo Q, which is 3 modulo 4; None where there is none."""
    found = pow(value, (Q + 1) // 4, Q)
    return found if found * found % Q == value % Q else None
