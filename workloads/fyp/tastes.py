"""A person's own taste: the items they chose, kept on this device by data set."""

import json
import shutil
from pathlib import Path

import numpy as np

from privacy.plugin.host import guarded, home, locked, room, write_atomic
from privacy.plugin.running import StateError
from workloads.fyp.options import OWN
from workloads.fyp.receipts import keeping
from workloads.fyp.world import Taste, World

_MOST = 200


def _folder() -> Path:
    return room("tastes")


def _path(world: World) -> Path:
    return _folder() / f"{world.data_hash[:32]}.json"


def liked(world: World) -> list[int]:
    """The items of this catalogue that the person chose, in the order of choosing; empty at first."""
    return _read(_path(world), world)


def _read(path: Path, world: World) -> list[int]:
    if not path.exists():
        return []
    try:
        found = json.loads(guarded(path.read_bytes, path))
        chosen = [int(i) for i in found["liked"]]
    except (ValueError, KeyError, TypeError):
        raise StateError(
            "the saved taste cannot be read", where=str(path), then="delete that file to start again"
        ) from None
    return [i for i in chosen if 0 <= i < len(world.items)]


def set_liked(world: World, item: int, *, on: bool) -> list[int]:
    """Choose an item or take it back; returns all that is now chosen. StateError if it cannot be saved."""
    path = _path(world)
    with locked(path):
        chosen = [i for i in _read(path, world) if i != item]
        if on:
            if len(chosen) >= _MOST:
                raise StateError(f"a taste holds {_MOST} items", then="unlike one first")
            chosen.append(item)
        write_atomic(path, json.dumps({"liked": chosen}).encode())
    return chosen


def clear(world: World) -> None:
    """Forget the person's taste here, what opens their receipts, and feeds that the version before kept of it."""
    forget_feeds()
    keeping.forget(OWN)
    path = _path(world)
    with locked(path):
        guarded(lambda: path.unlink(missing_ok=True), path)


def forget_feeds() -> None:
    """Delete what the version before kept of feeds: it may hold a person's taste, or rows of their files."""
    shutil.rmtree(home() / "feeds", ignore_errors=True)


def own_taste(world: World) -> Taste | None:
    """The person's own taste, or None while nothing is chosen."""
    chosen = liked(world)
    return world.taste(np.array(chosen, dtype=np.int64)) if chosen else None
