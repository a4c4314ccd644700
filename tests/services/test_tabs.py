"""Tabs that hold their own key: the relay carries their queries to servers elsewhere, and shows what it saw."""

import asyncio
import os
import signal

import httpx
import numpy as np
import pytest

from backends.he.scoring.client import ScoringClient
from backends.he.scoring.mechanism import HeScoring
from backends.he.scoring.presets import PRESETS
from privacy.errors import ProtocolAborted, UnknownNameError, WireError
from privacy.plugin import ScoringTask
from privacy.relay import Relay
from privacy.services.tabs import Tabs
from privacy.transports.base import InProcess
from privacy.transports.spawned import Spawned
from privacy.web.tab_relay import OCTETS, TabRelay
from tests.support.he_vectors import catalogue_of, vector_of

CATALOGUE, VECTOR = catalogue_of(30, 8), vector_of(8, 1)
TASK = ScoringTask(30, 8)


def here() -> Relay:
    return Relay(HeScoring(), TASK, CATALOGUE, transport=InProcess())


def scored(published: bytes, ask) -> np.ndarray:
    client = ScoringClient(PRESETS["exact"], published)
    return np.rint(client.scores(ask(client.query(VECTOR))))


class Door:
    """Requests to the relay's door, one after another."""

    def __init__(self, tabs: Tabs) -> None:
        self._app = TabRelay(_nothing, tabs=lambda: tabs)

    def __call__(self, method: str, path: str, **more) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())


async def _nothing(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_a_visit_gets_its_scores_and_its_messages_are_kept() -> None:
    tabs, made = Tabs(), []

    def make():
        made.append(1)
        return {"scoring": here()}

    one, other = tabs.open("k", make), tabs.open("k", make)
    assert len(made) == 1
    assert one.id != other.id
    for _ in range(30):
        assert np.array_equal(
            scored(tabs.published(one.id, "scoring"), lambda q: tabs.ask(one.id, "scoring", q)), CATALOGUE @ VECTOR
        )
    assert [m.kind for m in one.messages] == ["query", "answer"] * 20
    assert {m.exposure.value for m in one.messages} == {"ciphertext"}
    assert other.messages == []
    with pytest.raises(WireError):
        tabs.ask(one.id, "scoring", b"nothing")
    assert tabs.alive(one.id)
    for visit, step in (("none", "scoring"), (one.id, "lookup")):
        with pytest.raises(UnknownNameError):
            tabs.published(visit, step)
    tabs.close()
    assert not tabs.alive(one.id)


def test_a_server_that_dies_is_reported_and_seated_anew() -> None:
    tabs, transports = Tabs(), []

    def make():
        transports.append(Spawned())
        return {"scoring": Relay(HeScoring(), TASK, CATALOGUE, transport=transports[-1], closing=transports[-1].close)}

    first = tabs.open("k", make)
    client = ScoringClient(PRESETS["exact"], tabs.published(first.id, "scoring"))
    assert client.scores(tabs.ask(first.id, "scoring", client.query(VECTOR))).shape == (30,)
    os.kill(transports[0].pids[0], signal.SIGKILL)
    with pytest.raises(ProtocolAborted):
        tabs.ask(first.id, "scoring", client.query(VECTOR))
    assert not tabs.alive(first.id)
    again = tabs.open("k", make)
    assert len(transports) == 2
    assert np.array_equal(
        scored(tabs.published(again.id, "scoring"), lambda q: tabs.ask(again.id, "scoring", q)), CATALOGUE @ VECTOR
    )
    tabs.close()
    assert transports[1].pids == ()


def test_the_door_carries_bytes_and_refuses_all_else() -> None:
    tabs = Tabs()
    visit = tabs.open("k", lambda: {"scoring": here()}).id
    http = Door(tabs)
    published = http("GET", f"/tab/{visit}/scoring")
    assert (published.status_code, published.headers["content-type"]) == (200, OCTETS)
    assert published.headers["cache-control"] == "no-store"
    head = {"Content-Type": OCTETS}
    found = scored(published.content, lambda q: http("POST", f"/tab/{visit}/scoring", content=q, headers=head).content)
    assert np.array_equal(found, CATALOGUE @ VECTOR)
    refused = {
        404: [http("GET", "/tab/none/scoring"), http("GET", f"/tab/{visit}/none"), http("GET", "/tab/")],
        400: [http("GET", f"/tab/{visit}/scoring?taste=1")],
        405: [http("PUT", f"/tab/{visit}/scoring", content=b"")],
        415: [http("POST", f"/tab/{visit}/scoring", content=b"x")],
        422: [http("POST", f"/tab/{visit}/scoring", content=b"x", headers=head)],
        413: [http("POST", f"/tab/{visit}/scoring", content=b"", headers=head | {"Content-Length": "99999999"})],
    }
    for status, answers in refused.items():
        for answer in answers:
            assert answer.status_code == status, answer.text
            assert answer.json()["detail"].endswith(".")
    assert http("GET", "/other").status_code == 418
    tabs.close()
