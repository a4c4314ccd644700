"""Comparisons: begun, watched, ended, and read as document, table or report. The pages have the same ones."""

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response

from privacy.compare.book import Comparisons
from privacy.compare.plan import Comparison, Plan
from privacy.errors import UnknownNameError, VeilbenchError
from privacy.export import document, to_csv, to_html
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.stacks import code_of, filled, options_of, spec_of
from privacy.web.limits import Refused
from privacy.web.rest.desk import Desk
from privacy.web.rest.models import Compared, ComparisonList, ComparisonWanted
from privacy.web.rest.problems import documented, leading

ComparisonId = Annotated[str, Path(description="The id that POST /api/comparisons answered with.", max_length=64)]
AT_ONCE = 2
_LINKS: dict[int | str, dict[str, Any]] = {
    202: {
        "links": {
            name: leading(f"comparisons_{name}", name="comparison") for name in ("one", "figures", "report", "end")
        }
    }
}


def router(desk: Desk, comparisons: Comparisons) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/comparisons", tags=["comparisons"])

    def known(comparison: str) -> tuple[Plan, Registry]:
        registry = desk.registry()
        try:
            return comparisons.plan(comparison, registry), registry
        except UnknownNameError as error:
            raise Refused(404, "Unknown comparison", str(error)) from None

    def made(comparison: str) -> tuple[Comparison, Registry]:
        plan, registry = known(comparison)
        return comparisons.open(plan, registry), registry

    def shown(plan: Plan, registry: Registry, *, whole: bool = False) -> Compared:
        now, cells = comparisons.progress(plan), len(plan.cells(registry))
        state: Literal["running", "done", "partial", "failed"] = "partial"
        done = comparisons.done(plan, registry)
        if now.state == "running":
            state = "running"
        elif done == cells:
            state = "done"
        elif now.state == "failed":
            state = "failed"
        values = {"id": plan.id, "state": state, "done": done, "total": cells, "label": now.label, "error": now.error}
        whole_document = document(comparisons.open(plan, registry)) if whole else None
        return Compared.model_validate(values | {"document": whole_document})

    @routes.get("", responses=documented())
    def every() -> ComparisonList:
        """All comparisons of this device, newest first; those whose plugins are gone are left out."""
        registry, found = desk.registry(), []
        for name in comparisons.ids():
            try:
                found.append(shown(comparisons.plan(name, registry), registry))
            except VeilbenchError:
                continue
        return ComparisonList(comparisons=found)

    @routes.post("", status_code=202, responses=documented(400, 409, 415) | _LINKS)
    def begin(wanted: ComparisonWanted, response: Response) -> Compared:
        """Begin a comparison, or go on with it: settings are checked now, and what has run is not run again."""
        registry = desk.registry()
        plan = _plan(wanted, registry)
        if comparisons.done(plan, registry) == len(plan.cells(registry)):
            comparisons.save(plan)
        elif comparisons.start(plan, registry, consent=True, most=AT_ONCE).state == "absent":
            text = f"{AT_ONCE} comparisons are being made already; begin this one when one has ended."
            raise Refused(503, "Busy", text, headers={"Retry-After": "10"})
        response.headers["Location"] = f"/api/comparisons/{plan.id}"
        return shown(plan, registry)

    @routes.get("/{comparison}", response_model_exclude_unset=True, responses=documented(404, 409))
    def one(comparison: ComparisonId) -> Compared:
        """How far a comparison is, with all of its records so far."""
        return shown(*known(comparison), whole=True)

    @routes.get(
        "/{comparison}/figures.csv", response_class=Response,
        responses=documented(404, 409) | {200: {"description": "Figures as CSV.", "content": {"text/csv": {}}}},
    )  # fmt: skip
    def figures(comparison: ComparisonId) -> Response:
        """The figures as CSV: one row for each figure of each run."""
        found, _ = made(comparison)
        return Response(to_csv(found), media_type="text/csv; charset=utf-8")

    @routes.get(
        "/{comparison}/report.html", response_class=Response,
        responses=documented(404, 409) | {200: {"description": "The report.", "content": {"text/html": {}}}},
    )  # fmt: skip
    def report(comparison: ComparisonId) -> Response:
        """The report as one HTML file that needs no other: figures, charts, guarantees, settings and code."""
        found, registry = made(comparison)
        text = to_html(found, spec_of(found.plan.base, registry), written=time.strftime("%Y-%m-%d %H:%M %z"))
        return Response(text, media_type="text/html; charset=utf-8")

    @routes.delete("/{comparison}", responses=documented(404, 409))
    def end(comparison: ComparisonId) -> Compared:
        """Stop a comparison; what has run is kept."""
        plan, registry = known(comparison)
        comparisons.cancel(plan)
        return shown(plan, registry)

    return routes


def _plan(wanted: ComparisonWanted, registry: Registry) -> Plan:
    """The plan, checked with every run of it."""
    base = RunRequest(
        workload=registry.workload(wanted.workload).id, params=wanted.params, options=wanted.options, seed=wanted.seed
    )  # fmt: skip
    base = filled(base, registry)
    plan = Plan(base, tuple(wanted.stacks), wanted.sweep, tuple(sorted(set(wanted.values))))
    plan.cells(registry)
    code_of(spec_of(base, registry)).unattended(options_of(base, registry))
    return plan
