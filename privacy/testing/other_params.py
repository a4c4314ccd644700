"""The other values of a backend's parameters that the kit tries: every choice, both ends of every number, and pairs."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

_PAIRS = 12


def other_params(params: Any, primitive: str, *, ends: bool = True) -> Iterator[tuple[str, Any]]:
    """The parameters with one value changed, each named `field=value`: switches, choices, and ends of numbers.

    With `ends` the ends too, and up to `_PAIRS` pairs of two switches or choices changed at once: what holds for each
    of them alone may not hold for both. What changes nothing for `primitive` is left out.
    """
    changes = list(_changes(params, primitive))
    choices = [c for c in changes if c[2]]
    for name, value, _ in changes if ends else choices:
        yield f"{name}={value}", dataclasses.replace(params, **{name: value})
    pairs = [(a, b) for a, b in itertools.combinations(choices, 2) if a[0] != b[0]]
    for (one, value, _), (other, more, _) in pairs[: _PAIRS if ends else 0]:
        yield f"{one}={value}, {other}={more}", dataclasses.replace(params, **{one: value, other: more})


def _changes(params: Any, primitive: str) -> Iterator[tuple[str, Any, bool]]:
    """Name and other value of each parameter that counts, and whether it is a choice rather than a number's end."""
    for one in dataclasses.fields(params):
        only, now = one.metadata.get("primitives"), getattr(params, one.name)
        if only and primitive not in only:
            continue
        for value, choice in _values(one, now):
            if value != now:
                yield one.name, value, choice


def _values(one: "dataclasses.Field[Any]", now: Any) -> list[tuple[Any, bool]]:
    if isinstance(now, bool):
        return [(not now, True)]
    if one.metadata.get("choices"):
        return [(choice, True) for choice in one.metadata["choices"]]
    if not isinstance(now, (int, float)):
        return []
    ends = [one.metadata.get(name) for name in ("low", "high")]
    return [(type(now)(end), False) for end in ends if end is not None]
