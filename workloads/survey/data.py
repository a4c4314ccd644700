"""The cells of a survey: one column of a CSV, one cell for each simulated device.

Two columns are derived on the shipped profiles, on each device from its own row: `topic` is the first hashtag of the
biography, `hashtag` the last.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from privacy.plugin import DataError, RunRequest
from privacy.plugin.tables import SHIPPED, is_missing, is_number, named, one_line, open_sheet, read_rows
from workloads.survey.options import HEAVY, HISTOGRAM, MEAN, SurveyOptions

DERIVED = {"topic": 0, "hashtag": -1}
_SOURCE = "biography"
_USUAL = {HISTOGRAM: "topic", MEAN: "videos_count", HEAVY: "hashtag"}
_LONGEST, _LONGEST_SOURCE = 200, 2_000
_TAG = re.compile(r"#\w+")
MOST_ROWS = 200_000
MOST_VALUES = 4_096


@dataclass(frozen=True, repr=False)
class Cells:
    """What the devices hold: `cells` of those that hold any, in the order of the file; private, with no readable form.

    `known` are the values of the whole column, most common first: what an asker is taken to know where the options do
    not say it. `strays` are the rows whose cells are no numbers.
    """

    column: str
    cells: tuple[str, ...]
    missing: int
    strays: tuple[int, ...]
    known: tuple[str, ...]
    generated: bool
    data_hash: str
    notes: tuple[str, ...]
    name: str

    @property
    def numeric(self) -> bool:
        """Whether every cell of the column that holds a value holds a number."""
        return not self.strays

    def __repr__(self) -> str:
        return f"<Cells of {len(self.cells)} devices>"


def column_of(request: RunRequest, options: SurveyOptions) -> str:
    """The column that is asked about; DataError where it must be named."""
    if options.column:
        return options.column
    if request.data is None:
        return _USUAL[options.question]
    columns = open_sheet(request.data).columns
    raise DataError("a survey is about one column", where=Path(request.data).name, then=f"name one of {named(columns)}")


@lru_cache(maxsize=32)
def _hash(path: str, size: int, modified: int) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def columns(request: RunRequest) -> list[str]:
    """What a survey of this data may be about: its columns, with those derived of the shipped data first."""
    found = open_sheet(request.data or SHIPPED).columns
    derived = [] if request.data else list(DERIVED)
    return [*derived, *(name for name in found if name and found.count(name) == 1)]


def hash_of(request: RunRequest) -> str:
    """A fingerprint of the file's bytes: the devices' owners are the same whichever column is asked about."""
    path = Path(request.data) if request.data else SHIPPED
    open_sheet(path)
    status = path.stat()
    return _hash(str(path), status.st_size, status.st_mtime_ns)


def open_cells(request: RunRequest, options: SurveyOptions) -> Cells:
    """Read the column and hand out its cells. DataError says what is wrong with the file or the column."""
    path = Path(request.data) if request.data else SHIPPED
    column = column_of(request, options)
    source, tag = _source(column, generated=request.data is None)
    sheet = open_sheet(path)
    _check_column(source, sheet.columns, path.name)
    rows = read_rows(
        sheet, [source], items=options.items or None, max_rows=MOST_ROWS, cell_length=_LONGEST_SOURCE, seed=request.seed
    )
    found = [(_cell(row[0], tag), place) for row, place in zip(rows.cells, rows.numbers, strict=True)]
    present = [(cell, place) for cell, place in found if not is_missing(cell)]
    kept = present[: options.devices]
    if len(kept) < 2:
        text = f"the column {one_line(column, most=40)} holds {'one value' if kept else 'no value'}"
        raise DataError(text, where=path.name, then="choose a column with at least two")
    missing = sum(place <= kept[-1][1] for _, place in found) - len(kept)
    comma = sheet.delimiter == ";"
    strays = [place for cell, place in present if not is_number(cell, decimal_comma=comma)]
    cells = [cell.replace(",", ".") if comma and not strays else cell for cell, _ in present]
    return Cells(
        column=column,
        cells=tuple(cells[: options.devices]),
        missing=missing,
        strays=tuple(strays),
        known=_ranked(cells),
        generated=request.data is None,
        data_hash=hash_of(request),
        notes=(*sheet.notes, *rows.notes, *_notes(missing, len(kept), options)),
        name=path.name,
    )


def _notes(missing: int, kept: int, options: SurveyOptions) -> list[str]:
    notes = []
    if missing:
        held = "1 cell holds" if missing == 1 else f"{missing:,} cells hold"
        notes.append(f"{held} no value: a device without a value is not in the survey.")
    if kept < options.devices:
        notes.append(f"{options.devices:,} devices were asked for and {kept:,} rows hold a value.")
    return notes


def _cell(text: str, tag: int | None) -> str:
    return one_line(text.strip(), most=_LONGEST) if tag is None else _tagged(text, tag)


def _source(column: str, *, generated: bool) -> tuple[str, int | None]:
    return (_SOURCE, DERIVED[column]) if generated and column in DERIVED else (column, None)


def _check_column(column: str, columns: tuple[str, ...], name: str) -> None:
    if column not in columns:
        text = f"there is no column {one_line(column, most=40)!r}"
        raise DataError(text, where=name, then=f"name one of {named(columns)}")
    if columns.count(column) > 1:
        raise DataError(f"the column {column} occurs twice", where=name, then="rename one of the two")


def _tagged(cell: str, place: int) -> str:
    tags = _TAG.findall(cell)
    return tags[place].lower() if tags else ""


def _ranked(cells: list[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for cell in cells:
        counts[cell] = counts.get(cell, 0) + 1
    return tuple(sorted(counts, key=lambda cell: (-counts[cell], cell))[:MOST_VALUES])


def span_of(cells: tuple[str, ...]) -> tuple[float, float]:
    """A round range around most of the numbers: from their 5th to their 95th percentile."""
    import numpy as np

    low, high = np.percentile([float(c) for c in cells], [5, 95])
    if low == high:
        return float(low) - 0.5, float(high) + 0.5
    step = 10.0 ** np.floor(np.log10(high - low))
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)
