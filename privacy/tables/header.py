"""Where the rows of a table begin: titles above its header, header rows, or none, told from the first rows.

A header is told by kinds. A column whose cells are numbers, dates, addresses or true and false has a kind; a word above
it is a name, and another cell of that kind is data. Where no column has a kind, cells that come back in their own
columns are data.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from privacy.tables.cells import is_missing
from privacy.tables.columns import clean_name, unique_names
from privacy.tables.words import at_rows, counted, sentence

Numbered = tuple[int, list[str]]
"""A row with its number."""

_LOOKED_AT = 100
_TITLES, _HEADERS = 20, 4
_NUMBER = re.compile(r"[-+(]?\s*[$€£¥]?\s*[-+]?(\d[\d.,'\s]*|\.\d+)([eE][-+]?\d+)?\s*[%)]?", re.ASCII)
_DATE = re.compile(r"\d{4}[-/.]\d\d?([-/.]\d\d?([T ].*)?)?|\d\d?[-/.]\d\d?[-/.]\d{2,4}([T ,].*)?|\d\d?:\d\d(:\d\d.*)?")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_URL = re.compile(r"(https?|ftp)://\S+|www\.\S+")
_QUALTRICS = re.compile(r"""\{\s*["']ImportId["']\s*:""")
_MONKEY = frozenset({"response", "open-ended response"})
_YEAR = re.compile(r"(1[5-9]|20|21)\d\d")


@dataclass(frozen=True)
class Header:
    """The names of the columns, how many rows stand before the data, what to tell of it, and whether there is one.

    `width` counts the cells of its row, also those at its end that are empty and name no column.
    """

    columns: tuple[str, ...]
    rows: int
    notes: tuple[str, ...] = ()
    absent: bool = False
    width: int = 0

    def to(self, width: int) -> "Header":
        """The same with more columns, which have no name."""
        more = range(len(self.columns) + 1, width + 1)
        note = f"{counted(len(more), 'more column')} without a name {'has' if len(more) == 1 else 'have'} values."
        names = unique_names([*self.columns, *[""] * len(more)])
        return replace(self, columns=names, notes=(*self.notes, note))


def find_header(rows: Sequence[Numbered]) -> Header | None:
    """Tell the header from the first rows with their numbers; blank rows are no rows. None where all are empty."""
    filled = [(number, cells) for number, cells in rows if any(c.strip() for c in cells)]
    if not filled:
        return None
    rows_alone = [c for _, c in filled]
    width = _width(rows_alone)
    start = _titles(rows_alone, width)
    notes = []
    if start:
        places = [number for number, _ in filled[:start]]
        stand = "stands" if start == 1 else "stand"
        notes.append(sentence(f"{at_rows(places)} {stand} above the header, left out as a title."))
    table = rows_alone[start:]
    if _is_data(table):
        count = max(len(table[0]), width)
        one = count == 1
        columns = "the column is named column 1" if one else f"the columns are named column 1 to column {count}"
        notes.append(
            f"The first row looks like data, not like names: {columns}, and the row is kept. If it holds names, write "
            "them as words."
        )
        names = tuple(f"column {n}" for n in range(1, count + 1))
        return Header(names, filled[start][0] - 1, tuple(notes), absent=True)
    more = _more_headers(table)
    data = table[1 + more :]
    cells, note = _names(table[: 1 + more], data, width)
    if more:
        places = [number for number, _ in filled[start + 1 : start + 1 + more]]
        are = "is a second header row" if more == 1 else "are further header rows"
        notes.append(sentence(f"{at_rows(places)} {are} and no data."))
    if note:
        notes.append(note)
    return Header(unique_names(cells), filled[start + more][0], tuple(notes), width=max(map(len, table[: 1 + more])))


def _extent(cells: Sequence[str]) -> int:
    """The width without empty cells at the end."""
    return next((n for n in range(len(cells), 0, -1) if cells[n - 1].strip()), 0)


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(c.strip()) for c in cells)


def _width(rows: Sequence[Sequence[str]]) -> int:
    """How many cells most rows have, of several such widths the largest."""
    counts = Counter(map(len, rows))
    return max(counts, key=lambda width: (counts[width], width))


def kind(cell: str) -> str | None:
    """What a cell holds: number, date, mail, url, truth; empty for any other text, None for a missing one."""
    text = cell.strip()
    if is_missing(text) or text == "?":
        return None
    if text.lower() in ("true", "false"):
        return "truth"
    if _NUMBER.fullmatch(text):
        return "number"
    if _DATE.fullmatch(text):
        return "date"
    if _MAIL.fullmatch(text):
        return "mail"
    return "url" if _URL.fullmatch(text) else ""


def _kinds(rows: Sequence[Sequence[str]]) -> list[str]:
    """The kind of each column, empty where its cells have none in common."""
    found = []
    for place in range(max(map(len, rows), default=0)):
        kinds = Counter(k for row in rows if place < len(row) and (k := kind(row[place])) is not None)
        best = max(kinds, key=kinds.__getitem__, default="")
        found.append(best if kinds[best] >= 0.95 * kinds.total() else "")
    return found


def _evidence(row: Sequence[str], kinds: Sequence[str]) -> tuple[list[int], list[int]]:
    """In which columns of a kind the row holds a cell of that kind, and in which it holds a word."""
    same, words = [], []
    for place, (cell, column) in enumerate(zip(row, kinds, strict=False)):
        mine = kind(cell)
        if not column or mine is None:
            continue
        if mine == column:
            same.append(place)
        elif not mine:
            words.append(place)
    return same, words


def _looks_like_names(rows: Sequence[Sequence[str]], place: int, width: int) -> bool:
    """Whether a row is full and its cells are names: words above columns of a kind, or at least no data."""
    row = [clean_name(c) for c in rows[place]]
    row = row[: max(width, _extent(row))]
    if len(row) != width or _filled(row) < max(2, width - max(1, width // 4)):
        return False
    same, words = _evidence(row, _kinds(rows[place + 1 : place + 1 + _LOOKED_AT]))
    if words and len(same) < len(words):
        return True
    return _is_series(row, same) if same else len(set(row)) == len(row) and not _comes_back(rows[place:])


def _titles(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many rows stand above the header: narrower than the rows of the table, or a single cell above names."""
    if width < 2:
        return 0
    for start in range(min(_TITLES, len(rows) - 1)):
        if not _is_title(rows, start, width):
            return start
    return 0


def _is_title(rows: Sequence[Sequence[str]], place: int, width: int) -> bool:
    row = rows[place]
    few = _filled(row) <= max(1, width // 2) and (len(row) < width or _filled(row) == 1)
    if not few and not (len(row) < width and row[0].lstrip()[:1] == "#") and len(row) >= width:
        return False
    following = range(place + 1, min(place + 1 + _TITLES, len(rows)))
    names = next((n for n in following if _looks_like_names(rows, n, width)), None)
    if names is None or any(len(rows[n]) == width and _filled(rows[n]) > 1 for n in range(place + 1, names)):
        return False
    _, words = _evidence(rows[names], _kinds(rows[names + 1 : names + 1 + _LOOKED_AT]))
    # A header of words alone above words alone: only what cannot be a header is a title.
    sentence = " " in clean_name("".join(row))
    return bool(words) or (few and (sentence or (len(row) < width and width > 2)))


def _is_series(row: Sequence[str], places: Sequence[int]) -> bool:
    """Whether the numbers in a row are names after all: a run with one step, or any rise after an empty first cell."""
    try:
        values = [float(row[p]) for p in places]
    except ValueError:
        return False
    steps = [b - a for a, b in pairwise(values)]
    if len(values) < 3 or min(steps) <= 0:
        return False
    return max(steps) - min(steps) < 1e-9 * max(steps) or not row[0].strip()


def _rises(row: Sequence[str], places: Sequence[int]) -> bool:
    """Whether five numbers or more each are larger than the one before, as doses and wavelengths are."""
    try:
        values = [float(row[p]) for p in places]
    except (ValueError, IndexError):
        return False
    return len(values) > 4 and all(a < b for a, b in pairwise(values))


def _is_data(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row of a table is data, and no header."""
    first, rest = rows[0], rows[1 : 1 + _LOOKED_AT]
    if not rest:
        return len(first) > 0 and all(kind(c) == "number" for c in first)
    same, words = _evidence(first, _kinds(rest))
    numbers = [p for p in same if kind(first[p]) == "number"]
    if _is_series(first, numbers) or (_rises(first, numbers) and 2 * sum(_rises(r, numbers) for r in rest) < len(rest)):
        same = [p for p in same if p not in numbers]
    # A year above other numbers is a name, as in tables of one column a year.
    same = [p for p in same if not (_YEAR.fullmatch(first[p].strip()) and not _years(rest, p))]
    if same:
        return len(same) >= 10 * len(words)
    return not words and _comes_back(rows)


def _years(rows: Sequence[Sequence[str]], place: int) -> bool:
    cells = [row[place].strip() for row in rows if place < len(row) and not is_missing(row[place])]
    return 2 * sum(bool(_YEAR.fullmatch(c)) for c in cells) > len(cells)


def _comes_back(rows: Sequence[Sequence[str]]) -> bool:
    """Whether at least half of the first row's words stand in their own columns again, other than as a whole row."""
    first = [c.strip() for c in rows[0]]
    rest = [[c.strip() for c in row] for row in rows[1 : 1 + _LOOKED_AT]]
    if len(first) > 1:
        rest = [row for row in rest if row != first]
    words = [(p, c) for p, c in enumerate(first) if kind(c) == ""]
    again = sum(any(p < len(row) and row[p] == c for row in rest) for p, c in words)
    return len(rest) > 1 and again > 0 and 2 * again >= len(words)


def _more_headers(table: Sequence[Sequence[str]]) -> int:
    """How many of the rows after the first are header rows too."""
    rest = table[1 : 1 + _HEADERS]
    ids = next((n for n, row in enumerate(rest, 1) if sum(bool(_QUALTRICS.match(c.strip())) for c in row)), 0)
    if ids:
        return ids
    if len(table) > 2 and _is_monkey(table[0], rest[0]):
        return 1
    for more in range(min(_HEADERS - 1, len(table) - 2), 0, -1):
        kinds = _kinds(table[1 + more : 1 + more + _LOOKED_AT])
        if all(_names_more(table, place, kinds) for place in range(1, 1 + more)):
            return more
    return 0


def _is_monkey(first: Sequence[str], second: Sequence[str]) -> bool:
    """Two rows as SurveyMonkey writes them: questions, and below them the options, or the word Response."""
    if any(c.strip().lower() in _MONKEY for c in second) and not any(kind(c) for c in second):
        return True
    width = max(len(first), len(second))
    upper, lower = ([*row, *[""] * (width - len(row))] for row in (first, second))
    options = sum(bool(b.strip()) and not a.strip() for a, b in zip(upper, lower, strict=True))
    alone = sum(bool(a.strip()) and not b.strip() for a, b in zip(upper, lower, strict=True))
    return options > 1 and alone > 1 and not any(kind(c) for c in second)


def _names_more(table: Sequence[Sequence[str]], place: int, kinds: Sequence[str]) -> bool:
    """Whether a row after the first holds names or units: words alone, in columns of a kind, that come never again."""
    row = [c.strip() for c in table[place]]
    if any(kind(c) for c in row):
        return False
    _, words = _evidence(row, kinds)
    sentence = any(len(row[p].split()) > 2 or row[p].endswith("?") for p in words)
    if not (len(words) > 1 or (words and sentence)):
        return False
    later = table[place + 1 : place + 1 + _LOOKED_AT]
    again = [c for p, c in enumerate(row) if kind(c) == "" and any(p < len(r) and r[p].strip() == c for r in later)]
    return not again and sum(kind(c) is None for c in row) <= len(row) // 2


def _names(headers: Sequence[Sequence[str]], data: Sequence[Sequence[str]], width: int) -> tuple[list[str], str]:
    """The header's cells, one for each column, from one or several rows, and a note where a column has none."""
    first = [clean_name(c) for c in headers[0]]
    if len(headers) > 1 and (not all(first) or len(set(first)) < len(first)):
        first = _joined(headers)
    reach = max((_extent(row) for row in data), default=0)
    end = _extent(first)
    if len(data) > 1 and end < reach and all(len(row) == end + 1 for row in data) and _rows_are_named(headers[0], data):
        return ["", *first[:end]], "The header has one name fewer than the rows have cells: the first column has none."
    if reach > len(first) and sum(len(row) == width for row in data) < 0.9 * len(data):
        reach = len(first)  # a few rows that are too long are a fault, and no columns
    names = [*first, *[""] * (reach - len(first))][: max(end, reach)]
    unnamed = [n for n, name in enumerate(names, 1) if not name]
    if unnamed and len(names) > 1:
        shown = ", ".join(f"column {n}" for n in unnamed[:5]) + (" and more" if len(unnamed) > 5 else "")
        one = "1 column has" if len(unnamed) == 1 else f"{len(unnamed)} columns have"
        return names, f"{one} no name and {'is' if len(unnamed) == 1 else 'are'} called {shown}."
    return names, ""


def _rows_are_named(header: Sequence[str], data: Sequence[Sequence[str]]) -> bool:
    """Whether the first cells name rows, as R and pandas write them: none is missing or occurs twice."""
    first = [row[0].strip() for row in data]
    return len(header) < len(data[0]) and all(first) and len(set(first)) == len(first)


def _joined(headers: Sequence[Sequence[str]]) -> list[str]:
    """One name for each column from several header rows; an empty cell of an upper row stands under the last name."""
    width = max(map(len, headers))
    names: list[list[str]] = [[] for _ in range(width)]
    for depth, row in enumerate(headers):
        last = ""
        for place in range(width):
            cell = clean_name(row[place]) if place < len(row) else ""
            last = cell or (last if depth < len(headers) - 1 else "")
            if last and last.lower() not in _MONKEY and last not in names[place]:
                names[place].append(last)
    return [" ".join(parts) for parts in names]
