"""The worker of a comparison, and the loop that the command line shares with it."""

from typing import Any

from privacy import lab
from privacy.compare.book import run_id
from privacy.compare.plan import Comparison, Plan
from privacy.errors import ConsentError, DataError, ParamError, StateError
from privacy.jobs.job import Report, work
from privacy.registry import Registry, discover
from privacy.services.runs import Record, RunShelf

_STEPS = 1000


def run_plan(
    plan: Plan, registry: Registry, report: Report, *, fresh: bool = False, consent: bool = True
) -> Comparison:
    """Run every cell that has no record yet, keeping each as soon as it is made.

    A record of a failure, or one that cannot be read, counts as none. `fresh` runs every cell and replaces its record.
    Without `consent` those that would spend a person's own budget are left; ConsentError, once the others are made,
    says what each would spend.
    """
    cells, shelf = plan.cells(registry), RunShelf()
    records: list[Record | None] = []
    waiting: list[str] = []
    refused: dict[str, str] = {}
    for place, cell in enumerate(cells):
        key = run_id(cell, registry)
        record = None if fresh else kept(shelf, key)
        if record is None:
            within = _Share(report, place, len(cells))
            try:
                made = lab.run(cell.request, registry=registry, progress=within, consent=consent)
            except ConsentError as error:
                waiting.append(f"{cell.label}: {error.what}")
            except (DataError, ParamError) as error:
                if not cell.column:
                    raise
                refused[cell.label] = str(error)
            else:
                shelf.save(key, made.as_dict())
                record = shelf.open(key)
        records.append(record)
        report((place + 1) * _STEPS, len(cells) * _STEPS, cell.label)
    if waiting:
        raise ConsentError("; ".join(waiting), then="press the button to spend it")
    return Comparison(plan, cells, records, refused)


def kept(shelf: RunShelf, key: str) -> Record | None:
    """The record of a run that need not be made again."""
    if not shelf.has(key):
        return None
    try:
        record = shelf.open(key)
    except StateError:
        return None
    return None if record["failure"] else record


class _Share:
    """The progress of one cell as its share of all; each further pass takes half of what is left."""

    def __init__(self, report: Report, place: int, cells: int) -> None:
        self._report, self._place, self._cells = report, place, cells
        self._label, self._passes = "", 0

    def __call__(self, done: int, total: int, label: str) -> None:
        self._passes += label != self._label
        self._label = label
        share = min(done / max(total, 1), 1.0)
        within = 1 - (2 - share) / 2**self._passes
        self._report(int((self._place + within) * _STEPS), self._cells * _STEPS, label)


def compare(values: dict[str, Any], report: Report) -> None:
    """Run the plan that came as the request, and spend a person's own budget where it says so."""
    registry = discover()
    run_plan(Plan.from_dict(values["plan"], registry), registry, report, consent=values["consent"])


if __name__ == "__main__":
    work(compare)
