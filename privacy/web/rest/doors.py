"""Who may knock: requests of this machine's own programs and pages, in JSON and of a size that is read.

Streamlit's own protection against foreign pages does not cover other routes. A page of another origin may not ask this
process for anything: it is the device, and sees what people like.
"""

import logging
import os
import uuid
from collections.abc import Collection

from privacy.web.gate import Names
from privacy.web.limits import App, Body, Limits, Message, Receive, Refused, Scope, Send
from privacy.web.rest.problems import answer

LIMITS = Limits(body_bytes=64 * 1024, body_seconds=10.0, queue=16)
_WRITING = ("POST", "PUT", "PATCH")
_SITES = (b"same-origin", b"none")


class Doors:
    """Middleware that lets in what may come in, and answers everything else with a problem.

    `hosts` are names under which this app is served, as for the gate in front of it.
    """

    def __init__(self, app: App, *, hosts: Collection[str] = (), limits: Limits = LIMITS) -> None:
        self.app, self.limits = app, limits
        self._names = Names(hosts)
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, body, held = False, Body(receive, self.limits), list[Refused]()

        async def reply(message: Message) -> None:
            nonlocal started
            # A framework may take a refusal of the body for a fault of its own: the refusal is what is answered.
            if body.refused is not None and not started:
                held.append(body.refused)
                body.refused = None
                raise held[0]
            started = True
            await send(message)

        self._inside += 1
        try:
            self._admit(scope)
            await self.app(scope, body, reply)
        except Refused as refused:
            body.refused = None
            if not started:
                await answer(refused)(scope, receive, reply)
        except Exception as error:
            if not started:
                await answer(held[0] if held else _unexpected(error))(scope, receive, reply)
        finally:
            self._inside -= 1

    def _admit(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._names.known(host):
            raise Refused(403, "Foreign host", "This app is not served under that name; use http://localhost.")
        origin = headers.get(b"origin")
        if origin is not None and not self._names.own(origin.decode("latin-1"), host):
            raise Refused(403, "Foreign origin", "A page of another origin may not use this API.")
        if headers.get(b"sec-fetch-site", b"none") not in _SITES:
            raise Refused(403, "Foreign origin", "A page of another site may not use this API.")
        if self._inside > self.limits.queue:
            text = f"{self.limits.queue} requests are being worked on; send it again in a moment."
            raise Refused(503, "Busy", text, headers={"Retry-After": "1"})
        self._admit_body(scope["method"], headers)

    def _admit_body(self, method: str, headers: dict[bytes, bytes]) -> None:
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if method in _WRITING and kind != b"application/json":
            raise Refused(415, "Not JSON", "Send the body as JSON, with Content-Type: application/json.")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limits.body_bytes:
            raise Refused(413, "Too large", f"A body may have {self.limits.body_bytes:,} bytes at most.")


def _unexpected(error: Exception) -> Refused:
    """An error that nobody expected, by an id: a traceback may quote what somebody likes."""
    log_id = uuid.uuid4().hex[:8]
    debug = os.environ.get("VEILBENCH_DEBUG") == "1"
    logging.getLogger("veilbench").error(
        "unexpected %s, id %s", type(error).__name__, log_id, exc_info=error if debug else None
    )
    text = f"Something went wrong inside Veilbench (id {log_id}); start it with VEILBENCH_DEBUG=1 to see what."
    return Refused(500, "Error", text, log_id=log_id)
