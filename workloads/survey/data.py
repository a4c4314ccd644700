"""The cells of a survey: one column of a CSV, whose rows lie on simulated devices.

Two columns are derived on the shipped profiles, on each device from its own row: `topic` is the first hashtag of the
biography, `hashtag` the last.
"""

import hashlib
import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from privacy.plugin import DataError, RunRequest, Tell
from privacy.plugin.running import Floats, Ints
from privacy.plugin.tables import SHIPPED, is_missing, named, one_line, open_sheet, read_sample
from workloads.survey.kinds import NUMERIC, Typed, cut, typed, whole
from workloads.survey.numbers import mark_of
from workloads.survey.options import HEAVY, HISTOGRAM, MEAN, NUMBER, SurveyOptions

DERIVED = {"topic": 0, "hashtag": -1}
_SOURCE = "biography"
_USUAL = {HISTOGRAM: "topic", MEAN: "videos_count", HEAVY: "hashtag"}
_LONGEST = 200
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_TAG = re.compile(r"#\w+")
MOST_VALUES = 4_096


@dataclass(frozen=True, repr=False)
class Tally:
    """How many rows hold each form: `forms` are distinct, `counts` int64 (len(forms),)."""

    forms: tuple[str, ...]
    counts: Ints

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @cached_property
    def numbers(self) -> Floats:
        """The forms as numbers, float64."""
        return np.array([float(f) for f in self.forms], dtype=np.float64)

    def ranked(self, *, most: int = MOST_VALUES) -> list[str]:
        """The forms, most common first; of equally common ones the first by its letters."""
        order = sorted(range(len(self.forms)), key=lambda i: (-int(self.counts[i]), self.forms[i]))
        return [self.forms[i] for i in order[:most] if self.counts[i]]


@dataclass(frozen=True, repr=False)
class Column:
    """A column as it was read: its distinct texts, which of them each row holds, and whose row it is. Private.

    `codes`, `numbers` (of rows, as a spreadsheet shows them) and `people` are int32 (rows,); `people` is -1 for a row
    of nobody.
    """

    column: str
    texts: tuple[str, ...]
    codes: Ints
    numbers: Ints
    people: Ints | None
    delimiter: str
    notes: tuple[str, ...]
    name: str


@dataclass(frozen=True, repr=False)
class Cells:
    """What the devices hold. Private, with no readable form.

    `whole` tallies every row of the file that holds a value; `devices` are the drawn ones, each with the places in
    `whole.forms` of the rows that it holds; `population` is how many devices the file has in all. `over` rows are left
    out as their person has more than count.
    """

    column: str
    typed: Typed
    whole: Tally
    devices: tuple[tuple[int, ...], ...]
    population: int
    missing: int
    over: int
    persons: bool
    generated: bool
    data_hash: str
    notes: tuple[str, ...]
    name: str
    strays: Callable[[], str] = field(default=lambda: "", compare=False)

    @property
    def kind(self) -> str:
        return self.typed.kind

    @property
    def numeric(self) -> bool:
        """Whether every cell of the column that holds a value holds a number."""
        return self.kind in NUMERIC

    def tally(self, devices: Sequence[int]) -> Tally:
        """The rows that some of the drawn devices hold."""
        codes = np.array([c for d in devices for c in self.devices[d]], dtype=np.int64)
        return Tally(self.whole.forms, np.bincount(codes, minlength=len(self.whole.forms)).astype(np.int64))

    def __repr__(self) -> str:
        return f"<Cells of {len(self.devices)} devices>"


def column_of(request: RunRequest, options: SurveyOptions) -> str:
    """The column of the question; DataError where it must be named."""
    if options.column:
        return options.column
    if request.data is None:
        return _USUAL[options.question]
    columns = open_sheet(request.data).columns
    raise DataError("a survey needs one column", where=Path(request.data).name, then=f"name one of {named(columns)}")


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
    """A fingerprint of the file's bytes: the devices' owners are the same whichever column the question is about."""
    path = Path(request.data) if request.data else SHIPPED
    open_sheet(path)
    status = path.stat()
    return _hash(str(path), status.st_size, status.st_mtime_ns)


def open_cells(request: RunRequest, options: SurveyOptions, *, most: int = 100_000, tell: Tell | None = None) -> Cells:
    """Read the column, find what it is, and draw the devices, `most` of them where the options do not say how many.

    DataError says what is wrong with the file or the column.
    """
    path = Path(request.data) if request.data else SHIPPED
    name = column_of(request, options)
    status = path.stat() if path.exists() else None
    stamp = (status.st_size, status.st_mtime_ns) if status else (0, 0)
    column = _read(str(path), stamp, name, options.person, options.items, request.data is None, _Quiet(tell))
    key = (str(path), stamp, name, request.seed, request.data is None, most, options)
    if key not in _kept:
        declared = cut(options.values) if options.values else []
        found = _cells(column, path, column.column, declared, request, options, most)
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return _kept[key]


_MOST_KEPT = 2
_kept: dict[object, "Cells"] = {}
"""The last columns that were typed and drawn: a page wants its own again at each redraw."""


class _Quiet:
    """Progress of a reading that may be remembered: all such are one to the memory."""

    def __init__(self, tell: Tell | None) -> None:
        self.tell = tell

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Quiet)


@lru_cache(maxsize=2)
def _read(
    path: str, stamp: tuple[int, int], name: str, person: str, items: int, shipped: bool, progress: _Quiet
) -> Column:
    """The column, in one pass; kept for a while, as a comparison reads the same one under every stack."""
    source, tag = _source(name, generated=shipped)
    sheet = open_sheet(path)
    source = sheet.find(source)
    place, owner = sheet.columns.index(source), sheet.columns.index(sheet.find(person)) if person else -1
    index: dict[str, int] = {}
    owners: dict[str, int] = {}
    codes, numbers, people = array("i"), array("i"), array("i")
    for number, cells in islice(sheet.records(progress.tell), items or None):
        # Line ends in a cell part answers; nothing else of one line would.
        text = _BREAKS.sub("; ", cells[place].strip()) if tag is None else _tagged(cells[place], tag)
        codes.append(index.setdefault(text[:_LONGEST], len(index)))
        numbers.append(number)
        if person:
            who = cells[owner].strip()
            people.append(owners.setdefault(who, len(owners)) if who and not is_missing(who) else -1)
    if not codes:
        raise DataError("the file has a header and no rows", where=sheet.name, then="choose one with rows")
    return Column(
        name if tag is not None else source, tuple(index), np.frombuffer(codes, dtype=np.int32),
        np.frombuffer(numbers, dtype=np.int32), np.frombuffer(people, dtype=np.int32) if person else None,
        sheet.delimiter, tuple(sheet.notes), sheet.name,
    )  # fmt: skip


def _cells(
    column: Column, path: Path, name: str, declared: list[str], request: RunRequest, options: SurveyOptions, most: int
) -> Cells:
    texts = [_line(t) for t in column.texts]
    counts = np.bincount(column.codes, minlength=len(texts))
    absent = _absent(texts, declared, options.missing)
    present = [i for i in range(len(texts)) if not absent[i]]
    found = typed(
        [texts[i] for i in present], [int(counts[i]) for i in present], kind=options.kind, declared=declared,
        decimal=options.decimal, elsewhere=lambda: _elsewhere(str(path), name), delimiter=column.delimiter,
    )  # fmt: skip
    gone = _numbers_of(options.missing) if found.kind in NUMERIC else set()
    stray = np.zeros(len(texts), dtype=bool)
    stray[[i for i, form in zip(present, found.forms, strict=True) if form is None]] = True
    if stray.any():
        raise _strays(column, stray, found.kind, name)
    forms, merged = _merged([f for f in found.forms if f is not None], numeric=found.kind in NUMERIC)
    form_of = np.full(len(texts), -1, dtype=np.int64)
    form_of[present] = merged
    for place in [i for i, form in enumerate(forms) if form in gone] if gone else ():
        form_of[form_of == place] = -1
    held = form_of[column.codes]
    rows = np.flatnonzero(held >= 0)
    if len(rows) < 2:
        text = f"the column {one_line(name, most=40)} holds {'one value' if len(rows) else 'no value'}"
        raise DataError(text, where=column.name, then="choose a column with at least two")
    everything = Tally(forms, np.bincount(held[rows], minlength=len(forms)).astype(np.int64))
    units, over, nobody = _units(column, held, rows, options, seed=request.seed)
    wanted = min(len(units), options.devices or most)
    drawn = units
    if wanted < len(units):
        drawn = [units[i] for i in sorted(Random(f"devices {request.seed}").sample(range(len(units)), wanted))]
    devices = tuple(tuple(int(c) for c in held[u]) for u in drawn)
    missing = int(len(held) - len(rows))
    words = int(sum(counts[i] for i, t in enumerate(texts) if absent[i] and t and is_missing(t)))
    notes = _notes(missing, words, wanted, len(units), request.seed, options, over=over, nobody=nobody)
    return Cells(
        column=name, typed=replace(found, forms=()),
        whole=everything, devices=devices, population=len(units), missing=missing, over=over,
        persons=bool(options.person), generated=request.data is None, data_hash=hash_of(request),
        notes=(*column.notes, *found.notes, *notes), name=column.name,
        strays=lambda: _no_numbers(column, texts, present, options, path, name),
    )  # fmt: skip


def _merged(forms: list[str], *, numeric: bool) -> tuple[tuple[str, ...], Ints]:
    """The distinct forms, and the place of each among them, int64. By number: millions in a dict take much memory."""
    if not numeric:
        places: dict[str, int] = {}
        codes = [places.setdefault(form, len(places)) for form in forms]
        return tuple(places), np.array(codes, dtype=np.int64)
    numbers = np.fromiter((float(f) for f in forms), dtype=np.float64, count=len(forms))
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    return tuple(forms[i] for i in first), np.asarray(inverse, dtype=np.int64)


def _line(text: str) -> str:
    """A text on one line; the same object where it is one already, as there may be millions."""
    plain = text.isascii() and text.isprintable() and "  " not in text and len(text) <= _LONGEST
    return text if plain else one_line(text, most=_LONGEST)


def _absent(texts: list[str], declared: list[str], missing: str) -> list[bool]:
    """Which texts hold no answer. A declared answer is one, whatever else it may mean."""
    answers, words = set(declared), {w.casefold() for w in _words(missing)}
    return [t not in answers and (is_missing(t) or t.casefold() in words) for t in texts]


def _words(missing: str) -> list[str]:
    """What stands for no answer, parted by |, or by commas where there is none."""
    return [w.strip() for w in missing.split("|" if "|" in missing else ",") if w.strip()]


def _numbers_of(missing: str) -> set[str]:
    """The forms of the numbers that stand for no answer."""
    found = set()
    for word in _words(missing):
        try:
            found.add(whole(float(word)))
        except (ValueError, OverflowError):
            continue
    return found


def _strays(column: Column, stray: "np.ndarray[tuple[int], np.dtype[np.bool_]]", kind: str, name: str) -> DataError:
    rows = column.numbers[stray[column.codes]]
    cells = "1 cell" if len(rows) == 1 else f"{len(rows):,} cells"
    text = f"{cells} of the column {one_line(name, most=40)} cannot be read as {kind}"
    then = "correct them, say what stands for missing, or choose another kind"
    return DataError(text, where=f"{column.name}, row {rows[0]} first", then=then)


def _no_numbers(
    column: Column, texts: list[str], present: list[int], options: SurveyOptions, path: Path, name: str
) -> str:
    """How many cells are not numbers and where the first is, for a question that needs numbers."""
    found = typed(
        [texts[i] for i in present], [1] * len(present), kind=NUMBER, declared=(), decimal=options.decimal,
        elsewhere=lambda: _elsewhere(str(path), name), delimiter=column.delimiter,
    )  # fmt: skip
    stray = np.zeros(len(texts), dtype=bool)
    for i, form in zip(present, found.forms, strict=True):
        stray[i] = form is None
    rows = column.numbers[stray[column.codes]]
    if not len(rows):
        return ""
    cells = "1 cell" if len(rows) == 1 else f"{len(rows):,} cells"
    return f"{cells}, row {rows[0]} first"


@lru_cache(maxsize=8)
def _elsewhere(path: str, name: str) -> str:
    """The mark before decimals that other columns of the file prove, on its first rows."""
    sample = read_sample(path)
    others = [
        [c.strip() for c in (row[i] for row in sample.rows) if not is_missing(c)]
        for i, column in enumerate(sample.columns)
        if column != name
    ]
    return mark_of([c for c in others if c])


def _units(
    column: Column, held: Ints, rows: Ints, options: SurveyOptions, *, seed: int
) -> tuple[Sequence[Ints], int, int]:
    """The rows of each device, how many rows are too many of a person, and how many are nobody's."""
    if column.people is None:
        return _Alone(rows), 0, 0
    people = column.people[rows]
    owned = people >= 0
    nobody = int((~owned).sum())
    if not owned.any():
        raise DataError(
            f"no row with a value says whose it is in the column {options.person}", where=column.name,
            then="name another column, or none",
        )  # fmt: skip
    rows, people = rows[owned], people[owned]
    order = np.argsort(people, kind="stable")
    groups = np.split(rows[order], np.flatnonzero(np.diff(people[order])) + 1)
    random, over, kept = Random(f"rows {seed}"), 0, []
    for group in groups:
        if len(group) > options.rows_each:
            over += len(group) - options.rows_each
            group = group[sorted(random.sample(range(len(group)), options.rows_each))]
        kept.append(group)
    return kept, over, nobody


class _Alone(Sequence["Ints"]):
    """Rows that are a device each."""

    def __init__(self, rows: Ints) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> Ints:  # type: ignore[override]
        return self._rows[place : place + 1] if place < len(self._rows) else self._end()

    def _end(self) -> Ints:
        raise IndexError


def _notes(
    missing: int, words: int, drawn: int, population: int, seed: int, options: SurveyOptions, *, over: int, nobody: int
) -> list[str]:
    notes = []
    who = "persons" if options.person else "rows that hold a value"
    if drawn < population:
        notes.append(f"{drawn:,} of {population:,} {who} are in the survey, drawn with seed {seed}.")
    else:
        notes.append(f"All {population:,} {who} are in the survey.")
    if options.devices > population:
        notes.append(f"{options.devices:,} devices were wanted and there are {population:,}.")
    if missing:
        held = "1 cell holds" if missing == 1 else f"{missing:,} cells hold"
        text = f"{held} no value. A device without a value is not in the survey."
        if words:
            text += f" {words:,} of them hold a word such as none or NA: declare it as a value if it is an answer."
        notes.append(text)
    if over:
        notes.append(f"{over:,} rows are left out: at most {options.rows_each} of a person count, drawn with the seed.")
    if nobody:
        notes.append(f"{nobody:,} rows do not say whose they are, and are left out.")
    return notes


def _source(column: str, *, generated: bool) -> tuple[str, int | None]:
    return (_SOURCE, DERIVED[column]) if generated and column in DERIVED else (column, None)


def _tagged(cell: str, place: int) -> str:
    tags = _TAG.findall(cell)
    return tags[place].lower() if tags else ""
