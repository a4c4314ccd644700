"""Parameters of backends and workloads: a frozen dataclass whose field metadata gives bounds, unit and help.

The page's form, the command line's `--param` and the record all come from it.
"""

import dataclasses
import math
from collections.abc import Collection, Mapping
from typing import Any, get_type_hints

from privacy.errors import ParamError, UnknownNameError

Value = bool | int | float | str


def param(
    default: Value,
    *,
    help: str,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    choices: tuple[str, ...] = (),
    suggested: tuple[float, ...] = (),
    primitives: tuple[str, ...] = (),
    main: bool = False,
    shown_only: bool = False,
) -> Any:
    """A field of a params dataclass: default, bounds (inclusive), unit, choices, and one sentence of help.

    `primitives` names those that the parameter is for; empty, it is for all that the backend implements.

    `suggested` are the numbers that a form offers, in order, where steps of one size would not serve; any other within
    the bounds may still be set by a link or the command line.

    Of a workload's options, `main` ones stand on a page, the others behind a button; `shown_only` says that it changes
    the round that is shown alone, so that attacks and accuracy over many are the same whatever it is.
    """
    meta = {
        "help": help, "low": low, "high": high, "unit": unit, "choices": choices, "suggested": suggested,
        "primitives": primitives, "main": main, "shown_only": shown_only,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata=meta)


@dataclasses.dataclass(frozen=True)
class NoParams:
    """Nothing to set."""


def owners(*kinds: type[Any], primitives: Collection[str] | None = None) -> dict[str, type[Any]]:
    """The parameters of several dataclasses by name, each with the first dataclass that has it.

    With `primitives`, only those that are for one of them.
    """
    found: dict[str, type[Any]] = {}
    for kind in kinds:
        for one in dataclasses.fields(kind):
            only = one.metadata.get("primitives")
            if primitives is None or not only or set(only) & set(primitives):
                found.setdefault(one.name, kind)
    return found


def build(kind: type[Any], values: Mapping[str, Any], *, owner: str) -> Any:
    """An instance of params dataclass `kind` from `values`, parsed if text; ParamError says what is wrong."""
    hints = get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    given = {}
    for name, raw in values.items():
        if name not in fields:
            if not fields:
                raise ParamError(f"{owner} has no parameters", where=f"{name}={raw}", then="leave it out")
            raise UnknownNameError(f"parameter of {owner}", name, fields)
        given[name] = _value(name, raw, hints[name], fields[name].metadata)
    return kind(**given)


def _value(name: str, raw: Any, kind: type[Any], meta: Mapping[str, Any]) -> Value:
    value = _parse(name, raw, kind)
    if meta.get("choices") and value not in meta["choices"]:
        raise ParamError(f"the setting {name} is {_shown(value)}", then=f"choose one of {', '.join(meta['choices'])}")
    low, high = meta.get("low"), meta.get("high")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        outside = (low is not None and value < low) or (high is not None and value > high)
        if outside or (isinstance(value, float) and not math.isfinite(value)):
            bounds = f"between {low:g} and {high:g}" if low is not None and high is not None else "in its bounds"
            raise ParamError(
                f"the setting {name} is {_shown(value)}", then=f"choose a value {bounds} {meta.get('unit', '')}".strip()
            )
    return value


def _parse(name: str, raw: Any, kind: type[Any]) -> Value:
    if kind is bool:
        words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if isinstance(raw, bool):
            return raw
        if str(raw).lower() in words:
            return words[str(raw).lower()]
        raise ParamError(f"the setting {name} is {_shown(raw)}", then="write true or false")
    try:
        if kind is int and isinstance(raw, float) and not raw.is_integer():
            raise ValueError
        value: Value = kind(raw)
        return value
    except (TypeError, ValueError, OverflowError):
        word = {int: "a whole number", float: "a number"}.get(kind, "text")
        raise ParamError(f"the setting {name} is {_shown(raw)}", then=f"give {word}") from None


def _shown(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= 40 else f"{text[:40]}…"


def schema_of(kind: type[Any]) -> dict[str, Any]:
    """A params dataclass as a JSON schema: types, bounds, choices, defaults and help of its fields."""
    hints, words = get_type_hints(kind), {bool: "boolean", int: "integer", float: "number", str: "string"}
    found: dict[str, Any] = {}
    for one in dataclasses.fields(kind):
        meta = one.metadata
        field: dict[str, Any] = {"type": words.get(hints[one.name], "string"), "default": one.default}
        bounds = {"minimum": meta.get("low"), "maximum": meta.get("high"), "enum": list(meta.get("choices") or ())}
        notes = {"x-unit": meta.get("unit"), "x-primitives": list(meta.get("primitives") or ())}
        field |= {name: value for name, value in (bounds | notes).items() if value not in (None, [], "")}
        found[one.name] = field | {"description": meta.get("help", "")}
    return {"type": "object", "additionalProperties": False, "properties": found}
