"""Mappings: which column of a CSV means what, as a person sets it on the page or in a small TOML file.

id = "movie"
title = "name"
text = ["name", "plot"]
number = ["year"]
list = ["genres"]
sensitive = "leaning"       # simulated people prefer items with one value of it, or those without
sensitive_value = "left"    # optional: that value
separator = "|"             # optional: what parts the items of a list
"""

import json
import tomllib
from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privacy.errors import DataError
from privacy.tables.cells import one_line
from privacy.tables.columns import find_column, named, nearest

_ONE = ("id", "title", "sensitive", "sensitive_value", "separator")
_MANY = {"text": "texts", "number": "numbers", "list": "lists"}
KEYS = ("id", "title", "text", "number", "list", "sensitive", "sensitive_value", "separator")
"""The keys of a mapping file."""

_LARGEST_FILE = 1 << 20
_MOST = {"text": 16, "number": 64, "list": 16}


@dataclass(frozen=True)
class Mapping:
    """Column names by what they mean.

    Without `id` an item is named by its row; without `title` the first text stands on its card. `sensitive` marks
    items: `sensitive_value` against the rest (by default the most common value), or above the median for numbers.
    Of `texts`, `numbers` and `lists` at least one must hold a column.
    """

    id: str | None = None
    title: str | None = None
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    sensitive: str | None = None
    sensitive_value: str | None = None
    separator: str | None = None

    def __post_init__(self) -> None:
        if not (self.texts or self.numbers or self.lists):
            raise DataError("the mapping names no text, number or list column", then="name at least one")
        for key, field in _MANY.items():
            if len(getattr(self, field)) > _MOST[key]:
                raise DataError(f"the mapping names more than {_MOST[key]} {key} columns", then="name fewer")
        roles = [(column, key) for key, field in _MANY.items() for column in getattr(self, field)]
        seen: dict[str, str] = {}
        for column, key in roles:
            if column in seen:
                what = f"twice as {key}" if seen[column] == key else f"as {seen[column]} and as {key}"
                raise DataError(f"the column {_shown(column)} is mapped {what}", then="map it once")
            seen[column] = key
        if self.sensitive_value is not None and self.sensitive is None:
            raise DataError("sensitive_value is set and sensitive is not", then="name the sensitive column too")
        if self.separator is not None and len(self.separator) != 1:
            raise DataError("separator is not a single character", then='write for example separator = "|"')

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is used, once each."""
        single = [c for c in (self.id, self.title, self.sensitive) if c is not None]
        return tuple(dict.fromkeys([*single, *self.texts, *self.numbers, *self.lists]))

    def on(self, columns: Sequence[str], *, where: str) -> "Mapping":
        """The same mapping with the whole names of a file's columns, each being named by its number or beginning too.

        DataError if the file has no such column, naming the nearest, or several.
        """

        def found(key: str, text: str) -> str:
            try:
                return find_column(columns, text)
            except DataError as error:
                if error.what.startswith("there is no column"):
                    what = f"the mapping's {key} names a column {_shown(text)} that the file does not have"
                    then = nearest(text, columns) or f"its columns are {named(columns)}"
                    raise DataError(what, where=where, then=then) from None
                raise DataError(f"in the mapping's {key}, {error.what}", where=where, then=error.then) from None

        single = {key: getattr(self, key) for key in ("id", "title", "sensitive")}
        one = {key: found(key, text) for key, text in single.items() if text is not None}
        many = {field: tuple(found(key, t) for t in getattr(self, field)) for key, field in _MANY.items()}
        try:
            return replace(self, **one, **many)  # type: ignore[arg-type]
        except DataError as error:
            raise DataError(error.what, where=where, then=error.then) from None

    def as_dict(self) -> dict[str, str | list[str]]:
        """The keys of a mapping file with their values, without those that are not set."""
        values = {key: getattr(self, _MANY.get(key, key)) for key in KEYS}
        return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items() if v}

    def to_toml(self) -> str:
        """The mapping as a file that `read_mapping` reads."""
        # A JSON string is a TOML string, but for the DEL that TOML wants escaped.
        lines = [f"{key} = {json.dumps(v, ensure_ascii=False)}" for key, v in self.as_dict().items()]
        return "\n".join(lines).replace("\x7f", "\\u007f") + "\n"


def read_mapping(path: str | Path) -> Mapping:
    """Read a mapping from a TOML file; DataError names the key that is wrong."""
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise DataError("the mapping is larger than 1 MB", where=path.name, then="choose a mapping file")
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError("there is no such mapping", where=str(path), then="check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = one_line(str(error), most=80) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8 text"
        raise DataError(f"the mapping is no TOML: {reason}", where=path.name, then="correct it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise DataError(f"the mapping cannot be read: {reason}", where=path.name, then="check the path") from None
    return from_dict(values, where=path.name)


def from_dict(values: Values[str, Any], *, where: str = "") -> Mapping:
    """Check the keys and values of a mapping file, or of a form; DataError names the key that is wrong."""
    fields: dict[str, Any] = {}
    for key, value in values.items():
        if key not in KEYS:
            then = nearest(key, KEYS) or f"the keys are {', '.join(KEYS)}"
            raise DataError(f"the mapping has an unknown key {_shown(key)}", where=where, then=then)
        texts = [value] if isinstance(value, str) else value
        if key in _ONE and not isinstance(value, str):
            raise DataError(f"the mapping's {key} is not text", where=where, then=f'write {key} = "..."')
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise DataError(f"the mapping's {key} is not a list of names", where=where, then=f'write {key} = ["..."]')
        # An empty value is a key left open, as in a form.
        trimmed = [t if key in ("separator", "sensitive_value") else t.strip() for t in texts]
        fields[_MANY.get(key, key)] = (trimmed[0] or None) if key in _ONE else tuple(t for t in trimmed if t)
    try:
        return Mapping(**fields)
    except DataError as error:
        raise DataError(error.what, where=where, then=error.then) from None


def _shown(name: str) -> str:
    return repr(one_line(name, most=40))
