"""One conformance check shared out over two processes: each takes one part after another, until none is left.

Each check draws what it would have drawn alone, so the report is that of one process in less time.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from privacy.errors import PluginError
from privacy.jobs.job import Job
from privacy.spec import BackendSpec
from privacy.testing.bench import CheckResult
from privacy.testing.places import IN_PROCESS, PLACES
from privacy.testing.report import Report
from privacy.testing.runner import APART

Tell = Callable[[int, int, str], None]
Row = Callable[[str, CheckResult], None]
_WORKER = "privacy.services.checks_worker"
_POLL = 0.1
_WORKERS = 2


def worth_sharing(spec: BackendSpec, places: Collection[str]) -> bool:
    """Whether two processes have something to do each, and a core each."""
    return spec.kind == "carrier" and IN_PROCESS in places and len(set(places)) > 1 and (os.cpu_count() or 1) > 1


def check_shared(
    spec: BackendSpec, *, params: Mapping[str, Any], seed: int, places: Collection[str] = PLACES,
    progress: Tell | None = None, row: Row | None = None, **more: Any,
) -> Report:  # fmt: skip
    """The report of `check_backend` with these settings, by two workers who find the plugin by themselves.

    Raises PluginError where a worker ends without a report.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="veilbench-") as folder:
        order = {
            "backend": spec.id,
            "params": dict(params),
            "seed": seed,
            "share": folder,
            "places": list(places),
            **more,
        }
        jobs = [Job(_WORKER, order | more) for _ in range(_WORKERS)]
        try:
            _watch(jobs, progress or (lambda done, total, label: None), row or (lambda primitive, found: None))
            reports = [_read(job) for job in jobs]
        finally:
            for job in jobs:
                job.close()
    return replace(_merged(reports, spec), seconds=time.perf_counter() - began)


def first_to(folder: str) -> Callable[[str], bool]:
    """Whether this process is the first of those who share a folder that takes a part of this name."""

    def take(part: str) -> bool:
        try:
            (Path(folder) / hashlib.sha256(part.encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    return take


def _watch(jobs: list[Job], tell: Tell, row: Row) -> None:
    """Follow the workers until all have ended: the label is that of whoever is furthest behind."""
    reply, heard = [0 for _ in jobs], 0.0

    def pass_on() -> None:
        for i, job in enumerate(jobs):
            for primitive, values in job.rows[reply[i] :]:
                reply[i] += 1
                row(primitive, CheckResult(**values))

    while at_work := [job for job in jobs if job.progress.state == "running"]:
        now = [job.progress for job in jobs]
        running = [p for p in now if p.state == "running" and p.label]
        # Passed on only when there is something to pass on: silence is how a worker that hangs is found.
        newest = max(job.heard for job in jobs)
        if all(p.total for p in now) and running and newest != heard:
            heard = newest
            # A worker that has ended counts as whole, and has made its parts alone.
            done = sum(len(job.rows) for job in jobs)
            tell(done, max(p.total for p in now), min(running, key=lambda p: p.share).label)
        pass_on()
        at_work[0].join(_POLL)
    for job in jobs:
        job.join()
    pass_on()


def _read(job: Job) -> Report:
    if job.progress.state != "done" or job.result is None:
        at = f" at {job.progress.label}" if job.progress.label else ""
        text = job.progress.error or f"a worker ended{at} without a report"
        raise PluginError(text, then="run `veilbench check` with --debug to see why")
    return Report.from_dict(job.result)


def _merged(reports: list[Report], spec: BackendSpec) -> Report:
    """One report of all parts, in the order of one process."""
    results = {p: [r for one in reports for r in one.primitives.get(p, [])] for p in spec.implements}
    ordered = {p: sorted(found, key=_place_of) for p, found in results.items() if found}
    return replace(reports[0], primitives=ordered)


def _place_of(found: CheckResult) -> tuple[int, bool]:
    """In process first; there, what shares no runs comes last."""
    return PLACES.index(found.place), found.id in APART
