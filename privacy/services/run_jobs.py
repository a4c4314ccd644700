"""Runs that a program asked for: each in a process of its own, a few at a time, and kept for when it asks again.

What is known of a run lies in a file of its own. A worker writes its record there itself, so that one that has ended
is there after a restart; of one that was cut off, the file says so.
"""

import json
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from privacy.errors import ServiceError, UnknownNameError
from privacy.home import guarded, room, write_atomic
from privacy.jobs.book import JobBook
from privacy.request import RunRequest

KIND = "run"
AT_ONCE, WAITING, KEPT = 2, 16, 200
_WORKER = "privacy.services.run_worker"
_OVER = ("done", "failed", "cancelled", "interrupted")


@dataclass(frozen=True)
class RunState:
    """One run: `state` is queued, running, done, failed, cancelled, or interrupted by an end of the app.

    `room` names the room that it is in, as `rooms.opening.Names` has it; empty where it is in none.
    """

    id: str
    state: str
    request: Mapping[str, Any]
    done: int = 0
    total: int = 0
    label: str = ""
    error: str = ""
    record: dict[str, Any] | None = field(default=None, repr=False)
    room: Mapping[str, str] = field(default_factory=dict)


class BusyError(ServiceError):
    """As many runs wait as may: ask again later."""


class RunJobs:
    """The runs of this app that a program wanted, their workers in the app's book of jobs."""

    def __init__(self, jobs: JobBook) -> None:
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._states: dict[str, RunState] = {}
        self._jobs = jobs

    def start(self, request: RunRequest, *, room: Mapping[str, str] | None = None) -> RunState:
        """Queue a run, in a room where one is named.

        BusyError where too many wait, StateError where nothing can be kept.
        """
        with self._lock:
            waiting = sum(s.state == "queued" for s in self._states.values())
            if waiting >= WAITING:
                raise BusyError(f"{WAITING} runs wait already", then="ask again when one has ended")
            state = RunState(secrets.token_hex(8), "queued", request.as_dict(), room=dict(room or {}))
            self._keep(state)
            self._states[state.id] = state
            self._threads = self._threads or ThreadPoolExecutor(AT_ONCE, thread_name_prefix="run")
            self._threads.submit(self._work, state.id)
        self._tidy()
        return state

    def get(self, run: str) -> RunState:
        """A run as it is now. UnknownNameError if there is none of that id."""
        with self._lock:
            state = self._states.get(run)
        if state is not None and state.state == "running":
            now = self._jobs.progress(KIND, run)
            return replace(state, done=now.done, total=now.total, label=now.label)
        if state is not None and state.state not in _OVER:
            return state
        return self._read(run)

    def latest(self, run: str) -> dict[str, Any] | None:
        """The last round that a run has finished: its `index`, its `settings`, and the versions `committed` so far."""
        try:
            found: dict[str, Any] | None = json.loads(latest_of(_path(run)).read_bytes()) if run.isalnum() else None
        except (OSError, ValueError):
            return None
        return found

    def all(self) -> list[RunState]:
        """Every run that is kept, newest first, without its record."""
        found = []
        for path in _newest_first():
            try:
                found.append(replace(self.get(path.stem), record=None))
            except UnknownNameError:
                continue
        return found

    def cancel(self, run: str) -> RunState:
        """End a run that is not over; one that is stays as it is."""
        with self._lock:
            state = self._states.get(run)
            if state is not None and state.state not in _OVER:
                self._settle(replace(state, state="cancelled"))
        self._jobs.cancel(KIND, run)
        self._jobs.wait(KIND, run)
        return self.get(run)

    def close(self) -> None:
        """End every run and wait for the workers to be gone; what was running is kept as interrupted."""
        with self._lock:
            open_runs = [s for s in self._states.values() if s.state not in _OVER]
            for state in open_runs:
                self._settle(replace(state, state="interrupted"))
        for state in open_runs:
            self._jobs.cancel(KIND, state.id)
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)

    def _work(self, run: str) -> None:
        """Runs in a thread of the pool: one worker from its start to its end."""
        with self._lock:
            state = self._states[run]
            if state.state != "queued":
                return
            values = {"request": dict(state.request), "path": str(_path(run)), "id": run, "room": dict(state.room)}
            self._jobs.start(KIND, run, _WORKER, values)
            self._states[run] = replace(state, state="running")
        ending = self._jobs.wait(KIND, run)
        with self._lock:
            state = self._states[run]
            if state.state != "running":
                return
            ended = self._read(run) if _path(run).exists() else state
            if ended.state not in ("done", "failed"):
                ended = replace(state, state="failed", error=ending.error or "The worker ended early.")
            self._settle(ended)

    def _settle(self, state: RunState) -> None:
        """Note how a run ended; its record is read from the file."""
        if state.record is None:
            self._keep(state)
        self._states[state.id] = replace(state, record=None)

    def _keep(self, state: RunState) -> None:
        write_atomic(_path(state.id), json.dumps(asdict(state), ensure_ascii=False).encode())

    def _read(self, run: str) -> RunState:
        path = _path(run) if run.isalnum() else None
        try:
            values = json.loads(path.read_bytes()) if path else None
            state = RunState(**values) if values else None
        except (OSError, ValueError, TypeError):
            state = None
        if state is None or state.id != run:
            raise UnknownNameError("run", run[:40], [p.stem for p in _folder().glob("*.json")][:20])
        if state.state not in _OVER and run not in self._states:
            return replace(state, state="interrupted", error="The app ended before the run did; ask for it again.")
        return state

    def _tidy(self) -> None:
        """Forget the oldest of many runs that are over."""
        for path in _newest_first()[KEPT:]:
            state = self._states.get(path.stem)
            if state is None or state.state in _OVER:
                for one in (path, latest_of(path)):
                    guarded(lambda one=one: one.unlink(missing_ok=True), one)  # type: ignore[misc]
                self._states.pop(path.stem, None)


def _folder() -> Path:
    return room("asked")


def _newest_first() -> list[Path]:
    return sorted(_folder().glob("*.json"), key=lambda p: p.stat().st_mtime_ns, reverse=True)


def latest_of(path: Path) -> Path:
    """Where a run's worker keeps its last finished round."""
    return path.with_suffix(".round")


def _path(run: str) -> Path:
    return _folder() / f"{run}.json"
