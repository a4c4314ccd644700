"""An author's mistake is named: the party, the round or phase, the author's class; its traceback on request."""

from collections.abc import Iterator

import pytest

from privacy.boundary.channel import Channel
from privacy.debugging import debugging
from privacy.errors import MechanismError
from privacy.plugin import CLIENT, Secret
from privacy.protocol import Session
from privacy.transports.base import Transport
from privacy.transports.spawned import Spawned
from tests.support.blunders import Blunder, Blundering

MODULE = "tests.support.blunders"
ERRORS = {
    "server.role": ("Blundering", "ValueError", "server, role"),
    "role is none": ("Blundering", "NoneType", "client, role"),
    "server.publish": ("BlunderingServer", "ValueError", "server, publish"),
    "publish bytes": ("BlunderingClient", "bytes", "client, publish"),
    "server.keep": ("BlunderingServer", "ValueError", "server, keep"),
    "server.begin": ("BlunderingServer", "ValueError", "server, begin"),
    "server.step": ("BlunderingServer", "ValueError", "server, round 2"),
    "step is none": ("BlunderingServer", "NoneType", "server, round 1"),
    "server.answer": ("BlunderingServer", "ValueError", "server, round 2, answer"),
    "answer bytes": ("BlunderingServer", "bytes", "server, round 2"),
    "client.query": ("BlunderingClient", "ValueError", "client, round 1, query"),
    "client.reveal": ("BlunderingClient", "ValueError", "client, round 3, reveal"),
    "result_parties": ("Blundering", "ZeroDivisionError", "result_parties"),
}


@pytest.fixture(scope="module")
def spawned() -> Iterator[Spawned]:
    with Spawned() as transport:
        yield transport


def run(where: str, transports: dict[str, Transport]) -> None:
    session = Session(Blundering(Blunder(where)), None, {}, transports=transports)
    session.publish(channel := Channel())
    session.run({CLIENT: Secret(b"?", owner=CLIENT)}, channel)


@pytest.mark.parametrize("where", ERRORS)
def test_a_mistake_is_named(where: str) -> None:
    kind, what, place = ERRORS[where]
    with pytest.raises(MechanismError) as caught:
        run(where, {})
    assert caught.value.what.startswith(f"{MODULE}:{kind} ")
    assert what in caught.value.what
    assert caught.value.where == place
    assert "--debug" in caught.value.then
    assert "private" not in str(caught.value)


@pytest.mark.parametrize("where", ["server.role", "server.keep", "server.step", "answer bytes"])
def test_a_mistake_in_another_process_is_named_alike(where: str, spawned: Spawned) -> None:
    kind, what, place = ERRORS[where]
    with pytest.raises(MechanismError) as caught:
        run(where, {"server": spawned})
    assert caught.value.what.startswith(f"{MODULE}:{kind} ")
    assert what in caught.value.what
    assert caught.value.where == place


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("query", [False, True])
def test_a_traceback_is_shown_on_request_alone(
    query: bool, elsewhere: bool, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with Spawned() as transport, debugging(query), pytest.raises(MechanismError) as caught:
        run("server.answer", {"server": transport} if elsewhere else {})
    shown = capfd.readouterr().err + caplog.text
    assert ("blunders.py" in shown) is query
    assert ("ValueError: private" in shown) is query
    assert isinstance(caught.value.__cause__, ValueError) is not elsewhere
