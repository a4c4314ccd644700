"""JSON of other tools, read with bounded memory: one document, or one object a line."""

import json
from pathlib import Path
from typing import Any

from privacy.plugin import DataError

MOST_BYTES = 512 * 1024**2
"""The largest file that is read: JSON takes several times its size in memory."""


def read_objects(path: Path | str) -> list[dict[str, Any]]:
    """The objects of a JSON array, or of JSON lines. DataError where the file is neither, with the line."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            what = f"the file has {size >> 20:,} MB, and {MOST_BYTES >> 20:,} MB is the most"
            raise DataError(what, where=path.name, then="part it into several")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", where=path.name, then="check the path") from None
    except UnicodeDecodeError:
        raise DataError("the file is not text in UTF-8", where=path.name, then="export it again as JSON") from None
    if not text.strip():
        raise DataError("the file is empty", where=path.name, then="export it again as JSON")
    found = _parsed(text, path.name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DataError("the JSON is not a list of objects", where=path.name, then="export the whole project as JSON")
    if not found:
        raise DataError("the file holds no task", where=path.name, then="choose an export with tasks")
    return found


def write_text(path: Path | str, text: str) -> None:
    """A file in UTF-8 with plain line ends."""
    with Path(path).open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _parsed(text: str, name: str) -> Any:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _unreadable(error, name, line=getattr(error, "lineno", 1)) from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except (json.JSONDecodeError, RecursionError) as error:
                if number == 1:
                    return _one(text, name, error)
                raise _unreadable(error, name, line=number) from None
    return found


def _one(text: str, name: str, first: Exception) -> Any:
    """A document over several lines that is one object."""
    try:
        return [json.loads(text)]
    except (json.JSONDecodeError, RecursionError) as error:
        raise _unreadable(first, name, line=getattr(error, "lineno", 1)) from None


def _unreadable(error: Exception, name: str, *, line: int) -> DataError:
    reason = getattr(error, "msg", "it is nested too deeply").lower()
    return DataError(f"the JSON cannot be read: {reason}", where=f"{name}, line {line:,}", then="export it again")
