"""Counts and places in words, for notes and sentences about a file."""

from collections.abc import Sequence

SHOWN = 8
"""Places that a sentence names; of more it gives their number."""


def counted(count: int, word: str) -> str:
    """A count with its word, such as 1 row or 1,200 rows."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def at_rows(places: Sequence[int], *, more: bool = False) -> str:
    """Such as: row 3; rows 3 and 9; rows 3, 4, 9 and 120 more. `more` says that not all places are known."""
    return _places(places, "row", more)


def sentence(text: str) -> str:
    """A text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def at_lines(places: Sequence[int], *, more: bool = False) -> str:
    """As `at_rows`, of lines."""
    return _places(places, "line", more)


def _places(places: Sequence[int], word: str, more: bool) -> str:
    shown = [f"{place:,}" for place in places[:SHOWN]]
    left = len(places) - len(shown)
    if more:
        last = "more"
    elif left:
        last = f"{left:,} more"
    else:
        last = shown.pop()
    if not shown:
        return f"{word} {last}"
    return f"{word}s {', '.join(shown)} and {last}"
