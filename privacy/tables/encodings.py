"""How the letters of a file are written: UTF-8 with a few damaged letters, or one of the eight-bit encodings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from privacy.errors import DataError
from privacy.tables.eightbit import TITLES, choose, readings
from privacy.tables.words import at_lines, counted

_BAD = re.compile("[\udc80-\udcff]+")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]+")
_SAMPLE = 1 << 15
_MOST_LINES = 10_000
_LEAST = 0.3


@dataclass(frozen=True)
class Damage:
    """What of a file is not UTF-8.

    `good` counts its sound letters beyond ASCII, `bad` the bytes that are none, `runs` the places where such bytes
    stand, in `lines`; `sample` holds lines with them, and `seen` all that there are.
    """

    good: int
    bad: int
    runs: int
    lines: tuple[int, ...]
    sample: bytes
    seen: frozenset[int]

    @property
    def is_utf_8(self) -> bool:
        """True where most letters are sound: then the others are damaged, and not another encoding's."""
        return self.good > self.bad

    def note(self) -> str:
        """What to say of damaged letters, which are shown by a sign of their own."""
        where = at_lines(self.lines, more=len(self.lines) >= _MOST_LINES)
        stand = "stands" if self.runs == 1 else "stand"
        letters = counted(self.runs, "damaged letter")
        return f"{letters} in {where} {stand} as \ufffd: the rest of the file is UTF-8."

    @classmethod
    def of(cls, file: Iterable[str]) -> "Damage":
        """Count them in the lines of a file that is read as UTF-8 with `surrogateescape`."""
        good, bad, runs, kept = 0, 0, 0, 0
        lines: list[int] = []
        sample: list[bytes] = []
        seen: set[str] = set()
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            found = _BAD.findall(line)
            good += sum(map(len, _BEYOND_ASCII.findall(line)))
            if not found:
                continue
            bad += sum(map(len, found))
            runs += len(found)
            seen.update("".join(found))
            if len(lines) < _MOST_LINES:
                lines.append(number)
            if kept < _SAMPLE:
                sample.append(line.rstrip().encode("utf-8", errors="surrogateescape"))
                kept += len(line)
        return cls(good, bad, runs, tuple(lines), b"\n".join(sample), frozenset(ord(c) - 0xDC00 for c in seen))


def eight_bit(damage: Damage, name: str) -> tuple[str, str]:
    """The encoding of a file that is not UTF-8, and a note; DataError where it cannot be told."""
    line = damage.lines[0]
    found = readings(damage.sample, damage.seen)
    best, *others = choose(found)
    if others or best.score < _LEAST:
        ways = " or ".join(TITLES[one.encoding] for one in [best, *others][:3])
        raise DataError(
            f"the file is not UTF-8, and it cannot be told whether its letters are {ways}"
            if others
            else "the file is not UTF-8, and it cannot be told how its letters are written",
            where=f"{name}, line {line:,}",
            then="save it as UTF-8, in a spreadsheet as 'CSV UTF-8'",
        )
    note = f"The file is not UTF-8 (line {line:,}) and was read as {TITLES[best.encoding]}: check its accented letters."
    if damage.good:
        note += f" {counted(damage.good, 'letter')} in it may be UTF-8 all the same."
    return best.encoding, note
