"""The other values of a backend's parameters that the kit tries: every choice, and both ends of every number."""

import dataclasses
from collections.abc import Iterator
from typing import Any


def other_params(params: Any, primitive: str, *, ends: bool) -> Iterator[tuple[str, Any]]:
    """The parameters with one value changed, each named `field=value`: switches and choices, and numbers with `ends`.

    What changes nothing for `primitive` is left out.
    """
    for one in dataclasses.fields(params):
        only, now = one.metadata.get("primitives"), getattr(params, one.name)
        if only and primitive not in only:
            continue
        for value in _values(one, now, ends=ends):
            if value != now:
                yield f"{one.name}={value}", dataclasses.replace(params, **{one.name: value})


def _values(one: "dataclasses.Field[Any]", now: Any, *, ends: bool) -> list[Any]:
    if isinstance(now, bool):
        return [not now]
    if one.metadata.get("choices"):
        return list(one.metadata["choices"])
    if not ends or not isinstance(now, (int, float)):
        return []
    return [type(now)(end) for name in ("low", "high") if (end := one.metadata.get(name)) is not None]
