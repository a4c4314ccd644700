"""The chain that is in use on the pages: chosen live, the same for every tab, a reload and a restart."""

import json

from privacy.chains.profiles import profiles
from privacy.errors import StateError, UnknownNameError
from privacy.home import guarded, home, write_atomic
from privacy.registry import Registry

_FILE = "chain-choice.json"


def chosen(registry: Registry) -> str:
    """The name of the chain in use; the first that there is where none was chosen, or the chosen one is gone."""
    found, path = list(profiles(registry)), home() / _FILE
    try:
        name = json.loads(guarded(path.read_bytes, path))["chain"] if path.exists() else ""
    except (ValueError, KeyError, TypeError, StateError):
        name = ""
    return name if name in found else found[0]


def choose(registry: Registry, name: str) -> None:
    """Use a chain from now on. UnknownNameError where there is none of that name."""
    found = profiles(registry)
    if name not in found:
        raise UnknownNameError("chain", name, found)
    write_atomic(home() / _FILE, json.dumps({"chain": name}).encode())
