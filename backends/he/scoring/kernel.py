"""The fused kernel: all ciphertexts of a query times all columns of a catalogue, summed, in one sweep over the tiles.

SEAL's Evaluator multiplies and reduces for each pair of a coordinate and a column. Here the products of a coefficient
are added up in 64 bits without a reduction: with residues below q < 2^30, `group(q)` products and one residue stay
below 2^64, so that one reduction for each group is enough. The residues that come out are those of the Evaluator.
"""

import itertools
import threading
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from backends.he.scoring.presets import Preset
from backends.he.scoring.tiles import LANES, Tiles
from backends.he.seal_format import Residues

_UNROLLED = 8
_SERIAL = 1 << 22  # products below which a second thread costs more than it saves


def group(prime: int) -> int:
    """How many products of two residues, after one residue, fit into 64 bits: a multiple of 8."""
    return ((1 << 64) - prime) // (prime - 1) ** 2 // _UNROLLED * _UNROLLED


def multiply(preset: Preset, tiles: Tiles, query: Residues, *, threads: int) -> Residues:
    """Residues (blocks, 2, L n) of the encrypted scores, from a query's residues (d, 2, L n)."""
    primes, chunks, blocks, dims, _ = tiles.shape
    lanes = query.reshape(dims, 2, primes, chunks, LANES).transpose(2, 3, 1, 0, 4).astype(np.uint32)
    out = np.empty((primes, blocks, 2, preset.degree), dtype=np.uint64)

    def sweep(start: int, stop: int) -> None:
        for part, q in enumerate(preset.primes):
            _sweep(tiles[part], lanes[part], out[part], np.uint64(q), group(q), start, stop)

    few = blocks * dims * preset.degree * primes < _SERIAL
    cuts = np.linspace(0, chunks, 1 + (1 if few else min(threads, chunks)), dtype=int).tolist()
    # No pool, and no threads of the compiler's own: those would not survive a fork.
    others = [threading.Thread(target=sweep, args=span) for span in itertools.pairwise(cuts[1:])]
    for other in others:
        other.start()
    sweep(cuts[0], cuts[1])
    for other in others:
        other.join()
    return out.transpose(1, 2, 0, 3).reshape(blocks, 2, -1)


def warm() -> None:
    """Compile the kernel, or load it from where it is kept."""
    nothing: npt.NDArray[Any] = np.zeros((1, 1, 8, LANES), dtype=np.uint32)
    lanes: npt.NDArray[Any] = np.zeros((1, 2, 8, LANES), dtype=np.uint32)
    _sweep(nothing, lanes, np.zeros((1, 2, LANES), dtype=np.uint64), np.uint64(97), 8, 0, 1)


@njit(cache=True, nogil=True, boundscheck=False)
def _sweep(
    tiles: Tiles, query: Tiles, out: Residues, q: np.uint64, group: int, start: int, stop: int
) -> None:
    """Tiles (n / 32, blocks, d, 32) times query (n / 32, 2, d, 32) into out (blocks, 2, n), for some of the n / 32."""
    blocks, dims = tiles.shape[1], tiles.shape[2]
    whole = dims - dims % 8
    first, second = np.empty(LANES, np.uint64), np.empty(LANES, np.uint64)
    for t in range(start, stop):
        for b in range(blocks):
            first[:] = np.uint64(0)
            second[:] = np.uint64(0)
            for begin in range(0, dims, group):
                if begin:
                    for i in range(LANES):
                        first[i] %= q
                        second[i] %= q
                # Eight at a time: the sums then stay in registers.
                for j in range(begin, min(begin + group, whole), 8):
                    w, c, e = tiles[t, b, j : j + 8], query[t, 0, j : j + 8], query[t, 1, j : j + 8]
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
                        first[i] += np.uint64(tiles[t, b, j, i]) * np.uint64(query[t, 0, j, i])
                        second[i] += np.uint64(tiles[t, b, j, i]) * np.uint64(query[t, 1, j, i])
            for i in range(LANES):
                out[b, 0, t * LANES + i] = first[i] % q
                out[b, 1, t * LANES + i] = second[i] % q
