"""What a column is: numbers, whole numbers, codes, categories, yes or no, several answers in one cell, dates.

It is decided once, from every distinct value of the column, and each value then has one form: `1`, `1.0` and `1,0` are
one answer. A kind that the asker names is not guessed; cells that do not fit it are strays.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from privacy.plugin import DataError, ParamError
from workloads.survey.numbers import Numbers, read_numbers
from workloads.survey.options import AUTO, CATEGORY, CODE, DATE, MONTH_FIRST, NUMBER, SEVERAL, WHOLE, YES_NO

PART = "\x1f"
"""Parts the answers of a cell in its one form: no text of a file holds it."""

NUMERIC = (NUMBER, WHOLE, YES_NO, DATE)
_PAIRS = (
    {"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"ja", "nein"}, {"oui", "non"}, {"si", "no"},
    {"sí", "no"}, {"sì", "no"}, {"sim", "não"}, {"tak", "nie"}, {"да", "нет"}, {"ja", "nej"}, {"ja", "nee"},
)  # fmt: skip
_NO = {"no", "n", "false", "f", "nein", "non", "não", "nie", "нет", "nej", "nee"}
_PARTS = (";", "|", ",")
_MOST_ITEMS = 64
_SHARE = 0.03
_SPELLINGS = 12
"""In so many cases of letters, at most, a column may write two words."""
_LONGEST_NUMBER = 15
_DECIMALS = 9


@dataclass(frozen=True)
class Typed:
    """A column's kind, and the one form of each of its distinct values; None for a stray.

    `forms` are what devices hold: a number as `repr` writes it, a date by its day number, several answers parted by
    `PART`. `label` turns a form into what a person reads.
    """

    kind: str
    forms: tuple[str | None, ...] = ()
    notes: tuple[str, ...] = ()
    words: Mapping[str, str] | None = None

    def label(self, form: str) -> str:
        """What a person reads for a form."""
        if self.kind == DATE:
            return date.fromordinal(int(float(form))).isoformat()
        return (self.words or {}).get(form, form)


def whole(value: float) -> str:
    """The one form of a number."""
    return str(int(value)) if value.is_integer() else repr(value)


def _same(form: str, text: str) -> str:
    """The form, in the memory of the text where they are alike: there may be millions."""
    return text if form == text else form


def typed(
    values: Sequence[str], counts: Sequence[int], *, kind: str, declared: Sequence[str], decimal: str,
    elsewhere: Callable[[], str], delimiter: str,
) -> Typed:  # fmt: skip
    """The kind of a column's distinct values and their forms. DataError where nothing decides between two readings.

    `elsewhere` says which mark other columns of the file have before decimals.
    """
    if kind == SEVERAL or (kind == AUTO and declared and _joined(values, counts, declared)):
        return _several(values, counts, declared, sure=True)
    if kind == CATEGORY:
        return Typed(CATEGORY, tuple(values))
    if kind == CODE or (kind == AUTO and _codes(values)):
        return Typed(CODE, tuple(values))
    if kind in (DATE, MONTH_FIRST) or (kind == AUTO and all(map(_DATE_LIKE.fullmatch, values))):
        return _dates(values, kind)
    if kind == YES_NO or (kind == AUTO and _yes_no(values)):
        return _answers(values, counts)
    if kind in (NUMBER, WHOLE) or (kind == AUTO and any(c.isdigit() for v in values[:200] for c in v)):
        numbers = read_numbers(values, decimal=decimal, elsewhere=_mark(values, elsewhere), delimiter=delimiter)
        if kind != AUTO or not numbers.strays:
            return _numeric(values, numbers, kind)
        return _of_words(values, counts, numbers)
    return _of_words(values, counts, None)


def _mark(values: Sequence[str], elsewhere: Callable[[], str]) -> str:
    return elsewhere() if any("." in v or "," in v for v in values) else ""


def _numeric(values: Sequence[str], numbers: Numbers, kind: str) -> Typed:
    is_whole = kind == WHOLE or (kind == AUTO and all(n is None or n.is_integer() for n in numbers.found))
    forms = tuple(
        None if n is None or (is_whole and not n.is_integer()) else _same(whole(n), text)
        for n, text in zip(numbers.found, values, strict=True)
    )
    notes = [f"Numbers are read without the {numbers.unit} around them."] if numbers.unit else []
    if numbers.style.comma:
        notes.append("A comma stands before decimals.")
    if numbers.style.thousands:
        notes.append(f"The mark {numbers.style.thousands} separates thousands.")
    return Typed(WHOLE if is_whole else NUMBER, forms, tuple(notes))


def _of_words(values: Sequence[str], counts: Sequence[int], numbers: Numbers | None) -> Typed:
    """A column of words: several answers in a cell where a mark parts few of them, else categories."""
    found = _several(values, counts, (), sure=False)
    if found.kind == SEVERAL:
        return found
    if numbers is None or 2 * numbers.strays >= len(values):
        return found
    # Numbers all the same, in whoever reads them: what is none of them is a stray, and counted.
    forms = tuple(v if n is None else whole(n) for v, n in zip(values, numbers.found, strict=True))
    strays = sum(c for c, n in zip(counts, numbers.found, strict=True) if n is None)
    note = f"{strays:,} of {sum(counts):,} cells are not numbers, so the column is read as categories"
    return Typed(CATEGORY, forms, (f"{note}: say what is missing to read numbers.",))


def _codes(values: Sequence[str]) -> bool:
    """Digits alone, of which some begin with 0 or are longer than numbers are: postcodes, ids."""
    if not all(v.isdigit() and v.isascii() for v in values):
        return False
    return any((len(v) > 1 and v[0] == "0") or len(v) > _LONGEST_NUMBER for v in values)


def _yes_no(values: Sequence[str]) -> bool:
    return 0 < len(values) <= _SPELLINGS and any({v.casefold() for v in values} <= pair for pair in _PAIRS)


def _answers(values: Sequence[str], counts: Sequence[int]) -> Typed:
    """Yes is 1 and no is 0, in any case of letters; the words are the file's most common."""
    forms: list[str | None] = []
    words: dict[str, str] = {}
    best: Counter[str] = Counter()
    known = set().union(*_PAIRS) | {"1", "0", "1.0", "0.0"}
    for value, count in zip(values, counts, strict=True):
        folded = value.casefold()
        form = None if folded not in known else "0" if folded in _NO or folded in ("0", "0.0") else "1"
        forms.append(form)
        if form is not None and count > best[form]:
            best[form], words[form] = count, value
    return Typed(YES_NO, tuple(forms), (), {"1": "yes", "0": "no"} | words)


def _items(value: str, mark: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in value.split(mark) if part.strip()))


def _joined(values: Sequence[str], counts: Sequence[int], declared: Sequence[str]) -> str:
    """The mark that parts declared answers in cells that are none of them; empty where none does."""
    known = set(declared)
    if any(mark in value for value in declared for mark in _PARTS[:1]):
        return ""
    alone = sum(c for v, c in zip(values, counts, strict=True) if v in known)
    best, most = "", alone + _SHARE * sum(counts)
    for mark in _PARTS:
        parted = sum(c for v, c in zip(values, counts, strict=True) if v in known or known & set(_items(v, mark)))
        if parted > most:
            best, most = mark, parted
    return best


def _several(values: Sequence[str], counts: Sequence[int], declared: Sequence[str], *, sure: bool) -> Typed:
    """Several answers in a cell where few of them make up many different cells; categories otherwise."""
    mark = _joined(values, counts, declared) if declared else ""
    for one in _PARTS if not mark else ():
        items: Counter[str] = Counter()
        many = 0
        for value, count in zip(values, counts, strict=True):
            found = _items(value, one)
            items.update(dict.fromkeys(found, count))
            many += count * (len(found) > 1)
        often = sum(counts) >= 10 and min(items.values(), default=0) > 1
        few = len(items) <= _MOST_ITEMS and len(items) < len(values) and often
        if few and many > _SHARE * sum(counts):
            mark = one
            break
    if not mark and not sure:
        return Typed(CATEGORY, tuple(values))
    mark = mark or ";"
    forms = tuple(PART.join(_items(v, mark)) or None for v in values)
    return Typed(SEVERAL, forms, (f"A cell may hold several answers, separated by {mark}.",))


_ISO = r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
_DAY = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})"
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
_DATE_LIKE = re.compile(f"(?:{_ISO}|{_DAY}){_TIME}", re.ASCII)


def _dates(values: Sequence[str], kind: str) -> Typed:
    """Days; the order of day and month is found from the whole column."""
    found = [_DATE_LIKE.fullmatch(v) for v in values]
    short = [(int(m[4]), int(m[5])) for m in found if m and m[4]]
    pointed = any(m and m[4] and "." in m[0][:6] for m in found)
    first = kind == MONTH_FIRST
    if short and kind == AUTO and not pointed:
        day = any(a > 12 for a, _ in short)
        month = any(b > 12 for _, b in short)
        if not day and not month:
            raise DataError(
                "a date such as 03/04/2025 in this column may begin with the day or with the month, and no cell "
                "tells which",
                then="say kind=date, or kind=date, month first",
            )
        first = month
    forms = tuple(_day(m, month_first=first) for m in found)
    if kind == AUTO and None in forms:
        return Typed(CATEGORY, tuple(values))
    return Typed(DATE, forms, ("Dates count by day.",) if any(":" in v for v in values[:200]) else ())


def _day(match: re.Match[str] | None, *, month_first: bool) -> str | None:
    if match is None:
        return None
    if match[1]:
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    else:
        year, month, day = int(match[6]), int(match[4]), int(match[5])
        month, day = (month, day) if month_first else (day, month)
    try:
        return str(date(year, month, day).toordinal())
    except ValueError:
        return None


def day_of(text: str) -> float:
    """A date of the settings, such as 2025-03-04, as its day number. ParamError for none."""
    try:
        return float(date.fromisoformat(text.strip()).toordinal())
    except ValueError:
        raise ParamError(f"{text.strip()[:20]!r} is not a date", then="write it as 2025-03-04") from None


def decimals_of(forms: Sequence[str]) -> int:
    """The most decimals of any number, 9 at most; of those with a power of ten, 9."""
    return max((min(len(f.partition(".")[2]), _DECIMALS) if "e" not in f else _DECIMALS for f in forms), default=0)


def cut(values: str) -> list[str]:
    r"""The declared values, parted by |, where \| is a pipe in one. ParamError for fewer than two."""
    parts = [p.replace("\\|", "|").strip() for p in re.split(r"(?<!\\)\|", values)]
    found = list(dict.fromkeys(p for p in parts if p))
    if len(found) < 2:
        raise ParamError("there are fewer than two values to count", then="separate them by |")
    return found
