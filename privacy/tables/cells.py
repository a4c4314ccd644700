"""Cells of a table: what is missing, what is a number, what is a list, and what a spreadsheet would run."""

import ast
import json
import re
import unicodedata
from functools import lru_cache

from privacy.errors import DataError

MISSING_WORDS = frozenset({"", "null", "none", "na", "n/a", "nan", "-", "#n/a", "#na", "<na>", "\\n"})
"""Cells that hold no value, in lower case; the last is how MySQL and PostgreSQL write one."""

LONGEST_CELL = 1 << 23
"""A cell of more characters is refused."""

LARGEST = 1e15
SEPARATORS = ("|", ";", ",")
"""What may part the items of a list cell, tried in this order."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""What begins a formula, in plain and in full width."""
_LIST_ITEMS = 50
_RECORD = re.compile(r"""\s*\[?\s*\{\s*['"]\w+['"]\s*:""")
_NAME = re.compile(r"""['"](?:name|title|label)['"]\s*:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_UNESCAPED = re.compile(r"\\(.)")


def escape_formula(cell: str) -> str:
    """Return a cell that no spreadsheet runs: one that would begin a formula gets an apostrophe in front.

    Plain numbers such as -3.5 stay. For every text that goes into an exported CSV (OWASP, CSV injection).
    """
    first = cell.lstrip()[:1]
    risky = cell[:1] in ("\t", "\r", "\n") or (first and first in _FORMULA and not _NUMBER.fullmatch(cell.strip()))
    return f"'{cell}" if risky else cell


def is_missing(cell: str) -> bool:
    """True for an empty cell and for the usual words for no value."""
    return cell.strip().lower() in MISSING_WORDS


def number(cell: str, *, decimal_comma: bool = False) -> float | None:
    """The number in a cell, None if it is missing; DataError, without a place, if it is something else.

    With `decimal_comma`, as in files parted by semicolons, 3,5 is three and a half.
    """
    text = cell.strip()
    if is_missing(text):
        return None
    if decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        if text.lstrip("+-").lower() in {"inf", "infinity"}:
            raise DataError("is not a finite number")
        raise DataError("is a formula, not a number" if text[0] in "=@" else "is not a number")
    value = float(text)
    if abs(value) > LARGEST:
        raise DataError("is too large")
    return value


def is_number(cell: str, *, decimal_comma: bool = False) -> bool:
    """True if the cell holds a number."""
    try:
        return number(cell, decimal_comma=decimal_comma) is not None
    except DataError:
        return False


def split_list(cell: str, separator: str | None = None) -> list[str]:
    """The items of a list cell, without repeats, up to 50; brackets and quotes around them are dropped.

    Without a separator, the first of | ; , that occurs parts them. Of records, such as [{'id': 16, 'name': 'Drama'}],
    the names are the items.
    """
    text = cell.strip()
    if is_missing(text):
        return []
    if text[0] in "[{":
        found = _bracketed(text, separator)
    else:
        mark = separator or next((s for s in SEPARATORS if s in text), None)
        found = text.split(mark) if mark else [text]
    items = [item.strip() for item in found if not is_missing(item)]
    return list(dict.fromkeys(items))[:_LIST_ITEMS]


def is_record(cell: str) -> bool:
    """True for a record or a list of records, as JSON or Python writes them."""
    return _RECORD.match(cell) is not None


def _bracketed(text: str, separator: str | None) -> list[str]:
    """The items of a list that is written as JSON or Python writes it, also where its end is cut off."""
    if is_record(text):
        return [_UNESCAPED.sub(r"\1", double or single) for double, single in _NAME.findall(text)]
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list):
            return [str(item) for item in found]
    return [part.strip(" '\"") for part in text.strip("[]{}").split(separator or ",")]


@lru_cache(maxsize=4096)
def hashtag(item: str) -> str:
    """A list item as one token of the text: a hashtag, in lower case. Signs become _; signs alone stay as they are."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", item).lower())
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else "_" for c in folded)
    word = re.sub("_+", "_", kept).strip("_")
    return f"#{word}" if any(unicodedata.category(c)[0] in "LN" for c in word) else item


def one_line(text: str, *, most: int) -> str:
    """Text on one line, without control characters, cut to `most` bytes of UTF-8."""
    clean = " ".join(text[: 4 * most].split())
    if not clean.isprintable():
        clean = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in clean)
        clean = " ".join(clean.split())
    raw = clean.encode("utf-8", errors="replace")
    if len(raw) <= most:
        return raw.decode()
    return raw[: most - 3].decode("utf-8", errors="ignore").rstrip() + "…"
