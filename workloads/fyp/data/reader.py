"""Read the rows of a CSV file, or say in one sentence why it is not one.

Python's own reader is used: it keeps every cell as text, so a 19-digit id stays whole, and knows its row.
"""

import csv
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from privacy.plugin import DataError
from privacy.plugin.tables import MAX_ROWS, Progress, broken, fit, open_text, reservoir, sampling_note
from workloads.fyp.data.schema import COLUMNS, LONGEST_TEXT, NUMERIC_COLUMNS, REQUIRED_COLUMNS

_KEPT = frozenset((*REQUIRED_COLUMNS, *NUMERIC_COLUMNS, "id", "is_verified"))
_EXPORT = "choose a CSV file, comma-separated and in UTF-8, with the columns of the TikTok-profile schema"


@dataclass(frozen=True)
class Row:
    """The cells that are used, by column, and the row number that a spreadsheet shows (the header is 1).

    A cell is cut just past the longest text that is used.
    """

    number: int
    cells: dict[str, str]


def read_rows(
    path: Path, items: int | None, *, seed: int = 0, max_rows: int = MAX_ROWS, progress: Progress | None = None
) -> tuple[list[Row], str]:
    """Return the file's rows, or its first `items`, or a sample of a file of more than `max_rows`, with a note.

    DataError for anything that is not such a file.
    """
    _check_kind(path)
    file = open_text(path)
    if file.encoding != "utf-8-sig":
        where = f"{path.name}, line {file.odd_line}"
        raise DataError("the file is not UTF-8 text", where=where, then="save it again as CSV in UTF-8")
    rows = _rows(file.lines(progress), path, items)
    if items is not None and items <= max_rows:
        return list(rows), ""
    kept, total = reservoir(rows, limit=max_rows, seed=seed, keep=lambda row: row)
    return sorted(kept, key=lambda row: row.number), sampling_note(total, max_rows, seed)


def _check_kind(path: Path) -> None:
    """Refuse what is visibly no CSV before parsing it."""
    where = path.name
    try:
        if path.is_dir():
            raise DataError("the path is a directory, not a file", where=str(path), then="name a CSV file")
        with open(path, "rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise DataError("there is no such file", where=str(path), then="check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise DataError(f"the file cannot be opened: {reason}", where=where, then="check the path") from None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("the file is UTF-16, not UTF-8", where=where, then="save it again as CSV in UTF-8")
    if b"\0" in head:
        raise DataError("the file is binary, not a CSV", where=where, then=_EXPORT)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise DataError("the file is empty", where=where, then=_EXPORT)
    if re.match(rb'\{|\[\s*[\[{"\]]', start):
        raise DataError("the file looks like JSON, not a CSV", where=where, then=_EXPORT)
    if start[:1] == b"<":
        raise DataError("the file looks like a web page or XML, not a CSV", where=where, then=_EXPORT)


def _rows(lines: Iterator[str], path: Path, items: int | None) -> Iterator[Row]:
    reader = csv.reader(lines, strict=True)
    number = 0
    found = 0
    kept: dict[str, int] = {}
    width = 0
    try:
        for cells in reader:
            number += 1
            if not cells:  # a blank line is no row, but a spreadsheet counts it
                continue
            if not kept:
                kept, width = _header(cells, path), len(cells)
                continue
            if len(cells) != width:
                cells = fit(cells, width, path.name, number)
            yield Row(number, {column: cells[place][: LONGEST_TEXT + 1] for column, place in kept.items()})
            found += 1
            if found == items:
                return
    except csv.Error as error:
        raise broken(error, path.name, number + 1) from None
    if not found:
        raise DataError("the file has a header and no rows", where=path.name, then="choose one with profiles")


def _header(cells: list[str], path: Path) -> dict[str, int]:
    """Return the place of each column that is used."""
    names = [cell.strip() for cell in cells]
    if len(names) == 1:
        hint = ""
        for mark, word in ((";", "semicolons"), ("\t", "tabs")):
            if mark in names[0]:
                hint = f" and seems to use {word}, not commas"
        raise DataError(f"the file has a single column{hint}", where=path.name, then=_EXPORT)
    for column in REQUIRED_COLUMNS:
        if column not in names:
            raise _missing_column(column, names, path)
    twice = sorted(column for column in _KEPT if names.count(column) > 1)
    if twice:
        raise DataError(f"the column {twice[0]} occurs twice", where=path.name, then="remove one of the two")
    return {column: names.index(column) for column in names if column in _KEPT}


def _missing_column(column: str, names: list[str], path: Path) -> DataError:
    spare = [name for name in names if name not in COLUMNS]
    lowered = {name.lower(): name for name in spare}
    near = difflib.get_close_matches(column, lowered, n=1, cutoff=0.75)
    then = f"is it the one named {lowered[near[0]][:40]!r}? Rename that" if near else "add it to the header"
    return DataError(f"the column {column} is missing", where=path.name, then=then)
