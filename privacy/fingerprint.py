"""A fingerprint of the code that a result depends on, so that a kept result never outlives a change of it."""

import hashlib
import importlib.util
import time
from pathlib import Path

from privacy.registry import Stack
from privacy.results import versions
from privacy.spec import BackendSpec

_HERE = Path(__file__).resolve().parent
_FRESH_SECONDS = 1.0
_states: dict[Path, tuple[float, bytes]] = {}


def code_fingerprint(stack: Stack) -> str:
    """Hash of package versions and of the names, sizes and times of the framework's and the backend's source files."""
    return code_of(*(s for s in (stack.carrier, stack.randomiser) if s is not None))


def code_of(*specs: BackendSpec) -> str:
    """The fingerprint of the framework and of these backends."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    references = [reference for spec in specs for reference in spec.implements.values()]
    folders = {_HERE} | {f for f in map(_folder, references) if f is not None}
    for folder in sorted(folders):
        digest.update(_state(folder))
    return digest.hexdigest()[:16]


def look_again() -> None:
    """Forget what the files were like a moment ago: they have been read anew."""
    _states.clear()


def _state(folder: Path) -> bytes:
    """The names, sizes and times of the files below `folder`, at most a second old: every redraw of a page asks."""
    now = time.monotonic()
    if folder in _states and now < _states[folder][0]:
        return _states[folder][1]
    lines = []
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
        status = path.stat()
        lines.append(f"{path.name} {status.st_size} {status.st_mtime_ns}\n")
    state = "".join(lines).encode()
    _states[folder] = (now + _FRESH_SECONDS, state)
    return state


def _folder(reference: str) -> Path | None:
    """Where a mechanism's code lies: its package's folder, or its one file."""
    module = reference.partition(":")[0]
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    return path.parent if "." in module else path
