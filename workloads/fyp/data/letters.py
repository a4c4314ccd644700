"""Groups of three letters as TF-IDF, for large catalogues: all groups of a chunk of texts at once, in arrays.

A group lies within a word, and the spaces around a word belong to it. What is kept are the commonest groups.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_READ = 120
"""Letters of a text that are read."""

_BITS = 22
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SPACE, _END = 0x20, 0x0A
_CHUNK = 4_000

Codes = NDArray[np.uint64]


class Letters:
    """The commonest groups of letters of some texts, and how much each says (the inverse document frequency)."""

    def __init__(self, texts: Sequence[str], *, most: int) -> None:
        found: Codes = np.zeros(0, dtype=np.uint64)
        counts = np.zeros(0, dtype=np.int64)
        for start in range(0, len(texts), _CHUNK):
            row, code = _groups(texts[start : start + _CHUNK])
            here, place = np.unique(code, return_inverse=True)
            # Once for each text: a group is worth the less the more texts have it.
            pairs = np.unique(row * len(here) + place)
            often = np.bincount(pairs % max(1, len(here)), minlength=len(here))
            found, place = np.unique(np.concatenate([found, here]), return_inverse=True)
            both = np.concatenate([counts, often])
            counts = np.bincount(place, weights=both, minlength=len(found)).astype(np.int64)
        kept = np.flatnonzero(counts >= 2)
        kept = kept[np.argsort(-counts[kept], kind="stable")[:most]]
        self.codes, frequency = found[kept], counts[kept]
        self.idf = np.log((1 + len(texts)) / (1 + frequency)) + 1.0
        self._column = np.full(1 << _BITS, -1, dtype=np.int32)
        # Later ones first, so that of two in the same place the commoner one stays.
        self._column[_places(self.codes[::-1])] = np.arange(len(self.codes), dtype=np.int32)[::-1]

    def matrix(self, texts: Sequence[str]) -> Any:
        """Their TF-IDF, sparse (N, V), rows of length one."""
        row, code = _groups(texts)
        column = self._column[_places(code)]
        known = column >= 0
        known[known] = self.codes[column[known]] == code[known]
        return weighted(row[known], column[known], self.idf, rows=len(texts))


def weighted(row: NDArray[np.int64], column: NDArray[np.int32], idf: NDArray[np.float64], *, rows: int) -> Any:
    """TF-IDF with sublinear counts of what occurs, each time as a row and a column: sparse (rows, V), of length one."""
    from scipy.sparse import csr_matrix

    width = max(1, len(idf))
    cells, counts = np.unique(row * width + column, return_counts=True)
    found, columns = cells // width, cells % width
    values = (1.0 + np.log(counts)) * idf[columns] if len(cells) else np.zeros(0)
    lengths = np.sqrt(np.bincount(found, weights=values**2, minlength=rows))
    values /= np.maximum(lengths[found], 1e-12)
    starts = np.concatenate([[0], np.cumsum(np.bincount(found, minlength=rows))])
    return csr_matrix((values, columns, starts), shape=(rows, len(idf)))


def _places(codes: Codes) -> NDArray[np.int64]:
    return ((codes * _MIX) >> np.uint64(64 - _BITS)).astype(np.int64)


def _groups(texts: Sequence[str]) -> tuple[NDArray[np.int64], Codes]:
    """The text of each group of three letters, and the three as one number."""
    joined = "\n".join(f" {' '.join(text[:_READ].lower().split())} " for text in texts) + "\n"
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    first, middle, last = points[:-2], points[1:-1], points[2:]
    inside = (first != _END) & (middle != _END) & (middle != _SPACE) & (last != _END)
    row = np.cumsum(points == _END)[:-2][inside]
    wide = [part[inside].astype(np.uint64) for part in (first, middle, last)]
    return row, (wide[0] << np.uint64(42)) | (wide[1] << np.uint64(21)) | wide[2]
