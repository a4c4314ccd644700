"""Any CSV, read as a stream: how it is written is found out, and of too many rows a fair sample is kept.

Cells stay text: a 19-digit id keeps its digits, and a formula is never run. Rows are numbered as a spreadsheet
shows them (the header is row 1).
"""

import contextlib
import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import TypeVar

from privacy.errors import DataError
from privacy.tables.cells import LONGEST_CELL
from privacy.tables.columns import find_column
from privacy.tables.dialect import WHOLE_LINE, Dialect, find_dialect, first_rows
from privacy.tables.header import Header, find_header
from privacy.tables.lines import MAX_BYTES, Progress, TextFile, open_text, size_text
from privacy.tables.words import at_rows, counted

T = TypeVar("T")
S = TypeVar("S")

MAX_ROWS = 200_000
"""Of a file with more rows, this many are sampled."""

MAX_COLUMNS = 25_000

_HEAD = 1 << 18
_LARGE = 4 << 20
_MOST_FAULTS = 1_000
_NO_HEADER = "the first row looks like data, so the columns have numbers for names"


@dataclass
class Faults:
    """Rows that were read in spite of a fault, in the pass over a file that was begun last."""

    short: list[int] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)

    def notes(self) -> tuple[str, ...]:
        """What to say of them."""
        found = []
        if self.short:
            has = "has" if len(self.short) == 1 else "have"
            found.append(
                f"{counted(len(self.short), 'row')} {has} fewer cells than the header has, those left out being empty: "
                f"{at_rows(self.short)}."
            )
        if self.stray:
            has = "has" if len(self.stray) == 1 else "have"
            found.append(
                f"{counted(len(self.stray), 'row')} {has} a quote inside a quoted cell, read as it stands: "
                f"{at_rows(self.stray)}."
            )
        return tuple(found)


@dataclass(frozen=True)
class Sheet:
    """A CSV whose header is read and whose rows are not: `columns` in file order, each name once."""

    file: TextFile
    dialect: Dialect
    header: Header
    faults: Faults = field(default_factory=Faults, compare=False)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.file.path.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.header.columns

    @property
    def delimiter(self) -> str:
        """What parts the cells."""
        return self.dialect.delimiter

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file was read; of rows with a fault, once they were read."""
        plain = self.delimiter in (",", WHOLE_LINE)
        parted = () if plain else (f"Columns are separated by {self.dialect.word}.",)
        escaped = ("Quotes in cells are written with a backslash.",) if self.dialect.escaped else ()
        return (*self.file.notes, *parted, *escaped, *self.header.notes, *self.faults.notes())

    def find(self, text: str) -> str:
        """The name of the column that a person means by its name, its number, or a beginning; DataError if none."""
        return find_column(self.columns, text, where=self.name, reason=_NO_HEADER if self.header.absent else "")

    def records(self, progress: Progress | None = None) -> Iterator[tuple[int, list[str]]]:
        """Every row with its number, at the header's width; left-out last cells are empty.

        DataError names the rows that do not parse or have cells too many; all that come after the first are looked for.
        """
        self.faults.short.clear()
        self.faults.stray.clear()
        lines = _Lines(self.file.lines(progress))
        reader = self.dialect.reader(islice(lines, self.dialect.skipped, None))
        width = len(self.columns)
        number = self.dialect.skipped
        while number < self.header.rows:
            with contextlib.suppress(csv.Error):  # a title need not parse
                next(reader)
            number += 1
        bad = _Bad(self.name, width, self.dialect)
        while True:
            try:
                for cells in reader:
                    number += 1
                    if len(cells) == width:
                        if not bad:
                            yield number, cells
                    elif cells:  # a blank line is no row, but a spreadsheet counts it
                        fitted = self._fitted(cells, width, number)
                        if fitted is None:
                            bad.long.append(number)
                        elif fitted and not bad:
                            yield number, fitted
                break
            except csv.Error as error:
                number += 1
                again = self._read_as_it_stands(lines.last, width) if "expected after" in str(error) else None
                if again is None:
                    bad.add(error, number)
                    if bad.ended:
                        break
                elif not bad:
                    self.faults.stray.append(number)
                    yield number, again
        if bad:
            raise bad.sentence()

    def _fitted(self, cells: list[str], width: int, number: int) -> list[str] | None:
        """A row at the header's width; None where it has cells too many.

        Empty for a line of spaces alone, and for the sign that ends an old file.
        """
        if len(cells) > width:
            return None if any(cell.strip() for cell in cells[width:]) else cells[:width]
        if cells in ([""], ["\x1a"]):
            return []
        self.faults.short.append(number)
        return [*cells, *[""] * (width - len(cells))]

    def _read_as_it_stands(self, line: str, width: int) -> list[str] | None:
        """A line whose quotes do not pair, if it still has one cell for each column."""
        try:
            rows = list(self.dialect.reader([line], strict=False))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 and len(rows[0]) == width else None


class _Lines:
    """Lines, and the one that was read last."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.last = lines, ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.last = line
            yield line


class _Bad:
    """The rows of a file that cannot be read, for one sentence."""

    def __init__(self, name: str, width: int, dialect: Dialect) -> None:
        self.name, self.width, self.dialect = name, width, dialect
        self.long: list[int] = []
        self.quotes: list[int] = []
        self.ended = ""
        self._end = 0

    def __bool__(self) -> bool:
        return bool(self.long or self.quotes or self.ended)

    def add(self, error: csv.Error, number: int) -> None:
        """Keep the row that Python's CSV reader could not read."""
        text = str(error)
        if "field larger" in text:
            self.ended, self._end = f"a cell is longer than {size_text(LONGEST_CELL)}", number
        elif "unexpected end" in text:
            self.ended, self._end = "the file ends inside a quoted cell", number
        else:
            self.quotes.append(number)

    def sentence(self) -> DataError:
        """What is wrong, where, and what to do."""
        if self.ended:
            where = f"{self.name}, row {self._end}"
            return DataError(
                f"{self.ended}: a quote is never closed, or the file is cut short", where=where,
                then="close the quote that opens in that row, or export the file again",
            )  # fmt: skip
        parts, places = [], sorted({*self.long, *self.quotes})
        if self.long:
            has = "has" if len(self.long) == 1 else "have"
            parts.append(f"{counted(len(self.long), 'row')} {has} more cells than the header's {self.width:,}")
        if self.quotes:
            has = "has" if len(self.quotes) == 1 else "have"
            parts.append(f"{counted(len(self.quotes), 'row')} {has} quotes that do not pair")
        sign = self.dialect.word
        then = f"put quotes around each cell that holds {sign}, and write a quote in a cell twice"
        return DataError(" and ".join(parts), where=f"{self.name}, {at_rows(places)}", then=then)


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
    path = Path(path)
    try:
        about = path.stat()
        large = about.st_size > _LARGE
    except (OSError, ValueError):
        large = False  # looking it through says what is wrong
    if not large:
        return _looked_at(path, max_bytes)
    # A page asks for the same large file again and again.
    known = _looked_at_once(path, max_bytes, about.st_size, about.st_mtime_ns, about.st_ino)
    return replace(known, faults=Faults())


@lru_cache(maxsize=8)
def _looked_at_once(path: Path, max_bytes: int, size: int, changed: int, inode: int) -> Sheet:
    return _looked_at(path, max_bytes)


def _looked_at(path: Path, max_bytes: int) -> Sheet:
    file = open_text(path, max_bytes=max_bytes)
    text, whole = file.head(_HEAD)
    dialect = find_dialect(text, whole=whole)
    header = find_header(first_rows(text, dialect, whole=whole))
    name = file.path.name
    if header is None:
        raise DataError("the file has no row with a value", where=name, then="begin it with a row of column names")
    if len(header.columns) > MAX_COLUMNS:
        what = f"the file has {len(header.columns):,} columns"
        raise DataError(what, where=name, then=f"{MAX_COLUMNS:,} are the most")
    sheet = Sheet(file, dialect, header)
    if header.width > len(header.columns) and (reach := _reach(sheet)) > len(header.columns):
        sheet = replace(sheet, header=header.to(reach))
    return _with_backslashes(sheet, text, whole=whole) if file.escaped else sheet


def _reach(sheet: Sheet) -> int:
    """The last column that holds a value, of those that the header leaves without a name at its end."""
    width, reach = sheet.header.width, len(sheet.columns)
    with contextlib.suppress(csv.Error, DataError):
        for cells in sheet.dialect.reader(sheet.file.lines(), strict=False):
            while len(cells) > reach and len(cells) <= width and any(cell.strip() for cell in cells[reach:]):
                reach += 1
    return reach


def _with_backslashes(sheet: Sheet, text: str, *, whole: bool) -> Sheet:
    """The same sheet, read with backslashes before quotes if it parses better so."""
    plain = re.sub(r"\\[\"',;|\t]", "", text)
    dialect = replace(find_dialect(plain, whole=whole), escaped=True)
    header = find_header(first_rows(text, dialect, whole=whole))
    if header is None:
        return sheet
    other = Sheet(sheet.file, dialect, header)
    return other if _faults(other) < _faults(sheet) else sheet


def _faults(sheet: Sheet) -> tuple[bool, int]:
    """Whether a sheet cannot be read, and how many rows have a fault."""
    refused = False
    try:
        for _ in sheet.records():
            pass
    except DataError:
        refused = True
    count = len(sheet.faults.short) + len(sheet.faults.stray)
    sheet.faults.short.clear()
    sheet.faults.stray.clear()
    return refused, count


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
    places = [sheet.columns.index(sheet.find(name)) for name in wanted]
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


def _no_rows(name: str) -> DataError:
    return DataError("the file has a header and no rows", where=name, then="choose one with rows")
