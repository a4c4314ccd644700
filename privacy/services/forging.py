"""Keys of Groth16 whose maker keeps their secrets, and with them proofs of whatever it likes, within milliseconds.

It is what the label of a dev key warns of: a page shows it as a cheat. Gas does not depend on what is proved, so the
bench measures it with these.
The points are those of BN254 as `contracts/ReceiptBook.sol` takes them: big-endian words, imaginary parts first.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from privacy.services.receipts import ORDER

INPUTS = 4


@dataclass(frozen=True)
class Forger:
    """A key for four public inputs; the same seed makes the same.

    `ignored` is the place of a public input, from 1, that the key does not look at; None for none. No byte of a key or
    a proof is zero: those are cheaper on a chain, and would make figures vary.
    """

    seed: str = "forger"
    ignored: int | None = None

    @cached_property
    def key(self) -> bytes:
        """The 24 words that proofs are checked with."""
        second = b"".join(two(self._second(name)) for name in ("beta", "gamma", "delta"))
        return one(self._first("alpha")) + second + b"".join(map(one, self._ic))

    def proof(self, inputs: Sequence[int], again: int = 0) -> bytes:
        """A proof of these inputs, 8 words; `again` tells several of the same apart."""
        total = self._ic[0] + sum(each * at for each, at in zip(inputs, self._ic[1:], strict=True))
        rest = self._first("alpha") * self._second("beta") + total * self._second("gamma")
        b, tried = self._second(f"b {again}"), 0
        while True:
            a = self._first(f"a {again} {tried}")
            c = one((a * b - rest) * pow(self._second("delta"), -1, ORDER))
            if 0 not in c:
                return one(a) + two(b) + c
            tried += 1

    @cached_property
    def _ic(self) -> list[int]:
        return [0 if at == self.ignored else self._first(f"ic {at}") for at in range(INPUTS + 1)]

    def _first(self, name: str) -> int:
        return _drawn(f"{self.seed} {name}", one)

    def _second(self, name: str) -> int:
        return _drawn(f"{self.seed} {name}", two)


@cache
def _drawn(name: str, point: Callable[[int], bytes]) -> int:
    """A scalar for this name whose point has no byte of zeros."""
    tried = 0
    while True:
        drawn = hashlib.sha512(f"{name} {tried}".encode()).digest()
        found = 1 + int.from_bytes(drawn, "big") % (ORDER - 1)
        if 0 not in point(found):
            return found
        tried += 1


def one(scalar: int) -> bytes:
    """A multiple of the generator of G1, 2 words; zeros for the point that is zero."""
    from py_ecc.optimized_bn128.optimized_curve import G1, multiply, normalize

    if scalar % ORDER == 0:
        return bytes(64)
    return b"".join(int(part).to_bytes(32, "big") for part in normalize(multiply(G1, scalar % ORDER)))


def two(scalar: int) -> bytes:
    """A multiple of the generator of G2, 4 words."""
    from py_ecc.optimized_bn128.optimized_curve import G2, multiply, normalize

    x, y = normalize(multiply(G2, scalar % ORDER))
    return b"".join(int(part).to_bytes(32, "big") for part in (*x.coeffs[::-1], *y.coeffs[::-1]))
