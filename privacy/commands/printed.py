"""Standard output: with `--json` one document and nothing else, whatever a plugin or a library prints."""

import contextlib
import sys
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


def emit(text: str) -> None:
    """Print to the command's own standard output."""
    print(text, file=_kept[-1] if _kept else sys.stdout)
