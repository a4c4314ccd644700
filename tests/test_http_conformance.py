"""Checks of the conformance kit with the computing parties on live servers: what holds in process holds there."""

import contextlib
from collections import deque
from types import SimpleNamespace

import pytest
from machines import TOKEN, machine, registry

from privacy.protocol import Session
from privacy.testing import checks_wire
from privacy.testing.bench import Bench
from privacy.testing.cases import case_for
from privacy.testing.kit import run_check
from privacy.transports.http import Http
from privacy.transports.station import Station
from privacy.web.limits import Limits

LIMITS = Limits(parties=64, memory_bytes=2**31)
KEPT = 6
"""Sessions that stay seated at a time: a check may hold several."""


class Elsewhere(Bench):
    """A bench whose computing parties sit on servers."""

    def over(self, http: Http) -> "Elsewhere":
        object.__setattr__(self, "http", http)
        object.__setattr__(self, "opened", deque())
        return self

    def session(self, *, transports=None):
        session = Session(self.mechanism, self.case.task, self.case.own, transports=self.http.transports())
        self.opened.append([e for e in session.endpoints.values() if not isinstance(e, Station)])
        while len(self.opened) > KEPT:
            for endpoint in self.opened.popleft():
                endpoint.close()
        return session


@pytest.fixture(scope="module")
def http():
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(machine(r, limits=LIMITS)).url for r in ("scoring", "aggregator", "collector")]
        yield stack.enter_context(Http(urls, token=TOKEN, registry=registry()))


@pytest.fixture
def keys_here(monkeypatch):
    """The kit looks into the key boxes of parties in process alone: those on servers it cannot see."""
    unseen = SimpleNamespace(role=SimpleNamespace(seat=SimpleNamespace(keys=SimpleNamespace(material=dict))))
    inside = checks_wire.station

    def visible(session, party):
        return inside(session, party) if isinstance(session.endpoints[party], Station) else unseen

    monkeypatch.setattr(checks_wire, "station", visible)


@pytest.mark.parametrize(
    ("backend", "primitive", "checks"),
    [
        ("plain", "scoring", ("error", "bad-input")),
        ("plain", "lookup", ("error", "envelope")),
        ("plain", "aggregation", ("error",)),
        ("he", "scoring", ("error",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_kits_checks_pass_with_parties_on_servers(http, keys_here, backend, primitive, checks):
    found = registry()
    mechanism = found.mechanism(found.spec(backend), primitive, found.spec(backend).params())
    bench = Elsewhere(mechanism, case_for(primitive), plays=20, seed=4).over(http)
    results = [run_check(name, bench) for name in checks]
    assert {r.id: r.detail for r in results if r.passed is not True} == {}
    assert all(len(opened) > 0 for opened in bench.opened)
