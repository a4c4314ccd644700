"""Conformance checks: run on one backend in a process of its own, and what each found kept, whole or in part."""

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from privacy.entry import Entry
from privacy.errors import StateError
from privacy.fingerprint import code_of
from privacy.home import guarded, home, write_atomic
from privacy.jobs.book import JobBook
from privacy.jobs.job import Job, Progress
from privacy.registry import Registry
from privacy.services.released import released
from privacy.spec import BackendSpec
from privacy.testing.bench import UNFINISHED, CheckResult
from privacy.testing.report import Report, property_of

KIND = "check"
QUIET = 300.0
"""Seconds without a word after which a worker is ended. It speaks every few seconds, unless a plugin holds it."""

_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_AT = re.compile(r"(?P<primitive>[^:]+): (?P<check>[^,]+), (?P<place>.+)")


@dataclass(frozen=True)
class CheckSnapshot(Progress):
    """How far a backend's check is, and what is known of it.

    `report` is the last whole one of this device, else that of the release, as `at_release` says; `stale` if the code
    has changed since. `part` is what a check found that was not finished, of the code as it is now.
    """

    report: Report | None = None
    stale: bool = False
    at_release: bool = False
    part: Report | None = None


class Checks:
    """One check for each backend, however many tabs want it."""

    def __init__(self, jobs: JobBook, *, quiet: float = QUIET) -> None:
        self.quiet, self._jobs = quiet, jobs
        self._late: dict[str, str] = {}

    def snapshot(self, backend: str, registry: Registry) -> CheckSnapshot:
        """The state of the worker and what is kept. Raises what `Registry.spec` raises."""
        spec = registry.spec(backend)
        # Read before the file, as a worker keeps its report before it ends.
        progress, late = self._jobs.progress(KIND, backend), self._late.get(backend)
        if late:
            progress = Progress("failed", progress.done, progress.total, error=late)
        own = last(spec)
        report = own or (released(spec) if registry.builtin(spec) else None)
        return CheckSnapshot(
            **vars(progress), report=report, stale=report is not None and _stale(report, spec),
            at_release=own is None and report is not None, part=part(spec),
        )  # fmt: skip

    def start(
        self, backend: str, registry: Registry, *, params: Mapping[str, Any] | None = None, anew: bool = False
    ) -> CheckSnapshot:
        """Check a backend, unless that is being done already: go on with what was not finished, or begin `anew`.

        Raises what `Registry.spec` raises.
        """
        spec = registry.spec(backend)
        if self._jobs.progress(KIND, backend).state != "running":
            self._late.pop(backend, None)
            if anew:
                drop_part(spec)
        request = {"backend": backend, "params": dict(params or {})}
        self._jobs.start(
            KIND, backend, "privacy.services.checks_worker", request, quiet=self.quiet,
            late=lambda job: self._end_late(job, spec),
        )  # fmt: skip
        return self.snapshot(backend, registry)

    def cancel(self, backend: str) -> None:
        """End a check; what it found is kept, to go on from."""
        self._jobs.cancel(KIND, backend)

    def _end_late(self, job: Job, spec: BackendSpec) -> None:
        """A worker was silent for too long: note the check that it was at as not finished."""
        at = job.progress.label or "loading the plugin"
        self._late[spec.id] = (
            f"No sign of life for {self.quiet:g} s, at {at}: the check was ended. Its findings are kept; run the rest."
        )
        # The state folder may be gone by now; the snapshot says the same.
        with contextlib.suppress(Exception):
            keep_part(_cut(part(spec), spec, at, self.quiet, job.progress.total), spec)


def _cut(found: Report | None, spec: BackendSpec, at: str, seconds: float, total: int) -> Report:
    """What was found so far, and the check that had no end."""
    place = _AT.fullmatch(at)
    primitive, check, where = place.groups() if place else (next(iter(spec.implements)), "load", "in process")
    detail = f"{UNFINISHED}no sign of life for {seconds:g} s, and the worker was ended"
    again = f"veilbench check {spec.id} --primitive {primitive}" + (f" --only {check}" if place else "")
    one = CheckResult(check, "Answers in time", None, detail, property_of(check), where, seconds, again)
    before = found or Report(spec.id, {}, code=code(spec), total=max(total, 1))
    rows = [r for r in before.primitives.get(primitive, []) if (r.id, r.place) != (check, where)]
    return replace(before, primitives={**before.primitives, primitive: [*rows, one]})


def keep(report: Report, spec: BackendSpec) -> None:
    """Keep a whole report as the backend's last, in place of any part. StateError if it cannot be written."""
    _write(report, _path(spec))
    drop_part(spec)


def keep_part(report: Report, spec: BackendSpec) -> None:
    """Keep what a check has found so far. StateError if it cannot be written."""
    _write(report, _path(spec, ".part"))


def drop_part(spec: BackendSpec) -> None:
    """Forget what a check that was not finished found."""
    path = _path(spec, ".part")
    guarded(lambda: path.unlink(missing_ok=True), path)


def last(spec: BackendSpec) -> Report | None:
    """The report that was kept last; None if there is none, or none that can be read."""
    return _kept(spec)


def part(spec: BackendSpec) -> Report | None:
    """What a check that was not finished has found of the code as it is now; None where there is nothing."""
    found = _kept(spec, ".part")
    return found if found is not None and not _stale(found, spec) else None


@dataclass(frozen=True)
class Standing:
    """What is known of a backend's conformance: what the last check found, and whether it is of the code as it is now.

    `state` is `passed` or `failed`, `incomplete` where checks are not finished, `none` where there is no report. With
    `at_release` the report came with this release and is not of this device.
    """

    state: Literal["passed", "failed", "incomplete", "none"]
    sentence: str
    passed: int = 0
    failed: int = 0
    date: str = ""
    stale: bool = False
    at_release: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def standing(entry: Entry) -> Standing:
    """What is known of a backend's conformance; nothing for one that could not be loaded."""
    spec = entry.spec
    if spec is None:
        return Standing("none", "")
    if (report := last(spec)) is not None:
        stale = _stale(report, spec)
        return _standing(report, "; its code has changed since" if stale else "", stale=stale)
    if (begun := part(spec)) is not None:
        return _standing(begun)
    if entry.builtin and (report := released(spec)) is not None:
        stale = _stale(report, spec)
        ending = f", measured at release{' of an earlier version' if stale else ''}; not checked on this device"
        return _standing(report, ending, stale=stale, at_release=True)
    return Standing("none", "declared; not checked on this device")


def _standing(report: Report, ending: str = "", *, stale: bool = False, at_release: bool = False) -> Standing:
    passed, failed = report.count(True), report.count(False)
    state: Literal["passed", "failed", "incomplete"] = "passed" if report.ok else "failed" if failed else "incomplete"
    return Standing(state, report.sentence + ending, passed, failed, report.date, stale, at_release)


def sentence(entry: Entry) -> str:
    """What may be said of a backend's guarantee; empty for one that could not be loaded."""
    return standing(entry).sentence


def code(spec: BackendSpec) -> str:
    """The fingerprint of a backend's code now; empty where its code cannot be found."""
    try:
        return code_of(spec, also=("testing",))
    except (ImportError, OSError, ValueError, AttributeError):
        return ""


def _write(report: Report, path: Path) -> None:
    guarded(lambda: path.parent.mkdir(exist_ok=True, mode=0o700), path.parent)
    write_atomic(path, json.dumps(report.as_dict(), ensure_ascii=False).encode())


def _kept(spec: BackendSpec, ending: str = "") -> Report | None:
    """A report of this device; None also where there is no state folder that can be used."""
    try:
        return _read(_path(spec, ending), spec)
    except StateError:
        return None


def _read(path: Path, spec: BackendSpec) -> Report | None:
    try:
        report = Report.from_dict(json.loads(path.read_bytes()))
        sound = report.backend == spec.id and isinstance(report.sentence, str)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return report if sound else None


def _path(spec: BackendSpec, ending: str = "") -> Path:
    named = spec.id if _PLAIN_NAME.fullmatch(spec.id) else hashlib.sha256(spec.id.encode()).hexdigest()[:32]
    return home() / "checks" / f"{named}{ending}.json"


def _stale(report: Report, spec: BackendSpec) -> bool:
    return report.code != code(spec)
