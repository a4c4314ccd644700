"""The HTTP face of one computing party's machine: health, inputs, and parties with their operations."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from privacy import __version__
from privacy.errors import VeilbenchError
from privacy.primitives.shards import Engine
from privacy.registry import Registry, discover
from privacy.transports.nursery import Nursery
from privacy.transports.worker import describe
from privacy.web.limits import HEALTH, Accept, Guarded, Limits, Refused, problem
from privacy.web.party_server import PartyServer
from privacy.web.tab_relay import TabRelay
from privacy.web.tab_seats import OneOrigin

T = TypeVar("T")
FRAME = "application/vnd.veilbench.frame"


def build_app(
    role: str, *, token: str, limits: Limits | None = None, routers: Sequence[APIRouter] = (),
    accept: Accept | None = None, open_paths: Sequence[str] = (), registry: Registry | None = None,
    engine: Engine | None = None, tab_origin: str = "", nursery: Nursery | None = None,
) -> FastAPI:  # fmt: skip
    """The app of a machine of `role` (scoring, aggregator or collector); `app.state.server` holds its parties.

    `routers` are mounted beside, under the same limits. `accept` lets in tokens of another kind, `open_paths` are
    read without one. With an `engine`, the work of servers that splits is done there. Pages of `tab_origin`, and
    no others, ask servers that were seated for them. With a `nursery`, parties are forked there. Raises
    UnknownNameError for a role that there is not.
    """
    bounds = limits or Limits()
    server = PartyServer(
        role, registry=registry or discover(), limits=bounds, engine=engine, tab_origin=tab_origin, nursery=nursery
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        reaper = asyncio.create_task(_reap(server, every=min(10.0, bounds.idle_seconds / 2)))
        try:
            yield
        finally:
            reaper.cancel()
            await asyncio.to_thread(server.close)

    # The page of the documentation would load scripts from a content network.
    app = FastAPI(title=f"Veilbench {role}", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.server = server
    work = _Pool(bounds)
    for router in (_inputs(server, work), _parties(server, work), _tabs(server, work), *routers):
        app.include_router(router)
    _tell_problems(app)
    app.add_middleware(Guarded, token=token, limits=bounds, open_paths=(HEALTH, *open_paths), accept=accept)
    if tab_origin:
        # Outside the guard: a page has no token, and the name of its server is none of the parties'.
        app.add_middleware(TabRelay, tabs=lambda: server.tabs)
        app.add_middleware(OneOrigin, origin=tab_origin)
    return app


async def _reap(server: PartyServer, *, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await asyncio.to_thread(server.reap)


class _Pool:
    """Where operations wait for their parties, off the loop."""

    def __init__(self, limits: Limits) -> None:
        self._threads = ThreadPoolExecutor(min(limits.queue, 64), thread_name_prefix="operation")

    async def __call__(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _inputs(server: PartyServer, work: _Pool) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.get("/health")
    async def health() -> dict[str, Any]:
        """Which role this machine has, and which versions it speaks."""
        return server.health()

    @routes.get("/inputs/{digest}", status_code=204)
    async def held(digest: str) -> Response:
        """Whether an input is held here: 204, or 404."""
        server.inputs.get(digest)
        return Response(status_code=204)

    @routes.put("/inputs/{digest}", status_code=204)
    async def put_input(digest: str, request: Request) -> Response:
        """Keep an input, a frame, under its SHA-256."""
        body = await request.body()
        await work(partial(server.inputs.put, digest, body))
        return Response(status_code=204)

    return routes


def _parties(server: PartyServer, work: _Pool) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.put("/parties/{name}", status_code=201)
    async def seat(name: str, request: Request) -> dict[str, Any]:
        """Seat a party under a name that its host chose; again with the same body changes nothing."""
        body = await request.body()
        return await work(partial(server.seat, name, body))

    @routes.get("/parties/{name}")
    async def status(name: str) -> dict[str, Any]:
        """What a party has done and how many bytes of wires went in and out."""
        return server.status(name)

    @routes.post("/parties/{name}/{number}")
    async def operate(name: str, number: int, request: Request) -> Response:
        """Carry out the operation in the body, a frame, once for each number, and answer with a frame."""
        body = await request.body()
        answer = await work(partial(server.operate, name, number, body))
        return Response(answer, media_type=FRAME)

    @routes.delete("/parties/{name}", status_code=204)
    async def leave(name: str) -> Response:
        """End a party's process."""
        await work(partial(server.leave, name))
        return Response(status_code=204)

    return routes


def _tabs(server: PartyServer, work: _Pool) -> APIRouter:
    routes = APIRouter(prefix="/api")

    @routes.put("/tabs/{name}", status_code=201)
    async def seat(name: str, request: Request) -> dict[str, str]:
        """Seat a server that pages of the one origin ask under a name which their app chose."""
        body = await request.body()
        await work(partial(server.seat_for_tabs, name, body))
        return {"path": f"/tab/{name}/"}

    @routes.get("/tabs/{name}", status_code=204)
    async def there(name: str) -> Response:
        """Whether a server is seated under a name: 204, or 404."""
        return Response(status_code=204 if server.tabs.there(name) else 404)

    @routes.delete("/tabs/{name}", status_code=204)
    async def leave(name: str) -> Response:
        """End a server that was seated for pages."""
        await work(partial(server.tabs.leave, name))
        return Response(status_code=204)

    return routes


def _tell_problems(app: FastAPI) -> None:
    """Answer every error with a problem of one sentence."""

    @app.exception_handler(HTTPException)
    async def known(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            text = "There is nothing at this address; see /openapi.json."
        else:
            text = f"{error.detail} for {request.method} of this address; see /openapi.json."
        return problem(Refused(error.status_code, "Refused", text, headers=dict(error.headers or {})))

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> Response:
        return problem(Refused(422, "Malformed", "A part of this address or body is not what it takes."))

    @app.exception_handler(VeilbenchError)
    async def typed(request: Request, error: VeilbenchError) -> Response:
        return problem(Refused(422, "Refused", str(error), error=describe(error)))
