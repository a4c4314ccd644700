"""Comparisons that run in a process of their own, cell by cell, each kept as soon as it is made.

A comparison that is cancelled, killed or cut off by a restart goes on from the first cell that has no record.
"""

import json
import threading
from pathlib import Path

from privacy.compare.plan import Cell, Comparison, Plan
from privacy.errors import StateError, UnknownNameError
from privacy.fingerprint import code_fingerprint
from privacy.home import guarded, home, write_atomic
from privacy.jobs.job import Job, Progress
from privacy.registry import Registry
from privacy.services.runs import Record, RunShelf
from workloads.catalogue import workload_of


def _folder() -> Path:
    folder = home() / "comparisons"
    guarded(lambda: folder.mkdir(exist_ok=True, mode=0o700), folder)
    return folder


def run_id(cell: Cell, registry: Registry) -> str:
    """A cell's run: its settings, its data and its code. So a run is shared by every comparison that has it."""
    workload = workload_of(cell.request)
    stack = workload.resolve(cell.request, registry)
    return cell.request.key(workload.data_hash(cell.request), code_fingerprint(stack))


def _record(shelf: RunShelf, key: str) -> Record | None:
    try:
        return shelf.open(key) if shelf.has(key) else None
    except StateError:
        return None


class Comparisons:
    """One job for each comparison, however many tabs ask for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def save(self, plan: Plan) -> str:
        """Keep a plan under its id, so that a link can name it."""
        write_atomic(_folder() / f"{plan.id}.json", json.dumps(plan.as_dict()).encode())
        return plan.id

    def plan(self, comparison: str) -> Plan:
        """The plan saved as `comparison`."""
        path = _folder() / f"{comparison}.json"
        if not comparison.isalnum() or not path.exists():
            raise UnknownNameError("comparison", comparison, self.ids())
        try:
            return Plan.from_dict(json.loads(guarded(path.read_bytes, path)))
        except (ValueError, KeyError, TypeError):
            raise StateError("a saved comparison cannot be read", where=str(path), then="delete that file") from None

    def ids(self) -> list[str]:
        """All saved comparisons, newest first."""
        return [p.stem for p in sorted(_folder().glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)]

    def open(self, plan: Plan, registry: Registry) -> Comparison:
        """The comparison with the records that it has by now; one that cannot be read counts as none."""
        cells, shelf = plan.cells(registry), RunShelf()
        records = [_record(shelf, run_id(cell, registry)) for cell in cells]
        return Comparison(plan, cells, records)

    def done(self, plan: Plan, registry: Registry) -> int:
        """How many records the comparison has by now, without reading them."""
        shelf = RunShelf()
        return sum(shelf.has(run_id(cell, registry)) for cell in plan.cells(registry))

    def start(self, plan: Plan, registry: Registry) -> Progress:
        """Start or resume; what has run is not run again."""
        plan.cells(registry)
        with self._lock:
            job = self._jobs.get(plan.id)
            if job is None or job.progress.state != "running":
                self.save(plan)
                job = self._jobs[plan.id] = Job("privacy.compare.worker", plan.as_dict())
            return job.progress

    def progress(self, plan: Plan) -> Progress:
        """How far the comparison's job is; `absent` if none was started here."""
        with self._lock:
            job = self._jobs.get(plan.id)
        return job.progress if job else Progress("absent")

    def cancel(self, plan: Plan) -> None:
        """Stop; what has run stays."""
        with self._lock:
            job = self._jobs.get(plan.id)
        if job:
            job.cancel()

    def close(self) -> None:
        """End every running job and wait for it to be gone."""
        for job in list(self._jobs.values()):
            job.close()
