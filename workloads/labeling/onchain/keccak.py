"""Keccak-256, the hash of Ethereum, of many rows at once: a tree of 100,000 leaves takes 300,000 of them."""

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_RATE = 136
"""Bytes that one permutation takes in."""
_PART = 4096
"""Rows at once: what is worked on stays in the cache."""
_ROUNDS = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip
_TURNS = (0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14)
"""How far each lane is turned, by x + 5y."""


def keccak_rows(rows: Bytes) -> Bytes:
    """The digest of each row, uint8 (n, 32), of rows uint8 (n, any length)."""
    count, length = rows.shape
    blocks = length // _RATE + 1
    found = np.empty((count, 32), dtype=np.uint8)
    for first in range(0, count, _PART):
        some = rows[first : first + _PART]
        padded = np.zeros((len(some), blocks * _RATE), dtype=np.uint8)
        padded[:, :length] = some
        padded[:, length] ^= 0x01
        padded[:, -1] ^= 0x80
        words = padded.view("<u8").T.reshape(blocks, _RATE // 8, len(some))
        state = [np.zeros(len(some), np.uint64) for _ in range(25)]
        for block in words:
            state = _permuted([lane ^ block[at] if at < len(block) else lane for at, lane in enumerate(state)])
        found[first : first + _PART] = np.stack(state[:4], axis=1).astype("<u8").view(np.uint8)
    return found


def _permuted(lanes: list[Any]) -> list[Any]:
    """Keccak-f[1600] on lanes uint64 (n,), by x + 5y."""
    for constant in _ROUNDS:
        column = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [column[x - 1] ^ _turned(column[(x + 1) % 5], 1) for x in range(5)]
        moved: list[Any] = [None] * 25
        for at in range(25):
            x, y = at % 5, at // 5
            moved[y + 5 * ((2 * x + 3 * y) % 5)] = _turned(lanes[at] ^ mixed[x], _TURNS[at])
        lanes = [
            moved[at] ^ (~moved[(at + 1) % 5 + at // 5 * 5] & moved[(at + 2) % 5 + at // 5 * 5]) for at in range(25)
        ]
        lanes[0] = lanes[0] ^ np.uint64(constant)
    return lanes


def _turned(lane: Any, by: int) -> Any:
    return lane if by == 0 else (lane << np.uint64(by)) | (lane >> np.uint64(64 - by))
