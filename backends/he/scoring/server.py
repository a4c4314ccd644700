"""The computing party of HE scoring: holds the catalogue in the clear, sees ciphertexts only."""

from typing import Any

import numpy as np

from backends.he.scoring.layout import (
    VECTOR_NORM,
    CatalogueScales,
    Integers,
    block_rows,
    check_catalogue,
    derive_scales,
)
from backends.he.scoring.presets import Context, Preset, context
from backends.he.scoring.wires import decode_query, encode_answer
from backends.he.seal_format import (
    MalformedCiphertext,
    Residues,
    ScratchFile,
    read_ciphertext,
    write_ciphertext,
)


class ScoringServer:
    """Runs on the computing party: encodes a catalogue once, then answers queries; it never has a key.

    Memory: 8 bytes for each item and dimension, as SEAL plaintexts (51 MB for 100,000 items of 64).
    """

    def __init__(self, preset: Preset, catalogue: Integers, *, vector_norm: int = VECTOR_NORM) -> None:
        """Encode a catalogue (N, d) for vectors up to this norm; ValueError when it cannot be exact."""
        check_catalogue(catalogue)
        self._context: Context = context(preset)
        self.scales: CatalogueScales = derive_scales(self._context, catalogue, vector_norm=vector_norm)
        self._columns: list[list[Any]] = [
            self._encode(rows) for rows in block_rows(catalogue, self._context.degree)
        ]

    def published(self) -> bytes:
        """Runs on the computing party: the public scales that every client needs first."""
        return self.scales.to_bytes()

    def answer(self, query: bytes) -> bytes:
        """Runs on the computing party: one query to one answer; MalformedCiphertext if it is no query."""
        ctx = self._context
        seeds, residues = decode_query(ctx, query, dims=self.scales.dims)
        with ScratchFile() as scratch:
            coordinates = [
                scratch.load(ctx.api.Ciphertext(), ctx, write_ciphertext(ctx, part, seed=seed))
                for seed, part in zip(seeds, residues, strict=True)
            ]
            blocks = [self._combine(coordinates, columns, scratch) for columns in self._columns]
        return encode_answer(ctx, blocks, dims=self.scales.dims)

    def _encode(self, rows: Integers) -> list[Any]:
        """One SEAL plaintext for each column of a block's rows (n, d)."""
        ctx, half = self._context, self._context.degree // 2
        values = rows.T.astype(np.float64) * self.scales.scale_item
        slots = values[:, :half] + 1j * values[:, half:]
        plaintexts = []
        for column in slots:
            plaintext = ctx.api.Plaintext()
            # The scale is in the values: a declared scale of 1 keeps SEAL from tracking ours a second time.
            ctx.encoder.encode(column.tolist(), 1.0, plaintext)
            plaintexts.append(plaintext)
        return plaintexts

    def _combine(self, coordinates: list[Any], columns: list[Any], scratch: ScratchFile) -> Residues:
        """The residues (2, n) of one block's encrypted scores."""
        ctx = self._context
        total, term = ctx.api.Ciphertext(), ctx.api.Ciphertext()
        multiply, add = ctx.evaluator.multiply_plain, ctx.evaluator.add_inplace
        try:
            # No column is zero, as no sentinel is, so no product is transparent, which SEAL would refuse.
            multiply(coordinates[0], columns[0], total)
            for coordinate, column in zip(coordinates[1:], columns[1:], strict=True):
                multiply(coordinate, column, term)
                add(total, term)
        except (RuntimeError, ValueError) as error:
            raise MalformedCiphertext(f"SEAL could not combine a query with the items: {error}") from error
        return read_ciphertext(scratch.save(total), ctx, seeded=False).residues
