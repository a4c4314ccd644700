"""Runs: asked for, watched, ended, and read when they are done."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Response

from privacy.errors import UnknownNameError
from privacy.registry import Registry
from privacy.request import OWN, RunRequest
from privacy.services.run_jobs import BusyError, RunJobs, RunState
from privacy.web.limits import Refused
from privacy.web.rest.models import Run, RunAsked, Runs
from privacy.web.rest.problems import documented
from workloads.catalogue import workload_of

RunId = Annotated[str, Path(description="The id that POST /api/runs answered with.", max_length=64)]


def router(registry: Callable[[], Registry], jobs: RunJobs) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["runs"])

    @routes.get("/runs", responses=documented())
    def every() -> Runs:
        """All runs that were asked for, newest first."""
        return Runs(runs=[_told(state) for state in jobs.all()])

    @routes.post("/runs", status_code=202, responses=documented(400, 409, 415))
    def begin(asked: RunAsked, response: Response) -> Run:
        """Ask for a run: settings are checked now, the work is done beside, and Location says where to look."""
        if asked.user == OWN:
            raise Refused(422, "Bad setting", "A taste of your own stays on the page; name a persona.")
        request = RunRequest(**asked.model_dump())
        workload = workload_of(request)
        workload.resolve(request, registry())
        workload.settings(request)
        try:
            state = jobs.start(request)
        except BusyError as error:
            raise Refused(503, "Busy", str(error), headers={"Retry-After": "10"}) from None
        response.headers["Location"] = f"/api/runs/{state.id}"
        return _told(state)

    @routes.get("/runs/{run}", responses=documented(404))
    def one(run: RunId) -> Run:
        """How far a run is; its record once it is done."""
        return _told(_known(lambda: jobs.get(run)))

    @routes.delete("/runs/{run}", responses=documented(404))
    def end(run: RunId) -> Run:
        """Cancel a run. One that is over stays as it is."""
        return _told(_known(lambda: jobs.cancel(run)))

    return routes


def _known(ask: Callable[[], RunState]) -> RunState:
    try:
        return ask()
    except UnknownNameError as error:
        raise Refused(404, "Unknown run", str(error)) from None


def _told(state: RunState) -> Run:
    return Run(**{**asdict(state), "request": dict(state.request)})
