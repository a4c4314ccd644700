"""Names of columns: made so that each is one, shown in a sentence, and found by name, number or beginning."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from privacy.errors import DataError
from privacy.tables.cells import one_line

_NAMED = 12
_SHORT, _WHOLE = 40, 240
_INVISIBLE = dict.fromkeys([0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0x00AD])
_NUMBER = re.compile(r"(?:column\s*|#)?(\d{1,6})", re.IGNORECASE)
_CUT = re.compile(r"\s*(…|\.\.\.)$")


def clean_name(cell: str) -> str:
    """A header cell on one line, without the signs that nobody sees."""
    return " ".join(cell.translate(_INVISIBLE).split())


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """One name for each column: 'column 2' for an empty cell, and a number after those that occur more than once."""
    names = [clean_name(cell) for cell in cells]
    counts = Counter(names)
    made = [
        f"column {place}" if not name else f"{name} (column {place})" if counts[name] > 1 else name
        for place, name in enumerate(names, 1)
    ]
    taken = Counter(made)
    # A file may itself name a column so.
    return tuple(f"{name} (column {n})" if taken[name] > 1 else name for n, name in enumerate(made, 1))


def named(columns: Sequence[str]) -> str:
    """Column names for a sentence: shortened, or in full and with their numbers where short ones are alike."""
    short = Counter(one_line(name, most=_SHORT) for name in columns)
    shown = []
    for place, name in enumerate(columns[:_NAMED], 1):
        cut = one_line(name, most=_SHORT)
        shown.append(cut if short[cut] == 1 else f"{place} ({one_line(name, most=_WHOLE)})")
    return ", ".join(shown) + (f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else "")


def find_column(columns: Sequence[str], text: str, *, where: str = "", reason: str = "") -> str:
    """The name of the column that a person means: by its name, its number from 1, or a beginning that fits one alone.

    DataError, with `reason` where there is one, if none or several fit.
    """
    if text in columns:
        return text
    wanted = _plain(_CUT.sub("", text))
    plain = [_plain(name) for name in columns]
    if wanted and plain.count(wanted) == 1:
        return columns[plain.index(wanted)]
    number = _NUMBER.fullmatch(wanted)
    if number and 1 <= int(number[1]) <= len(columns):
        return columns[int(number[1]) - 1]
    fitting = [name for name, start in zip(columns, plain, strict=True) if wanted and start.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    shown = repr(one_line(text, most=_SHORT))
    if fitting:
        several = [f"{columns.index(name) + 1} ({one_line(name, most=_WHOLE)})" for name in fitting[:_NAMED]]
        more = f" and {len(fitting) - _NAMED} more" if len(fitting) > _NAMED else ""
        then = f"give the number of one: {', '.join(several)}{more}"
        raise DataError(f"{len(fitting)} columns begin with {shown}", where=where, then=then)
    what = f"there is no column {shown}" + (f": {reason}" if reason else "")
    then = nearest(text, columns) or f"name one of {named(columns)}, or give its number"
    raise DataError(what, where=where, then=then)


def nearest(name: str, known: Iterable[str]) -> str:
    """A question for the known name that a person may have meant; empty where none is near."""
    lowered = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f"did you mean {one_line(lowered[near[0]], most=_SHORT)!r}?" if near else ""


def _plain(name: str) -> str:
    return clean_name(name).casefold()
