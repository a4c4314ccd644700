"""What reaches a terminal: with `--json` one document and nothing else, and no control character of somebody else's."""

import contextlib
import sys
import unicodedata
from collections.abc import Iterator
from typing import TextIO

_kept: list[TextIO] = []


@contextlib.contextmanager
def document_alone(on: bool) -> Iterator[None]:
    """While this lasts, what is printed goes to stderr; only `emit` reaches standard output."""
    if not on:
        yield
        return
    _kept.append(sys.stdout)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _kept.pop()


def plain(text: str) -> str:
    """A text of somebody else's in one line for a terminal, which would obey its control characters.

    Those of direction go as well: they show a text in another order than it has (Unicode TR 36, 3.2).
    """
    return "".join(" " if _obeyed(c) else c for c in text)


def _obeyed(character: str) -> bool:
    turning = unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return turning or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def emit(text: str) -> None:
    """Print to the command's own standard output."""
    print(text, file=_kept[-1] if _kept else sys.stdout)
