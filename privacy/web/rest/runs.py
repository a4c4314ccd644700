"""Runs: wanted, watched, ended, and read when they are done."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Response

from privacy.errors import UnknownNameError
from privacy.request import RunRequest
from privacy.services.run_jobs import BusyError, RunJobs, RunState
from privacy.stacks import code_of, filled, options_of, read_request, resolve, spec_of
from privacy.web.limits import Refused
from privacy.web.rest.desk import Desk
from privacy.web.rest.models import Run, Runs, RunWanted
from privacy.web.rest.problems import documented

RunId = Annotated[str, Path(description="The id that POST /api/runs answered with.", max_length=64)]


def router(desk: Desk, jobs: RunJobs) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["runs"])

    @routes.get("/runs", responses=documented())
    def every() -> Runs:
        """All runs that programs wanted, newest first."""
        return Runs(runs=[_shown(state) for state in jobs.all()])

    @routes.post("/runs", status_code=202, responses=documented(400, 409, 415))
    def begin(wanted: RunWanted, response: Response) -> Run:
        """Begin a run: settings are checked now, the work is done beside, and Location says where to look."""
        request = _request(wanted, desk)
        try:
            state = jobs.start(request)
        except BusyError as error:
            raise Refused(503, "Busy", str(error), headers={"Retry-After": "10"}) from None
        response.headers["Location"] = f"/api/runs/{state.id}"
        return _shown(state)

    @routes.get("/runs/{run}", responses=documented(404))
    def one(run: RunId) -> Run:
        """How far a run is; its record once it is done."""
        return _shown(_known(lambda: jobs.get(run)))

    @routes.delete("/runs/{run}", responses=documented(404))
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
    return Run(**{**asdict(state), "request": dict(state.request)})
