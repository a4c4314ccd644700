"""Checking a server's scores without computing them: Freivalds' check of `scores = catalogue @ vector`.

Freivalds (1977): for a secret random r, compare r . scores with (r catalogue) . vector. If the scores are right, both
are equal. If any score is wrong, they are equal for one r in P, as all is done modulo the prime P. What stands in
brackets is made once for a catalogue; each check after it takes N + d products instead of N d.

It is a check of what came out, whatever carried the computation: under homomorphic encryption the device runs it on
what it decrypted. It convinces whoever drew r, and nobody else.
"""

import secrets
from dataclasses import dataclass

import numpy as np

from privacy.primitives.scoring import Floats, Ints

P = 2**31 - 1
DRAWS = 2
"""Independent checks; each lets a wrong score pass once in P."""
SOUNDNESS = P**-DRAWS
"""The chance that wrong scores pass."""
BITS = DRAWS * (P.bit_length() - 1)
"""It is below 2^-BITS."""
FEW = 0.1
"""A share of scores, to say how sure rows find a server that changes so many."""
ROWS = 64
"""Rows that are computed again where scores are not exact integers."""


@dataclass(frozen=True)
class ProductVerdict:
    """What a check found.

    `holds`: the rounded scores are the exact product, but for a chance of SOUNDNESS. Where they are not, `off` is how
    far the scores of `rows` rows, drawn at random, lie from the exact ones at most; `missed` is the chance that none of
    them is among the scores of a server that changes a share FEW of all.
    """

    holds: bool
    off: float = 0.0
    rows: int = 0
    missed: float = 0.0


class ProductCheck:
    """A check of scores of one catalogue, int (N, d) with entries of 256 at most. It is secret from the server.

    A server that learns verdicts learns about r: make another for each session.
    """

    def __init__(self, catalogue: Ints) -> None:
        drawn = np.frombuffer(secrets.token_bytes(8 * DRAWS * len(catalogue)), np.uint64)
        self._catalogue = catalogue
        self._r = (drawn % np.uint64(P)).astype(np.int64).reshape(DRAWS, -1)
        # Below 2^31 * 2^8 * N, which fits into 63 bits for as many items as there can be.
        self._left = np.einsum("ki,ij->kj", self._r, catalogue) % P

    def verdict(self, vector: Ints, scores: Floats) -> ProductVerdict:
        """Judge the scores (N,) of a vector (d,): floats, or integers."""
        found = np.rint(np.asarray(scores, np.float64))
        if np.abs(found).max(initial=0) < P // 2:
            right = (self._r * found.astype(np.int64) % P).sum(axis=1) % P
            if np.array_equal(right, self._left @ vector % P):
                return ProductVerdict(True)
        count = min(ROWS, len(found))
        rows = np.array([secrets.randbelow(len(found)) for _ in range(count)])
        exact = self._catalogue[rows] @ vector
        off = float(np.abs(np.asarray(scores)[rows] - exact).max())
        return ProductVerdict(False, off, count, missed=(1 - FEW) ** count)
