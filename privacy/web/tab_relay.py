"""The door for browsers that hold their own key: it carries bytes that this process cannot read, and records them.

`GET /tab/VISIT/STEP` gives what a step's server publishes; `POST` carries a query to it, and answers with its answer.
"""

from collections.abc import Callable
from typing import Protocol

import anyio.to_thread
from starlette.responses import Response

from privacy.errors import UnknownNameError, VeilbenchError, WireError
from privacy.web.limits import App, Door, Limits, Receive, Refused, Scope, headers_of

PATH = "/tab/"
OCTETS = "application/octet-stream"
_LIMITS = Limits(body_bytes=64 * 2**20, body_seconds=60.0, queue=16)


class Asked(Protocol):
    """Whoever has servers for tabs, by the id of a visit and a step: the app's visits, or a machine's own seats."""

    def published(self, id: str, step: str, /) -> bytes: ...

    def ask(self, id: str, step: str, query: bytes, /) -> bytes: ...


class TabRelay(Door):
    """Middleware that answers under PATH, behind the gate; `tabs` gives the visits."""

    def __init__(self, app: App, *, tabs: Callable[[], Asked], limits: Limits = _LIMITS) -> None:
        super().__init__(app, limits)
        self._tabs = tabs

    def mine(self, path: str) -> bool:
        return path.startswith(PATH)

    async def answer(self, scope: Scope, receive: Receive) -> Response:
        visit, _, step = str(scope["path"]).removeprefix(PATH).partition("/")
        headers = headers_of(scope)
        if scope.get("query_string"):
            raise Refused(400, "Too much", "An address here has no query: all that is carried is in the body.")
        if scope["method"] == "GET":
            body = await anyio.to_thread.run_sync(lambda: _said(lambda: self._tabs().published(visit, step)))
        elif scope["method"] == "POST":
            if headers.get("content-type", "") != OCTETS:
                raise Refused(415, "Not bytes", f"Send the query with Content-Type: {OCTETS}.")
            query = await self.body(headers, receive)
            body = await anyio.to_thread.run_sync(lambda: _said(lambda: self._tabs().ask(visit, step, query)))
        else:
            raise Refused(405, "Not a query", "Send a query as a POST, or ask for what is published by a GET.")
        return Response(body, media_type=OCTETS, headers={"cache-control": "no-store"})


def _said(work: Callable[[], bytes]) -> bytes:
    try:
        return work()
    except UnknownNameError as error:
        raise Refused(404, "No such visit", f"{str(error).rstrip('.')}; load the page again.") from error
    except WireError as error:
        raise Refused(422, "Not a query", str(error)) from error
    except VeilbenchError as error:
        raise Refused(502, "No answer", str(error)) from error
