"""The app: the pages and their health route in one ASGI process. `make run`, or `streamlit run app.py`."""

import gc
import logging
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ui import resources, shell  # noqa: E402  (the path comes first)
from ui.headers import SecurityHeaders  # noqa: E402
from ui.nodelay import NoDelay  # noqa: E402


async def health(request: Request) -> JSONResponse:
    """How many feeds and evaluations this process has run: nothing of whom, or of what."""
    return JSONResponse(
        {
            "status": "ok",
            "feeds_run": resources.feed_book().runs,
            "evaluations_started": resources.evaluations().started,
        }
    )


def warm() -> None:
    """Load what the first visitor would wait for. A page asks again for whatever fails here, and says why."""
    try:
        resources.warm()
    except Exception as error:
        logging.getLogger("veilbench").warning("warming up failed: %s", type(error).__name__)
    # Streamlit collects after every script run; what is loaded by now need not be walked each time.
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Warm up beside the first request, and leave no worker behind."""
    threading.Thread(target=warm, daemon=True, name="warm").start()
    yield {}
    resources.evaluations().close()
    resources.comparisons().close()
    resources.audits().close()
    resources.rounds().close()
    resources.checks().close()


app = st.App(
    ROOT / "ui" / "main.py",
    routes=[Route("/api/health", health), Route(shell.BOOT, shell.boot)],
    lifespan=lifespan,
    middleware=[
        Middleware(NoDelay),
        Middleware(SecurityHeaders, scripts=shell.inline_hashes()),
        Middleware(shell.Shell),
    ],
)
