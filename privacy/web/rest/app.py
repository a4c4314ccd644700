"""The REST API as one app, mounted beside the pages: same process, same registry, same books."""

from collections.abc import Callable, Collection
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from privacy import __version__
from privacy.compare.book import Comparisons
from privacy.entry import Entry
from privacy.errors import VeilbenchError
from privacy.jobs.book import JobBook
from privacy.params import NoParams, schema_of
from privacy.provenance import digest, origin
from privacy.registry import Registry, load
from privacy.request import RunRequest
from privacy.schemas.models import Check
from privacy.services.checks import standing
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import RunJobs
from privacy.services.sessions import Sessions
from privacy.stacks import offered
from privacy.wallets.desk import WalletDesk
from privacy.web.limits import Limits
from privacy.web.rest import comparisons as compared
from privacy.web.rest import receipts, runs, shapes, wallet, workloads
from privacy.web.rest.desk import Desk, usual
from privacy.web.rest.doors import LIMITS, Doors
from privacy.web.rest.models import Backend, Backends, Health
from privacy.web.rest.problems import Problem, documented, install
from privacy.web.rest.queries import known_query

_ABOUT = """Runs of any workload under any stack, and what each workload adds. {sees}

Loopback only, unless you configured another address; then it has no login. Errors are problem details (RFC 9457)."""


def build_api(
    *, registry: Callable[[], Registry], rounds: RoundBook, jobs: RunJobs, evaluations: Callable[[], int],
    usual: Callable[[str], RunRequest] = usual, wallets: WalletDesk | None = None, hosts: Collection[str] = (),
    limits: Limits = LIMITS, comparisons: Comparisons | None = None,
) -> FastAPI:  # fmt: skip
    """The app, to be mounted at /api.

    `usual` is the request that the pages of a workload begin with, `evaluations` counts those that were started,
    `wallets` is where people sign in, `hosts` are names under which the app is served beside localhost, `comparisons`
    are those that the pages have too.
    """
    found = registry()
    sees = " ".join(dict.fromkeys(spec.sees for spec in found.workloads.values() if spec.sees))
    # The usual page of documentation would load scripts from a content network: the document itself is served alone.
    app = FastAPI(
        title="Veilbench", version=__version__, description=_ABOUT.format(sees=sees), docs_url=None, redoc_url=None,
        dependencies=[Depends(known_query)], generate_unique_id_function=_named,
    )  # fmt: skip

    @app.get("/health", tags=["app"], responses=documented())
    def health() -> Health:
        """That the app is there."""
        return Health(status="ok", rounds_run=rounds.runs, evaluations_started=evaluations())

    @app.get("/backends", tags=["app"], responses=documented())
    def backends() -> Backends:
        """Every backend: what it implements, its parameters with their bounds, and why it cannot be used."""
        now = registry()
        stacks = {spec.id: offered(spec, now) for spec in now.workloads.values()}
        return Backends(backends=[_backend(entry) for entry in now.entries], stacks=stacks)

    desk = Desk(registry, rounds, usual)
    app.include_router(workloads.router(desk))
    app.include_router(runs.router(desk, jobs))
    app.include_router(compared.router(desk, comparisons or Comparisons(JobBook())))
    app.include_router(shapes.router())
    app.include_router(receipts.router(desk))
    app.include_router(wallet.router(wallets or WalletDesk(Sessions()), hosts))
    for spec in found.workloads.values():
        if spec.routes:
            _include(app, spec.routes, spec.id, desk)
    install(app)
    app.add_middleware(Doors, hosts=hosts, limits=limits)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _named(route: APIRoute) -> str:
    """What generated clients call an operation: `runs_begin`, `comparisons_report`."""
    place = route.path.split("/")[1]
    return route.name if route.name == place else f"{place}_{route.name}"


def _include(app: FastAPI, reference: str, workload: str, desk: Desk) -> None:
    """Add a workload's own routes; one whose routes cannot be loaded is left out, and its page says why."""
    try:
        app.include_router(load(reference, who=f"the routes of {workload}")(desk))
    except VeilbenchError:
        return


def _backend(entry: Entry) -> Backend:
    known, spec = standing(entry), entry.spec
    values = {name: value for name, value in entry.as_dict().items() if name in Backend.model_fields}
    return Backend(
        **values | {"origin": origin(entry)}, digest=digest(spec) if spec else "",
        params=schema_of(spec.params if spec else NoParams), check=known.sentence, checked=Check(**known.as_dict()),
    )  # fmt: skip


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the problems that every route may answer with."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = found["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        found["servers"] = [{"url": "/api"}]
        app.openapi_schema = found
    return app.openapi_schema
