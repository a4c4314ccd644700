"""Any CSV, read as a stream: its delimiter and encoding are found, and of too many rows a fair sample is kept.

Cells stay text: a 19-digit id keeps its digits, and a formula is never run. Rows are numbered as a spreadsheet
shows them (the header is row 1).
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

from privacy.errors import DataError
from privacy.tables.cells import one_line
from privacy.tables.lines import MAX_BYTES, Progress, TextFile, open_text

T = TypeVar("T")
S = TypeVar("S")

MAX_ROWS = 200_000
"""Of a file with more rows, this many are sampled."""

MAX_COLUMNS = 2_000
LONGEST_CELL = 131_072
"""A longer cell is refused; it is what Python's CSV reader takes, too."""

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
_PLAIN_ROWS = 100
_NAMED = 12


@dataclass(frozen=True)
class Sheet:
    """A CSV whose header is read and whose rows are not: `columns` in file order."""

    file: TextFile
    delimiter: str
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    skipped: int = 0

    @property
    def name(self) -> str:
        return self.file.path.name

    def records(self, progress: Progress | None = None) -> Iterator[tuple[int, list[str]]]:
        """Every row with its number, at the header's width; DataError names the row that does not parse."""
        lines = self.file.lines(progress)
        for _ in range(self.skipped):
            next(lines)
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True, skipinitialspace=True)
        number, width, header = self.skipped, len(self.columns), True
        try:
            for cells in reader:
                number += 1
                if not cells:  # a blank line is no row, but a spreadsheet counts it
                    continue
                if header:
                    header = False
                    continue
                yield number, cells if len(cells) == width else fit(cells, width, self.name, number)
        except csv.Error as error:
            raise broken(error, self.name, number + 1) from None


@dataclass(frozen=True)
class Sample:
    """The first rows of a CSV, for a person to see and for a mapping to be guessed from."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    notes: tuple[str, ...]

    def column(self, name: str) -> list[str]:
        """The cells of one column."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True, eq=False)
class Rows:
    """The cells of the wanted columns, in the order wanted; `numbers` are row numbers, `total` counts the file's rows.

    `total` is None where reading stopped early, at the number of items that was asked for.
    """

    cells: list[tuple[str, ...]]
    numbers: list[int]
    total: int | None
    notes: tuple[str, ...]


def open_sheet(path: str | Path, *, max_bytes: int = MAX_BYTES) -> Sheet:
    """Find out how a CSV is written and read its header; DataError says what is wrong with it."""
    file = open_text(Path(path), max_bytes=max_bytes)
    text, whole = file.head(1 << 18)
    skipped = 0
    delimiter = ""
    if text[:4].lower() == "sep=" and text[4:5] in _DELIMITERS:  # what Excel reads and writes as a first line
        delimiter, skipped = text[4], 1
        text = text.partition("\n")[2]
    delimiter = delimiter or _delimiter(text, whole)
    columns = _header(text, delimiter, file.path.name)
    notes = file.notes if delimiter == "," else (*file.notes, f"Columns are parted by {_DELIMITERS[delimiter]}.")
    return Sheet(file, delimiter, columns, notes, skipped)


def read_sample(path: str | Path, *, rows: int = 200, max_bytes: int = MAX_BYTES) -> Sample:
    """The header and the first rows of a CSV; DataError as for `open_sheet`, and for a file without rows."""
    sheet = open_sheet(path, max_bytes=max_bytes)
    found = [tuple(cells) for _, (_, cells) in zip(range(rows), sheet.records(), strict=False)]
    if not found:
        raise _no_rows(sheet.name)
    return Sample(sheet.columns, tuple(found), sheet.delimiter, sheet.notes)


def read_rows(
    sheet: Sheet, wanted: Sequence[str], *, items: int | None = None, max_rows: int = MAX_ROWS, cell_length: int,
    seed: int = 0, progress: Progress | None = None,
) -> Rows:  # fmt: skip
    """Read the wanted columns in one pass: all rows, the first `items`, or a sample of `max_rows` drawn with `seed`.

    Cells are cut to `cell_length` characters, so that the memory taken is bounded by settings and not by the file.
    """
    places = [sheet.columns.index(name) for name in wanted]
    records = sheet.records(progress)
    stop = items if items is not None and items <= max_rows else None
    total: int | None

    def cut(record: tuple[int, list[str]]) -> tuple[int, tuple[str, ...]]:
        number, cells = record
        return number, tuple(cells[place][:cell_length] for place in places)

    if stop is not None:
        kept = [cut(r) for _, r in zip(range(stop), records, strict=False)]
        total = len(kept) if len(kept) < stop else None
    else:
        sampled, total = reservoir(records, limit=max_rows, seed=seed, keep=cut)
        kept = sorted(sampled)
    if not kept:
        raise _no_rows(sheet.name)
    note = sampling_note(total, max_rows, seed)
    return Rows([c for _, c in kept], [n for n, _ in kept], total, (note,) if note else ())


def reservoir(records: Iterable[T], *, limit: int, seed: int, keep: Callable[[T], S]) -> tuple[list[S], int]:
    """Up to `limit` of the records, each with the same chance, and how many there were (Vitter 1985, algorithm R).

    `keep` turns a record into what is kept of it, and is called for those alone that enter the sample.
    """
    random = Random(seed).random  # the one method whose sequence Python promises to keep
    kept: list[S] = []
    total = 0
    for record in records:
        total += 1
        if total <= limit:
            kept.append(keep(record))
        elif (place := int(random() * total)) < limit:
            kept[place] = keep(record)
    return kept, total


def sampling_note(total: int | None, limit: int, seed: int) -> str:
    """What to say of a file whose rows were sampled; empty if all were kept."""
    return f"{total:,} rows; {limit:,} sampled with seed {seed}." if total is not None and total > limit else ""


def fit(cells: list[str], width: int, name: str, number: int) -> list[str]:
    """Allow empty cells past the header's end, as spreadsheets write them; refuse any other length."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    raise DataError(
        f"a row has {len(cells)} cell{'' if len(cells) == 1 else 's'} where the header has {width}",
        where=f"{name}, row {number}",
        then="check its quotes and delimiters",
    )


def broken(error: csv.Error, name: str, number: int) -> DataError:
    """One sentence for what Python's CSV reader could not read."""
    text = str(error)
    if "field larger" in text:
        problem = f"a cell is longer than {LONGEST_CELL:,} characters; perhaps a quote is never closed"
    elif "unexpected end" in text:
        problem = "the file ends inside a quoted cell: a quote is never closed or the file is cut short"
    else:
        problem = "the quotes or line ends do not parse"
    return DataError(problem, where=f"{name}, row {number}", then="export the file again as CSV")


def named(columns: Sequence[str]) -> str:
    """Column names for a sentence, shortened."""
    shown = [one_line(c, most=40) for c in columns[:_NAMED]]
    return ", ".join(shown) + (f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else "")


def _no_rows(name: str) -> DataError:
    return DataError("the file has a header and no rows", where=name, then="choose one with rows")


def _delimiter(text: str, whole: bool) -> str:
    """The delimiter under which most rows are as wide as the header; a comma where there is one column alone."""
    best, score = ",", (0.0, 1)
    for delimiter in _DELIMITERS:
        rows = _parsed(text, delimiter)
        rows = rows if whole else rows[:-1] or rows
        if not rows or len(rows[0]) < 2:
            continue
        width = len(rows[0])
        agree = sum(len(row) == width for row in rows) / len(rows)
        if (agree, width) > score:
            best, score = delimiter, (agree, width)
    return best


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    """The first rows of a text under a delimiter, as far as they parse."""
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True):
            if cells:
                rows.append(cells)
            if len(rows) > _PLAIN_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _header(text: str, delimiter: str, name: str) -> tuple[str, ...]:
    rows = _parsed(text, delimiter)
    if not rows:
        raise DataError("the file has no header", where=name, then="begin it with a row of column names")
    cells = [cell.strip() for cell in rows[0]]
    while cells and not cells[-1]:  # trailing commas of a spreadsheet
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise DataError(f"the file has {len(cells):,} columns", where=name, then=f"{MAX_COLUMNS:,} are the most")
    if not any(cells):
        raise DataError("the header holds no column name", where=name, then="begin the file with column names")
    return tuple(cell or f"column {place}" for place, cell in enumerate(cells, 1))
