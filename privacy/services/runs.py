"""Saved runs: every run record that a comparison made, kept to be reopened, compared again and exported.

A record holds settings, figures, sizes and sentences; nothing private is in it.
"""

import json
from pathlib import Path
from typing import Any

from privacy.errors import StateError, UnknownNameError
from privacy.home import guarded, room, write_atomic
from privacy.results import READABLE

Record = dict[str, Any]


class RunShelf:
    """Run records by id, one JSON file each, under `$VEILBENCH_HOME/runs`."""

    def __init__(self) -> None:
        self._folder = room("runs")

    def save(self, run_id: str, record: Record) -> None:
        """Keep a record; StateError if the disk does not take it."""
        write_atomic(self._path(run_id), json.dumps(record, ensure_ascii=False, allow_nan=False).encode())

    def has(self, run_id: str) -> bool:
        return self._path(run_id).exists()

    def open(self, run_id: str) -> Record:
        """The record saved as `run_id`. UnknownNameError if there is none, StateError if it cannot be read."""
        path = self._path(run_id)
        if not path.exists():
            raise UnknownNameError("saved run", run_id, self.ids())
        try:
            record: Record = json.loads(guarded(path.read_bytes, path))
            if record["schema"] not in READABLE:
                raise StateError(f"run {run_id} was saved in schema {record['schema']}", then="run it again")
        except (ValueError, KeyError, TypeError):
            again = "delete it and run it again"
            raise StateError(f"run {run_id} cannot be read", where=str(path), then=again) from None
        return record

    def ids(self) -> list[str]:
        """All saved runs, newest first."""
        paths = sorted(self._folder.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
        return [p.stem for p in paths]

    def _path(self, run_id: str) -> Path:
        if not run_id.isalnum():
            raise UnknownNameError("saved run", run_id, self.ids())
        return self._folder / f"{run_id}.json"
