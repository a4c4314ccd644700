"""Tracebacks of a plugin's own errors, for its author and on request alone: they may quote what somebody likes."""

import contextlib
import logging
import os
import traceback
from collections.abc import Iterator

VARIABLE = "VEILBENCH_DEBUG"
_told: set[int] = set()


def tell(error: BaseException, *, who: str) -> None:
    """Under `VEILBENCH_DEBUG=1` log the traceback of an error that a mechanism raised, each place once."""
    if os.environ.get(VARIABLE) != "1":
        return
    # A game plays hundreds of times: what differs in the message alone is one error.
    places = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    key = hash((type(error), *places))
    if key not in _told:
        _told.add(key)
        logging.getLogger("veilbench").error("%s raised %s", who, type(error).__name__, exc_info=error)


@contextlib.contextmanager
def debugging(on: bool) -> Iterator[None]:
    """Ask for tracebacks, here and in processes that are started meanwhile."""
    before = os.environ.get(VARIABLE)
    if on:
        os.environ[VARIABLE] = "1"
        _told.clear()
    try:
        yield
    finally:
        if on and before is None:
            os.environ.pop(VARIABLE, None)
        elif on and before is not None:
            os.environ[VARIABLE] = before
