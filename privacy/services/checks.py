"""Conformance checks: run on one backend in a process of its own, and the last report of each kept."""

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.entry import Entry
from privacy.fingerprint import code_of
from privacy.home import guarded, home, write_atomic
from privacy.jobs.book import JobBook
from privacy.jobs.job import Job, Progress
from privacy.registry import Registry
from privacy.spec import BackendSpec
from privacy.testing.bench import CheckResult
from privacy.testing.report import Report, property_of

KIND = "check"
LIMIT = 900.0
"""Seconds that a whole run may take before its worker is ended."""

_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class CheckSnapshot(Progress):
    """How far a backend's check is, and its last report; `stale` if the code has changed since that report."""

    report: Report | None = None
    stale: bool = False


class Checks:
    """One check for each backend, however many tabs want it."""

    def __init__(self, jobs: JobBook, *, limit: float = LIMIT) -> None:
        self.limit, self._jobs = limit, jobs
        self._late: dict[str, str] = {}

    def snapshot(self, backend: str, registry: Registry) -> CheckSnapshot:
        """The state of the worker and what is kept. Raises what `Registry.spec` raises."""
        spec = registry.spec(backend)
        # Read before the file, as a worker keeps its report before it ends.
        progress, late = self._jobs.progress(KIND, backend), self._late.get(backend)
        if late:
            progress = Progress("failed", progress.done, progress.total, error=late)
        report = last(spec)
        return CheckSnapshot(**vars(progress), report=report, stale=report is not None and _stale(report, spec))

    def start(self, backend: str, registry: Registry, *, params: Mapping[str, Any] | None = None) -> CheckSnapshot:
        """Check a backend, unless that is being done already. Raises what `Registry.spec` raises."""
        spec = registry.spec(backend)
        if self._jobs.progress(KIND, backend).state != "running":
            self._late.pop(backend, None)
        request = {"backend": backend, "params": dict(params or {})}
        self._jobs.start(
            KIND, backend, "privacy.services.checks_worker", request, limit=self.limit,
            late=lambda job: self._end_late(job, spec),
        )  # fmt: skip
        return self.snapshot(backend, registry)

    def cancel(self, backend: str) -> None:
        """End a check; the report before it stays."""
        self._jobs.cancel(KIND, backend)

    def _end_late(self, job: Job, spec: BackendSpec) -> None:
        """A worker has had its time: keep a report that names the check it was at."""
        at = job.progress.label or "loading the plugin"
        self._late[spec.id] = f"No answer within {self.limit:g} s, at {at}: the check was ended."
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
        return code_of(spec, also=("testing",))
    except (ImportError, OSError, ValueError, AttributeError):
        return ""
