"""The data that a person chose on a page: which of their own files is on, kept on this device and in no link.

A path or a file's name may say as much of a person as the file, so neither is ever a setting: the choice is a small
file in the state folder, the same for every tab, a reload and a restart. Each workload has its own, as a file for one
may be none for another.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO, TypeVar

from privacy.errors import DataError, StateError
from privacy.home import cache_dir, guarded, home, write_atomic
from privacy.request import RunRequest
from privacy.services.uploads import drop_upload, forget_uploads, keep_mapping, keep_upload
from privacy.tables.guess import guess_mapping
from privacy.tables.mapping import Mapping
from privacy.tables.table import Sample, read_sample

T = TypeVar("T")
_USUAL = "data-choice.json"


@dataclass(frozen=True)
class Choice:
    """The data in use: the shipped file, or the path of a kept one with that of its mapping, if it has one."""

    data: str | None = None
    mapping: str | None = None

    @property
    def name(self) -> str:
        """The file's own name; empty for the shipped data."""
        return Path(self.data).name if self.data else ""

    def on(self, request: RunRequest) -> RunRequest:
        """The same request on this data."""
        return replace(request, data=self.data, mapping=self.mapping)


@dataclass(frozen=True)
class Brought:
    """A kept file that is not in use yet: its first rows, and a mapping to begin with where one can be guessed."""

    path: Path
    sample: Sample
    guess: Mapping | None


def bring(body: BinaryIO, name: str) -> Brought:
    """Keep a file and look at its first rows. DataError if it is no table, StateError if it cannot be kept."""
    path = keep_upload(body, name)
    try:
        sample = read_sample(path)
    except DataError:
        drop_upload(path)
        raise
    return Brought(path, sample, _guess(sample))


def look(path: Path) -> Brought:
    """A kept file once more, to say anew what its columns mean. DataError if it is no table."""
    sample = read_sample(path)
    return Brought(path, sample, _guess(sample))


def _guess(sample: Sample) -> Mapping | None:
    try:
        return guess_mapping(sample)
    except DataError:
        return None


def leave(brought: Brought) -> None:
    """Delete a kept file that was not used after all; one that is in use stays."""
    used = [Path(data).parent for data in _used()]
    if brought.path.parent not in used:
        drop_upload(brought.path)


def use(
    brought: Brought, mapping: Mapping | None, *, check: Callable[[Choice], T], workload: str = RunRequest.workload
) -> T:
    """Make a file the data that a workload uses, but only if `check` can open it; returns what that returned."""
    choice = Choice(str(brought.path), str(keep_mapping(mapping)) if mapping else None)
    found = check(choice)
    write_atomic(_path(workload), json.dumps(asdict(choice)).encode())
    return found


def chosen(workload: str = RunRequest.workload) -> Choice:
    """The data that a workload uses. StateError if what was kept of the choice cannot be read."""
    path = _path(workload)
    if not path.exists():
        return Choice()
    try:
        found = json.loads(guarded(path.read_bytes, path))
        data, mapping = found["data"], found["mapping"]
        if not isinstance(data, str) or not isinstance(mapping, str | None):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise StateError(
            "the kept choice of data cannot be read", where=str(path), then="go back to the shipped data"
        ) from None
    return Choice(data, mapping)


def use_shipped(workload: str = RunRequest.workload) -> None:
    """Go back to the data that ships with a workload; the person's files stay."""
    path = _path(workload)
    guarded(lambda: path.unlink(missing_ok=True), path)


def forget() -> int:
    """Go back to the shipped data and delete every kept file, with what was derived from it; returns how many files."""
    for path in _kept():
        guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]
    cache = cache_dir()
    for path in cache.iterdir() if cache else []:
        guarded(lambda path=path: path.unlink(missing_ok=True), path)  # type: ignore[misc]
    return forget_uploads()


def _path(workload: str) -> Path:
    return home() / (_USUAL if workload == RunRequest.workload else f"data-choice-{workload}.json")


def _kept() -> list[Path]:
    return sorted(home().glob("data-choice*.json"))


def _used() -> list[str]:
    """The files that some workload uses, as far as the choices can be read."""
    found = []
    for path in _kept():
        try:
            found.append(str(json.loads(guarded(path.read_bytes, path))["data"]))
        except (ValueError, KeyError, TypeError, StateError):
            continue
    return found
