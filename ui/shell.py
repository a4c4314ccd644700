"""The page's shell, Streamlit's `index.html`: told where its server is, so that a deep link probes for nothing.

Left alone, the client of a deep link such as `/compare` first asks `/compare/_stcore/health` and gets a 404.
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import streamlit
from starlette.requests import Request
from starlette.responses import Response

from ui.headers import Asgi, Message, Receive, Scope, Send

BOOT = "/api/boot.js"
_SCRIPT = "window.__streamlit = { BACKEND_BASE_URL: window.location.origin };\n"
_TAG = f'<head><script src="{BOOT}"></script>'.encode()
_CONDITIONS = (b"accept-encoding", b"if-none-match", b"if-modified-since")
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


async def boot(request: Request) -> Response:
    """The script that names the server: a file of its own, as the policy admits no inline script but known ones."""
    return Response(_SCRIPT, media_type="text/javascript")


def inline_hashes() -> list[str]:
    """Policy sources for the inline scripts of the installed Streamlit's own shell."""
    shell = Path(streamlit.__file__).parent / "static" / "index.html"
    found = _INLINE.findall(shell.read_bytes()) if shell.is_file() else []
    return [f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in found]


class Shell:
    """Middleware that adds the boot script to each whole HTML answer; everything else passes untouched."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or b"text/html" not in dict(scope["headers"]).get(b"accept", b""):
            await self.app(scope, receive, send)
            return
        # The shell is 8 kB: ask for it whole and plain, so that the tag can be added.
        scope = {**scope, "headers": [h for h in scope["headers"] if h[0] not in _CONDITIONS]}
        held: dict[str, Any] = {}

        async def through(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_shell(message):
                held.update(start=message, body=b"")
            elif not held:
                await send(message)
            else:
                held["body"] += message.get("body", b"")
                if not message.get("more_body"):
                    await _release(held, send)

        await self.app(scope, receive, through)


def _is_shell(message: Message) -> bool:
    headers = dict(message.get("headers", []))
    return message["status"] == 200 and bool(headers.get(b"content-type", b"").startswith(b"text/html"))


async def _release(held: dict[str, Any], send: Send) -> None:
    body = held["body"].replace(b"<head>", _TAG, 1)
    kept = [(k, v) for k, v in held["start"]["headers"] if k not in (b"content-length", b"etag")]
    held["start"]["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
    await send(held["start"])
    await send({"type": "http.response.body", "body": body})
