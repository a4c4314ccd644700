"""Read the rows of a CSV of the TikTok-profile schema, or say in one sentence why it is not one.

Every cell is text until here, so a 19-digit id stays whole; a row is kept small, for there may be many.
"""

import difflib
import math
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from privacy.plugin import DataError
from privacy.plugin.tables import MAX_ROWS, Progress, Sheet, named, open_sheet, reservoir, sampling_note
from workloads.fyp.data.schema import (
    COLUMNS,
    COUNT_COLUMNS,
    LONGEST_TEXT,
    MISSING,
    NUMERIC_COLUMNS,
    REQUIRED_COLUMNS,
)

_TEXTS = ("nickname", "biography", "account_id")
_KEPT = frozenset((*REQUIRED_COLUMNS, *NUMERIC_COLUMNS, "id", "is_verified"))
_EXPORT = "choose a CSV file with the columns of the TikTok-profile schema"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_LARGEST = 1e15
_FEW_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Row:
    """What is used of a row, and the number that a spreadsheet shows for it (the header is 1).

    A text that is missing is empty. `counts` holds the numbers of `COUNT_COLUMNS`, NaN where one is missing, and `cut`
    how many texts were longer than what is used.
    """

    number: int
    id: str
    account_id: str
    nickname: str
    biography: str
    verified: bool
    counts: "array[float]"
    cut: int


def read_rows(
    path: Path, items: int | None, *, seed: int = 0, max_rows: int = MAX_ROWS, progress: Progress | None = None
) -> tuple[list[Row], list[str]]:
    """Return the file's rows, or its first `items`, or a sample of a file of more than `max_rows`, with notes.

    DataError for anything that is not such a file.
    """
    sheet = open_sheet(path)
    read = _reading(sheet)
    records = sheet.records(progress)
    notes = []
    if items is not None and items <= max_rows:
        kept = [read(*record) for record in islice(records, items)]
    else:
        sampled, total = reservoir(records, limit=max_rows, seed=seed, keep=lambda record: read(*record))
        kept = sorted(sampled, key=lambda row: row.number)
        notes = [note] if (note := sampling_note(total, max_rows, seed)) else []
    if not kept:
        raise DataError("the file has a header and no rows", where=sheet.name, then="choose one with profiles")
    return kept, [*notes, *sheet.notes]


def _reading(sheet: Sheet) -> Callable[[int, list[str]], Row]:
    """What makes a row of the cells of this file."""
    place = _places(sheet)
    numeric = [(column, place[column]) for column in NUMERIC_COLUMNS if column in place]
    texts = [place[column] for column in _TEXTS]
    verified, ident = place.get("is_verified"), place.get("id")
    comma, name = sheet.delimiter == ";", sheet.name

    def read(number: int, cells: list[str]) -> Row:
        values = [
            # Most are a few plain digits, and need no closer look.
            float(cell)
            if (cell := cells[at]).isdecimal() and cell.isascii() and len(cell) < _FEW_DIGITS
            else _number(cell, column, number, name, comma=comma)
            for column, at in numeric
        ]
        return Row(
            number=number,
            id=_text(cells[ident]) if ident is not None else "",
            account_id=_text(cells[place["account_id"]]),
            nickname=_text(cells[place["nickname"]]),
            biography=_text(cells[place["biography"]]),
            verified=verified is not None and _text(cells[verified]).lower() == "true",
            counts=array("d", values[: len(COUNT_COLUMNS)]),
            cut=sum(len(cells[at]) > LONGEST_TEXT for at in texts),
        )

    return read


def _text(cell: str) -> str:
    """The cell's text, empty where it is missing; line ends are those of the file's author, so one kind."""
    value = (cell if len(cell) <= LONGEST_TEXT else cell[: LONGEST_TEXT + 1]).strip()
    if "\r" in value:
        value = value.replace("\r\n", "\n")
    return "" if value == MISSING else value[:LONGEST_TEXT]


def _number(cell: str, column: str, row: int, name: str, *, comma: bool) -> float:
    text = _text(cell)
    if not text:
        return math.nan
    if comma and _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if _NUMBER.fullmatch(text):
        value = float(text)
        if 0 <= value <= _LARGEST:
            return value
        problem = "is negative" if value < 0 else "is too large"
    elif text.lstrip("+-").lower() in {"nan", "inf", "infinity"}:
        problem = f"is {text}, not a finite number"
    else:
        problem = "is not a number"
    raise DataError(
        f"a value of {column} {problem}",
        where=f"{name}, column {column}, row {row}",
        then=f"correct it, or write {MISSING} if it is missing",
    )


def _places(sheet: Sheet) -> dict[str, int]:
    """The place of each column that is used."""
    names = list(sheet.columns)
    if len(names) == 1:
        raise DataError("the file has a single column", where=sheet.name, then=_EXPORT)
    if sheet.header.absent:
        what = "the file has no row of column names: its first row looks like data"
        raise DataError(what, where=sheet.name, then="begin it with the names of the TikTok-profile schema")
    for column in REQUIRED_COLUMNS:
        if column not in names:
            raise _missing_column(column, names, sheet.name)
    return {column: names.index(column) for column in names if column in _KEPT}


def _missing_column(column: str, names: list[str], where: str) -> DataError:
    twice = [name for name in names if name.startswith(f"{column} (column ")]
    if twice:
        return DataError(f"the column {column} occurs twice", where=where, then=f"rename one of {named(twice)}")
    spare = [name for name in names if name not in COLUMNS]
    lowered = {name.lower(): name for name in spare}
    near = difflib.get_close_matches(column, lowered, n=1, cutoff=0.75)
    then = f"is it the one named {lowered[near[0]][:40]!r}? Rename that" if near else "add it to the header"
    return DataError(f"the column {column} is missing", where=where, then=then)
