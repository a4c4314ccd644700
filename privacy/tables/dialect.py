"""How the cells of a CSV are parted: its delimiter, a first line that names it, and backslashes before quotes."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from privacy.tables.cells import LONGEST_CELL

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
WHOLE_LINE = "\x1f"
"""The delimiter of a file whose lines are one cell each: a sign that no text holds."""

_FIRST_LINE = re.compile(r"""\s*["']?sep=(\\t|[^\w"'\r\n])["']?[;,\t ]*(\r\n|\r|\n)""", re.IGNORECASE)
_PLAIN_ROWS = 100
_CELLS = 20_000
_ESCAPED = re.compile(r"""\\(.?)""", re.DOTALL)

# It is one setting for the whole process, and Python's own is the length of a long article.
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True)
class Dialect:
    """What parts the cells, how many lines stand before the rows, and whether backslashes stand before quotes."""

    delimiter: str
    skipped: int = 0
    escaped: bool = False

    @property
    def word(self) -> str:
        """The delimiter in a sentence."""
        return DELIMITERS.get(self.delimiter, f"the sign {self.delimiter}")

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Iterator[list[str]]:
        """The rows of the lines, a blank line being an empty row. csv.Error where, if strict, they do not parse."""
        if not self.escaped:
            return csv.reader(lines, delimiter=self.delimiter, strict=strict, skipinitialspace=True)
        return csv.reader(
            (double_backslashes(line, self.delimiter) for line in lines),
            delimiter=self.delimiter, strict=strict, skipinitialspace=True, escapechar="\\",
        )  # fmt: skip


def double_backslashes(line: str, delimiter: str) -> str:
    """A line in which a backslash stands for itself, but before a quote, a delimiter or another one."""
    if "\\" not in line:
        return line
    kept = {'"', "'", "\\", delimiter}
    return _ESCAPED.sub(lambda m: m[0] if m[1] in kept else rf"\\{m[1]}", line)


def find_dialect(text: str, *, whole: bool) -> Dialect:
    """Tell the delimiter from the first lines; `whole` says that they are all."""
    first = _FIRST_LINE.match(text)  # what Excel reads and writes as a first line
    if first:
        return Dialect("\t" if first[1] == "\\t" else first[1], skipped=1)
    return Dialect(_delimiter(text, whole))


def first_rows(text: str, dialect: Dialect, *, whole: bool) -> list[tuple[int, list[str]]]:
    """The first rows with their numbers, as far as they parse; blank lines count and are left out."""
    rows: list[tuple[int, list[str]]] = []
    lines = io.StringIO(text, newline="")
    for _ in range(dialect.skipped):
        next(lines, "")
    room = _CELLS
    complete = True
    try:
        for number, cells in enumerate(dialect.reader(lines, strict=False), dialect.skipped + 1):
            if not cells:
                continue
            rows.append((number, cells))
            room -= len(cells)
            if len(rows) > _PLAIN_ROWS or (room < 0 and len(rows) > 10):
                complete = False
                break
    except csv.Error:
        pass
    # The last row may go on behind the text that was looked at.
    return rows if whole or not complete or len(rows) < 2 else rows[:-1]


def _delimiter(text: str, whole: bool) -> str:
    """The delimiter under which most rows have the same width; a comma where there is one column alone."""
    best, score = ",", (0.0, 1)
    ragged = False
    # A comma goes last: of two that fit as well, it is the decimal one.
    for delimiter in reversed(DELIMITERS):
        widths = [len(cells) for _, cells in first_rows(text, Dialect(delimiter), whole=whole)]
        if not widths or max(widths) < 2:
            continue
        counts = Counter(widths)
        width = max(counts, key=lambda w: (counts[w], w))
        start = next((n for n, w in enumerate(widths) if w > 1), len(widths))
        if start and (width < 2 or counts[width] < 0.9 * (len(widths) - start) or counts[width] < 2):
            # The first line is one cell: a title above a table, or the name of a column whose cells hold the sign.
            ragged = ragged or delimiter == ","
            continue
        width = max(width, widths[0]) if width < 2 else width
        agree = sum(w == width for w in widths[start:]) / len(widths)
        if (agree, width) > score:
            best, score = delimiter, (agree, width)
    return WHOLE_LINE if score[0] == 0.0 and ragged else best
