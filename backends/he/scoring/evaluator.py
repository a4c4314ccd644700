"""SEAL's own Evaluator on the same residues: what the kernel is held against, in tests and in benches."""

from typing import Any

import numpy as np

from backends.he.scoring.layout import CatalogueScales, Integers, block_rows
from backends.he.scoring.presets import context
from backends.he.scoring.tiles import encoded
from backends.he.scoring.wires import Words
from backends.he.seal_format import Residues, ScratchFile, read_ciphertext, write_ciphertext, write_plaintext


class Evaluator:
    """Runs on the computing party: SEAL plaintexts of a catalogue (N, d), block after block and column by column."""

    def __init__(self, catalogue: Integers, scales: CatalogueScales) -> None:
        self._context = context(scales.preset)
        with ScratchFile() as scratch:
            self._blocks = [
                [self._plaintext(column, scratch) for column in encoded(scales.preset, rows, scale=scales.scale_item)]
                for rows in block_rows(catalogue, scales.preset.degree)
            ]

    def load(self, query: Words) -> list[Any]:
        """SEAL ciphertexts of a query's residues (d, 2, L n)."""
        ctx = self._context
        with ScratchFile() as scratch:
            blobs = (write_ciphertext(ctx, part) for part in query.astype(np.uint64))
            return [scratch.load(ctx.api.Ciphertext(), ctx, blob) for blob in blobs]

    def multiply(self, coordinates: list[Any]) -> list[Any]:
        """The encrypted scores, a SEAL ciphertext for each block."""
        ctx, term = self._context, self._context.api.Ciphertext()
        multiply, add = ctx.evaluator.multiply_plain, ctx.evaluator.add_inplace
        found = []
        for columns in self._blocks:
            total = ctx.api.Ciphertext()
            # No column is zero, as no sentinel is, so no product is transparent, which SEAL would refuse.
            multiply(coordinates[0], columns[0], total)
            for coordinate, column in zip(coordinates[1:], columns[1:], strict=True):
                multiply(coordinate, column, term)
                add(total, term)
            found.append(total)
        return found

    def residues(self, ciphertexts: list[Any]) -> Residues:
        """Residues (blocks, 2, L n) of encrypted scores."""
        with ScratchFile() as scratch:
            blobs = [scratch.save(one) for one in ciphertexts]
        return np.stack([read_ciphertext(blob, self._context, seeded=False).residues for blob in blobs])

    def _plaintext(self, column: Residues, scratch: ScratchFile) -> Any:
        return scratch.load(self._context.api.Plaintext(), self._context, write_plaintext(self._context, column))
