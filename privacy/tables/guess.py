"""A mapping proposed from a CSV's first rows, for a person to correct. A sensitive column is never guessed."""

import re
from statistics import mean

from privacy.errors import DataError
from privacy.tables.cells import SEPARATORS, is_missing, is_number, is_record, split_list
from privacy.tables.mapping import Mapping
from privacy.tables.table import Sample

_ID = re.compile(r"(^|[_\s-])(id|uid|uuid|key|isbn|sku|handle|code)$", re.IGNORECASE)
_CAMEL_ID = re.compile(r"[a-z](Id|ID)$")
_TITLES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (r"titles?", r"names?", r"(nickname|headline|label|subject)s?", r".*title", r".*name")
)
"""How a title is called, the best first."""
_TEXT = re.compile(
    r"(overview|description|desc|plot|summary|synopsis|abstract|about|bio|biography|text|content|body|comment|review)s?",
    re.IGNORECASE,
)
_PLACE = re.compile(r"countr|(^|[_\s-])nation(s|ality)?$|iso_?3166|language|locale", re.IGNORECASE)
_URL = re.compile(r"(https?|ftp)://|www\.", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?([T ].*)?|\d\d?[./]\d\d?[./]\d{2,4}.*")
_MOST_TEXTS, _MOST_NUMBERS, _MOST_LISTS = 4, 12, 6
_LONGEST_PART = 30


def is_place(column: str) -> bool:
    """True for a column of countries or languages: it says where an item is from, and not what it is about."""
    return _PLACE.search(column) is not None


def guess_mapping(sample: Sample) -> Mapping:
    """Propose what each column means: an id, a title, the longest texts, numbers and lists.

    DataError where no column looks usable: then a person has to say.
    """
    filled = {
        name: cells
        for name in sample.columns
        if sample.columns.count(name) == 1 and (cells := [c for c in sample.column(name) if not is_missing(c)])
    }
    decimal_comma = sample.delimiter == ";"
    ident = _id(filled, len(sample.rows))
    rest = {n: cells for n, cells in filled.items() if n != ident and not _shares(cells, _URL) and not _dates(cells)}
    title = _title(rest)
    numbers = [
        n for n, cells in rest.items()
        if n != title and _numeric(cells, decimal_comma=decimal_comma) and not _named_id(n)
    ]  # fmt: skip
    words = {n: cells for n, cells in rest.items() if n == title or not _numeric(cells, decimal_comma=decimal_comma)}
    lists = [n for n, cells in words.items() if n != title and (_is_list(cells) or _is_category(cells))]
    plain = [n for n, cells in words.items() if n not in lists and not _records(cells) and not is_place(n)]
    # What a column is called says more than how long its cells are.
    texts = sorted(plain, key=lambda n: (n != title, not _TEXT.fullmatch(n), -mean(map(len, words[n]))))[:_MOST_TEXTS]
    lists = [n for n in lists if not is_place(n)]
    if not (texts or lists or numbers):
        raise DataError("no column looks like a text, a number or a list", then="map the columns by hand")
    return Mapping(
        id=ident,
        title=title or (texts[-1] if texts else None),
        texts=tuple(n for n in sample.columns if n in texts),
        numbers=tuple(numbers[:_MOST_NUMBERS]),
        lists=tuple(lists[:_MOST_LISTS]),
    )


def _named_id(name: str) -> bool:
    return bool(_ID.search(name) or _CAMEL_ID.search(name))


def _id(filled: dict[str, list[str]], rows: int) -> str | None:
    """A column without gaps or repeats, of short cells without spaces: one named like an id, or else the first."""
    unique = [
        n
        for n, cells in filled.items()
        if len(cells) == rows == len(set(cells))
        and all(len(c) <= 64 and " " not in c.strip() for c in cells)
        # A measure may be unique by chance: numbers with a fraction are no ids.
        and not all("." in c for c in cells)
    ]
    by_name = sorted((n for n in unique if _named_id(n)), key=lambda n: n.lower() != "id")
    return by_name[0] if by_name else next((n for n in unique if n == next(iter(filled))), None)


def _title(rest: dict[str, list[str]]) -> str | None:
    """The column that is called like a title; of several of the same kind, the first."""
    fitting = [n for n, cells in rest.items() if not _records(cells)]
    return next((n for pattern in _TITLES for n in fitting if pattern.fullmatch(n)), None)


def _records(cells: list[str]) -> bool:
    return sum(map(is_record, cells)) > 0.5 * len(cells)


def _shares(cells: list[str], pattern: re.Pattern[str]) -> bool:
    return sum(bool(pattern.match(c.strip())) for c in cells) >= 0.8 * len(cells)


def _dates(cells: list[str]) -> bool:
    return sum(bool(_DATE.fullmatch(c.strip())) for c in cells) >= 0.8 * len(cells)


def _numeric(cells: list[str], *, decimal_comma: bool) -> bool:
    # One cell that is not a number would be refused later, so all must be.
    return all(is_number(c, decimal_comma=decimal_comma) for c in cells)


def _is_list(cells: list[str]) -> bool:
    """Short parts that come back in other cells, in at least a third of the cells more than one."""
    if not any(mark in c for c in cells for mark in SEPARATORS):
        return False
    parts = [split_list(c) for c in cells]
    several = sum(len(p) > 1 for p in parts)
    flat = [p for found in parts for p in found]
    short = bool(flat) and mean(map(len, flat)) <= _LONGEST_PART and mean(len(p.split()) for p in flat) <= 3
    bracketed = sum(c.strip()[:1] in ("[", "{") for c in cells) > 0.8 * len(cells)
    return (3 * several >= len(cells) or bracketed) and short and len(set(flat)) <= 0.6 * len(flat)


def _is_category(cells: list[str]) -> bool:
    """A few short values for all rows."""
    distinct = set(cells)
    return len(cells) >= 20 and len(distinct) <= 0.2 * len(cells) and max(map(len, distinct)) <= _LONGEST_PART
