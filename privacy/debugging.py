"""Tracebacks of a plugin's own errors, for its author and on request alone: they may quote what somebody likes."""

import contextlib
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from privacy.errors import MechanismError, VeilbenchError

T = TypeVar("T")
VARIABLE = "VEILBENCH_DEBUG"
_reply: set[int] = set()


def tell(error: BaseException, *, who: str) -> None:
    """Under `VEILBENCH_DEBUG=1` log the traceback of an error that a mechanism raised, each place once."""
    if os.environ.get(VARIABLE) != "1":
        return
    # A game plays hundreds of times: what differs in the message alone is one error.
    places = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    key = hash((type(error), *places))
    if key not in _reply:
        _reply.add(key)
        logging.getLogger("veilbench").error("%s raised %s", who, type(error).__name__, exc_info=error)


def named(thing: object) -> str:
    """An author's class as `module:Class`: where to look for what it did."""
    kind = thing if isinstance(thing, type) else type(getattr(thing, "__wrapped__", thing))
    return f"{kind.__module__}:{kind.__qualname__}"


def mistake(author: object, what: str, *, where: str) -> MechanismError:
    """What an author's class did wrong, and where; the traceback is shown on request."""
    then = "this is a bug in the backend; `veilbench run --debug`, or VEILBENCH_DEBUG=1, shows its traceback"
    return MechanismError(f"{named(author)} {what}", where=where, then=then)


def blamed(error: BaseException, author: object, *, where: str) -> MechanismError:
    """An untyped error of an author's class as a typed one, whose cause it is to be."""
    tell(error, who=f"{named(author)} ({where})")
    return mistake(author, f"raised {type(error).__name__}", where=where)


def typed(author: object, call: Callable[[], T], *, where: str) -> T:
    """What `call` returns of an author's class. MechanismError where it raises anything untyped."""
    try:
        return call()
    except VeilbenchError:
        raise
    except Exception as error:
        raise blamed(error, author, where=where) from error


def hear_from(mechanism: Any, name: str, *given: Any) -> Any:
    """What a mechanism says of itself by one of its methods. MechanismError where it raises anything untyped."""
    return typed(mechanism, lambda: getattr(mechanism, name)(*given), where=name)


@contextlib.contextmanager
def debugging(on: bool) -> Iterator[None]:
    """Ask for tracebacks, here and in processes that are started meanwhile."""
    before = os.environ.get(VARIABLE)
    if on:
        os.environ[VARIABLE] = "1"
        _reply.clear()
    try:
        yield
    finally:
        if on and before is None:
            os.environ.pop(VARIABLE, None)
        elif on and before is not None:
            os.environ[VARIABLE] = before
