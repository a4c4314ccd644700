"""A secret that was shared out in a run, as a mechanism reads it from the wires: for the conformance kit alone."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SharedSecret:
    """Values of one polynomial over the integers modulo `prime`, by point: any `threshold` of them give the secret.

    `name` says whose secret it is, for people.
    """

    name: str
    shares: Mapping[int, int]
    threshold: int
    prime: int


def value_at(point: int, shares: Mapping[int, int], *, prime: int) -> int:
    """The value at `point` of the polynomial of least degree through `shares` (Lagrange), modulo `prime`."""
    total = 0
    for x, value in shares.items():
        above = below = 1
        for other in (o for o in shares if o != x):
            above, below = above * (point - other) % prime, below * (x - other) % prime
        total += value * above * pow(below, -1, prime)
    return total % prime
