"""Comparisons that run in a process of their own, cell by cell, each kept as soon as it is made.

A comparison that is cancelled, killed or cut off by a restart goes on from the first cell that has no record.
"""

import json
import os
from pathlib import Path

from privacy.compare.plan import Cell, Comparison, Plan
from privacy.errors import StateError, UnknownNameError
from privacy.fingerprint import code_fingerprint
from privacy.home import guarded, room, write_atomic
from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress
from privacy.registry import Registry
from privacy.services.runs import Record, RunShelf
from privacy.stacks import code_of, options_of, resolve, spec_of

KIND = "comparison"


def _folder() -> Path:
    return room("comparisons")


def run_id(cell: Cell, registry: Registry) -> str:
    """A cell's run: its settings, its data and its code. So a run is shared by every comparison that has it."""
    spec = spec_of(cell.request, registry)
    data = code_of(spec).data_hash(cell.request, options_of(cell.request, registry))
    return cell.request.key(data, code_fingerprint(resolve(cell.request, registry), spec))


def _record(shelf: RunShelf, key: str) -> Record | None:
    try:
        return shelf.open(key) if shelf.has(key) else None
    except StateError:
        return None


class Comparisons:
    """The comparisons that are kept, and their jobs."""

    def __init__(self, jobs: JobBook) -> None:
        self._jobs = jobs

    def save(self, plan: Plan) -> str:
        """Keep a plan under its id, so that a link can name it."""
        write_atomic(_folder() / f"{plan.id}.json", json.dumps(plan.as_dict()).encode())
        return plan.id

    def plan(self, comparison: str, registry: Registry) -> Plan:
        """The plan saved as `comparison`. One of the version before is kept anew, under the name that it has now."""
        path = _folder() / f"{comparison}.json"
        if not comparison.isalnum() or not path.exists():
            raise UnknownNameError("comparison", comparison, self.ids())
        try:
            plan = Plan.from_dict(json.loads(guarded(path.read_bytes, path)), registry)
        except (ValueError, KeyError, TypeError):
            raise StateError("a saved comparison cannot be read", where=str(path), then="delete that file") from None
        if plan.id != comparison:
            _rename(path, plan)
        return plan

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

    def start(self, plan: Plan, registry: Registry, *, consent: bool = False, most: int = 0) -> Progress:
        """Start or resume; what has run is not run again. What spends a person's own budget runs with `consent`.

        Where `most` comparisons are being made already it is kept and not started: the answer is `absent`.
        """
        plan.cells(registry)
        if self.progress(plan).state != "running":
            self.save(plan)
        values = {"plan": plan.as_dict(), "consent": consent}
        return self._jobs.start(KIND, plan.id, "privacy.compare.run", values, most=most)

    def progress(self, plan: Plan) -> Progress:
        """How far the comparison's job is; `absent` if none was started here."""
        return self._jobs.progress(KIND, plan.id)

    def cancel(self, plan: Plan) -> None:
        """Stop; what has run stays."""
        self._jobs.cancel(KIND, plan.id)


def _rename(path: Path, plan: Plan) -> None:
    """Give a plan's file the name of the plan as it is read now, with its place among the others."""
    new = path.with_name(f"{plan.id}.json")
    if not new.exists():
        status = path.stat()
        write_atomic(new, json.dumps(plan.as_dict()).encode())
        os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    guarded(lambda: path.unlink(missing_ok=True), path)
