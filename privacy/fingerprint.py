"""A fingerprint of the code that a result depends on, so that a kept result never outlives a change of it.

It covers what computes, by content: the framework without its pages, commands, exports and services, the workload
without its panels, and the backends. An edit of a stylesheet or of a comment on a page changes nothing of it.
"""

import hashlib
import importlib.util
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from privacy.registry import Stack
from privacy.results import versions
from privacy.spec import BackendSpec, WorkloadSpec

_HERE = Path(__file__).resolve().parent
_COMPUTES = (
    "attacks", "boundary", "primitives", "tables", "transports", "accountant.py", "aggregate.py", "coalitions.py",
    "cohorts.py", "dishonest.py", "guarantees.py", "known_answers.py", "lab.py", "mechanism.py", "outputs.py",
    "protocol.py", "randomiser.py", "results.py", "rounds.py", "seats.py", "shared_secret.py", "stats.py",
    "workload.py",
)  # fmt: skip
"""The parts of the framework that a figure depends on."""
_DRAWS = ("panels", "templates", "tests")
"""Folders of a plugin that only draw or check."""
_SHARED = ("backends", "workloads")
"""Packages that hold one plugin in each folder."""
_FRESH_SECONDS = 5.0
_states: dict[Path, tuple[float, bytes]] = {}
_hashes: dict[tuple[str, int, int], bytes] = {}


def code_fingerprint(stack: Stack, *workloads: WorkloadSpec) -> str:
    """Hash of package versions and of the text of what computes a run of a workload under this stack."""
    return code_of(*workloads, *(s for s in (stack.carrier, stack.randomiser) if s is not None))


def code_of(*specs: BackendSpec | WorkloadSpec, also: tuple[str, ...] = ()) -> str:
    """The fingerprint of the framework and of these backends and workloads; `also` are further parts of it."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    references = [reference for spec in specs for reference in _references(spec)]
    folders = {_HERE / part for part in (*_COMPUTES, *also)} | {f for f in map(_folder, references) if f is not None}
    for folder in sorted(folders):
        digest.update(_state(folder))
    return digest.hexdigest()[:16]


def digest_of(spec: BackendSpec | WorkloadSpec) -> str:
    """SHA-256 of a plugin's own code: of the name and the content of each of its files, read now."""
    return _digest(f for f in map(_folder, _references(spec)) if f is not None)


def framework_digest() -> str:
    """SHA-256 of the framework's own code, read now."""
    return _digest([_HERE])


def _digest(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for folder in sorted(set(folders)):
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
            name = path.name if folder.is_file() else str(path.relative_to(folder))
            digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def look_again() -> None:
    """Forget what the files were like a moment ago: they have been read anew."""
    _states.clear()
    _folder.cache_clear()


def _references(spec: BackendSpec | WorkloadSpec) -> list[str]:
    return [spec.workload] if isinstance(spec, WorkloadSpec) else list(spec.implements.values())


def _state(folder: Path) -> bytes:
    """The texts of the files below `folder`, a few seconds old at most: every redraw of a page looks."""
    now = time.monotonic()
    if folder in _states and now < _states[folder][0]:
        return _states[folder][1]
    digest = hashlib.sha256()
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
        if not set(path.relative_to(folder).parts[:-1]) & set(_DRAWS):
            digest.update(path.name.encode() + _hash(path))
    state = digest.digest()
    _states[folder] = (now + _FRESH_SECONDS, state)
    return state


def _hash(path: Path) -> bytes:
    """The hash of a file's text, read again only where its size or time has changed."""
    status = path.stat()
    key = (str(path), status.st_size, status.st_mtime_ns)
    if key not in _hashes:
        _hashes[key] = hashlib.sha256(path.read_bytes()).digest()
    return _hashes[key]


@cache
def _folder(reference: str) -> Path | None:
    """Where a class's code lies: the folder of its plugin with all rooms of it, or its one file."""
    parts = reference.partition(":")[0].split(".")
    spec = importlib.util.find_spec(".".join(parts))
    if spec is None or spec.origin is None:
        return None
    # `backends.he.scoring.roles` lies in the plugin `backends/he`, `veilbench_mine.rooms.one` in `veilbench_mine`.
    depth = len(parts) - (2 if parts[0] in _SHARED else 1)
    return Path(spec.origin).parents[depth - 1] if depth > 0 else Path(spec.origin)
