"""Runs: wanted, watched, ended, and read when they are done."""

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import ValidationError

from privacy.errors import UnknownNameError
from privacy.request import RunRequest
from privacy.services.run_jobs import BusyError, RunJobs, RunState
from privacy.stacks import code_of, filled, options_of, read_request, resolve, spec_of
from privacy.web.limits import Refused
from privacy.web.rest.desk import Desk
from privacy.web.rest.models import Run, Runs, RunWanted
from privacy.web.rest.problems import documented, leading

RunId = Annotated[str, Path(description="The id that POST /api/runs answered with.", max_length=64)]
_LINKS: dict[int | str, dict[str, Any]] = {
    202: {"links": {"look": leading("runs_one", name="run"), "cancel": leading("runs_end", name="run")}}
}


def router(desk: Desk, jobs: RunJobs) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["runs"])

    @routes.get("/runs", responses=documented())
    def every() -> Runs:
        """All runs that programs wanted, newest first; what cannot be read is left out."""
        found = []
        for state in jobs.all():
            with contextlib.suppress(Refused):
                found.append(_shown(state))
        return Runs(runs=found)

    @routes.post("/runs", status_code=202, responses=documented(400, 409, 415) | _LINKS)
    def begin(wanted: RunWanted, response: Response) -> Run:
        """Begin a run: settings are checked now, the work is done beside, and Location says where to look."""
        request = _request(wanted, desk)
        try:
            state = jobs.start(request)
        except BusyError as error:
            raise Refused(503, "Busy", str(error), headers={"Retry-After": "10"}) from None
        response.headers["Location"] = f"/api/runs/{state.id}"
        return _shown(state)

    @routes.get("/runs/{run}", response_model_exclude_unset=True, responses=documented(404))
    def one(run: RunId) -> Run:
        """How far a run is; its record once it is done."""
        return _shown(_known(lambda: jobs.get(run)))

    @routes.delete("/runs/{run}", response_model_exclude_unset=True, responses=documented(404))
    def end(run: RunId) -> Run:
        """Cancel a run. One that is over stays as it is."""
        return _shown(_known(lambda: jobs.cancel(run)))

    return routes


def _request(wanted: RunWanted, desk: Desk) -> RunRequest:
    """The request, checked; settings beside `options` are those of the version before."""
    values, registry = wanted.model_dump(), desk.registry()
    bare = {name for spec in registry.workloads.values() for name in spec.bare}
    unknown = sorted(set(values) - set(RunWanted.model_fields) - bare)
    if unknown:
        raise Refused(422, "Bad request", f"A run has no field {unknown[0][:40]!r}; settings stand in options.")
    request = filled(read_request(values, registry), registry)
    resolve(request, registry)
    code_of(spec_of(request, registry)).unattended(options_of(request, registry))
    return request


def _known(find: Callable[[], RunState]) -> RunState:
    try:
        return find()
    except UnknownNameError as error:
        raise Refused(404, "Unknown run", str(error)) from None


def _shown(state: RunState) -> Run:
    named = {k: PurePath(v).name for k in ("data", "mapping") if (v := state.request.get(k))}
    values = asdict(state) | {"request": {**state.request, **named}}
    try:
        return Run.model_validate({name: values[name] for name in Run.model_fields})
    except ValidationError:
        text = f"Run {state.id} was kept in a form that cannot be read; begin it again."
        raise Refused(503, "State cannot be used", text) from None
