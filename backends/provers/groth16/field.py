"""Numbers modulo both primes of BN254, as Python's integers."""

Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583
"""The prime of the coordinates."""
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""The prime order of both groups, which circuits count in."""
TWO_ADICITY = 28
"""R - 1 is a multiple of 2^28: a transform has at most so many rows."""
_GENERATOR = 5
"""It generates the numbers modulo R, as in circom's field: so the same key fits both provers."""


def inverses(values: list[int], prime: int = R) -> list[int]:
    """The inverse of each, none of them 0, by one inversion (Montgomery 1987)."""
    before, product = [], 1
    for value in values:
        before.append(product)
        product = product * value % prime
    left, found = pow(product, -1, prime), [0] * len(values)
    for at in range(len(values) - 1, -1, -1):
        found[at] = left * before[at] % prime
        left = left * values[at] % prime
    return found


def root(size: int) -> int:
    """A root of one of order `size`, a power of two up to 2^28, modulo R."""
    return pow(_GENERATOR, (R - 1) // size, R)
