"""Poseidon over the numbers modulo R (Grassi and others 2021), with the constants that circomlib has: the S-box x^5.

The constants come from the paper's own generator, an 80-bit register that shrinks itself; nothing is copied in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from backends.provers.groth16.field import R

FULL = 8
"""Rounds in which every number goes through the S-box: half of them first, half last."""
_PARTIAL = {2: 56, 3: 57, 4: 56, 5: 60, 6: 60, 7: 63, 8: 64, 9: 63, 10: 60, 11: 66, 12: 60, 13: 65, 14: 70, 15: 60,
            16: 64, 17: 68}  # fmt: skip
"""Rounds in which one number does, by the width of the state (table 2 of the paper for 128 bits)."""
MOST = 16
"""How many numbers are hashed at once, at most."""


@dataclass(frozen=True)
class Constants:
    """What is added in each round, and the matrix that mixes, for one width of the state."""

    partial: int
    added: tuple[tuple[int, ...], ...]
    matrix: tuple[tuple[int, ...], ...]

    def full(self, round_: int) -> bool:
        """Whether every number goes through the S-box in that round."""
        return not FULL // 2 <= round_ < FULL // 2 + self.partial


class _Register:
    """The generator of the constants: of every two bits, the first says whether the second counts."""

    def __init__(self, width: int, partial: int) -> None:
        bits = f"{1:02b}{0:04b}{254:012b}{width:012b}{FULL:010b}{partial:010b}" + "1" * 30
        self._state = int(bits[::-1], 2)  # its oldest bit is the lowest
        for _ in range(160):
            self._bit()

    def _bit(self) -> int:
        s = self._state
        new = (s ^ s >> 13 ^ s >> 23 ^ s >> 38 ^ s >> 51 ^ s >> 62) & 1
        self._state = s >> 1 | new << 79
        return new

    def number(self) -> int:
        found, count = 0, 0
        while count < 254:
            counts, bit = self._bit(), self._bit()
            if counts:
                found, count = found << 1 | bit, count + 1
        return found


@lru_cache
def constants(width: int) -> Constants:
    """The constants of a state of 2 to 17 numbers."""
    partial = _PARTIAL[width]
    register = _Register(width, partial)
    added: list[int] = []
    while len(added) < width * (FULL + partial):
        value = register.number()
        if value < R:
            added.append(value)
    while True:
        drawn = [register.number() % R for _ in range(2 * width)]
        rows, columns = drawn[:width], drawn[width:]
        if len(set(drawn)) == 2 * width and all((x + y) % R for x in rows for y in columns):
            break
    matrix = tuple(tuple(pow(x + y, -1, R) for y in columns) for x in rows)
    rounds = tuple(tuple(added[at : at + width]) for at in range(0, len(added), width))
    return Constants(partial, rounds, matrix)


def poseidon(inputs: Sequence[int]) -> int:
    """The hash of 1 to 16 numbers below R."""
    found = constants(len(inputs) + 1)
    state = [0, *inputs]
    for round_, added in enumerate(found.added):
        state = [(one + more) % R for one, more in zip(state, added, strict=True)]
        state = [pow(one, 5, R) if at == 0 or found.full(round_) else one for at, one in enumerate(state)]
        state = [sum(x * y for x, y in zip(row, state, strict=True)) % R for row in found.matrix]
    return state[0]
