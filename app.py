"""The app: the pages and the REST API in one ASGI process. `make run`, or `streamlit run app.py`."""

import logging
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from privacy.web import chain_rpc, tab_relay  # noqa: E402  (the path comes first)
from privacy.web.gate import Gate, named  # noqa: E402
from privacy.web.limits import Limits  # noqa: E402
from privacy.web.rest.app import build_api  # noqa: E402
from privacy.web.rest.mounted import Mounted  # noqa: E402
from privacy.web.serving import be_patient  # noqa: E402
from ui import resources, shell  # noqa: E402
from ui.frozen import Frozen  # noqa: E402
from ui.headers import SecurityHeaders  # noqa: E402
from ui.nodelay import NoDelay  # noqa: E402


def warm() -> None:
    """Load what the first visitor would wait for. A page asks again for whatever fails here, and says why."""
    try:
        resources.warm()
    except Exception as error:
        logging.getLogger("veilbench").warning("warming up failed: %s", type(error).__name__)


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Warm up beside the first request, and leave no worker behind."""
    be_patient(Limits())
    threading.Thread(target=warm, daemon=True, name="warm").start()
    frozen = Frozen()
    frozen.start()
    yield {}
    frozen.end()
    resources.close()


# The names under which the app is served, beside localhost and addresses as numbers.
hosts = [str(st.get_option("server.address") or "localhost"), *named()]
api = build_api(
    registry=lambda: resources.registry(), rounds=resources.rounds(), jobs=resources.run_jobs(),
    usual=resources.usual, evaluations=lambda: resources.evaluations().started,
    wallets=resources.wallets(), hosts=hosts, comparisons=resources.comparisons(),
)  # fmt: skip
app = st.App(
    ROOT / "ui" / "main.py",
    routes=[Route(shell.BOOT, shell.boot)],
    lifespan=lifespan,
    middleware=[
        Middleware(Gate, hosts=hosts, extensions=[chain_rpc.PATH]),
        Middleware(NoDelay),
        Middleware(SecurityHeaders, scripts=shell.inline_hashes(), reached=resources.reached),
        Middleware(chain_rpc.ChainRpc, chain=resources.embedded),
        Middleware(tab_relay.TabRelay, tabs=resources.tabs),
        Middleware(Mounted, api=api, besides=[shell.BOOT]),
        Middleware(shell.Shell),
    ],
)
