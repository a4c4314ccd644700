"""How a column writes its numbers: the mark before decimals, the mark between thousands, and a unit around them.

One style is found for the whole column. `1.234` alone could be read in two ways: other cells of the column decide, then
other columns of the file, then the asker.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from privacy.plugin import DataError

_LARGEST = 1e15
_UNITS = "%$€£¥"
_GAPS = " \u00a0\u202f\u2009'\u2019_"
_SPACES = str.maketrans("", "", _GAPS)
_SIGN, _WHOLE, _POWER = r"[+\-\u2212]?", r"\d+", r"(?:[eE][+\-]?\d+)?"


@dataclass(frozen=True)
class Style:
    """One way to write numbers: `point` or `comma` before decimals, and what parts thousands, if anything does."""

    name: str
    pattern: re.Pattern[str]
    thousands: str
    comma: bool = False

    def number(self, text: str) -> float | None:
        """The number in a text; None for anything else, and for one too large to be summed."""
        if not self.pattern.fullmatch(text):
            return None
        plain = text.translate(_SPACES).replace("\u2212", "-")
        if self.thousands:
            plain = plain.replace(self.thousands, "")
        value = float(plain.replace(",", ".") if self.comma else plain)
        return value if abs(value) <= _LARGEST else None


def _style(name: str, mark: str, thousands: str, *, comma: bool) -> Style:
    # Of a comma also two digits, as India parts lakhs and crores: 12,34,567.
    groups = r"(?:,\d{2})*,\d{3}|\d{1,3}(?:,\d{3})+" if thousands == "," else rf"(?:{thousands}\d{{3}})+"
    inner = rf"\d{{1,3}}(?:{groups})(?:{mark}\d*)?" if thousands else rf"{_WHOLE}(?:{mark}\d*)?|{mark}\d+"
    kept = thousands if thousands in (",", r"\.") else ""
    return Style(name, re.compile(rf"{_SIGN}(?:{inner}|{_WHOLE}){_POWER}", re.ASCII), kept.strip("\\"), comma)


POINT = _style("point", r"\.", "", comma=False)
COMMA = _style("comma", ",", "", comma=True)
STYLES = (
    POINT,
    COMMA,
    _style("point", r"\.", ",", comma=False),
    _style("comma", ",", r"\.", comma=True),
    _style("point", r"\.", f"[{_GAPS}]", comma=False),
    _style("comma", ",", f"[{_GAPS}]", comma=True),
)
_UNPARTED = re.compile(rf"{_SIGN}\d{{4,}}")
_TWO_WAYS = re.compile(rf"{_SIGN}[1-9]\d{{0,2}}[.,]\d{{3}}")


@dataclass(frozen=True)
class Numbers:
    """The numbers of a column's values, None where one holds none, and how they are written."""

    found: tuple[float | None, ...]
    style: Style
    unit: str = ""

    @property
    def strays(self) -> int:
        return sum(number is None for number in self.found)


def stripped(texts: Sequence[str]) -> tuple[list[str], str]:
    """The texts without the one unit that stands around each of them, such as % or $, and that unit."""
    if any(t.startswith("(") for t in texts):  # how accounts write less than nothing
        texts = [f"-{t[1:-1].strip()}" if t.startswith("(") and t.endswith(")") else t for t in texts]
    for unit in _UNITS:
        if texts and all(t.startswith(unit) or t.endswith(unit) or t.startswith(f"-{unit}") for t in texts):
            return [t.replace(unit, "", 1).strip() for t in texts], unit
    return list(texts), ""


def read_numbers(texts: Sequence[str], *, decimal: str, elsewhere: str, delimiter: str) -> Numbers:
    """The numbers of a column's distinct values.

    `decimal` is `point` or `comma` where the asker says it, else `auto`; `elsewhere` the mark that other columns of the
    file have, if any. DataError where the whole column could be read in two ways and nothing decides.
    """
    bare, unit = stripped(texts)
    if decimal != "comma" and (usual := _pointed(bare)) is not None:
        return Numbers(usual, POINT, unit)
    styles = [s for s in STYLES if decimal in ("auto", s.name)]
    scored = [(sum(s.number(t) is not None for t in bare), s) for s in styles]
    most = max(score for score, _ in scored)
    if most < len(bare) and decimal == "auto" and (mixed := _mixed(bare)) is not None:
        return Numbers(mixed, POINT, unit)
    best = [s for score, s in scored if score == most]
    style = best[0]
    if {s.comma for s in best} == {True, False} and any(_TWO_WAYS.fullmatch(t) for t in bare):
        style = _decided(best, bare, elsewhere=elsewhere, delimiter=delimiter)
    return Numbers(tuple(style.number(t) for t in bare), style, unit)


def _pointed(texts: Sequence[str]) -> tuple[float | None, ...] | None:
    """The numbers of a column that writes them as programs do, and could not be read otherwise; else None."""
    found: list[float | None] = []
    marked = sure = False
    for text in texts:
        number = POINT.number(text)
        if number is None:
            return None
        if "." in text:
            marked = True
            sure = sure or not _TWO_WAYS.fullmatch(text)
        found.append(number)
    return tuple(found) if sure or not marked else None


def _mixed(texts: Sequence[str]) -> tuple[float | None, ...] | None:
    """The numbers of a column that has both marks before decimals, none of which could part thousands; else None."""
    found = [POINT.number(t) if (n := COMMA.number(t)) is None else n for t in texts]
    return None if None in found or any(_TWO_WAYS.fullmatch(t) for t in texts) else tuple(found)


def _decided(best: Sequence[Style], texts: Sequence[str], *, elsewhere: str, delimiter: str) -> Style:
    """The style of a column whose every number could be read in two ways."""
    marked = [t for t in texts if "." in t or "," in t]
    point = all("." in t for t in marked)
    # Python, R and SQL write 1.234 with a point, and part columns by commas.
    usual = "point" if point and delimiter in (",", "\t", "|") else ""
    name = elsewhere or usual
    if any(_UNPARTED.fullmatch(t) for t in texts):  # a column that parts thousands would part these
        name = "point" if point else "comma"
    if not name:
        mark = "." if point else ","
        raise DataError(
            f"a number such as 1{mark}234 in this column is either one and a bit or more than a thousand, and no "
            f"cell tells which",
            then="say decimal=point or decimal=comma",
        )
    return next(s for s in best if s.name == name)


def mark_of(columns: Sequence[Sequence[str]]) -> str:
    """`point` or `comma`: the mark before decimals that some cells prove, of columns of numbers alone; else empty."""
    proof = {"point": 0, "comma": 0}
    for texts in columns:
        for style in (POINT, COMMA):
            decimals = [t for t in texts if re.search(r"[.,]", t)]
            sure = [t for t in decimals if not _TWO_WAYS.fullmatch(t)]
            if sure and all(style.number(t) is not None for t in texts):
                proof[style.name] += 1
    if bool(proof["point"]) == bool(proof["comma"]):
        return ""
    return "point" if proof["point"] else "comma"
