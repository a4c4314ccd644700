"""Veilbench from Python and notebooks: run a workload under a privacy technology, compare stacks, keep the evidence.

    import veilbench

    found = veilbench.compare("survey", stacks=["plain", "dp", "smpc"], sweep={"epsilon": [0.5, 2, 8]})
    found.to_frame()

The functions do what the command line `veilbench` does, with the same setting names, records and errors. Every error
is a `VeilbenchError`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy import __version__
from privacy.compare.plan import Cell, Comparison, Plan
from privacy.errors import DataError, ParamError, UnknownNameError, VeilbenchError
from privacy.registry import Registry, discover
from privacy.request import USUAL, RunRequest
from privacy.results import code_id
from privacy.stacks import filled, spec_of

if TYPE_CHECKING:
    import altair
    import pandas as pd

__all__ = ["Compared", "Run", "VeilbenchError", "__version__", "compare", "run", "schema", "stacks", "workloads"]

Progress = Callable[[int, int, str], None]
"""Is told how much is done, of how much, and what comes next."""
COLUMNS = (
    "workload", "stack", "parameter", "swept", "column", "figure", "value", "low", "high", "n", "unit", "better",
    "source", "simulated", "chance", "truth", "note", "failure", "seed", "data_hash", "code",
)  # fmt: skip
"""The columns of every frame. `source` is measured, declared or estimated; the `figure` of an answer says so; `code` is
another after one edited line of what made the record."""


class _Framed:
    """What a run and a comparison have in common: the same figures in the same form."""

    _comparison: Comparison
    _registry: Registry

    def to_frame(self) -> "pd.DataFrame":
        """Every figure as a row, with the columns `COLUMNS` for every workload.

        A figure that could not be established has no `value`, and its `note` says why. A cell that failed or was
        refused has one row with a `failure`.
        """
        import pandas as pd

        rows = [row for pair in self._cells() for row in _rows(self._comparison, *pair)]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype(dict.fromkeys(("swept", "value", "low", "high", "n", "chance", "truth"), "float64"))

    def charts(self) -> "dict[str, altair.TopLevelMixin]":
        """The charts of the page *Compare*, by name. Each is an Altair chart, which notebooks draw."""
        import altair

        from privacy.export.charts import charts

        spec = spec_of(self._comparison.plan.base, self._registry)
        made = {one.tab: one for one in charts(self._comparison, spec)}
        return {name: altair.Chart.from_dict(dict(one.spec)) for name, one in made.items()}

    def chart(self, name: str = "") -> "altair.TopLevelMixin":
        """One chart by name, or the first without a name. Raises UnknownNameError for an unknown name."""
        made = self.charts()
        if not made:
            raise DataError("there is nothing to draw, as no run has succeeded", then="see to_frame()")
        if name and name not in made:
            raise UnknownNameError("chart", name, made)
        return made[name or next(iter(made))]

    def _cells(self) -> list[tuple[Cell, Mapping[str, Any] | None]]:
        return list(zip(self._comparison.cells, self._comparison.records, strict=True))


@dataclass(frozen=True, repr=False)
class Run(_Framed):
    """A run. Its `record` is the JSON document of `veilbench run --json`, with all that is needed to judge the run."""

    record: dict[str, Any]
    _comparison: Comparison = field(repr=False)
    _registry: Registry = field(repr=False)

    @property
    def answer(self) -> list[dict[str, Any]]:
        """The answer: rows with label, value, low, high, and the truth where it is known."""
        return list(self.record["answer"])

    @property
    def failure(self) -> str | None:
        """Why the run failed; None if it did not."""
        failure: str | None = self.record["failure"]
        return failure

    def __repr__(self) -> str:
        said = f"failed: {self.failure}" if self.failure else f"{len(self.record['metrics'])} figures"
        return f"<{self.record['workload']} under {self.record['stack']}: {said}>"


@dataclass(frozen=True, repr=False)
class Compared(_Framed):
    """A comparison of stacks, each at every value of one parameter if there is a sweep."""

    _comparison: Comparison = field(repr=False)
    _registry: Registry = field(repr=False)

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """The record of each run by its label, such as `dp at 0.5`."""
        return {cell.label: dict(record) for cell, record in self._cells() if record is not None}

    @property
    def record(self) -> dict[str, Any]:
        """The whole comparison as the JSON document of `veilbench compare --json`."""
        from privacy.export import document

        return document(self._comparison)

    def report(self, path: str | PathLike[str]) -> Path:
        """Write one self-contained HTML file with figures, charts, guarantees and settings."""
        from privacy.export import to_html

        spec = spec_of(self._comparison.plan.base, self._registry)
        text = to_html(self._comparison, spec, written=time.strftime("%Y-%m-%d %H:%M %z"))
        return _written(path, text)

    def csv(self, path: str | PathLike[str]) -> Path:
        """Write the figures as `veilbench compare --csv` does. No cell is a formula to a spreadsheet."""
        from privacy.export import to_csv

        return _written(path, to_csv(self._comparison))

    def __repr__(self) -> str:
        return f"<{len(self._comparison.cells)} runs of {self._comparison.plan.base.workload}>"


def run(
    workload: str = USUAL, *, stack: str = "plain", params: Mapping[str, Any] | None = None, seed: int = 0,
    data: str | PathLike[str] | None = None, mapping: str | PathLike[str] | None = None,
    progress: Progress | None = None, **options: Any,
) -> Run:  # fmt: skip
    """Run a workload once under a stack.

    `params` are the stack's parameters and `options` the workload's, by the names of the command line with `_` for `-`.
    `data` and `mapping` are your own files. `seed` sets data, simulations and attacks, but never keys or noise.

    Raises UnknownNameError for an unknown name, ParamError for an impossible value, DataError for an unreadable
    file, and BudgetError if a budget is too small. A run that fails says so in `failure`.
    """
    from privacy import lab

    registry = discover()
    request = _request(registry, workload, stack, params, seed, data, mapping, options)
    made = lab.run(request, registry=registry, progress=progress or _silent)
    plan = Plan(request, (request.stack,))
    record = made.as_dict()
    return Run(record, Comparison(plan, [Cell(request)], [record]), registry)


def compare(
    workload: str = USUAL, *, stacks: Sequence[str], sweep: Mapping[str, Sequence[float]] | None = None,
    params: Mapping[str, Any] | None = None, seed: int = 0, data: str | PathLike[str] | None = None,
    mapping: str | PathLike[str] | None = None, fresh: bool = False, progress: Progress | None = None, **options: Any,
) -> Compared:  # fmt: skip
    """Run a workload under several stacks, and with a `sweep` at each value of one parameter, such as epsilon.

    A stack that lacks the parameter runs once. Saved runs with the same settings are reused, unless `fresh`. Raises
    the errors of `run`, if possible before anything runs.
    """
    from privacy.compare.run import run_plan

    registry = discover()
    if sweep is not None and len(sweep) != 1:
        raise ParamError(f"a sweep has one parameter, and {len(sweep)} are named", then="name one")
    name, values = next(iter(sweep.items())) if sweep else ("", ())
    if isinstance(stacks, str):
        raise ParamError("stacks must be a list of names", then=f'give ["{stacks}"]')
    base = _request(registry, workload, "plain", params, seed, data, mapping, options)
    plan = Plan(base, tuple(stacks), name, tuple(sorted({float(v) for v in values})))
    return Compared(run_plan(plan, registry, progress or _silent, fresh=fresh), registry)


def workloads() -> dict[str, str]:
    """All workloads: what each does, by id."""
    return {spec.id: spec.summary for spec in discover().workloads.values()}


def stacks(workload: str = USUAL) -> list[str]:
    """The stacks under which a workload runs here. Raises UnknownNameError for an unknown workload."""
    from privacy.stacks import offered

    registry = discover()
    return list(offered(registry.workload(workload), registry))


def schema(name: str = "run-record") -> dict[str, Any]:
    """The JSON Schema of a `record`: `run-record`, `comparison`, or a version's, such as `run-record-1`.

    Raises UnknownNameError for an unknown schema.
    """
    from privacy import schemas

    return schemas.schema(name)


def _request(
    registry: Registry, workload: str, stack: str, params: Mapping[str, Any] | None, seed: int,
    data: str | PathLike[str] | None, mapping: str | PathLike[str] | None, options: Mapping[str, Any],
) -> RunRequest:  # fmt: skip
    spec = registry.workload(workload)
    paths = [None if one is None else str(Path(one).expanduser()) for one in (data, mapping)]
    request = RunRequest(
        stack=stack, workload=spec.id, params=dict(params or {}), options=dict(options), seed=seed, data=paths[0],
        mapping=paths[1],
    )  # fmt: skip
    return filled(request, registry)


def _rows(comparison: Comparison, cell: Cell, record: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    from privacy.answers import lines_of

    request = cell.request
    head: dict[str, Any] = {
        "workload": request.workload, "stack": request.stack, "swept": cell.swept, "column": cell.column,
        "parameter": comparison.plan.sweep if cell.swept is not None else "", "seed": request.seed,
        "failure": comparison.refused.get(cell.label, "not run"),
    }  # fmt: skip
    if record is None:
        return [head]
    head |= {"failure": record["failure"] or "", "data_hash": record["data_hash"], "code": code_id(record)}
    answers = [
        {"figure": f"answer: {line.label}", "value": line.value, "low": line.low, "high": line.high,
         "truth": line.truth, "source": "measured"}
        for line in lines_of(record["settings"])
    ]  # fmt: skip
    figures = [{"figure": one["key"]} | {k: one.get(k) for k in COLUMNS if k in one} for one in record["metrics"]]
    return [head | one for one in [*answers, *figures]] or [head]


def _written(path: str | PathLike[str], text: str) -> Path:
    found = Path(path).expanduser()
    try:
        found.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        what = f"it cannot be written: {error.strerror}"
        raise DataError(what, where=str(found), then="name another file") from error
    return found


def _silent(done: int, total: int, label: str) -> None:
    """Tell nobody."""
