"""A catalogue as the residues that ciphertexts are multiplied by: encoded once, and laid out for one sweep.

An array (primes, n / 32, blocks, dims, 32) of 32-bit words. The kernel takes 32 coefficients at a time, the query's
lanes for them stay in the first cache, and the catalogue streams past once, in the order in which it lies in memory.

Four bytes an item, dimension and prime: 26 MB for 100,000 items of 64 under `fast`, 51 MB under `exact`. Large ones are
kept in a file and mapped, so memory is bounded by what is touched.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from backends.he.scoring.layout import CatalogueScales, Integers, block_rows
from backends.he.scoring.presets import Preset
from backends.he.scoring.ring import encode, ring
from backends.he.seal_format import Residues
from privacy.plugin.keeping import kept

Tiles = npt.NDArray[np.uint32]

LANES = 32


def encoded(preset: Preset, rows: Integers, *, scale: int) -> Residues:
    """The residues (d, L n), each prime's after another's, of the columns of one block's rows (n, d)."""
    half = preset.degree // 2
    values = rows.T.astype(np.float64) * scale
    coefficients = np.rint(encode(values[:, :half] + 1j * values[:, half:])).astype(np.int64)
    parts = [ring(preset.degree, q).transform((coefficients % q).astype(np.uint64)) for q in preset.primes]
    return np.concatenate(parts, axis=1)


def tiles_of(catalogue: Integers, scales: CatalogueScales, *, first: int = 0) -> Tiles:
    """The tiles of a catalogue (N, d), made now or taken from where they are kept; its blocks count from `first`."""
    preset = scales.preset
    primes, chunks = len(preset.primes), preset.degree // LANES

    def fill(out: npt.NDArray[np.uint32]) -> None:
        for block, rows in enumerate(block_rows(catalogue, preset.degree, first=first)):
            residues = encoded(preset, rows, scale=scales.scale_item)
            out[:, :, block] = residues.reshape(-1, primes, chunks, LANES).transpose(1, 2, 0, 3)

    shape = (primes, chunks, scales.blocks, scales.dims, LANES)
    name = f"he scoring 1|{scales.to_bytes().hex()}|{preset.primes}|{_digest(catalogue)}|{first}"
    return kept(name, shape=shape, dtype=np.uint32, fill=fill)


def _digest(catalogue: Integers) -> str:
    """SHA-256 of the catalogue's values, whatever type of integer holds them."""
    found = hashlib.sha256()
    for start in range(0, len(catalogue), 1 << 16):
        found.update(np.ascontiguousarray(catalogue[start : start + (1 << 16)], dtype="<i4").data)
    return found.hexdigest()
