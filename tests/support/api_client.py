"""What tests of the REST API share: a client of a live server, small settings, and the form of a refusal."""

import contextlib

import httpx
from starlette.applications import Starlette

from privacy.registry import discover
from privacy.request import RunRequest
from privacy.web.rest.app import build_api
from privacy.web.rest.mounted import Mounted
from privacy.web.serving import Live

SMALL = {"items": 120, "dims": 8, "cohort": 20}


def usual(workload="fyp"):
    return RunRequest(workload=workload, options=SMALL)


@contextlib.contextmanager
def client_of(book, jobs, **more):
    """A client of a live server that has the API mounted as the app has it."""
    found = discover()
    api = build_api(registry=lambda: found, rounds=book, jobs=jobs, usual=usual, evaluations=lambda: 3, **more)
    app = Mounted(Starlette(), api=api)
    with Live(app) as live, httpx.Client(base_url=f"http://127.0.0.1:{live.port}", timeout=60, verify=False) as client:
        yield client


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"].endswith((".", "?"))
    return document["detail"]
