"""Numbers as rows of four limbs, the lowest first: what the compiled loops take, and what a `.zkey` has."""

from collections.abc import Iterable

import numpy as np

from backends.provers.groth16 import kernel
from backends.provers.groth16.field import R
from backends.provers.groth16.kernel import Limbs

TURN = 1 << 256
"""What a number is multiplied by in Montgomery's form."""


def limbs(values: Iterable[int]) -> Limbs:
    """Numbers below 2^256 as they are, uint64 (n, 4)."""
    found = np.frombuffer(b"".join(value.to_bytes(32, "little") for value in values), dtype="<u8")
    return found.reshape(-1, 4).astype(np.uint64)


def ints(rows: Limbs) -> list[int]:
    """The numbers of rows (n, 4)."""
    data = np.ascontiguousarray(rows).astype("<u8").tobytes()
    return [int.from_bytes(data[at : at + 32], "little") for at in range(0, len(data), 32)]


def montgomery(values: Iterable[int], prime: int = R) -> Limbs:
    """Numbers in Montgomery's form, uint64 (n, 4)."""
    return limbs(value * TURN % prime for value in values)


def plain(rows: Limbs, prime: int = R) -> list[int]:
    """The numbers of rows (n, 4) in Montgomery's form."""
    back = pow(TURN, -1, prime)
    return [value * back % prime for value in ints(rows)]


def powers(base: int, count: int) -> Limbs:
    """base^0 and those after it modulo R, in Montgomery's form, uint64 (count, 4)."""
    out = np.empty((count, 4), np.uint64)
    kernel.powers(montgomery([base]), out)
    return out
