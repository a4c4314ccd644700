"""A table as its server multiplies it: tiles of one byte an entry, and the hint, which is computed once.

The hint takes a transform for every row and block: seconds for a large table. It is kept under the table's content
hash, in memory and on disk, and what is read back from disk is checked.
"""

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from backends.he.aggregation.ring import coefficients, spectrum
from backends.he.lookup.bound import KEPT_BITS, check_bound, failure_bits
from backends.he.lookup.hint import Hint, HintRows, name_of, public_matrix
from backends.he.lookup.kernels import ROWS_AT_ONCE, multiply_add, scan
from backends.he.lookup.layout import DEGREE, Layout
from backends.he.lookup.wires import decode_query, encode_answer
from privacy.plugin import LookupTask, with_digests
from privacy.plugin.keeping import kept

Records = npt.NDArray[np.uint8]
Tiles = npt.NDArray[np.int8]

_HALF = 1 << (KEPT_BITS - 1)
_CENTRE = np.uint8(128)
_CHUNK = 64
_ALONE = 1 << 25
"""Products below which a second thread costs more than it saves."""

_KEPT_FROM = 1 << 20
"""Bytes of a hint below which it is computed each time."""
_MOST_BYTES = 1 << 28
_lock = threading.Lock()
_tables: "OrderedDict[bytes, Table]" = OrderedDict()


@dataclass(frozen=True, eq=False)
class Table:
    """One table on its server: tiles int8 (blocks, rows, n), rows padded to `ROWS_AT_ONCE`, and what it publishes."""

    hint: Hint
    tiles: Tiles
    failure_bits: float

    def answer(self, body: bytes, *, count: int, threads: int = 1) -> bytes:
        """The wire that answers a batch of `count` queries; WireError if it is none."""
        layout = self.hint.layout
        words = decode_query(body, layout, self.hint.name, count=count)
        padded = np.zeros((count, layout.blocks * DEGREE), dtype=np.uint32)
        padded[:, : layout.columns] = words
        queries = np.ascontiguousarray(padded.reshape(count, layout.blocks, DEGREE).transpose(1, 0, 2))
        products = np.zeros((count, self.tiles.shape[1]), dtype=np.uint32)
        self._scan(queries, products, threads=threads)
        rounded = (products[:, : layout.rows] + np.uint32(_HALF)) >> np.uint32(KEPT_BITS)
        return encode_answer(self.hint.name, rounded.astype(np.uint16))

    def _scan(self, queries: npt.NDArray[np.uint32], out: npt.NDArray[np.uint32], *, threads: int) -> None:
        rows = self.tiles.shape[1]
        if threads == 1 or self.tiles.size * queries.shape[1] < _ALONE:
            scan(self.tiles, queries, out, 0, rows)
            return
        edges = [rows * i // threads // ROWS_AT_ONCE * ROWS_AT_ONCE for i in range(threads)] + [rows]
        with ThreadPoolExecutor(threads) as pool:
            parts = [pool.submit(scan, self.tiles, queries, out, *edge) for edge in pairwise(edges)]
        for part in parts:
            part.result()


def table_of(records: Records, task: LookupTask) -> Table:
    """The table of records, uint8 (N, R); ParamError where they could come out wrong.

    Those used last are kept in memory, the larger ones one at a time.
    """
    layout = Layout.of(task)
    name = name_of(layout, records)
    with _lock:  # who wants the same table waits for it
        found = _tables.pop(name, None) or _made(layout, name, records)
        _tables[name] = found
        while len(_tables) > 1 and sum(t.tiles.nbytes for t in _tables.values()) > _MOST_BYTES:
            _tables.popitem(last=False)
    return found


def _made(layout: Layout, name: bytes, records: Records) -> Table:
    tiles = _tiles(layout, records)

    def fill(out: npt.NDArray[np.uint8]) -> None:
        rows, bits = _hint(layout, name, tiles)
        out[:8] = np.frombuffer(np.float64(bits).tobytes(), dtype=np.uint8)
        out[8:] = rows.reshape(-1).view(np.uint8)

    found = kept(
        f"he lookup 1|{name.hex()}", shape=(8 + layout.hint_bytes,), dtype=np.uint8, fill=fill, least=_KEPT_FROM
    )
    bits = float(found[:8].view(np.float64)[0])
    check_bound(bits)
    return Table(Hint(layout, name, found[8:].view(np.int16).reshape(layout.rows, DEGREE)), tiles, bits)


def _tiles(layout: Layout, records: Records) -> Tiles:
    """Bytes centred to -128 ... 127, a column of the matrix for every `per_column` records.

    What pads the last tile is the byte that is centred to zero, else it would add to the noise.
    """
    rows = -(-layout.rows // ROWS_AT_ONCE) * ROWS_AT_ONCE
    tiles = np.zeros((layout.blocks, rows, DEGREE), dtype=np.int8)
    width = DEGREE * layout.per_column
    for block in range(layout.blocks):
        part = with_digests(records[block * width : (block + 1) * width], first=block * width)
        flat = np.full(width * layout.row_bytes, _CENTRE, dtype=np.uint8)
        flat[: part.size] = part.ravel()
        tiles[block, : layout.rows] = (flat ^ _CENTRE).view(np.int8).reshape(DEGREE, layout.rows).T
    return tiles


def _hint(layout: Layout, name: bytes, tiles: Tiles) -> tuple[HintRows, float]:
    """The rows of a table's hint, and the bound on its failures.

    A row d of the table meets every column of the matrix in <d, a s> = <a' d, s>, where a' is a's adjoint: its
    transform is the conjugate of a's. So one transform of each row and block gives the hint. Half words of a keep the
    floating-point products exact.
    """
    matrix = public_matrix(name, layout.blocks)
    low = ((matrix + _HALF) & (2 * _HALF - 1)) - _HALF
    lows, highs = spectrum(low).conj(), spectrum((matrix - low) >> KEPT_BITS).conj()
    rows: HintRows = np.empty((layout.rows, DEGREE), dtype=np.int16)
    row_norm2 = rounding_norm2 = 0.0
    for first in range(0, layout.rows, _CHUNK):
        part = tiles[:, first : min(first + _CHUNK, layout.rows)]
        sums = np.zeros((2, part.shape[1], DEGREE // 2), dtype=np.complex128)
        norms = np.zeros(part.shape[1])
        for block in range(layout.blocks):
            entries = part[block].astype(np.float64)
            norms += np.einsum("ij,ij->i", entries, entries)
            multiply_add(spectrum(part[block]), lows[block], highs[block], sums[0], sums[1])
        exact = coefficients(sums[0]) + (coefficients(sums[1]) << KEPT_BITS)
        upper = (exact + _HALF) >> KEPT_BITS
        rows[first : first + len(upper)] = upper.astype(np.int16)
        left = (exact - (upper << KEPT_BITS)).astype(np.float64)
        row_norm2 = max(row_norm2, float(norms.max()))
        rounding_norm2 = max(rounding_norm2, float(np.einsum("ij,ij->i", left, left).max()))
    bits = failure_bits(row_norm2=row_norm2, rounding_norm2=rounding_norm2, row_bytes=layout.row_bytes)
    return rows, bits
