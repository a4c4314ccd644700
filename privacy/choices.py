"""A chain or a store that is chosen live: kept in the state folder, the same for every tab, a reload and a restart."""

import json
from collections.abc import Collection
from pathlib import Path

from privacy.errors import StateError, UnknownNameError
from privacy.home import guarded, home, write_atomic


def chosen(kind: str, names: Collection[str]) -> str:
    """The name in use; the first that there is where none was chosen, or the chosen one is gone."""
    path = _path(kind)
    try:
        name = json.loads(guarded(path.read_bytes, path))[kind] if path.exists() else ""
    except (ValueError, KeyError, TypeError, StateError):
        name = ""
    return name if name in names else next(iter(names))


def choose(kind: str, name: str, names: Collection[str]) -> None:
    """Use this one from now on. UnknownNameError where there is none of that name."""
    if name not in names:
        raise UnknownNameError(kind, name, names)
    write_atomic(_path(kind), json.dumps({kind: name}).encode())


def _path(kind: str) -> Path:
    return home() / f"{kind}-choice.json"
