"""Tabs that ask a machine of a role straight: pages of one origin alone, and only servers that their app seated."""

import httpx
import numpy as np
import pytest

from backends.he.scoring.client import ScoringClient
from backends.he.scoring.mechanism import HeScoring
from backends.he.scoring.presets import PRESETS
from backends.plain.mechanism import PlainScoring
from privacy.errors import ParamError, ServiceError, StateError, WireError
from privacy.plugin import SERVER, ScoringTask
from privacy.registry import discover
from privacy.services import servers
from privacy.services.tabs import Tabs, admitted, straight
from privacy.transports.http import Http
from privacy.web.tab_relay import OCTETS
from privacy.web.tab_seats import origin_of
from tests.support.he_vectors import catalogue_of, vector_of
from tests.support.machines import TOKEN, machine

ORIGIN = "http://localhost:8501"
CATALOGUE, VECTOR = catalogue_of(30, 8), vector_of(8, 1)
TASK = ScoringTask(30, 8)


@pytest.fixture(scope="module")
def live():
    with machine(tab_origin=ORIGIN) as one:
        yield one


@pytest.fixture
def in_use(live, tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    servers.save(servers.servers(live.url, TOKEN))
    return live


def ask(method, url, origin=ORIGIN, **more):
    headers = {"Origin": origin} if origin else {}
    return httpx.request(method, url, timeout=60, headers=headers | more.pop("headers", {}), **more)


def test_a_tab_asks_its_server_and_nothing_passes_through_the_app(in_use):
    registry, tabs = discover(), Tabs()
    assert admitted(registry) == ORIGIN
    visit = tabs.open("k", lambda: {"scoring": straight(HeScoring(), TASK, CATALOGUE, registry)})
    server = visit.relays["scoring"]
    address = f"{server.url}/tab/{server.name}/scoring"
    published = ask("GET", address)
    assert published.headers["access-control-allow-origin"] == ORIGIN
    client = ScoringClient(PRESETS["exact"], published.content)
    for _ in range(2):
        answer = ask("POST", address, content=client.query(VECTOR), headers={"Content-Type": OCTETS})
        assert np.array_equal(np.rint(client.scores(answer.content)), CATALOGUE @ VECTOR)
    assert visit.messages == []
    with pytest.raises(WireError, match="straight"):
        tabs.ask(visit.id, "scoring", b"x")
    assert ask("POST", address, content=b"nothing", headers={"Content-Type": OCTETS}).status_code == 422

    # One that is gone is seated anew for the next visit.
    in_use.parties.tabs.leave(server.name)
    assert ask("GET", address).status_code == 404
    again = tabs.open("k", lambda: {"scoring": straight(HeScoring(), TASK, CATALOGUE, registry)})
    other = again.relays["scoring"]
    assert other.name != server.name
    assert ask("GET", f"{other.url}/tab/{other.name}/scoring").status_code == 200
    tabs.close()
    assert not in_use.parties.tabs.there(other.name)


@pytest.mark.parametrize(
    "origin", ["", "http://localhost:8502", "https://localhost:8501", "null", f"{ORIGIN}.evil.example"]
)
def test_pages_of_other_origins_get_nothing(live, origin):
    for method in ("GET", "POST", "OPTIONS"):
        answer = ask(method, f"{live.url}/tab/{'n' * 24}/scoring", origin)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_names_what_a_page_may_send(live):
    answer = ask("OPTIONS", f"{live.url}/tab/{'n' * 24}/scoring")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert answer.headers["access-control-allow-headers"] == "content-type"
    assert "access-control-allow-credentials" not in answer.headers
    # The rest of the machine stays behind its token, whatever page asks.
    assert ask("GET", f"{live.url}/api/inputs/{'0' * 64}").status_code == 401
    assert ask("PUT", f"{live.url}/api/tabs/{'n' * 24}").status_code == 401


def test_a_machine_without_an_origin_seats_none_and_answers_no_page(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with pytest.raises(StateError, match="No servers"):
        straight(HeScoring(), TASK, CATALOGUE, discover())
    assert admitted(discover()) == ""
    with machine() as live:
        servers.save(servers.servers(live.url, TOKEN))
        assert admitted(discover()) == ""
        with pytest.raises(ServiceError, match="--tab-origin"):
            straight(HeScoring(), TASK, CATALOGUE, discover())
        assert ask("GET", f"{live.url}/tab/{'n' * 24}/scoring").status_code == 401


def test_what_has_no_client_for_a_browser_is_not_seated(in_use):
    with Http([in_use.url], token=TOKEN) as http, pytest.raises(ServiceError, match="no client for a browser"):
        http.seat_for_tabs(PlainScoring(), SERVER, TASK, CATALOGUE)


def test_origins_are_read_as_browsers_write_them():
    assert origin_of("http://LOCALHOST:8501/") == ORIGIN
    assert origin_of("https://lab.example:443") == "https://lab.example"
    assert origin_of("http://[::1]:8501") == "http://[::1]:8501"
    for bad in ("localhost:8501", "*", "http://", "http://a/b", "http://a?b", "http://u@a", "ftp://a", "http://a:x"):
        with pytest.raises(ParamError, match="not an origin"):
            origin_of(bad)
