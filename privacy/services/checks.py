"""Conformance checks: run on one backend in a process of its own, and the last report of each kept."""

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.entry import Entry
from privacy.fingerprint import code_of
from privacy.home import guarded, home, write_atomic
from privacy.jobs.job import Job, Progress
from privacy.registry import Registry
from privacy.spec import BackendSpec
from privacy.testing.bench import CheckResult
from privacy.testing.report import Report, property_of

LIMIT = 900.0
"""Seconds that a whole run may take before its worker is ended."""

_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class CheckSnapshot(Progress):
    """How far a backend's check is, and its last report; `stale` if the code has changed since that report."""

    report: Report | None = None
    stale: bool = False


class Checks:
    """One job for each backend, however many tabs ask."""

    def __init__(self, *, limit: float = LIMIT) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._late: dict[str, str] = {}

    def snapshot(self, backend: str, registry: Registry) -> CheckSnapshot:
        """The state of the worker and what is kept. Raises what `Registry.spec` raises."""
        spec = registry.spec(backend)
        with self._lock:
            job, late = self._jobs.get(backend), self._late.get(backend)
            # Read before the file, as a worker keeps its report before it ends.
            progress = job.progress if job else Progress("absent")
        if late:
            progress = Progress("failed", progress.done, progress.total, error=late)
        report = last(spec)
        return CheckSnapshot(**vars(progress), report=report, stale=report is not None and _stale(report, spec))

    def start(self, backend: str, registry: Registry, *, params: Mapping[str, Any] | None = None) -> CheckSnapshot:
        """Check a backend, unless that is being done already. Raises what `Registry.spec` raises."""
        spec = registry.spec(backend)
        with self._lock:
            running = self._jobs.get(backend)
            if running is None or running.progress.state != "running":
                self._late.pop(backend, None)
                job = Job("privacy.services.checks_worker", {"backend": backend, "params": dict(params or {})})
                self._jobs[backend] = job
                timer = threading.Timer(self.limit, self._end_late, (job, spec))
                timer.daemon = True
                self._timers[backend] = timer
                timer.start()
        return self.snapshot(backend, registry)

    def cancel(self, backend: str) -> None:
        """End a check; the report before it stays."""
        with self._lock:
            job, timer = self._jobs.get(backend), self._timers.get(backend)
        if timer:
            timer.cancel()
        if job:
            job.cancel()

    def close(self) -> None:
        """End every running check and wait for it to be gone."""
        for backend, job in list(self._jobs.items()):
            self.cancel(backend)
            job.join()

    def _end_late(self, job: Job, spec: BackendSpec) -> None:
        """Kill a worker that has had its time, and keep a report that names the check it was at."""
        with self._lock:
            if job.progress.state != "running":
                return
            at = job.progress.label or "loading the plugin"
            self._late[spec.id] = f"No answer within {self.limit:g} s, at {at}: the check was ended."
            job.cancel()
        job.join()
        # The state folder may be gone by now; the snapshot says the same.
        with contextlib.suppress(Exception):
            keep(_unanswered(spec, at, self.limit), spec)


def _unanswered(spec: BackendSpec, at: str, limit: float) -> Report:
    found = re.fullmatch(r"(?P<primitive>[^:]+): (?P<check>[^,]+), (?P<place>.+)", at)
    primitive, check, place = found.groups() if found else (next(iter(spec.implements)), "load", "in process")
    detail = f"It gave no answer: the whole run was ended after {limit:g} s. Checks after it were not run."
    again = f"veilbench check {spec.id} --primitive {primitive}" + (f" --only {check}" if found else "")
    one = CheckResult(check, "Answers in time", False, detail, property_of(check), place, limit, again)
    return Report(spec.id, {primitive: [one]}, seconds=limit, code=_code(spec))


def keep(report: Report, spec: BackendSpec) -> None:
    """Keep a report as the backend's last. StateError if the state folder cannot be written."""
    path = _path(spec)
    guarded(lambda: path.parent.mkdir(exist_ok=True, mode=0o700), path.parent)
    write_atomic(path, json.dumps(report.as_dict(), ensure_ascii=False).encode())


def last(spec: BackendSpec) -> Report | None:
    """The report that was kept last; None if there is none, or none that can be read."""
    try:
        report = Report.from_dict(json.loads(_path(spec).read_bytes()))
        sound = report.backend == spec.id and isinstance(report.sentence, str)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return report if sound else None


def sentence(entry: Entry) -> str:
    """What may be said of a backend's guarantee; empty for one that could not be loaded."""
    if entry.spec is None:
        return ""
    report = last(entry.spec)
    if report is None:
        return "declared; not checked on this device"
    changed = "; its code has changed since" if _stale(report, entry.spec) else ""
    return report.sentence + changed


def _path(spec: BackendSpec) -> Path:
    named = spec.id if _PLAIN_NAME.fullmatch(spec.id) else hashlib.sha256(spec.id.encode()).hexdigest()[:32]
    return home() / "checks" / f"{named}.json"


def _stale(report: Report, spec: BackendSpec) -> bool:
    return report.code != _code(spec)


def _code(spec: BackendSpec) -> str:
    """The fingerprint of a backend's code now; empty where its code cannot be found."""
    try:
        return code_of(spec)
    except (ImportError, OSError, ValueError, AttributeError):
        return ""
