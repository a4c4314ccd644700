"""Whether a text or a file has a private value in it: as bytes, in hexadecimal, in base64, or as written numbers."""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from privacy.testing.checks.keys import contains_key, forms_of

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_KINDS = ("<i8", "<i4", "<i2", ">i8", ">i4", "<f8", "<f4")
_ENOUGH = ((3, 100), (8, 10))
"""How many different entries of a value must stand in a text, of at least this absolute value: not met by chance."""


def mentions(text: str, value: Any) -> bool:
    """Whether several telling entries of a private array stand in a text as numbers, or its bytes do."""
    array = np.asarray(value).ravel()
    if array.dtype.kind not in "iuf":
        return False
    said = {float(number) for number in _NUMBERS.findall(text)}
    found = said & {float(entry) for entry in array}
    if any(sum(abs(number) >= least for number in found) >= enough for enough, least in _ENOUGH):
        return True
    return has_bytes(text.encode(), value)


def has_bytes(data: bytes, value: Any) -> bool:
    """Whether a telling stretch of an array's bytes, in one of the usual kinds of numbers, is in `data`."""
    array = np.asarray(value).ravel()
    if array.dtype.kind not in "iuf":
        return False
    with np.errstate(all="ignore"):
        return any(has_key(data, array.astype(kind).tobytes()) for kind in _KINDS)


def has_key(data: bytes, key: bytes) -> bool:
    """Whether a telling stretch of a key is in `data`, in one of the forms in which keys are written down."""
    return any(contains_key(data, form) for form in _written(key))


def _written(key: bytes) -> Iterator[bytes]:
    yield from forms_of(key)
    yield repr(key)[2:-1].encode()
    yield str(list(key))[1:-1].encode()
    yield base64.b32encode(key).rstrip(b"=")


def mentioned(text: str, values: Iterable[Any], keys: Iterable[bytes]) -> str:
    """What of these a text has in it: a sentence, or nothing."""
    if any(mentions(text, value) for value in values):
        return "a private input"
    return "a key" if any(has_key(text.encode(), key) for key in keys) else ""
