"""The computing party of HE scoring in pieces: a shard is a range of whole blocks, under the scales of all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from backends.he.scoring import kernel
from backends.he.scoring.layout import (
    CatalogueScales,
    Integers,
    check_catalogue,
    derive_scales,
    items_per_block,
)
from backends.he.scoring.presets import PRESETS, Preset
from backends.he.scoring.tiles import tiles_of
from backends.he.scoring.wires import Words, decode_query, encode_answer
from backends.he.seal_format import MalformedCiphertext
from privacy.plugin import CIPHERTEXT, CLIENT, PUBLIC, ScoringTask, Seat, Wire, WireError, reply_to
from privacy.plugin.sharding import Piece, Sharding, cuts


class HeSharding(Sharding):
    """Runs on the computing party: has no key of any kind, as `HeServer` has none, and publishes what that would."""

    def __init__(self, seat: Seat[ScoringTask], preset: Preset) -> None:
        self._seat, self._preset = seat, preset

    def publish(self) -> Iterable[Wire]:
        """Runs on the computing party: the scales, derived over every block of the catalogue, integers (N, d)."""
        self._catalogue: Integers = np.asarray(self._seat.own)
        check_catalogue(self._catalogue)
        self._scales = derive_scales(self._preset, self._catalogue)
        yield Wire(to=CLIENT, kind="scales", exposure=PUBLIC, body=self._scales.to_bytes())

    def pieces(self, count: int) -> Sequence[Piece]:
        """Runs on the computing party: as many blocks for each shard, give or take one."""
        capacity = items_per_block(self._preset.degree)
        common = {"preset": self._preset.name, "scales": self._scales.to_bytes()}
        return [
            Piece(
                "backends.he.scoring.shards:HeShard",
                common | {"first": start, "rows": _narrow(self._catalogue[start * capacity : stop * capacity])},
            )
            for start, stop in cuts(self._scales.blocks, count)
        ]

    def question(self, query: Wire) -> Words:
        """Runs on the computing party: the residues of a query, uint32 (d, 2, L n), checked and expanded once."""
        try:
            return decode_query(self._preset, query.body, dims=self._scales.dims)
        except MalformedCiphertext as error:
            raise WireError(f"the query is refused: {error}") from error

    def join(self, query: Wire, answers: Sequence[Words]) -> Wire:
        """Runs on the computing party: blocks in the order of the catalogue, under one head."""
        body = encode_answer(self._preset, *answers, dims=self._scales.dims)
        return Wire(to=reply_to(query), kind="answer", exposure=CIPHERTEXT, body=body)


class HeShard:
    """Runs where an engine puts it: the tiles of a range of blocks, and the kernel over them."""

    def __init__(self, *, preset: str, scales: bytes, first: int, rows: npt.NDArray[np.signedinteger], threads: int):
        """Encode the rows (m, d) of the blocks from number `first` on, under the catalogue's published scales."""
        self._preset, self._threads = PRESETS[preset], threads
        whole = CatalogueScales.from_bytes(scales, self._preset)
        blocks = -(-len(rows) // items_per_block(self._preset.degree))
        self._tiles = tiles_of(rows, replace(whole, items=len(rows), blocks=blocks), first=first)

    def answer(self, question: Words) -> Words:
        """The residues of these blocks' scores, uint32 (blocks, 2, L n), from those of a query."""
        return kernel.multiply(self._preset, self._tiles, question, threads=self._threads).astype(np.uint32)


def _narrow(rows: Integers) -> npt.NDArray[np.signedinteger]:
    """The rows in the smallest integers that hold them: they may cross a network."""
    return rows.astype(np.int16 if max(int(rows.max()), -int(rows.min())) < 1 << 15 else np.int32)
