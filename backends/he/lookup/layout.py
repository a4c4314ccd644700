"""Where records lie in the matrix that a server multiplies, and what that costs in bytes.

The matrix has a column for every `per_column` records and a row for every byte of a column. A query selects one column;
its answer is that column, and the client keeps the record that it wants. A longer column makes a longer hint and a
shorter query: `Layout.of` takes what sends the fewest bytes in all for one hint and one batch.
"""

from dataclasses import dataclass
from typing import Self

from privacy.plugin import DIGEST_BYTES, LookupTask

DEGREE = 2048
MOST_PER_COLUMN = 64
_QUERY_WORD, _HALF_WORD = 4, 2


@dataclass(frozen=True)
class Layout:
    """The matrix of one table: public, and the same on both sides. `row_bytes` is a record with its digest."""

    items: int
    row_bytes: int
    per_column: int

    @classmethod
    def of(cls, task: LookupTask) -> Self:
        """The layout of fewest bytes for one hint and one batch."""
        most = min(task.items, MOST_PER_COLUMN)
        layouts = [cls(task.items, task.record_bytes + DIGEST_BYTES, n) for n in range(1, most + 1)]
        return min(layouts, key=lambda one: one.bytes_of(task.count))

    @property
    def columns(self) -> int:
        return -(-self.items // self.per_column)

    @property
    def blocks(self) -> int:
        """Ring elements that the columns fill."""
        return -(-self.columns // DEGREE)

    @property
    def rows(self) -> int:
        """Bytes of a column."""
        return self.row_bytes * self.per_column

    @property
    def hint_bytes(self) -> int:
        """What a client downloads once: it does not grow with the number of records."""
        return _HALF_WORD * self.rows * DEGREE

    @property
    def query_bytes(self) -> int:
        """What one query sends, without its header."""
        return _QUERY_WORD * self.columns

    @property
    def answer_bytes(self) -> int:
        """What one query gets back, without its header."""
        return _HALF_WORD * self.rows

    def bytes_of(self, count: int) -> int:
        """What one hint and one batch of `count` queries send in all."""
        return self.hint_bytes + count * (self.query_bytes + self.answer_bytes)
