"""A catalogue from any CSV and its mapping.

Texts are joined, list items and categories become hashtags, so that each is one token, and numbers stay raw for
the features to scale. What was cut, missing, repeated or sampled is said in the notes.
"""

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from privacy.plugin import DataError
from privacy.plugin.tables import MAX_BYTES, MAX_ROWS, Mapping, Progress, Rows, cells, is_place, open_sheet, read_rows
from workloads.fyp.data.loader import Catalogue, content_hash
from workloads.fyp.data.packed import Packed, packed_profiles, packed_texts
from workloads.fyp.data.schema import LONGEST_TEXT, MIN_PROFILES, Profile
from workloads.fyp.data.sensitive import mark
from workloads.fyp.data.text import tokenise

_CARD_TITLE, _CARD_TEXT, _CARD_ID, _CARD_FACT = 160, 480, 80, 40
_FACTS = 4
_MANGLED = re.compile(r"\d([.,]\d+)?E\+\d+")


def load_table(
    path: str | Path, mapping: Mapping, *, items: int | None = None, seed: int = 0, max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES, progress: Progress | None = None,
) -> Catalogue:  # fmt: skip
    """Load a CSV under a mapping: all rows, its first `items`, or of more than `max_rows` a sample drawn with `seed`.

    DataError names the column and the row that cannot be used.
    """
    if items is not None and items < MIN_PROFILES:
        raise DataError(f"{items} items are too few", then=f"at least {MIN_PROFILES} are needed")
    sheet = open_sheet(path, max_bytes=max_bytes)
    mapping = mapping.on(sheet.columns, where=sheet.name)
    rows = read_rows(
        sheet, mapping.columns, items=items, max_rows=max_rows, cell_length=LONGEST_TEXT, seed=seed, progress=progress
    )
    if len(rows.cells) < MIN_PROFILES:
        what = f"the file has only {len(rows.cells)} row{'' if len(rows.cells) == 1 else 's'}"
        raise DataError(what, where=sheet.name, then=f"at least {MIN_PROFILES} are needed")
    notes = [*sheet.notes, *rows.notes, _mapped_note(mapping)]
    if items is not None and items > len(rows.cells):
        notes.append(f"{items} items were asked for and {len(rows.cells)} are used.")
    table = _Table(mapping, rows, sheet.name, decimal_comma=sheet.delimiter == ";")
    numbers = table.numbers(notes)
    texts = table.texts(notes)
    profiles = table.profiles(numbers, notes)
    flags, label = mark(table.column(mapping.sensitive), mapping, where=sheet.name, notes=notes)
    extra = [] if flags is None else [flags]
    return Catalogue(
        profiles=profiles,
        texts=texts,
        numbers=numbers,
        content_hash=content_hash(profiles, texts, numbers, *extra, names=(label, *mapping.numbers)),
        name=sheet.name,
        generated=False,
        notes=tuple(notes),
        kind="table",
        sensitive=flags,
        attribute=label,
        quiet=table.quiet(),
    )


def _mapped_note(mapping: Mapping) -> str:
    parts = [f"{key} = {', '.join(v) if isinstance(v, list) else v}" for key, v in mapping.as_dict().items()]
    return f"Columns: {'; '.join(cells.one_line(part, most=200) for part in parts)}."


class _Table:
    """The rows of a file, read under a mapping."""

    def __init__(self, mapping: Mapping, rows: Rows, name: str, *, decimal_comma: bool) -> None:
        self.mapping, self.rows, self.name, self.decimal_comma = mapping, rows, name, decimal_comma
        self._place = {column: place for place, column in enumerate(mapping.columns)}
        # Lists come back: those of a catalogue are few beside its rows.
        self._split = lru_cache(maxsize=1 << 14)(lambda cell: tuple(cells.split_list(cell, mapping.separator)))

    def column(self, column: str | None) -> list[str]:
        """The cells of one column; none without one."""
        return [row[self._place[column]] for row in self.rows.cells] if column is not None else []

    def numbers(self, notes: list[str]) -> NDArray[np.float64]:
        """Float64 (N, C), a missing value being its column's median."""
        out = np.zeros((len(self.rows.cells), len(self.mapping.numbers)))
        for place, column in enumerate(self.mapping.numbers):
            values = [self._number(cell, column, row) for row, cell in enumerate(self.column(column))]
            present = [v for v in values if v is not None]
            if not present:
                raise DataError("no cell holds a number", where=f"{self.name}, column {column}", then="leave it out")
            middle = median(present)
            out[:, place] = [middle if v is None else v for v in values]
            missing = len(values) - len(present)
            if missing:
                notes.append(f"{_count(missing, 'value', of=column)} missing, counted as the median, {middle:g}.")
        out.flags.writeable = False
        return out

    def _number(self, cell: str, column: str, row: int) -> float | None:
        try:
            return cells.number(cell, decimal_comma=self.decimal_comma)
        except DataError as error:
            where = f"{self.name}, column {cells.one_line(column, most=40)}, row {self.rows.numbers[row]}"
            then = "correct it, leave it empty, or map the column as text"
            raise DataError(
                f"a value of {cells.one_line(column, most=40)} {error.what}", where=where, then=then
            ) from None

    def texts(self, notes: list[str]) -> Packed[str]:
        """Each row's texts, then its list items as hashtags."""
        out, cut = [], 0
        for row in self.rows.cells:
            parts = [row[self._place[c]].strip() for c in self.mapping.texts]
            parts = [p.replace("\r\n", "\n") for p in parts if not cells.is_missing(p)]
            tags = [cells.hashtag(item) for item in self._items(row)]
            text = "\n".join([*parts, " ".join(tags)]) if tags else "\n".join(parts)
            cut += len(text) > LONGEST_TEXT or any(len(p) == LONGEST_TEXT for p in parts)
            # Hashtags say most in fewest letters: where a text is too long, they stay.
            out.append(text if len(text) <= LONGEST_TEXT else f"{' '.join(tags)}\n{' '.join(parts)}"[:LONGEST_TEXT])
        empty = sum(not text for text in out)
        if empty == len(out) and not self.mapping.numbers:
            where = f"{self.name}, columns {', '.join((*self.mapping.texts, *self.mapping.lists))}"
            raise DataError("no row can be used: none has a text", where=where, then="map other columns")
        if empty:
            notes.append(f"{_count(empty, 'row')} without any text.")
        if cut:
            notes.append(f"{_count(cut, 'text')} cut to {LONGEST_TEXT:,} characters.")
        return packed_texts(out)

    def quiet(self) -> frozenset[str]:
        """The words of the columns of countries and languages, as they stand in the texts."""
        found: set[str] = set()
        for column in filter(is_place, self.mapping.texts):
            found.update(word for cell in set(self.column(column)) for word in tokenise(cell))
        for column in filter(is_place, self.mapping.lists):
            items = (i for cell in set(self.column(column)) for i in cells.split_list(cell, self.mapping.separator))
            found.update(token for item in items for token in tokenise(cells.hashtag(item)))
        return frozenset(found)

    def _items(self, row: tuple[str, ...]) -> list[str]:
        return [i for c in self.mapping.lists for i in self._split(row[self._place[c]])]

    def profiles(self, numbers: NDArray[np.float64], notes: list[str]) -> Packed[Profile]:
        """What a card shows of each row; ids stay text, and rows with an id that occurs twice are all kept."""
        ids = [cells.one_line(c, most=_CARD_ID) for c in self.column(self.mapping.id)]
        self._id_notes(ids, notes)
        title = self.mapping.title or next(iter(self.mapping.texts), None)
        titles = self.column(title) or [""] * len(self.rows.cells)
        names = [cells.one_line(name, most=_CARD_FACT) for name in self.mapping.numbers[:_FACTS]]

        def card(place: int, row: tuple[str, ...]) -> Profile:
            ident = (ids[place] if ids else "") or f"row-{self.rows.numbers[place]}"
            name = "" if cells.is_missing(titles[place]) else cells.one_line(titles[place], most=_CARD_TITLE)
            others = [row[self._place[c]] for c in self.mapping.texts if c != title]
            about = [t for t in others if not cells.is_missing(t)] + [" · ".join(self._items(row))]
            facts = zip(names, numbers[place, :_FACTS].tolist(), strict=True)
            return Profile(
                id=ident, account_id=ident, nickname=name or ident,
                biography=cells.one_line("\n".join(a for a in about if a), most=_CARD_TEXT),
                followers=0, likes=0, videos_count=0, engagement_rate=0.0, is_verified=False,
                facts=tuple((fact, f"{value:.10g}") for fact, value in facts),
            )  # fmt: skip

        return packed_profiles(card(place, row) for place, row in enumerate(self.rows.cells))

    def _id_notes(self, ids: list[str], notes: list[str]) -> None:
        if not ids:
            return
        missing = sum(not i for i in ids)
        if missing:
            notes.append(f"{_count(missing, 'id')} missing; such a row is named by its number.")
        repeated = [i for i, count in Counter(ids).items() if count > 1 and i]
        if repeated:
            first = [n for n, i in zip(self.rows.numbers, ids, strict=True) if i == repeated[0]]
            are = "1 id occurs" if len(repeated) == 1 else f"{len(repeated):,} ids occur"
            example = f"{repeated[0]!r} in rows {first[0]} and {first[1]}"
            notes.append(f"{are} more than once, the first {example}; all rows are kept.")
        mangled = sum(bool(_MANGLED.fullmatch(i)) for i in ids)
        if mangled:
            notes.append(f"{_count(mangled, 'id')} of the form 1.23E+18: a spreadsheet has cut their digits.")


def _count(count: int, word: str, *, of: str = "") -> str:
    whose = f" of {cells.one_line(of, most=40)}" if of else ""
    return f"1 {word}{whose} is" if count == 1 else f"{count:,} {word}s{whose} are"
