"""The computing party of HE scoring: holds the catalogue in the clear, sees ciphertexts only."""

import os

from backends.he.scoring import kernel
from backends.he.scoring.layout import (
    VECTOR_NORM,
    CatalogueScales,
    Integers,
    check_catalogue,
    derive_scales,
)
from backends.he.scoring.presets import Preset
from backends.he.scoring.tiles import tiles_of
from backends.he.scoring.wires import Words, decode_query, encode_answer
from backends.he.seal_format import Residues


class ScoringServer:
    """Runs on the computing party: encodes a catalogue once, then answers queries; it never has a key."""

    def __init__(
        self, preset: Preset, catalogue: Integers, *, vector_norm: int = VECTOR_NORM, threads: int | None = None
    ) -> None:
        """Encode a catalogue (N, d) for vectors up to this norm; ValueError when its scores would be too inexact.

        `threads` is how many sweep at once, all cores of the machine without it.
        """
        check_catalogue(catalogue)
        self._preset = preset
        self.threads = threads or os.cpu_count() or 1
        self.scales: CatalogueScales = derive_scales(preset, catalogue, vector_norm=vector_norm)
        self._tiles = tiles_of(catalogue, self.scales)

    def published(self) -> bytes:
        """Runs on the computing party: the public scales that every client needs first."""
        return self.scales.to_bytes()

    def answer(self, query: bytes) -> bytes:
        """Runs on the computing party: one query to one answer; MalformedCiphertext if it is no query."""
        residues = decode_query(self._preset, query, dims=self.scales.dims)
        return encode_answer(self._preset, self.combine(residues), dims=self.scales.dims)

    def combine(self, query: Words) -> Residues:
        """Runs on the computing party: residues (blocks, 2, L n) of the scores, from those (d, 2, L n) of a query."""
        return kernel.multiply(self._preset, self._tiles, query, threads=self.threads)
