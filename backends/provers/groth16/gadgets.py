"""The parts that circuits are made of, each sound on its own: bits, ranges, whole roots, and Poseidon."""

from collections.abc import Sequence
from math import isqrt

from backends.provers.groth16.poseidon import constants
from backends.provers.groth16.r1cs import Builder, Expression


def bit(b: Builder, value: Expression) -> None:
    """`value` is 0 or 1."""
    b.enforce(value, value - 1, 0)


def number(b: Builder, value: Expression, *, width: int) -> None:
    """`value` is below 2^width and not below 0: the sum of its bits. 2^width must be below the prime."""
    number_if(b, 1, value, width=width)


def number_if(b: Builder, counts: Expression, value: Expression, *, width: int) -> None:
    """The same of `value` where `counts` is 1, and nothing where it is 0."""
    assert 1 << width < b.prime
    found = [b.wire(lambda at=at: counts * value % b.prime >> at & 1) for at in range(width)]  # type: ignore[misc]
    for one in found:
        bit(b, one)
    b.enforce(counts, value, b.dot([1 << at for at in range(width)], found))


def whole_root(b: Builder, square: Expression, *, width: int) -> Expression:
    """The largest whole number whose square is not above `square`: from 1 to 2^width."""
    assert 1 << 2 * width + 3 < b.prime
    root = b.wire(lambda: isqrt(square % b.prime))
    number(b, root - 1, width=width)
    rest = square - b.product(root, root)
    number(b, rest, width=width + 2)
    number(b, root * 2 - rest, width=width + 2)
    return root


def poseidon(b: Builder, inputs: Sequence[Expression]) -> Expression:
    """The Poseidon hash of 1 to 16 expressions."""
    found = constants(len(inputs) + 1)
    state: list[Expression] = [0, *inputs]
    for round_, added in enumerate(found.added):
        state = [one + more for one, more in zip(state, added, strict=True)]
        count = len(state) if found.full(round_) else 1
        state = [_fifth(b, one) if at < count else one for at, one in enumerate(state)]
        state = [b.folded(b.dot(row, state)) for row in found.matrix]
    return state[0]


def _fifth(b: Builder, value: Expression) -> Expression:
    square = b.product(value, value)
    return b.product(b.product(square, square), value)
