"""The fused kernel: all ciphertexts of a query times all columns of a catalogue, summed, in one sweep over the tiles.

SEAL's Evaluator multiplies and reduces for each pair of a coordinate and a column. Here the products of a coefficient
are added up in 64 bits without a reduction: with residues below q < 2^30, `group(q)` products and one residue stay
below 2^64, so that one reduction for each group is enough. The residues that come out are those of the Evaluator.
"""

import itertools
import threading

import numpy as np
from numba import int64, njit, types, uint32, uint64, void

from backends.he.scoring.presets import Preset
from backends.he.scoring.tiles import LANES, Tiles
from backends.he.seal_format import Residues
from privacy.plugin.compiled import compiled

_UNROLLED = 8
_AHEAD = 8
_SERIAL = 1 << 22  # products below which a second thread costs more than it saves


def group(prime: int) -> int:
    """How many products of two residues, after one residue, fit into 64 bits: a multiple of 8."""
    return ((1 << 64) - prime) // (prime - 1) ** 2 // _UNROLLED * _UNROLLED


def constants(prime: int) -> Residues:
    """What a reduction modulo q takes: q, 2^58 / q, 2^32 modulo q, and 2^32 times that over q, all rounded down."""
    turn = (1 << 32) % prime
    return np.array([prime, (1 << 58) // prime, turn, (turn << 32) // prime], dtype=np.uint64)


def multiply(preset: Preset, tiles: Tiles, query: Tiles, *, threads: int) -> Residues:
    """Residues (blocks, 2, L n) of the encrypted scores, from a query's residues (d, 2, L n)."""
    primes, chunks, blocks, dims, _ = tiles.shape
    query = np.ascontiguousarray(query, dtype=np.uint32)
    out = np.empty((blocks, 2, preset.width), dtype=np.uint64)

    def sweep(start: int, stop: int) -> None:
        for part, q in enumerate(preset.primes):
            _sweep(tiles[part], query, part * preset.degree, out, constants(q), group(q), start, stop)

    few = blocks * dims * preset.degree * primes < _SERIAL
    cuts = np.linspace(0, chunks, 1 + (1 if few else min(threads, chunks)), dtype=int).tolist()
    # No pool, and no threads of the compiler's own: those would not survive a fork.
    others = [threading.Thread(target=sweep, args=span) for span in itertools.pairwise(cuts[1:])]
    for other in others:
        other.start()
    sweep(cuts[0], cuts[1])
    for other in others:
        other.join()
    return out


@njit(nogil=True, inline="always")
def _reduced(x: np.uint64, q: np.uint64, inverse: np.uint64, turn: np.uint64, quotient: np.uint64) -> np.uint64:
    """Any 64 bits modulo q between 2^26 and 2^30, without a division, which vector units do not have (Barrett 1986).

    Both halves of 32 bits are brought below 2q, the upper one times 2^32 as well, by Shoup's quotient; so is their sum.
    """
    high, low = x >> np.uint64(32), x & np.uint64(0xFFFFFFFF)
    high -= ((high * inverse) >> np.uint64(58)) * q
    low -= ((low * inverse) >> np.uint64(58)) * q
    total = turn * high - ((quotient * high) >> np.uint64(32)) * q + low  # below 4q
    total = min(total, total - q - q)  # a difference that wraps around is the larger one
    return min(total, total - q)


@compiled(
    void(
        types.Array(uint32, 4, "C", readonly=True), types.Array(uint32, 3, "C", readonly=True), int64,
        types.Array(uint64, 3, "C"), types.Array(uint64, 1, "C", readonly=True), int64, int64, int64,
    )
)  # fmt: skip
def _sweep(
    tiles: Tiles, query: Tiles, offset: int, out: Residues, constants: Residues, group: int, start: int, stop: int
) -> None:
    """Tiles (n / 32, blocks, d, 32) of one prime times a query (d, 2, L n), into (blocks, 2, L n).

    Of the n residues that begin at `offset`, those of the n / 32 chunks from `start` to `stop`.
    """
    blocks, dims = tiles.shape[1], tiles.shape[2]
    q, inverse, turn, quotient = constants
    whole = dims - dims % 8
    first, second = np.empty(LANES, np.uint64), np.empty(LANES, np.uint64)
    lanes = np.empty((_AHEAD, 2, dims, LANES), np.uint32)
    for t in range(start, stop):
        ahead = (t - start) % _AHEAD
        if not ahead:
            # Several at a time: their words lie side by side in each coordinate, and coordinates far apart.
            for j in range(dims):
                for half in range(2):
                    for more in range(min(_AHEAD, stop - t)):
                        for i in range(LANES):
                            lanes[more, half, j, i] = query[j, half, offset + (t + more) * LANES + i]
        for b in range(blocks):
            first[:] = np.uint64(0)
            second[:] = np.uint64(0)
            for begin in range(0, dims, group):
                if begin:
                    for i in range(LANES):
                        first[i] = _reduced(first[i], q, inverse, turn, quotient)
                        second[i] = _reduced(second[i], q, inverse, turn, quotient)
                # Eight at a time: the sums then stay in registers.
                for j in range(begin, min(begin + group, whole), 8):
                    w, c, e = tiles[t, b, j : j + 8], lanes[ahead, 0, j : j + 8], lanes[ahead, 1, j : j + 8]
                    for i in range(LANES):
                        first[i] += (
                            np.uint64(w[0, i]) * np.uint64(c[0, i]) + np.uint64(w[1, i]) * np.uint64(c[1, i])
                            + np.uint64(w[2, i]) * np.uint64(c[2, i]) + np.uint64(w[3, i]) * np.uint64(c[3, i])
                            + np.uint64(w[4, i]) * np.uint64(c[4, i]) + np.uint64(w[5, i]) * np.uint64(c[5, i])
                            + np.uint64(w[6, i]) * np.uint64(c[6, i]) + np.uint64(w[7, i]) * np.uint64(c[7, i])
                        )  # fmt: skip
                    for i in range(LANES):
                        second[i] += (
                            np.uint64(w[0, i]) * np.uint64(e[0, i]) + np.uint64(w[1, i]) * np.uint64(e[1, i])
                            + np.uint64(w[2, i]) * np.uint64(e[2, i]) + np.uint64(w[3, i]) * np.uint64(e[3, i])
                            + np.uint64(w[4, i]) * np.uint64(e[4, i]) + np.uint64(w[5, i]) * np.uint64(e[5, i])
                            + np.uint64(w[6, i]) * np.uint64(e[6, i]) + np.uint64(w[7, i]) * np.uint64(e[7, i])
                        )  # fmt: skip
                for j in range(max(begin, whole), min(begin + group, dims)):
                    for i in range(LANES):
                        first[i] += np.uint64(tiles[t, b, j, i]) * np.uint64(lanes[ahead, 0, j, i])
                        second[i] += np.uint64(tiles[t, b, j, i]) * np.uint64(lanes[ahead, 1, j, i])
            for i in range(LANES):
                out[b, 0, offset + t * LANES + i] = _reduced(first[i], q, inverse, turn, quotient)
                out[b, 1, offset + t * LANES + i] = _reduced(second[i], q, inverse, turn, quotient)
